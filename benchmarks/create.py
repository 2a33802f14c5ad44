"""Creating a booking: as a command, and through the API, against the same rows inserted raw.

The floor takes the very rows a command wrote, and writes them with the driver alone into a copy of
the same database: one statement for each table, one transaction for each booking, on a connection
opened the same way.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Any

from sqlalchemy import create_engine, event, select, update

from avl import clock
from avl.commands.accounts import make_token
from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.domain.access import SYSTEM, Actor, Grant, Role
from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.models import Booking, Counsel, Membership, Person, User, db
from avl.models.engines import prepare
from benchmarks._clients import answers, posting
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, p95, times
from benchmarks.worldgen import LONG_AGO, SUITES_EACH, ZONE, Country
from tests.storm.servers import web_processes

WARMING, ALONE, CROWDED = 200, 100, 400
"""How many bookings are sent to warm the servers, by one client, and by many."""
CLIENTS = 8
WARM, ROUNDS, EACH = 25, 30, 5
"""Bookings before the first that counts; then so many rounds of so many. The rounds are short, so
that a disk which is quick for a while and slow for a while is so to ours and to the floor."""
FIRST_DAY = date(2027, 2, 9)
"""After every generated booking; the days that follow hold no public holiday of Wellington's."""
NOW = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
RAW_SHARE = 0.35
TABLES = ("booking", "leg", "appearance", "hold", "feed_event", "sms")
AUDIT = "audit_event"
Written = list[tuple[str, list[Any]]]
"""One booking's rows: a statement for each table, with its values."""


def run(ground: Ground) -> Iterator[Row]:
    """One client, a booking with one person, a conference, counsel and their texts."""
    with ExitStack() as held:
        held.enter_context(ground.app.app_context())
        held.enter_context(clock.frozen(NOW))
        maker = Maker.for_(ground.country)
        raw = Raw(held.enter_context(ground.copied()))
        held.callback(raw.close)
        ours: list[float] = []
        floor: list[float] = []
        cpu: list[float] = []
        for number, each in enumerate((WARM, *[EACH] * ROUNDS)):
            last = maker.last_id()
            begun = time.process_time()
            taken = times(maker.make, each)
            spent = time.process_time() - begun
            written = iter(written_after(last))
            floors = times(lambda written=written: raw.write(next(written)), each)
            if number:  # the first round fills caches
                ours, floor, cpu = ours + taken, floor + floors, [*cpu, spent / each * 1000]
        statements, rows = maker.statements()
        token = maker.token()
        yield Row(
            "create a booking, command",
            p50(sorted(floor)),
            p50(sorted(ours)),
            p95(sorted(ours)),
            at_most=1 / RAW_SHARE,
            is_flat=True,
            note=f"{statements} statements, {rows} write; our CPU {p50(sorted(cpu)):.1f} ms",
        )
        yield from _through_api(ground, maker, token, p50(sorted(floor)))


def _through_api(ground: Ground, maker: Maker, token: str, floor: float) -> Iterator[Row]:
    """The same through HTTP: one process for each of two cores, as in production. Eight clients
    are eight courts' own systems, which want each other's prisons but not their courtrooms."""

    def bookings(count: int, courts: int = CLIENTS) -> list[bytes]:
        return [_booking(token, maker.body(number % courts)) for number in range(count)]

    url = ground.app.config["SQLALCHEMY_DATABASE_URI"]
    # Only the servers' own connections are to be at work.
    db.session.remove()
    db.engine.dispose()
    with web_processes(url, 1, workers=2) as servers:
        port = servers[0].port
        # Each process fills its caches, and each connection has its statements prepared.
        answers(port, bookings(WARMING), clients=CLIENTS, status=201)
        alone = answers(port, bookings(ALONE, courts=1), clients=1, status=201)
        yield Row(
            "create a booking, API, 1 client, each waits",
            floor,
            p50(alone.taken),
            p95(alone.taken),
            ours_at_most=20,
        )
        crowd = answers(port, bookings(CROWDED), clients=CLIENTS, status=201)
        yield Row(
            f"create a booking, API, {CLIENTS} clients, each waits",
            floor,
            p50(crowd.taken),
            p95(crowd.taken),
        )
        yield Row(
            f"create a booking, API, {CLIENTS} clients, time for one",
            floor,
            crowd.each,
            ours_at_most=10,
            note=f"{1000 / crowd.each:.0f} a second",
        )


def _booking(token: str, body: Mapping[str, Any]) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    return posting("/api/v1/bookings", body, headers)


@dataclass
class Maker:
    """Makes one booking after the other where nothing stands yet."""

    country: Country
    officer: Actor
    court_id: int
    prns: Mapping[int, str]
    made: int = 0

    @classmethod
    def for_(cls, country: Country) -> Maker:
        """The first court's officer; counsel get telephones, so that there is news to write."""
        court_id = country.courts[0]
        db.session.execute(update(Counsel).values(mobile="+64211234567"))
        user = User(email="bench@example.nz", name="Bench", created_at=LONG_AGO)
        db.session.add(user)
        db.session.commit()
        officer = Actor(
            user_id=user.id,
            name=user.name,
            grants=(Grant(Role.REGISTRY, site_id=court_id),),
            sites=((Role.REGISTRY, frozenset({court_id})),),
        )
        prns = {row.id: row.prn for row in db.session.execute(select(Person.id, Person.prn))}
        return cls(country, officer, court_id, prns)

    def request(self) -> BookingRequest:
        """The next request: prison after prison, then the next half hour, then the next day."""
        number, self.made = self.made, self.made + 1
        slots, courtroom = divmod(number, 4)
        day, slot = divmod(slots, 14)
        wall = datetime.combine(
            FIRST_DAY + timedelta(days=day // 3 * 7 + day % 3), wall_time(9, 30)
        )
        start = to_utc(wall + timedelta(minutes=30 * slot), ZONE)
        prison = number % len(self.country.prisons)
        who, _ = self.country.people[prison][1 + number % 150]
        counsel_id, _ = self.country.counsel[number % 400]
        return BookingRequest(
            court_id=self.court_id,
            courtroom_id=self.country.courtrooms[0][courtroom],
            hearing_type="CRB",
            hearing=Interval(start, start + timedelta(minutes=15)),
            pre_minutes=10,
            post_minutes=0,
            seats=(
                SeatRequest(
                    who,
                    self.country.prisons[prison],
                    self.country.suites[prison][number % SUITES_EACH],
                    counsel_id,
                ),
            ),
            warning_reason="A junior goes to the other court.",
        )

    def make(self) -> Booking:
        """Book through the command, as a route or a job does."""
        return request_booking(self.request(), by=self.officer)

    def body(self, court: int) -> dict[str, Any]:
        """The next request as a program of a court posts it."""
        asked = self.request()
        courtroom = self.country.courtrooms[0].index(asked.courtroom_id)
        (seat,) = asked.seats
        return {
            "courtroom_id": self.country.courtrooms[court][courtroom],
            "hearing_type": asked.hearing_type,
            "starts_at": asked.hearing.start.isoformat(),
            "minutes": asked.hearing.minutes,
            "pre_minutes": asked.pre_minutes,
            "post_minutes": asked.post_minutes,
            "appearances": [
                {
                    "prn": self.prns[seat.person_id],
                    "suite_id": seat.suite_id,
                    "counsel_id": seat.counsel_id,
                }
            ],
            "warning_reason": asked.warning_reason,
        }

    def token(self) -> str:
        """A token of a service user who may book at every client's court."""
        user = db.session.get_one(User, self.officer.user_id)
        user.is_service = True
        db.session.add_all(
            Membership(user_id=user.id, role=Role.REGISTRY, site_id=court_id)
            for court_id in self.country.courts[:CLIENTS]
        )
        db.session.commit()
        return make_token(user.email, "bench", by=SYSTEM)

    def last_id(self) -> int:
        """The newest booking's id."""
        return int(db.session.scalar(select(Booking.id).order_by(Booking.id.desc()).limit(1)) or 0)

    def statements(self) -> tuple[int, int]:
        """How many statements one booking takes, and how many of them write."""
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
            if statement.split(maxsplit=1)[0] not in ("BEGIN", "PRAGMA"):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        self.make()
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen), sum(not one.startswith("SELECT") for one in seen)


class Raw:
    """The floor: writes rows with the driver alone, as fast as this database takes them.

    It writes into a copy made before the first booking, so that its tables and indexes grow by the
    same rows at the same places as ours do. Rows that are deleted and written once more fall into
    the holes they have just left, which took a seventh fewer pages than to add them.
    """

    def __init__(self, url: str) -> None:
        """
        Args:
            url: of the copy.
        """
        self._engine = create_engine(url)
        prepare(self._engine)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        self._pooled = self._engine.raw_connection()
        self.connection: Any = self._pooled.driver_connection

    def write(self, booking: Written) -> None:
        """One booking's rows in one transaction, one statement for each table."""
        cursor = self.connection.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        # Nothing written has to wait for the answer to what was written before.
        with nullcontext() if self.is_sqlite else self.connection.pipeline():
            for statement, values in booking:
                if values:
                    cursor.execute(statement, values)
            self.connection.commit()

    def close(self) -> None:
        self._pooled.close()
        self._engine.dispose()


def written_after(booking_id: int) -> list[Written]:
    """The rows of each booking made since this one, parents first."""
    with db.engine.connect() as connection:
        made = select(Booking.id).where(Booking.id > booking_id).order_by(Booking.id)
        ids = connection.scalars(made).all()
        cursor = connection.connection.cursor()
        return [[_rows(cursor, table, one) for table in (*TABLES, AUDIT)] for one in ids]


def _rows(cursor: Any, table: str, booking_id: int) -> tuple[str, list[Any]]:
    """The statement that writes a booking's rows of one table, and its values."""
    cursor.execute(f"SELECT * FROM {table} WHERE {_key(table)} = {booking_id} ORDER BY id")
    rows = cursor.fetchall()
    names = [column[0] for column in cursor.description]
    kept = [n for n, name in enumerate(names) if (table, name) != (AUDIT, "id")]
    is_sqlite = db.engine.dialect.name == "sqlite"
    mark = "(" + ", ".join(["?" if is_sqlite else "%s"] * len(kept)) + ")"
    statement = (
        f"INSERT INTO {table} ({', '.join(names[n] for n in kept)})"
        f" VALUES {', '.join([mark] * len(rows))}"
    )
    values = [
        json.dumps(row[n]) if isinstance(row[n], dict) else row[n] for row in rows for n in kept
    ]
    return statement, values


def _key(table: str) -> str:
    return "id" if table == "booking" else "booking_id"

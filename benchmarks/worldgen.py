"""A country full of bookings, written raw and in bulk: the ground every benchmark stands on.

18 prisons with 12 suites each, 60 courts with 4 courtrooms, people, counsel, and bookings on
working days in slots of 45 minutes. Each prison has a block of 13 courtrooms that no other books,
so that a suite's day and a courtroom's day are as full at every size. The window (30 days) fills
first, beginning with the first prison; what is left over becomes history before it. So a greater
size means more prisons that are full, and from some 33,000 bookings on, when all are, a longer
past. The first prison's month looks the same at every size, its courtrooms' too: what grows there
is only history, and cost must not follow it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Connection, insert

from avl.domain.booking import LegKind, Status, reference_from
from avl.domain.local_time import to_utc
from avl.models import (
    Agency,
    Appearance,
    Base,
    Booking,
    Counsel,
    CustodyStay,
    HearingType,
    Hold,
    Leg,
    Person,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    Window,
    db,
)
from benchmarks._bulk import BulkWriter, look_over, rules_off

PRISONS, SUITES_EACH, COURTS, COURTROOMS_EACH = 18, 12, 60, 4
COURTROOMS_PER_PRISON = 13
"""The courtrooms that book a prison's suites: 18 blocks of 13, one after the other, of 240."""
PEOPLE_EACH, COUNSEL_COUNT = 200, 400
SLOTS, SLOT_MINUTES, FIRST_SLOT = 10, 45, time(8, 50)
ESCORT_CAPACITY = 2 * SUITES_EACH
"""How many people a prison can bring or take back at once, a limit that every real prison has too:
enough to take everybody back while the next are fetched, so that the bookings made here keep it."""
PICKUP_MINUTES = 15
FULLNESS = 0.7
"""How much of a prison's slots is booked, where there are bookings enough to fill it."""
WINDOW_DAYS = 30
FIRST_DAY = date(2026, 11, 23)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONE = "Pacific/Auckland"


@dataclass
class Country:
    """What was made, by resource id unless it says otherwise.

    Attributes:
        suites: by prison, in order.
        people: by prison, as (person id, resource id); the first of each is hardly ever booked.
        courtrooms: by court, in order.
        bookings: how many there are.
    """

    bookings: int = 0
    prisons: list[int] = field(default_factory=list)
    courts: list[int] = field(default_factory=list)
    suites: list[list[int]] = field(default_factory=list)
    courtrooms: list[list[int]] = field(default_factory=list)
    people: list[list[tuple[int, int]]] = field(default_factory=list)
    counsel: list[tuple[int, int]] = field(default_factory=list)
    first_day: date = FIRST_DAY
    days: int = WINDOW_DAYS

    @property
    def is_month_full(self) -> bool:
        """Whether every prison's month is as full as the first one's, with some history besides."""
        slots = PRISONS * SUITES_EACH * SLOTS * sum(map(_is_working, range(self.days)))
        return self.bookings > slots * FULLNESS * 1.1


def generate(app: Flask, bookings: int, *, seed: int = 1) -> Country:
    """Fill a migrated, empty database.

    The rules that guard bookings are taken off while the rows go in, and put back at the end.
    """
    country = Country(bookings)
    with app.app_context():
        with db.engine.begin() as connection:
            _places(connection, country)
            _people(connection, country)
            with rules_off(connection):
                _bookings(connection, country, random.Random(seed))
        look_over(db.engine)
    return country


def _places(connection: Connection, country: Country) -> None:
    agencies = [_add(connection, Agency, code=code, name=code) for code in ("MOJ", "COR")]
    connection.execute(
        insert(HearingType),
        {
            "code": "CRB",
            "name": "Bail application",
            "jurisdiction": "criminal",
            "act_class": "criminal_procedural",
            "typical_minutes": 30,
        },
    )
    for number in range(PRISONS):
        site_id = _site(connection, SiteKind.PRISON, f"Prison {number + 1}", agencies[1])
        country.prisons.append(site_id)
        rooms = _rooms(connection, site_id, ResourceKind.SUITE, SUITES_EACH)
        country.suites.append(rooms)
    for number in range(COURTS):
        site_id = _site(connection, SiteKind.COURT, f"Court {number + 1}", agencies[0])
        country.courts.append(site_id)
        rooms = _rooms(connection, site_id, ResourceKind.COURTROOM, COURTROOMS_EACH)
        country.courtrooms.append(rooms)


def _site(connection: Connection, kind: SiteKind, name: str, agency_id: int) -> int:
    site_id = _add(
        connection,
        Site,
        code=name.replace(" ", "").upper(),
        name=name,
        short_name=name,
        kind=kind,
        zone=ZONE,
        area="bench",
        agency_id=agency_id,
        holiday_subdiv="WGN",
        pickup_minutes=PICKUP_MINUTES,
        escort_capacity=ESCORT_CAPACITY if kind is SiteKind.PRISON else None,
        separates_remand=kind is SiteKind.PRISON,
    )
    hours = (time(8, 30), time(17)) if kind is SiteKind.COURT else (time(8), time(17))
    for weekday in range(5):
        _add(
            connection,
            Window,
            site_id=site_id,
            weekday=weekday,
            opens_at=hours[0],
            closes_at=hours[1],
        )
    return site_id


def _rooms(connection: Connection, site_id: int, kind: ResourceKind, count: int) -> list[int]:
    return [
        _add(
            connection,
            Resource,
            site_id=site_id,
            kind=kind,
            code=f"{kind[:1].upper()}{number}",
            name=f"{kind.capitalize()} {number}",
            sort_order=number,
        )
        for number in range(1, count + 1)
    ]


def _people(connection: Connection, country: Country) -> None:
    for prison, site_id in enumerate(country.prisons):
        found = []
        for number in range(PEOPLE_EACH):
            name = f"Person {prison}-{number}"
            resource_id = _add(connection, Resource, kind=ResourceKind.PERSON, name=name)
            person_id = _add(
                connection,
                Person,
                resource_id=resource_id,
                prn=f"{prison:03}{number:05}",
                family_name=name,
                search_name=name.lower(),
            )
            _add(connection, CustodyStay, person_id=person_id, site_id=site_id, starts_at=LONG_AGO)
            found.append((person_id, resource_id))
        country.people.append(found)
    for number in range(COUNSEL_COUNT):
        name = f"Counsel {number}"
        resource_id = _add(connection, Resource, kind=ResourceKind.COUNSEL, name=name)
        counsel_id = _add(
            connection, Counsel, resource_id=resource_id, name=name, search_name=name.lower()
        )
        country.counsel.append((counsel_id, resource_id))


def _add(connection: Connection, table: type[Base], **values: Any) -> int:
    key = connection.execute(insert(table), values).inserted_primary_key
    return int(key[0]) if key else 0


# --- bookings -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """One suite in one slot of one day: where a booking goes."""

    prison: int
    suite: int
    day: int
    slot: int


def _cells(country: Country, chance: random.Random) -> Iterator[_Cell]:
    """Where bookings go, in the order they are made: the window first, then the past."""
    window = [n for n in range(WINDOW_DAYS) if _is_working(n)]
    for prison in range(PRISONS):
        yield from _some(prison, window, chance)
    day = -1
    while True:
        if _is_working(day):
            for prison in range(PRISONS):
                yield from _some(prison, [day], chance)
        day -= 1


def _some(prison: int, days: Sequence[int], chance: random.Random) -> Iterator[_Cell]:
    for day in days:
        for slot in range(SLOTS):
            for suite in range(SUITES_EACH):
                if chance.random() < FULLNESS:
                    yield _Cell(prison, suite, day, slot)


def _is_working(day: int) -> bool:
    return (FIRST_DAY + timedelta(days=day)).weekday() < 5


class _Times:
    """Instants of slots, worked out once, in the form the driver takes."""

    def __init__(self, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite
        self._starts: dict[tuple[int, int], datetime] = {}
        self._raw: dict[datetime, object] = {}

    def start(self, day: int, slot: int) -> datetime:
        """When a slot begins: with the conference."""
        if (day, slot) not in self._starts:
            first = datetime.combine(FIRST_DAY + timedelta(days=day), FIRST_SLOT)
            wall = first + timedelta(minutes=slot * SLOT_MINUTES)
            self._starts[day, slot] = to_utc(wall, ZONE)
        return self._starts[day, slot]

    def raw(self, at: datetime) -> object:
        """As the column stores it."""
        if not self._is_sqlite:
            return at
        if at not in self._raw:
            self._raw[at] = at.strftime("%Y-%m-%d %H:%M:%S.%f")
        return self._raw[at]

    def day(self, number: int) -> object:
        """A day of the window, as the column stores it."""
        on = FIRST_DAY + timedelta(days=number)
        return on.isoformat() if self._is_sqlite else on


def _bookings(connection: Connection, country: Country, chance: random.Random) -> None:
    moments = _Times(connection.dialect.name == "sqlite")
    writer = BulkWriter(connection)
    cells = _cells(country, chance)
    for number in range(1, country.bookings + 1):
        _booking(writer, country, moments, next(cells), number, chance)
    writer.flush()


def _booking(
    writer: BulkWriter,
    country: Country,
    moments: _Times,
    cell: _Cell,
    number: int,
    chance: random.Random,
) -> None:
    raw, begins = moments.raw, moments.start(cell.day, cell.slot)
    pre = 10 if chance.random() < 0.6 else 0
    hearing, end = begins + timedelta(minutes=10), begins + timedelta(minutes=40)
    start = begins if pre else hearing
    cleared = raw(end + timedelta(minutes=5))
    # For one day and slot this pairs each suite with a courtroom of its own.
    place_in_block = (cell.suite + 7 * cell.day + 5 * cell.slot) % COURTROOMS_PER_PRISON
    court, room = divmod(cell.prison * COURTROOMS_PER_PRISON + place_in_block, COURTROOMS_EACH)
    others = PEOPLE_EACH - 1
    place = 1 + (cell.suite * 16 + cell.slot * 5 + cell.day * 3) % others
    person_id, person = country.people[cell.prison][place]
    counsel_id, counsel = country.counsel[chance.randrange(1, COUNSEL_COUNT)]
    suite, courtroom = country.suites[cell.prison][cell.suite], country.courtrooms[court][room]
    made = raw(LONG_AGO)
    writer.add(
        Booking,
        id=number,
        reference=reference_from(number),
        uid=str(uuid.UUID(int=number)),
        court_id=country.courts[court],
        hearing_type_code="CRB",
        status=Status.CONFIRMED.value,
        starts_at=raw(start),
        ends_at=raw(end),
        requested_at=made,
        created_at=made,
        updated_at=made,
    )
    writer.add(
        Appearance,
        id=number,
        booking_id=number,
        person_id=person_id,
        site_id=country.prisons[cell.prison],
        suite_id=suite,
        courtroom_id=courtroom,
        counsel_id=counsel_id,
        agreed_at=made,
        present_from=raw(start),
        present_to=raw(end),
        present_on=moments.day(cell.day),
    )
    legs = [(LegKind.HEARING, hearing, end, cleared, (suite, person, courtroom, counsel))]
    if pre:
        before = raw(hearing)
        legs.append((LegKind.PRE_CONFERENCE, begins, hearing, before, (suite, person, counsel)))
    for kind, leg_start, leg_end, kept_until, held in legs:
        leg = writer.add(
            Leg, booking_id=number, kind=kind.value, starts_at=raw(leg_start), ends_at=raw(leg_end)
        )
        for resource_id in held:
            is_room = resource_id in (suite, courtroom)
            writer.add(
                Hold,
                booking_id=number,
                leg_id=leg,
                resource_id=resource_id,
                starts_at=raw(leg_start),
                ends_at=kept_until if is_room else raw(leg_end),
                is_exclusive=resource_id != counsel,
            )

"""People in AVL suites, one line each, as their prison sees them.

Read as plain rows, not objects: a day of a big site is hundreds of lines. Where to look comes
from the calendar entries published for the site (``feed_event``), which are indexed by site and
time, so a page costs what its day holds and nothing for the years behind it. The court's own
notes are not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import aliased, join

from avl import clock
from avl.domain.booking import Action, LegKind, Status
from avl.domain.disruption import Cause, is_broken
from avl.domain.interpreters import InterpreterState
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.marks import FRESH, Mark, mark_of
from avl.models import (
    Appearance,
    AuditEvent,
    Booking,
    Counsel,
    FeedEvent,
    HearingType,
    Leg,
    Person,
    Resource,
    Site,
    db,
)
from avl.queries.broken import TROUBLE
from avl.queries.people import say_name

ENDED = frozenset({Status.CANCELLED, Status.DECLINED, Status.LAPSED})

LONGEST = timedelta(days=1)
"""No booking lasts longer, so a read looks back no further."""

FARTHEST = timedelta(days=800)
"""No booking is made farther ahead (two years, and some)."""

# Adding nothing keeps SQLite from going through all a site ever had, once for each booking: it
# has no statistics, and takes the site's index of appearances for as good as the booking's.
_SITE_OF_SEAT = Appearance.site_id + 0

# What a prison must hear of: its own answers and the running of the link are not news to it.
_TELLING = (Action.MOVE, Action.AMEND)
_TELLING_CHANGES = frozenset(
    {"hearing", "suites", "courtroom", "counsel", "prison_notes", "interpreter_language"}
)


@dataclass(frozen=True, slots=True)
class SeatSeen:
    """One person in one suite for one booking, as their prison sees it.

    Attributes:
        span: from the first leg's start to the last leg's end.
        fetch_at: when to fetch the person, so that they are there for the first leg.
        instruction_suite: counsel's room at court for the conference, "" when elsewhere.
        interpreter: languages to interpret, "" for none; ``has_interpreter`` once it is confirmed.
        mark: NEW or CHANGED since the list was printed.
        answer_by: until when the prison may answer a request.
        has_agreed: whether this prison has agreed to host.
        trouble: why the worklist has the booking; None where it has not.
    """

    reference: str
    version: int
    status: Status
    kind: str
    court: str
    court_phone: str
    courtroom: str
    site_id: int
    suite_id: int
    suite: str
    person: str
    surname: str
    prn: str
    counsel: str
    instruction_suite: str
    interpreter: str
    has_interpreter: bool
    prison_notes: str
    end_reason: str
    span: Interval
    hearing: Interval
    fetch_at: datetime
    answer_by: datetime | None
    has_agreed: bool
    trouble: Cause | None
    mark: Mark | None

    @property
    def is_broken(self) -> bool:
        """It no longer stands as it is."""
        return is_broken(self.trouble)

    @property
    def conference(self) -> Interval | None:
        """Counsel's conference before the hearing."""
        return self.span.ahead_of(self.hearing)

    @property
    def conference_after(self) -> Interval | None:
        """Counsel's conference after the hearing."""
        return self.span.left_after(self.hearing)

    @property
    def has_ended(self) -> bool:
        """Cancelled, declined or lapsed: nobody is to be fetched."""
        return self.status in ENDED

    @property
    def needs_answer(self) -> bool:
        """Whether this prison still has to agree or refuse."""
        return self.status is Status.REQUESTED and not self.has_agreed


class _Line(NamedTuple):
    """One row of `_rows`, column by column.

    Reading a name from it costs a tenth of reading it from the database's own row, and a big
    day reads 20,000 of them.
    """

    id: int
    reference: str
    version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    requested_at: datetime
    updated_at: datetime
    prison_notes: str
    end_reason: str
    interpreter_language: str
    interpreter_state: InterpreterState
    kind: str
    court: str
    court_phone: str
    courtroom: str
    suite: str
    instruction_suite: str | None
    site_id: int
    suite_id: int
    agreed_at: datetime | None
    family_name: str
    given_names: str
    prn: str
    counsel: str | None
    hearing_starts_at: datetime
    hearing_ends_at: datetime
    trouble: Cause | None


def seats_during(sites: Collection[Site], interval: Interval) -> tuple[SeatSeen, ...]:
    """Everybody appearing from these sites in this time, earliest first (2 queries).

    The caller has made sure that the sites are the reader's own.
    """
    return _seen(_DURING, sites, oldest=interval.start - LONGEST, **_bounds(interval))


def seats_of(sites: Collection[Site], reference: str) -> tuple[SeatSeen, ...]:
    """Everybody appearing from these sites in one booking (2 queries)."""
    return _seen(_OF_BOOKING, sites, reference=reference)


def requests_waiting(sites: Collection[Site]) -> tuple[SeatSeen, ...]:
    """Requests these sites have yet to answer, soonest deadline first (2 queries)."""
    coming = Interval(clock.now(), clock.now() + FARTHEST)
    return _seen(_WAITING, sites, oldest=coming.start - LONGEST, **_bounds(coming))


def _bounds(interval: Interval) -> dict[str, datetime]:
    return {"start": interval.start, "end": interval.end}


def _published() -> Select[*tuple[Any, ...]]:
    """Appearances at these sites among the bookings published there around this time."""
    # The entries come first in the statement: PostgreSQL weighs the order of the first eight tables
    # only (join_collapse_limit), and with them last it went through every appearance there is.
    around = join(FeedEvent, Booking, Booking.id == FeedEvent.booking_id)
    return _rows(around).where(
        FeedEvent.scope_kind == "site",
        FeedEvent.scope_id == _SITE_OF_SEAT,
        FeedEvent.scope_id.in_(bindparam("site_ids", expanding=True)),
        FeedEvent.starts_at > bindparam("oldest"),
        FeedEvent.starts_at < bindparam("end"),
        Booking.starts_at < bindparam("end"),
        Booking.ends_at > bindparam("start"),
    )


def _rows(bookings: Any = Booking) -> Select[*tuple[Any, ...]]:
    """Appearances at these sites with everything a prison needs to know, earliest first."""
    suite, courtroom, instruction = aliased(Resource), aliased(Resource), aliased(Resource)
    court, hearing = aliased(Site), aliased(Leg)
    return (
        select(
            Booking.id,
            Booking.reference,
            Booking.version,
            Booking.status,
            Booking.starts_at,
            Booking.ends_at,
            Booking.expires_at,
            Booking.requested_at,
            Booking.updated_at,
            Booking.prison_notes,
            Booking.end_reason,
            Booking.interpreter_language,
            Booking.interpreter_state,
            HearingType.name.label("kind"),
            court.short_name.label("court"),
            court.phone.label("court_phone"),
            courtroom.name.label("courtroom"),
            suite.name.label("suite"),
            instruction.name.label("instruction_suite"),
            Appearance.site_id,
            Appearance.suite_id,
            Appearance.agreed_at,
            Person.family_name,
            Person.given_names,
            Person.prn,
            Counsel.name.label("counsel"),
            hearing.starts_at.label("hearing_starts_at"),
            hearing.ends_at.label("hearing_ends_at"),
            TROUBLE.label("trouble"),
        )
        .select_from(bookings)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .join(hearing, and_(hearing.booking_id == Booking.id, hearing.kind == LegKind.HEARING))
        .join(HearingType, HearingType.code == Booking.hearing_type_code)
        .join(court, court.id == Booking.court_id)
        .join(courtroom, courtroom.id == Appearance.courtroom_id)
        .join(suite, suite.id == Appearance.suite_id)
        .outerjoin(instruction, instruction.id == Appearance.instruction_suite_id)
        .join(Person, Person.id == Appearance.person_id)
        .outerjoin(Counsel, Counsel.id == Appearance.counsel_id)
        .where(
            _SITE_OF_SEAT.in_(bindparam("site_ids", expanding=True)),
            Booking.requested_at.is_not(None),
        )
        .order_by(Booking.starts_at, suite.sort_order, suite.name, Appearance.id)
    )


# Built once: putting a statement together costs more than running it.
_DURING = _published()
_OF_BOOKING = _rows().where(Booking.reference == bindparam("reference"))
_WAITING = (
    _published()
    .where(Booking.status == Status.REQUESTED, Appearance.agreed_at.is_(None))
    .order_by(None)
    .order_by(Booking.expires_at, Booking.starts_at, Appearance.id)
)


def _seen(
    wanted: Select[*tuple[Any, ...]], sites: Collection[Site], **values: object
) -> tuple[SeatSeen, ...]:
    values["site_ids"] = [site.id for site in sites]
    # The connection, not the session: plain rows need none of what it does for objects.
    rows = [_Line(*row) for row in db.session.connection().execute(wanted, values)]
    places = {site.id: (site.zone, timedelta(minutes=site.pickup_minutes)) for site in sites}
    mark = _marker(rows)
    interval = cache(Interval)  # a day's bookings share their times: many start on the hour
    return tuple(
        _seat(row, pickup, mark(row, zone), interval)
        for row in rows
        for zone, pickup in (places[row.site_id],)
    )


def _seat(
    row: _Line,
    pickup: timedelta,
    mark: Mark | None,
    interval: Callable[[datetime, datetime], Interval],
) -> SeatSeen:
    return SeatSeen(
        reference=row.reference,
        version=row.version,
        status=row.status,
        kind=row.kind,
        court=row.court,
        court_phone=row.court_phone,
        courtroom=row.courtroom,
        site_id=row.site_id,
        suite_id=row.suite_id,
        suite=row.suite,
        person=say_name(row),
        surname=row.family_name.upper(),
        prn=row.prn,
        counsel=row.counsel or "",
        instruction_suite=row.instruction_suite or "",
        interpreter=row.interpreter_language,
        has_interpreter=row.interpreter_state is InterpreterState.CONFIRMED,
        prison_notes=row.prison_notes,
        end_reason=row.end_reason,
        span=interval(row.starts_at, row.ends_at),
        hearing=interval(row.hearing_starts_at, row.hearing_ends_at),
        fetch_at=row.starts_at - pickup,
        answer_by=row.expires_at if row.status is Status.REQUESTED else None,
        has_agreed=row.agreed_at is not None,
        trouble=row.trouble,
        mark=mark,
    )


def _marker(rows: Iterable[_Line]) -> Callable[[_Line, str], Mark | None]:
    """Who tells whether a line is NEW or CHANGED. Only what was requested or changed lately can
    be: all else stands on every printed list."""
    now = clock.now()
    since = min(now - timedelta(days=5), now - FRESH)
    recent = {row.id for row in rows if row.updated_at >= since or row.requested_at >= since}
    changes = _last_told(recent, since)

    def mark(row: _Line, zone: str) -> Mark | None:
        if row.id not in recent:
            return None
        on = local_day(row.starts_at, zone)
        return mark_of(row.requested_at, changes.get(row.id), on, now=now, zone=zone)

    return mark


def _last_told(booking_ids: Collection[int], since: datetime) -> dict[int, datetime]:
    """When each of these last changed in a way its prison must hear of, if it did."""
    if not booking_ids:
        return {}
    rows = db.session.execute(
        select(AuditEvent.booking_id, AuditEvent.at, AuditEvent.changes)
        .where(
            AuditEvent.booking_id.in_(booking_ids),
            AuditEvent.action.in_([str(action) for action in _TELLING]),
            AuditEvent.at >= since,
        )
        .order_by(AuditEvent.id)
    )
    return {row.booking_id: row.at for row in rows if _TELLING_CHANGES & set(row.changes or {})}

"""The waitlist as a registry reads it: each wish, its place in the queue, and why it waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from avl import clock
from avl.domain.access import Actor, Role
from avl.domain.booking import LegKind, is_kept_no_longer
from avl.domain.interval import Interval
from avl.domain.local_time import say_day, say_time
from avl.domain.spoken import say_all
from avl.domain.waiting import OPEN, URGENT, WaitState, in_turn
from avl.models import Booking, Leg, Person, Resource, WaitlistEntry, db
from avl.queries.people import say_name
from avl.queries.waiting import WaitRequest, get_entry

MOST_ROWS = 200
"""Entries on one page; the ones that have ended are shown the newest first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The time that is kept for an entry, or was booked for it."""

    reference: str
    version: int
    hearing: Interval
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitSeen:
    """One wish on the waitlist, for its court's registry.

    Attributes:
        who: the people in it, by name.
        state: ``waiting`` from the moment at which what was kept for it is kept no longer.
        place: its place in the court's queue, from 1; 0 when it has none (yet).
        waiting: how many wait at this court.
        asked_at: since when it has its place in the queue.
        is_back: whether it has that since a time kept for it was not taken.
        why: why nothing fits at present; "" when nothing is known yet.
        reason: why it was raised, changed or ended.
        kept: the time kept for it, or booked.
        moving: the booking that would rather be elsewhere, where it is now; None for a new one.
        courtroom: the one asked for, on its own page; "" where any will do.
    """

    id: int
    version: int
    state: WaitState
    court_id: int
    court_code: str
    court: str
    zone: str
    hearing_type_code: str
    hearing_type: str
    who: str
    people: tuple[tuple[str, str], ...]
    request: WaitRequest
    priority: int
    usual_priority: int
    place: int
    waiting: int
    asked_at: datetime
    deadline_at: datetime
    looked_at: datetime | None
    offers_made: int
    is_back: bool
    why: str
    reason: str
    ended_at: datetime | None
    is_seen: bool
    kept: Kept | None
    moving: Kept | None = None
    courtroom: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still hopes for a time."""
        return self.state in OPEN

    @property
    def is_urgent(self) -> bool:
        """Whether it goes ahead of every hearing type."""
        return self.priority >= URGENT


@dataclass(frozen=True, slots=True)
class WaitDesk:
    """What of the waitlist belongs on the registry's first screen.

    Attributes:
        kept: times that came free and are being kept, the soonest to lapse first.
        lapsed: waits that ended without a booking and that nobody has read yet.
        waiting: how many wait.
    """

    kept: tuple[WaitSeen, ...] = ()
    lapsed: tuple[WaitSeen, ...] = ()
    waiting: int = 0


def waitlist(
    actor: Actor, *, now: datetime, court_id: int | None = None, is_open: bool = True
) -> list[WaitSeen]:
    """The waitlist of the actor's courts: what is kept first, then in the order of serving.

    Args:
        is_open: those that still hope for a time; else those that have ended, newest first.
    """
    has_ended = WaitlistEntry.ended_at.is_not(None)
    query = _entries(*_mine(actor), ~has_ended if is_open else has_ended)
    if court_id is not None:
        query = query.where(WaitlistEntry.court_id == court_id)
    if not is_open:
        newest = query.order_by(WaitlistEntry.ended_at.desc()).limit(MOST_ROWS)
        return _seen(db.session.execute(newest).all(), {})
    rows = db.session.execute(query.limit(MOST_ROWS)).all()
    entries = [entry for entry, *_ in rows]
    places = _places([one for one in entries if one.state is WaitState.WAITING], now)
    order = {one.id: n for n, one in enumerate(in_turn(entries, now))}
    last = len(order)
    return sorted(
        _seen(rows, places),
        key=lambda row: (row.state is WaitState.WAITING, order.get(row.id, last)),
    )


def wait_seen(actor: Actor, entry_id: int, *, now: datetime) -> WaitSeen:
    """One entry.

    Raises:
        NotFound: there is none at the actor's courts.
    """
    entry = get_entry(db.session(), actor, entry_id)
    beside = db.session.scalars(
        select(WaitlistEntry).where(
            WaitlistEntry.court_id == entry.court_id, WaitlistEntry.state == WaitState.WAITING
        )
    ).all()
    rows = db.session.execute(_entries(WaitlistEntry.id == entry.id)).all()
    seen = _seen(rows, _places(beside, now))[0]
    rooms = seen.request.room.courtrooms
    name = select(Resource.name).where(Resource.id == rooms[0]) if rooms else None
    return replace(seen, courtroom=db.session.scalar(name) or "") if name is not None else seen


def desk_of_waitlist(actor: Actor) -> WaitDesk:
    """What needs the registry now, in two queries at most."""
    is_vain = and_(WaitlistEntry.state == WaitState.LAPSED, WaitlistEntry.seen_at.is_(None))
    needs_me = or_(WaitlistEntry.state == WaitState.OFFERED, is_vain)
    other = aliased(WaitlistEntry)
    waiting = select(func.count(other.id)).where(
        other.state == WaitState.WAITING, *_mine(actor, other)
    )
    # The count comes along; where nothing is shown it is asked for alone.
    shown = db.session.execute(
        _entries(*_mine(actor), needs_me).add_columns(waiting.scalar_subquery())
    ).all()
    count = shown[0][3] if shown else db.session.scalar(waiting)
    rows = _seen([(one, kept, own) for one, kept, own, _ in shown], {})
    kept = [row for row in rows if row.state is WaitState.OFFERED]
    return WaitDesk(
        tuple(sorted(kept, key=lambda row: (row.kept and row.kept.expires_at) or row.asked_at)),
        tuple(row for row in rows if row.state is WaitState.LAPSED),
        (count or 0) + sum(row.state is WaitState.WAITING for row in rows),
    )


_Row = tuple[WaitlistEntry, Leg | None, Leg | None]
"""An entry, the hearing that is kept or booked for it, and that of the booking to be moved."""

_OWN = aliased(Leg)


def _entries(*conditions: ColumnElement[bool]) -> Select[WaitlistEntry, Leg | None, Leg | None]:
    """Entries with the hearings that belong to them: one query with all it takes."""
    return (
        select(WaitlistEntry, Leg, _OWN)
        .outerjoin(
            Leg,
            and_(Leg.booking_id == WaitlistEntry.booking_id, Leg.kind == LegKind.HEARING),
        )
        .outerjoin(
            _OWN, and_(_OWN.booking_id == WaitlistEntry.moving_id, _OWN.kind == LegKind.HEARING)
        )
        .where(*conditions)
        .options(
            joinedload(WaitlistEntry.court),
            joinedload(WaitlistEntry.hearing_type),
            joinedload(WaitlistEntry.booking),
            joinedload(WaitlistEntry.moving),
            joinedload(WaitlistEntry.person),
        )
    )


def _mine(actor: Actor, entry: type[WaitlistEntry] = WaitlistEntry) -> list[ColumnElement[bool]]:
    if actor.is_system or Role.REGISTRY in actor.everywhere:
        return []
    return [entry.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))]


def _places(waiting: Iterable[WaitlistEntry], now: datetime) -> dict[int, tuple[int, int]]:
    """Each waiting entry's place in its court's queue, and how long that queue is."""
    queues: dict[int, list[int]] = {}
    for entry in in_turn(waiting, now):
        queues.setdefault(entry.court_id, []).append(entry.id)
    return {
        entry_id: (place, len(queue))
        for queue in queues.values()
        for place, entry_id in enumerate(queue, 1)
    }


def _seen(rows: Sequence[_Row], places: dict[int, tuple[int, int]]) -> list[WaitSeen]:
    requests = {entry.id: WaitRequest.from_json(entry.wish) for entry, *_ in rows}
    people = {entry.person_id: entry.person for entry, *_ in rows}
    others = {seat.person_id for one in requests.values() for seat in one.room.seats} - set(people)
    if others:
        found = db.session.scalars(select(Person).where(Person.id.in_(sorted(others))))
        people |= {person.id: person for person in found}
    known = {key: (say_name(person), person.prn) for key, person in people.items()}
    return [_one(row, requests[row[0].id], known, places) for row in rows]


def _one(
    row: _Row,
    request: WaitRequest,
    known: dict[int, tuple[str, str]],
    places: dict[int, tuple[int, int]],
) -> WaitSeen:
    entry, hearing, own = row
    people = tuple(known[seat.person_id] for seat in request.room.seats if seat.person_id in known)
    place, waiting = places.get(entry.id, (0, 0))
    kept, state, why = _kept(entry.booking, hearing), entry.state, entry.why
    if kept and entry.booking and state is WaitState.OFFERED:
        until = entry.booking.expires_at
        if until and is_kept_no_longer(entry.booking.status, until, clock.now()):
            kept, state, why = None, WaitState.WAITING, _say_not_booked(until, entry.court.zone)
    return WaitSeen(
        id=entry.id,
        version=entry.version,
        state=state,
        court_id=entry.court_id,
        court_code=entry.court.code,
        court=entry.court.short_name,
        zone=entry.court.zone,
        hearing_type_code=entry.hearing_type_code,
        hearing_type=entry.hearing_type.name,
        who=say_all(name for name, _ in people),
        people=people,
        request=request,
        priority=entry.priority,
        usual_priority=entry.hearing_type.priority,
        place=place,
        waiting=waiting,
        asked_at=entry.asked_at,
        deadline_at=entry.deadline_at,
        looked_at=entry.looked_at,
        offers_made=entry.offers_made,
        is_back=bool(entry.passed),
        why=why,
        reason=entry.reason,
        ended_at=entry.ended_at,
        is_seen=entry.seen_at is not None,
        kept=kept,
        moving=_kept(entry.moving, own),
    )


def _say_not_booked(until: datetime, zone: str) -> str:
    at = f"{say_time(until, zone)} on {say_day(until, zone)}"
    return f"The time kept for it until {at} was not booked. It goes to the next who waits."


def _kept(booking: Booking | None, hearing: Leg | None) -> Kept | None:
    if booking is None or hearing is None:
        return None
    return Kept(
        booking.reference,
        booking.version,
        Interval(hearing.starts_at, hearing.ends_at),
        booking.expires_at,
    )

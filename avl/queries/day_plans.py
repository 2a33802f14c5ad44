"""Planning a court's day: what is asked for, and the day's hearings from the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.booking import Status
from avl.domain.clashes import judge
from avl.domain.day_build import Listed, build_day, wish_of_booking
from avl.domain.day_plan import DayProblem
from avl.domain.errors import DomainError, InvalidInput, NotFound
from avl.domain.local_time import day_interval, to_local, to_utc
from avl.domain.starts import could_lie_inside
from avl.domain.waiting import WaitState
from avl.domain.wish import Wish, check_day
from avl.domain.world import World
from avl.models import (
    Booking,
    Person,
    Plan,
    Resource,
    ResourceKind,
    Site,
    User,
    WaitlistEntry,
    db,
)
from avl.models.base import Json
from avl.queries.accounts import actor_of
from avl.queries.day_scope import Scope, check_sitting, sitting_scope
from avl.queries.people import say_name
from avl.queries.placements import placement_of
from avl.queries.room import LONGEST, PARTS, STANDING, load_places, why_kept
from avl.queries.scope import visible_bookings
from avl.queries.waiting import WaitRequest, passed_of, wish_of

SHORTEST_SECONDS, LONGEST_SECONDS, USUAL_SECONDS = 5, 60, 20
"""How long a day may be worked on."""

WAITS = "Waiting"
"""How a wish from the waitlist is called where a booking has its reference."""


class Movable(StrEnum):
    """Which published bookings a plan may move, beside those that cannot stay where they are."""

    NOTHING = "nothing"
    UNCONFIRMED = "unconfirmed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DayRequest:
    """Which day is to be planned, and how.

    Attributes:
        on: on the court's wall.
        courtrooms: resource ids; empty for every courtroom of the court, or for a sitting's own.
        sitting_id: the one sitting to plan; None for the whole day.
        seconds: how long the worker may take.
    """

    court_id: int
    on: date
    courtrooms: tuple[int, ...] = ()
    movable: Movable = Movable.NOTHING
    seconds: int = USUAL_SECONDS
    sitting_id: int | None = None

    def to_json(self) -> Json:
        """As it is kept in the database."""
        return {
            "court_id": self.court_id,
            "on": self.on.isoformat(),
            "courtrooms": list(self.courtrooms),
            "movable": self.movable.value,
            "seconds": self.seconds,
            "sitting_id": self.sitting_id,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> DayRequest:
        """Read it back."""
        return cls(
            kept["court_id"],
            date.fromisoformat(kept["on"]),
            tuple(kept["courtrooms"]),
            Movable(kept["movable"]),
            kept["seconds"],
            kept["sitting_id"],
        )


@dataclass(frozen=True)
class Day:
    """A court's day, ready to be planned.

    Attributes:
        bookings: by id, as their maker may see them; ``entries`` of the waitlist by id.
        unfit: entries that cannot be looked at, with the reason.
    """

    request: DayRequest
    zone: str
    world: World
    listed: tuple[Listed, ...]
    bookings: Mapping[int, Booking]
    entries: Mapping[int, WaitlistEntry]
    people: Mapping[int, str]
    unfit: Mapping[int, str]
    problem: DayProblem


def check_request(session: Session, actor: Actor, request: DayRequest, now: datetime) -> None:
    """Refuse what cannot be planned.

    Raises:
        NotFound: there is no such court, or this actor does not book for it.
        InvalidInput: a date gone by, a courtroom of another court, too little time or too much, or
            a sitting that is not that day's.
    """
    zone = _zone(session, actor, request.court_id)
    check_day(request.on, now, zone, "on")
    if not SHORTEST_SECONDS <= request.seconds <= LONGEST_SECONDS:
        raise InvalidInput(
            "seconds", f"Choose from {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds."
        )
    rooms = courtrooms_of(session, request.court_id)
    if set(request.courtrooms) - {room.id for room in rooms}:
        raise InvalidInput("courtrooms", "Choose courtrooms of this court.")
    if request.sitting_id is None:
        return
    if request.courtrooms:
        raise InvalidInput("courtrooms", "A sitting has its own courtroom: choose none beside it.")
    check_sitting(request.court_id, request.on, request.sitting_id, now)


def courtrooms_of(session: Session, court_id: int) -> Sequence[Resource]:
    """A court's courtrooms that are in use, in order."""
    return session.scalars(
        select(Resource)
        .where(
            Resource.site_id == court_id,
            Resource.kind == ResourceKind.COURTROOM,
            Resource.is_active,
        )
        .order_by(Resource.sort_order, Resource.name)
    ).all()


def _zone(session: Session, actor: Actor, court_id: int) -> str:
    zone = session.scalar(select(Site.zone).where(Site.id == court_id))
    if zone is None or not may(actor, Do.BOOK, SiteSubject(court_id)):
        raise NotFound("There is no such court.")
    return zone


def load_day(session: Session, actor: Actor, request: DayRequest, *, now: datetime) -> Day:
    """Read a court's day: its bookings, who waits for it, and everything they are judged by.

    For one sitting only what belongs to it is read so; the rest of the day is in the world.

    Raises:
        NotFound: there is no such court, or this actor does not book for it; or the sitting has
            been removed.
    """
    zone = _zone(session, actor, request.court_id)
    scope = _scope(session, request, zone)
    bookings = _bookings(session, actor, request, zone, scope, now)
    entries, wishes, unfit = _waiting(session, request, zone, scope, now)
    window = day_interval(request.on, zone).widened(before=LONGEST, after=LONGEST)
    world = load_places(
        session, actor, bookings.values(), window, now, wishes=list(wishes.values()), wherever=True
    )
    listed = (
        *_listed_bookings(bookings.values(), request, scope, world, now),
        *(Listed(-key, WAITS, entries[key].priority, wish) for key, wish in sorted(wishes.items())),
    )
    return Day(
        request=request,
        zone=zone,
        world=world,
        listed=listed,
        bookings=bookings,
        entries=entries,
        people=_people(session, entries.values()),
        unfit=unfit,
        problem=build_day(listed, world, request.on),
    )


def _scope(session: Session, request: DayRequest, zone: str) -> Scope:
    if request.sitting_id is not None:
        return sitting_scope(request.court_id, request.on, zone, request.sitting_id)
    rooms = courtrooms_of(session, request.court_id)
    return Scope(request.courtrooms or tuple(room.id for room in rooms))


def _bookings(
    session: Session,
    actor: Actor,
    request: DayRequest,
    zone: str,
    scope: Scope,
    now: datetime,
) -> dict[int, Booking]:
    day = day_interval(request.on, zone)
    rows = session.scalars(
        visible_bookings(actor)
        .where(
            Booking.court_id == request.court_id,
            Booking.starts_at >= day.start,
            Booking.starts_at < day.end,
            Booking.status.in_(STANDING),
        )
        .options(*PARTS)
        .order_by(Booking.starts_at, Booking.id)
        .execution_options(populate_existing=True)
    )
    return {
        booking.id: booking
        for booking in rows
        if scope.takes(placement_of(booking)) and may(actor, Do.MOVE, booking)
    }


def _listed_bookings(
    bookings: Collection[Booking],
    request: DayRequest,
    scope: Scope,
    world: World,
    now: datetime,
) -> list[Listed]:
    """Bookings that the plan may move, or that cannot stay; all others are in the world."""
    found = []
    for booking in bookings:
        if why_kept(booking, now):
            continue
        placed = placement_of(booking)
        own = [placed.courtroom]
        clashes = judge(placed, world, ignoring=booking.id).clashes
        if any(clash.resource_id == placed.courtroom for clash in clashes):
            # Its sitting cannot be held there, so any of the others will do.
            own += [room for room in scope.rooms if room != placed.courtroom]
        may_move = request.movable is Movable.ALL or (
            request.movable is Movable.UNCONFIRMED and booking.status is Status.REQUESTED
        )
        wish = replace(wish_of_booking(placed, request.on, own), within=scope.within)
        found.append(
            Listed(
                booking.id,
                booking.reference,
                booking.hearing_type.priority,
                wish,
                placed,
                may_move,
            )
        )
    return found


def _waiting(
    session: Session, request: DayRequest, zone: str, scope: Scope, now: datetime
) -> tuple[dict[int, WaitlistEntry], dict[int, Wish], dict[int, str]]:
    """Who waits for a time on this day at this court, with what they wish for."""
    rows = session.scalars(
        select(WaitlistEntry)
        .where(
            WaitlistEntry.court_id == request.court_id,
            WaitlistEntry.state == WaitState.WAITING,
            WaitlistEntry.deadline_at > now,
            # Who has a booking and would rather be elsewhere is on a list already.
            WaitlistEntry.moving_id.is_(None),
        )
        .order_by(WaitlistEntry.priority.desc(), WaitlistEntry.asked_at, WaitlistEntry.id)
    )
    entries: dict[int, WaitlistEntry] = {}
    wishes: dict[int, Wish] = {}
    unfit: dict[int, str] = {}
    for entry in rows:
        asked = WaitRequest.from_json(entry.wish)
        chosen = [room for room in asked.room.courtrooms if room in scope.rooms]
        is_here = bool(chosen) or not asked.room.courtrooms
        if not (asked.first <= request.on <= asked.last and is_here):
            continue
        try:
            wish = wish_of(session, asked, passed=passed_of(entry), now=now)
        except DomainError as refusal:
            entries[entry.id], unfit[entry.id] = entry, refusal.message
            continue
        if wish is not None:
            wish = _on_that_day(wish, request.on, zone, tuple(chosen) or scope.rooms)
            wish = replace(wish, within=scope.within)
            if scope.within is None or could_lie_inside(wish, zone):
                entries[entry.id], wishes[entry.id] = entry, wish
    return entries, wishes, unfit


def _on_that_day(wish: Wish, on: date, zone: str, rooms: tuple[int, ...]) -> Wish:
    """A wish for this day only, at the hour that was liked best."""
    wall = to_local(wish.wanted_start, zone)
    try:
        wanted = to_utc(wall.replace(year=on.year, month=on.month, day=on.day, tzinfo=None), zone)
    except DomainError:
        # The clocks change in that hour; any start of the day is as far from it as another.
        wanted = day_interval(on, zone).start + timedelta(hours=wall.hour)
    return replace(wish, courtrooms=rooms, first=on, last=on, wanted_start=wanted, limit=1)


def _people(session: Session, entries: Collection[WaitlistEntry]) -> dict[int, str]:
    wanted = {seat["person_id"] for entry in entries for seat in entry.wish["room"]["seats"]}
    rows = session.scalars(select(Person).where(Person.id.in_(sorted(wanted))))
    return {person.id: say_name(person) for person in rows}


def day_as_asked(plan_id: int, *, now: datetime) -> Day:
    """Read the day of a plan, with the eyes of whoever asked for it.

    Raises:
        NotFound: the plan's maker or court is gone.
    """
    session = db.session()
    session.rollback()
    plan = session.get_one(Plan, plan_id)
    maker = session.get(User, plan.made_by_id) if plan.made_by_id else None
    if maker is None:
        raise NotFound("Whoever asked for this plan is not a user any more.")
    try:
        return load_day(session, actor_of(maker), DayRequest.from_json(plan.wish), now=now)
    finally:
        # The work takes a minute: nobody may wait that long for this read to end, and what was
        # read must stay as it was, versions and all.
        session.expunge_all()
        session.rollback()

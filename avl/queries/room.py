"""Making room: what is asked for, the day's picture from the database, and the search over it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from time import thread_time

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.booking import Action, Status, allowed_actions
from avl.domain.errors import ActionNotAllowed, NotFound
from avl.domain.interpreters import LOOK_BACK
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.planner import Aim, Plans, Standing, make_room
from avl.domain.wish import Wish, WishSeat, check_day
from avl.domain.world import World
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    Person,
    Site,
)
from avl.queries.custody import load_stays
from avl.queries.placements import placement_of
from avl.queries.room_request import RoomRequest
from avl.queries.scope import visible_bookings
from avl.queries.wanted import Wanted
from avl.queries.world import load_busy, load_facts

SECONDS = 1.7
"""A search for room computes at most about this long (the processor's seconds, so that a busy
machine finds what an idle one does); what it has found by then is what it offers."""

NEAR_STEP = timedelta(minutes=15)
DAYS_BEFORE, DAYS_AFTER = 1, 4
"""How far other bookings may go when nothing helps within the day."""

LONGEST = timedelta(days=1)
PARTS = (
    selectinload(Booking.legs),
    joinedload(Booking.hearing_type),
    joinedload(Booking.court),
    selectinload(Booking.appearances).options(
        joinedload(Appearance.person),
        joinedload(Appearance.counsel),
        joinedload(Appearance.site),
    ),
)
"""What must be loaded of a booking to say how it stands and whether it may be moved."""

STANDING = (Status.REQUESTED, Status.CONFIRMED, Status.CONNECTED, Status.STOOD_DOWN)


@dataclass(frozen=True)
class RoomFound:
    """What a search for room found.

    Attributes:
        bookings: the day's bookings that a plan may move, and the one it is for, by id.
        names: of rooms, with their site where that is not a court.
        not_then: why no plan keeps the very time wanted, where the plans are for times near it.
    """

    plans: Plans
    zone: str
    bookings: Mapping[int, Booking]
    names: Mapping[int, str]
    not_then: str = ""
    moving: Booking | None = None


def find_room(session: Session, actor: Actor, request: RoomRequest, *, now: datetime) -> RoomFound:
    """Find up to three plans that let a booking in, new or from where it is now.

    Only bookings of the actor's own courts are moved. The very time wanted is tried first, then
    times near it, and only then are others moved to another day.

    Raises:
        NotFound: there is no such court, or this actor does not book for it.
        ActionNotAllowed: the booking that is to be there can no longer be moved.
        InvalidInput: a length or the people make no sense, or the day has passed.
    """
    zone = session.scalar(select(Site.zone).where(Site.id == request.court_id))
    if zone is None or not may(actor, Do.BOOK, SiteSubject(request.court_id)):
        raise NotFound("There is no such court.")
    until = thread_time() + SECONDS
    on, today = local_day(request.wanted_start, zone), local_day(now, zone)
    check_day(on, now, zone, "wanted_start")
    people = _resource_ids(session, Person, [seat.person_id for seat in request.seats])
    counsel = _resource_ids(
        session, Counsel, [seat.counsel_id for seat in request.seats if seat.counsel_id]
    )
    own = booking_to_move(session, actor, request.moving, now) if request.moving else None
    wish = _wish(session, request, on, people, counsel, own)
    bookings = _bookings_of(session, actor, request.court_id, day_interval(on, zone), people, now)
    plans = Plans((), None)
    world, not_then, seen = None, "", None
    for reach in dict.fromkeys((0, request.near_minutes)):
        for days in ([on], _days_around(on, today)):
            if plans.plans or (reach == 0 and len(days) > 1) or thread_time() > until:
                continue
            window = _reached_from(days, zone)
            if world is None or window != seen:
                places = bookings.values()
                world, seen = (
                    load_places(session, actor, places, window, now, wishes=[wish]),
                    window,
                )
            standing = [
                _only(request.taking, one) for one in standing_of(session, bookings.values(), now)
            ]
            aim = Aim(wish, _starts(request.wanted_start, reach, zone), tuple(days))
            # Days are looked at around the one for which it is proven that it will not do alone.
            ruled_out = plans.ruled_out if len(days) > 1 else -1
            plans = make_room(
                aim,
                standing,
                world,
                is_over=lambda: thread_time() > until,
                least_crossing=int(len(days) > 1),
            )
            plans = replace(plans, ruled_out=max(plans.ruled_out, ruled_out))
            if reach == 0 and plans.none:
                not_then = plans.none.sentence
    names = names_in(world) if world else {}
    is_then = all(plan.placement.hearing.start == wish.wanted_start for plan in plans.plans)
    if own is not None:
        bookings[own.id] = own
    return RoomFound(plans, zone, bookings, names, "" if is_then else not_then, own)


def _reached_from(days: list[date], zone: str) -> Interval:
    """From when to when what is on these days may reach; the earliest of them comes first."""
    start, end = day_interval(days[0], zone).start, day_interval(max(days), zone).end
    return Interval(start - LONGEST, end).widened(after=LONGEST)


def booking_to_move(session: Session, actor: Actor, reference: str, now: datetime) -> Booking:
    """The booking that is to have another time.

    Raises:
        NotFound: there is none that this actor may move.
        ActionNotAllowed: it is over, or has begun.
    """
    booking = session.scalars(
        visible_bookings(actor).where(Booking.reference == reference).options(*PARTS)
    ).one_or_none()
    if booking is None or not may(actor, Do.MOVE, booking):
        raise NotFound(f"There is no booking {reference} at your court.")
    if Action.MOVE not in allowed_actions(booking.status):
        status = booking.status.replace("_", " ")
        raise ActionNotAllowed(f"Booking {reference} is {status}, so it cannot be moved.")
    if booking.starts_at <= now and booking.status is not Status.STOOD_DOWN:
        raise ActionNotAllowed(f"Booking {reference} has begun, so it can no longer be moved.")
    return booking


def _only(taking: Collection[str], booking: Standing) -> Standing:
    """Keep a booking where it is when only others were asked to move."""
    if not taking or booking.name in taking or booking.kept:
        return booking
    return replace(booking, kept="you asked to move another booking")


def _days_around(on: date, today: date) -> list[date]:
    """The day itself and those near it that have not passed, the day itself not first."""
    days = [on + timedelta(days=n) for n in range(-DAYS_BEFORE, DAYS_AFTER + 1)]
    return [day for day in days if day >= today]


def _starts(wanted: datetime, reach: int, zone: str) -> tuple[datetime, ...]:
    found = [wanted]
    for step in range(1, reach // 15 + 1):
        for start in (wanted - step * NEAR_STEP, wanted + step * NEAR_STEP):
            if local_day(start, zone) == local_day(wanted, zone):
                found.append(start)
    return tuple(found)


def _wish(
    session: Session,
    request: RoomRequest,
    on: date,
    people: Mapping[int, int],
    counsel: Mapping[int, int],
    own: Booking | None,
) -> Wish:
    """What a request wishes for. A booking that is moved stands in nobody's way, keeps its suites
    where it can, and needs no interpreter's notice for the time it has already."""
    ignoring = own.id if own else None
    now = placement_of(own) if own else None
    suites = {seat.person: seat.suite for seat in now.seats} if now else {}
    is_then = now is not None and now.hearing.start == request.wanted_start
    if request.form_key and own is None:
        ignoring = session.scalar(
            select(Booking.id).where(
                Booking.form_key == request.form_key, Booking.status == Status.HELD
            )
        )
    return Wish(
        court_id=request.court_id,
        courtrooms=request.courtrooms,
        hearing_type=request.hearing_type,
        minutes=request.minutes,
        pre_minutes=request.pre_minutes,
        post_minutes=request.post_minutes,
        seats=tuple(
            WishSeat(
                people[seat.person_id],
                counsel[seat.counsel_id] if seat.counsel_id else None,
                seat.suites,
                suites.get(people[seat.person_id]),
                seat.instruction_suites,
            )
            for seat in request.seats
        ),
        wanted_start=request.wanted_start,
        first=on,
        last=on,
        ignoring=ignoring,
        interpreter=now.interpreter if now and not is_then else None,
    )


def _resource_ids(
    session: Session, table: type[Person] | type[Counsel], ids: Collection[int]
) -> dict[int, int]:
    rows = session.execute(select(table.id, table.resource_id).where(table.id.in_(ids)))
    found = {row.id: row.resource_id for row in rows}
    if set(ids) - set(found):
        raise NotFound("There is no such person.")
    return found


def _bookings_of(
    session: Session,
    actor: Actor,
    court_id: int,
    day: Interval,
    people: Mapping[int, int],
    now: datetime,
) -> dict[int, Booking]:
    """The day's bookings of the actor's courts that share a court or a prison with the wish."""
    sites = {
        stay.site_id
        for held in load_stays(session, list(people.values()), day).values()
        for stay in held
    }
    rows = session.scalars(
        visible_bookings(actor)
        .where(
            Booking.starts_at >= day.start,
            Booking.starts_at < day.end,
            Booking.status.in_(STANDING),
            (Booking.court_id == court_id)
            | Booking.appearances.any(Appearance.site_id.in_(sorted(sites))),
        )
        .options(*PARTS)
        .order_by(Booking.starts_at, Booking.id)
    )
    return {booking.id: booking for booking in rows if may(actor, Do.MOVE, booking)}


def standing_of(session: Session, bookings: Collection[Booking], now: datetime) -> list[Standing]:
    """Bookings as the planner sees them: how they stand, how important, and whether they may be
    moved."""
    return [
        Standing(
            id=booking.id,
            name=booking.reference,
            placement=placement_of(booking),
            priority=booking.hearing_type.priority,
            kept=why_kept(booking, now),
        )
        for booking in bookings
    ]


def why_kept(booking: Booking, now: datetime) -> str:
    """Why a plan may not move a booking; "" when it may."""
    if booking.status not in (Status.REQUESTED, Status.CONFIRMED) or booking.starts_at <= now:
        return "it has begun"
    if booking.is_fixed:
        return "it is marked fixed"
    sites = [booking.court, *(appearance.site for appearance in booking.appearances)]
    minutes = max(site.freeze_minutes for site in sites)
    if booking.starts_at < now + timedelta(minutes=minutes):
        return f"it starts within {minutes} minutes"
    return ""


def load_places(
    session: Session,
    actor: Actor,
    bookings: Collection[Booking],
    window: Interval,
    now: datetime,
    *,
    wishes: Collection[Wish] = (),
    wherever: bool = False,
) -> World:
    """Everything a plan is judged by: all rooms of the places concerned, and everybody in them.

    Args:
        wherever: with the places where people of these bookings are by now, and not only those
            that the bookings are at.
    """
    placements = [placement_of(booking) for booking in bookings]
    seats = [seat for placement in placements for seat in placement.seats]
    mine = {seat.person for wish in wishes for seat in wish.seats}
    people = mine | {seat.person for seat in seats}
    stays = load_stays(session, list(people), window)
    courts = {placement.court_id for placement in placements}
    sites = {seat.site_id for seat in seats}
    sites |= {
        stay.site_id for person in (people if wherever else mine) for stay in stays.get(person, [])
    }
    ids = set(people)
    for wish in wishes:
        courts.add(wish.court_id)
        ids |= set(wish.courtrooms)
        ids |= {seat.counsel for seat in wish.seats if seat.counsel}
        ids |= {suite for seat in wish.seats for suite in seat.instruction_suites}
    for seat in seats:
        ids |= {key for key in (seat.counsel, seat.instruction_suite) if key}
    world = load_facts(
        session,
        site_ids=courts | sites,
        wanted=Wanted(frozenset(ids), frozenset(sites), frozenset(courts), frozenset(courts)),
        people=people,
        window=window,
        now=now,
        stays=stays,
        closures_from=window.start.date() - LOOK_BACK,
    )
    world.busy = load_busy(session, actor, list(world.resources), window, now)
    return world


def names_in(world: World) -> dict[int, str]:
    """Every room as people say it, with its site where that is not a court."""
    return {
        key: f"{world.sites[facts.site_id].name}, {facts.name}"
        if facts.kind == "suite" and facts.site_id is not None
        else facts.name
        for key, facts in world.resources.items()
    }

"""A court's day by courtroom, and whether a booking could be somewhere else on a board."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import joinedload, selectinload

from avl.domain.access import Actor, Do, may
from avl.domain.booking import Action, LegKind, Status, allowed_actions
from avl.domain.calendars import SiteCalendar
from avl.domain.clashes import judge
from avl.domain.disruption import without_passing
from avl.domain.errors import ActionNotAllowed, NotAllowed, NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.resources import Placement
from avl.domain.spoken import say_all
from avl.domain.wish import Wish, WishSeat
from avl.models import Appearance, Booking, Resource, ResourceKind, Site, db
from avl.queries.calendars import load_calendars
from avl.queries.days import SuiteSeen, is_theirs, rooms_at
from avl.queries.form_offers import OffersFound, offers_for
from avl.queries.people import say_name
from avl.queries.placements import placement_of
from avl.queries.room import PARTS, load_places
from avl.queries.scope import visible_bookings
from avl.queries.worklist import seats_at

LONGEST = timedelta(days=1)
"""No booking lasts longer, so a read looks back no further."""

NEARBY = 4
"""How many other times are shown beside one that was tried."""


@dataclass(frozen=True, slots=True)
class BookingSeen:
    """A booking in its courtroom's row.

    Attributes:
        surnames: as a block shows them; ``who`` in full.
        place: the prison and suite of each person.
        may_move: whether this reader may move it now.
    """

    reference: str
    room_id: int
    status: Status
    kind: str
    hearing: Interval
    before: Interval | None
    after: Interval | None
    surnames: str
    who: str
    place: str
    may_move: bool

    @property
    def span(self) -> Interval:
        """The hearing with its conferences."""
        start = self.before.start if self.before else self.hearing.start
        return Interval(start, self.after.end if self.after else self.hearing.end)


@dataclass(frozen=True, slots=True)
class CourtDay:
    """One day at one court. ``calendar`` knows when it is shut; bookings in order of time."""

    site: Site
    on: date
    calendar: SiteCalendar
    rooms: tuple[SuiteSeen, ...]
    bookings: tuple[BookingSeen, ...]


def court_day(actor: Actor, site: Site, on: date, *, now: datetime) -> CourtDay:
    """What one of the actor's courts has on one day (7 queries, whatever the day holds).

    Args:
        site: one of the actor's own courts.
    """
    day = day_interval(on, site.zone)
    rows = db.session.scalars(
        visible_bookings(actor)
        .where(
            Booking.court_id == site.id,
            Booking.starts_at < day.end,
            Booking.starts_at > day.start - LONGEST,
            Booking.ends_at > day.start,
            Booking.status.in_(
                (
                    Status.REQUESTED,
                    Status.CONFIRMED,
                    Status.CONNECTED,
                    Status.STOOD_DOWN,
                    Status.COMPLETED,
                )
            ),
        )
        .options(
            joinedload(Booking.hearing_type),
            selectinload(Booking.legs),
            selectinload(Booking.appearances).options(
                joinedload(Appearance.person),
                joinedload(Appearance.site),
                joinedload(Appearance.suite),
            ),
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    seen = [_seen(row, actor, now) for row in rows]
    bookings = tuple(sorted(seen, key=lambda one: one.hearing.start))
    used = {booking.room_id for booking in bookings}
    return CourtDay(
        site,
        on,
        load_calendars(db.session(), [site.id], on, on).sites[site.id],
        rooms_at([site.id], day, ResourceKind.COURTROOM, used).get(site.id, ()),
        bookings,
    )


def _seen(row: Booking, actor: Actor, now: datetime) -> BookingSeen:
    legs = {leg.kind: Interval(leg.starts_at, leg.ends_at) for leg in row.legs}
    people = [appearance.person for appearance in row.appearances]
    return BookingSeen(
        reference=row.reference,
        room_id=row.appearances[0].courtroom_id,
        status=row.status,
        kind=row.hearing_type.name,
        hearing=legs[LegKind.HEARING],
        before=legs.get(LegKind.PRE_CONFERENCE),
        after=legs.get(LegKind.POST_CONFERENCE),
        surnames=", ".join(person.family_name.upper() for person in people),
        who=say_all(say_name(person) for person in people),
        place="; ".join(f"{one.site.short_name}, {one.suite.name}" for one in row.appearances),
        may_move=may(actor, Do.MOVE, row) and not _why_not(row, now),
    )


def _why_not(row: Booking, now: datetime) -> str:
    """Why a booking can no longer be moved; "" when it can."""
    if Action.MOVE not in allowed_actions(row.status):
        return f"Booking {row.reference} is {row.status.replace('_', ' ')}, so it stays."
    if row.starts_at <= now and row.status is not Status.STOOD_DOWN:
        return f"Booking {row.reference} has begun, so it can no longer be moved."
    return ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a court's booking would come to at another place on the board.

    Attributes:
        found: the offers, of which the one at ``start`` is the answer; or why there is none.
    """

    booking: Booking
    now: Placement
    start: datetime
    room: str
    zone: str
    wish: Wish
    found: OffersFound


def try_at(actor: Actor, reference: str, *, start: datetime, room_id: int, now: datetime) -> Tried:
    """Try a booking at another time or in another courtroom of its court; nothing is changed.

    Suites are chosen as the move itself chooses them: the one it has, or another that is free.

    Raises:
        NotFound: no such booking or courtroom at a court of this actor's.
        ActionNotAllowed: it can no longer be moved.
        InvalidInput: the time is off the grid.
    """
    booking = _to_move(actor, reference, Do.MOVE, now)
    room = db.session.get(Resource, room_id)
    if room is None or (room.site_id, room.kind) != (booking.court_id, ResourceKind.COURTROOM):
        raise NotFound("There is no such courtroom at this court.")
    placed = placement_of(booking)
    on = local_day(start, booking.court.zone)
    wish = Wish(
        court_id=booking.court_id,
        courtrooms=(room_id,),
        hearing_type=booking.hearing_type_code,
        minutes=placed.hearing.minutes,
        pre_minutes=placed.pre_minutes,
        post_minutes=placed.post_minutes,
        seats=tuple(
            WishSeat(
                seat.person,
                seat.counsel,
                preferred_suite=seat.suite,
                instruction_suites=(seat.instruction_suite,) if seat.instruction_suite else (),
            )
            for seat in placed.seats
        ),
        wanted_start=start,
        first=on,
        last=on,
        limit=NEARBY,
        ignoring=booking.id,
    )
    found = offers_for(actor, wish, wanted=start, now=now)
    return Tried(booking, placed, start, room.name, booking.court.zone, wish, found)


@dataclass(frozen=True, slots=True)
class SuiteTried:
    """One suite of a prison for somebody who is booked into another.

    Attributes:
        why_not: sentences about that suite; none where it is free.
    """

    id: int
    name: str
    is_now: bool
    why_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SuitesTried:
    """Every suite of the prison for one person's part of a booking, in the prison's order."""

    reference: str
    version: int
    appearance_id: int
    who: str
    hearing: Interval
    span: Interval
    suites: tuple[SuiteTried, ...]

    @property
    def suite_now(self) -> SuiteTried:
        return next(suite for suite in self.suites if suite.is_now)


@dataclass(frozen=True, slots=True)
class AtPrison:
    """A booking with everything that may be judged of it, and one of its reader's own prisons."""

    booking: Booking
    site: Site


def at_prison(actor: Actor, reference: str, code: str) -> AtPrison:
    """A booking at the prison with this code, or at the first of this actor's in it (3 queries).

    Raises:
        NotFound: there is none, or nobody in it appears from one of the actor's prisons.
    """
    row = _get(actor, reference)
    own = [
        one.site for one in row.appearances if one.site.is_active and is_theirs(actor, one.site_id)
    ]
    if not own or row.requested_at is None:
        raise NotFound(f"There is no booking {reference} at a site of yours.")
    return AtPrison(row, next((site for site in own if site.code == code.upper()), own[0]))


def try_suites(
    actor: Actor, site: Site, reference: str, suite_id: int | None, *, now: datetime
) -> SuitesTried:
    """Try every suite of one of the actor's prisons for a booking, by its reference.

    Raises: as `try_suites_of`.
    """
    at = AtPrison(_get(actor, reference), site)
    return try_suites_of(actor, at, suite_id, now=now)


def try_suites_of(
    actor: Actor, at: AtPrison, suite_id: int | None, *, now: datetime
) -> SuitesTried:
    """Try every suite of a prison for a booking, at the same time; nothing is changed.

    Args:
        suite_id: the suite the person is booked into; None for the first person from there.

    Raises:
        NotFound: nobody in it appears from there.
        NotAllowed: this actor may not change suites there.
        ActionNotAllowed: it can no longer be moved.
    """
    booking, site, reference = at.booking, at.site, at.booking.reference
    _require_movable(actor, booking, Do.CHANGE_SUITE, now, site_id=site.id)
    placed = placement_of(booking)
    place, seat = next(
        (
            (place, seat)
            for place, seat in enumerate(placed.seats)
            if seat.site_id == site.id and suite_id in (None, seat.suite)
        ),
        (0, None),
    )
    if seat is None:
        raise NotFound(f"Nobody in {reference} appears from this suite.")
    window = placed.span.widened(before=LONGEST, after=LONGEST)
    world = load_places(db.session(), actor, [booking], window, now)
    tried = []
    for room in world.resources.values():
        if room.kind != "suite" or room.site_id != site.id:
            continue
        seats = tuple(
            replace(one, suite=room.id) if n == place else one for n, one in enumerate(placed.seats)
        )
        verdict = without_passing(judge(replace(placed, seats=seats), world, ignoring=booking.id))
        # What else is wrong with the booking is another prison's or the court's to know.
        why = tuple(clash.sentence for clash in verdict.clashes if clash.resource_id == room.id)
        if room.is_active or room.id == seat.suite:
            tried.append(SuiteTried(room.id, room.name, room.id == seat.suite, why))
    appearance = booking.appearances[place]
    return SuitesTried(
        booking.reference,
        booking.version,
        appearance.id,
        say_name(appearance.person),
        placed.hearing,
        placed.span,
        tuple(tried),
    )


def _get(actor: Actor, reference: str) -> Booking:
    row = db.session.scalars(
        visible_bookings(actor).where(Booking.reference == reference).options(*PARTS)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no booking {reference}.")
    return row


def _to_move(actor: Actor, reference: str, do: Do, now: datetime) -> Booking:
    row = _get(actor, reference)
    _require_movable(actor, row, do, now)
    return row


def _require_movable(
    actor: Actor, row: Booking, do: Do, now: datetime, *, site_id: int | None = None
) -> None:
    if not may(actor, do, row if site_id is None else seats_at(row, site_id)):
        raise NotAllowed("You may not move this booking.")
    if why := _why_not(row, now):
        raise ActionNotAllowed(why)

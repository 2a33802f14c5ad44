"""Two bookings that might change times: which ones could, and what each would come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from avl.domain.access import Actor, Do, may
from avl.domain.clashes import judge
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval, local_day
from avl.domain.resources import Placement
from avl.domain.world import World
from avl.models import Booking, db
from avl.queries.people import say_name
from avl.queries.placements import placement_of
from avl.queries.room import PARTS, STANDING, load_places, names_in, why_kept
from avl.queries.scope import visible_bookings

LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SwapChoice:
    """A booking of the same court and day.

    Attributes:
        why_not: why the two cannot change times, in one sentence; "" when they can.
    """

    reference: str
    who: str
    hearing_type: str
    placement: Placement
    why_not: str


@dataclass(frozen=True, slots=True)
class SwapSide:
    """One of two bookings, before and after, with what stands against it."""

    reference: str
    who: str
    version: int
    before: Placement
    after: Placement
    clashes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwapSeen:
    """Both sides of a swap, and the names of the rooms in them."""

    sides: tuple[SwapSide, SwapSide]
    names: Mapping[int, str]

    @property
    def is_possible(self) -> bool:
        """Whether both fit at each other's time."""
        return not any(side.clashes for side in self.sides)


def swap_choices(actor: Actor, reference: str, *, now: datetime) -> list[SwapChoice]:
    """Bookings of the same court and day, at other times, that this actor may move.

    Those it can change times with come first, each part in the order of time.
    """
    booking = _movable(actor, reference)
    zone = booking.court.zone
    start = placement_of(booking).hearing.start
    day = day_interval(local_day(start, zone), zone)
    found = db.session.scalars(
        visible_bookings(actor)
        .where(
            Booking.court_id == booking.court_id,
            Booking.starts_at >= day.start,
            Booking.starts_at < day.end,
            Booking.status.in_(STANDING),
            Booking.id != booking.id,
        )
        .options(*PARTS)
        .order_by(Booking.starts_at, Booking.id)
    )
    rows = [
        row
        for row in found
        if may(actor, Do.MOVE, row) and placement_of(row).hearing.start != start
    ]
    if not rows:
        return []
    world = _world(actor, [booking, *rows], now)
    choices = [
        SwapChoice(
            reference=row.reference,
            who=_who(row),
            hearing_type=row.hearing_type.name,
            placement=placement_of(row),
            why_not=next(
                (why for side in _sides(booking, row, world, now) for why in side.clashes), ""
            ),
        )
        for row in rows
    ]
    return sorted(choices, key=lambda choice: bool(choice.why_not))


def swap_seen(actor: Actor, first: str, second: str, *, now: datetime) -> SwapSeen:
    """What two bookings would come to at each other's times.

    Raises:
        NotFound: one of them is not this actor's to move.
    """
    one, other = _movable(actor, first), _movable(actor, second)
    world = _world(actor, [one, other], now)
    return SwapSeen(_sides(one, other, world, now), names_in(world))


def _world(actor: Actor, bookings: Sequence[Booking], now: datetime) -> World:
    """The world in which any two of these may be judged at each other's times."""
    spans = [placement_of(booking).span for booking in bookings]
    window = Interval(min(span.start for span in spans), max(span.end for span in spans))
    around = window.widened(before=LONGEST, after=LONGEST)
    return load_places(db.session(), actor, bookings, around, now)


def _sides(one: Booking, other: Booking, world: World, now: datetime) -> tuple[SwapSide, SwapSide]:
    now_at = {booking.id: placement_of(booking) for booking in (one, other)}
    after = {
        one.id: _at(now_at[one.id], now_at[other.id].hearing.start),
        other.id: _at(now_at[other.id], now_at[one.id].hearing.start),
    }
    swapped = rearranged(world, lifted=after, laid=after)

    def side(booking: Booking) -> SwapSide:
        verdict = judge(after[booking.id], swapped, ignoring=booking.id)
        kept = why_kept(booking, now)
        clashes = [f"{booking.reference} may not be moved: {kept}."] if kept else []
        clashes += [clash.sentence for clash in verdict.clashes]
        return SwapSide(
            reference=booking.reference,
            who=_who(booking),
            version=booking.version,
            before=now_at[booking.id],
            after=after[booking.id],
            clashes=tuple(clashes),
            warnings=tuple(warning.sentence for warning in verdict.warnings),
        )

    return side(one), side(other)


def _at(placement: Placement, start: datetime) -> Placement:
    return replace(placement, hearing=Interval(start, start + placement.hearing.length))


def _movable(actor: Actor, reference: str) -> Booking:
    booking = db.session.scalars(
        visible_bookings(actor).where(Booking.reference == reference).options(*PARTS)
    ).one_or_none()
    if booking is None or not may(actor, Do.MOVE, booking):
        raise NotFound(f"There is no booking {reference} at your court.")
    return booking


def _who(booking: Booking) -> str:
    return " and ".join(say_name(one.person) for one in booking.appearances)

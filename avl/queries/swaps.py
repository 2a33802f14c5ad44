"""Two bookings that might change times: which ones could, and what each would come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from avl.domain.access import Actor, Do, may
from avl.domain.clashes import judge
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval, local_day
from avl.domain.resources import Placement
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
        kept: why it may not be moved; "" when it may.
    """

    reference: str
    who: str
    hearing_type: str
    placement: Placement
    kept: str


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
    """Bookings of the same court and day, at other times, that this actor may move; in order."""
    booking = _movable(actor, reference)
    zone = booking.court.zone
    start = placement_of(booking).hearing.start
    day = day_interval(local_day(start, zone), zone)
    rows = db.session.scalars(
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
    return [
        SwapChoice(
            reference=row.reference,
            who=_who(row),
            hearing_type=row.hearing_type.name,
            placement=placement_of(row),
            kept=why_kept(row, now),
        )
        for row in rows
        if may(actor, Do.MOVE, row) and placement_of(row).hearing.start != start
    ]


def swap_seen(actor: Actor, first: str, second: str, *, now: datetime) -> SwapSeen:
    """What two bookings would come to at each other's times.

    Raises:
        NotFound: one of them is not this actor's to move.
    """
    one, other = _movable(actor, first), _movable(actor, second)
    now_at = {booking.id: placement_of(booking) for booking in (one, other)}
    after = {
        one.id: _at(now_at[one.id], now_at[other.id].hearing.start),
        other.id: _at(now_at[other.id], now_at[one.id].hearing.start),
    }
    spans = [placement.span for placement in (*now_at.values(), *after.values())]
    window = Interval(min(span.start for span in spans), max(span.end for span in spans))
    around = window.widened(before=LONGEST, after=LONGEST)
    world = load_places(db.session(), actor, [one, other], around, now)
    swapped = rearranged(world, lifted=after, laid=after)
    sides = []
    for booking in (one, other):
        verdict = judge(after[booking.id], swapped, ignoring=booking.id)
        kept = why_kept(booking, now)
        clashes = [f"{booking.reference} may not be moved: {kept}."] if kept else []
        clashes += [clash.sentence for clash in verdict.clashes]
        sides.append(
            SwapSide(
                reference=booking.reference,
                who=_who(booking),
                version=booking.version,
                before=now_at[booking.id],
                after=after[booking.id],
                clashes=tuple(clashes),
                warnings=tuple(warning.sentence for warning in verdict.warnings),
            )
        )
    return SwapSeen((sides[0], sides[1]), names_in(world))


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

"""Two bookings that might change times: which ones could, and what each would come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from avl.domain.access import Actor, Do, may
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.resources import Placement
from avl.domain.spoken import say_all
from avl.domain.swaps import Swap, SwapSide, find_swap, require_swappable
from avl.domain.world import World
from avl.models import Booking, db
from avl.queries.people import say_name
from avl.queries.placements import placement_of
from avl.queries.room import PARTS, STANDING, load_places, names_in, standing_of
from avl.queries.scope import visible_bookings
from avl.queries.told import told_of

LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SwapParty:
    """One of two bookings that may change times: who it is about, and what it comes to.

    Attributes:
        prns: of the people in it, as ``who`` names them.
        rooms: every room of it that changes: "Suite 2 instead of Suite 1", with their site.
        told: who hears of its new time, and how.
    """

    who: str
    prns: tuple[str, ...]
    version: int
    side: SwapSide
    rooms: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def said(self) -> tuple[str, ...]:
        """Every room that changes, as a sentence each."""
        return tuple(f"{self.side.name} has {rooms}." for rooms in self.rooms)


@dataclass(frozen=True, slots=True)
class SwapChoice:
    """A booking to change times with.

    Attributes:
        swap: what the two come to, the one asked about first; ``parties`` in the same order.
    """

    reference: str
    who: str
    hearing_type: str
    placement: Placement
    zone: str
    swap: Swap
    parties: tuple[SwapParty, SwapParty]

    @property
    def rooms(self) -> tuple[str, ...]:
        """Every room that changes, as a sentence each."""
        return tuple(words for party in self.parties for words in party.said)

    @property
    def why_not(self) -> str:
        """Why the two cannot change times, in one sentence; "" when they can."""
        return next(iter(self.swap.refusals), "")


@dataclass(frozen=True, slots=True)
class SwapSeen:
    """Both sides of a swap, and the names of the rooms in them."""

    swap: Swap
    parties: tuple[SwapParty, SwapParty]
    names: Mapping[int, str]
    zone: str


def swap_choices(actor: Actor, reference: str, *, now: datetime) -> list[SwapChoice]:
    """Bookings of the same court and day, at other times, that this actor may move.

    Those it can change times with come first, each part in the order of time.

    Raises:
        NotFound: the booking is not this actor's to move.
        ActionNotAllowed: it is over, or has begun.
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
    return sorted(
        _choices(actor, booking, rows, now), key=lambda choice: bool(choice.swap.refusals)
    )


def swap_seen(actor: Actor, first: str, second: str, *, now: datetime) -> SwapSeen:
    """What two bookings would come to at each other's times.

    Raises:
        NotFound: one of them is not this actor's to move.
        ActionNotAllowed: one of them is over, or has begun.
        InvalidInput: the two are one, or start at the same time.
    """
    one, other = _two(actor, first, second)
    world = _world(db.session(), actor, [one, other], now)
    swap, names = _swap(db.session(), one, other, world, now), names_in(world)
    return SwapSeen(swap, _parties(one, other, swap, names), names, one.court.zone)


def swap_of(session: Session, actor: Actor, one: Booking, other: Booking, *, now: datetime) -> Swap:
    """How two bookings would change times, for a command that has locked both.

    Raises:
        InvalidInput: they start at the same time.
    """
    return _swap(session, one, other, _world(session, actor, [one, other], now), now)


def _parties(
    one: Booking, other: Booking, swap: Swap, names: Mapping[int, str]
) -> tuple[SwapParty, SwapParty]:
    mine, theirs = (
        SwapParty(
            _who(booking),
            tuple(one.person.prn for one in booking.appearances),
            booking.version,
            side,
            tuple(f"{names[new]} instead of {names[old]}" for old, new in side.rooms),
            tuple(told_of(booking, side.before, side.after)),
        )
        for booking, side in zip((one, other), swap.sides, strict=True)
    )
    return mine, theirs


def _choices(
    actor: Actor, booking: Booking, others: Sequence[Booking], now: datetime
) -> list[SwapChoice]:
    world = _world(db.session(), actor, [booking, *others], now)
    names, found = names_in(world), []
    for other in others:
        swap = _swap(db.session(), booking, other, world, now)
        parties = _parties(booking, other, swap, names)
        found.append(
            SwapChoice(
                reference=other.reference,
                who=_who(other),
                hearing_type=other.hearing_type.name,
                placement=placement_of(other),
                zone=other.court.zone,
                swap=swap,
                parties=parties,
            )
        )
    return found


def _world(session: Session, actor: Actor, bookings: Sequence[Booking], now: datetime) -> World:
    """The world in which any two of these may be judged at each other's times."""
    spans = [placement_of(booking).span for booking in bookings]
    window = Interval(min(span.start for span in spans), max(span.end for span in spans))
    around = window.widened(before=LONGEST, after=LONGEST)
    return load_places(session, actor, bookings, around, now)


def _swap(session: Session, one: Booking, other: Booking, world: World, now: datetime) -> Swap:
    mine, theirs = standing_of(session, (one, other), now)
    if mine.placement.hearing.start == theirs.placement.hearing.start:
        raise InvalidInput("with", "Both start at the same time, so there is nothing to swap.")
    return find_swap(mine, theirs, world)


def _two(actor: Actor, first: str, second: str) -> tuple[Booking, Booking]:
    if first == second:
        raise InvalidInput("with", "Choose another booking to change times with.")
    return _movable(actor, first), _movable(actor, second)


def _movable(actor: Actor, reference: str) -> Booking:
    booking = db.session.scalars(
        visible_bookings(actor).where(Booking.reference == reference).options(*PARTS)
    ).one_or_none()
    if booking is None or not may(actor, Do.MOVE, booking):
        raise NotFound(f"There is no booking {reference} at your court.")
    require_swappable(booking.reference, booking.status)
    return booking


def _who(booking: Booking) -> str:
    return say_all(say_name(one.person) for one in booking.appearances)

"""Two bookings change times: each keeps its rooms where it can, and has the other's where not.

A swap looks through no calendar: its only times are the two that there are, and its only rooms
those that the two have already. Of all ways to share these out it is one in which the fewest rooms
change. One function says so for the list, the page, the API and the command that does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from avl.domain.booking import Action, Status, next_status
from avl.domain.clashes import judge, may_be, may_have
from avl.domain.errors import ActionNotAllowed
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.plans import Standing
from avl.domain.resources import Placement, WantedHold, holds_for
from avl.domain.seen import mark_of
from avl.domain.verdict import Clash
from avl.domain.world import ResourceFacts, World

Spot = tuple[str, int]
"""What a room of a booking is to it: the kind of room, and whose (0 for the courtroom)."""

_Key = tuple[int, int]
"""A room, and the only booking that may have it thus; 0 for either."""


@dataclass(frozen=True, slots=True)
class SwapSide:
    """One of the two.

    Attributes:
        after: where it goes; with its own rooms where no others would help.
        kept: why it may not be moved at all; "" when it may.
    """

    name: str
    before: Placement
    after: Placement
    clashes: tuple[Clash, ...]
    warnings: tuple[Clash, ...]
    kept: str = ""

    @property
    def refusals(self) -> tuple[str, ...]:
        """Everything that stands against it, as sentences, the most telling first."""
        kept = (f"{self.name} may not be moved: {self.kept}.",) if self.kept else ()
        return (*kept, *(clash.sentence for clash in self.clashes))

    @property
    def rooms(self) -> tuple[tuple[int, int], ...]:
        """The rooms that change: the old one and the new one, by resource id."""
        before, after = _spots(self.before), _spots(self.after)
        return tuple((room, after[spot]) for spot, room in before.items() if room != after[spot])

    @property
    def outcome(self) -> tuple[object, ...]:
        """What whoever decides has to have seen of it."""
        hearing, rooms = self.after.hearing, sorted(_spots(self.after).items())
        warned = [(one.rule.value, one.resource_id) for one in self.warnings]
        times = (hearing.start.isoformat(), hearing.end.isoformat())
        return self.name, times, self.rooms, rooms, warned


@dataclass(frozen=True, slots=True)
class Swap:
    """What two bookings come to at each other's times."""

    sides: tuple[SwapSide, SwapSide]

    @property
    def refusals(self) -> tuple[str, ...]:
        """Everything that stands against either."""
        return tuple(dict.fromkeys(words for side in self.sides for words in side.refusals))

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The rules against either."""
        return tuple(clash for side in self.sides for clash in side.clashes)

    @property
    def is_possible(self) -> bool:
        """Whether both fit."""
        return not self.refusals

    @property
    def mark(self) -> str:
        """The same as long as the two come to the same times and rooms, with the same warnings."""
        return mark_of([side.outcome for side in self.sides])


@dataclass(frozen=True, slots=True)
class _Slot:
    """One room of one booking.

    Attributes:
        site_id: where rooms of this kind may be taken from.
        choices: rooms of the two that no rule is against, its own first.
    """

    booking_id: int
    spot: Spot
    site_id: int | None
    own: int
    choices: tuple[int, ...]


def require_swappable(name: str, status: Status) -> None:
    """Refuse by name: of two bookings, it has to be said which cannot move.

    Raises:
        ActionNotAllowed: it is over, or has begun.
    """
    try:
        next_status(status, Action.MOVE)
    except ActionNotAllowed:
        state = status.replace("_", " ")
        raise ActionNotAllowed(f"Booking {name} is {state}, so it cannot change places.") from None


def find_swap(one: Standing, other: Standing, world: World) -> Swap:
    """Find how two bookings could change times.

    Args:
        world: every room and person of the two around either time; both may stand in it.
    """
    pair = (one, other)
    lifted = rearranged(world, lifted=(one.id, other.id))
    own = {
        mine.id: _starting(mine.placement, theirs.placement.hearing.start)
        for mine, theirs in (pair, pair[::-1])
    }
    swap = _judged(pair, own, lifted)
    if swap.is_possible or one.kept or other.kept:
        return swap
    slots = [slot for mine in pair for slot in _slots(mine.id, own, lifted)]
    exchanged = _with_fewest_changes(pair, slots, own, lifted)
    return swap if exchanged is None else _judged(pair, exchanged, lifted)


def _starting(placement: Placement, start: datetime) -> Placement:
    return replace(placement, hearing=Interval(start, start + placement.hearing.length))


def _judged(pair: tuple[Standing, Standing], after: Mapping[int, Placement], lifted: World) -> Swap:
    first, second = (
        _side(mine, after[mine.id], _beside(theirs.id, after, lifted))
        for mine, theirs in (pair, pair[::-1])
    )
    return Swap((first, second))


def _side(booking: Standing, after: Placement, world: World) -> SwapSide:
    verdict = judge(after, world, ignoring=booking.id)
    return SwapSide(
        booking.name, booking.placement, after, verdict.clashes, verdict.warnings, booking.kept
    )


def _beside(other: int, after: Mapping[int, Placement], lifted: World) -> World:
    return rearranged(lifted, lifted=(), laid={other: after[other]})


def _with_fewest_changes(
    pair: tuple[Standing, Standing],
    slots: Sequence[_Slot],
    own: Mapping[int, Placement],
    lifted: World,
) -> dict[int, Placement] | None:
    """Both with each other's rooms where that helps; None where it does not."""
    for mine, theirs in (pair, pair[::-1]):
        if not may_be(own[mine.id], _beside(theirs.id, own, lifted)):
            return None  # Whichever rooms they had.
    after = dict(own)
    for pool in dict.fromkeys((slot.spot[0], slot.site_id) for slot in slots):
        # Rooms of one kind and place say nothing about those of another.
        some = [slot for slot in slots if (slot.spot[0], slot.site_id) == pool]
        rooms = _share_out(some, own, lifted)
        if rooms is None:
            return None
        for slot, room in zip(some, rooms, strict=True):
            after[slot.booking_id] = _with_room(after[slot.booking_id], slot.spot, room)
    return after


def _slots(mine: int, own: Mapping[int, Placement], lifted: World) -> Iterator[_Slot]:
    placement, known = own[mine], lifted.resources
    theirs = [room for key in own if key != mine for room in own[key].rooms]
    for spot, room in _spots(placement).items():
        if not _holds_on(room, placement, lifted):
            continue  # Nobody sits in it: an instruction suite without a conference.
        facts = known.get(room)
        site_id = facts.site_id if facts else None
        pool = (spot[0], site_id)
        like = [key for key in theirs if key in known and _pool(known[key]) == pool]
        rooms = dict.fromkeys((room, *like))
        choices = tuple(key for key in rooms if _fits(placement, spot, key, lifted))
        yield _Slot(mine, spot, site_id, room, choices)


def _pool(facts: ResourceFacts) -> tuple[str, int | None]:
    return facts.kind, facts.site_id


def _fits(placement: Placement, spot: Spot, room: int, lifted: World) -> bool:
    placed = _with_room(placement, spot, room)
    return may_have(placed, _holds_on(room, placed, lifted), lifted)


def _holds_on(room: int, placement: Placement, world: World) -> list[WantedHold]:
    facts = world.resources.get(room)
    turnaround = {room: facts.turnaround} if facts else {}
    return [hold for hold in holds_for(placement, turnaround) if hold.resource_id == room]


def _share_out(
    slots: Sequence[_Slot], own: Mapping[int, Placement], world: World
) -> list[int] | None:
    """A room for each, with the fewest changes; None where there are not enough."""
    wanted = []
    for slot in slots:
        prices = {}
        for room in slot.choices:
            # Both may have one room, but for times at which they would meet in it.
            whose = 0 if _would_meet(room, slots, own, world) else slot.booking_id
            prices[room, whose] = int(room != slot.own)
        wanted.append(prices)
    found = _cheapest(wanted)
    return None if found is None else [room for room, _ in found]


def _cheapest(wanted: Sequence[Mapping[_Key, int]]) -> list[_Key] | None:
    """Give each something it wants, nothing to two, at the least price in all.

    One after another comes in, each by the chain of changes that costs least (successive shortest
    paths: Ahuja, Magnanti and Orlin, Network Flows, 1993, section 12.4).
    """
    holder: dict[_Key, int] = {}
    for new in range(len(wanted)):
        price, giver = {new: 0}, dict[int, tuple[int, _Key]]()
        queue = [new]
        for who in queue:
            for key, cost in wanted[who].items():
                other = holder.get(key)
                if other in (None, who):
                    continue
                then = price[who] + cost - wanted[other][key]
                if other not in price or then < price[other]:
                    price[other], giver[other] = then, (who, key)
                    queue.append(other)
        ends = [
            (price[who] + cost, key, who)
            for who in price
            for key, cost in wanted[who].items()
            if key not in holder
        ]
        if not ends:
            return None
        _, key, who = min(ends)
        holder[key] = who
        while who != new:
            who, key = giver[who]
            holder[key] = who
    return [key for _, key in sorted((who, key) for key, who in holder.items())]


def _would_meet(
    room: int, slots: Sequence[_Slot], own: Mapping[int, Placement], world: World
) -> bool:
    """Whether the two would be in each other's way if both had this room."""
    spots = {slot.booking_id: slot.spot for slot in slots if room in slot.choices}
    if len(spots) < 2:
        return False
    mine, theirs = (
        _holds_on(room, _with_room(own[key], spot, room), world) for key, spot in spots.items()
    )
    return any(hold.occupied.overlaps(other.occupied) for hold in mine for other in theirs)


def _spots(placement: Placement) -> dict[Spot, int]:
    """Every room of a placement, by what it is to it."""
    found = {("courtroom", 0): placement.courtroom}
    for number, seat in enumerate(placement.seats):
        found["suite", number] = seat.suite
        if seat.instruction_suite is not None:
            found["instruction_suite", number] = seat.instruction_suite
    return found


def _with_room(placement: Placement, spot: Spot, room: int) -> Placement:
    kind, number = spot
    if kind == "courtroom":
        return replace(placement, courtroom=room)
    seats = list(placement.seats)
    seats[number] = replace(seats[number], **{kind: room})
    return replace(placement, seats=tuple(seats))

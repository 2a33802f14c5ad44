"""How many bookings must move at least, once some do: counted, before it is tried to place them.

Who moves within a day takes as long in another suite, so all that make way, and the booking they
make way for, must fit into what they leave and what was free beside it. Most sets of bookings fail
by that alone, and often whichever one or two else went with them (`domain/plan_leaving.py`): a
search need not look at those at all.

What is said here is never more than is true: whatever cannot be counted is taken to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, product

from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.plan_fullness import opened, sole_day, suites_of
from avl.domain.plan_lanes import Lane, Stay, Stretch, Weights
from avl.domain.plan_leaving import Leavers, Leaving, each
from avl.domain.plan_options import Options
from avl.domain.plans import Aim, Standing
from avl.domain.resources import Placement
from avl.domain.world import ResourceFacts, World

MINUTE = timedelta(minutes=1)

_Way = tuple[Stretch, tuple[tuple[tuple[int, int], ...], ...]]
"""When the wish takes suites, and for each of its people the lanes they could be in, each with
who stands there."""


_Room = tuple[int, tuple[int, ...], Stretch]
"""What room all who leave find, beyond what they want, and in which lanes the wish is when."""

_Ends = list[set[int]]
"""What room there is, by how many of those who leave yet go to another day."""

_Left = tuple[int, int]
"""What is left of what some give up, and who they are, one bit each."""

ANYBODY = -1
"""Every bit: nothing is known against any booking."""

MOST_WAYS = 2000
"""So many ways to grant a wish are looked at before it is taken that one will do."""

MOST_AHEAD = 2
"""For so many who leave yet it is counted whether there can be room, whoever they are."""


class Bound:
    """What the suites of the sites at which a booking is wished for can give up.

    Args:
        aim: what room is wanted for.
        options: every way to grant the wish.
        bits: the bit of each booking that may be moved.
    """

    def __init__(
        self,
        aim: Aim,
        movable: Mapping[int, Standing],
        options: Options,
        world: World,
        bits: Mapping[int, int],
    ) -> None:
        self._everybody = (1 << len(bits)) - 1
        self._lanes: list[Lane] = []
        self._ways: list[_Way] = []
        self._signs = 0
        self._weights: dict[int, int] = {}
        self._gives_enough = True
        if (day := _Day.of(aim, movable, options, world, bits)) is not None:
            self._measure(day)
        self._here = sum(self._weights)
        self._leaving = Leaving(self._lanes, self._weights)
        self._last, self._left = -1, list[_Room]()
        self.may_cross(0)

    def may_cross(self, count: int) -> None:
        """Say how many bookings may go to another day from now on."""
        self._crossing = count
        self._enough: dict[int, bool] = {}
        self._useful: dict[tuple[int, int], int] = {}

    def is_in_reach(self, gone: int, more: int) -> bool:
        """Whether there can be room once so many more leave than have.

        Args:
            gone: the bookings that make way, one bit each. Whoever must go for the wish itself,
                in the suites that it takes in the end, is among them.
        """
        if more > MOST_AHEAD or self._is_enough(gone):
            return True
        return more > 0 and bool(self.useful(gone, more))

    def is_ever_in_reach(self) -> bool:
        """Whether there can be room with nobody on another day, however many leave."""
        if not self._ways or not self._gives_enough:
            return True
        # Each gives up what they want at least, so that there is most room once all are gone.
        rooms = enumerate(self._look(self._here))
        return any(tried == MOST_WAYS or self._fits(room) for tried, (room, _, _) in rooms)

    def useful(self, gone: int, more: int) -> int:
        """Who could be among the last to leave, so that there can be room; one bit each.

        Args:
            more: how many leave yet, one or two.
        """
        if not self._ways:
            return ANYBODY
        here = gone & self._here
        if (here, more) not in self._useful:
            self._useful[here, more] = self._find_useful(here, more)
        found = self._useful[here, more]
        # Whoever is not here is of no use, and may come along where one fewer would do.
        if more > 1:
            fewer = self.useful(gone, more - 1)
            return found | fewer | (self._everybody & ~self._here if fewer else 0)
        return found | (self._everybody & ~self._here if self._is_enough(gone) else 0)

    def _is_enough(self, gone: int) -> bool:
        """Whether there can be room when just these leave."""
        if not self._ways:
            return True
        gone &= self._here
        if gone not in self._enough:
            saved = self._saved(gone, self._crossing)
            self._enough[gone] = any(
                self._fits(room + weight) for room, _, _ in self._rooms(gone) for weight in saved
            )
        return self._enough[gone]

    def _fits(self, left: int) -> bool:
        """Whether by no way to count more is wanted than there is."""
        return (self._signs + left) & self._signs == self._signs

    def _find_useful(self, gone: int, more: int) -> int:
        found = 0
        for room, places, taken in self._rooms(gone):
            ends = self._ends(gone, room)
            if more == 1:
                leavers = self._leaving.one_by_one(gone, places, taken, but=found)
            else:
                everybody = self._leaving.one_by_one(gone, places, taken)
                found = self._two_apart(everybody, ends, found)
                leavers = self._leaving.side_by_side(gone, places, taken)
            for gain, weights, bits in leavers:
                if bits & ~found and self._helps(gain, weights, ends):
                    found |= bits
        return found

    def _two_apart(self, leavers: Iterable[Leavers], ends: _Ends, found: int) -> int:
        """Add who could leave with one of the others, where neither gives up more for the other."""
        signs, staying, going = self._signs, list[_Left](), list[_Left]()
        for gain, [weight], bits in leavers:
            staying.append((gain - weight, bits))
            going.append((gain, bits))
        both = (staying, staying), (staying, going), (going, going)
        for some, (firsts, seconds) in zip(ends, both, strict=False):
            for place, (left, bits) in enumerate(firsts):
                starts = [signs + end + left for end in some]
                for more, others in seconds if firsts is not seconds else seconds[place:]:
                    two = bits | others
                    # One alone is not two.
                    if not two & ~found or not two & (two - 1):
                        continue
                    for start in starts:
                        if (start + more) & signs == signs:
                            found |= two
                            break
        return found

    def _helps(self, gain: int, weights: Sequence[int], ends: _Ends) -> bool:
        """Whether there is room with some more gone, whether they stay on the day or not."""
        return any(
            self._fits(end + gain - sum(staying))
            for going, some in enumerate(ends)
            if going <= len(weights)
            for staying in combinations(weights, len(weights) - going)
            for end in some
        )

    def _ends(self, gone: int, room: int) -> _Ends:
        """What room there is when none, one or two of those who leave yet go to another day."""
        return [
            {room + saved for saved in self._saved(gone, self._crossing - going)}
            for going in range(min(self._crossing, MOST_AHEAD) + 1)
        ]

    def _rooms(self, gone: int) -> list[_Room]:
        """What is left for each way to grant the wish where just these leave."""
        if self._last != gone:
            self._last, self._left = gone, list(self._look(gone))
        return self._left

    def _look(self, gone: int) -> Iterator[_Room]:
        stays = self._here & ~gone
        ways = [
            (taken, [[place for place, there in seat if not there & stays] for seat in seats])
            for taken, seats in self._ways
        ]
        rooms = [lane.room(gone) for lane in self._lanes]
        left = sum(rooms) - sum(self._weights[bit] for bit in each(gone))
        for taken, free in ways:
            for places in product(*free):
                if len(set(places)) == len(places):
                    beside = sum(self._lanes[one].room(gone, taken) - rooms[one] for one in places)
                    yield left + beside, places, taken

    def _saved(self, gone: int, count: int) -> set[int]:
        """What those can weigh who go to another day."""
        weights = [self._weights[bit] for bit in each(gone)]
        return {sum(some) for some in combinations(weights, min(count, len(weights)))}

    def _measure(self, day: _Day) -> None:
        """Make the lanes, and say what everybody weighs."""
        first, place_of = 0, dict[int, int]()
        for site_id in sorted(set(day.sites)):
            lengths = day.lengths(site_id)
            weights = Weights((length for length, _ in lengths.values()), first)
            first, self._signs = weights.end, self._signs | weights.signs
            for key, (length, count) in lengths.items():
                bit = day.bits[key]
                self._weights[bit] = self._weights.get(bit, 0) + count * weights.of(length)
            lanes = {suite.id: day.lane(suite, weights) for suite in suites_of(site_id, day.world)}
            place_of |= {suite: place for place, suite in enumerate(lanes, len(self._lanes))}
            self._lanes += lanes.values()
            pieces = [piece for lane in lanes.values() for piece in lane.pieces()]
            self._gives_enough = self._gives_enough and all(
                count == sum(minutes >= length for bit, minutes in pieces if bit == day.bits[key])
                for key, (length, count) in lengths.items()
            )
        for taken in day.times():
            open_to = ([place_of[suite] for suite in suites] for suites in day.open_to)
            self._ways.append((taken, tuple(self._asking(places, taken) for places in open_to)))

    def _asking(self, places: Iterable[int], taken: Stretch) -> tuple[tuple[int, int], ...]:
        """Whom the wish would push aside in each of some suites in which it could be."""
        found = ((place, self._lanes[place].in_the_way(taken)) for place in places)
        return tuple((place, there) for place, there in found if there is not None)


@dataclass(frozen=True)
class _Day:
    """The day of a wish, whichever way it is granted.

    Attributes:
        there: the bookings of that day that may be moved.
        sites: where each of the wish's people is; ``open_to`` the suites each could be in.
    """

    on: date
    zone: str
    there: Mapping[int, Standing]
    placements: Sequence[Placement]
    sites: tuple[int, ...]
    open_to: Sequence[Collection[int]]
    world: World
    bits: Mapping[int, int]

    @classmethod
    def of(
        cls,
        aim: Aim,
        movable: Mapping[int, Standing],
        options: Options,
        world: World,
        bits: Mapping[int, int],
    ) -> _Day | None:
        """The day; None where there are several, or it is not sure where the people will be."""
        if (sole := sole_day(aim, options, world)) is None:
            return None
        on, here = sole
        zone = world.sites[aim.wish.court_id].zone
        there = {
            key: one
            for key, one in movable.items()
            if world.sites[one.placement.court_id].zone == zone
            and local_day(one.placement.hearing.start, zone) == on
        }
        seatings = [seats for group in options.groups for seats in group.seatings]
        open_to = [{seats[place].suite for seats in seatings} for place in range(len(here))]
        placements = [group.model for group in options.groups]
        return cls(on, zone, there, placements, here, open_to, world, bits)

    def lengths(self, site_id: int) -> dict[int, tuple[int, int]]:
        """For everybody with people at a site how many minutes at least they take in a suite,
        turnaround included, and in how many suites."""
        after = min(suite.turnaround for suite in suites_of(site_id, self.world))
        found = {}
        for key, one in self.there.items():
            seats = sum(1 for seat in one.placement.seats if seat.site_id == site_id)
            if seats:
                found[key] = (one.placement.span.length + after) // MINUTE, seats
        return found

    def times(self) -> list[Stretch]:
        """When the wish takes its suites."""
        return sorted({self._shrunk(placement.span) for placement in self.placements})

    def lane(self, suite: ResourceFacts, weights: Weights) -> Lane:
        """A suite's day."""
        types = {one.placement.hearing_type for one in self.there.values()}
        types |= {placement.hearing_type for placement in self.placements}
        # Who could leave from near another day's hours is taken to have left.
        parts = opened(suite, self.on, self.zone, types, self.world, self.bits)
        stays = (
            Stay(*self._shrunk(busy.interval), self.bits[busy.booking_id])
            for busy in self.world.busy.get(suite.id, ())
            if busy.is_exclusive and busy.booking_id in self.there
        )
        return Lane(map(self._grown, parts), stays, weights, suite.turnaround // MINUTE)

    @property
    def _zero(self) -> datetime:
        return day_interval(self.on, self.zone).start

    def _grown(self, interval: Interval) -> Stretch:
        """In minutes, rather too long than too short."""
        return (interval.start - self._zero) // MINUTE, -((self._zero - interval.end) // MINUTE)

    def _shrunk(self, interval: Interval) -> Stretch:
        return -((self._zero - interval.start) // MINUTE), (interval.end - self._zero) // MINUTE

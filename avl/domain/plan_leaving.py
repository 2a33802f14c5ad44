"""How much more room there is once one or two more leave, whoever they are.

Who stands in a suite that nobody has left, and that the wish does not take, gives up the same
whoever else goes; and most of them give up as much as others do, so that all those are looked at
once. Two give up what each of them does, unless they stand next to each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from avl.domain.plan_lanes import Lane, Stretch

Leavers = tuple[int, tuple[int, ...], int]
"""How much more room some leave, what each of them weighs, and who they are, one bit each: one, or
all who are alike in that, or two who stand next to each other."""


class Leaving:
    """What the suites of a day gain by one or two more who leave.

    Args:
        lanes: the suites.
        weights: of everybody who may leave.
    """

    def __init__(self, lanes: Sequence[Lane], weights: Mapping[int, int]) -> None:
        self._lanes, self._weights = lanes, weights
        self._places = {
            bit: [place for place, lane in enumerate(lanes) if bit & lane.bits] for bit in weights
        }
        self._alike: dict[tuple[int, int], int] = {}
        for bit, weight in weights.items():
            key = self._gain(bit, 0, (), None), weight
            self._alike[key] = self._alike.get(key, 0) | bit
        self._gains: dict[int, int] = {}

    def one_by_one(
        self, gone: int, places: Collection[int], taken: Stretch, but: int = 0
    ) -> Iterator[Leavers]:
        """What each gives up who could leave, those who are alike together.

        Args:
            gone: who has left.
            places: the lanes that the wish takes, and ``taken`` when.
            but: bookings that nobody asks about.
        """
        near = self._near(gone, places)
        for (gain, weight), alike in self._alike.items():
            if far := alike & ~(near | gone | but):
                yield gain, (weight,), far
        found: dict[tuple[int, int], int] = {}
        for bit in each(near & ~(gone | but)):
            key = self._gain(bit, gone, places, taken), self._weights[bit]
            found[key] = found.get(key, 0) | bit
        for (gain, weight), alike in found.items():
            yield gain, (weight,), alike

    def side_by_side(self, gone: int, places: Collection[int], taken: Stretch) -> Iterator[Leavers]:
        """What two give up together who stand next to each other; see `one_by_one`."""
        near = self._near(gone, places)
        for lane in self._lanes:
            for first, second in lane.neighbours(gone):
                both = first | second
                gain = self._gain(both, gone, places, taken) if both & near else self._far(both)
                yield gain, (self._weights[first], self._weights[second]), both

    def _near(self, gone: int, places: Collection[int]) -> int:
        """Who stands in a suite that somebody has left, or the wish takes."""
        found = 0
        for place, lane in enumerate(self._lanes):
            if lane.bits & gone or place in places:
                found |= lane.bits
        return found

    def _far(self, both: int) -> int:
        if both not in self._gains:
            self._gains[both] = self._gain(both, 0, (), None)
        return self._gains[both]

    def _gain(self, more: int, gone: int, places: Collection[int], taken: Stretch | None) -> int:
        """How much more room there is in the suites that some leave."""
        found = 0
        for place in {place for bit in each(more) for place in self._places[bit]}:
            lane, kept = self._lanes[place], taken if place in places else None
            found += lane.room(gone | more, kept) - lane.room(gone, kept)
        return found


def each(mask: int) -> Iterator[int]:
    """The bits of a mask, one by one."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit

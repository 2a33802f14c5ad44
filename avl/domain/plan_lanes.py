"""The suites of one site on one day, each a lane: who stands there, and what room they would leave.

What a stretch of a suite is worth is said by several weights at once. Each is a way to count
bookings for which no stretch can hold more than so much, whatever is put into it: minutes, of
bookings of some length and longer, or how often a length goes into them. A booking that is moved
must find in some suite what it weighs there, by every weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 24
"""Bits for one weight. All weights of something are kept in one number, so that they are added and
compared at once; no prison has suites enough in a day to fill half of them with minutes."""

Stretch = tuple[int, int]
"""From one minute until another."""


class Weights:
    """The ways to count bookings at one site, each a part of one number.

    Args:
        lengths: in minutes, turnaround included, of every booking there may be there.
        first: how many parts of the number belong to other sites.

    Attributes:
        signs: the bit of each part that says whether it is below nothing.
    """

    def __init__(self, lengths: Iterable[int], first: int = 0) -> None:
        self._lengths = sorted(set(lengths))
        self._first = first
        self.end = first + 2 * len(self._lengths)
        self.signs = sum(1 << WIDTH * place + WIDTH - 1 for place in range(first, self.end))
        self._room: dict[int, int] = {}

    def of(self, length: int) -> int:
        """What a booking weighs: minutes if it is long enough, and how often each length fits."""
        return self._put(
            part
            for least in self._lengths
            for part in (length if length >= least else 0, length // least)
        )

    def room(self, length: int) -> int:
        """What all bookings that go into a free stretch may weigh together at most."""
        if length not in self._room:
            self._room[length] = self._put(
                part
                for least in self._lengths
                for part in (self._filled(length, least), length // least)
            )
        return self._room[length]

    def _put(self, parts: Iterable[int]) -> int:
        return sum(part << WIDTH * place for place, part in enumerate(parts, self._first))

    def _filled(self, length: int, least: int) -> int:
        """How many minutes of a stretch bookings of so many minutes and more can take."""
        sums = 1
        for one in self._lengths:
            shift = one
            while least <= one and shift <= length:
                sums |= sums << shift
                shift *= 2
        return (sums & (1 << length + 1) - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Stay:
    """A booking in a suite that may make way; ``bit`` as the search knows it."""

    start: int
    end: int
    bit: int


class Lane:
    """One suite's day.

    Args:
        parts: when it could be used if everybody left who may, apart from each other.
        stays: those who may leave.
        after: minutes it takes to clear it after use.

    Attributes:
        bits: of all who may leave.
    """

    def __init__(
        self, parts: Iterable[Stretch], stays: Iterable[Stay], weights: Weights, after: int
    ) -> None:
        every = sorted(stays, key=lambda one: one.start)
        self._parts = [
            (start, end, [one for one in every if one.start < end and start < one.end])
            for start, end in parts
        ]
        self._weights, self._after = weights, after
        self._known: dict[tuple[int, Stretch | None], int] = {}
        self.bits = bits_of(every)

    def in_the_way(self, taken: Stretch) -> int | None:
        """Who must leave for the wish to be here at a time; None where it cannot be."""
        begin, clear = taken[0], taken[1] + self._after
        for start, end, there in self._parts:
            if start <= begin and clear <= end:
                return bits_of(one for one in there if one.start < clear and begin < one.end)
        return None

    def room(self, gone: int, taken: Stretch | None = None) -> int:
        """What fits in at most when some have left.

        Args:
            taken: when the wish is here, for which who stands there has left.
        """
        key = gone & self.bits, taken
        if key not in self._known:
            free = self._free(gone, taken)
            self._known[key] = sum(self._weights.room(end - start) for start, end in free)
        return self._known[key]

    def pieces(self) -> Iterator[tuple[int, int]]:
        """How many minutes each who stands here would leave that somebody else could use."""
        for start, end, there in self._parts:
            for one in there:
                yield one.bit, min(end, one.end) - max(start, one.start)

    def neighbours(self, gone: int) -> Iterator[tuple[int, int]]:
        """Who stand next to each other once some have left, so that both leave one stretch."""
        for _, _, there in self._parts:
            left = [one.bit for one in there if not one.bit & gone]
            yield from ((one, other) for one, other in pairwise(left) if one != other)

    def _free(self, gone: int, taken: Stretch | None) -> Iterator[Stretch]:
        """The stretches in which nobody stands any more, nor the wish."""
        for start, end, there in self._parts:
            at = start
            for one in [*there, Stay(end, end, 0)]:
                if one.bit & gone:
                    continue
                if taken is not None and at <= taken[0] and taken[1] <= one.start:
                    yield at, taken[0]
                    at = taken[1] + self._after
                if one.start > at:
                    yield at, one.start
                at = max(at, one.end)


def bits_of(stays: Iterable[Stay]) -> int:
    """All their bits together."""
    found = 0
    for one in stays:
        found |= one.bit
    return found

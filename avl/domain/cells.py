"""Stretches of time as bits: one Python integer for all the five-minute cells of a window.

Bit n stands for the cell that begins n times five minutes after the grid's origin, in UTC. Every
zone the country uses is a multiple of five minutes away from UTC, so the same cells are the
five-minute grid of every wall, and no clock change moves them. "Free throughout" is then an AND,
"any of these suites" an OR, and "an hour earlier" a shift, over a month at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from avl.domain.interval import Interval
from avl.domain.resources import GRID_MINUTES

CELL = timedelta(minutes=GRID_MINUTES)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one window.

    Attributes:
        origin: where cell 0 begins, aware UTC.
        size: how many cells there are.
    """

    origin: datetime
    size: int

    @classmethod
    def covering(cls, window: Interval) -> Grid:
        """Return the grid whose cells cover the window."""
        origin = window.start - (window.start - _EPOCH) % CELL
        return cls(origin, -((origin - window.end) // CELL))

    @property
    def whole(self) -> int:
        """Every cell."""
        return _first_cells(self.size)

    @property
    def window(self) -> Interval:
        """The time the cells cover."""
        return Interval(self.origin, self.origin + self.size * CELL)

    def at(self, cell: int) -> datetime:
        """Return when a cell begins."""
        return self.origin + cell * CELL

    def floor(self, at: datetime) -> int:
        """Return the cell a moment lies in, kept within the grid."""
        return self.clip((at - self.origin) // CELL)

    def ceil(self, at: datetime) -> int:
        """Return the first cell that begins at or after a moment, kept within the grid."""
        return self.clip(-((self.origin - at) // CELL))

    def clip(self, cell: int) -> int:
        """Return the cell, or the nearer edge of the grid when it lies outside."""
        return min(max(cell, 0), self.size)

    def inside(self, intervals: Iterable[Interval]) -> int:
        """Return the cells that lie wholly inside one of the intervals."""
        bits = 0
        for interval in intervals:
            bits |= stretch(self.ceil(interval.start), self.floor(interval.end))
        return bits

    def touched(self, intervals: Iterable[Interval]) -> int:
        """Return the cells that share any moment with one of the intervals."""
        bits = 0
        for interval in intervals:
            bits |= stretch(self.floor(interval.start), self.ceil(interval.end))
        return bits

    def since(self, cell: int) -> int:
        """Return this cell and all later ones."""
        return self.whole >> self.clip(cell) << self.clip(cell)


@lru_cache(maxsize=64)  # A search asks for the same hundreds of times.
def _first_cells(count: int) -> int:
    return (1 << count) - 1


def stretch(first: int, end: int) -> int:
    """Return the cells from ``first`` up to, and not including, ``end``."""
    return ((1 << (end - first)) - 1) << first if end > first else 0


def runs(bits: int, length: int) -> int:
    """Return the cells at which ``length`` cells in a row are all set, by doubling."""
    if length <= 0:
        raise ValueError("a run has at least one cell")
    have = 1
    while have < length and bits:
        step = min(have, length - have)
        bits &= bits >> step
        have += step
    return bits


def shifted(bits: int, by: int) -> int:
    """Return the bits moved to later cells, or to earlier ones where ``by`` is negative."""
    return bits << by if by >= 0 else bits >> -by


def each(bits: int) -> Iterator[int]:
    """Yield the positions that are set, earliest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def cells_in(length: timedelta) -> int:
    """Return how many cells a length takes up, the last one perhaps in part."""
    return -(-length // CELL)

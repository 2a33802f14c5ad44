"""Half-open stretches of time, ``[start, end)``, in aware UTC.

One overlap test for the whole house: two intervals that only touch do not overlap, so a
10:00-10:30 link and a 10:30-11:00 link may follow each other in the same suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_NOTHING = timedelta(0)
_set = object.__setattr__
SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Seconds = tuple[int, int]
"""A stretch of time as whole seconds since 1970, for whoever reckons with thousands of them."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The time from ``start`` up to, and not including, ``end``.

    Raises:
        ValueError: a bound is naive or not in UTC, or ``end`` is not after ``start``.
    """

    start: datetime
    end: datetime

    # Written by hand: a search makes thousands, and what `dataclass` writes calls a second method.
    def __init__(self, start: datetime, end: datetime) -> None:
        if start.tzinfo is not UTC or end.tzinfo is not UTC:
            for bound in (start, end):
                if bound.utcoffset() != _NOTHING:
                    raise ValueError(f"An interval needs aware UTC times, not {bound!r}.")
        if end <= start:
            raise ValueError(f"An interval must end after it starts: {start} to {end}.")
        _set(self, "start", start)
        _set(self, "end", end)

    @property
    def minutes(self) -> int:
        """Length in whole minutes."""
        return int((self.end - self.start).total_seconds() // 60)

    @property
    def length(self) -> timedelta:
        """Exact length."""
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        """Say whether the two share any moment; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Interval | datetime) -> bool:
        """Say whether a moment, or the whole of another interval, lies inside this one."""
        if isinstance(other, Interval):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other < self.end

    def intersection(self, other: Interval) -> Interval | None:
        """Return the shared part, or None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None

    def ahead_of(self, inner: Interval) -> Interval | None:
        """Return what of this comes before another, or None when nothing does."""
        return Interval(self.start, inner.start) if self.start < inner.start else None

    def left_after(self, inner: Interval) -> Interval | None:
        """Return what of this comes after another, or None when nothing does."""
        return Interval(inner.end, self.end) if inner.end < self.end else None

    def shifted(self, by: timedelta) -> Interval:
        """Return the same length, earlier or later."""
        return Interval(self.start + by, self.end + by)

    def widened(self, *, before: timedelta = _NOTHING, after: timedelta = _NOTHING) -> Interval:
        """Return the interval with time added at either end (turnaround, travel)."""
        return Interval(self.start - before, self.end + after)


def seconds_since(at: datetime) -> int:
    """Return how many whole seconds after the start of 1970 a moment is."""
    return (at - _EPOCH) // SECOND


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Join what overlaps or touches; the result is disjoint and earliest first."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return merged


def subtract(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return what is left of ``intervals`` once ``taken`` is cut out, merged, earliest first."""
    gaps: list[Interval] = []
    cuts = merge(taken)
    first = 0
    for whole in merge(intervals):
        while first < len(cuts) and cuts[first].end <= whole.start:
            first += 1
        gaps.extend(_uncut(whole, cuts, first))
    return gaps


def _uncut(whole: Interval, cuts: Sequence[Interval], first: int) -> Iterable[Interval]:
    start = whole.start
    for cut in cuts[first:]:
        if cut.start >= whole.end:
            break
        if cut.start > start:
            yield Interval(start, cut.start)
        start = max(start, cut.end)
    if start < whole.end:
        yield Interval(start, whole.end)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return the time that is in both, merged, earliest first."""
    ours, theirs = merge(left), merge(right)
    both: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if shared := ours[i].intersection(theirs[j]):
            both.append(shared)
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1
    return both

"""At which starts a wish may be granted at all, before anything is known about what is free."""

from __future__ import annotations

from datetime import date, time, timedelta

from avl.domain.cells import CELL, Grid, runs, stretch
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import clock_intervals, day_interval
from avl.domain.resources import GRID_MINUTES
from avl.domain.wish import Wish


def starts_by_day(wish: Wish, grid: Grid, zone: str) -> dict[date, int]:
    """Each day that will do, with the cells at which the wish's hearing may start on it.

    Args:
        zone: the court's, by whose wall the wish says how early and how late will do.

    Raises:
        InvalidInput: there is no such start on any of the days.
    """
    found = {}
    for on in wish.days:
        starts = 0
        for hours in _hours(wish, on, zone):
            starts |= stretch(grid.ceil(hours.start), grid.ceil(hours.end))
        if starts:
            found[on] = starts
    if not found:
        raise InvalidInput("latest", "The clocks skip these times on every one of these days.")
    return found


def avoided(wish: Wish, grid: Grid) -> int:
    """The cells at which some leg of the wish would touch a stretch that will not do."""
    before = timedelta(minutes=wish.minutes + wish.post_minutes)
    after, bits = timedelta(minutes=wish.pre_minutes), 0
    for one in wish.avoiding:
        first = grid.clip((one.start - before - grid.origin) // CELL + 1)
        bits |= stretch(first, grid.ceil(one.end + after))
    return bits


def inside(wish: Wish, grid: Grid) -> int:
    """The cells from which the hearing lies inside what the wish is held to; every one where it
    says nothing."""
    if wish.within is None:
        return grid.whole
    return runs(grid.inside([wish.within]), wish.minutes // GRID_MINUTES)


def could_lie_inside(wish: Wish, zone: str) -> bool:
    """Say whether a wish may by its own words begin where it is held to."""
    grid = Grid.covering(wish.window(zone))
    held = inside(wish, grid)
    return any(starts & held for starts in starts_by_day(wish, grid, zone).values())


def nearer(wish: Wish, grid: Grid) -> int:
    """The cells that begin nearer to the wanted start than the wish says; every one where it
    says nothing."""
    if wish.nearer is None:
        return grid.whole
    first = grid.clip((wish.wanted_start - wish.nearer - grid.origin) // CELL + 1)
    return stretch(first, grid.ceil(wish.wanted_start + wish.nearer))


def _hours(wish: Wish, on: date, zone: str) -> list[Interval]:
    """When a hearing may start; the whole day where the wish says nothing."""
    if not (wish.earliest or wish.latest):
        return [day_interval(on, zone)]
    length, midnight = timedelta(minutes=wish.minutes), time(0)
    shown = clock_intervals(on, wish.earliest or midnight, wish.latest or midnight, zone)
    # The hearing is to be over by then, and the last start that lets it be is one of them.
    return [
        Interval(one.start, one.end - length + timedelta(microseconds=1))
        for one in shown
        if one.end - one.start >= length
    ]

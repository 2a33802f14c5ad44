"""Which starts a wish's own words leave, and which it avoids, against trying each one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.cells import Grid, each
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, to_local
from avl.domain.starts import avoided, could_lie_inside, inside, starts_by_day
from avl.domain.wish import Wish, WishSeat

ZONE = "Pacific/Auckland"
CLOCKS_FORWARD = date(2026, 9, 27)
BACK = date(2027, 4, 4)
DAYS = [date(2026, 11, 25), CLOCKS_FORWARD, BACK]
FIVE = timedelta(minutes=5)


def wish(on: date, **more: object) -> Wish:
    start = datetime.combine(on, time(10), ZoneInfo(ZONE))
    usual = Wish(1, (), "CRB", 30, 15, 10, (WishSeat(7),), start, on, on)
    return replace(usual, **more)


def clock_times() -> st.SearchStrategy[time | None]:
    return st.none() | st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 40]))


@given(st.sampled_from(DAYS), clock_times(), clock_times())
def test_a_start_lies_between_the_times_that_will_do(
    on: date, earliest: time | None, latest: time | None
) -> None:
    try:
        one = wish(on, earliest=earliest, latest=latest)
    except InvalidInput:
        return
    grid = Grid.covering(one.window(ZONE))
    day = day_interval(on, ZONE)
    length = timedelta(minutes=one.minutes)

    def will_do(start: datetime) -> bool:
        if not (earliest or latest):
            return day.contains(start)
        moments = [start + n * FIVE for n in range(one.minutes // 5)]
        walls = [to_local(moment, ZONE) for moment in moments]
        return all(
            wall.date() == on
            and (earliest is None or wall.time() >= earliest)
            and (latest is None or latest == time(0) or wall.time() < latest)
            for wall in walls
        ) and day.contains(Interval(start, start + length))

    expected = [cell for cell in range(grid.size) if will_do(grid.at(cell))]
    try:
        found = starts_by_day(one, grid, ZONE)
    except InvalidInput:
        assert expected == []
        return
    assert list(each(found[on])) == expected


@given(st.integers(0, 200), st.integers(1, 20), st.integers(0, 4))
def test_no_leg_of_a_start_touches_what_is_avoided(first: int, length: int, odd: int) -> None:
    on = DAYS[0]
    start = day_interval(on, ZONE).start + first * FIVE + timedelta(minutes=odd)
    stretch = Interval(start, start + length * FIVE)
    one = wish(on, avoiding=(stretch,))
    grid = Grid.covering(one.window(ZONE))

    touching = [
        cell
        for cell in range(grid.size)
        if Interval(
            grid.at(cell) - timedelta(minutes=15), grid.at(cell) + timedelta(minutes=40)
        ).overlaps(stretch)
    ]

    assert list(each(avoided(one, grid))) == touching


@given(st.integers(-10, 290), st.integers(1, 30), st.integers(0, 4), st.booleans())
def test_hearing_that_is_held_to_a_sitting_lies_inside_it_whole(
    first: int, length: int, odd: int, has_hours: bool
) -> None:
    on = DAYS[0]
    start = day_interval(on, ZONE).start + first * FIVE + timedelta(minutes=odd)
    sitting = Interval(start, start + length * FIVE)
    hours = {"earliest": time(9), "latest": time(12)} if has_hours else {}
    one = wish(on, within=sitting, **hours)
    grid = Grid.covering(one.window(ZONE))
    minutes = timedelta(minutes=one.minutes)

    lying_inside = [
        cell
        for cell in range(grid.size)
        if sitting.contains(Interval(grid.at(cell), grid.at(cell) + minutes))
    ]

    assert list(each(inside(one, grid))) == lying_inside
    (starts,) = starts_by_day(one, grid, ZONE).values()
    assert could_lie_inside(one, ZONE) is any(starts >> cell & 1 for cell in lying_inside)


def test_times_the_clocks_skip_on_every_day_are_refused() -> None:
    one = wish(CLOCKS_FORWARD, earliest=time(2), latest=time(3))

    with pytest.raises(InvalidInput, match="skip"):
        starts_by_day(one, Grid.covering(one.window(ZONE)), ZONE)

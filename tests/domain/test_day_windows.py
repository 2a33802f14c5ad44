"""Rooms told apart only where they differ: as good as naming each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from avl.domain.cells import CELL, Grid, runs, stretch
from avl.domain.day_list import DayList
from avl.domain.day_plan import DayProblem, Hearing, SeatChoice
from avl.domain.day_search import list_of
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.jobs.day_model import Model, Stage
from avl.jobs.day_pools import pools_of
from avl.jobs.day_price import Pricing
from avl.jobs.day_short import short_pools
from avl.jobs.day_windows import Windows

SITE, SUITES, COURTROOM, PERSON = 2, (21, 22, 23), 100, 200
CELLS = 12
MORNING = datetime(2026, 11, 25, 20, tzinfo=UTC)
ANY = Placement(1, COURTROOM, "CRL", Interval(MORNING, MORNING + CELL), 0, 0, ())

Stay = tuple[int, int]
"""When a hearing starts, and how many cells it takes."""


def day_of(stays: list[Stay], free: tuple[int, ...]) -> DayList:
    """An empty list of hearings that can each start at one time only.

    Args:
        free: by suite, the cells in which it is free.
    """
    hearings = tuple(
        Hearing(
            id=-place - 1,
            name="",
            priority=1,
            pre=0,
            length=length,
            post=0,
            wanted=start,
            courtrooms={COURTROOM + place: 1 << start},
            seats=(
                SeatChoice(
                    PERSON + place,
                    {room: runs(bits, length) for room, bits in zip(SUITES, free, strict=True)},
                ),
            ),
            pattern=ANY,
        )
        for place, (start, length) in enumerate(stays)
    )
    grid = Grid(MORNING, CELLS)
    return list_of(DayProblem(grid, hearings, site_of=dict.fromkeys(SUITES, SITE)), {})


def left_out(day: DayList) -> int:
    """How many hearings have no place at least, by trying everything."""

    def cells(place: int, room: int) -> set[tuple[int, int]]:
        hearing = day.problem.hearings[place]
        return {(room, cell) for cell in range(hearing.wanted, hearing.wanted + hearing.length)}

    choices = [
        [None] + [room for room, bits in one.seats[0].suites.items() if bits >> one.wanted & 1]
        for one in day.problem.hearings
    ]
    best = len(choices)
    for rooms in product(*choices):
        taken = [cells(place, room) for place, room in enumerate(rooms) if room is not None]
        if len(set().union(*taken)) == sum(map(len, taken)):
            best = min(best, rooms.count(None))
    return best


def left_out_by(model: Model, day: DayList) -> int:
    model.aim(Stage.PLACING, day)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model.sheet.model) == cp_model.OPTIMAL
    return model.bound_of(solver.objective_value)[0]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, CELLS - 2), st.integers(1, 5)), min_size=3, max_size=5),
    st.tuples(*[st.integers(0, (1 << CELLS) - 1).map(lambda one: one | one >> 1)] * 3),
)
def test_named_windows_leave_out_as_many_as_must_be(
    stays: list[Stay], free: tuple[int, ...]
) -> None:
    day = day_of(stays, free)
    least = left_out(day)
    counted, named = Model(day), Model(day)

    named.name({SITE}, day, without=())

    assert left_out_by(named, day) == least
    assert left_out_by(counted, day) <= least


def test_rooms_are_told_apart_only_in_the_part_of_the_day_in_which_they_differ() -> None:
    whole = stretch(0, 5) | stretch(6, CELLS)
    broken = whole & ~stretch(2, 4)
    day = day_of([(0, 2), (2, 2), (7, 2)], (whole, whole, broken))
    (pool,) = pools_of(day.problem)

    windows = Windows(day.problem, pool)

    early, broken_off, late = (
        {window.rooms for window in windows.serving(demand, hearing.wanted)}
        for demand, hearing in zip(pool.demands, day.problem.hearings, strict=True)
    )
    assert early == {frozenset(SUITES[:2]), frozenset(SUITES[2:])}
    assert broken_off == {frozenset(SUITES[:2])}
    assert late == {frozenset(SUITES)}


@pytest.mark.parametrize(("stays", "short"), [([(0, 4), (2, 4)], set()), ([(1, 4)] * 2, {SITE})])
def test_pool_is_short_where_a_split_list_cannot_be_shared_out(
    stays: list[Stay], short: set[int]
) -> None:
    # Two suites are free in every cell, but only one of them throughout.
    free = stretch(0, 4), stretch(0, CELLS), stretch(4, CELLS)
    day = day_of(stays, free)
    model = Model(day)
    literals = [next(iter(options.values())) for options in model.sheet.options]
    values = [0.0] * len(model.sheet.model.proto.variables)
    for literal in literals:
        values[literal.index] = 1.0

    assert short_pools(model.sheet, values) == short


def test_prices_stop_where_the_model_is_too_loose_for_another_round() -> None:
    day = day_of([(0, 4), (0, 4), (1, 4), (2, 4)], (stretch(0, CELLS),) * 3)
    model = Model(day)
    model.aim(Stage.PLACING, day)
    asked: list[int] = []

    def is_loose(values: Sequence[float]) -> bool:
        asked.append(len(values))
        return True

    found = Pricing(model.sheet.model).run(5.0, is_loose=is_loose)

    assert found is not None
    assert asked == [len(model.sheet.model.proto.variables)]

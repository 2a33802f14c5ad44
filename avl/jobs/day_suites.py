"""Naming the rooms of a list whose times the solver has chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ortools.sat.python import cp_model

from avl.domain.day_list import DayList
from avl.domain.day_plan import DayProblem, Spot
from avl.jobs.day_pools import Demand, Pool, kept_while_left, pools_of

Literal = Any
Chosen = dict[int, tuple[int, int]]
"""The start and courtroom of every hearing that has one."""

SHARE_SECONDS = 2.0


def name_suites(day: DayList, chosen: Chosen) -> tuple[dict[int, Spot], set[int]]:
    """Give everybody a suite, and counsel a room, of their own at the times chosen.

    Today's room is kept wherever it can be.

    Returns:
        The list, and the pools in which there is no way to share out the rooms.
    """
    problem = day.problem
    given: dict[tuple[int, int, bool], int] = {}
    failed = set()
    for pool in pools_of(problem):
        found = _share(problem, chosen, pool)
        if found is None:
            failed.add(pool.key)
        else:
            given.update(found)
    spots = {}
    for place, (start, room) in chosen.items():
        seats = problem.hearings[place].seats
        suites = [given.get((place, number, False)) for number in range(len(seats))]
        booths = [given.get((place, number, True)) for number in range(len(seats))]
        has_booths = all(
            booth is not None or not seat.booths for booth, seat in zip(booths, seats, strict=True)
        )
        named = tuple(suite for suite in suites if suite is not None)
        if has_booths and len(named) == len(seats):
            spots[place] = Spot(start, room, named, tuple(booths))
    return spots, failed


def _share(
    problem: DayProblem, chosen: Chosen, pool: Pool
) -> dict[tuple[int, int, bool], int] | None:
    demands = [demand for demand in pool.demands if demand.place in chosen]
    taken = _taken_by_left(problem, chosen)
    model = cp_model.CpModel()
    cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
    choices: dict[tuple[int, int, bool], dict[int, Literal]] = {}
    changes = []
    for demand in demands:
        start = chosen[demand.place][0]
        mine = choices[demand.place, demand.seat, demand.is_booth] = {
            room: model.new_bool_var("")
            for room, bits in demand.rooms.items()
            if bits >> start & 1 and not _meets(taken, _cells_of(problem, demand, room, start))
        }
        model.add_exactly_one(list(mine.values()))
        for room, literal in mine.items():
            if demand.today not in (None, room):
                changes.append(literal)
            for cell in _cells_of(problem, demand, room, start):
                cells[cell].append(literal)
    for literals in cells.values():
        if len(literals) > 1:
            model.add_at_most_one(literals)
    model.minimize(sum(changes))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SHARE_SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {
        key: room
        for key, mine in choices.items()
        for room, literal in mine.items()
        if solver.boolean_value(literal)
    }


def _cells_of(problem: DayProblem, demand: Demand, room: int, start: int) -> list[tuple[int, int]]:
    return [
        (room, cell)
        for offset, length in demand.uses(problem, room)
        for cell in range(start + offset, start + offset + length)
    ]


def _meets(taken: set[tuple[int, int]], cells: Sequence[tuple[int, int]]) -> bool:
    return not taken.isdisjoint(cells)


def _taken_by_left(problem: DayProblem, chosen: Chosen) -> set[tuple[int, int]]:
    """The rooms and cells of the hearings that stay where they cannot stay."""
    return {
        (room, cell)
        for place, hearing in enumerate(problem.hearings)
        if place not in chosen and hearing.now is not None
        for room, first, length in kept_while_left(problem, place)
        for cell in range(first, first + length)
    }

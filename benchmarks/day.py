"""Planning a court's day: the first list, the distance to the proven bound, the time to proof.

Distances are in minutes and priorities at once, as one number for people to compare: a hundred for
each point of an unplaced hearing's priority, and one for each minute from the wanted times. The
rows do not depend on the size of the database, so they are measured once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial

from avl.domain.day_build import build_day
from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost, DayProblem
from avl.domain.day_search import first_fit, improve, list_of
from avl.jobs.day_solver import Watch, is_available, solve
from benchmarks._days import DAY, CourtDay, broken_day, fresh_day
from benchmarks._plain_day import solve_plain
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, times

SIZES = ((50, 12, 2), (200, 12, 10), (500, 30, 30))
"""Hearings, suites, and the seconds in which the best list is to be proven."""

SEARCH_SECONDS, SOLVE_SECONDS = 1.0, 10.0
FIRST_LIST_MS = 50.0
_done: list[bool] = []


def run(ground: Ground) -> Iterator[Row]:
    """Days of 50, 200 and 500 hearings: from nothing, and after two suites have failed."""
    if _done:
        return
    _done.append(True)
    for hearings, suites, within in SIZES:
        if hearings > int(os.environ.get("BENCH_DAY_MOST", "500")):
            continue
        for kind, make in (("fresh", fresh_day), ("repair", broken_day)):
            yield from _rows(f"day of {hearings}, {kind}", make(hearings, suites), within)


def _rows(what: str, day: CourtDay, within: float) -> Iterator[Row]:
    problem = build_day(day.listed, day.world, DAY)
    first = first_fit(problem)
    taken = times(partial(first_fit, problem), 5)
    note = f"{len(first.spots)} of {len(problem.hearings)} placed, {_say(first.cost())}"
    yield Row(f"{what}: first list", None, p50(taken), ours_at_most=FIRST_LIST_MS, note=note)
    until = time.monotonic() + SEARCH_SECONDS
    better = improve(first, seed=1, rounds=10**9, is_over=lambda: time.monotonic() > until)
    yield Row(f"{what}: own search", None, SEARCH_SECONDS * 1000, note=_say(better.cost()))
    if not is_available():
        return
    plain = list_of(problem, solve_plain(problem, first, SOLVE_SECONDS))
    yield Row(f"{what}: plain model", None, SOLVE_SECONDS * 1000, note=_say(plain.cost()))
    yield _proof(what, better, problem, within)


def _proof(what: str, better: DayList, problem: DayProblem, within: float) -> Row:
    begun = time.monotonic()
    solved = solve(better, Watch(max(SOLVE_SECONDS, within)))
    seconds = time.monotonic() - begun
    cost, bound = solved.day.cost(), solved.bound
    gap = _one_number(cost) - _one_number(bound)
    said = f"{_say(cost)}; bound {_say(bound)}; gap {gap}; proven {solved.proven} of 4"
    # What is not proven in time has missed its target however good it is.
    taken = seconds if solved.proven >= 3 else float("inf")
    return Row(f"{what}: proof", None, taken * 1000, ours_at_most=within * 1000, note=said)


def _one_number(cost: DayCost) -> int:
    return cost.unplaced * 100 + cost.off


def _say(cost: DayCost) -> str:
    return f"unplaced {cost.unplaced}, off {cost.off}, moved {cost.moved}, unrest {cost.unrest}"

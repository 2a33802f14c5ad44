"""Planning a court's day: the first list, the gap to the proven bound, the time to proof.

Distances are in minutes and priorities at once, as one number for people to compare: a hundred for
each point of an unplaced hearing's priority, and one for each minute from the wanted times. Each
row says how full the day is, of all suites' time together and at the prison asked for most
(`_days` says what the kinds of day are). A day that holds no more than its suites has to be proven
in time; an overfull one, and one whose wanted times nobody has drawn up a draft for, is reported
with its gap. The rows do not depend on the size of the database, so they are measured once.
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
from avl.jobs.day_solver import Solved, Watch, is_available, solve
from benchmarks._days import DAY, CourtDay, broken_day, fresh_day
from benchmarks._plain_day import solve_plain
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, times

FULL = ((50, 12, 2), (200, 12, 10), (500, 30, 30))
"""Hearings, suites, and the seconds in which the best list is to be proven."""

OVERFULL = (500, 12)
SEARCH_SECONDS, GAP_SECONDS = 1.0, 10.0
FIRST_LIST_MS = 50.0
PROVEN = 3
"""Levels of a list's cost that have to be proven: hearings without a place, minutes, moves."""

_done: list[bool] = []


def run(ground: Ground) -> Iterator[Row]:
    """Days of 50, 200 and 500 hearings: from nothing, and after two suites have failed."""
    if _done:
        return
    _done.append(True)
    most = int(os.environ.get("BENCH_DAY_MOST", "500"))
    seed = int(os.environ.get("BENCH_DAY_SEED", "1"))
    for hearings, suites, within in FULL:
        if hearings <= most:
            yield from _rows(
                f"day of {hearings}, fresh", fresh_day(hearings, suites, seed=seed), within
            )
            yield from _rows(
                f"day of {hearings}, repair", broken_day(hearings, suites, seed=seed), within
            )
    if most >= 200:
        yield from _rows("day of 200, no draft", fresh_day(200, seed=seed, is_drafted=False))
    if most >= OVERFULL[0]:
        yield from _rows("day of 500, overfull", fresh_day(*OVERFULL, seed=seed))


def _rows(what: str, day: CourtDay, within: float | None = None) -> Iterator[Row]:
    problem = build_day(day.listed, day.world, DAY)
    first = first_fit(problem)
    taken = times(partial(first_fit, problem), 5)
    full = f"suites {day.fullness[0]:.0%} full, {day.fullness[1]:.0%} where most"
    placed = f"{len(first.spots)} of {len(problem.hearings)} placed"
    note = f"{full}; {placed}, {_say(first.cost())}"
    yield Row(f"{what}: first list", None, p50(taken), ours_at_most=FIRST_LIST_MS, note=note)
    until = time.monotonic() + SEARCH_SECONDS
    better = improve(first, seed=1, rounds=10**9, is_over=lambda: time.monotonic() > until)
    yield Row(f"{what}: own search", None, SEARCH_SECONDS * 1000, note=_say(better.cost()))
    if not is_available():
        return
    plain = list_of(problem, solve_plain(problem, first, GAP_SECONDS))
    yield Row(f"{what}: plain model", None, GAP_SECONDS * 1000, note=_say(plain.cost()))
    yield from _proof(what, better, problem, within)


def _proof(what: str, better: DayList, problem: DayProblem, within: float | None) -> Iterator[Row]:
    """The gap after ten seconds, and how long it takes until there is none.

    What people wait between their own legs is made less for as long as there is time; that the
    hearings without a place, the minutes and the moves are as few as can be is proven before.
    """
    told: list[Solved] = []
    proven: list[float] = []

    def tell(day: DayList, bound: DayCost) -> None:
        seconds = time.monotonic() - begun
        if seconds <= GAP_SECONDS:
            told[:] = [Solved(day, bound, 0)]
        if _is_proven(day.cost(), bound):
            proven.append(seconds)

    begun, cpu = time.monotonic(), time.process_time()
    solved = solve(better, Watch(max(GAP_SECONDS, within or 0.0), tell=tell))
    seconds, own = time.monotonic() - begun, time.process_time() - cpu
    then = told[0] if told and seconds > GAP_SECONDS else solved
    yield Row(f"{what}: gap at 10 s", None, min(seconds, GAP_SECONDS) * 1000, note=_gap(then))
    # What is not proven in time has missed its target however good it is.
    taken = min([*proven, seconds]) if solved.proven >= PROVEN else float("inf")
    note = f"{_gap(solved)}; proven {solved.proven} of 4; {own:.1f} s of processor time"
    most = None if within is None else within * 1000
    yield Row(f"{what}: proof", None, taken * 1000, ours_at_most=most, note=note)


def _is_proven(cost: DayCost, bound: DayCost) -> bool:
    reached = cost.unplaced, cost.off, cost.moved
    return reached == (bound.unplaced, bound.off, bound.moved)


def _gap(solved: Solved) -> str:
    cost, bound = solved.day.cost(), solved.bound
    gap = _one_number(cost) - _one_number(bound)
    return f"{_say(cost)}; bound {_say(bound)}; gap {gap}"


def _one_number(cost: DayCost) -> int:
    return cost.unplaced * 100 + cost.off


def _say(cost: DayCost) -> str:
    return f"unplaced {cost.unplaced}, off {cost.off}, moved {cost.moved}, unrest {cost.unrest}"

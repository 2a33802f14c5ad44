"""Lists divided in two: the best of them is in one half or the other, and nothing is called
impossible that is not."""

from __future__ import annotations

from math import floor
from typing import Any

import pytest
from ortools.sat.python import cp_model

from avl.domain.day_build import build_day
from avl.domain.day_list import DayList
from avl.domain.day_search import first_fit
from avl.jobs import day_race
from avl.jobs.day_halves import Halver
from avl.jobs.day_model import Model, Stage
from avl.jobs.day_price import Price, price
from avl.jobs.day_rows import INFINITY
from avl.jobs.day_solver import Watch, solve
from tests.domain.day_worlds import DAY, STEP, Case, best_of, draw

SEEDS = (15, 18, 23, 38, 39, 40, 44, 45, 50)


def first_list(case: Case) -> DayList:
    return first_fit(build_day(case.listed, case.world, DAY, step=STEP))


def aimed(case: Case) -> tuple[DayList, Model, Price]:
    """A day's first list, its model, and the model's price."""
    day = first_list(case)
    model = Model(day)
    model.aim(Stage.PLACING, day)
    priced = price(model.sheet.model, 5.0)
    assert priced is not None
    return day, model, priced


def least_of(model: Model, part: Price, most: float = INFINITY) -> float:
    """What the best list of a part is worth, by the solver; no end of it where there is none.

    Args:
        most: leave out what is in no list that costs so much or less.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if most == INFINITY:
        gone = [one for one, extra in enumerate(part.extra) if extra == INFINITY]
    else:
        gone = sorted(part.dearer_than(most))
    with model.sheet.without(gone, keeps_hint=False):
        status: Any = solver.solve(model.sheet.model)
    return solver.objective_value if status == cp_model.OPTIMAL else INFINITY


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reach", [1, 1_000])
def test_best_list_is_in_one_of_the_halves_and_no_half_is_priced_too_high(
    seed: int, reach: int
) -> None:
    _, model, priced = aimed(draw(seed, most=9))
    best = least_of(model, priced)
    most = floor(priced.bound) + reach

    parts = [priced]
    for _ in range(3):
        whole = min(parts, key=lambda part: part.bound)
        halves = Halver(model, priced, most).halve(whole, most)
        if halves is None:
            break
        parts = [part for part in parts if part is not whole] + halves

    # Whatever was not laid for the halving, nothing is lost to whoever looks farther out.
    for far in (best, best + 40):
        assert min(least_of(model, part, far) for part in parts) == best
    found = [least_of(model, part) for part in parts]
    assert all(part.bound <= least + 1e-6 for part, least in zip(parts, found, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_best_is_found_and_proven_where_every_part_is_divided(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_race, "NEAR", -1)
    monkeypatch.setattr(day_race, "LEAF", -1)

    solved = solve(first_list(draw(seed)), Watch(20.0))

    cost = solved.day.cost()
    assert solved.proven >= 3
    assert (cost.unplaced, cost.off, cost.moved) == best_of(seed)[:3]

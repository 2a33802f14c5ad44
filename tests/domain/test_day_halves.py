"""What is at work in the search for a day's best list: lists divided in two, of which the best is
in one half or the other; runs in a kernel; prices made better. Nothing is called impossible that
is not."""

from __future__ import annotations

import threading
import time
from itertools import combinations
from math import floor
from typing import Any

import pytest
from ortools.sat.python import cp_model

from avl.domain.day_build import build_day
from avl.domain.day_list import DayList
from avl.domain.day_search import first_fit
from avl.jobs import day_race, day_runs
from avl.jobs.day_halves import Halver
from avl.jobs.day_model import Model, Stage
from avl.jobs.day_price import Price, Pricing
from avl.jobs.day_race import Race
from avl.jobs.day_relaxation import BROKEN
from avl.jobs.day_rows import INFINITY
from avl.jobs.day_runs import Deepening, Run
from avl.jobs.day_solver import Watch, solve
from tests.domain.day_worlds import DAY, STEP, Case, best_of, draw

SEEDS = (15, 18, 23, 38, 39, 40, 44, 45, 50)


def first_list(case: Case) -> DayList:
    return first_fit(build_day(case.listed, case.world, DAY, step=STEP))


def aimed(case: Case) -> tuple[Model, Pricing, Price]:
    """The model of a day, its relaxation, and its price."""
    day = first_list(case)
    model = Model(day)
    model.aim(Stage.PLACING, day)
    pricing = Pricing(model.sheet.model)
    priced = pricing.run(5.0)
    assert priced is not None
    return model, pricing, priced


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
    # What lists are worth are whole numbers; the library scales them and back.
    return round(solver.objective_value) if status == cp_model.OPTIMAL else INFINITY


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reach", [1, 1_000])
def test_best_list_is_in_one_of_the_halves_and_no_half_is_priced_too_high(
    seed: int, reach: int
) -> None:
    model, pricing, priced = aimed(draw(seed, most=9))
    best = least_of(model, priced)
    most = floor(priced.bound) + reach
    halver = Halver(model, pricing.relaxation.near(priced.dearer_than(most)), priced, most)

    parts = [priced]
    for _ in range(3):
        whole = min(parts, key=lambda part: part.bound)
        halves = halver.halve(whole, most)
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
    monkeypatch.setattr(day_race, "LEAF", -1)
    # Nobody looks at all lists at once, or the division would hardly ever be what finds the best.
    for whole in ("_begin_scout", "_climb"):
        monkeypatch.setattr(Race, whole, lambda race, most: None)

    solved = solve(first_list(draw(seed)), Watch(20.0))

    cost = solved.day.cost()
    assert solved.proven >= 3
    assert (cost.unplaced, cost.off, cost.moved) == best_of(seed)[:3]


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_run_in_a_kernel_says_nothing_of_what_is_beyond_it(seed: int) -> None:
    model, _, priced = aimed(draw(seed, most=9))
    best = least_of(model, priced)

    for reach in (floor(priced.bound), floor(priced.bound) + 1, floor(best)):
        news = threading.Event()
        until = time.monotonic() + 20
        run = Run(model, priced, floor(best) + 40, 1, until, news, reach=reach)
        while not run.is_done:
            news.wait(1.0)

        assert min(reach + 1, best) <= run.bound <= best


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_price_made_better_is_no_higher_than_the_best_list(seed: int) -> None:
    model, pricing, first = aimed(draw(seed, most=9))
    best = least_of(model, first)

    pricing.skip()
    deeper = pricing.run(5.0, is_deep=True)

    assert deeper is not None
    assert first.bound - 1e-6 <= deeper.bound <= best + 1e-6
    assert deeper.cuts[: len(first.cuts)] == first.cuts
    assert least_of(model, deeper, best) == best


@pytest.mark.parametrize("seed", SEEDS)
def test_best_list_is_found_with_the_price_of_what_is_near(seed: int) -> None:
    model, pricing, first = aimed(draw(seed, most=9))
    best = least_of(model, first)

    near = pricing.near(first, best).run(5.0, is_deep=True)

    assert near is not None
    assert near.bound <= best + 1e-6
    assert least_of(model, near, best) == best


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_rest_are_kept_all_the_same(seed: int) -> None:
    _, pricing, priced = aimed(draw(seed, most=9))
    near = pricing.relaxation.near(priced.dearer_than(floor(priced.bound) + 1_000))
    taken = [one for one, share in enumerate(near.values()) if share > 0.5]

    # With what was taken before ruled out, rows with room to spare before are short of it.
    for gone in ([], taken[::2], taken[1::2], taken):
        with near.without(gone):
            roughly, value = near.solve_roughly(), near.solve()
            assert roughly is not None
            assert value is not None
            assert roughly <= value + 1e-6
            if value < INFINITY:
                shares = near.values()
                for row in near.rows:
                    much = sum(weight * shares[one] for one, weight in row.weights.items())
                    assert row.least - 2 * BROKEN <= much <= row.most + 2 * BROKEN
                assert near.bound()[0] <= value + 1e-6


def test_price_of_what_is_near_says_nothing_of_what_is_farther() -> None:
    model: Any = cp_model.CpModel()
    cheap, dear = model.new_bool_var("cheap"), model.new_bool_var("dear")
    extra = []
    model.add_exactly_one(cheap, dear)
    for _ in range(3):
        ring = [model.new_bool_var("") for _ in range(3)]
        extra.append(model.new_bool_var(""))
        for one, other in combinations(ring, 2):
            model.add_at_most_one(one, other)
        model.add(sum(ring) + extra[-1] >= 2 * cheap)
    # What is cheap costs 6 in the end, so the best is 5, which takes what is dear.
    model.minimize(5 * dear + 2 * sum(extra))
    pricing = Pricing(model)
    pricing.grow()
    many = len(model.proto.variables)
    known = Price(0.0, [5.0 if one == dear.index else 0.0 for one in range(many)])

    near = pricing.near(known, 2).run(5.0, is_deep=True)

    assert near is not None
    assert near.bound == 3
    assert near.bound + near.extra[dear.index] <= 5
    assert dear.index not in near.dearer_than(5)


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_relaxation_is_made_tighter_of_what_matters_as_better_lists_are_found(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_runs, "MUCH_LESS", 2.0)
    model, pricing, first = aimed(draw(seed, most=9))
    best = least_of(model, first)
    found = iter((best + 40, best + 40, best + 2))

    deepening = Deepening(pricing, first, 5.0, lambda: next(found, best), threading.Event())
    while not deepening.is_done:
        time.sleep(0.01)

    assert first.bound - 1e-6 <= deepening.price.bound <= best + 1e-6
    assert deepening.pricing.most == best
    assert least_of(model, deepening.price, best) == best

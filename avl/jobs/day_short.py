"""Where counting rooms is not enough: pools that even a list with split hearings cannot fill.

Rooms that are taken for part of the day are counted as if whoever is in one of them could go on
in another. The relaxation of the model is then looser than it has to be, and its prices say
little; a variable for each window of such a pool, and its bound comes close to the best list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_pools import Pool, pools_of
from avl.jobs.day_sheet import Sheet
from avl.jobs.day_windows import Window, Windows

LEAST_SHORT = 1.0
"""How many hearings, parts added up, have to be without a room for a pool to be worth naming."""

HARDLY_ANY = 1e-6


def short_pools(sheet: Sheet, values: Sequence[float]) -> set[int]:
    """The pools whose rooms cannot be shared out among a split list, by their keys.

    Args:
        values: of the model's variables, by their index.
    """
    return {
        pool.key
        for pool in pools_of(sheet.problem)
        if pool.is_alike and _short_of(sheet, pool, values) >= LEAST_SHORT
    }


def _short_of(sheet: Sheet, pool: Pool, values: Sequence[float]) -> float:
    """How many hearings at least are without a room, parts added up."""
    problem = sheet.problem
    windows = Windows(problem, pool)
    simplex = pywraplp.Solver.CreateSolver("GLOP")
    aim = simplex.Objective()
    aim.SetMaximization()
    cells: dict[tuple[int, Window], list[Any]] = defaultdict(list)
    wanted = 0.0
    for demand in pool.demands:
        for start, literals in sheet.by_start(demand.place).items():
            share = sum(values[literal.index] for literal in literals)
            serving = windows.serving(demand, start) if share > HARDLY_ANY else []
            if not serving or windows.is_alike(serving[0].part):
                continue
            wanted += share
            together = simplex.Constraint(0.0, share)
            for window in serving:
                part = simplex.NumVar(0.0, share, "")
                together.SetCoefficient(part, 1.0)
                aim.SetCoefficient(part, 1.0)
                for offset, length in demand.uses(problem, min(window.rooms)):
                    for cell in range(start + offset, start + offset + length):
                        cells[cell, window].append(part)
    for (_, window), parts in cells.items():
        full = simplex.Constraint(0.0, float(len(window.rooms)))
        for part in parts:
            full.SetCoefficient(part, 1.0)
    if simplex.Solve() != pywraplp.Solver.OPTIMAL:
        return 0.0
    return wanted - float(aim.Value())

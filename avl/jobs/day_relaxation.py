"""Rows laid for a simplex method: what lists cost at least when hearings may be split."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_rows import INFINITY, Row

SIMPLEX, SETTINGS = "GLOP", "use_dual_simplex:true use_preprocessing:false"
"""The dual simplex method goes on from where it was when rows are added, or variables ruled out."""


class Relaxation:
    """Rows over some of a model's variables, each from 0 to 1.

    Attributes:
        rows: as they were laid.
        aim: by variable, laid or not, what it costs.
        offset: what every list costs besides.
    """

    def __init__(self) -> None:
        """Begin with nothing laid."""
        self._simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
        self._simplex.SetSolverSpecificParametersAsString(SETTINGS)
        self._simplex.Objective().SetMinimization()
        self._columns: dict[int, Any] = {}
        self._laid: list[Any] = []
        self.rows: list[Row] = []
        self.aim: list[float] = []
        self.offset = 0.0
        self._ruled_out: set[int] = set()

    @property
    def variables(self) -> Collection[int]:
        """The variables that are laid."""
        return self._columns.keys()

    def add(self, variables: Iterable[int]) -> None:
        """Lay variables that cost nothing as yet."""
        for one in variables:
            self._columns[one] = self._simplex.NumVar(0.0, 1.0, "")

    def aim_at(self, aim: Sequence[float], offset: float) -> None:
        """Aim at what lists cost, by variable and besides."""
        self.aim, self.offset = list(aim), offset
        here = self._simplex.Objective()
        for one, column in self._columns.items():
            if aim[one]:
                here.SetCoefficient(column, aim[one])

    def near(self, dear: Collection[int]) -> Relaxation:
        """Another over fewer variables, all others being 0.

        It takes a fraction of the time to solve, and the rows it breaks are the better ones.
        """
        fewer = Relaxation()
        kept = {one for one in self._columns if one not in dear}
        fewer.add(sorted(kept))
        fewer.aim_at(self.aim, self.offset)
        for row in _within(kept, self.rows):
            fewer.lay(row)
        return fewer

    def lay(self, row: Row) -> None:
        """Lay a row of variables that are laid."""
        there = self._simplex.Constraint(row.least, row.most)
        for one, weight in row.weights.items():
            there.SetCoefficient(self._columns[one], weight)
        self._laid.append(there)
        self.rows.append(row)

    @contextmanager
    def without(self, variables: Iterable[int]) -> Iterator[None]:
        """Have some variables be 0 for a while."""
        fresh = [one for one in variables if one not in self._ruled_out]
        self._ruled_out.update(fresh)
        for one in fresh:
            self._columns[one].SetBounds(0.0, 0.0)
        try:
            yield
        finally:
            self._ruled_out.difference_update(fresh)
            for one in fresh:
                self._columns[one].SetBounds(0.0, 1.0)

    def solve(self, until: float = INFINITY) -> float | None:
        """What it costs; no end of it where there is no list at all; None when not in time.

        Args:
            until: when it has to end, on the monotonic clock.
        """
        left = until - time.monotonic()
        self._simplex.SetTimeLimit(max(1, int(left * 1000)) if left < INFINITY else 0)
        status = self._simplex.Solve()
        if status == pywraplp.Solver.INFEASIBLE:
            return INFINITY
        if status != pywraplp.Solver.OPTIMAL:
            return None
        return float(self._simplex.Objective().Value())

    def interrupt(self) -> None:
        """Have whoever solves it in another thread come back soon."""
        self._simplex.InterruptSolve()

    def values(self) -> list[float]:
        """By variable, how much of it is taken, once it is solved."""
        found = [0.0] * len(self.aim)
        for one, column in self._columns.items():
            found[one] = column.solution_value()
        return found

    def costs(self) -> list[float]:
        """By variable, what taking it adds, as the simplex method has it."""
        found = [INFINITY] * len(self.aim)
        for one, column in self._columns.items():
            found[one] = column.reduced_cost()
        return found

    def bound(self) -> tuple[float, list[float]]:
        """What no list costs less than, once it is solved, and by variable what it adds to that.

        Any duals of the right sign give a bound, so nothing hangs on the simplex's tolerances.
        """
        bound, reduced = self.offset, list(self.aim)
        for row, there in zip(self.rows, self._laid, strict=True):
            dual = there.dual_value()
            side = row.least if dual > 0 else row.most
            if dual and abs(side) != INFINITY:
                bound += dual * side
                for one, weight in row.weights.items():
                    reduced[one] -= dual * weight
        bound += sum(min(reduced[one], 0.0) for one in self._columns if one not in self._ruled_out)
        return bound, reduced


def _within(kept: Collection[int], rows: Iterable[Row]) -> Iterator[Row]:
    """The rows as they are for the variables that are kept, all others being 0."""
    for row in rows:
        weights = {one: weight for one, weight in row.weights.items() if one in kept}
        highest = sum(weight for weight in weights.values() if weight > 0)
        lowest = sum(weight for weight in weights.values() if weight < 0)
        if highest > row.most or lowest < row.least:
            yield Row(weights, row.least, row.most)

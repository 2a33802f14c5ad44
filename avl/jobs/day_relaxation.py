"""Rows laid for a simplex method: what lists cost at least when hearings may be split."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_rows import INFINITY, Row

SPARE = 0.2
"""Rows with more room than this rest until somebody needs the room: two of three do, and the
simplex method takes a quarter of the time without them."""

BROKEN, TAKEN = 1e-3, 1e-5
"""How much a resting row has to be broken by to be laid after all, and how much of a variable has
to be taken for that to break any."""

SIMPLEX, SETTINGS = "GLOP", "use_dual_simplex:true use_preprocessing:false"
"""The dual simplex method goes on from where it was when rows are added, or variables ruled out."""


class Relaxation:
    """Rows over some of a model's variables, each from 0 to 1.

    Attributes:
        rows: all of them, laid or resting.
        aim: by variable, laid or not, what it costs.
        offset: what every list costs besides.
    """

    def __init__(self) -> None:
        """Begin with nothing laid."""
        self._simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
        self._simplex.SetSolverSpecificParametersAsString(SETTINGS)
        self._simplex.Objective().SetMinimization()
        self._columns: dict[int, Any] = {}
        self._laid: dict[int, Any] = {}
        self._resting: dict[int, list[int]] = defaultdict(list)
        self._found: list[float] = []
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

        It takes a fraction of the time to solve, and the rows it breaks are the better ones. Rows
        with room to spare where this was solved last rest in it.
        """
        fewer = Relaxation()
        kept = {one for one in self._columns if one not in dear}
        fewer.add(sorted(kept))
        fewer.aim_at(self.aim, self.offset)
        fewer._found = self._found
        for row in _within(kept, self.rows):
            if self._room(row) > SPARE:
                fewer._rest(row)
            else:
                fewer.lay(row)
        return fewer

    def _room(self, row: Row) -> float:
        """How much more, or less, of a row there could be than when it was solved last."""
        if not self._found or not row.least <= 0 <= row.most:
            return 0.0
        taken = sum(weight * self._found[one] for one, weight in row.weights.items())
        return min(taken - row.least, row.most - taken)

    def _rest(self, row: Row) -> None:
        """Keep a row that nothing breaks so far; it allows that nothing at all is taken."""
        for one in row.weights:
            self._resting[one].append(len(self.rows))
        self.rows.append(row)

    def _wake(self) -> bool:
        """Lay the resting rows that are broken now; whether there were any."""
        taken: dict[int, float] = defaultdict(float)
        for one, share in enumerate(self._found):
            if share > TAKEN:
                for number in self._resting.get(one, ()):
                    taken[number] += share * self.rows[number].weights[one]
        broken = [
            number
            for number, much in taken.items()
            if number not in self._laid
            and not self.rows[number].least - BROKEN <= much <= self.rows[number].most + BROKEN
        ]
        for number in broken:
            self._lay(number)
        return bool(broken)

    def lay(self, row: Row) -> None:
        """Lay a row of variables that are laid."""
        self.rows.append(row)
        self._lay(len(self.rows) - 1)

    def _lay(self, number: int) -> None:
        row = self.rows[number]
        there = self._simplex.Constraint(row.least, row.most)
        for one, weight in row.weights.items():
            there.SetCoefficient(self._columns[one], weight)
        self._laid[number] = there

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
        while (value := self.solve_roughly(until)) not in (None, INFINITY):
            found = [0.0] * len(self.aim)
            for one, column in self._columns.items():
                found[one] = column.solution_value()
            # Another thread may be laying what is near, and is not to see half an outcome.
            self._found = found
            if not self._wake():
                break
        return value

    def solve_roughly(self, until: float = INFINITY) -> float | None:
        """What it costs at least, or nearly: resting rows are left to rest."""
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
        return list(self._found)

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
        for number, there in self._laid.items():
            row = self.rows[number]
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

"""What a day's model costs when hearings may be split: a bound, and a price for each variable.

The linear relaxation is solved by a simplex method in a fraction of a second, and again with the
rows that its split hearings break (`day_cuts`), until few are left. No list costs less than it
does, and a list that takes an option costs at least the option's reduced cost more: most options
are too dear to be in any list better than the best that is known, and are left out of the
solver's search (reduced-cost fixing).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_cuts import Cutter
from avl.jobs.day_rows import INFINITY, ROUNDING, Row, rows_of

SIMPLEX, SETTINGS = "GLOP", "use_dual_simplex:true use_preprocessing:false"
"""The dual simplex method goes on from where it was when rows are added."""

MOST_ROUNDS = 20
LEAST_RISE, PATIENCE, DEEP_PATIENCE = 1.0, 1, 2
"""How many cells the bound has to rise by in so many rounds for another one to be worth its time,
at first and later, when there is more time for it."""


@dataclass(frozen=True, slots=True)
class Price:
    """The relaxation's outcome.

    Attributes:
        bound: no list is worth less.
        extra: by variable, how much more than that a list costs at least that takes it.
        cuts: rows that every list keeps to, which the model does not say.
    """

    bound: float
    extra: Sequence[float]
    cuts: Sequence[Row] = ()

    def reach(self, number: int | None, most: float) -> float:
        """How much a list may cost that takes only so many of the cheapest variables.

        Args:
            number: of variables; None for all that matter.
            most: what matters at most.
        """
        if number is None or number >= len(self.extra):
            return most
        return min(most, self.bound + sorted(self.extra)[number])

    def dearer_than(self, most: float) -> frozenset[int]:
        """The variables that no list takes that costs at most so much."""
        slack = most - self.bound + ROUNDING
        return frozenset(number for number, extra in enumerate(self.extra) if extra > slack)


def price(model: Any, seconds: float, **how: Any) -> Price | None:
    """Solve the relaxation of a model whose variables are all 0 or 1 (see `Pricing.run`)."""
    return Pricing(model).run(seconds, **how)


class Pricing:
    """A model's relaxation, solved again and again with more rows."""

    def __init__(self, model: Any, unit: int = 1) -> None:
        """Begin with nothing laid; the model's aim is as it stands now.

        Args:
            unit: how much a bound rises by that rises by one cell (`day_model.Model.cell`).
        """
        self._model = model
        self._least_rise = LEAST_RISE * unit
        self._until = INFINITY
        self.simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
        self.simplex.SetSolverSpecificParametersAsString(SETTINGS)
        self.simplex.Objective().SetMinimization()
        self.offset = model.proto.objective.offset
        self.domains: list[tuple[int, ...]] = []
        self.columns: list[Any] = []
        self.aim: list[float] = []
        self.cutter = Cutter(())
        self.laid: list[Any] = []
        self._cuts: list[Row] = []
        self._seen = 0

    def run(
        self,
        seconds: float,
        *,
        most: float = INFINITY,
        is_deep: bool = False,
        is_over: Callable[[], bool] = lambda: False,
        is_loose: Callable[[Sequence[float]], bool] = lambda values: False,
    ) -> Price | None:
        """Solve it, and again with the rows that are broken.

        Args:
            most: a bound above this is good enough.
            is_deep: look for the rows that take longer to find as well, and be more patient.
            is_over: asked before each round; when it says yes, the best so far is what there is.
            is_loose: asked about the first outcome, by variable; when it says yes, the model is
                not worth any more rounds as it is. Once it has been given more variables and
                rows, it can be run again from where it was.

        Returns:
            None when it was not solved in time.
        """
        self._until = time.monotonic() + seconds
        best: Price | None = None
        bounds: list[float] = []
        patience = DEEP_PATIENCE if is_deep else PATIENCE
        self.grow(is_over)
        for _ in range(MOST_ROUNDS):
            if is_over():
                break
            found = self._solve()
            if found is None:
                break
            if best is None or found.bound > best.bound:
                best = found
            bounds.append(best.bound)
            if len(bounds) == 1 and is_loose([one.solution_value() for one in self.columns]):
                break
            if best.bound > most or time.monotonic() > self._until:
                break
            if len(bounds) > patience and bounds[-1] < bounds[-1 - patience] + self._least_rise:
                break
            if not self._cut(is_deep=is_deep):
                break
        return best

    def skip(self) -> None:
        """Take what the model has been given since as known."""
        self._seen = len(self._model.proto.constraints)

    def stop(self) -> None:
        """Have a run in another thread end soon, which looks whether it is over by itself."""
        self.simplex.InterruptSolve()

    def grow(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Lay what the model has been given since; its aim is at what was there before."""
        proto = self._model.proto
        known = len(self.columns)
        # The library's lists do not count from their end; they have to be copied for that.
        fresh = [tuple(one.domain) for one in islice(proto.variables, known, None)]
        self.domains += fresh
        self.columns += [self.simplex.NumVar(one[0], one[-1], "") for one in fresh]
        self.aim += [0.0] * len(fresh)
        if not known:
            objective = self.simplex.Objective()
            for one, weight in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
                self.aim[one] = float(weight)
                objective.SetCoefficient(self.columns[one], weight)
        rows = list(rows_of(self._model, self._seen))
        self._seen = len(proto.constraints)
        self.cutter.grow(rows)
        # Laying the rows of a big day takes a second or two, in which somebody may have had enough.
        self.laid += [self._lay(row) for row in rows if not is_over()]

    def _cut(self, *, is_deep: bool) -> bool:
        """Lay rows that are broken; whether there were any."""
        values = [column.solution_value() for column in self.columns]
        costs = [column.reduced_cost() for column in self.columns]
        found = self.cutter.cliques(values, costs)
        if is_deep or not found:
            found += self.cutter.halves(values)
        for row in found:
            self.cutter.lay(row)
            self._cuts.append(row)
            self.laid.append(self._lay(row))
        return bool(found)

    def _lay(self, row: Row) -> Any:
        there = self.simplex.Constraint(row.least, row.most)
        for number, weight in row.weights.items():
            there.SetCoefficient(self.columns[number], weight)
        return there

    def _solve(self) -> Price | None:
        left = self._until - time.monotonic()
        self.simplex.SetTimeLimit(max(1, int(left * 1000)))
        if self.simplex.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        bound = self.offset
        reduced = list(self.aim)
        for row, there in zip(self.cutter.rows, self.laid, strict=True):
            dual = there.dual_value()
            # Any duals of the right sign give a bound, so nothing hangs on the simplex's
            # tolerances.
            side = row.least if dual > 0 else row.most
            if dual and abs(side) != INFINITY:
                bound += dual * side
                for number, weight in row.weights.items():
                    reduced[number] -= dual * weight
        bound += sum(
            one * (domain[0] if one > 0 else domain[-1])
            for one, domain in zip(reduced, self.domains, strict=True)
        )
        return Price(bound, [max(one, 0.0) for one in reduced], tuple(self._cuts))

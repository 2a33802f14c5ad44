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
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_cuts import Cutter
from avl.jobs.day_rows import INFINITY, Row, rows_of

SIMPLEX, SETTINGS = "GLOP", "use_dual_simplex:true use_preprocessing:false"
"""The dual simplex method goes on from where it was when rows are added."""

ROUNDING = 1e-6

MOST_ROUNDS = 20
FEW_CLIQUES = 10
"""With fewer than this broken, it is time for the rows that take longer to find."""

LEAST_RISE, PATIENCE = 1.0, 2
"""How much the bound has to rise in so many rounds for another one to be worth its time."""


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


def price(
    model: Any,
    seconds: float,
    *,
    most: float = INFINITY,
    is_over: Callable[[], bool] = lambda: False,
    is_loose: Callable[[Sequence[float]], bool] = lambda values: False,
) -> Price | None:
    """Solve the relaxation of a model whose variables are all 0 or 1.

    Args:
        most: a bound above this is good enough.
        is_over: asked before each round; when it says yes, the best so far is what there is.
        is_loose: asked about the first outcome, by variable; when it says yes, the model is not
            worth any more rounds as it is.

    Returns:
        None when it was not solved in time.
    """
    return _Pricing(model, time.monotonic() + seconds).run(most, is_over, is_loose)


class _Pricing:
    """One relaxation, solved again and again with more rows."""

    def __init__(self, model: Any, until: float) -> None:
        proto = model.proto
        self.until = until
        self.simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
        self.simplex.SetSolverSpecificParametersAsString(SETTINGS)
        # The library's lists do not count from their end; they have to be copied for that.
        self.domains = [tuple(one.domain) for one in proto.variables]
        self.columns = [self.simplex.NumVar(one[0], one[-1], "") for one in self.domains]
        self.offset = proto.objective.offset
        self.aim = [0.0] * len(self.columns)
        objective = self.simplex.Objective()
        for number, weight in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
            self.aim[number] = float(weight)
            objective.SetCoefficient(self.columns[number], weight)
        objective.SetMinimization()
        rows = list(rows_of(model))
        self.own = len(rows)
        self.cutter = Cutter(rows)
        self.laid: list[Any] = []

    def run(
        self,
        most: float,
        is_over: Callable[[], bool],
        is_loose: Callable[[Sequence[float]], bool],
    ) -> Price | None:
        best: Price | None = None
        bounds: list[float] = []
        # Laying the rows of a big day takes a second or two, in which somebody may have had enough.
        self.laid = [self._lay(row) for row in self.cutter.rows if not is_over()]
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
            if best.bound > most or time.monotonic() > self.until:
                break
            if len(bounds) > PATIENCE and bounds[-1] < bounds[-1 - PATIENCE] + LEAST_RISE:
                break
            if not self._cut():
                break
        return best

    def _cut(self) -> bool:
        """Lay rows that are broken; whether there were any."""
        values = [column.solution_value() for column in self.columns]
        costs = [column.reduced_cost() for column in self.columns]
        found = self.cutter.cliques(values, costs)
        if len(found) < FEW_CLIQUES:
            found += self.cutter.halves(values)
        for row in found:
            self.cutter.lay(row)
            self.laid.append(self._lay(row))
        return bool(found)

    def _lay(self, row: Row) -> Any:
        there = self.simplex.Constraint(row.least, row.most)
        for number, weight in row.weights.items():
            there.SetCoefficient(self.columns[number], weight)
        return there

    def _solve(self) -> Price | None:
        left = self.until - time.monotonic()
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
        return Price(bound, [max(one, 0.0) for one in reduced], self.cutter.rows[self.own :])

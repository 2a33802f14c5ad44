"""What a day's model costs when hearings may be split: a bound, and a price for each variable.

The linear relaxation is solved by a simplex method in a fraction of a second. No list costs less
than it does, and a list that takes an option costs at least the option's reduced cost more: most
options are too dear to be in any list better than the best that is known, and are left out of the
solver's search (reduced-cost fixing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from ortools.linear_solver import pywraplp

SIMPLEX = "CLP"
"""Of the simplex methods that come with the library, the fastest on these models."""

ROUNDING = 1e-6

FAR = 1 << 60
"""The solver writes "any number" as one farther out than this."""


@dataclass(frozen=True, slots=True)
class Price:
    """The relaxation's outcome.

    Attributes:
        bound: no list is worth less.
        extra: by variable, how much more than that a list costs at least that takes it.
    """

    bound: float
    extra: Sequence[float]

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


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: so much at least and at most of some variables, each with its weight."""

    weights: dict[int, int]
    least: float
    most: float


def price(model: Any, seconds: float) -> Price | None:
    """Solve the relaxation of a model.

    Returns:
        None when it was not solved in time.
    """
    proto = model.proto
    # The library's lists do not count from their end; they have to be copied for that.
    domains = [tuple(one.domain) for one in proto.variables]
    rows = [row for one in proto.constraints if (row := _row_of(one)) is not None]
    aim = dict(zip(proto.objective.vars, proto.objective.coeffs, strict=True))
    duals = _duals(domains, rows, aim, seconds)
    if duals is None:
        return None
    bound = proto.objective.offset
    reduced = [float(aim.get(number, 0)) for number in range(len(domains))]
    for row, dual in zip(rows, duals, strict=True):
        # Any duals of the right sign give a bound, so nothing hangs on the simplex's tolerances.
        side = row.least if dual > 0 else row.most
        if dual and abs(side) != float("inf"):
            bound += dual * side
            for number, weight in row.weights.items():
                reduced[number] -= dual * weight
    bound += sum(
        one * (domain[0] if one > 0 else domain[-1])
        for one, domain in zip(reduced, domains, strict=True)
    )
    return Price(bound, [max(one, 0.0) for one in reduced])


def _duals(
    domains: Sequence[Sequence[int]], rows: Sequence[_Row], aim: dict[int, int], seconds: float
) -> list[float] | None:
    simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
    if simplex is None:
        return None
    simplex.SetTimeLimit(max(1, int(seconds * 1000)))
    columns = [simplex.NumVar(domain[0], domain[-1], "") for domain in domains]
    laid = []
    for row in rows:
        there = simplex.Constraint(row.least, row.most)
        laid.append(there)
        for number, weight in row.weights.items():
            there.SetCoefficient(columns[number], weight)
    objective = simplex.Objective()
    for number, weight in aim.items():
        objective.SetCoefficient(columns[number], weight)
    objective.SetMinimization()
    if simplex.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    return [there.dual_value() for there in laid]


def _row_of(row: Any) -> _Row | None:
    """A constraint as a row; None for a kind without which the relaxation is only looser."""
    if row.has_at_most_one():
        return _row(row.at_most_one.literals, (), -float("inf"), 1)
    if row.has_exactly_one():
        return _row(row.exactly_one.literals, (), 1, 1)
    if row.has_linear() and not len(row.enforcement_literal):
        least, *_, most = row.linear.domain
        return _row(
            row.linear.vars,
            row.linear.coeffs,
            -float("inf") if least < -FAR else least,
            float("inf") if most > FAR else most,
        )
    return None


def _row(literals: Sequence[int], weights: Sequence[int], least: float, most: float) -> _Row:
    """A row of variables; a literal below 0 is the opposite of one."""
    sums: dict[int, int] = {}
    shift = 0
    for literal, weight in zip(literals, weights or repeat(1), strict=False):
        if literal < 0:
            literal, shift, weight = -literal - 1, shift + weight, -weight
        sums[literal] = sums.get(literal, 0) + weight
    return _Row(sums, least - shift, most - shift)

"""A day's lists in two halves: those in which some hearing starts early, and all the others.

Each half is priced by itself. The relaxation splits hearings between the morning and the afternoon;
where the one whose split hides most may be in one of them only, the bound of either half is higher,
and fewer options come near it. Which hearing that is, is found by trying several (strong
branching): a second or so, and worth many times as much to the solver, which only looks at one
option at a time.

Source: T. Achterberg, T. Koch and A. Martin, "Branching rules revisited", Operations Research
Letters 33 (2005), for the trying and the score.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

from ortools.linear_solver import pywraplp

from avl.jobs.day_model import Model
from avl.jobs.day_price import SETTINGS, SIMPLEX, Price
from avl.jobs.day_rows import INFINITY, Row, rows_of

MOST_TRIED, SECONDS_TRYING = 6, 1.0
"""How many hearings are tried, and how long before no further one is."""

LEAST_SHARE = 0.1
"""A hearing with less than this of it on one side is not worth trying."""

LEAST_GAIN = 0.1
"""In cells: a half whose bound rises less is taken for one that rises by so much."""

HARDLY_ANY = 1e-6


@dataclass(frozen=True, slots=True)
class _Half:
    """Two ways to go on: what is ruled out where a hearing starts early, and where it does not."""

    promise: float
    late: tuple[int, ...]
    early: tuple[int, ...]


class Halver:
    """Divides a model's lists, as far as they cost little enough."""

    def __init__(self, model: Model, priced: Price, most: float) -> None:
        """Lay the relaxation with what matters only.

        Args:
            most: lists that cost more are not looked into, but nothing is said of them either.
        """
        self.most = most
        self._cell = model.cell
        self._priced = priced
        dear = priced.dearer_than(most)
        self._many = len(priced.extra)
        self._kept = [one for one in range(self._many) if one not in dear]
        self._simplex = pywraplp.Solver.CreateSolver(SIMPLEX)
        self._simplex.SetSolverSpecificParametersAsString(SETTINGS)
        self._columns = {one: self._simplex.NumVar(0.0, 1.0, "") for one in self._kept}
        objective, proto = self._simplex.Objective(), model.sheet.model.proto
        objective.SetMinimization()
        self._offset = proto.objective.offset
        self._aim = [0.0] * self._many
        for one, weight in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
            self._aim[one] = float(weight)
            if one in self._columns:
                objective.SetCoefficient(self._columns[one], weight)
        # The model has been given the cliques among the cuts already.
        longer = [row for row in priced.cuts if not row.is_clique]
        self._rows = list(_within(self._columns, [*rows_of(model.sheet.model), *longer]))
        self._laid = [self._lay(row) for row in self._rows]
        self._starts = list(_starts(model, self._columns))

    def _lay(self, row: Row) -> Any:
        there = self._simplex.Constraint(row.least, row.most)
        for one, weight in row.weights.items():
            there.SetCoefficient(self._columns[one], weight)
        return there

    def halve(
        self, whole: Price, most: float, is_over: Callable[[], bool] = lambda: False
    ) -> list[Price] | None:
        """Divide lists in two.

        Args:
            whole: the price of these lists; what is in none of them has no end of it.
            most: a half whose lists all cost more is as good as any other such half.
            is_over: asked before each try.

        Returns:
            The price of each half; None when no hearing is split, or it was over before.
        """
        gone = [one for one in self._kept if whole.extra[one] == INFINITY]
        with _Without(self._columns, gone):
            least = self._solve()
            if least == INFINITY:
                return None
            values = {one: column.solution_value() for one, column in self._columns.items()}
            half = self._best_half(least, most, values, is_over)
            if half is None:
                return None
            found = []
            for ruled_out in (half.late, half.early):
                with _Without(self._columns, ruled_out):
                    found.append(self._price(whole, frozenset((*gone, *ruled_out))))
            return found

    def _best_half(
        self,
        least: float,
        most: float,
        values: dict[int, float],
        is_over: Callable[[], bool],
    ) -> _Half | None:
        best, score = None, -1.0
        until = time.monotonic() + SECONDS_TRYING
        halves = sorted(self._halves(values), key=lambda half: -half.promise)
        for half in halves[:MOST_TRIED]:
            if is_over():
                return None
            rises = []
            for ruled_out in (half.late, half.early):
                with _Without(self._columns, ruled_out):
                    rises.append((min(self._solve(), most + 1) - least) / self._cell)
            mine = max(rises[0], LEAST_GAIN) * max(rises[1], LEAST_GAIN)
            if mine > score:
                best, score = half, mine
            if time.monotonic() > until:
                break
        return best

    def _halves(self, values: dict[int, float]) -> Iterator[_Half]:
        """For each split hearing, the time of day that divides it best."""
        for mine in self._starts:
            there = [(start, values[one]) for start, one in mine if values[one] > HARDLY_ANY]
            found: tuple[float, float] | None = None
            for (start, _), (after, _) in pairwise(there):
                early = [(at, share) for at, share in there if at <= start]
                late = [(at, share) for at, share in there if at > start]
                parts = [sum(share for _, share in side) for side in (early, late)]
                if start == after or min(parts) < LEAST_SHARE:
                    continue
                middles = [
                    sum(at * share for at, share in side) / part
                    for side, part in zip((early, late), parts, strict=True)
                ]
                promise = parts[0] * parts[1] * sqrt(middles[1] - middles[0])
                found = max(found or (0.0, 0.0), (promise, (start + after) / 2))
            if found is not None:
                yield _Half(
                    found[0],
                    tuple(one for start, one in mine if start > found[1]),
                    tuple(one for start, one in mine if start < found[1]),
                )

    def _solve(self) -> float:
        """What the relaxation costs; no end of it where there is no list at all."""
        status = self._simplex.Solve()
        if status == pywraplp.Solver.INFEASIBLE:
            return INFINITY
        return float(self._simplex.Objective().Value())

    def _price(self, whole: Price, gone: frozenset[int]) -> Price:
        """The price of what is left of these lists without what is ruled out."""
        bound, reduced = self._offset, list(self._aim)
        # That a half is empty is for the solver to say, not for a method that rounds.
        if self._simplex.Solve() == pywraplp.Solver.OPTIMAL:
            for row, there in zip(self._rows, self._laid, strict=True):
                dual = there.dual_value()
                # Any duals of the right sign give a bound, so nothing hangs on tolerances.
                side = row.least if dual > 0 else row.most
                if dual and abs(side) != INFINITY:
                    bound += dual * side
                    for one, weight in row.weights.items():
                        reduced[one] -= dual * weight
        left = [one for one in self._kept if one not in gone]
        bound += sum(min(reduced[one], 0.0) for one in left)
        # A list with anything that was not laid costs more than this.
        limit = self.most + 1.0
        if min(bound, limit) > whole.bound:
            least = min(bound, limit)
            extra = [max(self._priced.bound + one - least, 0.0) for one in self._priced.extra]
            for one in left:
                extra[one] = min(bound + max(reduced[one], 0.0), limit) - least
        else:
            least, extra = whole.bound, list(whole.extra)
        for one in gone:
            extra[one] = INFINITY
        return Price(least, extra)


class _Without:
    """Rules columns out for a while."""

    def __init__(self, columns: dict[int, Any], ruled_out: Sequence[int]) -> None:
        self._columns = [columns[one] for one in ruled_out if columns[one].ub() > 0]

    def __enter__(self) -> None:
        for column in self._columns:
            column.SetBounds(0.0, 0.0)

    def __exit__(self, *args: object) -> None:
        for column in self._columns:
            column.SetBounds(0.0, 1.0)


def _within(kept: dict[int, Any], rows: Sequence[Row]) -> Iterator[Row]:
    """The rows as they are for the variables that are kept, all others being 0."""
    for row in rows:
        weights = {one: weight for one, weight in row.weights.items() if one in kept}
        highest = sum(weight for weight in weights.values() if weight > 0)
        lowest = sum(weight for weight in weights.values() if weight < 0)
        if highest > row.most or lowest < row.least:
            yield Row(weights, row.least, row.most)


def _starts(model: Model, kept: dict[int, Any]) -> Iterator[list[tuple[int, int]]]:
    """Of each hearing, when each of its options starts; to be left out is to start last."""
    sheet = model.sheet
    for place, options in enumerate(sheet.options):
        ways = [(start, literal.index) for (start, _), literal in options.items()]
        if place in sheet.out:
            ways.append((model.problem.grid.size, sheet.out[place].index))
        yield sorted(way for way in ways if way[1] in kept)

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

from avl.jobs.day_cuts import Cutter
from avl.jobs.day_relaxation import Relaxation
from avl.jobs.day_rows import INFINITY, ROUNDING, Row, rows_of

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
        cuts: cliques that the model does not say.
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


class Pricing:
    """A model's relaxation, solved again and again with more rows.

    Attributes:
        relaxation: the model's variables and rows, and the rows that were found.
        most: nothing is said of lists that cost more.
    """

    def __init__(self, model: Any, unit: int = 1) -> None:
        """Begin with nothing laid; the model's aim is as it stands now.

        Args:
            unit: how much a bound rises by that rises by one cell (`day_model.Model.cell`).
        """
        self._model = model
        self._unit = unit
        self._until = INFINITY
        self.relaxation = Relaxation()
        self.most = INFINITY
        self._cutter = Cutter(())
        self._cuts: list[Row] = []
        self._seen = 0

    def near(self, priced: Price, most: float) -> Pricing:
        """Go on with what is in lists that cost at most so much, and with nothing else."""
        near = Pricing(self._model, self._unit)
        near.relaxation = self.relaxation.near(priced.dearer_than(most))
        near.most = most
        near._cutter.grow(near.relaxation.rows)
        near._cuts = list(self._cuts)
        return near

    def run(
        self,
        seconds: float,
        *,
        most: Callable[[], float] = lambda: INFINITY,
        is_deep: bool = False,
        is_over: Callable[[], bool] = lambda: False,
        is_loose: Callable[[Sequence[float]], bool] = lambda values: False,
    ) -> Price | None:
        """Solve it, and again with the rows that are broken.

        Args:
            most: asked in each round; a bound above this is good enough.
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
            if len(bounds) == 1 and is_loose(self.relaxation.values()):
                break
            if best.bound > most() or time.monotonic() > self._until:
                break
            enough = LEAST_RISE * self._unit
            if len(bounds) > patience and bounds[-1] < bounds[-1 - patience] + enough:
                break
            if not self._cut(is_deep=is_deep):
                break
        return best

    def skip(self) -> None:
        """Take what the model has been given since as known."""
        self._seen = len(self._model.proto.constraints)

    def stop(self) -> None:
        """Have a run in another thread end soon, which looks whether it is over by itself."""
        self.relaxation.interrupt()

    def grow(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Lay what the model has been given since; its aim is at what was there before."""
        if self.most < INFINITY:
            return
        proto = self._model.proto
        known, many = len(self.relaxation.variables), len(proto.variables)
        if many > known:
            self.relaxation.add(range(known, many))
            aim = [0.0] * many
            for one, weight in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
                aim[one] = float(weight)
            self.relaxation.aim_at(aim, proto.objective.offset)
        rows = list(rows_of(self._model, self._seen))
        self._seen = len(proto.constraints)
        self._cutter.grow(rows)
        # Laying the rows of a big day takes a second or two, in which somebody may have had enough.
        for row in rows:
            if is_over():
                break
            self.relaxation.lay(row)

    def _cut(self, *, is_deep: bool) -> bool:
        """Lay rows that are broken; whether there were any."""
        values, costs = self.relaxation.values(), self.relaxation.costs()
        found = self._cutter.cliques(values, costs)
        if is_deep or not found:
            found += self._cutter.halves(values)
        for row in found:
            self._cutter.lay(row)
            self.relaxation.lay(row)
            # The others are so long that they cost the solver's search more than they save, and
            # some are only true of what is near.
            if row.is_clique:
                self._cuts.append(row)
        return bool(found)

    def _solve(self) -> Price | None:
        if self.relaxation.solve(self._until) in (None, INFINITY):
            return None
        bound, reduced = self.relaxation.bound()
        # What lists cost are whole numbers.
        limit = self.most + 1.0
        bound = min(bound, limit)
        laid = self.relaxation.variables
        extra = [
            max(cost, 0.0) if one in laid else limit - bound for one, cost in enumerate(reduced)
        ]
        return Price(bound, extra, tuple(self._cuts))

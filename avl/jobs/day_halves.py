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
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from avl.jobs.day_model import Model
from avl.jobs.day_price import Price
from avl.jobs.day_relaxation import Relaxation
from avl.jobs.day_rows import INFINITY

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

    def __init__(self, model: Model, relaxation: Relaxation, priced: Price, most: float) -> None:
        """Begin with the relaxation of what matters only.

        Args:
            relaxation: one in which everything is laid that is in lists that cost at most so much.
            priced: the price of all lists.
            most: lists that cost more are not looked into, but nothing is said of them either.
        """
        self.most = most
        self._cell = model.cell
        self._priced = priced
        self._relaxation = relaxation
        self._kept = relaxation.variables
        self._starts = list(_starts(model, self._kept))

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
        with self._relaxation.without(gone):
            least = self._solve()
            if least == INFINITY:
                return None
            half = self._best_half(least, most, is_over)
            if half is None:
                return None
            found = []
            for ruled_out in (half.late, half.early):
                with self._relaxation.without(ruled_out):
                    found.append(self._price(whole, frozenset((*gone, *ruled_out))))
            return found

    def _best_half(self, least: float, most: float, is_over: Callable[[], bool]) -> _Half | None:
        best, score = None, -1.0
        until = time.monotonic() + SECONDS_TRYING
        halves = sorted(self._halves(self._relaxation.values()), key=lambda half: -half.promise)
        for half in halves[:MOST_TRIED]:
            if is_over():
                return None
            rises = []
            for ruled_out in (half.late, half.early):
                with self._relaxation.without(ruled_out):
                    rises.append((min(self._guess(least), most + 1) - least) / self._cell)
            mine = max(rises[0], LEAST_GAIN) * max(rises[1], LEAST_GAIN)
            if mine > score:
                best, score = half, mine
            if time.monotonic() > until:
                break
        return best

    def _halves(self, values: Sequence[float]) -> Iterator[_Half]:
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
        found = self._relaxation.solve()
        return self._priced.bound if found is None else found

    def _guess(self, least: float) -> float:
        """What the relaxation costs at least: enough to tell halves apart by."""
        found = self._relaxation.solve_roughly()
        return least if found is None else found

    def _price(self, whole: Price, gone: frozenset[int]) -> Price:
        """The price of what is left of these lists without what is ruled out."""
        # That a half is empty is for the solver to say, not for a method that rounds.
        bound, reduced = -INFINITY, list[float]()
        if self._relaxation.solve() not in (None, INFINITY):
            bound, reduced = self._relaxation.bound()
        # A list with anything that was not laid costs more than this.
        limit = self.most + 1.0
        if min(bound, limit) > whole.bound:
            least = min(bound, limit)
            extra = [max(self._priced.bound + one - least, 0.0) for one in self._priced.extra]
            for one in self._kept:
                extra[one] = min(bound + max(reduced[one], 0.0), limit) - least
        else:
            least, extra = whole.bound, list(whole.extra)
        for one in gone:
            extra[one] = INFINITY
        return Price(least, extra)


def _starts(model: Model, kept: Collection[int]) -> Iterator[list[tuple[int, int]]]:
    """Of each hearing, when each of its options starts; to be left out is to start last."""
    sheet = model.sheet
    for place, options in enumerate(sheet.options):
        ways = [(start, literal.index) for (start, _), literal in options.items()]
        if place in sheet.out:
            ways.append((model.problem.grid.size, sheet.out[place].index))
        yield sorted(way for way in ways if way[1] in kept)

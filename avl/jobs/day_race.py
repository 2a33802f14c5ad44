"""The search for a day's best list, and for the proof that none is better, on two cores.

The best list is nearly always made of the options that cost next to nothing more than the
relaxation (its kernel), though the list as a whole costs some more. So a scout looks there first,
and farther out for as long as there is nothing better to do: a good list tells all others how far
they have to look.

A list that may cost little more than the relaxation's bound can hold few options, and whether
there is one is soon settled, with one worker and without a hint: a climber does that, step by
step. The relaxation is made tighter meanwhile, over nothing but what better lists may hold once a
list is known; then the lists are divided in two (`day_halves`), each half is priced, and the one
with the lower bound is looked into first.

Source: E. Angelelli, R. Mansini and M. G. Speranza, "Kernel search: a general heuristic for the
multi-dimensional knapsack problem", Computers & Operations Research 37 (2010).
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from math import floor

from avl.jobs.day_halves import Halver
from avl.jobs.day_model import Model
from avl.jobs.day_price import Price, Pricing
from avl.jobs.day_rows import INFINITY, ROUNDING
from avl.jobs.day_runs import LOOK_SECONDS, Deepening, Halving, Run

# The numbers below were tried on days of 200 and 500 hearings, fresh and repaired, five of each, on
# two cores (`benchmarks/day.py` with BENCH_DAY_SEED).

NEAR, FAR = 10, 30
"""How many cells beyond the bound the climber looks, and the scout."""

KERNEL, LEAST_KERNEL = 10, 1.0
"""How many of a hearing's options are in the kernel, on average, and how many cells more
than the relaxation those in it may cost in any case."""

LEAF = 7
"""A part is divided until its bound is as near as this to what matters, in cells."""

STEP = 4
"""How many cells beyond what is proven parts are looked into, before all others are; a climber
too."""

SECONDS_EACH = 0.004
"""A run that takes longer than this for each of its variables is not going to end soon."""

DEEP_SECONDS, DEEP_SHARE = 4.0, 0.3
"""How long the relaxation is made tighter beside the scout, and how much of what is left."""

WORKERS = 2

Work = Run | Halving | Deepening


@dataclass(order=True, slots=True)
class Part:
    """Some of all lists.

    Attributes:
        bound: what none of them is worth less than.
        number: settles which of two with one bound comes first.
        price: the relaxation's, of these lists.
        is_hard: whether a run has not come to its end in time.
        is_whole: whether they cannot be divided.
    """

    bound: float
    number: int
    price: Price = field(compare=False)
    is_hard: bool = field(default=False, compare=False)
    is_whole: bool = field(default=False, compare=False)

    @property
    def is_all(self) -> bool:
        """Whether these are all lists there are."""
        return not self.number


class Race:
    """All that is at work on one model until the best list is proven or the time is over."""

    def __init__(
        self,
        model: Model,
        priced: Price,
        pricing: Pricing,
        *,
        seed: int,
        until: float,
        least: float = 0.0,
    ) -> None:
        """Begin with nothing at work.

        Args:
            pricing: what the price comes from.
            until: when everything has to end, on the monotonic clock.
            least: what is known already that no list is worth less than.
        """
        self._model, self._cell = model, model.cell
        self._seed = seed
        self._until = until
        self._news = threading.Event()
        self._pricing = self._nearest = pricing
        self._unpriced = 0
        self._most = INFINITY
        self.priced = self._all_priced(priced)
        self.bound = max(priced.bound, least)
        self._reach = _whole(self.bound + NEAR * self._cell)
        self._parts = [Part(self.bound, 0, self.priced)]
        self._count = 1
        self._tasks: list[tuple[Run | Halving, Part]] = []
        self._scout: Run | None = None
        self._climber: Run | None = None
        self._deepening: Deepening | None = None
        self._has_begun = self._has_gone_on = self._is_steep = False
        self._kernel, self._far = KERNEL, FAR * self._cell
        self._halvers: list[Halver] = []

    def _all_priced(self, price: Price) -> Price:
        """Variables that were added since have no price of their own."""
        self._unpriced = len(self._model.sheet.model.proto.variables) - len(price.extra)
        return Price(price.bound, (*price.extra, *(0.0,) * self._unpriced), price.cuts)

    def run(
        self, most: Callable[[], int], is_over: Callable[[], bool]
    ) -> Generator[Sequence[int], None, None]:
        """Yield each better list's values; whoever has seen enough closes the iterator.

        Args:
            most: what is worth looking for at most, now that the latest list was seen.
            is_over: asked ten times a second.
        """
        seen: set[Sequence[int]] = set()
        try:
            while (known := most()) > self.bound - ROUNDING and not is_over():
                self._most = known
                if time.monotonic() > self._until or not self._fill(known):
                    return
                self._news.wait(LOOK_SECONDS)
                self._news.clear()
                # What is done now has found all it finds; asked later, its last list might be lost.
                done = [task for task in self._at_work() if task.is_done]
                for task in self._at_work():
                    if (values := task.values) and values not in seen:
                        seen.add(values)
                        yield values
                self._settle(done, most())
        finally:
            for task in self._at_work():
                task.stop()
            if self._deepening is not None:
                self._take(self._deepening)

    def _run(
        self,
        price: Price,
        most: int,
        *,
        seconds: float = INFINITY,
        reach: float | None = None,
    ) -> Run:
        until = min(self._until, time.monotonic() + seconds)
        return Run(self._model, price, most, self._seed, until, self._news, reach=reach)

    def _begin_scout(self, most: int) -> None:
        """Look for a list in the kernel, the next time in one that is twice as large."""
        near = self.bound + NEAR * self._cell
        far = min(most, _whole(max(self.priced.bound + self._far, near)))
        options = self._kernel * len(self._model.problem.hearings) + self._unpriced
        reach = max(self.priced.reach(options, far), self.priced.bound + LEAST_KERNEL * self._cell)
        self._scout = self._run(self.priced, far, reach=reach)
        self._kernel, self._far = 2 * self._kernel, 2 * self._far

    def _deepen(self) -> None:
        """Make the relaxation tighter while the scout is at work, as far as that goes."""
        seconds = min(DEEP_SECONDS, DEEP_SHARE * (self._until - time.monotonic()))
        self._deepening = Deepening(
            self._pricing, self.priced, seconds, lambda: self._most, self._news
        )

    def _climb(self, most: int) -> None:
        """Look at all lists there are, a little farther up than the bound."""
        near = max(self.priced.bound + NEAR * self._cell, self.bound + STEP * self._cell)
        self._climber = self._run(self.priced, min(most, _whole(near)))

    def _fill(self, most: int) -> bool:
        """Start what is worth doing; whether anything is being done."""
        self._parts = [part for part in self._parts if part.bound <= most + ROUNDING]
        heapq.heapify(self._parts)
        if not self._tasks and self._parts and self._parts[0].bound > self._reach + ROUNDING:
            self._reach = _whole(self._parts[0].bound + STEP * self._cell)
        if not self._has_begun:
            self._has_begun = True
            self._begin_scout(most)
            self._deepen()
        if not self._has_gone_on and self._is_free():
            self._has_gone_on = True
            if self._is_near(most):
                self._climb(most)
            elif self._scout is None:
                self._begin_scout(most)
        while self._parts and self._parts[0].bound <= self._reach + ROUNDING:
            if self._deepening is not None or not self._make_way(most):
                break
            part = heapq.heappop(self._parts)
            self._tasks.append((self._begin(part, min(most, self._reach)), part))
        if self._is_free():
            if most <= self._reach and not self._is_steep and self._climber is None:
                self._climb(most)
            elif self._scout is None:
                self._begin_scout(most)
        return bool(self._at_work())

    def _is_free(self) -> bool:
        """Whether a core has nothing to do."""
        return len(self._at_work()) < WORKERS

    def _make_way(self, most: int) -> bool:
        """Whether there is a core for a part; parts of which there are two come before all else."""
        if self._is_free():
            return True
        if len(self._tasks) != 1:
            return False
        if self._scout is not None and most <= self._reach:
            self._scout.stop()
            self._scout = None
        elif self._climber is not None and not self._is_near_top(self._climber, most):
            self._climber.stop()
            self._climber = None
        return self._is_free()

    def _is_near_top(self, climber: Run, most: int) -> bool:
        """Whether a climber looks at all that matters, and not so far that it takes very long."""
        return climber.most >= most and self._is_near(most)

    def _is_near(self, most: int) -> bool:
        """Whether all that matters is worth little more than the relaxation."""
        return most <= self.priced.bound + NEAR * self._cell + ROUNDING

    def _begin(self, part: Part, most: int) -> Run | Halving:
        """Look into a part where that is soon done, or divide it."""
        if part.is_whole:
            return self._run(part.price, most)
        is_looked_into = part.is_all and self._climber is not None
        if part.is_hard or is_looked_into or most - part.price.bound > LEAF * self._cell:
            return self._halving(part.price, most)
        many = len(part.price.extra) - len(part.price.dearer_than(most))
        return self._run(part.price, most, seconds=many * SECONDS_EACH)

    def _halving(self, whole: Price, most: int) -> Halving:
        self._halvers = [halver for halver in self._halvers if halver.most >= most]
        ready = self._halvers.pop() if self._halvers else None
        return Halving(lambda: ready or self._halver(most), whole, most, self._news)

    def _halver(self, most: int) -> Halver:
        """One more for what costs at most so much."""
        # One that reaches farther serves for the next step too.
        far = min(most + STEP * self._cell, self._nearest.most)
        near = self._nearest.relaxation.near(self.priced.dearer_than(far))
        return Halver(self._model, near, self.priced, far)

    def _take(self, deepening: Deepening) -> None:
        """Go on with a better price of all lists; nothing has been divided yet."""
        price = deepening.price
        if price.bound > self.priced.bound:
            self._model.cut(price.cuts[len(self.priced.cuts) :])
            self._pricing.skip()
            self.priced = self._all_priced(price)
            self._parts = [Part(max(price.bound, self.bound), 0, self.priced)]
        self._nearest = deepening.pricing
        if self._nearest.most < INFINITY:
            near = self._nearest.relaxation
            self._halvers = [Halver(self._model, near, self.priced, self._nearest.most)]

    def _at_work(self) -> list[Work]:
        others = (self._scout, self._climber, self._deepening)
        tasks = (task for task, _ in self._tasks)
        return [*(one for one in others if one is not None), *tasks]

    def _settle(self, done: Sequence[Work], most: int) -> None:
        """See to what is done, and how high the bound is now."""
        if self._scout is not None and self._scout in done:
            self.bound = max(self.bound, self._scout.bound)
            # The best list of its kernel is hardly ever far from the best of all.
            if self._scout.values:
                self._reach = max(self._reach, most)
            self._scout = None
        if self._climber is not None and self._climber in done:
            self.bound = max(self.bound, self._climber.bound)
            self._is_steep = not self._climber.bound
            self._climber = None
        if self._deepening is not None and self._deepening in done:
            self._take(self._deepening)
            self._deepening = None
        for task, part in [pair for pair in self._tasks if pair[0] in done]:
            self._tasks.remove((task, part))
            if isinstance(task, Run):
                part.is_hard = not task.bound
                part.bound = max(part.bound, task.bound)
                heapq.heappush(self._parts, part)
                continue
            if task.halver is not None:
                self._halvers.append(task.halver)
            part.is_whole = task.halves is None
            halves = [part.price] if task.halves is None else task.halves
            for price in halves:
                bound = max(part.bound, price.bound)
                one = Part(bound, self._count, price, is_whole=part.is_whole)
                heapq.heappush(self._parts, one)
                self._count += 1
        bounds = [part.bound for part in self._parts]
        bounds += [part.bound for _, part in self._tasks]
        # What is in no part any more is worth more than whatever still matters.
        self.bound = max(self.bound, min([*bounds, most + 1.0]))


def _whole(value: float) -> int:
    """The most that a list is worth, which is a whole number, that is worth no more than this."""
    return floor(value + ROUNDING)

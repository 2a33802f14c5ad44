"""The search for a day's best list, and for the proof that none is better, on two cores.

A list that may cost little more than the relaxation's bound can hold few options, and whether
there is one is soon settled, with one worker and without a hint. Where it is not settled soon, the
lists are divided in two (`day_halves`), each half is priced, and the one with the lower bound is
looked into first. A scout meanwhile looks farther out, for as long as there is nothing better to
do: a good list tells all others how far they have to look.
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
from avl.jobs.day_price import Price
from avl.jobs.day_runs import LOOK_SECONDS, Halving, Run

NEAR, FAR = 10, 20
"""How much beyond the bound the first run looks, and the scout, in units of the model's aim."""

LEAF = 7
"""A part is divided until its bound is as near as this to what matters."""

STEP = 4
"""How much beyond what is proven parts are looked into, before all others are."""

SECONDS_EACH = 0.004
"""A run that takes longer than this for each of its variables is not going to end soon."""

WORKERS = 2
ROUNDING = 1e-6


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
        self, model: Model, priced: Price, *, seed: int, until: float, least: float = 0.0
    ) -> None:
        """Begin with nothing at work.

        Args:
            until: when everything has to end, on the monotonic clock.
            least: what is known already that no list is worth less than.
        """
        self._model = model
        self._seed = seed
        self._until = until
        self._news = threading.Event()
        # Variables that were added since have no price of their own.
        more = len(model.sheet.model.proto.variables) - len(priced.extra)
        self._priced = Price(priced.bound, (*priced.extra, *(0.0,) * more), priced.cuts)
        self.bound = max(priced.bound, least)
        self._reach = floor(self.bound + NEAR + ROUNDING)
        self._parts = [Part(self.bound, 0, self._priced)]
        self._count = 1
        self._tasks: list[tuple[Run | Halving, Part]] = []
        self._scout: Run | None = None
        self._halvers: list[Halver] = []

    def run(
        self, most: Callable[[], int], is_over: Callable[[], bool]
    ) -> Generator[Sequence[int], None, None]:
        """Yield each better list's values; whoever has seen enough closes the iterator.

        Args:
            most: what is worth looking for at most, now that the latest list was seen.
            is_over: asked ten times a second.
        """
        seen: set[Sequence[int]] = set()
        far = max(self._priced.bound + FAR, self.bound + NEAR)
        self._scout = self._run(self._priced, min(most(), floor(far + ROUNDING)))
        try:
            while most() > self.bound - ROUNDING and not is_over():
                if time.monotonic() > self._until or not self._fill(most()):
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
            for task, _ in self._tasks:
                task.stop()
            self._stop_scout()

    def _run(self, price: Price, most: int, seconds: float | None = None) -> Run:
        until = self._until
        if seconds is not None:
            until = min(until, time.monotonic() + seconds)
        return Run(self._model, price, most, self._seed, until, self._news)

    def _fill(self, most: int) -> bool:
        """Start what is worth doing; whether anything is being done."""
        self._parts = [part for part in self._parts if part.bound <= most + ROUNDING]
        heapq.heapify(self._parts)
        if not self._tasks and self._parts and self._parts[0].bound > self._reach + ROUNDING:
            self._reach = floor(self._parts[0].bound + STEP + ROUNDING)
        while self._parts and len(self._tasks) < WORKERS:
            if self._parts[0].bound > self._reach + ROUNDING:
                break
            if self._tasks and self._scout is not None:
                if most > self._reach:
                    break
                self._stop_scout()
            part = heapq.heappop(self._parts)
            self._tasks.append((self._begin(part, min(most, self._reach)), part))
        return bool(self._tasks)

    def _begin(self, part: Part, most: int) -> Run | Halving:
        """Look into a part where that is soon done, or divide it."""
        if part.is_whole:
            return self._run(part.price, most)
        is_first = part.is_all and most <= part.price.bound + NEAR + ROUNDING
        if part.is_hard or not (is_first or most - part.price.bound <= LEAF):
            return self._halving(part.price, most)
        many = len(part.price.extra) - len(part.price.dearer_than(most))
        return self._run(part.price, most, many * SECONDS_EACH)

    def _halving(self, whole: Price, most: int) -> Halving:
        self._halvers = [halver for halver in self._halvers if halver.most >= most]
        ready = self._halvers.pop() if self._halvers else None
        # One that reaches farther serves for the next step too.
        farther = most + STEP
        return Halving(
            lambda: ready or Halver(self._model, self._priced, farther), whole, most, self._news
        )

    def _at_work(self) -> list[Run | Halving]:
        scout = [self._scout] if self._scout is not None else []
        return [*scout, *(task for task, _ in self._tasks)]

    def _settle(self, done: Sequence[Run | Halving], most: int) -> None:
        """See to what is done, and how high the bound is now."""
        if self._scout is not None and self._scout in done:
            self.bound = max(self.bound, self._scout.bound)
            self._scout = None
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

    def _stop_scout(self) -> None:
        if self._scout is not None:
            self._scout.stop()
            self._scout = None

"""What is at work beside each other in the search for a day's best list, a thread for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from math import floor
from typing import Any

from ortools.sat.python import cp_model

from avl.jobs.day_halves import Halver
from avl.jobs.day_model import Model
from avl.jobs.day_price import Price, Pricing
from avl.jobs.day_rows import INFINITY, ROUNDING

LOOK_SECONDS = 0.1
MUCH_LESS = 0.75
"""Which share of a relaxation is worth laying anew without the rest."""

SETTLED = (cp_model.OPTIMAL, cp_model.INFEASIBLE)


class Run:
    """The solver at work on a copy of a model, in a thread of its own."""

    def __init__(
        self,
        model: Model,
        priced: Price,
        most: int,
        seed: int,
        until: float,
        news: threading.Event,
        *,
        reach: float | None = None,
    ) -> None:
        """Begin.

        Args:
            most: look for no list that is worth more.
            reach: use no variable that is in no list worth so much or less; ``most`` when None,
                which leaves out nothing that matters.
            until: when it has to end, on the monotonic clock.
            news: set when it has found a list, and when it is done.
        """
        self.news = news
        self.is_done = False
        self.most, self.seed = most, seed
        self.reach = most if reach is None else min(reach, most)
        self.values: Sequence[int] = ()
        self._status: Any = None
        self._solver = cp_model.CpSolver()
        set_up(self._solver, seed, until, workers=1)
        with model.sheet.without(priced.dearer_than(self.reach), keeps_hint=False, most=most):
            copy = model.sheet.model.clone()
        self._thread = threading.Thread(
            target=self._work, args=(copy,), name="day-solver", daemon=True
        )
        self._thread.start()

    def _work(self, copy: Any) -> None:
        try:
            self._status = self._solver.solve(copy, _Keeper(self))
        finally:
            self.is_done = True
            self.news.set()

    @property
    def bound(self) -> float:
        """What no list is worth less than, once it is done; 0 when that is not settled."""
        if self._status not in SETTLED:
            return 0.0
        # What was left out is worth more than the reach, and every list a whole number.
        beyond = floor(self.reach + ROUNDING) + 1.0
        is_empty = self._status == cp_model.INFEASIBLE
        return beyond if is_empty else min(float(round(self._solver.objective_value)), beyond)

    def stop(self) -> None:
        """Have it end, and wait until it has."""
        while not self.is_done:
            # A solver that has not begun to search yet does not hear of it.
            self._solver.stop_search()
            self._thread.join(LOOK_SECONDS)


class _Keeper(cp_model.CpSolverSolutionCallback):
    """Keeps a run's latest list."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def on_solution_callback(self) -> None:
        """Keep what was found; the solver calls this from its own thread."""
        self._run.values = tuple(self.response_proto.solution)
        self._run.news.set()


class Halving:
    """Lists being divided, in a thread of its own."""

    def __init__(
        self, halver: Callable[[], Halver], whole: Price, most: int, news: threading.Event
    ) -> None:
        """Begin.

        Args:
            halver: gives the relaxation to divide them with.
            whole: the price of these lists; ``most`` what those cost at most that matter.
            news: set when it is done.
        """
        self.is_done = False
        self.values: Sequence[int] = ()
        self.halver: Halver | None = None
        self.halves: list[Price] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._work, args=(halver, whole, most, news), name="day-solver", daemon=True
        )
        self._thread.start()

    def _work(
        self, halver: Callable[[], Halver], whole: Price, most: int, news: threading.Event
    ) -> None:
        try:
            self.halver = halver()
            self.halves = self.halver.halve(whole, most, self._stopped.is_set)
        finally:
            self.is_done = True
            news.set()

    def stop(self) -> None:
        """Have it end, but wait for nothing: what it works on is its own."""
        self._stopped.set()


class Deepening:
    """A model's relaxation being made tighter, in a thread of its own.

    Whenever a better list is known, it goes on with what is in lists that are better still.

    Attributes:
        price: the best so far, of all lists.
        pricing: what it comes from.
    """

    def __init__(
        self,
        pricing: Pricing,
        priced: Price,
        seconds: float,
        most: Callable[[], float],
        news: threading.Event,
    ) -> None:
        """Begin with all that the model has been given.

        Args:
            priced: what is known already.
            most: what lists cost at most that matter, asked again and again.
            news: set when it is done.
        """
        self.is_done = False
        self.values: Sequence[int] = ()
        self.pricing, self.price = pricing, priced
        self._stopped = threading.Event()
        # The runs' copies change the model for a moment while they are made, so it is read here.
        pricing.grow()
        self._thread = threading.Thread(
            target=self._work, args=(seconds, most, news), name="day-solver", daemon=True
        )
        self._thread.start()

    def _work(self, seconds: float, most: Callable[[], float], news: threading.Event) -> None:
        until = time.monotonic() + seconds
        try:
            known = INFINITY
            while most() < known and time.monotonic() < until:
                known = most()
                self._leave_out(known)
                self._run(until, most, partial(self._is_over, most, known))
                if self._stopped.is_set() or self.price.bound > most():
                    return
            self._leave_out(known)
        finally:
            self.is_done = True
            news.set()

    def _is_over(self, most: Callable[[], float], known: float) -> bool:
        return self._stopped.is_set() or most() < known

    def _leave_out(self, most: float) -> None:
        """Go on with what still matters, where that is much less than what is laid."""
        laid, dear = self.pricing.relaxation.variables, self.price.dearer_than(most)
        if sum(one not in dear for one in laid) < MUCH_LESS * len(laid):
            self.pricing = self.pricing.near(self.price, most)

    def _run(self, until: float, most: Callable[[], float], is_over: Callable[[], bool]) -> None:
        seconds = until - time.monotonic()
        found = self.pricing.run(seconds, most=most, is_deep=True, is_over=is_over)
        if found is not None and found.bound > self.price.bound:
            self.price = found

    def stop(self) -> None:
        """Have it end, and wait until it has: the relaxation may be needed again."""
        self._stopped.set()
        while not self.is_done:
            self.pricing.stop()
            self._thread.join(LOOK_SECONDS)


def set_up(solver: Any, seed: int, until: float, *, workers: int) -> None:
    """Set a solver's parameters for the model of a day."""
    solver.parameters.num_workers = workers
    solver.parameters.linearization_level = 2
    # Trying every start in turn before the search costs more than it saves.
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_presolve_iterations = 1
    if workers == 1:
        solver.parameters.subsolvers.append("reduced_costs")
    else:
        # Left to itself the library runs neither; a day of 50 then stays unproven for minutes.
        solver.parameters.subsolvers.extend(("reduced_costs", "core"))
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(0.1, until - time.monotonic())

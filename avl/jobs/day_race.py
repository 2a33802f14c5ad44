"""Two runs of the solver side by side: one proves that no list is so good, one finds a good list.

A list that may cost little more than the relaxation's bound can hold few options, and whether
there is one is soon settled, with one worker and without a hint. How little is not known
beforehand: so one run looks near the bound and one farther out, each on a core of its own, and
whichever ends first makes room for another that knows more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from math import floor
from typing import Any

from ortools.sat.python import cp_model

from avl.jobs.day_model import Model
from avl.jobs.day_price import Price

NEAR, FAR = 10, 20
"""How much beyond the bound the two runs look, in units of the model's aim."""

WORKERS = 2
LOOK_SECONDS = 0.1
ROUNDING = 1e-6
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
    ) -> None:
        """Begin.

        Args:
            most: look for no list that is worth more.
            until: when it has to end, on the monotonic clock.
            news: set when it has found a list, and when it is done.
        """
        self.news = news
        self.is_done = False
        self.most, self.seed = most, seed
        self.values: Sequence[int] = ()
        self._status: Any = None
        self._solver = cp_model.CpSolver()
        set_up(self._solver, seed, until, workers=1)
        with model.sheet.without(priced.dearer_than(most), keeps_hint=False, most=most):
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
        is_empty = self._status == cp_model.INFEASIBLE
        # What was left out is worth more than the most, and every list a whole number.
        return self.most + 1 if is_empty else float(self._solver.objective_value)

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


class Race:
    """Runs side by side on one model until the best list is proven or the time is over."""

    def __init__(self, model: Model, priced: Price, *, seed: int, until: float) -> None:
        """Begin with no run.

        Args:
            until: when all runs have to end, on the monotonic clock.
        """
        self._model = model
        self._priced = priced
        self._seed = seed
        self._until = until
        self._news = threading.Event()
        self._runs: list[Run] = []
        self.bound = priced.bound

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
            while most() > self.bound - ROUNDING and not is_over():
                if time.monotonic() > self._until or not self._fill(most()):
                    return
                self._news.wait(LOOK_SECONDS)
                self._news.clear()
                for run in tuple(self._runs):
                    is_done, values = run.is_done, run.values
                    self.bound = max(self.bound, run.bound if is_done else 0.0)
                    if values and values not in seen:
                        seen.add(values)
                        yield values
                    if is_done:
                        self._runs.remove(run)
                        if not run.bound:
                            return
        finally:
            for run in self._runs:
                run.stop()

    def _fill(self, most: int) -> bool:
        """Start what is worth running; whether anything runs."""
        near, far = (min(most, floor(self.bound + beyond + ROUNDING)) for beyond in (NEAR, FAR))
        # Where both would look at the same, luck decides which is the quicker.
        for reach, seed in ((near, self._seed), (far, self._seed + (near == far))):
            is_new = all((run.most, run.seed) != (reach, seed) for run in self._runs)
            if is_new and len(self._runs) < WORKERS:
                one = Run(self._model, self._priced, reach, seed, self._until, self._news)
                self._runs.append(one)
        return bool(self._runs)


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

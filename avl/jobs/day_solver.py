"""The exact side of planning a day: a time-indexed model for OR-Tools CP-SAT.

One 0/1 variable says that a hearing starts in a cell in a courtroom; for each cell and room, and
for each cell and person, at most one of those that cover it is chosen. Suites of one site are
counted, not named, and named afterwards (`day_suites.name_suites`); a site where that fails gets a
variable for each suite. One interval for each hearing and suite, the obvious model, finds no good
list of 200 hearings in ten seconds (`benchmarks/day.py`).

The library costs 250 MB and most of a second to import, so it is imported where it is used, and
only the worker uses it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost
from avl.domain.day_search import list_of

if TYPE_CHECKING:
    from avl.jobs.day_model import Model, Stage

WORKERS = 2
TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver came to.

    Attributes:
        day: the best list known, at least as good as the one it was given.
        bound: what no list can cost less than, level by level, each as far as those before it
            are proven; levels after the first that is not proven are 0.
        proven: how many levels of the cost are proven best: 4 is everything but the suites.
    """

    day: DayList
    bound: DayCost
    proven: int


@dataclass
class Watch:
    """How a run is looked after from outside.

    Attributes:
        seconds: how long it may take.
        is_over: asked twice a second; when it says yes, the best so far is what there is.
        tell: told twice a second of the best cost and the bound.
    """

    seconds: float
    seed: int = 1
    is_over: Callable[[], bool] = lambda: False
    tell: Callable[[DayList, DayCost], None] = lambda day, bound: None
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.began)


def is_available() -> bool:
    """Whether the solver can be imported here."""
    try:
        import ortools.sat.python.cp_model  # noqa: F401  (only whether it is there)
    except ImportError:
        return False
    return True


def solve(day: DayList, watch: Watch) -> Solved:
    """Make a list as good as can be, and prove how good that is.

    Args:
        day: a complete list to begin with, such as the search's.
    """
    from avl.jobs.day_model import Stage

    best, floor, proven = day, [0, 0, 0, 0], 0
    for stage in Stage:
        if watch.left <= 0 or watch.is_over():
            break
        best, bound = _run_stage(best, stage, watch, DayCost(*floor))
        first = 0 if stage is Stage.PLACING else 3
        if proven == first:
            # A bound holds for every list only as long as all levels before it are settled.
            floor[first : first + len(bound)] = bound
            cost = best.cost()
            reached = (cost.unplaced, cost.off, cost.moved, best.waiting())
            while proven < first + len(bound) and reached[proven] == floor[proven]:
                proven += 1
    return Solved(best, DayCost(*floor), proven)


_SHARE_OF_TIME = (0.85, 1.0)
"""How much of what is left of its time a stage may take."""


def _run_stage(
    best: DayList, stage: Stage, watch: Watch, floor: DayCost
) -> tuple[DayList, tuple[int, ...]]:
    """Make one stage's levels as good as can be.

    Returns:
        The best list, and what the levels of the stage cannot be better than.
    """
    from avl.jobs.day_model import Model, Stage
    from avl.jobs.day_suites import name_suites

    until = time.monotonic() + watch.left * _SHARE_OF_TIME[stage]
    named: set[int] = set()
    bound: tuple[int, ...] = (0, 0, 0) if stage is Stage.PLACING else (0,)
    while True:
        model = Model(best, stage, named)
        values, value = _run(model, watch, until, partial(watch.tell, best, floor))
        bound = max(bound, model.bound_of(value))
        if not values:
            return best, bound
        spots, failed = name_suites(best, model.chosen(values))
        fresh = list_of(best.problem, spots)
        if fresh.cost() < best.cost():
            best = fresh
        if not failed - named or time.monotonic() > until:
            return best, bound
        named |= failed


def _run(
    model: Model, watch: Watch, until: float, tell: Callable[[], None]
) -> tuple[Sequence[int], float]:
    """Run the solver in a thread of its own, and look twice a second whether it is to stop."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    # Trying every start in turn before the search costs more than it saves.
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_presolve_iterations = 1
    # Left to itself the library runs neither; a day of 50 then stays unproven for minutes.
    solver.parameters.subsolvers.extend(("reduced_costs", "core"))
    solver.parameters.random_seed = watch.seed
    solver.parameters.max_time_in_seconds = max(0.1, until - time.monotonic())
    done = threading.Event()
    status: list[Any] = []

    def work() -> None:
        try:
            status.append(solver.solve(model.model))
        finally:
            done.set()

    threading.Thread(target=work, name="day-solver", daemon=True).start()
    while not done.wait(TICK_SECONDS):
        tell()
        if watch.is_over():
            solver.stop_search()
    if not status or status[0] not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return (), 0.0
    return list(solver.response_proto.solution), solver.best_objective_bound

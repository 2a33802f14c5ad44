"""The exact side of planning a day: a time-indexed model for OR-Tools CP-SAT.

One 0/1 variable says that a hearing starts in a cell in a courtroom; for each cell and room, and
for each cell and person, at most one of those that cover it is chosen. Suites of one site are
counted, not named, and named afterwards (`day_suites.name_suites`); a site where that fails gets
variables for its suites while they differ (`day_windows`). One interval for each hearing and
suite, the obvious model, finds no good list of 200 hearings in ten seconds (`benchmarks/day.py`).

The library costs 250 MB and most of a second to import, so it is imported where it is used, and
only the worker uses it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING, Any

from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost
from avl.domain.day_search import improve, list_of
from avl.jobs.day_rows import ROUNDING

if TYPE_CHECKING:
    from avl.jobs.day_model import Model, Stage
    from avl.jobs.day_price import Price, Pricing
    from avl.jobs.day_race import Race

LEVELS = {0: slice(0, 3), 1: slice(3, 4)}
"""The levels of a list's cost that each `day_model.Stage` is about."""

SHARE_OF_TIME = (0.9, 1.0)
"""How much of what is left of its time each stage may take."""

LAST_KERNEL = 20
"""How many of a hearing's options the solver looks at first, on average."""

VAIN_SHARE, VAIN_BEYOND = 0.6, 40
"""How much of a stage's time a race may take that finds nothing while the best list is so many
cells farther from the wanted times than the bound."""

MENDING_ROUNDS = 300
"""Of the own search, once a list that the solver found had to be mended."""

PRICE_SECONDS, PRICE_SHARE = 8.0, 0.3
"""How long the relaxation may take, and how much of its stage's time."""

INFINITY = float("inf")
TICK_SECONDS, LOOK_SECONDS = 0.5, 0.1
"""How often whoever watches is told of a run, and asked whether it is to stop."""


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
        is_over: asked ten times a second; when it says yes, the best so far is what there is.
        tell: told twice a second, and after each stage, of the best list and the bound.
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
    return _Solving(day, watch).run()


class _Solving:
    """One list being made better, stage by stage."""

    def __init__(self, day: DayList, watch: Watch) -> None:
        self.best = day
        self.watch = watch
        self.floor = [0, 0, 0, 0]
        self.proven = 0
        self.named: set[int] = set()
        self.model: Model | None = None
        self.priced: Price | None = None
        self.pricing: Pricing | None = None
        self.dear: frozenset[int] = frozenset()
        self.least = 0.0

    def run(self) -> Solved:
        from avl.jobs.day_model import Stage

        for stage, levels in LEVELS.items():
            if self._is_over():
                break
            bound = self._run_stage(Stage(stage), levels)
            if self.proven == levels.start:
                # A bound holds for every list only as long as all levels before it are settled.
                self.floor = self._known(levels, bound)
                reached = self._reached()
                while self.proven < levels.stop and (
                    reached[self.proven] == self.floor[self.proven]
                ):
                    self.proven += 1
                self.watch.tell(self.best, DayCost(*self.floor))
        return Solved(self.best, DayCost(*self.floor), self.proven)

    def _is_over(self) -> bool:
        return self.watch.left <= 0 or self.watch.is_over()

    def _reached(self) -> tuple[int, int, int, int]:
        cost = self.best.cost()
        return cost.unplaced, cost.off, cost.moved, self.best.waiting()

    def _run_stage(self, stage: Stage, levels: slice) -> tuple[int, ...]:
        """Make one stage's levels as good as can be; return what they cannot be better than."""
        from avl.jobs.day_model import Model

        bound: tuple[int, ...] = (0,) * (levels.stop - levels.start)
        if not any(list(self._reached())[levels]):
            return bound
        until = time.monotonic() + self.watch.left * SHARE_OF_TIME[stage]
        if self.model is None:
            self.model = Model(self.best)
        self.model.aim(stage, self.best)
        while not self._is_over():
            found, failed = self._try(self.model, until)
            bound = max(bound, found)
            if not failed - self.named or time.monotonic() > until:
                break
            self.model.name(failed - self.named, self.best, without=self._unnamed())
            self.named |= failed
        return bound

    def _unnamed(self) -> frozenset[int]:
        """The variables that need no rooms of their own: no list that matters takes them.

        What is far beyond the relaxation is counted as before, which is looser and thus holds. A
        list that takes it may have to be mended, but hardly any does.
        """
        from avl.jobs.day_model import Stage
        from avl.jobs.day_race import FAR

        if self.model is None or self.priced is None or self.model.stage is not Stage.PLACING:
            return self.dear
        far = self.priced.bound + FAR * self.model.cell
        return self.priced.dearer_than(min(self.model.value_of(self.best), far))

    def _try(self, model: Model, until: float) -> tuple[tuple[int, ...], set[int]]:
        """Run the solver on a model as it is aimed.

        Returns:
            The bound, and the pools whose rooms could not be shared out.
        """
        from avl.jobs.day_model import Stage

        if model.stage is Stage.PLACING:
            return self._try_placing(model, until)
        # What was too dear for the levels before is in no list that is as good in them.
        values, bound = self._search(model, self.dear, until)
        return model.bound_of(bound), self._take(model, values) if values else set()

    def _try_placing(self, model: Model, until: float) -> tuple[tuple[int, ...], set[int]]:
        """Look first at what costs little more than the relaxation, then at everything that a
        list better than the best could hold."""
        from avl.jobs.day_price import Pricing
        from avl.jobs.day_race import Race

        pricing = self.pricing = self.pricing or Pricing(model.sheet.model, unit=model.cell)
        priced = self.priced = self.priced or self._priced(model, pricing, until)
        seed, least = self.watch.seed, self.least
        race = Race(model, priced, pricing, seed=seed, until=until, least=least)
        failed = self._run_race(model, race, until) if priced.extra else set()
        self.least, priced = race.bound, race.priced
        self.priced = priced
        bound, most = race.bound, model.value_of(self.best) - 1
        if not failed and most >= bound - ROUNDING and not self._is_over():
            self._tell(model, bound)
            reach = priced.reach(LAST_KERNEL * len(self.best.problem.hearings), most)
            # The hint of a list that costs far more would only be a burden.
            dear, is_all = priced.dearer_than(reach), reach >= most
            values, found = self._search(model, dear, until, keeps_hint=is_all)
            bound = max(bound, min(found, floor(reach + ROUNDING) + 1))
            failed |= self._take(model, values) if values else set()
        self.dear = priced.dearer_than(model.value_of(self.best))
        return model.bound_of(bound), failed

    def _run_race(self, model: Model, race: Race, until: float) -> set[int]:
        """Take each better list a race finds; the pools whose rooms could not be shared out."""
        begun, told = time.monotonic(), 0.0
        begun_with = self.best

        def most() -> int:
            return model.value_of(self.best) - 1

        def is_over() -> bool:
            nonlocal told
            now = time.monotonic()
            if now >= told + TICK_SECONDS:
                told = now
                self._tell(model, race.bound)
            is_far = most() > race.bound + VAIN_BEYOND * model.cell
            is_late = now > begun + (until - begun) * VAIN_SHARE
            return (is_far and is_late and self.best is begun_with) or self._is_over()

        with closing(race.run(most, is_over)) as lists:
            for values in lists:
                # What more there is, a model with the rooms named that failed will find.
                if failed := self._take(model, values) - self.named:
                    return failed
        return set()

    def _priced(self, model: Model, pricing: Pricing, until: float) -> Price:
        """The relaxation's outcome, where need be with rooms named, its cliques laid."""
        priced, short = self._price(model, pricing, until)
        if short and not self._is_over():
            model.name(short, self.best, without=())
            self.named |= short
            # The prices before hold as well, should there be no time for new ones.
            again = self._price(model, pricing, until)[0]
            priced = max(priced, again, key=lambda one: one.bound)
        model.cut(priced.cuts)
        pricing.skip()
        return priced

    def _price(self, model: Model, pricing: Pricing, until: float) -> tuple[Price, set[int]]:
        """The relaxation's outcome, and the pools that it shows to need names."""
        from avl.jobs.day_price import Price
        from avl.jobs.day_short import short_pools

        found: list[Price | None] = []
        short: set[int] = set()
        is_enough = threading.Event()
        seconds = min(PRICE_SECONDS, PRICE_SHARE * (until - time.monotonic()))
        most, begun = model.value_of(self.best) - 1, time.monotonic()

        def is_loose(values: Sequence[float]) -> bool:
            # What takes so long the first time would not be solved again in time.
            if time.monotonic() < begun + seconds / 2:
                short.update(short_pools(model.sheet, values) - self.named)
            return bool(short)

        def work() -> None:
            found.append(
                pricing.run(seconds, most=lambda: most, is_over=is_enough.is_set, is_loose=is_loose)
            )

        self._watched(work, is_enough.set)
        return (found[0] if found else None) or Price(0.0, ()), short

    def _take(self, model: Model, values: Sequence[int]) -> set[int]:
        """Keep a list the solver has found, if it is better; return the pools that failed."""
        from avl.jobs.day_suites import name_suites

        spots, failed = name_suites(self.best, model.chosen(values))
        fresh = list_of(self.best.problem, spots)
        if failed:
            # Whoever lost a suite is laid anew, and seldom well.
            fresh = improve(fresh, seed=self.watch.seed, rounds=MENDING_ROUNDS)
        if fresh.cost() < self.best.cost():
            self.best = fresh
        model.hint(self.best)
        return failed

    def _tell(self, model: Model, bound: float) -> None:
        levels = LEVELS[model.stage]
        known = self.floor
        if self.proven == levels.start:
            known = self._known(levels, model.bound_of(bound))
        self.watch.tell(self.best, DayCost(*known))

    def _known(self, levels: slice, bound: tuple[int, ...]) -> list[int]:
        """What no list can cost less than, now that a stage's levels have a bound together."""
        known, reached = list(self.floor), self._reached()
        known[levels] = bound
        for level in range(levels.start, levels.stop):
            if known[level] != reached[level]:
                # It is this level that a list could be better in; the next ones may cost anything.
                known[level + 1 : levels.stop] = [0] * (levels.stop - level - 1)
                break
        return known

    def _search(
        self, model: Model, without: Collection[int], until: float, *, keeps_hint: bool = True
    ) -> tuple[Sequence[int], float]:
        """Run the solver.

        Args:
            without: variables to leave out.
            keeps_hint: leave out none of the list it begins with.

        Returns:
            The values found, none at all if it found none, and its bound.
        """
        from ortools.sat.python import cp_model

        from avl.jobs.day_race import WORKERS
        from avl.jobs.day_runs import set_up

        solver = cp_model.CpSolver()
        set_up(solver, self.watch.seed, until, workers=WORKERS)
        status: list[Any] = []
        with model.sheet.without(without, keeps_hint=keeps_hint):
            self._watched(
                lambda: status.append(solver.solve(model.sheet.model)), solver.stop_search
            )
        if cp_model.INFEASIBLE in status and not keeps_hint:
            return (), INFINITY
        if not status or status[0] not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return (), 0.0
        return list(solver.response_proto.solution), solver.best_objective_bound

    def _watched(self, work: Callable[[], Any], stop: Callable[[], None]) -> None:
        """Work in a thread of its own, tell how it goes, and look whether it is to stop."""
        done = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                done.set()

        threading.Thread(target=run, name="day-solver", daemon=True).start()
        told = time.monotonic()
        while not done.wait(LOOK_SECONDS):
            if time.monotonic() >= told + TICK_SECONDS:
                told = time.monotonic()
                self.watch.tell(self.best, DayCost(*self.floor))
            if self.watch.is_over():
                stop()

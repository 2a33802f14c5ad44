"""Work on the plans of days that somebody asked for, one at a time."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from avl import clock
from avl.commands.day_plans import (
    finish_day_plan,
    give_back_day_plan,
    is_day_plan_waiting,
    note_progress,
    take_day_plan,
)
from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost
from avl.domain.day_search import first_fit, improve, list_of
from avl.domain.errors import DomainError
from avl.jobs.day_result import best_of, cost_row, rows_of, spots_from, verified
from avl.jobs.day_solver import Watch, is_available, solve
from avl.jobs.shift import Shift
from avl.queries.day_plans import Day, DayRequest, day_as_asked

logger = logging.getLogger(__name__)

OWN_SHARE = 0.25
"""How much of the time the own search gets before the solver takes over."""

NOTE_SECONDS = 0.5
FOREVER = 10**9
NOTHING_TO_PLACE = (
    "There is nothing to place: nobody waits who could be heard then, and everything published may"
    " stay where it is. Let the plan move published bookings to have the list made better."
)


def plan_days(shift: Shift) -> int:
    """Work on the plan that has waited longest; returns how many were worked on."""
    if not is_day_plan_waiting():
        return 0
    plan = take_day_plan(shift.owner)
    if plan is None:
        return 0
    plan_id, best, noted = plan.id, plan.moves.get("best", {}), plan.progress
    try:
        found = day_as_asked(plan_id, now=clock.now())
    except DomainError as refusal:
        finish_day_plan(
            plan_id, shift.owner, moves={}, cost={}, progress={}, reason=refusal.message
        )
        return 1
    _Work(shift, plan_id, found, best, noted).do()
    return 1


class _Work:
    """One plan being worked on."""

    def __init__(
        self, shift: Shift, plan_id: int, found: Day, best: dict[str, Any], noted: dict[str, Any]
    ) -> None:
        self.shift, self.plan_id, self.found = shift, plan_id, found
        self.request: DayRequest = found.request
        self.began = time.monotonic() - float(noted.get("elapsed", 0.0))
        self.next_note = 0.0
        self.goes_on = True
        self.bound, self.proven = DayCost(), 0
        self.noted_cost: DayCost | None = None
        problem = found.problem
        spots = spots_from(problem, best)
        self.day = list_of(problem, spots) if spots else first_fit(problem)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def do(self) -> None:
        """Make the list as good as the time allows, and propose it."""
        if not self.found.problem.hearings and not self.found.unfit:
            self._finish(reason=NOTHING_TO_PLACE)
            return
        self._note("first list", self.day, is_due=True)
        # Importing the solver takes seconds on a busy machine; the search need not wait for it.
        threading.Thread(target=is_available, name="day-solver-import", daemon=True).start()
        self._search("searching", self.request.seconds * OWN_SHARE)
        has_solver = is_available()
        if has_solver and self._may_go_on():
            self._solve()
        if self.proven < 4 and self._may_go_on():
            self._search("searching", self.request.seconds)
        if self.shift.stopping.is_set():
            give_back_day_plan(self.plan_id, self.shift.owner)
            return
        self.day = verified(self.day, self.found.world)
        self._finish(has_solver=has_solver)

    def _may_go_on(self) -> bool:
        in_time = self.elapsed < self.request.seconds
        return in_time and self.goes_on and not self.shift.stopping.is_set()

    def _search(self, phase: str, until: float) -> None:
        def is_over() -> bool:
            self._note(phase, self.day)
            return self.elapsed >= until or not self._may_go_on()

        def found(day: DayList) -> None:
            self.day = day

        seed = 1 + int(self.elapsed * 10)
        self.day = improve(self.day, seed=seed, rounds=FOREVER, is_over=is_over, found=found)

    def _solve(self) -> None:
        def tell(day: DayList, bound: DayCost) -> None:
            self.day, self.bound = day, bound
            self._note("proving", day)

        left = self.request.seconds - self.elapsed
        watch = Watch(left, is_over=lambda: not self._may_go_on(), tell=tell)
        solved = solve(self.day, watch)
        self.day, self.bound, self.proven = solved.day, solved.bound, solved.proven

    def _note(self, phase: str, day: DayList, *, is_due: bool = False) -> None:
        if not is_due and time.monotonic() < self.next_note:
            return
        self.next_note = time.monotonic() + NOTE_SECONDS
        cost = day.cost()
        is_better = self.noted_cost is None or cost < self.noted_cost
        self.noted_cost = cost
        self.goes_on = note_progress(
            self.plan_id,
            self.shift.owner,
            self._progress(phase, day, cost),
            best=best_of(day) if is_better else None,
        )

    def _progress(self, phase: str, day: DayList, cost: DayCost) -> dict[str, Any]:
        return {
            "phase": phase,
            "elapsed": round(min(self.elapsed, self.request.seconds), 1),
            "seconds": self.request.seconds,
            "placed": len(day.spots),
            "left_out": len(day.problem.hearings) - len(day.spots) + len(self.found.unfit),
            "cost": cost_row(cost, self.bound, self.proven),
        }

    def _finish(self, *, reason: str = "", has_solver: bool = True) -> None:
        cost = self.day.cost()
        row = cost_row(cost, self.bound, self.proven)
        moves = {} if reason else rows_of(self.found, self.day)
        finish_day_plan(
            self.plan_id,
            self.shift.owner,
            moves=moves,
            cost={**row, "has_solver": has_solver},
            progress=self._progress("done", self.day, cost),
            reason=reason,
        )
        logger.info("day planned", extra={"plan": self.plan_id, "seconds": round(self.elapsed, 1)})

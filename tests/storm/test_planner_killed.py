"""A worker is killed in the middle of planning a day: another takes it up, and can be stopped."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from avl.commands.bookings import request_booking
from avl.commands.day_plans import stop_day_plan, take_day_plan, want_day_plan
from avl.commands.waitlist import ask_to_wait
from avl.models import Plan, PlanStatus, db
from avl.queries.day_plans import LONGEST_SECONDS, DayRequest, Movable
from avl.queries.waiting import WaitRequest
from tests.conftest import Clock
from tests.scene import TOMORROW, Scene, tomorrow
from tests.storm import planner

PATIENCE = 60.0
Start = Callable[[str], Any]


@pytest.fixture
def wanted(scene: Scene) -> tuple[Scene, Plan]:
    """A plan that is worked on for a quarter of a minute at least: somebody has to wait for a
    later time than they want, so that there is always something left to try."""
    on = date.fromisoformat(TOMORROW)
    request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)
    ask_to_wait(
        WaitRequest(scene.room(), on, on), deadline_at=tomorrow("08:00"), by=scene.registrar
    )
    request = DayRequest(scene.court.id, on, movable=Movable.ALL, seconds=LONGEST_SECONDS)
    return scene, want_day_plan(request, by=scene.registrar)


@pytest.fixture
def start(engine_url: str, clock: Clock) -> Iterator[Start]:
    """Start a worker in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([planner.__name__])
    running = []

    def begin(owner: str) -> Any:
        process = context.Process(target=planner.plan, args=(engine_url, owner, clock()))
        process.start()
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.join()


def reached(plan: Plan, is_there: Callable[[Plan], bool]) -> Plan:
    """Wait until a plan is as far as that."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        db.session.rollback()
        db.session.refresh(plan)
        if is_there(plan):
            return plan
        time.sleep(0.02)
    raise AssertionError(f"{plan.status} {plan.progress} after {PATIENCE:g} s")


def is_worked_on_by(owner: str) -> Callable[[Plan], bool]:
    return lambda plan: plan.lease_owner == owner and "best" in plan.moves


def test_killed_worker_is_replaced_after_its_lease_and_the_next_can_be_stopped(
    wanted: tuple[Scene, Plan], start: Start, clock: Clock
):
    scene, plan = wanted
    first = start("worker:1")
    reached(plan, is_worked_on_by("worker:1"))
    first.kill()
    first.join()

    assert first.exitcode == -9
    # Nobody can know yet that it is dead.
    assert take_day_plan("worker:2") is None
    clock.forward(seconds=31)
    second = start("worker:2")
    reached(plan, lambda plan: is_worked_on_by("worker:2")(plan) and plan.progress["tries"] == 2)
    stop_day_plan(plan.id, by=scene.registrar)
    reached(plan, lambda plan: plan.status is PlanStatus.PROPOSED)
    second.join()

    assert second.exitcode == 0
    assert plan.cost["off"] == 35
    assert len(plan.moves["new"]) == 1

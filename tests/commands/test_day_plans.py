"""Planning a day: asked for, worked on by a worker, applied all or nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking
from avl.commands.day_plans import (
    apply_day_plan,
    discard_plan,
    note_progress,
    replan_day,
    stop_day_plan,
    take_day_plan,
    want_day_plan,
)
from avl.commands.plans import PlanStale
from avl.commands.waitlist import ask_to_wait, withdraw_wait
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.waiting import WaitState
from avl.gateways.memory import MemorySms
from avl.jobs import day_solver
from avl.jobs.plan_days import plan_days
from avl.jobs.shift import Shift
from avl.models import Booking, CustodyStay, Outage, Plan, PlanStatus, Sms, WaitlistEntry, db
from avl.queries.day_plans import DayRequest, Movable
from avl.queries.room_request import RoomSeat
from avl.queries.waiting import WaitRequest
from tests.scene import TOMORROW, audited, held, overlaps, tomorrow

ON = date.fromisoformat(TOMORROW)


def shift(owner: str = "worker:1") -> Shift:
    return Shift(MemorySms(), "http://localhost", owner=owner)


def wait(scene, person=None, start="10:00", **more):
    """Somebody waits for a time tomorrow."""
    room = scene.room(start, RoomSeat((person or scene.tane).id, more.pop("counsel", None)))
    return ask_to_wait(
        WaitRequest(room, ON, ON, **more), deadline_at=tomorrow("08:00"), by=scene.registrar
    )


def want(scene, movable=Movable.ALL, **more) -> Plan:
    request = DayRequest(scene.court.id, ON, movable=movable, seconds=5, **more)
    return want_day_plan(request, by=scene.registrar)


def worked_on(plan: Plan) -> Plan:
    assert plan_days(shift()) == 1
    db.session.expire_all()
    return db.session.get_one(Plan, plan.id)


@pytest.fixture
def quick(monkeypatch):
    """No solver: the own search settles a handful of hearings at once."""
    monkeypatch.setattr("avl.jobs.plan_days.is_available", lambda: False)
    monkeypatch.setattr("avl.queries.day_plans.SHORTEST_SECONDS", 0)
    monkeypatch.setattr("avl.jobs.plan_days.FOREVER", 60)


def test_plan_places_who_waits_beside_what_is_published(scene, taken, quick):
    entry = wait(scene)

    plan = worked_on(want(scene, Movable.NOTHING))

    assert plan.status is PlanStatus.PROPOSED
    [new] = plan.moves["new"]
    assert (plan.moves["moves"], plan.moves["unplaced"]) == ([], [])
    assert new["entry_id"] == entry.id
    # Half an hour and the turnaround before or after ten: the booking that stands there stays.
    assert plan.cost["off"] == 35
    assert not overlaps()


@pytest.mark.both_databases
def test_apply_books_who_waits_and_ends_the_wait(scene, taken, quick):
    entry = wait(scene)
    plan = worked_on(want(scene))

    applied = apply_day_plan(plan.id, by=scene.registrar)

    [reference] = applied.progress["booked"]
    made = db.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    entry = db.session.get_one(WaitlistEntry, entry.id)
    assert (entry.state, entry.booking_id) == (WaitState.BOOKED, made.id)
    assert applied.status is PlanStatus.APPLIED
    assert overlaps() == 0
    assert "apply_plan" in audited()
    with pytest.raises(ActionNotAllowed):
        apply_day_plan(plan.id, by=scene.registrar)


def test_booking_of_somebody_transferred_is_planned_from_where_they_are(scene, taken, quick):
    """Nobody else of that day's list is there, so that nothing but their stay leads there."""
    [stay], there, key = scene.hemi.stays, scene.arohata.id, taken.id
    stay.ends_at = tomorrow("06:00")
    db.session.add(CustodyStay(person_id=scene.hemi.id, site_id=there, starts_at=tomorrow("06:00")))
    db.session.commit()

    plan = worked_on(want(scene, Movable.NOTHING))

    assert plan.moves["unplaced"] == []
    [move] = plan.moves["moves"]
    assert [seat["site_id"] for seat in move["after"]["seats"]] == [there]
    apply_day_plan(plan.id, by=scene.registrar)
    [seat] = db.session.get_one(Booking, key).appearances
    assert seat.site_id == there


def test_broken_booking_moves_even_when_nothing_published_may(scene, taken, quick):
    out = Outage(
        resource_id=scene.courtroom.id,
        starts_at=tomorrow("09:00"),
        ends_at=tomorrow("12:00"),
        reason="flooded",
    )
    db.session.add(out)
    db.session.commit()

    plan = worked_on(want(scene, Movable.NOTHING))
    apply_day_plan(plan.id, by=scene.registrar)

    moved = db.session.get_one(Booking, taken.id)
    assert moved.appearances[0].courtroom_id == scene.second_courtroom.id
    assert moved.starts_at == tomorrow("10:00")


def test_applied_plan_tells_each_counsel_once(scene, quick):
    request = scene.request("10:00", scene.at_arohata(scene.mere))
    moved = request_booking(request, by=scene.registrar)
    out = Outage(
        resource_id=scene.women_suite.id,
        starts_at=tomorrow("09:00"),
        ends_at=tomorrow("11:00"),
        reason="no sound",
    )
    db.session.add(out)
    db.session.commit()
    plan = worked_on(want(scene))
    before = db.session.scalars(select(Sms.id)).all()

    assert plan.moves["moves"][0]["told"] == [
        "Arohata sees the new time at once",
        "Mere Parata is told",
    ]
    apply_day_plan(plan.id, by=scene.registrar)

    news = db.session.scalars(select(Sms).where(Sms.state == "pending")).all()
    first = [sms for sms in news if not sms.kind.startswith("reminder")]
    # The news of the booking had not left yet: one text with the new time takes its place.
    assert len(first) == 1
    assert before
    assert db.session.get_one(Booking, moved.id).starts_at == tomorrow("11:00")


def test_unplaced_says_which_rule_stops_it(scene, taken, quick):
    taken.is_fixed = True
    db.session.commit()
    wait(scene, earliest=_wall("10:00"), latest=None)
    entry = wait(scene, scene.hemi, "10:00", earliest=_wall("10:00"), latest=_wall("10:30"))

    plan = worked_on(want(scene))

    [left] = [one for one in plan.moves["unplaced"] if one.get("entry_id") == entry.id]
    assert "is held or closed" in left["reason"] or "not available" in left["reason"]


def _wall(text):
    from datetime import time

    return time.fromisoformat(text)


def test_nothing_to_place_says_so(scene, taken, quick):
    plan = worked_on(want(scene, Movable.NOTHING))

    assert plan.status is PlanStatus.IMPOSSIBLE
    assert "nothing to place" in plan.reason


@pytest.mark.both_databases
def test_apply_when_the_world_changed_changes_nothing(scene, taken, quick):
    entry = wait(scene)
    plan = worked_on(want(scene))
    withdraw_wait(entry.id, by=scene.registrar, reason="settled")
    before = held()

    with pytest.raises(PlanStale, match="booked or withdrawn meanwhile") as stale:
        apply_day_plan(plan.id, by=scene.registrar)

    assert held() == before
    fresh = replan_day(plan.id, stale.value, by=scene.registrar)
    assert fresh.status is PlanStatus.WANTED
    assert db.session.get_one(Plan, plan.id).status is PlanStatus.STALE


def test_apply_when_a_moved_booking_changed_is_stale(scene, taken, quick):
    db.session.add(
        Outage(resource_id=scene.courtroom.id, starts_at=tomorrow("09:00"), reason="flooded")
    )
    db.session.commit()
    plan = worked_on(want(scene))
    amend_booking(taken.reference, by=scene.registrar, staff_notes="new")

    with pytest.raises(PlanStale, match=f"{taken.reference} was changed meanwhile"):
        apply_day_plan(plan.id, by=scene.registrar)


def test_killed_worker_leaves_its_best_to_the_next(scene, taken, quick, clock):
    wait(scene)
    plan = want(scene)
    first = take_day_plan("worker:1")
    assert first is not None
    best = {str(-1): ["2026-11-24T21:30:00+00:00", scene.courtroom.id, [scene.suite.id], [None]]}
    assert note_progress(plan.id, "worker:1", {"elapsed": 1.0}, best=best)
    assert take_day_plan("worker:2") is None
    clock.forward(seconds=31)

    done = worked_on(plan)

    assert done.status is PlanStatus.PROPOSED
    assert done.progress["tries"] == 2
    assert not note_progress(plan.id, "worker:1", {"elapsed": 9.0})


def test_work_that_dies_three_times_is_given_up(scene, quick, clock):
    plan = want(scene)
    for number in range(3):
        assert take_day_plan(f"worker:{number}") is not None
        clock.forward(seconds=31)

    assert take_day_plan("worker:9") is None
    db.session.expire_all()
    assert db.session.get_one(Plan, plan.id).status is PlanStatus.IMPOSSIBLE


def test_stop_ends_the_work_with_the_best_so_far(scene, taken, quick):
    wait(scene)
    plan = want(scene)
    stop_day_plan(plan.id, by=scene.registrar)

    assert worked_on(plan).status is PlanStatus.PROPOSED


def test_discarded_plan_cannot_be_applied(scene, taken, quick):
    wait(scene)
    plan = worked_on(want(scene))
    discard_plan(plan.id, by=scene.registrar)

    with pytest.raises(ActionNotAllowed):
        apply_day_plan(plan.id, by=scene.registrar)


def test_solver_proves_a_small_day(scene, taken):
    wait(scene)
    request = DayRequest(scene.court.id, ON, movable=Movable.ALL, seconds=60)
    plan = worked_on(want_day_plan(request, by=scene.registrar))

    assert plan.cost["has_solver"] is day_solver.is_available()
    assert plan.cost["proven"] == 4
    assert plan.cost["off"] == 35


def test_day_of_another_court_cannot_be_planned(scene):
    with pytest.raises(NotFound):
        want_day_plan(DayRequest(scene.court.id, ON), by=scene.other_registrar)
    with pytest.raises(InvalidInput):
        want_day_plan(DayRequest(scene.court.id, ON - timedelta(days=30)), by=scene.registrar)
    with pytest.raises(InvalidInput):
        want_day_plan(DayRequest(scene.court.id, ON, (scene.booth.id,)), by=scene.registrar)
    plan = want(scene)
    for act in (apply_day_plan, stop_day_plan, discard_plan):
        with pytest.raises(NotFound):
            act(plan.id, by=scene.other_registrar)

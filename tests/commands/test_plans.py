"""Make room: proposed from the database, applied all or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.changes import amend_booking
from avl.commands.plan_rows import not_found_in_time
from avl.commands.plans import PlanStale, apply_plan, propose_plans, replan
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, NotFound
from avl.domain.interval import Interval
from avl.models import Booking, Plan, PlanStatus, Sms, db
from avl.queries.plans import plan_seen, plans_beside
from avl.queries.room_request import RoomRequest, RoomSeat
from tests import make
from tests.scene import Scene, audited, held, overlaps, tomorrow


def wanted(scene: Scene, start: str = "10:00", **more: Any) -> RoomRequest:
    """Room for Tāne in the first courtroom, at exactly this time."""
    return scene.room(start, **{"near_minutes": 0, **more})


def only(plans: list[Plan]) -> Plan:
    [plan] = plans
    return plan


def test_propose_when_time_is_taken_moves_what_is_there(scene, taken):
    plan = plan_seen(scene.registrar, only(propose_plans(wanted(scene), by=scene.registrar)).id)

    [move] = plan.moves
    assert (plan.status, move.reference) == ("proposed", taken.reference)
    # The other courtroom at the same time disturbs least; both suites are then in use.
    assert move.after.courtroom == scene.second_courtroom.id
    assert plan.cost["words"] == (
        "Moves 1 booking to another room, at the same time; nobody to another day."
    )
    assert move.told == ("Rimutaka is asked to agree",)


def test_only_a_prison_that_had_agreed_is_asked_to_agree_again(scene, taken):
    confirm_booking(taken.reference, by=scene.coordinator)

    plan = plan_seen(scene.registrar, only(propose_plans(wanted(scene), by=scene.registrar)).id)

    [move] = plan.moves
    assert move.told == ("Rimutaka is asked to agree again",)


def test_propose_touches_nothing(scene, taken):
    before = held()

    propose_plans(wanted(scene), by=scene.registrar)

    assert held() == before


def test_apply_moves_and_books_in_one(scene, taken):
    plan = only(propose_plans(wanted(scene), by=scene.registrar))

    made = apply_plan(plan.id, by=scene.registrar)

    db.session.expire_all()
    assert (made.status, made.starts_at) == (Status.REQUESTED, tomorrow("10:00"))
    assert taken.appearances[0].courtroom_id == scene.second_courtroom.id
    assert audited(taken)[-1] == "move"
    assert audited(made)[-2:] == ["request", "apply_plan"]
    assert overlaps() == 0
    assert plan_seen(scene.registrar, plan.id).booking_reference == made.reference
    with pytest.raises(ActionNotAllowed):
        apply_plan(plan.id, by=scene.registrar)


def test_apply_tells_each_counsel_once(scene):
    first = scene.request("10:00", scene.at_arohata(scene.mere))
    moved = request_booking(first, by=scene.registrar)
    told = db.session.scalars(select(Sms).where(Sms.kind == "booked")).all()
    assert len(told) == 1
    plan = only(
        propose_plans(
            wanted(scene, seats=(RoomSeat(scene.tane.id, scene.john.id),)), by=scene.registrar
        )
    )

    made = apply_plan(plan.id, by=scene.registrar)

    texts = db.session.scalars(select(Sms).order_by(Sms.id)).all()
    news = [(sms.booking_id, sms.kind) for sms in texts if sms.state != "dropped"]
    kinds = [kind for booking_id, kind in news if booking_id == moved.id]
    # Same time, another courtroom: counsel has nothing new to know; the new one awaits Rimutaka.
    assert kinds.count("booked") == 1
    assert not [kind for booking_id, kind in news if booking_id == made.id]


def test_apply_when_a_booking_changed_is_stale_and_says_what(scene, taken):
    plan = only(propose_plans(wanted(scene), by=scene.registrar))
    amend_booking(taken.reference, by=scene.registrar, staff_notes="new")
    before = held()

    with pytest.raises(PlanStale, match=f"{taken.reference} was changed meanwhile") as stale:
        apply_plan(plan.id, by=scene.registrar)

    assert held() == before
    fresh = only(replan(plan.id, stale.value, by=scene.registrar))
    assert db.session.get_one(Plan, plan.id).status is PlanStatus.STALE
    assert apply_plan(fresh.id, by=scene.registrar).starts_at == tomorrow("10:00")


def test_apply_when_its_room_was_taken_changes_nothing(scene, taken):
    plan = only(propose_plans(wanted(scene), by=scene.registrar))
    rival = scene.request("10:00", scene.at_arohata(), courtroom=scene.second_courtroom)
    request_booking(rival, by=scene.registrar)
    before = held()

    with pytest.raises(PlanStale, match="no longer fits"):
        apply_plan(plan.id, by=scene.registrar)

    assert held() == before
    assert audited(taken).count("move") == 0
    assert db.session.scalars(select(Booking).where(Booking.starts_at == tomorrow("10:00"))).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_fixed": True}, "it is marked fixed"),
        ({"status": Status.STOOD_DOWN}, "it has begun"),
    ],
)
def test_propose_leaves_alone_what_is_kept(scene, taken, change, why):
    for name, value in change.items():
        setattr(taken, name, value)
    db.session.commit()

    plan = only(propose_plans(wanted(scene), by=scene.registrar))

    assert plan.status is PlanStatus.IMPOSSIBLE
    assert f"{taken.reference} may not be moved: {why}" in plan.reason


def test_propose_leaves_alone_what_starts_within_the_freeze(scene, taken, clock):
    clock.set(tomorrow("08:15"))

    plan = only(propose_plans(wanted(scene), by=scene.registrar))

    assert "it starts within 120 minutes" in plan.reason


def test_propose_leaves_other_courts_alone(scene):
    # Wellington has both suites at Rimutaka; Hutt Valley may move neither.
    wellington = make.court("WND2", courtrooms=2)
    for room, suite in zip(
        make.rooms(wellington, "courtroom"), (scene.suite, scene.second_suite), strict=True
    ):
        make.booking(
            room=room,
            suites=[suite],
            hearing=Interval(tomorrow("10:00"), tomorrow("10:30")),
        )

    plan = only(propose_plans(wanted(scene), by=scene.registrar))

    assert plan.status is PlanStatus.IMPOSSIBLE
    assert "another court" in plan.reason
    assert "AVL-" not in plan.reason


def test_plan_of_another_court_does_not_exist(scene, taken):
    plan = only(propose_plans(wanted(scene), by=scene.registrar))

    for act in (plan_seen, plans_beside):
        with pytest.raises(NotFound):
            act(scene.other_registrar, plan.id)
    with pytest.raises(NotFound):
        apply_plan(plan.id, by=scene.other_registrar)
    with pytest.raises(NotFound):
        propose_plans(wanted(scene), by=scene.other_registrar)


def test_plan_expires(scene, taken, clock):
    plan = only(propose_plans(wanted(scene), by=scene.registrar))
    clock.forward(minutes=31)

    with pytest.raises(PlanStale, match="half an hour"):
        apply_plan(plan.id, by=scene.registrar)


def test_request_survives_being_kept(scene):
    asked = wanted(
        scene,
        form_key="k",
        direction={
            "role": "registrar",
            "officer_name": "A",
            "reason": "b",
            "directed_on": tomorrow("10:00").date(),
        },
        seats=(RoomSeat(scene.tane.id, scene.mere.id, None, (scene.suite.id,), (scene.booth.id,)),),
    )

    assert RoomRequest.from_json(asked.to_json()) == asked


def test_apply_gives_back_what_the_form_kept(scene, taken):
    kept = hold_offer(scene.request("13:00", form_key="form"), by=scene.registrar)
    plan = only(propose_plans(wanted(scene, form_key="form"), by=scene.registrar))

    apply_plan(plan.id, by=scene.registrar)

    db.session.expire_all()
    assert kept.status is Status.CANCELLED


@pytest.mark.both_databases
def test_a_second_plan_from_one_form_does_not_book_the_hearing_twice(scene, taken, clock):
    first = only(propose_plans(wanted(scene, form_key="form"), by=scene.registrar))
    clock.forward(seconds=5)
    second = only(propose_plans(wanted(scene, form_key="form"), by=scene.registrar))
    apply_plan(first.id, by=scene.registrar)

    with pytest.raises(ActionNotAllowed, match="can no longer be applied"):
        apply_plan(second.id, by=scene.registrar)


def test_what_is_said_when_the_time_is_over_is_what_is_proven():
    said = {ruled_out: not_found_in_time(ruled_out) for ruled_out in (-1, 0, 1, 3)}

    assert said[-1] == said[0]
    assert "does not prove that there is none" in said[-1]
    assert said[1].startswith("Moving one booking within the day is proven not to make room.")
    assert said[3].startswith("Moving up to 3 bookings within the day is proven not to make room.")

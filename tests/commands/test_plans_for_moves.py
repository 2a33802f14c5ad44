"""Make room for a booking that stands: it and others move together, or nothing does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking, cancel_booking
from avl.commands.plans import PlanStale, apply_plan, propose_plans, replan
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.models import Booking, Plan, PlanStatus, RoomFreed, Sms, db
from avl.queries.plans import plan_seen
from avl.queries.room_request import RoomRequest, RoomSeat
from tests.scene import Scene, audited, held, overlaps, tomorrow


@pytest.fixture
def mine(scene: Scene) -> Booking:
    """Tāne has it from 14:00, and would rather be heard at 10:00."""
    return request_booking(scene.request("14:00"), by=scene.registrar)


def rather(scene: Scene, booking: Booking, start: str = "10:00", **more: Any) -> RoomRequest:
    """The same booking at another time."""
    seats = [RoomSeat(one.person_id) for one in booking.appearances]
    usual = {"near_minutes": 0, "moving": booking.reference, "reason": "The judge asked."}
    return scene.room(start, *seats, **{**usual, **more})


def only(plans: list[Plan]) -> Plan:
    [plan] = plans
    return plan


@pytest.mark.both_databases
def test_the_booking_and_whoever_stands_there_move_together(
    scene: Scene, taken: Booking, mine: Booking
) -> None:
    before = held()
    plan = only(propose_plans(rather(scene, mine), by=scene.registrar))
    assert held() == before
    seen = plan_seen(scene.registrar, plan.id)
    assert seen.aim is not None
    assert (seen.aim.reference, [move.reference for move in seen.moves]) == (
        mine.reference,
        [taken.reference],
    )
    assert seen.aim.told == ("Rimutaka is asked to agree",)

    made = apply_plan(plan.id, by=scene.registrar)

    db.session.expire_all()
    assert made.reference == mine.reference
    assert (made.status, made.starts_at) == (Status.REQUESTED, tomorrow("10:00"))
    # It keeps its suite, and the courtroom asked for; the other goes to the next courtroom.
    assert made.appearances[0].suite_id == scene.suite.id
    assert taken.appearances[0].courtroom_id == scene.second_courtroom.id
    assert audited(mine)[-2:] == ["move", "apply_plan"]
    assert audited(taken)[-1] == "move"
    assert overlaps() == 0
    assert db.session.scalars(select(RoomFreed)).first() is not None
    assert plan_seen(scene.registrar, plan.id).booking_reference == mine.reference
    with pytest.raises(ActionNotAllowed):
        apply_plan(plan.id, by=scene.registrar)


def test_its_own_holds_are_never_in_its_way(scene: Scene, taken: Booking) -> None:
    plan = only(propose_plans(rather(scene, taken, "10:15"), by=scene.registrar))
    assert plan.moves["moves"] == []

    apply_plan(plan.id, by=scene.registrar)

    db.session.expire_all()
    assert taken.starts_at == tomorrow("10:15")
    assert overlaps() == 0


def test_counsel_hears_of_the_move_once(scene: Scene, taken: Booking) -> None:
    seat = scene.at_arohata(scene.mere)
    mine = request_booking(scene.request("14:00", seat), by=scene.registrar)
    asked = rather(scene, mine, seats=(RoomSeat(scene.aroha.id, scene.mere.id),))

    apply_plan(only(propose_plans(asked, by=scene.registrar)).id, by=scene.registrar)

    texts = db.session.scalars(select(Sms).where(Sms.booking_id == mine.id)).all()
    # The first text had not gone out yet: the one that tells both is all counsel reads.
    news = [text for text in texts if text.kind in ("booked", "moved")]
    assert len([text for text in news if text.state != "dropped"]) == 1


def test_a_plan_is_stale_when_the_booking_itself_has_changed(
    scene: Scene, taken: Booking, mine: Booking
) -> None:
    plan = only(propose_plans(rather(scene, mine), by=scene.registrar))
    amend_booking(mine.reference, by=scene.registrar, staff_notes="new")
    before = held()

    with pytest.raises(PlanStale, match=f"{mine.reference} was changed meanwhile") as stale:
        apply_plan(plan.id, by=scene.registrar)

    assert held() == before
    fresh = only(replan(plan.id, stale.value, by=scene.registrar))
    assert db.session.get_one(Plan, plan.id).status is PlanStatus.STALE
    assert apply_plan(fresh.id, by=scene.registrar).starts_at == tomorrow("10:00")


def test_a_cancelled_booking_gets_no_new_plan(scene: Scene, taken: Booking, mine: Booking) -> None:
    plan = only(propose_plans(rather(scene, mine), by=scene.registrar))
    cancel_booking(mine.reference, by=scene.registrar, reason="Settled.")
    before = held()

    with pytest.raises(PlanStale, match=f"{mine.reference} is cancelled now") as stale:
        apply_plan(plan.id, by=scene.registrar)
    with pytest.raises(ActionNotAllowed, match="is cancelled"):
        replan(plan.id, stale.value, by=scene.registrar)

    assert held() == before


def test_a_reason_may_be_given_when_it_is_applied_but_not_left_out(
    scene: Scene, taken: Booking, mine: Booking
) -> None:
    plan = only(propose_plans(rather(scene, mine, reason=""), by=scene.registrar))

    with pytest.raises(InvalidInput, match="Say why the booking is moved"):
        apply_plan(plan.id, by=scene.registrar)

    made = apply_plan(plan.id, by=scene.registrar, reason="Counsel asked.")
    assert made.starts_at == tomorrow("10:00")


def test_a_fixed_booking_may_be_moved_on_purpose(
    scene: Scene, taken: Booking, mine: Booking
) -> None:
    mine.is_fixed = True
    db.session.commit()

    plan = only(propose_plans(rather(scene, mine), by=scene.registrar))

    assert apply_plan(plan.id, by=scene.registrar).starts_at == tomorrow("10:00")


def test_another_courts_booking_cannot_be_moved(scene: Scene, mine: Booking) -> None:
    with pytest.raises(NotFound):
        propose_plans(rather(scene, mine), by=scene.other_registrar)

"""Planning one sitting of a day: only what belongs to it, inside it, all else fixed."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from avl.commands.bookings import request_booking
from avl.commands.day_plans import apply_day_plan, want_day_plan
from avl.commands.plans import PlanStale
from avl.commands.sittings import SittingTerms, add_sitting, change_sitting, remove_sitting
from avl.commands.waitlist import ask_to_wait
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput
from avl.jobs.plan_days import plan_days
from avl.models import Booking, Plan, PlanStatus, db
from avl.queries.day_plan_page import day_plan_seen
from avl.queries.day_plans import DayRequest, Movable
from avl.queries.waiting import WaitRequest
from tests import make
from tests.commands.test_day_plans import ON, quick, shift, wait, want, worked_on  # noqa: F401
from tests.scene import Scene, overlaps, tomorrow

pytestmark = pytest.mark.usefixtures("quick")


def sits(scene: Scene, start: str, end: str, room=None, **more: str) -> int:
    """A sitting tomorrow, of the first courtroom unless told otherwise; returns its id."""
    terms = SittingTerms(tomorrow(start), tomorrow(end), **more)
    return add_sitting((room or scene.courtroom).id, terms, by=scene.registrar).id


def new_starts(plan: Plan) -> list[str]:
    return [one["after"]["hearing"][0] for one in plan.moves["new"]]


@pytest.mark.both_databases
def test_who_waits_is_placed_inside_the_sitting_and_nothing_else_moves(scene: Scene) -> None:
    morning = sits(scene, "09:00", "10:30")
    afternoon = sits(scene, "14:00", "15:00", officer="Judge Tui")
    early = request_booking(scene.request("09:00", scene.seat(scene.hemi)), by=scene.registrar)
    other = request_booking(
        scene.request("14:00", scene.at_arohata(), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )
    wait(scene, start="09:00")

    plan = worked_on(want(scene, Movable.ALL, sitting_id=afternoon))

    assert (plan.status, plan.moves["moves"]) == (PlanStatus.PROPOSED, [])
    assert new_starts(plan) == [tomorrow("14:00").isoformat()]
    seen = day_plan_seen(scene.registrar, plan.id)
    assert seen.heading.endswith(": Courtroom 1, 2:00 pm to 3:00 pm, Judge Tui")
    assert [row.change for row in seen.rows] == ["new"]
    apply_day_plan(plan.id, by=scene.registrar)
    for booking, at in ((early, "09:00"), (other, "14:00")):
        assert db.session.get_one(Booking, booking.id).starts_at == tomorrow(at)
    assert overlaps() == 0

    shown = day_plan_seen(scene.registrar, worked_on(want(scene, sitting_id=morning)).id)
    assert [row.reference for row in shown.rows] == [early.reference]


def test_booking_left_outside_is_taken_in_and_never_goes_to_another_courtroom(
    scene: Scene,
) -> None:
    late = request_booking(scene.request("15:00"), by=scene.registrar)
    sitting = sits(scene, "10:00", "12:00")
    sits(scene, "09:00", "17:00", scene.second_courtroom)
    room = scene.courtroom.id

    plan = worked_on(want(scene, Movable.NOTHING, sitting_id=sitting))

    [move] = plan.moves["moves"]
    assert move["reference"] == late.reference
    assert move["after"]["courtroom"] == room
    assert move["after"]["hearing"][1] == tomorrow("12:00").isoformat()


def test_full_sitting_leaves_somebody_out_though_the_day_has_room(scene: Scene) -> None:
    sitting = sits(scene, "10:00", "10:30")
    wait(scene)
    wait(scene, scene.hemi)

    plan = worked_on(want(scene, sitting_id=sitting))

    assert len(plan.moves["new"]) == 1
    [left] = plan.moves["unplaced"]
    assert "Courtroom 1" in left["reason"]


def test_who_could_not_be_heard_in_it_is_not_of_the_sitting(scene: Scene) -> None:
    sitting = sits(scene, "10:00", "11:00")
    wait(scene, start="15:00", earliest=time(15), latest=time(16))
    ask_to_wait(
        WaitRequest(scene.room(courtrooms=(scene.second_courtroom.id,)), ON, ON),
        deadline_at=tomorrow("08:00"),
        by=scene.registrar,
    )

    plan = worked_on(want(scene, sitting_id=sitting))

    assert plan.status is PlanStatus.IMPOSSIBLE
    assert "nothing to place" in plan.reason


def test_sitting_that_was_removed_is_not_planned_and_not_applied(scene: Scene) -> None:
    sitting = sits(scene, "10:00", "11:00")
    wait(scene)
    court_id = scene.court.id
    first, second = want(scene, sitting_id=sitting), want(scene, sitting_id=sitting).id
    made = worked_on(first).id
    remove_sitting(sitting, by=scene.registrar)

    with pytest.raises(ActionNotAllowed, match="removed"):
        apply_day_plan(made, by=scene.registrar)
    assert plan_days(shift()) == 1
    assert "removed" in db.session.get_one(Plan, second).reason
    assert "removed" in day_plan_seen(scene.registrar, made).heading
    with pytest.raises(InvalidInput) as refusal:
        want_day_plan(DayRequest(court_id, ON, sitting_id=sitting), by=scene.registrar)
    assert refusal.value.field == "sitting"


def test_sitting_that_was_shortened_makes_the_plan_stale(scene: Scene) -> None:
    sitting = sits(scene, "10:00", "12:00")
    wait(scene, start="11:30")
    plan = worked_on(want(scene, sitting_id=sitting))
    terms = SittingTerms(tomorrow("10:00"), tomorrow("11:45"))
    change_sitting(sitting, terms, by=scene.registrar)

    with pytest.raises(PlanStale, match="sits 10:00 am to 11:45 am"):
        apply_day_plan(plan.id, by=scene.registrar)


def test_sitting_of_another_day_or_court_cannot_be_chosen(scene: Scene) -> None:
    sitting = sits(scene, "10:00", "12:00")
    other = make.court(short_name="Porirua")
    theirs = make.actor(Role.REGISTRY, other)

    for who, request in (
        (scene.registrar, DayRequest(scene.court.id, ON + timedelta(days=1), sitting_id=sitting)),
        (theirs, DayRequest(other.id, ON, sitting_id=sitting)),
        (
            scene.registrar,
            DayRequest(scene.court.id, ON, (scene.courtroom.id,), sitting_id=sitting),
        ),
    ):
        with pytest.raises(InvalidInput):
            want_day_plan(request, by=who)

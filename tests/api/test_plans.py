"""Make room by API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking, cancel_booking
from avl.models import Booking
from tests.api.conftest import Caller
from tests.scene import Scene, overlaps, tomorrow


@pytest.fixture
def taken(scene: Scene) -> Booking:
    return request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)


def wanted(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "court": scene.court.code,
        "courtroom_ids": [scene.courtroom.id],
        "hearing_type": "CRB",
        "wanted_start": tomorrow("10:00").isoformat(),
        "minutes": 30,
        "pre_minutes": 0,
        "post_minutes": 0,
        "appearances": [{"prn": scene.tane.prn}],
        **more,
    }


def test_a_plan_is_proposed_read_and_applied_once(court, scene, taken):
    answer = court.post("/plans", wanted(scene))
    assert answer.status_code == 200, answer.json
    [plan] = answer.json["plans"]
    assert (plan["status"], plan["cost"]["moved"]) == ("proposed", 1)
    assert plan["moves"][0]["reference"] == taken.reference
    assert court.get(f"/plans/{plan['id']}").json == plan

    done = court.post(f"/plans/{plan['id']}/apply", Idempotency_Key="apply-1")
    again = court.post(f"/plans/{plan['id']}/apply", Idempotency_Key="apply-1")

    assert (done.status_code, again.status_code) == (201, 201)
    assert again.json == done.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert court.get(f"/plans/{plan['id']}").json["booked_as"] == done.json["reference"]
    assert court.post(f"/plans/{plan['id']}/apply").status_code == 409
    assert overlaps() == 0


def test_a_stale_plan_changes_nothing_and_brings_new_ones(court, scene, taken):
    [plan] = court.post("/plans", wanted(scene)).json["plans"]
    amend_booking(taken.reference, by=scene.registrar, staff_notes="new")

    answer = court.post(f"/plans/{plan['id']}/apply")

    assert answer.status_code == 409
    assert f"{taken.reference} was changed meanwhile." in answer.json["detail"]
    [fresh] = answer.json["plans"]
    assert court.post(f"/plans/{fresh['id']}/apply").status_code == 201


def test_when_there_is_no_way_the_reason_is_said(court, scene, taken):
    body = wanted(scene, near_minutes=0, wanted_start=tomorrow("06:00").isoformat())

    [plan] = court.post("/plans", body).json["plans"]

    assert (plan["status"], plan["booking"], plan["cost"]) == ("impossible", None, None)
    assert "Moving other bookings cannot help" in plan["reason"]


@pytest.mark.parametrize("path", ["/plans", "/waitlist"])
def test_a_wanted_start_off_the_grid_is_refused(court, scene, path):
    answer = court.post(path, wanted(scene, wanted_start=tomorrow("10:02").isoformat()))

    assert answer.status_code == 422
    assert answer.json["errors"]["wanted_start"] == ["Choose a start on a multiple of 5 minutes."]


@pytest.mark.parametrize("days", [1, 400])
def test_room_on_a_day_that_has_passed_is_refused(court, scene, days):
    long_ago = tomorrow("10:00") - timedelta(days=1 + days)

    answer = court.post("/plans", wanted(scene, wanted_start=long_ago.isoformat()))

    assert answer.status_code == 422
    said = "This date has passed. Choose today or a later date."
    assert answer.json["errors"]["wanted_start"] == [said]


def test_another_courts_plan_does_not_exist(court: Caller, other_court: Caller, scene, taken):
    [plan] = court.post("/plans", wanted(scene)).json["plans"]

    assert other_court.get(f"/plans/{plan['id']}").status_code == 404
    assert other_court.post(f"/plans/{plan['id']}/apply").status_code == 404


def test_room_is_made_for_a_booking_that_stands(court, scene, taken):
    mine = request_booking(scene.request("14:00"), by=scene.registrar)
    sent = {
        "moving": mine.reference,
        "wanted_start": tomorrow("10:00").isoformat(),
        "near_minutes": 0,
        "reason": "The judge asked.",
    }

    [plan] = court.post("/plans", sent).json["plans"]
    assert plan["moving"]["reference"] == mine.reference
    assert plan["booking"] == plan["moving"]["after"]
    assert [move["reference"] for move in plan["moves"]] == [taken.reference]
    done = court.post(f"/plans/{plan['id']}/apply")

    assert (done.status_code, done.json["reference"]) == (201, mine.reference)
    assert done.json["starts_at"] == "2026-11-25T10:00:00+13:00"
    assert overlaps() == 0


def test_room_for_a_booking_cancelled_meanwhile_offers_nothing(court, scene, taken):
    mine = request_booking(scene.request("14:00"), by=scene.registrar)
    sent = {"moving": mine.reference, "wanted_start": tomorrow("10:00").isoformat()}
    [plan] = court.post("/plans", {**sent, "reason": "The judge asked."}).json["plans"]
    cancel_booking(mine.reference, by=scene.registrar, reason="Settled.")

    answer = court.post(f"/plans/{plan['id']}/apply")

    assert (answer.status_code, answer.json["plans"]) == (409, [])
    assert "cancelled" in answer.json["detail"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "reason"),
        ({"reason": "Asked.", "court": "HVDC"}, "court"),
        ({"reason": "Asked.", "moving": None}, "court"),
    ],
)
def test_what_a_move_needs_and_what_it_keeps(court, scene, taken, more, field):
    sent = {"moving": taken.reference, "wanted_start": tomorrow("11:00").isoformat(), **more}

    answer = court.post("/plans", sent)

    assert answer.status_code == 422
    assert field in str(answer.json)


def test_another_courts_booking_is_not_there_to_be_moved(other_court, scene, taken):
    sent = {"moving": taken.reference, "wanted_start": tomorrow("11:00").isoformat()}

    assert other_court.post("/plans", {**sent, "reason": "Asked."}).status_code == 404

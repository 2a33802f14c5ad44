"""Plans of a day by API."""

from __future__ import annotations

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking
from avl.commands.sittings import SittingTerms, add_sitting
from avl.jobs.plan_days import plan_days
from avl.models import Booking, db
from tests.commands.test_day_plans import quick, shift, wait  # noqa: F401  (a fixture)
from tests.scene import TOMORROW, overlaps, tomorrow


def asked(court, scene, **more):
    sent = {"court": scene.court.code, "on": TOMORROW, "movable": "all", "seconds": 5}
    return court.post("/plans/days", {**sent, **more})


def test_a_day_is_asked_for_read_and_applied_once(court, scene, quick):  # noqa: F811
    wait(scene)
    answer = asked(court, scene)
    assert (answer.status_code, answer.json["status"]) == (202, "wanted")
    address = f"/plans/days/{answer.json['id']}"

    plan_days(shift())
    made = court.get(address).json
    done = court.post(f"{address}/apply", Idempotency_Key="apply-day")
    again = court.post(f"{address}/apply", Idempotency_Key="apply-day")

    assert made["status"] == "proposed"
    assert [one["change"] for one in made["hearings"]] == ["new"]
    assert made["cost"]["words"].startswith("Everybody has a place")
    assert (done.status_code, done.json["status"]) == (200, "applied")
    assert again.json == done.json
    assert db.session.query(Booking).count() == 1
    assert overlaps() == 0


def test_a_stale_plan_changes_nothing_and_is_made_again(court, scene, quick):  # noqa: F811
    taken = request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)
    taken_reference = taken.reference
    wait(scene, start="10:00", earliest=None, latest=None)
    address = f"/plans/days/{asked(court, scene).json['id']}"
    plan_days(shift())
    amend_booking(taken_reference, by=scene.registrar, staff_notes="new")
    made = court.get(address).json
    from avl.commands.waitlist import withdraw_wait
    from avl.models import WaitlistEntry

    entry = db.session.query(WaitlistEntry).one()
    withdraw_wait(entry.id, by=scene.registrar, reason="settled")

    answer = court.post(f"{address}/apply")

    assert made["status"] == "proposed"
    assert answer.status_code == 409
    assert "Nothing was changed" not in answer.json["detail"]
    assert answer.json["plan"]["status"] == "wanted"


def test_stop_and_doors(court, scene, quick):  # noqa: F811
    wait(scene)
    plan_id = asked(court, scene).json["id"]

    stopped = court.post(f"/plans/days/{plan_id}/stop")

    assert stopped.status_code == 200
    assert court.post(f"/plans/days/{plan_id}/discard").json["status"] == "discarded"
    again = asked(court, scene)
    assert again.headers["Location"] == f"/api/v1/plans/days/{again.json['id']}"
    assert again.headers["Retry-After"] == "2"
    assert court.get("/plans/days/99999").status_code == 404
    assert asked(court, scene, on="2020-01-01").status_code in (400, 422)


def test_one_sitting_is_planned_by_its_number(court, scene, quick):  # noqa: F811
    terms = SittingTerms(tomorrow("15:00"), tomorrow("16:00"), officer="Judge Tui")
    sitting = add_sitting(scene.courtroom.id, terms, by=scene.registrar).id
    wait(scene)

    listed = court.get(f"/sittings?court={scene.court.code}&on={TOMORROW}").json
    wrong = asked(court, scene, sitting_id=sitting + 1)
    answer = asked(court, scene, sitting_id=sitting)
    plan_days(shift())
    made = court.get(f"/plans/days/{answer.json['id']}").json

    assert [one["id"] for one in listed["sittings"]] == [sitting]
    assert listed["sittings"][0]["officer"] == "Judge Tui"
    assert listed["sittings"][0]["starts_at"].startswith(f"{TOMORROW}T15:00:00+13:00")
    assert wrong.status_code == 422
    assert made["sitting"] == "Courtroom 1, 3:00 pm to 4:00 pm, Judge Tui"
    assert made["sitting_id"] == sitting
    assert [one["after"]["starts_at"][11:16] for one in made["hearings"]] == ["15:00"]

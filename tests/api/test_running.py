"""The day of a booking by API: connected, stood down, completed, in another suite."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.conftest import Caller, asked
from tests.conftest import Clock
from tests.scene import TOMORROW, Scene

pytestmark = pytest.mark.both_databases


@pytest.fixture
def path(scene: Scene, court: Caller, prison: Caller) -> str:
    """Tāne at ten tomorrow in Suite 1, and Rimutaka has agreed."""
    reference = court.post("/bookings", asked(scene)).json["reference"]
    assert prison.change(f"/bookings/{reference}/confirm").json["status"] == "confirmed"
    return f"/bookings/{reference}"


def test_a_link_is_up_stood_down_up_again_and_over(
    path: str, clock: Clock, court: Caller, prison: Caller
) -> None:
    early = prison.change(f"{path}/connect")
    assert (early.status_code, "not before" in early.json["detail"]) == (409, True)
    clock.set(make.at("09:50", on=TOMORROW))
    steps = [
        ("connect", None, "connected"),
        ("stand-down", {"reason": "Another matter runs on"}, "stood_down"),
        ("connect", None, "connected"),
        ("complete", None, "completed"),
    ]
    for step, body, status in steps:
        stale = court.get(path).headers["ETag"]
        done = prison.change(f"{path}/{step}", body)
        assert (done.status_code, done.json["status"]) == (200, status)
        assert done.headers["ETag"] != stale
    assert prison.change(f"{path}/connect").status_code == 409


def test_the_day_is_run_by_those_who_read_it_as_it_is(
    path: str, prison: Caller, other_court: Caller
) -> None:
    assert other_court.post(f"{path}/connect", If_Match="*").status_code == 404
    assert prison.post(f"{path}/connect").status_code == 428
    assert prison.post(f"{path}/connect", If_Match='"99"').status_code == 412
    assert prison.change(f"{path}/stand-down", {"reason": ""}).status_code == 422


def test_a_prison_gives_another_suite_at_the_same_time(
    scene: Scene, path: str, court: Caller, prison: Caller
) -> None:
    [seat] = court.get(path).json["appearances"]
    body = {"appearance_id": seat["id"], "suite_id": scene.second_suite.id, "reason": "no sound"}

    done = prison.change(f"{path}/suite", body, Idempotency_Key="once")

    assert (done.status_code, done.json["status"]) == (200, "confirmed")
    assert done.json["appearances"][0]["suite"]["id"] == scene.second_suite.id
    again = prison.post(f"{path}/suite", body, Idempotency_Key="once", If_Match="*")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done.json, "true")
    wrong = prison.change(f"{path}/suite", body | {"suite_id": scene.women_suite.id})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["suite_id"])


def test_a_suite_that_is_taken_says_no_more_than_that(
    scene: Scene, path: str, court: Caller, prison: Caller
) -> None:
    other = asked(scene, courtroom_id=scene.second_courtroom.id)
    other["appearances"] = [{"prn": scene.hemi.prn, "suite_id": scene.second_suite.id}]
    assert court.post("/bookings", other).status_code == 201
    [seat] = court.get(path).json["appearances"]
    body = {"appearance_id": seat["id"], "suite_id": scene.second_suite.id, "reason": "no sound"}

    taken = prison.change(f"{path}/suite", body)

    assert taken.status_code == 409
    assert [one["resource_id"] for one in taken.json["clashes"]] == [scene.second_suite.id]

"""The worklist by API."""

from __future__ import annotations

from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from tests.api.conftest import Caller, asked
from tests.scene import Scene, tomorrow


def broken(scene: Scene, court: Caller) -> str:
    reference: str = court.post("/bookings", asked(scene)).json["reference"]
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )
    work_out_ways()
    return reference


def test_a_disruption_is_listed_with_its_way_and_accepted(
    scene: Scene, court: Caller, prison: Caller, other_court: Caller
) -> None:
    reference = broken(scene, court)
    (one,) = court.get("/disruptions?site=RIM").json["disruptions"]
    assert one["reference"] == reference
    assert one["cause"] == "outage"
    assert one["sentence"] == "Suite 1 at Rimutaka is out of use until further notice: flood."
    assert one["way"]["changes"] == [{"before": "Rimutaka, Suite 1", "after": "Rimutaka, Suite 2"}]
    assert other_court.get("/disruptions").json == {"disruptions": []}
    path, body = f"/disruptions/{one['id']}/accept", {"mark": one["way"]["mark"]}
    assert other_court.post(path, body).status_code == 404
    assert prison.post(path, {"mark": "another mark"}).status_code == 412

    done = prison.post(path, body, Idempotency_Key="once")

    assert done.status_code == 200
    assert done.json["appearances"][0]["suite"]["name"] == "Suite 2"
    assert prison.post(path, body, Idempotency_Key="once").json == done.json
    assert court.get("/disruptions").json == {"disruptions": []}


def test_a_way_somebody_has_taken_is_a_clash(scene: Scene, court: Caller) -> None:
    broken(scene, court)
    (one,) = court.get("/disruptions").json["disruptions"]
    taken = asked(scene, courtroom_id=scene.second_courtroom.id)
    taken["appearances"] = [{"prn": scene.hemi.prn, "suite_id": scene.second_suite.id}]
    assert court.post("/bookings", taken).status_code == 201

    answer = court.post(f"/disruptions/{one['id']}/accept", {"mark": one["way"]["mark"]})

    assert answer.status_code == 409
    assert court.get("/disruptions").json["disruptions"][0]["way"] is None

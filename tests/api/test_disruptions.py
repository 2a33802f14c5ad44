"""The worklist by API."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.domain.disruption import Resolution
from avl.models import Booking, Disruption, db
from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene, tomorrow


def broken(scene: Scene, court: Caller) -> str:
    reference: str = court.post("/bookings", asked(scene)).json["reference"]
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )
    work_out_ways()
    return reference


def too_short(court: Caller, scene: Scene) -> Booking:
    """A booking whose hearing type takes longer by now."""
    reference = court.post("/bookings", asked(scene)).json["reference"]
    booking = db.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    make.outgrown(booking)
    work_out_ways()
    return booking


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


@pytest.mark.both_databases
def test_what_is_only_shorter_than_usual_is_kept_for_a_reason(
    scene: Scene, court: Caller, prison: Caller, other_court: Caller
) -> None:
    booking = too_short(court, scene)
    (one,) = court.get("/disruptions").json["disruptions"]
    (seen,) = prison.get("/disruptions").json["disruptions"]
    assert (one["may_keep"], seen["may_keep"]) == (True, False)
    path, body = f"/disruptions/{one['id']}/keep", {"reason": "Counsel agrees."}
    assert prison.post(path, body).status_code == 403
    assert other_court.post(path, body).status_code == 404
    assert court.post(path, {"reason": "  "}).status_code == 422

    done = court.post(path, body, Idempotency_Key="once")

    assert (done.status_code, done.json["reference"]) == (200, booking.reference)
    again = court.post(path, body, Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done.json, "true")
    assert court.post(path, body).status_code == 409
    db.session.expire_all()
    assert db.session.scalars(select(Disruption)).one().resolution is Resolution.KEPT


def test_what_an_outage_broke_is_not_kept(scene: Scene, court: Caller) -> None:
    broken(scene, court)
    (one,) = court.get("/disruptions").json["disruptions"]

    answer = court.post(f"/disruptions/{one['id']}/keep", {"reason": "It will do."})

    assert answer.status_code == 409
    assert "cannot stay as it is" in answer.json["detail"]


@pytest.mark.both_databases
def test_all_ways_are_accepted_at_once_and_a_refused_one_stops_none(
    scene: Scene, court: Caller, other_court: Caller
) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]
    second = court.post("/bookings", asked(scene, "14:00")).json["reference"]
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )
    work_out_ways()
    one, two = court.get("/disruptions").json["disruptions"]
    ways = [
        {"id": one["id"], "mark": one["way"]["mark"]},
        {"id": two["id"], "mark": "not this way"},
        {"id": 999, "mark": "not anything"},
    ]
    assert other_court.post("/disruptions/accept", {"ways": ways[:1]}).json["outcomes"] == [
        {
            "id": one["id"],
            "reference": None,
            "is_done": False,
            "refused": "There is no such disruption.",
        }
    ]

    done = court.post("/disruptions/accept", {"ways": ways}, Idempotency_Key="once")

    assert done.status_code == 200
    assert [(said["id"], said["reference"], said["is_done"]) for said in done.json["outcomes"]] == [
        (one["id"], first, True),
        (two["id"], second, False),
        (999, None, False),
    ]
    version = court.get(f"/bookings/{first}").json["version"]
    # With the same key what was done is not done again, and says so as before.
    ways[1] = {"id": two["id"], "mark": two["way"]["mark"]}
    again = court.post("/disruptions/accept", {"ways": ways[:2]}, Idempotency_Key="once")
    assert [said["is_done"] for said in again.json["outcomes"]] == [True, True]
    assert court.get("/disruptions").json == {"disruptions": []}
    assert court.get(f"/bookings/{first}").json["version"] == version


def test_a_call_that_accepts_several_needs_a_key(scene: Scene, court: Caller) -> None:
    body = {"ways": [{"id": 1, "mark": "not anything"}]}

    assert court.post("/disruptions/accept", body, Idempotency_Key=None).status_code == 400


def test_way_that_takes_a_direction_says_so_and_takes_it(scene: Scene, court: Caller) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    protocol = {"layer": "protocol", "mode": "in_person", "override_role": "judicial_officer"}
    sentence = "bail is in person from then on."
    make.mode_rule("PROT-1", **protocol, from_on=date(2026, 11, 26), sentence=sentence)
    court.post("/closures", {"site": "HVDC", "on": "2026-11-25", "reason": "flood"})
    work_out_ways()

    (row,) = court.get("/disruptions").json["disruptions"]
    way, path = row["way"], f"/disruptions/{row['id']}/accept"
    assert (way["asks"]["role"], way["asks"]["consent"]) == ("judicial_officer", "no")
    bare = court.post(path, {"mark": way["mark"]})
    assert (bare.status_code, list(bare.json["errors"])) == (422, ["direction"])
    direction = {
        "role": "judicial_officer",
        "officer_name": "Judge Tamatea",
        "reason": "Short hearing",
        "directed_on": "2026-11-24",
    }
    done = court.post(path, {"mark": way["mark"], "direction": direction})
    assert (done.status_code, done.json["reference"]) == (200, reference)

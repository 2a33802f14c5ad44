"""What a change would break, asked by API before it is made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from avl.models import AuditEvent, Closure, Disruption, Outage, db
from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

TODAY_ON = {"starts_at": "2026-11-24T12:00:00+13:00", "reason": "no picture"}
CLOSED = {"site": "RIM", "on": "2026-11-25", "reason": "flood"}


def kept_nothing() -> bool:
    """Whether nothing was written by asking."""
    tables: list[Any] = [Outage.id, Closure.id, Disruption.id]
    noted = select(AuditEvent.id).where(
        AuditEvent.action.in_(("record_outage", "close_site", "merge_people"))
    )
    return not any(db.session.scalars(one).all() for one in (*map(select, tables), noted))


def test_an_outage_says_what_it_would_break_and_the_way_out(
    scene: Scene, prison: Caller, court: Caller, booked: str
) -> None:
    body = TODAY_ON | {"resource_id": scene.suite.id}
    seen = prison.post("/outages/preview", body, Idempotency_Key=None)

    assert (seen.status_code, kept_nothing()) == (200, True)
    assert seen.json["sentence"] == (
        "Closing Suite 1 from 12:00 pm on Tue 24 Nov 2026 until further notice affects 1 booking."
    )
    (one,) = seen.json["affected"]
    assert (one["reference"], one["starts_at"]) == (booked, "2026-11-25T10:00:00+13:00")
    assert "no picture" in one["sentence"]
    assert (one["hearing"], one["court"]) == ("Bail application", "HVDC")
    assert one["people"] == [
        {
            "prn": scene.tane.prn,
            "family_name": "Rāwiri",
            "given_names": "Tāne",
            "site": "RIM",
            "suite": "Suite 1",
        }
    ]
    assert one["way"] == {
        "kind": "move",
        "why": "The same time in another suite.",
        "changes": [{"before": "Rimutaka, Suite 1", "after": "Rimutaka, Suite 2"}],
        "asks": None,
    }
    assert court.post("/outages/preview", body).status_code == 403
    assert prison.post("/outages/preview", body | {"resource_id": 999999}).status_code == 404
    assert prison.post("/outages/preview", body | {"reason": ""}).status_code == 422
    # What was foreseen is what comes of it.
    assert prison.post("/outages", body).json["broken"] == 1


def test_a_closure_is_foreseen_made_listed_and_taken_back(
    scene: Scene, prison: Caller, other_court: Caller, booked: str
) -> None:
    part = CLOSED | {"from_time": "09:00", "to_time": "12:00"}
    seen = prison.post("/closures/preview", part, Idempotency_Key=None)

    assert (seen.status_code, kept_nothing()) == (200, True)
    (one,) = seen.json["affected"]
    assert (one["reference"], one["way"]["kind"]) == (booked, "move")
    assert prison.post("/closures/preview", CLOSED | {"still_sitting": ["CRB"]}).json == {
        "sentence": "Closing Rimutaka on Wed 25 Nov 2026 affects no booking.",
        "affected": [],
        "warned": [],
        "outlook": "",
    }
    for wrong in ({"on": "2026-11-01"}, {"from_time": "09:00"}, {"still_sitting": ["NONE"]}):
        assert prison.post("/closures/preview", CLOSED | wrong).status_code == 422
        assert prison.post("/closures", CLOSED | wrong).status_code == 422

    made = prison.post("/closures", part, Idempotency_Key="once")
    assert (made.status_code, made.json["broken"]) == (201, 1)
    assert prison.post("/closures", part, Idempotency_Key="once").json == made.json
    (listed,) = prison.get("/closures?site=RIM").json["closures"]
    assert listed == {
        "id": made.json["id"],
        "site": "RIM",
        "on": "2026-11-25",
        "times": "9:00 am to 12:00 pm",
        "reason": "flood",
    }
    path = f"/closures/{made.json['id']}/end"
    assert other_court.get("/closures").json == {"closures": []}
    assert other_court.post(path).status_code == 403
    assert other_court.post("/closures", part).status_code == 404
    assert other_court.post("/closures/preview", part).status_code == 404
    assert prison.post(path).json["mended"] == 1
    assert prison.get("/closures").json == {"closures": []}


def test_merging_says_what_would_move_and_what_stands_in_the_way(
    scene: Scene, prison: Caller, court: Caller, booked: str
) -> None:
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka, prn="TWIN0001")
    path, body = f"/people/{twin.prn}/merge/preview", {"other_prn": scene.tane.prn}

    seen = prison.post(path, body, Idempotency_Key=None)

    assert (seen.status_code, kept_nothing()) == (200, True)
    assert seen.json == {
        "prn": "TWIN0001",
        "version": 1,
        "other_version": 1,
        "merged_prn": scene.tane.prn,
        "obstacles": [],
        "doubts": [],
        "bookings": [booked],
        "bookings_of_others": 0,
        "matters": 0,
        "keep_aparts": 0,
        "breaks": {
            "sentence": "Making these two records one affects no booking.",
            "affected": [],
            "warned": [],
            "outlook": "",
        },
    }
    assert court.post(path, body).status_code == 403
    assert prison.post(path, {"other_prn": "NOBODY1"}).status_code == 422
    make.keep_apart(twin, scene.tane)
    refused = prison.post(path, body).json
    (why,) = refused["obstacles"]
    assert "are kept apart, so they are two people" in why
    assert refused["breaks"] is None


def test_merging_says_which_bookings_it_would_break(
    scene: Scene, court: Caller, prison: Caller, booked: str
) -> None:
    """Tāne's other record must be kept apart from Hēmi, who is booked when Tāne is."""
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka, prn="TWIN0001")
    make.keep_apart(twin, scene.hemi)
    body = asked(scene, courtroom_id=scene.second_courtroom.id)
    body["appearances"] = [{"prn": scene.hemi.prn, "suite_id": scene.second_suite.id}]
    beside = court.post("/bookings", body).json["reference"]

    seen = prison.post(f"/people/{scene.tane.prn}/merge/preview", {"other_prn": "TWIN0001"}).json

    assert (seen["obstacles"], kept_nothing()) == ([], True)
    affected = {one["reference"]: one["way"]["kind"] for one in seen["breaks"]["affected"]}
    assert affected == {booked: "stay", beside: "move"}  # one of the two has to go


def test_what_was_recorded_is_read_at_the_address_it_was_given(
    scene: Scene, prison: Caller, court: Caller
) -> None:
    made = [
        prison.post("/outages", TODAY_ON | {"resource_id": scene.suite.id}),
        prison.post("/closures", CLOSED),
    ]
    for answer in made:
        path = answer.headers["Location"].removeprefix("/api/v1")
        read = prison.get(path)
        assert (read.status_code, read.json["id"]) == (200, answer.json["id"])
        assert court.get(path).status_code == 404
        kind = path.split("/")[1]
        assert prison.get(f"/{kind}").json[kind] == [read.json]
        assert prison.get(f"/{kind}/999999").status_code == 404


def test_several_inputs_that_cannot_be_used_are_named(scene: Scene, court: Caller) -> None:
    refused = court.post("/offers", {"court": "HVDC"})

    assert refused.json["detail"] == (
        "Some of what was sent cannot be used: appearances, hearing_type, wanted_start."
    )

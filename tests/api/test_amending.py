"""Notes, counsel and directions of a booking by API."""

from __future__ import annotations

from typing import Any

import pytest

from avl.models import Booking, db
from tests.api.conftest import Caller, asked
from tests.conftest import Clock
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def direction(mode: str = "in_person", **more: Any) -> dict[str, Any]:
    """What a judge directed today."""
    note = {
        "role": "judicial_officer",
        "officer_name": "Judge Hana Rata",
        "reason": "The witness is in court.",
        "directed_on": "2026-11-24",
        "consent_given": True,
    }
    return {"mode": mode, "direction": note | more}


def test_notes_counsel_and_fixed_are_changed_and_what_is_left_out_stays(
    scene: Scene, court: Caller
) -> None:
    made = court.post("/bookings", asked(scene, staff_notes="Bring the file.")).json
    seat, path = made["appearances"][0]["id"], f"/bookings/{made['reference']}/amend"
    counsel = [{"appearance_id": seat, "counsel_id": scene.mere.id}]

    done = court.change(path, {"prison_notes": "Glasses.", "counsel": counsel, "is_fixed": True})

    assert (done.status_code, done.json["version"] > made["version"]) == (200, True)
    assert (done.json["staff_notes"], done.json["prison_notes"]) == ("Bring the file.", "Glasses.")
    assert done.json["appearances"][0]["counsel"]["id"] == scene.mere.id
    assert done.json["starts_at"] == made["starts_at"]
    assert (made["is_fixed"], done.json["is_fixed"]) == (False, True)
    db.session.expire_all()
    assert db.session.query(Booking).one().is_fixed


def test_wrong_counsel_and_an_old_version_change_nothing(
    scene: Scene, court: Caller, other_court: Caller, prison: Caller
) -> None:
    made = court.post("/bookings", asked(scene)).json
    seat, path = made["appearances"][0]["id"], f"/bookings/{made['reference']}/amend"
    nobody = {"counsel": [{"appearance_id": seat, "counsel_id": 99999}]}

    refused = court.change(path, nobody)
    twice = court.change(path, {"counsel": nobody["counsel"] * 2})

    assert refused.status_code == 422
    assert list(refused.json["errors"]["counsel"]["0"]) == ["counsel_id"]
    assert (twice.status_code, list(twice.json["errors"])) == (422, ["counsel"])
    assert court.post(path, {}).status_code == 428
    assert court.post(path, {}, If_Match='"999"').status_code == 412
    assert other_court.post(path, {}, If_Match="*").status_code == 404
    assert prison.post(path, {"is_fixed": True}, If_Match="*").status_code == 403
    assert court.get(f"/bookings/{made['reference']}").json["version"] == made["version"]


def test_a_direction_is_recorded_and_the_latest_one_stands(
    scene: Scene, court: Caller, other_court: Caller, clock: Clock
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    path = f"/bookings/{reference}/direction"

    inside = court.change(path, direction(), Idempotency_Key="once")
    again = court.change(path, direction(), Idempotency_Key="once")
    clock.forward(minutes=1)
    withdrawn = court.change(path, direction("avl"))

    assert (inside.status_code, again.json) == (200, inside.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert withdrawn.status_code == 200
    assert withdrawn.json["mode_reason"] != inside.json["mode_reason"]
    assert other_court.post(path, direction(), If_Match="*").status_code == 404
    late = court.change(path, direction(directed_on="2027-01-01"))
    assert (late.status_code, list(late.json["errors"]["direction"])) == (422, ["directed_on"])


def test_in_person_is_directed_where_no_link_can_be_had(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    body = {
        "court": "HVDC",
        "hearing_type": "CRB",
        "on": "2026-11-25",
        "mode": "in_person",
        "direction": {
            "role": "judicial_officer",
            "officer_name": "Judge Tui",
            "reason": "No suite is free",
            "directed_on": "2026-11-24",
        },
        "appearances": [{"prn": scene.tane.prn}],
    }

    done = court.post("/directions", body, Idempotency_Key="once")

    assert done.status_code == 200
    assert done.json["prns"] == [scene.tane.prn]
    assert court.post("/directions", body, Idempotency_Key="once").json == done.json
    # By AVL they cannot be booked now, unless it is directed anew.
    assert court.post("/bookings", asked(scene)).status_code == 422
    assert prison.post("/directions", body).status_code == 422
    late = body | {"direction": body["direction"] | {"directed_on": "2026-11-26"}}
    assert list(court.post("/directions", late).json["errors"]) == ["direction"]

"""Rooms and bridge ports out of use by API."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def test_a_port_is_listed_taken_out_of_use_and_put_back(
    scene: Scene, court: Caller, prison: Caller, other_court: Caller
) -> None:
    make.bridge(scene.court, 3)
    both = asked(scene)
    both["appearances"].append({"prn": scene.aroha.prn, "suite_id": scene.women_suite.id})
    assert court.post("/bookings", both).status_code == 201
    ports = court.get("/resources?site=HVDC&kind=bridge_port").json["resources"]
    assert [port["name"] for port in ports] == ["Bridge port 1", "Bridge port 2", "Bridge port 3"]
    body = {
        "resource_id": ports[0]["id"],
        "starts_at": "2026-11-25T08:00:00+13:00",
        "reason": "no carrier",
    }
    assert prison.post("/outages", body).status_code == 403
    assert court.post("/outages", body | {"resource_id": 999999}).status_code == 404
    early = body | {"ends_at": "2026-11-25T07:00:00+13:00"}
    assert court.post("/outages", early).status_code == 422

    made = court.post("/outages", body, Idempotency_Key="once")

    assert made.status_code == 201
    assert (made.json["what"], made.json["ends_at"]) == ("Hutt Valley, Bridge port 1", None)
    assert (made.json["broken"], made.json["mended"]) == (1, 0)
    again = court.post("/outages", body, Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (made.json, "true")
    (listed,) = court.get("/outages?site=HVDC").json["outages"]
    assert listed == {key: made.json[key] for key in listed}
    (broken,) = court.get("/disruptions").json["disruptions"]
    assert broken["cause"] == "outage"

    path = f"/outages/{made.json['id']}/end"
    assert other_court.get("/outages").json == {"outages": []}
    assert other_court.get("/outages?site=HVDC").status_code == 404
    assert other_court.post(path).status_code == 403
    done = court.post(path)
    assert (done.status_code, done.json["mended"]) == (200, 1)
    assert court.get("/outages").json == {"outages": []}
    assert court.post(path).status_code in (404, 409)


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ("starts_at", "2026-11-25T08:00:00.5+13:00"),
        ("ends_at", "2026-11-25T18:00:30+13:00"),
        ("starts_at", "2199-11-25T08:00:00+13:00"),
        ("ends_at", "2199-11-25T18:00:00+13:00"),
    ],
)
def test_an_outage_keeps_to_whole_minutes_and_the_next_two_years(
    scene: Scene, prison: Caller, field: str, at: str
) -> None:
    body = {
        "resource_id": scene.suite.id,
        "starts_at": "2026-11-25T08:00:00+13:00",
        "reason": "no sound",
    }

    for path in ("/outages", "/outages/preview"):
        answer = prison.post(path, body | {field: at})
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])

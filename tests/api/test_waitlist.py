"""The waitlist by API."""

from __future__ import annotations

from typing import Any

import pytest

from avl.commands.bookings import request_booking
from avl.models import WaitlistEntry, db
from tests import make
from tests.api.conftest import Caller, version_of
from tests.conftest import Clock
from tests.scene import Scene, tomorrow
from tests.waiting import serve


def wanted(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "court": scene.court.code,
        "courtroom_ids": [],
        "hearing_type": "CRB",
        "wanted_start": tomorrow("10:00").isoformat(),
        "minutes": 30,
        "pre_minutes": 0,
        "post_minutes": 0,
        "appearances": [{"prn": scene.aroha.prn}],
        "first": "2026-11-25",
        "last": "2026-11-25",
        "earliest": "10:00",
        "latest": "10:30",
        "deadline_at": tomorrow("09:00").isoformat(),
        **more,
    }


def test_a_wish_waits_is_given_a_time_and_is_booked(court: Caller, scene: Scene) -> None:
    other = make.person("Ngata", "Ana", held_at=scene.arohata)
    taken = make.booking(
        other,
        room=scene.courtroom,
        suites=[scene.women_suite],
        hearing=make.during("10:00", "10:30", on="2026-11-25"),
    )
    asked = court.post("/waitlist", wanted(scene))
    assert asked.status_code == 201, asked.json
    path = f"/waitlist/{asked.json['id']}"
    assert asked.headers["Location"] == f"/api/v1{path}"
    assert (asked.json["state"], asked.json["place"], asked.json["waiting"]) == ("waiting", 1, 1)
    assert "Arohata" in asked.json["why"]
    assert court.get("/waitlist").json["entries"] == [court.get(path).json]

    assert court.post(f"{path}/book", {}).status_code == 409
    assert court.change(f"/bookings/{taken.reference}/cancel", {"reason": "x"}).status_code == 200
    serve()
    kept = court.get(path).json["kept"]
    assert kept["starts_at"] == "2026-11-25T10:00:00+13:00"
    assert kept["expires_at"] == "2026-11-24T11:00:00+13:00"

    done = court.post(f"{path}/book", {}, Idempotency_Key="book-1")
    again = court.post(f"{path}/book", {}, Idempotency_Key="book-1")

    assert (done.status_code, done.json["reference"]) == (201, kept["reference"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert court.get(path).json["state"] == "booked"
    assert court.get("/waitlist?state=ended").json["entries"][0]["state"] == "booked"
    assert (
        court.client.delete(f"/api/v1{path}?reason=x", headers=court.headers()).status_code == 409
    )


def test_the_same_key_waits_once_and_so_does_the_same_wish(court: Caller, scene: Scene) -> None:
    first = court.post("/waitlist", wanted(scene), Idempotency_Key="wait-1")
    again = court.post("/waitlist", wanted(scene), Idempotency_Key="wait-1")
    other = court.post("/waitlist", wanted(scene), Idempotency_Key="wait-2")

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json["id"] == first.json["id"]
    assert db.session.query(WaitlistEntry).count() == 1


def test_a_wait_is_given_another_deadline_and_goes_ahead(court: Caller, scene: Scene) -> None:
    made = court.post("/waitlist", wanted(scene))
    path, etag = f"/waitlist/{made.json['id']}", made.headers["ETag"]
    body = {"deadline_at": tomorrow("08:30").isoformat(), "priority": 100, "reason": "remand ends"}

    done = court.send("PATCH", path, body, Idempotency_Key="change")

    assert done.status_code == 200
    assert (done.json["deadline_at"], done.json["priority"]) == ("2026-11-25T08:30:00+13:00", 100)
    assert version_of(done) == version_of(court.get(path)) != version_of(made)
    assert court.send("PATCH", path, body, If_Match=etag).status_code == 412
    wrong = court.send("PATCH", path, {"deadline_at": "2026-01-01T00:00:00Z", "reason": "x"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["deadline_at"])
    assert court.post(f"{path}/seen").json["state"] == "waiting"
    court.client.delete(f"/api/v1{path}?reason=x", headers=court.headers())
    assert court.send("PATCH", path, body).status_code == 409
    assert court.post(f"{path}/seen").status_code == 200


def test_withdrawing_twice_changes_nothing(court: Caller, scene: Scene) -> None:
    path = f"/waitlist/{court.post('/waitlist', wanted(scene)).json['id']}"

    for _ in range(2):
        gone = court.client.delete(f"/api/v1{path}?reason=settled", headers=court.headers())
        assert (gone.status_code, gone.json["state"]) == (200, "withdrawn")
    unsaid = court.client.delete(f"/api/v1{path}", headers=court.headers())
    assert unsaid.status_code in (400, 422)


def test_another_court_finds_nothing(court: Caller, other_court: Caller, scene: Scene) -> None:
    path = f"/waitlist/{court.post('/waitlist', wanted(scene)).json['id']}"

    assert other_court.get(path).status_code == 404
    assert other_court.get("/waitlist").json["entries"] == []
    assert other_court.post(f"{path}/book", {}).status_code == 404
    gone = other_court.client.delete(f"/api/v1{path}?reason=x", headers=other_court.headers())
    assert gone.status_code == 404
    assert other_court.post("/waitlist", wanted(scene)).status_code in (404, 422)


def test_what_makes_no_sense_names_its_field(court: Caller, scene: Scene) -> None:
    for wrong in (
        {"deadline_at": make.at("09:00").isoformat()},
        {"last": "2026-11-24"},
        {"latest": "10:15"},
        {"earliest": "25:00"},
        {"priority": 90},
    ):
        answer = court.post("/waitlist", wanted(scene, **wrong))
        assert answer.status_code == 422, (wrong, answer.json)


def test_a_kept_time_is_told_no_longer_than_it_is_kept(
    court: Caller, scene: Scene, clock: Clock
) -> None:
    path = f"/waitlist/{court.post('/waitlist', wanted(scene)).json['id']}"
    serve()
    kept = court.get(path).json["kept"]
    at = f"/bookings/{kept['reference']}"
    before = court.get(at).json

    clock.set(make.at("11:00"))

    after, waits = court.get(at).json, court.get(path).json
    assert (before["status"], before["expires_at"]) == ("held", kept["expires_at"])
    assert (after["status"], after["expires_at"]) == ("lapsed", None)
    assert (waits["state"], waits["kept"]) == ("waiting", None)
    assert waits["why"].startswith("The time kept for it until 11:00 am on Tue 24 Nov 2026 was not")
    assert court.get("/waitlist").json["entries"] == [waits]
    assert court.post(f"{path}/book", {}).status_code == 409


@pytest.mark.parametrize(
    ("window", "beyond"),
    [
        ({"first": "2026-11-26", "last": "2026-11-27"}, "is before the first date"),
        ({"first": "2026-11-24", "last": "2026-11-24"}, "is after the last date"),
        ({"earliest": "10:15", "latest": None}, "begins before the earliest time"),
        ({"latest": "10:20", "earliest": None}, "ends after the latest time"),
    ],
)
def test_the_time_wanted_is_one_that_will_do(
    court: Caller, scene: Scene, window: dict[str, Any], beyond: str
) -> None:
    answer = court.post("/waitlist", wanted(scene, **window))

    asked_for = "The time asked for, Wed 25 Nov 2026, 10:00 am to 10:30 am,"
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["errors"] == {"wanted_start": [f"{asked_for} {beyond} that will do."]}


def test_a_booking_waits_for_a_better_time_and_moves_there(court: Caller, scene: Scene) -> None:
    other = make.person("Ngata", "Ana", held_at=scene.arohata)
    taken = make.booking(
        other,
        room=scene.courtroom,
        suites=[scene.women_suite],
        hearing=make.during("10:00", "10:30", on="2026-11-25"),
    )
    mine = request_booking(scene.request("14:00", scene.at_arohata()), by=scene.registrar)
    kept = ("court", "hearing_type", "appearances")
    sent = {name: value for name, value in wanted(scene).items() if name not in kept}
    asked = court.post("/waitlist", {**sent, "moving": mine.reference})
    assert asked.status_code == 201, asked.json
    path = f"/waitlist/{asked.json['id']}"
    assert asked.json["moving"]["starts_at"] == "2026-11-25T14:00:00+13:00"
    assert court.post(f"{path}/book", {"reason": "Asked."}).status_code == 409

    assert court.change(f"/bookings/{taken.reference}/cancel", {"reason": "x"}).status_code == 200
    serve()
    assert court.get(path).json["kept"]["starts_at"] == "2026-11-25T10:00:00+13:00"
    assert court.post(f"{path}/book", {}).status_code == 422
    done = court.post(f"{path}/book", {"reason": "The judge asked."})

    assert (done.status_code, done.json["reference"]) == (201, mine.reference)
    assert done.json["starts_at"] == "2026-11-25T10:00:00+13:00"
    assert court.get(path).json["state"] == "booked"

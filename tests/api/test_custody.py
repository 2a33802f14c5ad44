"""Transfer, release and death of a person by API."""

from __future__ import annotations

import pytest
from flask import Flask

from avl.domain.access import Role
from tests.api.conftest import Caller, asked, caller
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

LATER = "2026-11-25T08:00:00+13:00"


def test_a_transfer_names_what_it_leaves_at_the_wrong_place_and_is_taken_back(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    person = f"/people/{scene.tane.prn}"
    body, etag = {"site": scene.arohata.code, "at": LATER}, prison.get(person).headers["ETag"]
    assert court.post(f"{person}/transfer", body, If_Match=etag).status_code == 403

    done = prison.post(f"{person}/transfer", body, If_Match=etag, Idempotency_Key="once")
    again = prison.post(f"{person}/transfer", body, If_Match=etag, Idempotency_Key="once")
    stale = prison.post(f"{person}/release", {"at": LATER}, If_Match=etag)

    assert (done.status_code, done.json["wrong_place"]) == (200, [reference])
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done.json, "true")
    assert stale.status_code == 412
    assert prison.get(person).json["next_at"]["site"] == scene.arohata.short_name
    back = prison.post(f"{person}/withdraw-move", If_Match=done.headers["ETag"])
    assert (back.status_code, back.json["wrong_place"]) == (200, [])
    assert prison.get(person).json["next_at"] is None


def test_a_release_needs_the_version_a_whole_minute_and_somebody_in_custody(
    scene: Scene, prison: Caller
) -> None:
    path = f"/people/{scene.tane.prn}/release"

    unread = prison.post(path, {"at": LATER})
    half = prison.post(path, {"at": "2026-11-25T08:00:30+13:00"}, If_Match="*")
    done = prison.post(path, {"at": LATER}, If_Match="*")
    again = prison.post(path, {"at": "2026-11-25T09:00:00+13:00"}, If_Match="*")
    nobody = prison.post("/people/NOBODY/release", {"at": LATER}, If_Match="*")

    codes = [one.status_code for one in (unread, half, done, again, nobody)]
    assert codes == [428, 422, 200, 422, 404]
    assert [list(one.json["errors"]) for one in (half, again)] == [["at"], ["at"]]


def test_a_death_is_recorded_and_a_mistake_is_put_right(scene: Scene, prison: Caller) -> None:
    path = f"/people/{scene.tane.prn}/death"

    ahead = prison.post(path, {"at": LATER}, If_Match="*")
    done = prison.post(path, {"at": "2026-11-24T09:00:00+13:00"}, If_Match="*")
    right = prison.post(f"{path}/correct", If_Match=done.headers["ETag"])
    nothing = prison.post(f"{path}/correct", If_Match="*")

    codes = [one.status_code for one in (ahead, done, right, nothing)]
    assert codes == [422, 200, 200, 409]
    assert list(ahead.json["errors"]) == ["at"]


def test_a_move_says_what_it_would_break_and_records_nothing(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    person = f"/people/{scene.tane.prn}"
    body = {"site": scene.arohata.code, "at": LATER}
    read = prison.get(person)

    seen = prison.post(f"{person}/transfer/preview", body, Idempotency_Key=None)
    released = prison.post(f"{person}/release/preview", {"at": LATER}, Idempotency_Key=None)
    passed = {"at": "2026-11-24T09:00:00+13:00"}
    died = prison.post(f"{person}/death/preview", passed, Idempotency_Key=None)

    for answer, what in ((seen, "transfer"), (released, "release"), (died, "death")):
        assert answer.json["sentence"] == f"The {what} of Tāne RĀWIRI affects 1 booking."
        (one,) = answer.json["affected"]
        assert one["reference"] == reference
        assert one["way"]["kind"] == ("move" if what == "transfer" else "cancel")
    assert prison.get(person).headers["ETag"] == read.headers["ETag"]
    assert court.post(f"{person}/transfer/preview", body).status_code == 403
    assert court.post(f"{person}/release/preview", {"at": LATER}).status_code == 403
    assert prison.post("/people/NOBODY/release/preview", {"at": LATER}).status_code == 404
    # What would be refused is refused already.
    too_soon = prison.post(f"{person}/death/preview", {"at": LATER}, Idempotency_Key=None)
    assert (too_soon.status_code, list(too_soon.json["errors"])) == (422, ["at"])
    # What was foreseen is what comes of it.
    done = prison.post(f"{person}/transfer", body, If_Match="*")
    assert done.json["wrong_place"] == [reference]


def test_another_prison_may_read_a_record_and_not_change_it(app: Flask, scene: Scene) -> None:
    other = caller(app, Role.AVL_COORDINATOR, scene.arohata)
    path = f"/people/{scene.tane.prn}"

    read = other.get(path)
    done = other.post(f"{path}/record", {"status": "sentenced"}, If_Match="*")
    seen = other.post(f"{path}/record/preview", {"status": "sentenced"}, Idempotency_Key=None)

    assert [one.status_code for one in (read, done, seen)] == [200, 403, 403]


def test_a_site_that_does_not_exist_is_named(scene: Scene, prison: Caller) -> None:
    body = {"site": "NOWHERE", "at": LATER}

    answer = prison.post(f"/people/{scene.tane.prn}/transfer", body, If_Match="*")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["site"])


def test_a_record_says_what_changing_it_does_and_keeps_what_is_left_out(
    scene: Scene, court: Caller, prison: Caller, other_court: Caller
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    person = f"/people/{scene.tane.prn}"
    path, body = f"{person}/record", {"interpreter_language": "Samoan"}

    seen = court.post(f"{path}/preview", body, Idempotency_Key=None)
    hidden = other_court.post(f"{path}/preview", body)

    assert (seen.status_code, seen.json["affected"]) == (200, [])
    (one,) = seen.json["warned"]
    assert (one["reference"], one["starts_at"]) == (reference, "2026-11-25T10:00:00+13:00")
    assert one["sentence"].startswith("An interpreter (Samoan) should have been asked for by")
    assert hidden.status_code == 403
    assert other_court.get(person).status_code == 200
    assert other_court.post(path, body, If_Match="*").status_code == 403
    assert court.get(person).json["interpreter_language"] == ""

    etag = court.get(person).headers["ETag"]
    done = court.post(path, body, If_Match=etag, Idempotency_Key="once")
    assert done.status_code == 200
    assert court.post(path, body, If_Match=etag, Idempotency_Key="once").json == done.json
    assert court.post(path, {}, If_Match=etag).status_code == 412
    changed = court.get(f"/bookings/{reference}").json["interpreter"]
    assert (changed["language"], changed["state"]) == ("Samoan", "wanted")
    wrong = court.post(path, {"status": "sentenced"}, If_Match="*")
    aged = prison.post(path, {"born_on": "2030-01-01"}, If_Match="*")
    assert (wrong.status_code, aged.status_code) == (403, 422)
    assert list(aged.json["errors"]) == ["born_on"]
    kept = prison.post(path, {"status": "sentenced"}, If_Match="*")
    assert kept.json["sentence"].endswith("is changed.")
    assert court.get(person).json["interpreter_language"] == "Samoan"

"""Keeping two people apart by API."""

from __future__ import annotations

import pytest

from avl.domain.access import Role
from tests import make
from tests.api.conftest import Caller, asked, caller
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def body(scene: Scene, **more: object) -> dict[str, object]:
    return {"prn": scene.tane.prn, "other_prn": scene.hemi.prn, "reason": "Rival gangs"} | more


def book_both(scene: Scene, court: Caller) -> None:
    """Both at ten, in Suite 1 and Suite 2."""
    for person, suite, room in (
        (scene.tane, scene.suite, scene.courtroom),
        (scene.hemi, scene.second_suite, scene.second_courtroom),
    ):
        wanted = asked(scene, courtroom_id=room.id)
        wanted["appearances"] = [{"prn": person.prn, "suite_id": suite.id}]
        assert court.post("/bookings", wanted).status_code == 201


def test_two_are_kept_apart_read_and_let_together_again(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    book_both(scene, court)

    made = court.post("/keep-aparts", body(scene), Idempotency_Key="once")

    assert made.status_code == 201
    assert (made.json["broken"], made.json["mended"]) == (2, 0)
    again = court.post("/keep-aparts", body(scene), Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (made.json, "true")
    assert court.post("/keep-aparts", body(scene)).status_code == 409
    path = made.headers["Location"].removeprefix("/api/v1")
    assert prison.get(path).json["prns"] == [scene.tane.prn, scene.hemi.prn]
    assert prison.get("/keep-aparts").json["keep_aparts"] == [prison.get(path).json]
    ended = prison.post(f"{path}/end", {"reason": "Reconciled"})
    assert (ended.status_code, ended.json["mended"]) == (200, 2)
    assert prison.get(path).status_code == 404
    assert court.get("/keep-aparts").json == {"keep_aparts": []}


def test_what_a_pair_would_break_is_asked_first(scene: Scene, court: Caller) -> None:
    book_both(scene, court)

    seen = court.post("/keep-aparts/preview", body(scene), Idempotency_Key=None)

    assert seen.status_code == 200
    assert seen.json["sentence"] == "Keeping Tāne Rāwiri and Hēmi Parata apart affects 2 bookings."
    assert [one["way"]["kind"] for one in seen.json["affected"]] == ["stay", "move"]
    assert court.get("/keep-aparts").json == {"keep_aparts": []}
    assert court.post("/keep-aparts", body(scene)).json["broken"] == 2
    refused = court.post("/keep-aparts/preview", body(scene))
    assert refused.status_code == 409
    assert refused.json["detail"] == "These two are kept apart already."


def test_those_who_may_not_know_learn_nothing(app, scene: Scene, court: Caller) -> None:
    path = court.post("/keep-aparts", body(scene)).headers["Location"].removeprefix("/api/v1")
    for stranger in (
        caller(app, Role.PRISON_OFFICER, scene.rimutaka),
        caller(app, Role.AVL_COORDINATOR, make.prison()),
        caller(app, Role.MANAGER, scene.rimutaka),
    ):
        assert stranger.get("/keep-aparts").json == {"keep_aparts": []}
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{path}/end", {"reason": "x"}).status_code == 404
        for path_sent in ("/keep-aparts", "/keep-aparts/preview"):
            assert stranger.post(path_sent, body(scene)).status_code in (403, 422)


def test_nobody_is_kept_apart_from_nobody_or_themselves(scene: Scene, court: Caller) -> None:
    nobody = court.post("/keep-aparts", body(scene, other_prn="nobody"))
    self = court.post("/keep-aparts", body(scene, other_prn=scene.tane.prn))

    assert (nobody.status_code, self.status_code) == (422, 422)
    assert "There is no person with PRN nobody." in nobody.text

"""Making two records of one person one by API."""

from __future__ import annotations

import pytest
from flask import Flask

from avl.domain.access import Role
from tests import make
from tests.api.conftest import Caller, asked, caller
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def test_two_records_become_one_and_both_prns_find_the_person(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka, prn="TWIN0001")
    wanted = asked(scene)
    wanted["appearances"] = [{"prn": "TWIN0001", "suite_id": scene.suite.id}]
    reference = court.post("/bookings", wanted).json["reference"]
    path, body = f"/people/{scene.tane.prn}/merge", {"other_prn": "TWIN0001"}
    assert court.post(path, body, If_Match="*").status_code == 403

    done = prison.post(path, body, If_Match="*", Idempotency_Key="once")

    assert (done.status_code, done.json) == (
        200,
        {
            "prn": scene.tane.prn,
            "version": 2,
            "merged_prn": "TWIN0001",
            "wrong_place": [],
            "wrong_place_of_others": 0,
        },
    )
    again = prison.post(path, body, If_Match="*", Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done.json, "true")
    seat = court.get(f"/bookings/{reference}").json["appearances"][0]
    assert seat["person"]["prn"] == scene.tane.prn
    (found,) = prison.get(f"/people?prn={twin.prn}").json["people"]
    assert found["prn"] == scene.tane.prn
    assert prison.post(path, body, If_Match="*").status_code == 422


def test_names_quite_different_want_a_word_more(scene: Scene, prison: Caller) -> None:
    path, body = f"/people/{scene.tane.prn}/merge", {"other_prn": scene.hemi.prn}
    seen = prison.post(f"{path}/preview", body, Idempotency_Key=None).json
    assert seen["doubts"] == ["The names are quite different: Tāne RĀWIRI and Hēmi PARATA."]
    assert seen["breaks"]["affected"] == []

    refused = prison.post(path, body, If_Match="*")
    done = prison.post(path, body | {"is_one_person": True}, If_Match="*")

    assert refused.status_code == 422
    assert "names are quite different" in refused.text
    assert "is_one_person" in refused.text
    assert done.status_code == 200


def test_what_stands_in_the_way_is_said_and_nothing_is_merged(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    for person, suite, room in (
        (scene.tane, scene.suite, scene.courtroom),
        (scene.hemi, scene.second_suite, scene.second_courtroom),
    ):
        wanted = asked(scene, courtroom_id=room.id)
        wanted["appearances"] = [{"prn": person.prn, "suite_id": suite.id}]
        assert court.post("/bookings", wanted).status_code == 201

    answer = prison.post(
        f"/people/{scene.tane.prn}/merge", {"other_prn": scene.hemi.prn}, If_Match="*"
    )

    assert answer.status_code == 409
    assert "are at the same time" in answer.json["detail"]


def test_nobody_else_merges_and_nobody_is_nobody(app: Flask, scene: Scene, prison: Caller) -> None:
    body = {"other_prn": scene.hemi.prn}
    path = f"/people/{scene.tane.prn}/merge"

    assert (
        caller(app, Role.PRISON_OFFICER, scene.rimutaka).post(path, body, If_Match="*").status_code
        == 404
    )
    assert (
        caller(app, Role.AVL_COORDINATOR, make.prison()).post(path, body, If_Match="*").status_code
        == 403
    )
    assert prison.post("/people/nobody/merge", body, If_Match="*").status_code == 404
    assert prison.post("/people/%00/merge", body, If_Match="*").status_code == 400
    assert prison.post(path, {"other_prn": "nobody"}, If_Match="*").status_code == 422
    assert prison.post(path, {"other_prn": scene.tane.prn}, If_Match="*").status_code == 422

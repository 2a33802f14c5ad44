"""A court's sittings by API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from avl.domain.access import Role
from avl.models import Sitting, db
from tests.api.conftest import Caller, asked, caller, version_of
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def sitting(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "courtroom_id": scene.courtroom.id,
        "starts_at": "2026-11-25T10:00:00+13:00",
        "ends_at": "2026-11-25T13:00:00+13:00",
        "list_name": "Bail list",
        "officer": "Judge Tui",
    } | more


def test_a_sitting_is_looked_at_added_changed_and_removed(scene: Scene, court: Caller) -> None:
    reference = court.post("/bookings", asked(scene, "14:00")).json["reference"]
    seen = court.post("/sittings/preview", sitting(scene), Idempotency_Key=None)
    assert [one["reference"] for one in seen.json["affected"]] == [reference]
    assert db.session.query(Sitting).count() == 0

    made = court.post("/sittings", sitting(scene))
    assert (made.status_code, made.json["broken"]) == (201, 1)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert version_of(court.get(path)) == version_of(made)
    listed = court.get("/sittings?court=HVDC&on=2026-11-25").json["sittings"]
    assert listed == [court.get(path).json]

    longer = {"ends_at": "2026-11-25T15:00:00+13:00"}
    assert court.post(f"{path}/preview", longer).json["affected"] == []
    changed = court.send("PATCH", path, longer)
    assert (changed.json["mended"], changed.json["officer"]) == (1, "Judge Tui")
    stale = made.headers["ETag"]
    assert court.send("PATCH", path, longer, If_Match=stale).status_code == 412
    assert court.post(f"{path}/remove", {}, If_Match=stale).status_code == 412

    hours = {"keeps_hours": True}
    assert court.post(f"{path}/remove/preview", hours).json["affected"] == []
    gone = court.post(f"{path}/remove", hours, If_Match=changed.headers["ETag"])
    assert gone.json == {"id": made.json["id"], "broken": 0, "mended": 0}
    assert court.get(path).status_code == 404


def test_a_day_without_its_only_sitting_is_one_without_any(scene: Scene, court: Caller) -> None:
    path = court.post("/sittings", sitting(scene)).headers["Location"].removeprefix("/api/v1")

    assert court.post(f"{path}/remove", {}, If_Match="*").status_code == 200

    assert court.get(path).json["is_idle"] is True
    assert court.get("/sittings?court=HVDC&on=2026-11-25").json == {"sittings": []}
    assert court.send("PATCH", path, {"list_name": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ends_at": "2026-11-25T09:00:00+13:00"}, "ends_at"),
        ({"ends_at": "2026-11-26T09:00:00+13:00"}, "ends_at"),
        ({"starts_at": "2026-11-25T10:00:30+13:00"}, "starts_at"),
        ({"list_name": "x" * 81}, "list_name"),
    ],
)
def test_a_sitting_that_could_not_be_is_refused_by_its_name(
    scene: Scene, court: Caller, wrong: dict[str, Any], named: str
) -> None:
    answer = court.post("/sittings", sitting(scene, **wrong))

    assert (answer.status_code, list(answer.json["errors"])) == (422, [named])


def test_another_court_does_not_find_it(
    scene: Scene, court: Caller, other_court: Caller, prison: Caller
) -> None:
    path = court.post("/sittings", sitting(scene)).headers["Location"].removeprefix("/api/v1")
    for stranger in (other_court, prison):
        assert stranger.get(path).status_code == 404
        assert stranger.post("/sittings", sitting(scene)).status_code == 404
        assert stranger.send("PATCH", path, {"list_name": "x"}, If_Match="*").status_code == 404
        assert stranger.post(f"{path}/remove", {}, If_Match="*").status_code == 404
        assert stranger.post(f"{path}/remove/preview", {}).status_code == 404


def test_a_manager_who_keeps_the_sittings_lists_them(
    app: Flask, scene: Scene, court: Caller, manager: Caller
) -> None:
    made = court.post("/sittings", sitting(scene)).json["id"]
    courts = caller(app, Role.MANAGER, scene.court)
    path = "/sittings?court=HVDC&on=2026-11-25"

    assert [one["id"] for one in courts.get(path).json["sittings"]] == [made]
    assert courts.get(f"/sittings/{made}").status_code == 200
    assert manager.get(path).status_code == 422  # a prison's manager has no court

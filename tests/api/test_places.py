"""What a site is like, by API: its own rules, its rooms and its weekly hours."""

from __future__ import annotations

from typing import Any

import pytest

from avl.models import Resource, Site, Window, db
from tests.api.conftest import Caller, version_of
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

WEEK = {
    "from_on": "2026-11-25",
    "source": "memo",
    "hours": [
        {
            "kind": "open",
            "weekdays": ["Mon", "Tue", "Wed"],
            "opens_at": "08:00",
            "closes_at": "24:00",
        },
        {
            "kind": "break",
            "weekdays": ["Wed"],
            "opens_at": "10:00",
            "closes_at": "11:00",
            "label": "lock-up",
        },
    ],
}


def test_one_rule_of_a_site_is_changed_and_the_others_stay(scene: Scene, manager: Caller) -> None:
    before = manager.get("/sites/RIM/rules").json

    done = manager.send("PATCH", "/sites/rim/rules", {"pickup_minutes": 25}, Idempotency_Key="a")

    assert done.status_code == 200
    assert done.headers["ETag"] == f'"{done.json["version"]}"' != f'"{before["version"]}"'
    changed = {name for name in before if before[name] != done.json[name]}
    assert changed == {"pickup_minutes", "version"}
    assert (done.json["broken"], done.json["mended"]) == (0, 0)
    again = manager.send("PATCH", "/sites/rim/rules", {"pickup_minutes": 25}, Idempotency_Key="a")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (done.json, "true")


def test_a_change_of_rules_that_nobody_looked_at_is_refused(scene: Scene, manager: Caller) -> None:
    stale = manager.get("/sites/RIM/rules").headers["ETag"]
    manager.send("PATCH", "/sites/RIM/rules", {"notice_minutes": 60})
    body = {"notice_minutes": 90}

    assert manager.send("PATCH", "/sites/RIM/rules", body, If_Match=stale).status_code == 412
    assert manager.send("PATCH", "/sites/RIM/rules", body, If_Match=None).status_code == 428
    assert manager.send("PATCH", "/sites/RIM/rules", body, Idempotency_Key=None).status_code == 400
    assert manager.send("PATCH", "/sites/RIM/rules", body, If_Match="*").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"pickup_minutes": 241},
        {"approval": "perhaps"},
        {"escort_capacity": 0},
        {"approval_hours": None},
        {"phone": "0" * 25},
        {"colour": "blue"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_rule_that_could_not_be_is_refused_by_its_name(
    scene: Scene, manager: Caller, wrong: dict[str, Any]
) -> None:
    answer = manager.send("PATCH", "/sites/RIM/rules", wrong)

    assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))


def test_whoever_does_not_look_after_a_site_changes_nothing(
    scene: Scene, manager: Caller, court: Caller, prison: Caller
) -> None:
    body = {"notice_minutes": 60}
    assert court.get("/sites/RIM/rules").json["approval"] == "approval"
    for stranger, site in ((court, "RIM"), (prison, "RIM"), (manager, "HVDC")):
        for path, more in (("rules", body), ("hours", WEEK)):
            method = "PATCH" if path == "rules" else "PUT"
            assert stranger.send(method, f"/sites/{site}/{path}", more).status_code == 404
            assert stranger.post(f"/sites/{site}/{path}/preview", more).status_code == 404
        assert stranger.get(f"/sites/{site}/rooms").status_code == 404
    assert manager.get("/sites/NONE/rules").status_code == 404


def test_a_room_is_added_renamed_and_switched_off(
    scene: Scene, manager: Caller, booked: str
) -> None:
    made = manager.post("/sites/RIM/rooms", {"code": "S9", "kind": "suite", "name": "Suite 9"})
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api/v1")
    assert manager.get(path).json["name"] == "Suite 9"
    assert manager.send("PATCH", path, {"name": "Suite Nine"}).json["name"] == "Suite Nine"

    path = f"/sites/RIM/rooms/{scene.suite.id}"
    seen = manager.post(f"{path}/preview", {"is_active": False}, Idempotency_Key=None)
    assert [one["reference"] for one in seen.json["affected"]] == [booked]
    assert db.session.get(Resource, scene.suite.id).is_active
    done = manager.send("PATCH", path, {"is_active": False})
    assert (done.json["broken"], done.json["is_active"]) == (1, False)
    assert done.json["code"] == scene.suite.code
    listed = manager.get("/sites/RIM/rooms").json["rooms"]
    assert [one["is_active"] for one in listed][-1] is False


def test_a_room_that_cannot_stand_there_is_refused_by_what_is_wrong(
    scene: Scene, manager: Caller
) -> None:
    room = {"code": scene.suite.code, "kind": "suite", "name": "Suite 1"}
    taken = manager.post("/sites/RIM/rooms", room)
    nowhere = manager.post("/sites/RIM/rooms", room | {"kind": "courtroom", "code": "C9"})
    both = manager.post("/sites/RIM/rooms", room | {"code": "s 9", "name": " "})

    assert [list(one.json["errors"]) for one in (taken, nowhere)] == [["code"], ["kind"]]
    assert (both.status_code, set(both.json["errors"])) == (422, {"code", "name"})
    assert manager.get(f"/sites/RIM/rooms/{scene.courtroom.id}").status_code == 404


def test_a_week_is_looked_at_and_put_and_reads_as_it_was_sent(
    scene: Scene, manager: Caller, court: Caller, booked: str
) -> None:
    seen = manager.post("/sites/RIM/hours/preview", WEEK, Idempotency_Key=None)
    assert [one["reference"] for one in seen.json["affected"]] == [booked]
    assert db.session.query(Window).filter(Window.from_on.is_not(None)).count() == 0

    done = manager.send("PUT", "/sites/RIM/hours", WEEK)

    assert (done.status_code, done.json["broken"]) == (200, 1)
    now, then = done.json["weeks"]
    assert (now["to_on"], then["from_on"], then["to_on"]) == ("2026-11-25", "2026-11-25", None)
    sent = [{"label": "", **line} for line in WEEK["hours"]]
    assert then["hours"] == sent
    read = court.get("/sites/RIM/hours")
    assert version_of(read) == version_of(done)
    # The same week again changes nothing.
    again = manager.send("PUT", "/sites/RIM/hours", WEEK)
    assert (again.json["version"], again.json["broken"]) == (done.json["version"], 0)


def test_a_room_has_hours_of_its_own(scene: Scene, manager: Caller) -> None:
    path = f"/sites/RIM/rooms/{scene.suite.id}/hours"
    assert manager.get("/sites/RIM/hours/rooms").json == {"rooms": []}

    assert manager.post(f"{path}/preview", WEEK).status_code == 200
    done = manager.send("PUT", path, WEEK)

    assert (done.json["room_id"], done.json["name"]) == (scene.suite.id, "Suite 1")
    (listed,) = manager.get("/sites/RIM/hours/rooms").json["rooms"]
    assert listed == manager.get(path).json
    assert manager.get(f"/sites/RIM/rooms/{scene.courtroom.id}/hours").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"from_on": "2026-11-23"}, "from_on"),
        ({"from_on": "2036-11-23"}, "from_on"),
        ({"hours": [{**WEEK["hours"][0], "closes_at": "07:00"}]}, "hours"),
        ({"hours": [{**WEEK["hours"][0], "opens_at": "24:00"}]}, "hours"),
        ({"hours": [{**WEEK["hours"][0], "weekdays": ["Wednesday"]}]}, "hours"),
        ({"hours": [{**WEEK["hours"][0], "label": "x" * 61}]}, "hours"),
        ({"source": "x" * 201}, "source"),
    ],
)
def test_a_week_that_could_not_be_is_refused_by_its_name(
    scene: Scene, manager: Caller, wrong: dict[str, Any], named: str
) -> None:
    answer = manager.send("PUT", "/sites/RIM/hours", WEEK | wrong)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [named])
    assert db.session.query(Site).filter_by(code="RIM").count() == 1

"""The records that bookings stand on, by API: counsel, people and their matters."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from avl.models import Matter, Person, db
from tests import make
from tests.api.conftest import Caller, version_of
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

ANA = {"name": "Ana Tito", "firm": "Tito Law", "mobile": "021 123 4567", "email": "ana@tito.nz"}
NEW = {
    "prn": "9001 2345",
    "family_name": "Ngata",
    "given_names": "Wiremu",
    "site": "rim",
    "since": "2026-11-20T08:00:00+13:00",
}


def test_counsel_is_added_found_and_changed(scene: Scene, court: Caller) -> None:
    made = court.post("/counsel", ANA, Idempotency_Key="once")
    assert (made.status_code, made.json["mobile"]) == (201, "+64211234567")
    again = court.post("/counsel", ANA, Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (made.json, "true")
    assert list(court.post("/counsel", ANA).json["errors"]) == ["name"]

    path = made.headers["Location"].removeprefix("/api/v1")
    assert court.get("/counsel?q=tito").json == {
        "counsel": [court.get(path).json],
        "has_more": False,
    }
    done = court.send("PATCH", path, {"language": "mi"})
    assert (done.json["language"], done.json["firm"], done.json["texts"]) == ("mi", "Tito Law", 0)
    assert court.send("PATCH", path, {}, If_Match=made.headers["ETag"]).status_code == 412
    assert version_of(court.get(path)) == version_of(done)


@pytest.mark.parametrize(
    "wrong", [{"mobile": "04 123 4567"}, {"email": "ana"}, {"name": " "}, {"language": "fr"}]
)
def test_counsel_that_could_not_be_told_is_refused_by_name(
    scene: Scene, court: Caller, wrong: dict[str, Any]
) -> None:
    answers = [
        court.post("/counsel", ANA | wrong),
        court.send("PATCH", f"/counsel/{scene.mere.id}", wrong),
    ]
    assert [(one.status_code, list(one.json["errors"])) for one in answers] == [
        (422, list(wrong))
    ] * 2


def test_only_a_registry_keeps_counsel(scene: Scene, court: Caller, prison: Caller) -> None:
    path = f"/counsel/{scene.mere.id}"
    assert [prison.get(one).status_code for one in ("/counsel", path)] == [404, 404]
    assert prison.post("/counsel", ANA).status_code == 403
    assert prison.send("PATCH", path, ANA, If_Match="*").status_code == 404
    assert court.get("/counsel/999999").status_code == 404


def test_somebody_new_is_recorded_where_they_are(
    scene: Scene, prison: Caller, court: Caller
) -> None:
    made = prison.post("/people", NEW)

    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/people/90012345")
    assert made.json["now_at"]["site"] == "Rimutaka"
    assert version_of(court.get("/people/90012345")) == version_of(made)
    assert list(prison.post("/people", NEW).json["errors"]) == ["prn"]
    assert prison.post("/people", NEW | {"prn": "90012346", "site": "ARO"}).status_code in (
        403,
        422,
    )
    for wrong in ({"born_on": "2030-01-01"}, {"site": "NONE"}, {"since": "2030-01-01T00:00:00Z"}):
        answer = prison.post("/people", NEW | {"prn": "90012347"} | wrong)
        assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))
    assert db.session.scalar(select(Person.id).where(Person.prn == "90012347")) is None


def test_a_person_is_put_on_a_matter_with_counsel(scene: Scene, court: Caller) -> None:
    path = f"/people/{scene.tane.prn}/matters/cri 2026 96 77"
    done = court.client.put(
        f"/api/v1{path}",
        json={"court": "HVDC", "counsel_id": scene.mere.id},
        headers=court.headers(),
    )
    assert done.status_code == 200
    assert done.json == {
        "prn": scene.tane.prn,
        "number": "CRI-2026-096-000077",
        "counsel_id": scene.mere.id,
        "other_counsel": [],
    }
    [matter] = court.get(f"/people/{scene.tane.prn}").json["matters"]
    assert (matter["number"], matter["counsel_id"]) == ("CRI-2026-096-000077", scene.mere.id)


def test_nobody_joins_a_matter_unseen(
    scene: Scene, court: Caller, prison: Caller, other_court: Caller
) -> None:
    number = make.matter(scene.court, scene.tane, by=scene.mere).number
    path, body = f"/api/v1/people/{scene.hemi.prn}/matters/{number}", {"court": "HVDC"}

    def put(who: Caller, **more: Any) -> Any:
        return who.client.put(path, json=body | more, headers=who.headers())

    refused = put(court)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["joins"])
    assert put(court, joins=True).status_code == 200
    assert put(court, counsel_id=scene.john.id).json["counsel_id"] == scene.john.id
    assert put(court, counsel_id=999999).json["errors"].keys() == {"counsel_id"}
    assert put(other_court).status_code == 422
    assert put(prison).status_code == 422
    assert db.session.query(Matter).count() == 1

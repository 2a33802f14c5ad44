"""The country's rules by API: hearing types, and who appears by AVL or in person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from avl.domain.access import Role
from avl.models import HearingType, ModeLayer, ModeRule, db
from tests import make
from tests.api.conftest import Caller, caller, version_of
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

BAIL = {
    "code": "BAIL",
    "name": "Bail",
    "jurisdiction": "criminal",
    "act_class": "criminal_procedural",
    "typical_minutes": 20,
}
IN_PERSON = {
    "layer": "protocol",
    "hearing_type": "CRB",
    "mode": "mandatory_in_person",
    "from_on": "2026-11-25",
    "sentence": "every hearing of this kind is in person.",
    "source": "Notice 7",
}


def test_a_hearing_type_is_added_changed_and_retired(
    scene: Scene, administrator: Caller, court: Caller
) -> None:
    made = administrator.post("/hearing-types", BAIL, Idempotency_Key="once")
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/hearing-types/BAIL")
    again = administrator.post("/hearing-types", BAIL, Idempotency_Key="once")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (made.json, "true")
    assert administrator.post("/hearing-types", BAIL).json["errors"].keys() == {"code"}

    path = "/hearing-types/BAIL"
    stale = court.get(path).headers["ETag"]
    done = administrator.send("PATCH", path, {"is_bookable": False, "interpreter_days": 5})

    read = court.get(path)
    assert (done.status_code, version_of(read)) == (200, version_of(done))
    assert done.json == read.json | {"broken": 0, "mended": 0}
    assert (read.json["is_bookable"], read.json["name"]) == (False, "Bail")
    assert read.json in court.get("/hearing-types").json["hearing_types"]
    assert administrator.send("PATCH", path, {}, If_Match=stale).status_code == 412


def test_a_type_that_breaks_bookings_says_so_first(
    scene: Scene, administrator: Caller, court: Caller, booked: str
) -> None:
    make.mode_rule("PERSON", mode="mandatory_in_person", act_class="criminal_trial")
    body = {"act_class": "criminal_trial"}

    seen = administrator.post("/hearing-types/CRB/preview", body, Idempotency_Key=None)

    assert (seen.status_code, len(seen.json["affected"])) == (200, 1)
    assert db.session.get(HearingType, "CRB").act_class != "criminal_trial"
    assert administrator.send("PATCH", "/hearing-types/CRB", body).json["broken"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"typical_minutes": 601},
        {"priority": -1},
        {"access": "secret"},
        {"name": ""},
        {"notes": "x" * 601},
        {"jurisdiction": None},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_type_that_could_not_be_is_refused_by_its_name(
    scene: Scene, administrator: Caller, wrong: dict[str, Any]
) -> None:
    for answer in (
        administrator.post("/hearing-types", BAIL | wrong),
        administrator.send("PATCH", "/hearing-types/CRB", wrong),
    ):
        assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))


def test_a_rule_is_looked_at_added_ended_and_let_stand_again(
    scene: Scene, administrator: Caller, court: Caller, booked: str
) -> None:
    seen = administrator.post("/mode-rules/preview", IN_PERSON, Idempotency_Key=None)
    assert len(seen.json["affected"]) == 1
    assert db.session.query(ModeRule).filter_by(source="Notice 7").count() == 0

    made = administrator.post("/mode-rules", IN_PERSON)

    assert (made.status_code, made.json["broken"]) == (201, 1)
    path = made.headers["Location"].removeprefix("/api/v1")
    assert court.get(path).json["hearing_type"] == "CRB"
    body, etag = {"to_on": "2026-12-25"}, made.headers["ETag"]
    assert administrator.post(f"{path}/end/preview", body).status_code == 200
    ended = administrator.post(f"{path}/end", body, If_Match=etag)
    assert (ended.status_code, ended.json["to_on"]) == (200, "2026-12-25")
    assert administrator.post(f"{path}/end", {"to_on": None}, If_Match=etag).status_code == 412
    wrong = administrator.post(f"{path}/end", {"to_on": "2026-11-20"}, If_Match="*")
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["to_on"])


def test_a_rule_that_has_not_begun_is_withdrawn(
    scene: Scene, administrator: Caller, court: Caller, booked: str
) -> None:
    made = administrator.post("/mode-rules", IN_PERSON)
    path = made.headers["Location"].removeprefix("/api/v1")

    assert administrator.post(f"{path}/withdraw/preview").status_code == 200
    done = administrator.post(f"{path}/withdraw", If_Match=made.headers["ETag"])

    assert done.json == {"code": made.json["code"], "broken": 0, "mended": 1}
    assert court.get(path).status_code == 404
    begun = make.mode_rule("BEGUN").code
    assert administrator.post(f"/mode-rules/{begun}/withdraw", If_Match="*").status_code == 409
    assert administrator.post(f"/mode-rules/{begun}/withdraw/preview").status_code == 409


def test_rules_that_have_ended_are_listed_when_asked_for(scene: Scene, court: Caller) -> None:
    make.mode_rule("OLD", to_on=date(2026, 11, 24))

    def codes(query: str) -> set[str]:
        return {one["code"] for one in court.get(f"/mode-rules{query}").json["mode_rules"]}

    assert codes("?ended=true") - codes("") == {"OLD"}


def test_rules_are_narrowed_to_a_type_and_a_layer(scene: Scene, court: Caller) -> None:
    make.mode_rule("ALL")
    make.mode_rule("OURS", layer=ModeLayer.PROTOCOL, hearing_type_code="CRB")
    make.mode_rule("CIVIL", act_class="civil")

    def codes(query: str) -> set[str]:
        answer = court.get(f"/mode-rules?{query}").json
        return {one["code"] for one in answer["mode_rules"]} & {"ALL", "OURS", "CIVIL"}

    assert codes("hearing_type=CRB") == {"ALL", "OURS"}
    assert codes("hearing_type=CRB&layer=protocol") == {"OURS"}
    assert codes("layer=statute") == {"ALL", "CIVIL"}
    assert court.get("/mode-rules?hearing_type=NONE").status_code == 404
    assert court.get("/mode-rules?layer=direction").status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"court": "NONE"},
        {"hearing_type": "NONE"},
        {"source": " "},
        {"to_on": "2026-11-25"},
        {"mode": "by post"},
        {"court_subkind": "SC"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_rule_that_could_not_be_is_refused_by_its_name(
    scene: Scene, administrator: Caller, wrong: dict[str, Any]
) -> None:
    answer = administrator.post("/mode-rules", IN_PERSON | wrong)

    assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))


def test_only_an_administrator_changes_the_rules_of_the_country(
    app, scene: Scene, court: Caller, manager: Caller
) -> None:
    code = make.mode_rule("LAW").code
    for stranger in (court, manager, caller(app, Role.COUNSEL, None)):
        assert stranger.get("/hearing-types").status_code == 200
        for path, body in (
            ("/hearing-types", BAIL),
            ("/hearing-types/CRB/preview", {"name": "x"}),
            ("/mode-rules", IN_PERSON),
            ("/mode-rules/preview", IN_PERSON),
            (f"/mode-rules/{code}/end", {"to_on": None}),
            (f"/mode-rules/{code}/withdraw", None),
        ):
            assert stranger.post(path, body, If_Match="*").status_code == 403
        assert stranger.send("PATCH", "/hearing-types/CRB", {"name": "x"}).status_code == 403

"""The description of the API, and whether the API does what it says (schemathesis)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from avl.commands.sittings import SittingTerms, add_sitting
from avl.models import Booking, db
from avl.web.api.examples import EXAMPLES
from tests import make
from tests.api.conftest import Caller, asked
from tests.api.operations import OPERATIONS, TOO_SLOW
from tests.api.test_as_sent import bodies
from tests.scene import Scene, tomorrow

CALLS_PER_OPERATION = 20


def test_the_description_is_complete_and_names_no_other_host(court: Caller) -> None:
    description = court.client.get("/api/openapi.json").json

    assert description["openapi"] == "3.1.0"
    assert set(description["paths"]) == {
        "/api/v1/bookings",
        "/api/v1/bookings/{reference}",
        "/api/v1/bookings/{reference}/move",
        "/api/v1/bookings/{reference}/confirm",
        "/api/v1/bookings/{reference}/decline",
        "/api/v1/bookings/{reference}/cancel",
        "/api/v1/bookings/{reference}/swap",
        "/api/v1/bookings/{reference}/swap/preview",
        "/api/v1/bookings/{reference}/swaps",
        "/api/v1/bookings/{reference}/interpreter",
        "/api/v1/bookings/{reference}/amend",
        "/api/v1/bookings/{reference}/direction",
        "/api/v1/bookings/{reference}/connect",
        "/api/v1/bookings/{reference}/stand-down",
        "/api/v1/bookings/{reference}/complete",
        "/api/v1/bookings/{reference}/suite",
        "/api/v1/directions",
        "/api/v1/offers",
        "/api/v1/sites",
        "/api/v1/sittings",
        "/api/v1/sittings/preview",
        "/api/v1/sittings/{sitting_id}",
        "/api/v1/sittings/{sitting_id}/preview",
        "/api/v1/sittings/{sitting_id}/remove",
        "/api/v1/sittings/{sitting_id}/remove/preview",
        "/api/v1/resources",
        "/api/v1/people",
        "/api/v1/people/{prn}",
        "/api/v1/people/{prn}/matters/{number}",
        "/api/v1/counsel",
        "/api/v1/counsel/{counsel_id}",
        "/api/v1/people/{prn}/merge",
        "/api/v1/people/{prn}/transfer",
        "/api/v1/people/{prn}/record",
        "/api/v1/people/{prn}/record/preview",
        "/api/v1/people/{prn}/release",
        "/api/v1/people/{prn}/withdraw-move",
        "/api/v1/people/{prn}/death",
        "/api/v1/people/{prn}/death/correct",
        "/api/v1/people/{prn}/merge/preview",
        "/api/v1/people/{prn}/transfer/preview",
        "/api/v1/people/{prn}/release/preview",
        "/api/v1/people/{prn}/death/preview",
        "/api/v1/plans",
        "/api/v1/plans/{plan_id}",
        "/api/v1/plans/{plan_id}/apply",
        "/api/v1/plans/days",
        "/api/v1/plans/days/{day_id}",
        "/api/v1/plans/days/{day_id}/apply",
        "/api/v1/plans/days/{day_id}/stop",
        "/api/v1/plans/days/{day_id}/discard",
        "/api/v1/waitlist",
        "/api/v1/waitlist/{entry_id}",
        "/api/v1/waitlist/{entry_id}/book",
        "/api/v1/waitlist/{entry_id}/seen",
        "/api/v1/keep-aparts",
        "/api/v1/keep-aparts/preview",
        "/api/v1/keep-aparts/{pair_id}",
        "/api/v1/keep-aparts/{pair_id}/end",
        "/api/v1/outages",
        "/api/v1/outages/preview",
        "/api/v1/outages/{outage_id}",
        "/api/v1/closures/{closure_id}",
        "/api/v1/outages/{outage_id}/end",
        "/api/v1/closures",
        "/api/v1/closures/preview",
        "/api/v1/closures/{closure_id}/end",
        "/api/v1/disruptions",
        "/api/v1/disruptions/accept",
        "/api/v1/disruptions/{disruption_id}/accept",
        "/api/v1/disruptions/{disruption_id}/keep",
        "/api/v1/hearing-types",
        "/api/v1/hearing-types/{type_code}",
        "/api/v1/hearing-types/{type_code}/preview",
        "/api/v1/mode-rules",
        "/api/v1/mode-rules/preview",
        "/api/v1/mode-rules/{rule_code}",
        "/api/v1/mode-rules/{rule_code}/end",
        "/api/v1/mode-rules/{rule_code}/end/preview",
        "/api/v1/mode-rules/{rule_code}/withdraw",
        "/api/v1/mode-rules/{rule_code}/withdraw/preview",
        "/api/v1/sites/{site_code}/rules",
        "/api/v1/sites/{site_code}/rules/preview",
        "/api/v1/sites/{site_code}/hours",
        "/api/v1/sites/{site_code}/hours/preview",
        "/api/v1/sites/{site_code}/hours/rooms",
        "/api/v1/sites/{site_code}/rooms",
        "/api/v1/sites/{site_code}/rooms/{room_id}",
        "/api/v1/sites/{site_code}/rooms/{room_id}/preview",
        "/api/v1/sites/{site_code}/rooms/{room_id}/hours",
        "/api/v1/sites/{site_code}/rooms/{room_id}/hours/preview",
    }
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            for status, response in operation["responses"].items():
                content = set(_resolve(description, response).get("content", {}))
                told = "application/json" if status[0] == "2" else "application/problem+json"
                expected = set() if status == "304" else {told}
                assert content == expected, (path, method, status)


def test_every_call_has_a_name_and_every_body_an_example_that_can_be_sent(
    court: Caller,
) -> None:
    description = court.client.get("/api/openapi.json").json
    calls = [
        call
        for operations in description["paths"].values()
        for method, call in operations.items()
        if method != "parameters"
    ]

    assert len({one["operationId"] for one in calls}) == len(calls)
    for call in calls:
        assert call["summary"], call["operationId"]
        for status, response in call["responses"].items():
            if status in ("201", "202"):
                assert "Location" in _resolve(description, response)["headers"]
        if "requestBody" in call:
            assert call["requestBody"]["content"]["application/json"]["example"]
    for path, operations in description["paths"].items():
        if "201" in operations.get("post", {}).get("responses", {}):
            made = {one for one in description["paths"] if one.startswith(f"{path}/{{")}
            gives = "BookingOut" in str(operations["post"]["responses"]["201"])
            assert gives or any("get" in description["paths"][one] for one in made), path
    schemas = {one.__name__: one for one in bodies()}
    for name, example in EXAMPLES.items():
        schemas[name]().load(example)


def _resolve(description: Any, response: Any) -> Any:
    if "$ref" not in response:
        return response
    found = description
    for part in response["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_call_is_tried(app: Flask) -> None:
    paths = app.test_client().get("/api/openapi.json").json["paths"]
    calls = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in paths.items()
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}
    }

    assert {*OPERATIONS} | TOO_SLOW == calls


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value))
def test_every_answer_is_as_described(
    app: Flask,
    scene: Scene,
    court: Caller,
    prison: Caller,
    manager: Caller,
    administrator: Caller,
    method: str,
    path: str,
) -> None:
    """Calls made up from the description, with real codes and numbers mixed in."""
    reference = court.post("/bookings", asked(scene, "08:30")).json["reference"]
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", app)[f"/api/v1{path}"][method]
    real = {
        "prn": scene.tane.prn,
        "other_prn": scene.hemi.prn,
        "court": "HVDC",
        "hearing_type": "CRB",
        "courtroom_id": scene.courtroom.id,
        "suite_id": scene.suite.id,
        "with": reference,
        "starts_at": "2026-11-25T08:30:00+13:00",
        "ends_at": "2026-11-25T09:30:00+13:00",
        "wanted_start": "2026-11-25T08:30:00+13:00",
        "from": "2026-11-24T08:30:00+13:00",
        "to": "2026-11-26T08:30:00+13:00",
        "site": "RIM",
        "counsel_id": scene.mere.id,
        "instruction_suite_id": scene.booth.id,
        "matter": None,
        "previous_reference": reference,
        "direction": None,
        "first": "2026-11-25" if "waitlist" in path else None,
        "last": "2026-11-27" if "waitlist" in path else None,
        "deadline_at": "2026-11-25T08:30:00+13:00",
        "suite_ids": [scene.suite.id],
        "courtroom_ids": [],
        "instruction_suite_ids": [],
        "hours": [{"kind": "open", "weekdays": ["Mon"], "opens_at": "08:00", "closes_at": "24:00"}],
    }
    in_path = {
        "reference": reference,
        "type_code": "CRB",
        "rule_code": make.mode_rule("LATER", from_on=date(2026, 12, 1)).code,
        "site_code": "RIM",
        "room_id": scene.suite.id,
        "number": "CRI-2026-096-001234",
        "counsel_id": scene.mere.id,
        "sitting_id": add_sitting(
            scene.courtroom.id,
            SittingTerms(tomorrow("10:00"), tomorrow("12:00")),
            by=scene.registrar,
        ).id,
    }
    booking = db.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    one_of = {"entry_id": make.wait, "day_id": make.day_plan, "plan_id": make.plan}
    in_path |= {name: made(booking).id for name, made in one_of.items() if name in path}
    whose = {"hearing-types": administrator, "mode-rules": administrator}
    whose |= {"sites": manager} if "site_code" in path else {}
    who = whose.get(path.split("/")[1], court)
    if path.endswith(("confirm", "decline", "connect", "suite")):
        who = prison

    @given(case=operation.as_strategy(), is_real=st.booleans())
    @settings(
        max_examples=CALLS_PER_OPERATION,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: schemathesis.Case, is_real: bool) -> None:
        if is_real:
            _put_in(case.body, real)
            _put_in(case.query, real)
            for name in set(case.path_parameters or {}) & in_path.keys():
                case.path_parameters[name] = in_path[name]
            if case.headers and "If-Match" in case.headers:
                case.headers["If-Match"] = "*"
        sent = {"Authorization": f"Bearer {who.token}"}
        answer = case.call(headers=sent)
        assert answer.status_code < 500, answer.text
        case.validate_response(
            answer,
            checks=[
                status_code_conformance,
                content_type_conformance,
                response_headers_conformance,
                response_schema_conformance,
            ],
            headers=sent,
        )

    call()


def _put_in(body: Any, real: dict[str, Any]) -> None:
    """Put what exists in the place of what was made up, however deep."""
    if isinstance(body, list):
        for item in body:
            _put_in(item, real)
    elif isinstance(body, dict):
        for key, value in body.items():
            if key in real:
                body[key] = real[key]
            else:
                _put_in(value, real)

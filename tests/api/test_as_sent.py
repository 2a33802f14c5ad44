"""A refusal names an input as the request named it."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields

import avl.web.api
from avl.domain.errors import InvalidInput
from avl.web.api.schemas import AppearanceIn, BookingIn, MoveIn
from avl.web.as_sent import SENT_AS, errors_as_sent
from tests.api.conftest import Caller, asked
from tests.scene import Scene

ROOT = Path(inspect.getfile(avl.web.api)).parents[2]

ONLY_PAGES = {
    "agency", "holiday_subdiv", "old", "role", "user", "zone",
}  # fmt: skip
"""What rules speak of that no call of the API sends."""


def bodies() -> list[type[Schema]]:
    """The schema of everything that programs send."""
    found = set()
    for module in pkgutil.iter_modules(avl.web.api.__path__):
        members = vars(import_module(f"avl.web.api.{module.name}")).values()
        found |= {one for one in members if inspect.isclass(one) and issubclass(one, Schema)}
    sent = [one for one in found if one.__name__.endswith(("In", "Query"))]
    return sorted(sent, key=lambda one: one.__name__)


def names_in(schema: Schema) -> Iterator[str]:
    """Every name a body may hold, however deep."""
    for name, field in schema.load_fields.items():
        yield field.data_key or name
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from names_in(inner.schema)


def spoken() -> set[str]:
    """The fields that rules name when they refuse."""
    found = set()
    for layer in ("domain", "commands", "queries"):
        for path in (ROOT / layer).rglob("*.py"):
            source = path.read_text("utf-8")
            if "InvalidInput(" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInput":
                    field = node.args[0]
                    if isinstance(field, ast.Constant) and field.value:
                        found.add(str(field.value))
    return found


def path_of(errors: Any) -> list[str | int]:
    """The names down to the message."""
    path: list[str | int] = []
    while errors and isinstance(errors, dict):
        [(key, errors)] = errors.items()
        path.append(key)
    return path


@pytest.mark.parametrize("body", bodies(), ids=lambda one: one.__name__)
def test_whatever_a_rule_says_a_request_is_told_its_own_name(body: type[Schema]) -> None:
    schema = body()
    known = set(names_in(schema))
    full = {
        key: [{}] if isinstance(field, fields.List) else {} for key, field in schema.fields.items()
    }

    for field in spoken():
        path = path_of(errors_as_sent(InvalidInput(field, "No."), schema, full))
        assert set(path) - {0} <= known
        if known & {field, *SENT_AS.get(field, ())}:
            assert path
            assert path[-1] in {field, *SENT_AS.get(field, ())}


def test_every_field_that_a_rule_names_has_a_name_in_requests() -> None:
    known = {name for body in bodies() for name in names_in(body())}
    untold = {one for one in spoken() if not known & {one, *SENT_AS.get(one, ())}}

    assert untold - ONLY_PAGES == set()


def test_the_one_item_of_a_list_that_is_wrong_is_named() -> None:
    seats = [{"prn": "1", "suite_id": 4}, {"prn": "2", "suite_id": 5}]
    sent = {"courtroom_id": 3, "appearances": seats}

    said = errors_as_sent(InvalidInput("room", "None.", value=5), BookingIn(), sent)

    assert said == {"appearances": {1: {"suite_id": ["None."]}}}


def test_where_several_items_may_be_wrong_their_list_is_named() -> None:
    sent = {"appearances": [{"prn": "1"}, {"prn": "1"}]}

    assert errors_as_sent(InvalidInput("person", "Twice."), BookingIn(), sent) == {
        "appearances": ["Twice."]
    }


def test_what_was_sent_is_named_before_what_was_left_out() -> None:
    assert errors_as_sent(InvalidInput("time", "No."), MoveIn(), {"minutes": 10}) == {
        "minutes": ["No."]
    }


def test_what_no_request_holds_is_not_named() -> None:
    assert errors_as_sent(InvalidInput("colour", "No."), AppearanceIn(), {}) == {}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"starts_at": "2026-11-25T10:02:00+13:00"}, ["starts_at"]),
        ({"starts_at": "2031-11-25T10:00:00+13:00"}, ["starts_at"]),
        ({"previous_reference": "nonsense"}, ["previous_reference"]),
        ({"courtroom_id": 99999}, ["courtroom_id"]),
        ({"counsel_id": 99999}, ["appearances", "0", "counsel_id"]),
        ({"suite_id": 99999}, ["appearances", "0", "suite_id"]),
    ],
    ids=lambda value: str(value[-1]) if isinstance(value, list) else "",
)
def test_a_booking_is_refused_by_the_names_it_was_sent_with(
    scene: Scene, court: Caller, wrong: dict[str, Any], named: list[str]
) -> None:
    body = asked(scene)
    (body["appearances"][0] if len(named) > 1 else body).update(wrong)

    answer = court.post("/bookings", body)

    assert answer.status_code == 422
    assert path_of(answer.json["errors"]) == named


def test_an_outage_that_ends_before_it_starts_is_refused_by_its_end(
    scene: Scene, prison: Caller
) -> None:
    outage = {
        "resource_id": scene.suite.id,
        "starts_at": "2026-11-25T10:00:00+13:00",
        "ends_at": "2026-11-25T09:00:00+13:00",
        "reason": "no sound",
    }

    answer = prison.post("/outages", outage)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["ends_at"])

"""The reads and previews of the API that a crawl asks for, filled in with what was planted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from avl.web.api.examples import EXAMPLES
from tests import make

SOON, EARLIER = "2026-11-25T08:00:00+13:00", "2026-11-24T09:00:00+13:00"
WEEK = {
    "from_on": "2026-11-25",
    "hours": [{"kind": "open", "weekdays": ["Mon"], "opens_at": "09:00", "closes_at": "12:00"}],
    "source": "",
}
RULE = {"layer": "protocol", "mode": "in_person", "from_on": make.TODAY, "sentence": "x is so."}

ASKED = {
    "api.list_bookings": "?from=2026-11-23T00:00:00Z&to=2026-11-26T00:00:00Z&site={site_code}",
    "api.people": "?prn={prn}",
    "api.find_counsel": "?q=whiringa",
    "api.list_sittings": "?court={court}&on=2026-11-24",
}
"""What a read has to be asked, where its address does not say it."""

NAMES = {
    "prn": "prn",
    "other_prn": "other_prn",
    "site": "site_code",
    "court": "court",
    "courtroom_id": "courtroom_id",
    "suite_id": "room_id",
    "resource_id": "room_id",
    "counsel_id": "counsel_id",
    "appearance_id": "appearance_id",
    "hearing_type": "type_code",
    "with": "swapped_with",
    "id": "disruption_id",
    "at": "at",
}
"""What an example names, and the planted thing that stands there instead."""

TOLD_TO_ALL = {"api.list_types", "api.read_type"}
"""Which kinds of hearing there are is told to every program, and says nothing of a booking."""


@dataclass(frozen=True)
class Call:
    """A read, or a preview with its body."""

    endpoint: str
    path: str
    body: Mapping[str, Any] | None = None
    method: str = ""

    def send(self, client: FlaskClient, headers: Mapping[str, str]) -> TestResponse:
        """Ask, as whoever the headers name."""
        method = self.method or ("GET" if self.body is None else "POST")
        return client.open(self.path, method=method, headers=headers, json=self.body)


def calls(app: Flask, values: Mapping[str, Any]) -> Iterator[Call]:
    """Every read and every preview, about one of the people and their prison."""
    adapter, bodies = app.url_map.bind(""), _bodies(values)
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api.") or rule.endpoint in TOLD_TO_ALL:
            continue
        is_preview = rule.rule.endswith("/preview")
        if not is_preview and "GET" not in (rule.methods or ()):
            continue
        path = adapter.build(
            rule.endpoint, _filled(rule, values), method="POST" if is_preview else "GET"
        )
        asked = ASKED.get(rule.endpoint, "").format(**values)
        yield Call(rule.endpoint, path + asked, bodies[rule.endpoint] if is_preview else None)


def changes(app: Flask, values: Mapping[str, Any]) -> Iterator[Call]:
    """Every call that changes something, its body the description's own example of it, about one
    of the people and their prison, court and booking."""
    described = app.test_client().get("/api/openapi.json").json["paths"]
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api.") or rule.rule.endswith("/preview"):
            continue
        for method in sorted({"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set())):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            sent = described[path][method.lower()].get("requestBody")
            body = None
            if sent:
                schema = sent["content"]["application/json"]["schema"]["$ref"]
                body = _about(EXAMPLES[schema.rpartition("/")[2]], values)
            path = adapter.build(rule.endpoint, _filled(rule, values), method=method)
            # The one that deletes has no body, and says why in its address.
            path += "?reason=Settled" if method == "DELETE" else ""
            yield Call(rule.endpoint, path, body, method)


def _about(example: Any, values: Mapping[str, Any]) -> Any:
    """An example with what it names exchanged for what was planted."""
    if isinstance(example, Mapping):
        named = {name: values[key] for name, key in NAMES.items() if name in example}
        return {name: _about(one, values) for name, one in example.items()} | named
    return [_about(one, values) for one in example] if isinstance(example, list) else example


def _filled(rule: Rule, values: Mapping[str, Any]) -> dict[str, Any]:
    filled = {name: values[name] for name in rule.arguments}
    if rule.endpoint == "api.preview_withdrawing":
        filled["rule_code"] = values["rule_to_come"]
    return filled


def _bodies(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each preview is sent; one without a body here fails the crawl."""
    sitting = {"starts_at": SOON, "ends_at": "2026-11-25T12:00:00+13:00"}
    return {
        "api.preview_transfer": {"site": values["other_site"], "at": SOON},
        "api.preview_release": {"at": SOON},
        "api.preview_death": {"at": EARLIER},
        "api.preview_merge": {"other_prn": values["other_prn"]},
        "api.preview_person_record": {"interpreter_language": "Samoan"},
        "api.preview_type": {"typical_minutes": 60},
        "api.preview_hours": WEEK,
        "api.preview_room_hours": WEEK,
        "api.preview_room": {"is_active": False},
        "api.preview_rules": {"pickup_minutes": 45},
        "api.preview_keeping_apart": {
            "prn": values["prn"],
            "other_prn": values["mate_prn"],
            "reason": "They fought",
        },
        "api.preview_rule": RULE | {"source": "A protocol"},
        "api.preview_end": {"to_on": "2026-12-01"},
        "api.preview_withdrawing": {},
        "api.preview_swap": {"with": values["swapped_with"]},
        "api.preview_taking_out": {"resource_id": values["room_id"], "reason": "No picture"},
        "api.preview_closing": {
            "site": values["site_code"],
            "on": make.TODAY,
            "reason": "Flood",
        },
        "api.preview_adding": sitting | {"courtroom_id": values["courtroom_id"]},
        "api.preview_changing": {"list_name": "Bail"},
        "api.preview_removing": {"keeps_hours": False},
    }

"""Rooms and bridge ports out of use by API: what is out, one more, and back in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, json
from marshmallow import fields

from avl import clock
from avl.commands.outages import (
    LONGEST_REASON,
    PlaceChange,
    end_outage,
    foresee_outage,
    record_outage,
)
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.domain.local_time import to_local
from avl.queries.worklist import (
    OutNow,
    keeper_sites,
    kept_outage,
    kept_site,
    outage_told,
    outages_of,
)
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import acts, refuses
from avl.web.api.fields import BIGGEST_ID, Id, Instant, Text, WholeMinute
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "outage_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]


class OutagesQuery(Schema):
    """Whose rooms and ports."""

    site = Text(16, load_default="", metadata={"description": "Code of one of the caller's."})


class OutageIn(Schema):
    """A courtroom, suite, instruction suite or bridge port that cannot be used for a time."""

    resource_id = Id(required=True)
    starts_at = WholeMinute(
        load_default=None, allow_none=True, metadata={"description": "Left out: now."}
    )
    ends_at = WholeMinute(
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out: until further notice."},
    )
    reason = Text(LONGEST_REASON, shortest=1, required=True)


class OutageOut(Schema):
    """What is out of use, and until when (null: until further notice)."""

    id = fields.Integer(required=True)
    resource_id = fields.Integer(required=True)
    what = fields.String(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)


class OutageDoneOut(Schema):
    """What a change did to bookings: how many need a way out, how many are possible again."""

    id = fields.Integer(required=True)
    broken = fields.Integer(required=True)
    mended = fields.Integer(required=True)


class OutageMadeOut(OutageOut, OutageDoneOut):
    """An outage, and what it did to bookings."""


class OutagesOut(Schema):
    """What is out of use now or later at the caller's courts and prisons, the first at the top."""

    outages = fields.List(fields.Nested(OutageOut), required=True)


@bp.route("/outages")
@bp.arguments(OutagesQuery, location="query", unknown=None)
@refuses(400, 401, 404, 503)
@bp.response(200, OutagesOut)
def list_outages(query: dict[str, Any]) -> Response:
    """List rooms and bridge ports out of use that have not come back."""
    sites = [kept_site(actor(), query["site"])] if query["site"] else keeper_sites(actor())
    rows = [_body(row) for row in outages_of(sites, now=clock.now())]
    return as_json(dumped(OutagesOut, {"outages": rows}))


@bp.route("/outages", methods=["POST"])
@bp.arguments(OutageIn())
@acts(201, OutageMadeOut)
def take_out_of_use(sent: dict[str, Any]) -> Response:
    """Take a room or bridge port out of use; every booking this breaks is a disruption at once."""
    return carry_out(
        lambda _: record_outage(
            sent["resource_id"],
            start=sent["starts_at"] or clock.now(),
            end=sent["ends_at"],
            reason=sent["reason"],
            by=actor(),
        ),
        status=201,
        spelt=_spelt(OutageMadeOut, lambda done: _body(outage_told(done.id))),
    )


@bp.route("/outages/preview", methods=["POST"])
@bp.arguments(OutageIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_taking_out(sent: dict[str, Any]) -> Response:
    """Say what an outage would break, each booking with its way out; nothing is changed, so no
    key is needed. Send the same body to POST /outages to take it out of use."""
    preview = foresee_outage(
        sent["resource_id"],
        start=sent["starts_at"] or clock.now(),
        end=sent["ends_at"],
        reason=sent["reason"],
        by=actor(),
    )
    return preview_answer(preview)


@bp.route("/outages/<int:outage_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, OutageOut)
def read_outage(outage_id: int) -> Response:
    """Read one outage at the caller's courts and prisons, also one that has ended."""
    if outage_id > BIGGEST_ID:
        raise NotFound("There is no such outage.")
    return as_json(dumped(OutageOut, _body(kept_outage(actor(), outage_id))))


@bp.route("/outages/<int:outage_id>/end", methods=["POST"], parameters=PATH)
@acts(200, OutageDoneOut, conflict="It is in use again already.")
def back_in_use(outage_id: int) -> Response:
    """Put a room or bridge port back in use now."""
    if outage_id > BIGGEST_ID:
        raise NotFound("There is no such outage.")
    return carry_out(
        lambda _: end_outage(outage_id, by=actor()),
        spelt=_spelt(OutageDoneOut, lambda done: {"id": done.id}),
    )


def _spelt(
    schema: type[Schema], body: Callable[[PlaceChange], dict[str, Any]]
) -> Callable[[Actor, PlaceChange], str]:
    def spell(_: Actor, done: PlaceChange) -> str:
        counts = {"broken": len(done.swept.opened), "mended": len(done.swept.mended)}
        return json.dumps(dumped(schema, body(done) | counts))

    return spell


def _body(row: OutNow) -> dict[str, Any]:
    assert row.starts_at is not None, "an outage has a beginning"
    return {
        "id": row.id,
        "resource_id": row.resource_id,
        "what": row.what,
        "starts_at": to_local(row.starts_at, row.zone),
        "ends_at": row.ends_at and to_local(row.ends_at, row.zone),
        "reason": row.reason,
    }

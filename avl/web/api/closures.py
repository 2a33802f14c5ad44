"""Sites closed for a day or part of one by API: what is closed, one more, and open again."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl import clock
from avl.commands.closures import close_site, foresee_closure, reopen_site
from avl.commands.outages import LONGEST_REASON, PlaceChange
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.queries.worklist import (
    OutNow,
    closures_of,
    keeper_sites,
    kept_closure,
    kept_site,
)
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import acts, refuses
from avl.web.api.fields import BIGGEST_ID, Text
from avl.web.api.once import carry_out
from avl.web.api.outages import OutageDoneOut, OutagesQuery
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "closure_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


def _wall(says: str) -> fields.String:
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CLOCK),
        metadata={"description": says},
    )


class ClosureIn(Schema):
    """A court or prison closed on a date, or for part of it."""

    site = Text(16, shortest=1, required=True, metadata={"description": "Code of the caller's."})
    on = fields.Date(required=True)
    from_time = _wall("By the site's clock; both times left out: all day.")
    to_time = _wall("By the site's clock, later than from_time.")
    reason = Text(LONGEST_REASON, shortest=1, required=True)
    still_sitting = fields.List(
        Text(24, shortest=1),
        load_default=list,
        validate=validate.Length(max=60),
        metadata={"description": "Codes of hearing types that go ahead all the same."},
    )


class ClosureOut(Schema):
    """A site that is closed; ``times`` are by its own clock."""

    id = fields.Integer(required=True)
    site = fields.String(required=True)
    on = fields.Date(required=True)
    times = fields.String(required=True)
    reason = fields.String(required=True)


class ClosuresOut(Schema):
    """Closures from today on of the caller's courts and prisons, the first at the top."""

    closures = fields.List(fields.Nested(ClosureOut), required=True)


@bp.route("/closures")
@bp.arguments(OutagesQuery, location="query", unknown=None)
@refuses(400, 401, 404, 503)
@bp.response(200, ClosuresOut)
def list_closures(query: dict[str, Any]) -> Response:
    """List the days on which the caller's courts and prisons are closed out of turn."""
    sites = [kept_site(actor(), query["site"])] if query["site"] else keeper_sites(actor())
    rows = [_body(row) for row in closures_of(sites, now=clock.now())]
    return as_json(dumped(ClosuresOut, {"closures": rows}))


@bp.route("/closures/preview", methods=["POST"])
@bp.arguments(ClosureIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_closing(sent: dict[str, Any]) -> Response:
    """Say what a closure would break, each booking with its way out; nothing is changed, so no
    key is needed. Send the same body to POST /closures to close the site."""
    site = kept_site(actor(), sent["site"])
    return preview_answer(foresee_closure(site.id, **_read(sent), by=actor()))


@bp.route("/closures", methods=["POST"])
@bp.arguments(ClosureIn())
@acts(201, OutageDoneOut)
def close(sent: dict[str, Any]) -> Response:
    """Close a site; every booking this breaks is a disruption at once."""
    site = kept_site(actor(), sent["site"])
    return carry_out(
        lambda _: close_site(site.id, **_read(sent), by=actor()), status=201, spelt=_spelt
    )


@bp.route("/closures/<int:closure_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, ClosureOut)
def read_closure(closure_id: int) -> Response:
    """Read one closure of the caller's courts and prisons."""
    if closure_id > BIGGEST_ID:
        raise NotFound("There is no such closure.")
    return as_json(dumped(ClosureOut, _body(kept_closure(actor(), closure_id))))


@bp.route("/closures/<int:closure_id>/end", methods=["POST"], parameters=PATH)
@acts(200, OutageDoneOut)
def open_again(closure_id: int) -> Response:
    """Take a closure back; bookings that are possible again leave the worklist."""
    if closure_id > BIGGEST_ID:
        raise NotFound("There is no such closure.")
    return carry_out(lambda _: reopen_site(closure_id, by=actor()), spelt=_spelt)


def _read(sent: dict[str, Any]) -> dict[str, Any]:
    return {
        "on": sent["on"],
        "from_time": _clock(sent["from_time"]),
        "to_time": _clock(sent["to_time"]),
        "reason": sent["reason"],
        "still_sitting": sent["still_sitting"],
    }


def _clock(typed: str | None) -> time | None:
    return time.fromisoformat(typed) if typed else None


def _spelt(_: Actor, done: PlaceChange) -> str:
    counts = {"broken": len(done.swept.opened), "mended": len(done.swept.mended)}
    return json.dumps(dumped(OutageDoneOut, {"id": done.id} | counts))


def _body(row: OutNow) -> dict[str, Any]:
    return {
        "id": row.id,
        "site": row.site_code,
        "on": row.on,
        "times": row.times,
        "reason": row.reason,
    }

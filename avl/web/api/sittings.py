"""A court's sittings of one day by API, to be planned one at a time."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from avl.domain.local_time import to_local
from avl.queries.lookups import court_ids
from avl.queries.sittings import court_sittings
from avl.web.api import bp
from avl.web.api.bodies import dumped
from avl.web.api.bookings import as_json, refuses
from avl.web.api.fields import Instant, Text
from avl.web.guards import actor


class SittingsQuery(Schema):
    """Whose sittings, and of which day."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    on = fields.Date(required=True, metadata={"description": "A date on the court's wall."})


class SittingOut(Schema):
    """A courtroom's sitting; hearings of that day are inside one."""

    id = fields.Integer(required=True, metadata={"description": "For POST /plans/days."})
    courtroom_id = fields.Integer(required=True)
    courtroom = fields.String(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    list_name = fields.String(required=True)
    officer = fields.String(
        required=True, metadata={"description": "Who presides; empty while nobody is named."}
    )


class SittingsOut(Schema):
    """The sittings of one day, by courtroom and time."""

    sittings = fields.List(fields.Nested(SittingOut), required=True)


@bp.route("/sittings")
@bp.arguments(SittingsQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, SittingsOut)
def list_sittings(query: dict[str, Any]) -> Response:
    """List a court's sittings of a day. A courtroom without one keeps its opening hours, or has
    been said not to sit."""
    court_id, zone = court_ids(actor(), query["court"])
    rows = [
        {
            "id": one.id,
            "courtroom_id": one.courtroom_id,
            "courtroom": one.courtroom,
            "starts_at": to_local(one.starts_at, zone),
            "ends_at": to_local(one.ends_at, zone),
            "list_name": one.list_name,
            "officer": one.officer,
        }
        for one in court_sittings(court_id, query["on"], zone)
    ]
    return as_json(dumped(SittingsOut, {"sittings": rows}))

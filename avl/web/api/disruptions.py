"""The worklist by API: what no longer stands with its way out, and dealing with it.

One way is accepted, or all of them at once; a booking is kept as it is, for a reason.
"""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from avl import clock
from avl.commands.accepting import Outcome, accept_ways
from avl.commands.disruptions import accept_way, forget_way, keep_as_it_is
from avl.domain.access import Do
from avl.domain.disruption import Cause
from avl.domain.errors import InvalidInput, NotFound, ResourceClash
from avl.domain.local_time import to_local
from avl.domain.modes import Consent, Decider
from avl.domain.way_out import WayKind
from avl.queries.lookups import active_sites
from avl.queries.worklist import MOST_ROWS, WorkRow, worklist
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import ETAG, KEY, REPLAYED, acts, refuses
from avl.web.api.fields import BIGGEST_ID, Id, Instant, Text
from avl.web.api.once import carry_out, once_for_each
from avl.web.api.schemas import BookingOut, ClashProblem, DirectionIn, ReasonIn, one_of
from avl.web.errors import PROBLEM
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "disruption_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]


class DisruptionsQuery(Schema):
    """Whose worklist."""

    site = Text(16, load_default="", metadata={"description": "Code of one court or prison."})


class ChangeOut(Schema):
    """One thing a way changes, in words."""

    before = fields.String(required=True)
    after = fields.String(required=True)


class AskedOut(Schema):
    """What accepting takes where somebody appears in person at the way's time by default: send the
    direction with it."""

    why = fields.String(required=True)
    role = fields.String(
        required=True,
        validate=one_of(Decider),
        metadata={"description": "The least senior officer who may direct it."},
    )
    consent = fields.String(required=True, validate=one_of(Consent))


class WayOutOut(Schema):
    """The best way out; ``mark`` is to be sent back when it is accepted. ``asks`` is null where
    accepting takes no direction."""

    kind = fields.String(required=True, validate=one_of(WayKind))
    why = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeOut), required=True)
    mark = fields.String(required=True)
    asks = fields.Nested(AskedOut, required=True, allow_none=True)
    may_accept = fields.Boolean(required=True)


class DisruptionOut(Schema):
    """A booking that no longer stands; ``way`` is null while it is being worked out.

    ``may_keep``: the caller may let it stand as it is, by POST /disruptions/{id}/keep.
    """

    id = fields.Integer(required=True)
    reference = fields.String(required=True)
    cause = fields.String(required=True, validate=one_of(Cause))
    sentence = fields.String(required=True)
    opened_at = Instant(required=True)
    due_at = Instant(required=True)
    is_overdue = fields.Boolean(required=True)
    way = fields.Nested(WayOutOut, required=True, allow_none=True)
    may_keep = fields.Boolean(required=True)


class DisruptionsOut(Schema):
    """Open disruptions in the caller's scope, what is due first at the top."""

    disruptions = fields.List(fields.Nested(DisruptionOut), required=True)


class AcceptIn(Schema):
    """Which way is accepted."""

    mark = Text(12, shortest=12, required=True, metadata={"description": "As the way was read."})
    direction = fields.Nested(
        DirectionIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "Needed where the way asks for one."},
    )


class WayIn(AcceptIn):
    """One of several ways that are accepted."""

    id = Id(required=True, metadata={"description": "Of the disruption."})


class AcceptAllIn(Schema):
    """Which ways are accepted, as the list showed them."""

    ways = fields.List(
        fields.Nested(WayIn), required=True, validate=validate.Length(min=1, max=MOST_ROWS)
    )


class OutcomeOut(Schema):
    """What came of one way; ``refused`` says why not, and is null where it was done."""

    id = fields.Integer(required=True)
    reference = fields.String(required=True, allow_none=True)
    is_done = fields.Boolean(required=True)
    refused = fields.String(required=True, allow_none=True)


class OutcomesOut(Schema):
    """What came of each way, in the order sent."""

    outcomes = fields.List(fields.Nested(OutcomeOut), required=True)


@bp.route("/disruptions")
@bp.arguments(DisruptionsQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, DisruptionsOut)
def list_disruptions(query: dict[str, Any]) -> Response:
    """List bookings that no longer stand, each with its best way out."""
    site_id = None
    if query["site"]:
        wanted = query["site"].upper()
        site_id = next((site.id for site in active_sites() if site.code == wanted), None)
        if site_id is None:
            raise InvalidInput("site", f"There is no site {query['site']}.")
    rows = worklist(actor(), site_id=site_id, now=clock.now())
    return as_json(dumped(DisruptionsOut, {"disruptions": [_body(row) for row in rows]}))


@bp.route("/disruptions/<int:disruption_id>/accept", methods=["POST"], parameters=PATH)
@bp.arguments(AcceptIn())
@refuses(400, 401, 403, 404, 412, 415, 503)
@bp.alt_response(
    409,
    schema=ClashProblem,
    content_type=PROBLEM,
    description="Somebody was faster; another way is being worked out.",
)
@bp.doc(parameters=[KEY])
@bp.response(200, BookingOut, headers=ETAG | REPLAYED)
def accept_disruption(sent: dict[str, Any], disruption_id: int) -> Response:
    """Do what the way out says: move the booking, or cancel it."""
    known = _known(disruption_id)
    try:
        return carry_out(lambda _: _accept(known, sent))
    except ResourceClash:
        forget_way(known)
        raise


@bp.route("/disruptions/accept", methods=["POST"])
@bp.arguments(AcceptAllIn())
@refuses(400, 401, 415, 503)
@bp.doc(parameters=[KEY])
@bp.response(200, OutcomesOut)
def accept_all_disruptions(sent: dict[str, Any]) -> Response:
    """Accept several ways, each by itself: one that is refused stops none of the others.

    Sent again with the same key, what was done is not done again, and what was refused is tried
    once more. A way given twice is accepted once, with the mark given last.
    """
    wanted = {one["id"]: one["mark"] for one in sent["ways"]}
    notes = {one["id"]: one["direction"] for one in sent["ways"] if one["direction"]}
    outcomes = accept_ways(wanted, by=actor(), once=once_for_each(), directions=notes)
    body = {"outcomes": [_outcome(outcome) for outcome in outcomes]}
    return as_json(dumped(OutcomesOut, body))


@bp.route("/disruptions/<int:disruption_id>/keep", methods=["POST"], parameters=PATH)
@bp.arguments(ReasonIn())
@acts(
    200,
    BookingOut,
    conflict="It is dealt with already, or more is wrong with the booking than its length.",
    headers=ETAG | REPLAYED,
)
def keep_disruption(sent: dict[str, Any], disruption_id: int) -> Response:
    """Let a booking stand that a new usual length has made too short, for a reason."""
    known = _known(disruption_id)
    return carry_out(lambda _: keep_as_it_is(known, by=actor(), reason=sent["reason"]))


def _accept(disruption_id: int, sent: dict[str, Any]) -> Any:
    return accept_way(disruption_id, by=actor(), mark=sent["mark"], direction=sent["direction"])


def _known(disruption_id: int) -> int:
    if disruption_id > BIGGEST_ID:
        raise NotFound("There is no such disruption.")
    return disruption_id


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.disruption_id,
        "reference": outcome.reference or None,
        "is_done": not outcome.refused,
        "refused": outcome.refused or None,
    }


def _body(row: WorkRow) -> dict[str, Any]:
    zone = row.booking.zone
    reads_all = Do.SEE_PRISON_NOTES in row.booking.may
    return {
        "id": row.id,
        "reference": row.booking.reference,
        "cause": row.cause.value,
        "sentence": row.sentence if reads_all else f"{row.cause_words}.",
        "opened_at": to_local(row.opened_at, zone),
        "due_at": to_local(row.due_at, zone),
        "is_overdue": row.is_overdue,
        "way": row.way
        and {
            "kind": row.way.value,
            "why": row.why,
            "changes": [{"before": one.before, "after": one.after} for one in row.lines],
            "mark": row.mark,
            "asks": row.asks or None,
            "may_accept": row.may_accept,
        },
        "may_keep": row.may_keep,
    }

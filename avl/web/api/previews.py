"""What a change would break, before it is saved: one shape for every such question by API."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from avl.domain.local_time import to_local
from avl.domain.way_out import WayKind
from avl.queries.previews import MOST_AHEAD, Affected, Preview, WayAhead
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.disruptions import AskedOut, ChangeOut
from avl.web.api.fields import Instant
from avl.web.api.schemas import one_of


class WayAheadOut(Schema):
    """What could be done about a booking; the worklist looks again once the change is saved.
    ``asks`` is null where accepting it would take no direction."""

    kind = fields.String(required=True, validate=one_of(WayKind))
    why = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeOut), required=True)
    asks = fields.Nested(AskedOut, required=True, allow_none=True)


class AffectedOut(Schema):
    """A booking the change would break; ``reference`` is null where the caller may not see it."""

    reference = fields.String(required=True, allow_none=True)
    starts_at = Instant(required=True)
    sentence = fields.String(required=True)
    way = fields.Nested(
        WayAheadOut,
        required=True,
        allow_none=True,
        metadata={
            "description": f"Looked for among the first {MOST_AHEAD}; null for later bookings, and"
            " for those the caller may not see: GET /disruptions has it a few minutes after the"
            " change is made."
        },
    )


class WarnedOut(Schema):
    """A booking that may stand, and what its registry has to know or do about it; ``reference`` is
    null where the caller may not see it."""

    reference = fields.String(required=True, allow_none=True)
    starts_at = Instant(required=True)
    sentence = fields.String(required=True)


class PreviewOut(Schema):
    """What a change would break. Nothing is changed, and nothing is kept."""

    sentence = fields.String(required=True)
    affected = fields.List(fields.Nested(AffectedOut), required=True)
    warned = fields.List(fields.Nested(WarnedOut), required=True)
    outlook = fields.String(
        required=True,
        metadata={
            "description": f"How many of the first {MOST_AHEAD} could go on how, those that the"
            " caller may not see among them; empty where none is affected."
        },
    )


def preview_answer(preview: Preview, *, names_hidden: bool = True) -> Response:
    """Answer with what a change would break, and with the ways out (see `preview_body`)."""
    return as_json(dumped(PreviewOut, preview_body(preview, names_hidden=names_hidden)))


def preview_body(preview: Preview, *, names_hidden: bool = True) -> dict[str, Any]:
    """What a change would break, and the ways out.

    Args:
        names_hidden: whether bookings that the caller may not see are listed without their
            reference. Where somebody goes elsewhere they are only counted: when that person is
            booked by others is not the caller's to know.
    """
    affected = [
        {**_spelt(one, preview.zone), "way": _way(preview.ways.get(one.booking_id))}
        for one in preview.affected
        if names_hidden or one.reference
    ]
    told = (*preview.warned, *preview.less)
    warned = [_spelt(one, "") for one in told if names_hidden or one.reference]
    return {
        "sentence": preview.sentence,
        "affected": affected,
        "warned": warned,
        "outlook": preview.outlook,
    }


def _spelt(one: Affected, zone: str) -> dict[str, Any]:
    return {
        "reference": one.reference or None,
        "starts_at": to_local(one.starts_at, zone or one.zone),
        "sentence": one.sentence,
    }


def _way(way: WayAhead | None) -> dict[str, Any] | None:
    if way is None:
        return None
    return {
        "kind": way.kind.value,
        "why": way.why,
        "changes": [{"before": one.before, "after": one.after} for one in way.lines],
        "asks": way.asks or None,
    }

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


class PersonAheadOut(Schema):
    """Somebody who appears in a booking, where the caller may know the name."""

    prn = fields.String(required=True)
    family_name = fields.String(required=True)
    given_names = fields.String(required=True)
    site = fields.String(required=True, metadata={"description": "Code of the prison."})
    suite = fields.String(required=True)


class ToldOut(Schema):
    """A booking of a preview, as far as the caller may know it.

    ``reference`` is null where they may not see it; ``hearing``, ``court`` and ``courtroom`` are
    null there and beyond the first few, and ``people`` is empty.
    """

    reference = fields.String(required=True, allow_none=True)
    starts_at = Instant(required=True)
    sentence = fields.String(required=True)
    hearing = fields.String(required=True, allow_none=True)
    court = fields.String(
        required=True, allow_none=True, metadata={"description": "Code of the court."}
    )
    courtroom = fields.String(required=True, allow_none=True)
    people = fields.List(fields.Nested(PersonAheadOut), required=True)


class AffectedOut(ToldOut):
    """A booking the change would break; ``reference`` is null where the caller may not see it."""

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


class WarnedOut(ToldOut):
    """A booking that may stand, and what its registry has to know or do about it; ``reference`` is
    null where the caller may not see it."""


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
        {**_spelt(one, preview, preview.zone), "way": _way(preview.ways.get(one.booking_id))}
        for one in preview.affected
        if names_hidden or one.reference
    ]
    told = (*preview.warned, *preview.less)
    warned = [_spelt(one, preview, "") for one in told if names_hidden or one.reference]
    return {
        "sentence": preview.sentence,
        "affected": affected,
        "warned": warned,
        "outlook": preview.outlook,
    }


def _spelt(one: Affected, preview: Preview, zone: str) -> dict[str, Any]:
    seen = preview.shown.get(one.booking_id) if one.reference else None
    return {
        "reference": one.reference or None,
        "starts_at": to_local(one.starts_at, zone or one.zone),
        "sentence": one.sentence,
        "hearing": seen.hearing_type_words if seen else None,
        "court": seen.court_code if seen else None,
        "courtroom": seen.courtroom if seen else None,
        "people": [
            {
                "prn": seat.person.prn,
                "family_name": seat.person.family_name,
                "given_names": seat.person.given_names,
                "site": seat.site_code,
                "suite": seat.suite,
            }
            for seat in (seen.appearances if seen else ())
            if seat.person is not None
        ],
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

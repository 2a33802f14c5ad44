"""What a booking says, changed by API without its time or place: notes, counsel, directions; and a
direction for a hearing that is not booked."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.changes import amend_booking
from avl.commands.directions import (
    DirectedHearing,
    record_direction,
    record_direction_ahead,
)
from avl.domain.access import Actor
from avl.domain.errors import InvalidInput
from avl.domain.modes import Mode
from avl.queries.lookups import court_ids, hearing_type, matter_ids, person_ids
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import dumped
from avl.web.api.described import PATH, acts, changes
from avl.web.api.fields import Id, Text
from avl.web.api.once import carry_out, reference_in_path
from avl.web.api.schemas import DirectionIn, one_of
from avl.web.guards import actor


class NewCounselIn(Schema):
    """Who acts for one person in the booking; null for nobody."""

    appearance_id = Id(required=True)
    counsel_id = Id(required=True, allow_none=True)


class AmendIn(Schema):
    """What is to be changed; what is left out stays as it is."""

    staff_notes = Text(600, load_default=None, allow_none=True)
    prison_notes = Text(600, load_default=None, allow_none=True)
    counsel = fields.List(
        fields.Nested(NewCounselIn), load_default=list, validate=validate.Length(max=10)
    )
    is_fixed = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whether no plan may move it to make room for another."},
    )
    warning_reason = Text(300, load_default="")


class DirectIn(Schema):
    """How everybody in a booking is to appear, and who directed it."""

    mode = fields.String(required=True, validate=one_of(Mode))
    direction = fields.Nested(DirectionIn, required=True)


class DirectedIn(Schema):
    """Somebody a direction is about, and the matter, where it is known."""

    prn = Text(16, shortest=1, required=True)
    matter = Text(24, load_default=None, allow_none=True)


class DirectAheadIn(DirectIn):
    """How people are to appear at a hearing that is not booked, and who directed it."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    hearing_type = Text(24, shortest=1, required=True)
    on = fields.Date(required=True, metadata={"description": "The hearing's date at the court."})
    appearances = fields.List(
        fields.Nested(DirectedIn), required=True, validate=validate.Length(min=1, max=10)
    )


class DirectedOut(Schema):
    """A direction that is recorded."""

    court = fields.String(required=True)
    hearing_type = fields.String(required=True)
    on = fields.Date(required=True)
    mode = fields.String(required=True, validate=one_of(Mode))
    prns = fields.List(fields.String(), required=True)


@bp.route("/bookings/<reference>/amend", methods=["POST"], parameters=PATH)
@bp.arguments(AmendIn())
@changes()
def amend(sent: dict[str, Any], reference: str) -> Response:
    """Change notes or counsel, or whether plans may move it; its time and place stay."""
    reference = reference_in_path(reference)
    counsel = {one["appearance_id"]: one["counsel_id"] for one in sent["counsel"]}
    if len(counsel) < len(sent["counsel"]):
        raise InvalidInput("counsel", "Give each appearance one counsel.")
    return carry_out(
        lambda version: amend_booking(
            reference,
            by=actor(),
            version=version,
            staff_notes=sent["staff_notes"],
            prison_notes=sent["prison_notes"],
            counsel=counsel,
            is_fixed=sent["is_fixed"],
            warning_reason=sent["warning_reason"],
        ),
        changing=reference,
    )


@bp.route("/bookings/<reference>/direction", methods=["POST"], parameters=PATH)
@bp.arguments(DirectIn())
@changes()
def direct(sent: dict[str, Any], reference: str) -> Response:
    """Record a direction for everybody in a booking. The latest one stands, so a direction is
    withdrawn by recording the other mode; the booking itself is neither moved nor cancelled."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: record_direction(
            reference, Mode(sent["mode"]), sent["direction"], by=actor(), version=version
        ),
        changing=reference,
    )


@bp.route("/directions", methods=["POST"])
@bp.arguments(DirectAheadIn())
@acts(200, DirectedOut)
def direct_ahead(sent: dict[str, Any]) -> Response:
    """Record a direction for people whose hearing is not booked: in person, where AVL cannot be
    had. Where a booking stands, POST /bookings/{reference}/direction instead."""
    prns = [one["prn"] for one in sent["appearances"]]

    def act(_: Any) -> None:
        record_direction_ahead(_hearing(sent), Mode(sent["mode"]), sent["direction"], by=actor())

    def spelt(_: Actor, done: None) -> str:
        return json.dumps(dumped(DirectedOut, sent | {"prns": prns}))

    return carry_out(act, spelt=spelt)


def _hearing(sent: dict[str, Any]) -> DirectedHearing:
    court_id, _ = court_ids(actor(), sent["court"])
    seats = sent["appearances"]
    people = person_ids({one["prn"] for one in seats})
    matters = matter_ids({one["matter"] for one in seats if one["matter"]}, court_id=court_id)
    return DirectedHearing(
        court_id=court_id,
        hearing_type=hearing_type(sent["hearing_type"]).code,
        on=sent["on"],
        matters={
            people[one["prn"]].id: matters[one["matter"]] if one["matter"] else None
            for one in seats
        },
    )

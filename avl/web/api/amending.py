"""What a booking says, changed by API without its time or place: notes, counsel, directions."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from avl.commands.changes import amend_booking
from avl.commands.directions import record_direction
from avl.domain.errors import InvalidInput
from avl.domain.modes import Mode
from avl.web.api import bp
from avl.web.api.bookings import PATH, changes
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

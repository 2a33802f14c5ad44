"""What is sent to take an offer: a booking, or the move of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from avl.domain.local_time import to_local
from avl.domain.resources import Placement, Seat
from avl.web.api.base import Schema
from avl.web.api.fields import Instant


class OfferedSeat(Schema):
    """One appearance of a booking offered, ready to be sent."""

    prn = fields.String(required=True)
    suite_id = fields.Integer(required=True)
    counsel_id = fields.Integer(required=True, allow_none=True)
    matter = fields.String(required=True, allow_none=True)
    instruction_suite_id = fields.Integer(required=True, allow_none=True)


class OfferedBooking(Schema):
    """What POST /bookings takes; null where a booking is moved."""

    courtroom_id = fields.Integer(required=True)
    hearing_type = fields.String(required=True)
    starts_at = Instant(required=True)
    minutes = fields.Integer(required=True)
    pre_minutes = fields.Integer(required=True)
    post_minutes = fields.Integer(required=True)
    appearances = fields.List(fields.Nested(OfferedSeat), required=True)
    interpreter_language = fields.String(required=True)


class OfferedSuite(Schema):
    """Where one appearance would be."""

    appearance_id = fields.Integer(required=True)
    suite_id = fields.Integer(required=True)


class OfferedInstructionSuite(Schema):
    """From where counsel of one appearance would confer; null for nowhere."""

    appearance_id = fields.Integer(required=True)
    instruction_suite_id = fields.Integer(required=True, allow_none=True)


class OfferedMove(Schema):
    """What moving the booking takes, with the reasons as they were sent; null for a new one."""

    starts_at = Instant(required=True)
    minutes = fields.Integer(required=True)
    pre_minutes = fields.Integer(required=True)
    post_minutes = fields.Integer(required=True)
    courtroom_id = fields.Integer(required=True)
    suites = fields.List(fields.Nested(OfferedSuite), required=True)
    instruction_suites = fields.List(fields.Nested(OfferedInstructionSuite), required=True)
    reason = fields.String(required=True)
    warning_reason = fields.String(required=True)
    direction = fields.Raw(
        required=True,
        allow_none=True,
        metadata={"type": ["object", "null"], "description": "As it was sent."},
    )


Seats = Mapping[int, Mapping[str, Any]]


def booking_offered(placement: Placement, zone: str, seats: Seats) -> dict[str, Any]:
    """The booking that takes an offer."""
    return _when(placement, zone) | {
        "hearing_type": placement.hearing_type,
        "appearances": [_seat(seat, seats[seat.person]) for seat in placement.seats],
        "interpreter_language": placement.interpreter.language if placement.interpreter else "",
    }


def move_offered(
    placement: Placement, zone: str, seats: Seats, sent: Mapping[str, Any]
) -> dict[str, Any]:
    """The move that takes an offer.

    Args:
        seats: by the person's resource id, each with its ``appearance_id``.
        sent: the move that was refused, as it came.
    """
    ids = [(seats[seat.person]["appearance_id"], seat) for seat in placement.seats]
    return _when(placement, zone) | {
        "suites": [{"appearance_id": key, "suite_id": seat.suite} for key, seat in ids],
        "instruction_suites": [
            {"appearance_id": key, "instruction_suite_id": seat.instruction_suite}
            for key, seat in ids
        ],
        "reason": sent["reason"],
        "warning_reason": sent.get("warning_reason", ""),
        "direction": sent.get("direction"),
    }


def _when(placement: Placement, zone: str) -> dict[str, Any]:
    return {
        "courtroom_id": placement.courtroom,
        "starts_at": to_local(placement.hearing.start, zone),
        "minutes": placement.hearing.minutes,
        "pre_minutes": placement.pre_minutes,
        "post_minutes": placement.post_minutes,
    }


def _seat(seat: Seat, sent: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prn": sent["prn"],
        "suite_id": seat.suite,
        "counsel_id": sent.get("counsel_id"),
        "matter": sent.get("matter"),
        "instruction_suite_id": seat.instruction_suite,
    }

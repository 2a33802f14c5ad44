"""What the API takes and gives about plans."""

from __future__ import annotations

from marshmallow import fields, validate

from avl.domain.booking import REFERENCE_ALPHABET
from avl.web.api.base import Schema
from avl.web.api.fields import Id, Instant, Minutes, Start, Text
from avl.web.api.schemas import DirectionIn, Problem, SeatIn, languages_in

REFERENCE = rf"^AVL-[{REFERENCE_ALPHABET}]{{6}}$"


class PlanSeatIn(SeatIn):
    """One person room is to be made for."""

    matter = Text(24, load_default=None, allow_none=True)


class PlanIn(Schema):
    """A booking that fits nowhere, and how far from its time would do.

    A new one takes ``court``, ``hearing_type`` and ``appearances``; one that stands already takes
    its reference as ``moving`` instead, keeps all three, and needs a ``reason``.
    """

    moving = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(REFERENCE),
        metadata={"description": "Reference of the booking that is to be there instead."},
    )
    reason = Text(
        300, load_default="", metadata={"description": "Why it is moved; its prison reads this."}
    )
    court = Text(
        16, load_default=None, allow_none=True, metadata={"description": "The court's code."}
    )
    courtroom_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=50))
    hearing_type = Text(24, load_default=None, allow_none=True)
    wanted_start = Start(required=True)
    near_minutes = Minutes(
        most=240,
        load_default=60,
    )
    taking = fields.List(
        Text(10),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"description": "References of the only bookings that may move; empty: any."},
    )
    minutes = Minutes(least=5, load_default=None, allow_none=True)
    pre_minutes = Minutes(most=120, load_default=None, allow_none=True)
    post_minutes = Minutes(most=120, load_default=None, allow_none=True)
    appearances = fields.List(
        fields.Nested(PlanSeatIn),
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=10),
    )
    interpreter_language = languages_in()
    staff_notes = Text(600, load_default="")
    prison_notes = Text(600, load_default="")
    warning_reason = Text(300, load_default="")
    direction = fields.Nested(DirectionIn, load_default=None, allow_none=True)
    previous_reference = Text(10, load_default=None, allow_none=True)


class PlacedOut(Schema):
    """Where a booking is, or would be."""

    starts_at = Instant(required=True, metadata={"description": "When the hearing starts."})
    minutes = fields.Integer(required=True)
    pre_minutes = fields.Integer(required=True)
    post_minutes = fields.Integer(required=True)
    courtroom_id = fields.Integer(required=True)
    suite_ids = fields.List(fields.Integer(), required=True)


class MoveOut(Schema):
    """One booking of a plan, before and after, and who is told."""

    reference = fields.String(required=True, validate=validate.Regexp(REFERENCE))
    before = fields.Nested(PlacedOut, required=True)
    after = fields.Nested(PlacedOut, required=True)
    told = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)


class CostOut(Schema):
    """What a plan costs; ``is_proved`` says that no cheaper one exists."""

    days_crossed = fields.Integer(required=True)
    moved = fields.Integer(required=True)
    shift_minutes = fields.Integer(required=True)
    is_proved = fields.Boolean(required=True)
    words = fields.String(required=True)


class PlanOut(Schema):
    """A plan; ``reason`` says why there is none, or why it can no longer be applied."""

    id = fields.Integer(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(["proposed", "impossible", "applied", "stale", "discarded"]),
    )
    reason = fields.String(required=True)
    expires_at = Instant(required=True)
    booking = fields.Nested(
        PlacedOut,
        required=True,
        allow_none=True,
        metadata={"description": "Where the booking would be that room is made for."},
    )
    moving = fields.Nested(
        MoveOut,
        required=True,
        allow_none=True,
        metadata={"description": "That booking before and after, where it stands already."},
    )
    moves = fields.List(fields.Nested(MoveOut), required=True)
    warnings = fields.List(fields.String(), required=True)
    cost = fields.Nested(CostOut, required=True, allow_none=True)
    booked_as = fields.String(required=True, allow_none=True)


class PlansOut(Schema):
    """Up to three plans, the cheapest first; or one that says why there is none."""

    plans = fields.List(fields.Nested(PlanOut), required=True)


class StaleProblem(Problem):
    """Why a plan could not be applied, and what can be done now."""

    plans = fields.List(fields.Nested(PlanOut))

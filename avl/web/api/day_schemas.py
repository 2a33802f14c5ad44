"""What the API takes and gives about plans of a day."""

from __future__ import annotations

from marshmallow import fields, validate

from avl.queries.day_plans import LONGEST_SECONDS, SHORTEST_SECONDS, USUAL_SECONDS, Movable
from avl.web.api.base import Schema
from avl.web.api.fields import Id, Instant, Text
from avl.web.api.plan_schemas import PlacedOut
from avl.web.api.schemas import Problem


class DayPlanIn(Schema):
    """Which day is to be planned, and how far the plan may go."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    on = fields.Date(required=True, metadata={"description": "A date on the court's wall."})
    courtroom_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=50))
    sitting_id = Id(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The one sitting of that day to plan: only what belongs to it is placed,"
            " inside it, and everything else counts as fixed. None for the whole day."
        },
    )
    movable = fields.String(
        load_default=Movable.NOTHING.value,
        validate=validate.OneOf([one.value for one in Movable]),
        metadata={"description": "Which published bookings may be moved although they may stay."},
    )
    seconds = fields.Integer(
        strict=True,
        load_default=USUAL_SECONDS,
        validate=validate.Range(min=SHORTEST_SECONDS, max=LONGEST_SECONDS),
    )


class DayCostOut(Schema):
    """What a list costs, and how much of that is proven; ``bound`` is what none can beat."""

    unplaced = fields.Integer(required=True)
    off = fields.Integer(required=True, metadata={"description": "Minutes from wanted times."})
    moved = fields.Integer(required=True)
    unrest = fields.Integer(required=True)
    bound = fields.List(fields.Integer(), required=True)
    proven = fields.Integer(required=True, metadata={"description": "Levels proven, of four."})
    words = fields.String(required=True)


class DayRowOut(Schema):
    """One hearing, as it stands and as it is planned."""

    change = fields.String(
        required=True, validate=validate.OneOf(["stays", "moved", "new", "none"])
    )
    reference = fields.String(required=True, allow_none=True)
    before = fields.Nested(PlacedOut, required=True, allow_none=True)
    after = fields.Nested(PlacedOut, required=True, allow_none=True)
    told = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)
    reason = fields.String(required=True)


class DayPlanOut(Schema):
    """A plan of a day: how far it is, and once it is made, every hearing before and after."""

    id = fields.Integer(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(
            ["wanted", "computing", "proposed", "impossible", "applied", "stale", "discarded"]
        ),
    )
    reason = fields.String(required=True)
    on = fields.Date(required=True)
    sitting_id = fields.Integer(required=True, allow_none=True)
    sitting = fields.String(
        required=True, metadata={"description": "That sitting in words; empty for the whole day."}
    )
    expires_at = Instant(required=True)
    phase = fields.String(required=True)
    elapsed = fields.Float(required=True, metadata={"description": "Seconds worked so far."})
    seconds = fields.Integer(required=True)
    cost = fields.Nested(DayCostOut, required=True, allow_none=True)
    hearings = fields.List(fields.Nested(DayRowOut), required=True)
    booked_as = fields.List(fields.String(), required=True)


class StaleDayProblem(Problem):
    """Why a plan could not be applied, and the new one that a worker is making."""

    plan = fields.Nested(DayPlanOut)

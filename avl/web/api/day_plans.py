"""Plans of a day by API: ask for one, read how far it is, stop it, apply it."""

from __future__ import annotations

from typing import Any

from flask import Response, json, request

from avl.commands.day_plans import apply_day_plan, discard_plan, stop_day_plan, want_day_plan
from avl.domain.access import Actor
from avl.domain.day_words import say_bound, say_day_cost
from avl.domain.local_time import to_local
from avl.queries.day_plan_page import DayRow, DaySeen, day_plan_seen
from avl.queries.day_plans import DayRequest, Movable
from avl.queries.lookups import court_ids
from avl.web.api import bp
from avl.web.api.bodies import as_json, dumped, placed_body
from avl.web.api.day_schemas import DayPlanIn, DayPlanOut, StaleDayProblem
from avl.web.api.described import KEY, REPLAYED, acts, refuses
from avl.web.api.once import carry_out
from avl.web.errors import PROBLEM
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "day_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    }
]
LOOK_AGAIN = 2
BEING_MADE = {
    "Location": {
        "schema": {"type": "string"},
        "description": "Where the plan is read while a worker makes it, and after.",
    },
    "Retry-After": {
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "description": "Seconds until it is worth looking again.",
    },
}


@bp.route("/plans/days", methods=["POST"])
@bp.arguments(DayPlanIn())
@refuses(400, 401, 404, 415, 503)
@bp.response(202, DayPlanOut, headers=BEING_MADE)
def want_day(sent: dict[str, Any]) -> Response:
    """Ask for a plan of a court's day; nothing is moved or held, so no key is needed."""
    court_id, _ = court_ids(actor(), sent["court"])
    wanted = DayRequest(
        court_id=court_id,
        on=sent["on"],
        courtrooms=tuple(sent["courtroom_ids"]),
        movable=Movable(sent["movable"]),
        seconds=sent["seconds"],
        sitting_id=sent["sitting_id"],
    )
    plan = want_day_plan(wanted, by=actor())
    answer = as_json(dumped(DayPlanOut, day_body(plan.id)))
    answer.status_code = 202
    answer.headers["Location"] = f"{request.path}/{plan.id}"
    answer.headers["Retry-After"] = str(LOOK_AGAIN)
    return answer


@bp.route("/plans/days/<int:day_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, DayPlanOut)
def read_day(day_id: int) -> Response:
    """Read a plan, and how far it is while a worker makes it."""
    return as_json(dumped(DayPlanOut, day_body(day_id)))


@bp.route("/plans/days/<int:day_id>/stop", methods=["POST"], parameters=PATH)
@refuses(400, 401, 403, 404, 415, 503)
@bp.doc(parameters=[KEY])
@bp.response(200, DayPlanOut, headers=REPLAYED)
def stop_day(day_id: int) -> Response:
    """End the work; the best list so far becomes the plan."""
    return carry_out(lambda _: stop_day_plan(day_id, by=actor()), spelt=_spell)


@bp.route("/plans/days/<int:day_id>/apply", methods=["POST"], parameters=PATH)
@refuses(400, 401, 403, 404, 415, 503)
@bp.alt_response(
    409,
    schema=StaleDayProblem,
    content_type=PROBLEM,
    description="The world has changed; nothing was, and the day is being planned again.",
)
@bp.doc(parameters=[KEY])
@bp.response(200, DayPlanOut, headers=REPLAYED)
def apply_day(day_id: int) -> Response:
    """Move and book everything in the plan, or nothing."""
    return carry_out(lambda _: apply_day_plan(day_id, by=actor()), spelt=_spell)


@bp.route("/plans/days/<int:day_id>/discard", methods=["POST"], parameters=PATH)
@acts(200, DayPlanOut, conflict="It has been applied already.")
def discard_day(day_id: int) -> Response:
    """Put a plan aside; nothing was changed by it, and nothing is."""
    return carry_out(lambda _: discard_plan(day_id, by=actor()), spelt=_spell)


def _spell(_: Actor, plan: Any) -> str:
    return json.dumps(dumped(DayPlanOut, day_body(plan.id)))


def day_body(day_id: int) -> dict[str, Any]:
    """A plan as this caller may know it."""
    plan = day_plan_seen(actor(), day_id)
    return {
        "id": plan.id,
        "status": plan.status,
        "reason": plan.reason,
        "on": plan.on,
        "sitting_id": plan.request.sitting_id,
        "sitting": plan.sitting,
        "expires_at": to_local(plan.expires_at, plan.zone),
        "phase": plan.progress.get("phase", "waiting"),
        "elapsed": plan.progress.get("elapsed", 0.0),
        "seconds": plan.request.seconds,
        "cost": _cost(plan),
        "hearings": [_row(row, plan.zone) for row in plan.rows],
        "booked_as": list(plan.booked),
    }


def _cost(plan: DaySeen) -> dict[str, Any] | None:
    if not plan.cost:
        return None
    said = say_day_cost(plan.cost, left_out=plan.progress.get("left_out", 0))
    return {**plan.cost, "words": f"{said} {say_bound(plan.cost)}"}


def _row(row: DayRow, zone: str) -> dict[str, Any]:
    return {
        "change": row.change,
        "reference": row.reference or None,
        "before": row.before and placed_body(row.before, zone),
        "after": row.after and placed_body(row.after, zone),
        "told": list(row.told),
        "warnings": list(row.warnings),
        "reason": row.reason,
    }

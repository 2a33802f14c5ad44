"""What is kept of the plans that a search for room found."""

from __future__ import annotations

from typing import Any

from avl.domain.plan_cost import say_cost, shift_minutes
from avl.domain.plans import PlannedMove, RoomPlan
from avl.domain.reasons import say_warnings
from avl.models import Booking, PlanStatus
from avl.models.base import Json
from avl.queries.placements import placement_of
from avl.queries.plans import placement_to_json
from avl.queries.room import RoomFound
from avl.queries.told import told_of


def rows_of(found: RoomFound) -> list[dict[str, Any]]:
    """The columns of each plan found, or of the one that says why there is none."""
    plans = found.plans
    if not plans.plans:
        reason = plans.none.sentence if plans.none else not_found_in_time(plans.ruled_out)
        cost: Json = {"rule": plans.none.rule.value} if plans.none else {}
        return [{"status": PlanStatus.IMPOSSIBLE, "reason": reason[:600], "cost": cost}]
    return [
        {
            "status": PlanStatus.PROPOSED,
            "reason": found.not_then[:600],
            "moves": {
                "new": placement_to_json(plan.placement),
                "told": _prisons_told(plan, found),
                "warnings": list(say_warnings(plan.warnings, found.zone)),
                "moves": [_move_row(move, found) for move in plan.moves],
                "aim": _aim_row(plan, found.moving, found) if found.moving else None,
            },
            "cost": _cost_row(plan, is_proved=plans.is_proved),
        }
        for plan in plans.plans
    ]


def not_found_in_time(ruled_out: int) -> str:
    """Say that the time was over before there was a plan or a proof, and what is proven.

    Args:
        ruled_out: so many moves within the day are proven to be too few; negative: nothing is.
    """
    ask = "Ask for another time, a shorter hearing or any courtroom."
    if ruled_out < 1:
        return (
            "No way to make room was found in the time there was, which does not prove that there"
            f" is none. {ask}"
        )
    count = "one booking" if ruled_out == 1 else f"{ruled_out} bookings"
    return (
        f"Moving {'' if ruled_out == 1 else 'up to '}{count} within the day is proven not to make"
        " room. Moving more than that was not tried to the end in the time there was, so there may"
        f" be a way that moves more. {ask}"
    )


def _move_row(move: PlannedMove, found: RoomFound) -> Json:
    booking = found.bookings[move.booking_id]
    return {
        "booking_id": booking.id,
        "reference": booking.reference,
        "version": booking.version,
        "before": placement_to_json(move.before),
        "after": placement_to_json(move.after),
        "told": told_of(booking, move.before, move.after),
        "warnings": list(say_warnings(move.warnings, found.zone)),
    }


def _aim_row(plan: RoomPlan, booking: Booking, found: RoomFound) -> Json:
    """The booking that room is made for, where it stands already: one more move."""
    move = PlannedMove(booking.id, placement_of(booking), plan.placement, plan.warnings)
    row = _move_row(move, found) | {"is_aim": True}
    here = {seat.site_id for seat in plan.placement.seats}
    if here - booking.remote_site_ids:
        row["told"] = [*_prisons_told(plan, found), *_left_behind(booking, here)]
    return row


def _left_behind(booking: Booking, here: set[int]) -> list[str]:
    left = {one.site.id: one.site.short_name for one in booking.appearances}
    return [f"{name} sees that it is gone" for key, name in left.items() if key not in here]


def _prisons_told(plan: RoomPlan, found: RoomFound) -> list[str]:
    suites = dict.fromkeys(found.names[seat.suite] for seat in plan.placement.seats)
    return [f"{name} is booked" for name in suites]


def _cost_row(plan: RoomPlan, *, is_proved: bool) -> Json:
    cost = plan.cost
    shift = shift_minutes([(move.before, move.after) for move in plan.moves])
    return {
        "days_crossed": cost.days_crossed,
        "moved": cost.moved,
        "importance": list(cost.importance),
        "minutes": cost.minutes,
        "shift_minutes": shift,
        "is_proved": is_proved,
        "words": say_cost(cost, shift=shift),
    }

"""Make room by API: propose plans, read one, apply one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response, request

from avl import clock
from avl.commands.day_plans import replan_day
from avl.commands.plans import PlanStale, apply_plan, propose_plans, replan
from avl.domain.booking import LegKind, normal_reference
from avl.domain.errors import DomainError, InvalidInput, NotFound
from avl.domain.local_time import to_local
from avl.queries.lookups import get_shown, matter_ids, person_ids
from avl.queries.plans import MoveSeen, PlanSeen, plan_seen
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.web.api import bp
from avl.web.api.asking import kept_minutes, wish_from
from avl.web.api.bodies import as_json, dumped, placed_body
from avl.web.api.day_plans import day_body
from avl.web.api.described import ETAG, KEY, REPLAYED, refuses
from avl.web.api.once import carry_out
from avl.web.api.plan_schemas import PlanIn, PlanOut, PlansOut, StaleProblem
from avl.web.api.schemas import BookingOut
from avl.web.errors import PROBLEM, problem
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "plan_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    }
]


@bp.route("/plans", methods=["POST"])
@bp.arguments(PlanIn())
@refuses(400, 401, 415, 503)
@bp.response(200, PlansOut)
def propose(sent: dict[str, Any]) -> Response:
    """Look for plans that make room; nothing is moved or held, so no key is needed."""
    plans = propose_plans(room_request(sent), by=actor())
    return as_json(dumped(PlansOut, {"plans": _bodies([plan.id for plan in plans])}))


@bp.route("/plans/<int:plan_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, PlanOut)
def read_plan(plan_id: int) -> Response:
    """Read one plan."""
    return as_json(dumped(PlanOut, _body(plan_seen(actor(), plan_id))))


@bp.route("/plans/<int:plan_id>/apply", methods=["POST"], parameters=PATH)
@refuses(400, 401, 403, 404, 415, 503)
@bp.alt_response(
    409,
    schema=StaleProblem,
    content_type=PROBLEM,
    description="The world has changed; nothing was, and plans say what can be done now.",
)
@bp.doc(parameters=[KEY])
@bp.response(201, BookingOut, headers=ETAG | REPLAYED)
def apply(plan_id: int) -> Response:
    """Move every booking of the plan and book the new one: all of it, or nothing."""
    return carry_out(lambda _: apply_plan(plan_id, by=actor()), status=201)


@bp.errorhandler(PlanStale)
def _stale(stale: PlanStale) -> Response:
    """Answer with what can be done now."""
    asked = request.view_args or {}
    if "day_id" in asked:
        try:
            day = replan_day(int(asked["day_id"]), stale, by=actor())
        except DomainError as error:
            # The sitting that was planned, or the day, is over meanwhile.
            return problem(409, error.message)
        return problem(409, stale.message, plan=day_body(day.id))
    plan_id = int(asked["plan_id"])
    try:
        fresh = replan(plan_id, stale, by=actor())
    except DomainError as error:
        # The booking that was to be moved is over or has begun: nothing can be done for it now.
        return problem(409, error.message, plans=[])
    plans = dumped(PlanOut, _bodies([plan.id for plan in fresh]), many=True)
    return problem(409, stale.message, plans=plans)


def room_request(sent: dict[str, Any], *, needs_reason: bool = True) -> RoomRequest:
    """What POST /plans asks for.

    Args:
        needs_reason: whether a booking that is moved says why at once; a wait says it at its end.

    Raises:
        InvalidInput: something named in it does not exist, or is missing.
        NotFound: the booking that is to be moved is not the caller's.
    """
    if sent["moving"]:
        return _room_to_move(sent, needs_reason=needs_reason)
    for name in OF_A_NEW_ONE:
        if not sent[name]:
            raise InvalidInput(name, "A new booking needs this; or name the booking to move.")
    # The search's own reader checks everything a search and a plan have in common.
    sent_alone = {**sent, "first": None, "last": None, "limit": 6}
    asked = wish_from(actor(), sent_alone, clock.now())
    wish, seats = asked.wish, sent["appearances"]
    people = person_ids({seat["prn"] for seat in seats})
    matters = matter_ids(
        {seat["matter"] for seat in seats if seat["matter"]}, court_id=wish.court_id
    )
    return RoomRequest(
        court_id=wish.court_id,
        courtrooms=wish.courtrooms,
        hearing_type=wish.hearing_type,
        minutes=wish.minutes,
        pre_minutes=wish.pre_minutes,
        post_minutes=wish.post_minutes,
        seats=tuple(
            RoomSeat(
                person_id=people[seat["prn"]].id,
                counsel_id=seat["counsel_id"],
                matter_id=matters[seat["matter"]] if seat["matter"] else None,
                suites=one.suites,
                instruction_suites=one.instruction_suites,
            )
            for seat, one in zip(seats, wish.seats, strict=True)
        ),
        wanted_start=wish.wanted_start,
        near_minutes=sent["near_minutes"],
        taking=tuple(normal_reference(reference) for reference in sent["taking"]),
        interpreter_language=sent["interpreter_language"],
        staff_notes=sent["staff_notes"],
        prison_notes=sent["prison_notes"],
        warning_reason=sent["warning_reason"],
        previous_reference=normal_reference(sent["previous_reference"])
        if sent["previous_reference"]
        else None,
        direction=asdict(sent["direction"]) if sent["direction"] else None,
    )


OF_A_NEW_ONE = ("court", "hearing_type", "appearances")
"""What a booking that is moved keeps, and a new one needs."""


def _room_to_move(sent: dict[str, Any], *, needs_reason: bool) -> RoomRequest:
    """A booking that stands, at another time: it keeps its people, counsel and hearing type."""
    for name in OF_A_NEW_ONE:
        if sent[name]:
            raise InvalidInput(name, "Leave this out: a booking that is moved keeps it.")
    reference = sent["moving"]
    booking = get_shown(actor(), reference)
    named = [one for one in booking.appearances if one.person]
    if booking.hearing_type is None or len(named) < len(booking.appearances):
        raise NotFound(f"There is no booking {reference} at your court.")
    if needs_reason and not sent["reason"].strip():
        raise InvalidInput("reason", "Say why the booking is moved.")
    people = person_ids({one.person.prn for one in named if one.person})
    minutes = booking.hearing.minutes if sent["minutes"] is None else sent["minutes"]
    return RoomRequest(
        court_id=booking.court_id,
        courtrooms=tuple(sent["courtroom_ids"]) or (booking.courtroom_id,),
        hearing_type=booking.hearing_type,
        minutes=minutes,
        pre_minutes=kept_minutes(sent["pre_minutes"], booking.legs, LegKind.PRE_CONFERENCE),
        post_minutes=kept_minutes(sent["post_minutes"], booking.legs, LegKind.POST_CONFERENCE),
        seats=tuple(
            RoomSeat(
                person_id=people[one.person.prn].id,
                counsel_id=one.counsel.id if one.counsel else None,
                instruction_suites=(one.instruction_suite_id,) if one.instruction_suite_id else (),
            )
            for one in named
            if one.person
        ),
        wanted_start=sent["wanted_start"],
        near_minutes=sent["near_minutes"],
        taking=tuple(normal_reference(reference) for reference in sent["taking"]),
        warning_reason=sent["warning_reason"],
        direction=asdict(sent["direction"]) if sent["direction"] else None,
        moving=reference,
        reason=sent["reason"].strip() if needs_reason else "",
    )


def _bodies(ids: Sequence[int]) -> list[dict[str, Any]]:
    return [_body(plan_seen(actor(), plan_id)) for plan_id in ids]


def _body(plan: PlanSeen) -> dict[str, Any]:
    return {
        "id": plan.id,
        "status": plan.status,
        "reason": plan.reason,
        "expires_at": to_local(plan.expires_at, plan.zone),
        "booking": placed_body(plan.placement, plan.zone) if plan.placement else None,
        "moving": _move(plan.aim, plan.zone) if plan.aim else None,
        "moves": [_move(move, plan.zone) for move in plan.moves],
        "warnings": list(plan.warnings),
        "cost": dict(plan.cost) if plan.placement else None,
        "booked_as": plan.booking_reference or None,
    }


def _move(move: MoveSeen, zone: str) -> dict[str, Any]:
    return {
        "reference": move.reference,
        "before": placed_body(move.before, zone),
        "after": placed_body(move.after, zone),
        "told": list(move.told),
        "warnings": list(move.warnings),
    }

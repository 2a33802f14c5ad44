"""Make room: from the booking form to plans, and from a plan to bookings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.forms import save_form
from avl.commands.plans import PlanStale, apply_plan, propose_plans, replan
from avl.domain.booking import normal_reference
from avl.domain.errors import (
    ActionNotAllowed,
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    ResourceClash,
)
from avl.domain.local_time import local_day, say_when
from avl.domain.resources import Placement
from avl.queries.booking_form import FormFacts, Named
from avl.queries.plans import PlanSeen, plan_seen, plans_beside
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.web.guards import actor
from avl.web.plans import bp
from avl.web.registry.mode import is_of_direction, lacking_direction, mode_note
from avl.web.registry.move import facts_to_move, movable, typed_to_move
from avl.web.registry.offering import say_conferences
from avl.web.registry.panel import Panel
from avl.web.registry.seeking import (
    Read,
    direction_from,
    facts_for,
    fill_usual,
    read_form,
    wish_from,
)
from avl.web.registry.typed import REASON_LENGTH, Typed, within_length


@bp.post("/room")
def propose() -> ResponseReturnValue:
    """Look for plans that make room for what the booking form says."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    typed = Typed.from_form(request.form)
    facts = facts_for(actor(), typed, now=clock.now())
    fill_usual(typed, facts)
    return _look(typed, key, facts)


@bp.post("/room/<reference>")
def propose_move(reference: str) -> ResponseReturnValue:
    """Look for plans that make room for a booking at another time than it has."""
    booking = movable(reference)
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    return _look(typed_to_move(booking), key, facts_to_move(booking), moving=booking.reference)


def _look(typed: Typed, key: str, facts: FormFacts, *, moving: str = "") -> ResponseReturnValue:
    """Keep what a form says and look for plans; where it does not suffice, go back to it.

    Args:
        moving: the reference of the booking that is moved; "" for a new one.
    """
    now = clock.now()
    form = _form_at(key, moving, _anchor="times")
    save_form(key, typed.to_keep(), by=actor())
    read = read_form(typed, facts, now=now)
    if read.errors:
        return redirect(form, 303)
    if not read.is_exact:
        flash("Enter the date and the time you need, then make room for it.", "warning")
        return redirect(form, 303)
    # A booking that stands may have its direction already; applying the plan asks about it.
    if not moving and lacking_direction(typed, mode_note(facts, read, Panel(), now)):
        return redirect(_form_at(key, direction=""), 303)
    try:
        wish_from(read, now=now)
        asked = room_request(typed, key, read, facts)
        if moving:
            asked = replace(asked, moving=moving, reason=within_length(typed.reason, *_REASON))
        if taking := request.form.get("taking", ""):
            asked = replace(asked, taking=(normal_reference(taking),), near_minutes=0)
        plans = propose_plans(asked, by=actor())
    except InvalidInput as error:
        flash(error.message, "warning")
        return redirect(form, 303)
    return redirect(url_for(".show", plan_id=plans[0].id), 303)


_REASON = ("reason", "The reason", REASON_LENGTH)


def room_request(typed: Typed, key: str, read: Read, facts: FormFacts) -> RoomRequest:
    """What a form without errors asks room for, with everything it is then booked from."""
    assert read.court is not None
    assert read.kind is not None
    assert read.lengths is not None
    assert read.wanted_start is not None
    direction = direction_from(typed, local_day(clock.now(), read.court.zone))
    return RoomRequest(
        court_id=read.court.id,
        courtrooms=read.rooms,
        hearing_type=read.kind.code,
        minutes=read.lengths.minutes,
        pre_minutes=read.lengths.pre_minutes,
        post_minutes=read.lengths.post_minutes,
        seats=tuple(
            RoomSeat(
                party.person_id,
                _id(read.counsel.get(party.person_id)),
                party.matter_id,
                instruction_suites=read.instruction.get(party.person_id, ()),
            )
            for party in read.people
        ),
        wanted_start=read.wanted_start,
        staff_notes=typed.staff_notes,
        prison_notes=typed.prison_notes,
        previous_reference=typed.previous or None,
        form_key=key,
        interpreter_language=read.interpreter.language if read.interpreter else "",
        direction=asdict(direction) if direction else None,
    )


def _id(counsel: Named | None) -> int | None:
    return counsel.id if counsel else None


@bp.get("/<int:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    """Up to three plans side by side, or why there is none."""
    plans = plans_beside(actor(), plan_id)
    return _render(plans, plans[0].request.reason)


@bp.post("/<int:plan_id>/apply")
def apply(plan_id: int) -> ResponseReturnValue:
    """Move and book, all or nothing; a plan that no longer fits is made anew."""
    reason = request.form.get("reason", "").strip()
    try:
        made = apply_plan(plan_id, by=actor(), reason=within_length(reason, *_REASON))
    except (PlanStale, ResourceClash) as stale:
        return _replan(plan_id, stale)
    except ActionNotAllowed as error:
        # Applied already, by another tab or the other half of a double click: its page says so.
        flash(error.message, "warning")
        return redirect(url_for(".show", plan_id=plan_id), 303)
    except (InvalidInput, NotAllowed) as error:
        plans = plans_beside(actor(), plan_id)
        if getattr(error, "field", "") == "reason" and plans[0].request.moving:
            return _render(plans, reason, {"reason": error.message}), 422
        flash(f"Nothing was changed. {error.message}", "warning")
        wish = plans[0].request
        lacks = {"direction": ""} if is_of_direction(error) else {}
        return redirect(_form_at(wish.form_key, wish.moving, **lacks), 303)
    flash(_say_done(plan_seen(actor(), plan_id)))
    return redirect(url_for("registry.show", reference=made.reference), 303)


def _replan(plan_id: int, stale: DomainError) -> ResponseReturnValue:
    try:
        fresh = replan(plan_id, stale, by=actor())
    except (ActionNotAllowed, NotFound) as error:
        # The booking that was to be moved is over or has begun: its own page says what became of
        # it.
        flash(f"Nothing was changed. {error.message}", "warning")
        moving = plans_beside(actor(), plan_id)[0].request.moving
        return redirect(url_for("registry.show", reference=moving), 303)
    except InvalidInput as error:
        # It was asked for a day that is over by now.
        flash(f"Nothing was changed. {error.message}", "warning")
        wish = plans_beside(actor(), plan_id)[0].request
        return redirect(_form_at(wish.form_key, wish.moving), 303)
    flash(f"Nothing was changed. {stale.message} Here is what can be done now.", "warning")
    return redirect(url_for(".show", plan_id=fresh[0].id), 303)


def _say_done(plan: PlanSeen) -> str:
    if plan.aim is None:
        return f"Room is made, and {plan.booking_reference} is booked."
    when = say_when(plan.aim.after.hearing, plan.zone)
    return f"Room is made, and {plan.booking_reference} is moved to {when}."


def _render(plans: list[PlanSeen], reason: str, errors: dict[str, str] | None = None) -> str:
    first = plans[0]
    return render_template(
        "plans/room.html",
        plans=plans,
        asked=first.request,
        who=first.who,
        is_none=first.status == "impossible",
        zone=first.zone,
        say_when_where=say_when_where,
        now=clock.now(),
        form=_form_at(first.request.form_key, first.request.moving),
        reason=reason,
        errors=errors or {},
    )


def _form_at(key: str, moving: str = "", **more: Any) -> str:
    """Where a plan is asked for, with what was typed there. ``direction``: say what of it lacks."""
    if moving:
        return url_for("registry.move", reference=moving, key=key, **more)
    return url_for("registry.form", key=key, **more) if key else url_for("registry.home")


def say_when_where(placement: Placement, names: Mapping[int, str], zone: str) -> tuple[str, str]:
    """When a placement is, with its conferences, and in which rooms."""
    said = say_conferences(placement, zone, names)
    when = f"{say_when(placement.hearing, zone)} ({said[0].lower()}{said[1:]})"
    return when, "; ".join(names.get(room, "a room") for room in placement.link_rooms)

"""Make room: from the booking form to plans, and from a plan to bookings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.forms import save_form
from avl.commands.plans import PlanStale, apply_plan, propose_plans, replan
from avl.domain.booking import normal_reference
from avl.domain.errors import InvalidInput, NotAllowed, ResourceClash
from avl.domain.local_time import local_day, say_when
from avl.domain.resources import Placement
from avl.queries.booking_form import FormFacts, Named
from avl.queries.plans import PlanSeen, plans_beside
from avl.queries.room import RoomRequest, RoomSeat
from avl.web.guards import actor
from avl.web.plans import bp
from avl.web.registry.offering import say_conferences
from avl.web.registry.seeking import (
    Read,
    direction_from,
    facts_for,
    fill_usual,
    read_form,
    wish_from,
)
from avl.web.registry.typed import Typed


@bp.post("/room")
def propose() -> ResponseReturnValue:
    """Look for plans that make room for what the booking form says."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    typed = Typed.from_form(request.form)
    now = clock.now()
    facts = facts_for(actor(), typed, now=now)
    fill_usual(typed, facts)
    save_form(key, typed.to_keep(), by=actor())
    read = read_form(typed, facts, now=now)
    form = url_for("registry.form", key=key, _anchor="times")
    if read.errors:
        return redirect(form, 303)
    if not read.is_exact:
        flash("Enter the date and the time you need, then make room for it.", "warning")
        return redirect(form, 303)
    try:
        wish_from(read, now=now)
        asked = room_request(typed, key, read, facts)
        if taking := request.form.get("taking", ""):
            asked = replace(asked, taking=(normal_reference(taking),), near_minutes=0)
        plans = propose_plans(asked, by=actor())
    except InvalidInput as error:
        flash(error.message, "warning")
        return redirect(form, 303)
    return redirect(url_for(".show", plan_id=plans[0].id), 303)


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
    asked = plans[0].request
    return render_template(
        "plans/room.html",
        plans=plans,
        asked=asked,
        who=plans[0].who,
        is_none=plans[0].status == "impossible",
        zone=plans[0].zone,
        say_when_where=say_when_where,
        now=clock.now(),
        form=_form_of(plans[0]),
    )


@bp.post("/<int:plan_id>/apply")
def apply(plan_id: int) -> ResponseReturnValue:
    """Move and book, all or nothing; a plan that no longer fits is made anew."""
    try:
        made = apply_plan(plan_id, by=actor())
    except (PlanStale, ResourceClash) as stale:
        fresh = replan(plan_id, stale, by=actor())
        flash(f"Nothing was changed. {stale.message} Here is what can be done now.", "warning")
        return redirect(url_for(".show", plan_id=fresh[0].id), 303)
    except (InvalidInput, NotAllowed) as error:
        flash(f"Nothing was changed. {error.message}", "warning")
        return redirect(_form_of(plans_beside(actor(), plan_id)[0]), 303)
    flash(f"Room is made, and {made.reference} is booked.")
    return redirect(url_for("registry.show", reference=made.reference), 303)


def _form_of(plan: PlanSeen) -> str:
    key = plan.request.form_key
    return url_for("registry.form", key=key) if key else url_for("registry.home")


def say_when_where(placement: Placement, names: Mapping[int, str], zone: str) -> tuple[str, str]:
    """When a placement is, with its conferences, and in which rooms."""
    said = say_conferences(placement, zone, names)
    when = f"{say_when(placement.hearing, zone)} ({said[0].lower()}{said[1:]})"
    return when, "; ".join(names.get(room, "a room") for room in placement.link_rooms)

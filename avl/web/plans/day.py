"""Plan a day: asked for, watched while a worker makes it, compared with today's list, applied."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.day_plans import (
    apply_day_plan,
    discard_plan,
    replan_day,
    stop_day_plan,
    want_day_plan,
)
from avl.commands.plans import PlanStale
from avl.domain.day_words import say_bound, say_day_cost
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, ResourceClash
from avl.domain.local_time import local_day, say_day, say_time
from avl.domain.resources import Placement
from avl.queries.day_plan_page import (
    CourtChoice,
    DaySeen,
    court_choices,
    day_plan_seen,
    day_to_plan,
    open_plans,
)
from avl.queries.day_plans import LONGEST_SECONDS, USUAL_SECONDS, DayRequest, Movable
from avl.queries.lists import my_courts
from avl.queries.sittings import SittingSeen, court_sittings
from avl.web.dates import as_date_field, read_date
from avl.web.guards import actor
from avl.web.plans import bp

SECONDS = (5, 10, USUAL_SECONDS, 30, LONGEST_SECONDS)
MOVABLE_WORDS = (
    (Movable.NOTHING, "Nothing published", "Only who waits, and bookings that cannot stay."),
    (
        Movable.UNCONFIRMED,
        "Only what no prison has confirmed yet",
        "Confirmed bookings stay where they are.",
    ),
    (Movable.ALL, "Everything that may still be moved", "Fixed and started bookings stay."),
)
PHASES = {
    "first list": "The first complete list is made.",
    "searching": "Looking for better lists.",
    "proving": "Looking for the best list, and for the proof that it is the best.",
}
WAITING = "It waits for a worker: a few seconds as a rule, longer while another day is planned."


@bp.get("/day")
def day() -> ResponseReturnValue:
    """Ask which day is to be planned, and how far the plan may go."""
    courts = court_choices(my_courts(actor()))
    court = _chosen(courts, request.args.get("court", type=int))
    typed = {name: request.args.get(name, "") for name in ("on", "sitting")}
    typed["movable"] = Movable.NOTHING.value
    if court and not typed["on"]:
        typed["on"] = day_to_plan(court, clock.now()).isoformat()
    return _form(courts, court, typed, {})


@bp.post("/day")
def want_day() -> ResponseReturnValue:
    """Hand the day, or one sitting of it, to a worker; or show another day's sittings."""
    courts = court_choices(my_courts(actor()))
    court = _chosen(courts, request.form.get("court", type=int))
    typed = {name: request.form.get(name, "") for name in ("on", "sitting", "movable", "seconds")}
    if court is None:
        return _form(courts, court, typed, {"court": "Choose a court."}), 422
    if request.form.get("step") == "look":
        return _form(courts, court, typed, {})
    try:
        plan = want_day_plan(_request(court, typed), by=actor())
    except InvalidInput as error:
        return _form(courts, court, typed, {error.field: error.message}), 422
    return redirect(url_for(".show_day", day_id=plan.id), 303)


@bp.get("/day/<int:day_id>")
def show_day(day_id: int) -> ResponseReturnValue:
    """How far the plan is; once it is made, today's list and the planned one side by side."""
    plan = day_plan_seen(actor(), day_id)
    is_part = bool(request.headers.get("HX-Request"))
    if is_part and not plan.is_being_made:
        return "", 200, {"HX-Refresh": "true"}
    name = "plans/day_progress.html" if plan.is_being_made else "plans/day.html"
    return render_template(
        "plans/_day_progress.html" if is_part else name,
        plan=plan,
        heading=plan.heading,
        percent=_percent(plan),
        phase=PHASES.get(plan.progress.get("phase", ""), WAITING),
        cost_words=_cost_words(plan),
        bound_words=say_bound(plan.cost) if plan.cost else "",
        say_spot=lambda placed: say_spot(placed, plan),
        list_href=url_for("registry.today", on=plan.on.isoformat(), court=plan.court_id),
    )


@bp.post("/day/<int:day_id>/apply")
def apply_day(day_id: int) -> ResponseReturnValue:
    """Move and book everything, or nothing; a plan that no longer fits is made anew."""
    try:
        plan = apply_day_plan(day_id, by=actor())
    except (PlanStale, ResourceClash) as stale:
        try:
            fresh = replan_day(day_id, stale, by=actor())
        except InvalidInput as error:
            flash(f"Nothing was changed. {stale.message} {error.message}", "warning")
            return redirect(url_for(".show_day", day_id=day_id), 303)
        flash(f"Nothing was changed. {stale.message} The day is being planned again.", "warning")
        return redirect(url_for(".show_day", day_id=fresh.id), 303)
    except (InvalidInput, NotAllowed, ActionNotAllowed) as error:
        flash(f"Nothing was changed. {error.message}", "warning")
        return redirect(url_for(".show_day", day_id=day_id), 303)
    flash("The planned list stands.")
    return redirect(
        url_for("registry.today", on=DayRequest.from_json(plan.wish).on.isoformat()), 303
    )


@bp.post("/day/<int:day_id>/stop")
def stop_day(day_id: int) -> ResponseReturnValue:
    """Take the best list found so far."""
    stop_day_plan(day_id, by=actor())
    return redirect(url_for(".show_day", day_id=day_id), 303)


@bp.post("/day/<int:day_id>/discard")
def discard_day(day_id: int) -> ResponseReturnValue:
    """Put the plan aside; the day stays as it is."""
    plan = discard_plan(day_id, by=actor())
    flash("The plan is put aside. Nothing was changed.")
    on = DayRequest.from_json(plan.wish).on.isoformat()
    return redirect(url_for("registry.today", on=on), 303)


def _chosen(courts: list[CourtChoice], court_id: int | None) -> CourtChoice | None:
    if court_id is None:
        return courts[0] if courts else None
    return next((court for court in courts if court.id == court_id), None)


def _request(court: CourtChoice, typed: dict[str, str]) -> DayRequest:
    on = read_date(typed["on"], court.zone)
    if on is None:
        raise InvalidInput("on", "Enter the date to plan.")
    if typed["movable"] not in {one.value for one in Movable}:
        raise InvalidInput("movable", "Choose what may be moved.")
    seconds, sitting = typed["seconds"], typed["sitting"]
    if sitting and not (sitting.isdecimal() and len(sitting) < 10):
        raise InvalidInput("sitting", "Choose a sitting of that day, or the whole day.")
    rooms = tuple(request.form.getlist("courtrooms", type=int))
    return DayRequest(
        court_id=court.id,
        on=on,
        courtrooms=() if sitting or len(rooms) == len(court.courtrooms) else rooms,
        movable=Movable(typed["movable"]),
        seconds=int(seconds) if seconds.isdecimal() else USUAL_SECONDS,
        sitting_id=int(sitting) if sitting else None,
    )


def _sittings(court: CourtChoice, typed: str) -> list[SittingSeen]:
    """What may be planned alone on the day asked about; nothing while that is no date."""
    try:
        on = read_date(typed, court.zone)
    except InvalidInput:
        return []
    now = clock.now()
    found = court_sittings(court.id, on, court.zone) if on else []
    return [one for one in found if one.ends_at > now]


def _form(
    courts: list[CourtChoice],
    court: CourtChoice | None,
    typed: dict[str, str],
    errors: dict[str, str],
) -> str:
    if court:
        typed["on"] = as_date_field(typed["on"], court.zone)
    return render_template(
        "plans/day_form.html",
        courts=courts,
        court=court,
        typed=typed,
        errors=errors,
        sittings=_sittings(court, typed["on"]) if court else [],
        open_plans=open_plans(court.id, now=clock.now()) if court else [],
        rooms=request.form.getlist("courtrooms", type=int),
        movable=MOVABLE_WORDS,
        seconds=SECONDS,
        chosen_seconds=typed.get("seconds") or str(USUAL_SECONDS),
    )


def _percent(plan: DaySeen) -> int:
    elapsed = float(plan.progress.get("elapsed", 0.0))
    return min(100, round(100 * elapsed / plan.request.seconds))


def _cost_words(plan: DaySeen) -> str:
    if not plan.cost:
        return ""
    return say_day_cost(plan.cost, left_out=plan.progress.get("left_out", 0))


def say_spot(placed: Placement, plan: DaySeen) -> tuple[str, str]:
    """When a hearing is, and in which rooms; its date where it is another than the plan's."""
    start, end = placed.hearing.start, placed.hearing.end
    when = f"{say_time(start, plan.zone)} to {say_time(end, plan.zone)}"
    if local_day(start, plan.zone) != plan.on:
        when = f"{say_day(start, plan.zone)}, {when}"
    return when, "; ".join(plan.names.get(room, "a room") for room in placed.link_rooms)

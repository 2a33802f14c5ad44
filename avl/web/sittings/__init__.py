"""A court's sittings: the week, and one added, changed or removed.

What a change breaks is shown before it is saved; nothing that was typed is lost.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.outages import PlaceChange
from avl.commands.sittings import (
    SittingTerms,
    add_sitting,
    change_sitting,
    foresee_added,
    foresee_changed,
    foresee_removed,
    remove_sitting,
)
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.local_time import local_day, say_clock, say_date, to_local, to_utc
from avl.queries.previews import Preview
from avl.queries.sittings import (
    KEEPERS,
    SittingSeen,
    court_sittings,
    officers_known,
    sitting_courts,
    sitting_of,
    sitting_rooms,
    week_of_sittings,
)
from avl.web.dates import DEFAULT_ZONE, Meant, read_date, read_field, spell_date
from avl.web.frame import first_page
from avl.web.guards import actor, guard
from avl.web.registry.typed import read_time
from avl.web.saved import tell_saved

bp = Blueprint("sittings", __name__, url_prefix="/sittings")
guard(bp, roles=KEEPERS)

HOURS = "hours"
"""What becomes of a day without its only sitting: opening hours, not a day without sitting."""

FIELDS = ("courtroom", "date", "from_time", "to_time", "list_name", "officer", "warning_reason")


@bp.get("")
def week() -> ResponseReturnValue:
    """A week of one court's sittings."""
    courts = sitting_courts(actor())
    court = court_asked(courts)
    today = local_day(clock.now(), court.zone) if court else clock.now().date()
    monday = _monday(request.args.get("on", ""), today)
    return render_template(
        "sittings/week.html",
        courts=courts,
        court=court,
        days=week_of_sittings(court, monday) if court else [],
        monday=monday,
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7),
        today=today,
        now=clock.now(),
        is_registry=actor().holds(Role.REGISTRY),
        back_href=first_page(actor()),
    )


@bp.get("/add")
def ask_add() -> ResponseReturnValue:
    """Ask for one more sitting."""
    on = read_date_or_none(request.args.get("on", ""))
    return _form({"date": say_date(on)[4:] if on else ""})


@bp.post("/add")
def add() -> ResponseReturnValue:
    """Show what it breaks, or save it."""
    typed = _typed()
    try:
        court = court_asked(sitting_courts(actor()))
        if court is None:
            raise NotFound("There is no such court among yours.")
        rooms = {str(room.id): room for room in sitting_rooms(court)}
        if (room := rooms.get(typed["courtroom"])) is None:
            raise InvalidInput("courtroom", "Choose the courtroom.")
        on = read_field(partial(read_date, zone=court.zone), typed, "date")
        if on is None:
            raise InvalidInput("date", "Enter the date of the sitting.")
        typed["date"] = spell_date(on)
        terms = _terms(typed, on, court.zone)
        if request.form.get("step") != "save":
            return _form(typed, preview=foresee_added(room.id, terms, by=actor()))
        done = add_sitting(room.id, terms, by=actor())
    except InvalidInput as error:
        return _form(typed, error=error), 422
    return _tell("The sitting is added", done, court.id, on)


@bp.get("/change")
def ask_change() -> ResponseReturnValue:
    """Ask what a sitting is to be instead."""
    if not request.args.get("sitting"):
        return redirect(url_for(".week"))
    sitting = sitting_of(actor(), _number(request.args))
    typed = {
        "from_time": _say_wall(sitting.starts_at, sitting.zone),
        "to_time": _say_wall(sitting.ends_at, sitting.zone),
        "list_name": sitting.list_name,
        "officer": sitting.officer,
    }
    return _form(typed, sitting=sitting)


@bp.post("/change")
def change() -> ResponseReturnValue:
    """Show what the change breaks, or save it."""
    typed = _typed()
    sitting = sitting_of(actor(), _number(request.form))
    try:
        terms = _terms(typed, sitting.on, sitting.zone)
        if request.form.get("step") != "save":
            preview = foresee_changed(sitting.id, terms, by=actor())
            return _form(typed, sitting=sitting, preview=preview)
        done = change_sitting(sitting.id, terms, by=actor())
    except InvalidInput as error:
        return _form(typed, sitting=sitting, error=error), 422
    except ActionNotAllowed as refusal:
        return _refused(refusal, sitting)
    return _tell("The sitting is changed", done, sitting.court_id, sitting.on)


@bp.get("/remove")
def ask_remove() -> ResponseReturnValue:
    """Say what removing a sitting would break, and ask."""
    if not request.args.get("sitting"):
        return redirect(url_for(".week"))
    sitting = sitting_of(actor(), _number(request.args))
    keeps_hours = request.args.get("then") == HOURS
    try:
        preview = foresee_removed(sitting.id, by=actor(), keeps_hours=keeps_hours)
    except ActionNotAllowed as refusal:
        return _refused(refusal, sitting)
    same = [
        one
        for one in court_sittings(sitting.court_id, sitting.on, sitting.zone)
        if one.courtroom_id == sitting.courtroom_id
    ]
    return render_template(
        "sittings/remove.html",
        sitting=sitting,
        preview=preview,
        is_only=len(same) == 1,
        keeps_hours=keeps_hours,
        sent={"sitting": sitting.id, **({"then": HOURS} if keeps_hours else {})},
    )


@bp.post("/remove")
def remove() -> ResponseReturnValue:
    """Take a sitting off the list."""
    sitting = sitting_of(actor(), _number(request.form))
    keeps_hours = request.form.get("then") == HOURS
    try:
        done = remove_sitting(sitting.id, by=actor(), keeps_hours=keeps_hours)
    except ActionNotAllowed as refusal:
        return _refused(refusal, sitting)
    what = "The opening hours hold again" if sitting.is_idle else "The sitting is removed"
    return _tell(what, done, sitting.court_id, sitting.on)


def read_date_or_none(typed: str, meant: Meant = Meant.FUTURE) -> date | None:
    """A date in the address; whatever is none is not asked about."""
    try:
        return read_date(typed, DEFAULT_ZONE, meant)
    except InvalidInput:
        return None


def _monday(typed: str, today: date) -> date:
    on = read_date_or_none(typed, Meant.SHOWN) or today
    return on - timedelta(days=on.weekday())


def court_asked(courts: Any) -> Any:
    """The court asked for, or the first one; None for whoever keeps none.

    Raises:
        NotFound: it is not this actor's.
    """
    asked = request.values.get("court", "")
    if not asked:
        return courts[0] if courts else None
    for court in courts:
        if str(court.id) == asked:
            return court
    raise NotFound("There is no such court among yours.")


def _number(sent: Any) -> int:
    asked = sent.get("sitting", "")
    if not asked.isdecimal() or len(asked) > 9:
        raise NotFound("There is no such sitting.")
    return int(asked)


def _typed() -> dict[str, str]:
    return {name: " ".join(request.form.get(name, "").split()) for name in FIELDS}


def _terms(typed: dict[str, str], on: date, zone: str) -> SittingTerms:
    return SittingTerms(
        _moment(typed, "from_time", on, zone),
        _moment(typed, "to_time", on, zone),
        typed["list_name"],
        typed["officer"],
        typed["warning_reason"],
    )


def _moment(typed: dict[str, str], name: str, on: date, zone: str) -> datetime:
    at = read_field(read_time, typed, name)
    if at is None:
        raise InvalidInput(name, "Enter the time, such as 10:00 or 2:15 pm.")
    try:
        return to_utc(datetime.combine(on, at), zone, fold=0)
    except InvalidInput as error:
        raise InvalidInput(name, error.message) from None


def _say_wall(at: datetime, zone: str) -> str:
    return say_clock(to_local(at, zone).time())


def _form(
    typed: dict[str, str],
    *,
    sitting: SittingSeen | None = None,
    preview: Preview | None = None,
    error: InvalidInput | None = None,
) -> str:
    courts = sitting_courts(actor())
    court = next((one for one in courts if sitting and one.id == sitting.court_id), None)
    court = court or court_asked(courts)
    return render_template(
        "sittings/form.html",
        courts=courts,
        court=court,
        rooms=sitting_rooms(court) if court else [],
        officers=officers_known(court) if court else [],
        sitting=sitting,
        typed=typed,
        sent={**typed, **({"sitting": sitting.id} if sitting else {"court": court.id})}
        if court
        else {},
        preview=preview,
        errors={error.field: error.message} if error else {},
    )


def _refused(refusal: ActionNotAllowed, sitting: SittingSeen) -> ResponseReturnValue:
    flash(refusal.message, "warning")
    return _to_week(sitting.court_id, sitting.on)


def _to_week(court_id: int, on: date) -> ResponseReturnValue:
    return redirect(url_for(".week", court=court_id, on=on.isoformat()), 303)


def _tell(what: str, done: PlaceChange, court_id: int, on: date) -> ResponseReturnValue:
    tell_saved(what, done)
    return _to_week(court_id, on)


from avl.web.sittings import roster  # noqa: E402, F401  (routes attach to bp)

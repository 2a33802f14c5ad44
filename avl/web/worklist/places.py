"""Taking a room out of use, closing a site for a day, and putting both back.

Both forms show what the change breaks before it is saved; nothing that was typed is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.closures import close_site, foresee_closure, reopen_site
from avl.commands.outages import PlaceChange, end_outage, foresee_outage, record_outage
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.local_time import local_day, say_closed, say_span, to_utc
from avl.queries.previews import Preview
from avl.queries.worklist import hearing_types_to_spare, keeper_sites, kept_site, rooms_at
from avl.web.dates import in_full, read_date, read_field, spell_date
from avl.web.guards import actor
from avl.web.registry.typed import read_time
from avl.web.saved import tell_saved
from avl.web.worklist import bp

OUTAGE_DATES = ("from_date", "until_date")


@dataclass(frozen=True, slots=True)
class OutageTyped:
    """An outage as typed, understood."""

    room: Any
    start: datetime
    end: datetime | None
    reason: str
    when: str
    zone: str


@bp.get("/outage")
def ask_outage() -> ResponseReturnValue:
    """Take a room out of use."""
    return _outage_page({"from_date": "", "from_time": ""})


@bp.post("/outage")
def outage() -> ResponseReturnValue:
    """Show what it breaks, or save it."""
    typed = request.form.to_dict()
    try:
        read = _read_outage(typed)
        typed |= {name: in_full(typed.get(name, ""), read.zone) for name in OUTAGE_DATES}
        if typed.get("step") != "save":
            preview = foresee_outage(
                read.room.id, start=read.start, end=read.end, reason=read.reason, by=actor()
            )
            return _outage_page(typed, preview=preview)
        done = record_outage(
            read.room.id, start=read.start, end=read.end, reason=read.reason, by=actor()
        )
    except InvalidInput as error:
        error.field = {"date": "from_date", "end": "until_date"}.get(error.field, error.field)
        return _outage_page(typed, error=error), 422
    return _to_worklist(f"{read.room.name} is out of use {read.when}", done)


@bp.post("/outage/end")
def finish_outage() -> ResponseReturnValue:
    """Put a room back in use."""
    done = end_outage(_number("outage"), by=actor())
    return _to_worklist("The room is in use again", done)


@bp.get("/closure")
def ask_closure() -> ResponseReturnValue:
    """Close a site for a day, or part of one."""
    return _closure_page({})


@bp.post("/closure")
def closure() -> ResponseReturnValue:
    """Show what it breaks, or save it."""
    typed = request.form.to_dict()
    spared = request.form.getlist("still_sitting")
    try:
        site = kept_site(actor(), typed.get("site", ""))
        on, start, end = _read_day(typed, site.zone)
        typed["date"] = spell_date(on)
        reason = _reason(typed)
        when = say_closed(on, start, end)
        terms: dict[str, Any] = {
            "on": on,
            "from_time": start,
            "to_time": end,
            "reason": reason,
            "still_sitting": spared,
        }
        if typed.get("step") != "save":
            preview = foresee_closure(site.id, **terms, by=actor())
            return _closure_page(typed, spared, preview=preview)
        done = close_site(site.id, **terms, by=actor())
    except InvalidInput as error:
        return _closure_page(typed, spared, error=error), 422
    return _to_worklist(f"{site.short_name} is closed {when}", done)


@bp.post("/closure/end")
def finish_closure() -> ResponseReturnValue:
    """Take a closure back."""
    done = reopen_site(_number("closure"), by=actor())
    return _to_worklist("The closure is taken back", done)


def _number(name: str) -> int:
    sent = request.form.get(name, "")
    if not sent.isdecimal():
        raise NotFound("There is nothing here to take back.")
    return int(sent)


def _to_worklist(what: str, done: PlaceChange) -> ResponseReturnValue:
    tell_saved(what, done, on_worklist=True)
    return redirect(url_for(".show", site=request.form.get("site") or None), 303)


def _read_outage(typed: dict[str, str]) -> OutageTyped:
    site = kept_site(actor(), typed.get("site", ""))
    rooms = {str(room.id): room for room in rooms_at(site)}
    room = rooms.get(typed.get("room", ""))
    if room is None:
        raise InvalidInput("room", "Choose the room that is out of use.")
    start = _moment(typed, "from", site.zone)
    now = clock.now()
    end = _moment(typed, "until", site.zone)
    if typed.get("until_date", "").strip() == "" and typed.get("until_time", "").strip():
        raise InvalidInput("until_date", "Enter the date as well, or leave both empty.")
    start = start or now
    if end is not None and end <= start:
        raise InvalidInput("until_date", "The end must come after the start.")
    if end is not None and end <= now:
        raise InvalidInput("until_date", "This outage is over already, so it changes nothing.")
    return OutageTyped(room, start, end, _reason(typed), say_span(start, end, site.zone), site.zone)


def _moment(typed: dict[str, str], which: str, zone: str) -> datetime | None:
    on = read_field(partial(read_date, zone=zone), typed, f"{which}_date")
    at = read_field(read_time, typed, f"{which}_time")
    if on is None:
        if at is None:
            return None
        on = local_day(clock.now(), zone)
    if at is None:
        at = time(0) if which == "from" else time(23, 55)
    try:
        return to_utc(datetime.combine(on, at), zone, fold=0)
    except InvalidInput as error:
        raise InvalidInput(f"{which}_time", error.message) from None


def _read_day(typed: dict[str, str], zone: str) -> tuple[date, time | None, time | None]:
    on = read_field(partial(read_date, zone=zone), typed, "date")
    if on is None:
        raise InvalidInput("date", "Enter the date on which it is closed.")
    start, end = read_field(read_time, typed, "from_time"), read_field(read_time, typed, "to_time")
    if (start is None) != (end is None):
        missing = "from_time" if start is None else "to_time"
        raise InvalidInput(missing, "Enter both times, or neither for the whole day.")
    if start is not None and end is not None and end <= start:
        raise InvalidInput("to_time", "The end must come after the start.")
    return on, start, end


def _reason(typed: dict[str, str]) -> str:
    reason = " ".join(typed.get("reason", "").split())
    if not reason:
        raise InvalidInput("reason", "Say why; courts and prisons read it.")
    if len(reason) > 160:
        raise InvalidInput("reason", "The reason must have 160 characters or fewer.")
    return reason


def _outage_page(
    typed: dict[str, str], *, preview: Preview | None = None, error: InvalidInput | None = None
) -> str:
    site = _site_asked(typed)
    return render_template(
        "worklist/outage.html",
        sites=keeper_sites(actor()),
        site=site,
        rooms=rooms_at(site) if site else (),
        typed=typed,
        preview=preview,
        errors={error.field: error.message} if error else {},
    )


def _closure_page(
    typed: dict[str, str],
    spared: list[str] | None = None,
    *,
    preview: Preview | None = None,
    error: InvalidInput | None = None,
) -> str:
    return render_template(
        "worklist/closure.html",
        sites=keeper_sites(actor()),
        site=_site_asked(typed),
        types=hearing_types_to_spare(),
        typed=typed,
        spared=spared or [],
        preview=preview,
        errors={error.field: error.message} if error else {},
    )


def _site_asked(typed: dict[str, str]) -> Any:
    """The site of the form: as typed, as in the address, or the only one there is."""
    code = typed.get("site") or request.args.get("site", "")
    if code:
        return kept_site(actor(), code)
    sites = keeper_sites(actor())
    return sites[0] if len(sites) == 1 else None

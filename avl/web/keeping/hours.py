"""The form for a new week of a site or a room, from a date on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.foreseeing import foresee
from avl.commands.hours import NewWeek, set_hours
from avl.domain.access import Do, SiteSubject, may
from avl.domain.errors import InvalidInput, NotFound, StaleVersion
from avl.domain.hours import BREAK, OPEN, Hours, check_week, read_weekdays
from avl.domain.local_time import END_OF_DAY, say_clock, say_date
from avl.queries.hours import HoursKept, SiteHours, site_hours
from avl.queries.previews import Preview
from avl.web.dates import in_full, read_date
from avl.web.guards import actor
from avl.web.keeping import bp
from avl.web.registry.typed import read_time
from avl.web.saved import tell_saved

SPARE = 2
"""Empty lines that a form offers for what is not there yet."""

MOST_LINES = 40
"""Lines of one kind that are read from a form."""


@bp.get("/<site_code>/hours/change")
def ask_hours(site_code: str) -> ResponseReturnValue:
    """Ask for a new week, beginning with the one that stands."""
    site = _site(site_code)
    kept = site.of(_room_asked())
    week = kept.week_on(site.today)
    typed = {"from_on": "", "source": "", "mark": kept.mark}
    for kind in (OPEN, BREAK):
        for number, line in enumerate(week.lines(kind), start=1):
            typed |= {
                f"{kind}-{number}-days": line.days_typed,
                f"{kind}-{number}-from": say_clock(line.opens_at),
                f"{kind}-{number}-to": _say_end(line.closes_at),
                f"{kind}-{number}-label": line.label,
            }
    return _page(site, kept, typed)


@bp.post("/<site_code>/hours/change")
def hours(site_code: str) -> ResponseReturnValue:
    """Show what a new week breaks, or save it."""
    site = _site(site_code)
    kept = site.of(_room_asked())
    typed = {name: " ".join(value.split()) for name, value in request.form.items()}
    typed.pop("csrf_token", None)
    typed["from_on"] = in_full(typed.get("from_on", ""), site.site.zone)
    step = typed.pop("step", "")
    errors: dict[str, str] = {}
    week = _read(typed, errors)
    if week is None:
        return _page(site, kept, typed, errors=errors), 422
    more: dict[str, Any] = {"room_id": kept.room_id, "by": actor()}
    try:
        if step != "save":
            what = f"This week of {kept.name}, from {say_date(week.from_on)},"
            preview = foresee(set_hours, site_code, week, what=what, **more)
            return _page(site, kept, typed, preview=preview)
        done = set_hours(site_code, week, **more)
    except InvalidInput as error:
        return _page(site, kept, typed, errors={error.field: error.message}), 422
    except StaleVersion as stale:
        fresh = _site(site_code)
        kept = fresh.of(kept.room_id)
        typed["mark"] = kept.mark
        return _page(fresh, kept, typed, errors={"from_on": stale.message}), 409
    tell_saved(f"The hours of {kept.name} change on {say_date(week.from_on)}", done)
    return redirect(url_for("places.hours", site_code=site.site.code), 303)


def _site(code: str) -> SiteHours:
    found = site_hours(code, now=clock.now())
    if not may(actor(), Do.KEEP_SITE, SiteSubject(found.site.id)):
        raise NotFound("There is no such site among yours.")
    return found


def _room_asked() -> int | None:
    asked = request.values.get("room", "")
    if not asked:
        return None
    if not asked.isdecimal() or len(asked) > 9:
        raise NotFound("There is no such room.")
    return int(asked)


def _read(typed: Mapping[str, str], errors: dict[str, str]) -> NewWeek | None:
    """The week as typed; None once anything in it could not be read."""
    on = None
    try:
        on = read_date(typed.get("from_on", ""))
        if on is None:
            errors["from_on"] = "Enter the date from which these hours stand."
    except InvalidInput as error:
        errors["from_on"] = error.message
    lines = []
    for kind in (OPEN, BREAK):
        for number in range(1, min(_lines(typed, kind), MOST_LINES) + 1):
            lines.extend(_read_line(typed, f"{kind}-{number}", errors))
    if errors or on is None:
        return None
    return NewWeek(on, tuple(lines), typed.get("source", ""), typed.get("mark", ""))


def _read_line(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> list[Hours]:
    kind = name.partition("-")[0]
    days, label = typed.get(f"{name}-days", ""), typed.get(f"{name}-label", "")
    spelt = {end: typed.get(f"{name}-{end}", "") for end in ("from", "to")}
    if not (days or label or any(spelt.values())):
        return []
    try:
        numbers = read_weekdays(days)
    except ValueError as error:
        errors[f"{name}-days"] = f"{str(error)[0].upper()}{str(error)[1:]}."
        return []
    times: dict[str, time] = {}
    for end, words in spelt.items():
        try:
            at = _read_end(words) if end == "to" else read_time(words)
            if at is None:
                raise InvalidInput("time", "Enter a time, such as 8:30 am.")
            times[end] = at
        except InvalidInput as error:
            errors[f"{name}-{end}"] = error.message
    if len(times) < 2:
        return []
    found = [Hours(kind, day, times["from"], times["to"], label) for day in numbers]
    try:
        check_week(found)
    except InvalidInput as error:
        errors[f"{name}-to"] = error.message
    return found


def _read_end(words: str) -> time | None:
    """Read when a window ends; midnight is the end of the day."""
    if words.lower() in ("24:00", "midnight"):
        return END_OF_DAY
    at = read_time(words)
    return END_OF_DAY if at == time(0) else at


def _say_end(at: time) -> str:
    return "midnight" if at == END_OF_DAY else say_clock(at)


def _lines(typed: Mapping[str, str], kind: str) -> int:
    """How many lines of a kind a form has, the empty ones at its end not counted."""
    filled = [
        int(parts[1])
        for name, value in typed.items()
        if value and (parts := name.split("-"))[0] == kind and len(parts) == 3
        if parts[1].isdecimal() and len(parts[1]) < 4
    ]
    return max(filled, default=0)


def _page(
    site: SiteHours,
    kept: HoursKept,
    typed: dict[str, str],
    *,
    preview: Preview | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    return render_template(
        "keeping/hours.html",
        site=site.site,
        kept=kept,
        week=kept.week_on(site.today),
        typed=typed,
        lines={kind: min(_lines(typed, kind), MOST_LINES) + SPARE for kind in (OPEN, BREAK)},
        preview=preview,
        errors=errors or {},
    )

"""The prison's calendar: a day by suite, as a board and as a table, and a week by suite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from avl import clock
from avl.commands.sign_in import TOUCH_EVERY
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.local_time import day_interval, local_day, say_date
from avl.queries.day_stamp import glance_at, stamp_of
from avl.queries.days import Days, SuiteSeen, days_at, get_site
from avl.web.dates import Meant, read_date
from avl.web.guards import actor, polled
from avl.web.prison import bp
from avl.web.prison.board import MOST_SUITES, board_of

MOST_CARDS = 120
"""Above this many lines the table is written briefly, grouped by suite."""

WEEKDAYS_SHOWN = 5


def parse_day(text: str) -> date:
    """A date in an address.

    Raises:
        NotFound: it is not one.
    """
    try:
        on = date.fromisoformat(text)
    except ValueError:
        on = date.min
    # The ends of the calendar have no day before or after to link to.
    if not date(2000, 1, 1) <= on <= date(2100, 1, 1):
        raise NotFound(f"“{text}” is not a date. Use a date such as 2027-02-03.")
    return on


def day_asked(typed: str, zone: str) -> date:
    """The day somebody asked for in a field, today where nothing was typed.

    What is no date is named on the page, which then shows today.
    """
    today = local_day(clock.now(), zone)
    try:
        return parse_day((read_date(typed, zone, Meant.SHOWN) or today).isoformat())
    except (InvalidInput, NotFound):
        said = f"“{typed[:40]}” is no date that this page knows. Enter one such as 3 Feb 2027."
        flash(f"{said} This is today.", "warning")
        return today


@bp.get("/<code>")
@bp.get("/<code>/day")
def today(code: str) -> ResponseReturnValue:
    """Today at this site, or the date asked for with ?on=."""
    site = get_site(actor(), code)
    on = day_asked(request.args.get("on", ""), site.zone)
    return redirect(url_for(".show_day", code=site.code, day=on.isoformat()))


@bp.get("/<code>/day/<day>")
def show_day(code: str, day: str) -> ResponseReturnValue:
    """One day by suite. Asked by htmx with the tag it has, it answers 304 when nothing changed."""
    on = parse_day(day)
    tag = stamp_of(actor(), code, on)
    is_polling = _is_polling()
    if is_polling and request.if_none_match.contains(tag):
        return Response(status=304)
    days = days_at(actor(), code, on)
    said = _day(days)
    # Rendered on its own, so that a long day does not trickle through every frame around it.
    body = render_template("prison/_day.html", tag=tag, is_polling=is_polling, **said)
    if not is_polling:
        body = render_template("prison/day.html", content=Markup(body), **said)
    response = Response(body, content_type="text/html; charset=utf-8")
    if is_polling:
        response.set_etag(tag)
    return response


@polled(bp, "show_day")
def nothing_changed() -> Response | None:
    """Answer 304 to a page that already has the day as it stands, from one read."""
    token, asked = session.get("token"), request.view_args or {}
    if not (_is_polling() and request.if_none_match and isinstance(token, str)):
        return None
    # A visit that is due to be noted goes the usual way.
    stamp = glance_at(token, asked["code"], parse_day(asked["day"]), idle=TOUCH_EVERY)
    return Response(status=304) if stamp and request.if_none_match.contains(stamp) else None


def _is_polling() -> bool:
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


@bp.get("/<code>/week/<day>")
def show_week(code: str, day: str) -> ResponseReturnValue:
    """The week this date is in, suites down and days across."""
    on = parse_day(day)
    monday = on - timedelta(days=on.weekday())
    days = days_at(actor(), code, monday, monday + timedelta(days=6))
    zone = days.site.zone
    cells: dict[tuple[int, date], list[Any]] = {}
    for seat in days.standing:
        cells.setdefault((seat.suite_id, local_day(seat.span.start, zone)), []).append(seat)
    busy = {on for _, on in cells}
    dates = [monday + timedelta(days=n) for n in range(7)]
    shown = [d for d in dates if d.weekday() < WEEKDAYS_SHOWN or d in busy]
    return render_template(
        "prison/week.html",
        days=days,
        site=days.site,
        dates=shown,
        closed={d: _why_closed(days, d) for d in shown},
        cells=cells,
        counts={d: sum(1 for (_, at), own in cells.items() for _ in own if at == d) for d in shown},
        previous=monday - timedelta(days=7),
        following=monday + timedelta(days=7),
        today=local_day(clock.now(), zone),
    )


def _day(days: Days) -> dict[str, Any]:
    site, on = days.site, days.first
    suites = _suites_shown(days.suites)
    closed = _why_closed(days, on)
    return {
        "site": site,
        "days": days,
        "on": on,
        "today": local_day(clock.now(), site.zone),
        "previous": on - timedelta(days=1),
        "following": on + timedelta(days=1),
        "board": board_of(days, suites) if suites and (days.standing or not closed) else None,
        "parts": _parts(days.suites),
        "part": request.args.get("suites", ""),
        "is_brief": len(days.seats) > MOST_CARDS,
        "closed": closed,
        "now": clock.now(),
        "marked": sum(1 for seat in days.standing if seat.mark),
        "title": f"{site.short_name}, {say_date(on)}",
    }


def _parts(suites: Sequence[SuiteSeen]) -> list[tuple[str, str]]:
    """How a site with more suites than a board can hold is cut: its address and its words."""
    if len(suites) <= MOST_SUITES:
        return []
    return [
        (str(first + 1), f"{suites[first].name} to {suites[last].name}")
        for first in range(0, len(suites), MOST_SUITES)
        for last in (min(first + MOST_SUITES, len(suites)) - 1,)
    ]


def _suites_shown(suites: Sequence[SuiteSeen]) -> Sequence[SuiteSeen]:
    if len(suites) <= MOST_SUITES:
        return suites
    asked = request.args.get("suites", "")
    if not asked.isdecimal() or not 1 <= int(asked) <= len(suites):
        return ()
    return suites[int(asked) - 1 : int(asked) - 1 + MOST_SUITES]


def _why_closed(days: Days, on: date) -> str:
    """Why the site is shut all day, or ""."""
    if days.calendar.open_intervals(on):
        return ""
    return days.calendar.why_shut(day_interval(on, days.site.zone)) or ""

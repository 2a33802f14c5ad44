"""When a site and its rooms are open, now and from dates to come; who changed it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from flask import render_template
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.access import Do, SiteSubject, may
from avl.domain.hours import BREAK, OPEN, Hours, Week
from avl.domain.local_time import END_OF_DAY, WEEKDAYS, say_clock
from avl.queries.change_log import changes_to
from avl.queries.hours import HoursKept, site_hours
from avl.web.guards import actor
from avl.web.places import bp


@dataclass(frozen=True, slots=True)
class DayShown:
    """One weekday: when it is open, and when it pauses, in words."""

    name: str
    opens: str
    pauses: str


@bp.get("/<site_code>/hours")
def hours(site_code: str) -> ResponseReturnValue:
    """A site's weeks and its rooms'."""
    found = site_hours(site_code, now=clock.now())
    return render_template(
        "places/hours.html",
        site=found.site,
        own=found.own,
        rooms=found.rooms,
        days_of=days_of,
        says_of=says_of,
        may_keep=may(actor(), Do.KEEP_SITE, SiteSubject(found.site.id)),
        changes=changes_to(found.site.code, ("set_hours",)),
    )


def days_of(week: Week) -> list[DayShown]:
    """A week, day by day."""
    return [
        DayShown(
            name,
            _say([one for one in week.hours if (one.kind, one.weekday) == (OPEN, day)]) or "Closed",
            _say([one for one in week.hours if (one.kind, one.weekday) == (BREAK, day)]),
        )
        for day, name in enumerate(WEEKDAYS)
    ]


def says_of(kept: HoursKept) -> list[str]:
    """A room's weeks, a line for each, where it has hours of its own."""
    said = []
    for week in kept.weeks if kept.has_own else ():
        lines = [*week.lines(OPEN), *week.lines(BREAK)]
        words = "; ".join(
            f"{'open' if line.kind == OPEN else line.label or 'break'} {line.days_typed}"
            f" {_range(line.opens_at, line.closes_at)}"
            for line in lines
        )
        since = "Now" if week is kept.weeks[0] else f"From {week.from_on:%-d %b %Y}"
        said.append(f"{since}: {words or 'the hours of the site'}.")
    return said


def _say(windows: list[Hours]) -> str:
    windows.sort(key=lambda one: one.opens_at)
    return ", ".join(
        _range(one.opens_at, one.closes_at) + (f" ({one.label})" if one.label else "")
        for one in windows
    )


def _range(start: time, end: time) -> str:
    ends = "midnight" if end == END_OF_DAY else say_clock(end)
    return f"{say_clock(start)} to {ends}"

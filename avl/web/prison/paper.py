"""What is printed: the run sheet, and movements by half hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.booking import Status
from avl.domain.local_time import day_interval, local_day, wall_times
from avl.queries.days import Days, days_at
from avl.queries.seats import SeatSeen
from avl.web.guards import actor
from avl.web.prison import bp
from avl.web.prison.day import parse_day

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Movement:
    """Somebody to be taken to a suite, or back from it.

    Attributes:
        at: when to set out (there) or when the last leg ends (back).
        is_there: to the suite; otherwise back from it.
    """

    at: datetime
    is_there: bool
    seat: SeatSeen


@bp.get("/<code>/run-sheet/<day>")
def run_sheet(code: str, day: str) -> ResponseReturnValue:
    """Who to fetch, when, and to which suite, for print."""
    days = days_at(actor(), code, parse_day(day))
    return render_template(
        "prison/run_sheet.html",
        **_paper(days),
        to_run=sorted(days.standing, key=lambda seat: (seat.fetch_at, seat.suite)),
        ended=[seat for seat in days.seats if seat.has_ended],
    )


@bp.get("/<code>/movements/<day>")
def movements(code: str, day: str) -> ResponseReturnValue:
    """Everybody who is on the move, half hour by half hour."""
    days = days_at(actor(), code, parse_day(day))
    return render_template("prison/movements.html", **_paper(days), halves=half_hours(days))


def half_hours(days: Days) -> list[tuple[datetime, list[Movement]]]:
    """Movements under the half hour of the prison's clock in which they fall."""
    day = day_interval(days.first, days.site.zone)
    starts = wall_times(days.first, days.site.zone, HALF_HOUR)
    found: dict[datetime, list[Movement]] = {}
    moves = [
        move
        for seat in days.standing
        for move in (Movement(seat.fetch_at, True, seat), Movement(seat.span.end, False, seat))
    ]
    for move in sorted(moves, key=lambda move: (move.at, move.is_there, move.seat.suite)):
        # Somebody fetched before midnight belongs to this day's first half hour.
        at = max(move.at, day.start)
        half = max(start for start in starts if start <= at)
        found.setdefault(half, []).append(move)
    return list(found.items())


def _paper(days: Days) -> dict[str, object]:
    site, now = days.site, clock.now()
    return {
        "site": site,
        "days": days,
        "on": days.first,
        "previous": days.first - timedelta(days=1),
        "following": days.first + timedelta(days=1),
        "today": local_day(now, site.zone),
        "broken": sum(1 for seat in days.standing if seat.is_broken),
        "unanswered": sum(1 for seat in days.standing if seat.status is Status.REQUESTED),
    }

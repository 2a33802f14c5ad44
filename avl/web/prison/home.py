"""The first screen: requests waiting, and who is in which suite now and next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.queries.days import SuiteSeen, my_sites, suites_at
from avl.queries.seats import SeatSeen, requests_waiting, seats_during
from avl.queries.worklist import count_open
from avl.web.guards import actor
from avl.web.prison import bp

MOST_SITES = 4
"""Up to this many sites are shown whole; somebody with more chooses one."""

MOST_REQUESTS = 6
"""How many requests the first screen shows; the others are one link away."""

RUNNING = frozenset({Status.CONFIRMED, Status.CONNECTED, Status.STOOD_DOWN, Status.REQUESTED})


@dataclass(frozen=True, slots=True)
class SuiteLine:
    """One suite at this moment."""

    suite: SuiteSeen
    out_of_use: str
    now: SeatSeen | None
    next: SeatSeen | None


@bp.get("")
def home() -> ResponseReturnValue:
    """What needs me now?"""
    sites = my_sites(actor())
    now = clock.now()
    shown = sites if len(sites) <= MOST_SITES else ()
    waiting = requests_waiting(sites)
    days = {site.id: day_interval(local_day(now, site.zone), site.zone) for site in shown}
    seats: tuple[SeatSeen, ...] = ()
    suites: dict[int, tuple[SuiteSeen, ...]] = {}
    if shown:
        around = Interval(
            min(day.start for day in days.values()), max(day.end for day in days.values())
        )
        seats = seats_during(shown, around)
        suites = suites_at([site.id for site in shown], around, seats)
    return render_template(
        "prison/home.html",
        sites=sites,
        by_id={site.id: site for site in sites},
        boards=[
            (
                site,
                suite_lines(
                    suites.get(site.id, ()),
                    [seat for seat in seats if seat.site_id == site.id],
                    days[site.id],
                    now,
                ),
                to_fetch([seat for seat in seats if seat.site_id == site.id], now),
            )
            for site in shown
        ],
        waiting=waiting,
        disrupted=count_open(actor()) if actor().holds(Role.AVL_COORDINATOR) else None,
        most=MOST_REQUESTS,
        **_answering(),
        dates={site.id: local_day(now, site.zone) for site in shown},
        tomorrows={site.id: _next_weekday(local_day(now, site.zone)) for site in shown},
        now=now,
    )


@bp.get("/requests")
def requests() -> ResponseReturnValue:
    """Every request waiting for an answer, soonest deadline first."""
    sites = my_sites(actor())
    return render_template(
        "prison/requests.html",
        by_id={site.id: site for site in sites},
        waiting=requests_waiting(sites),
        **_answering(),
    )


def _answering() -> dict[str, Any]:
    """Where the reader may answer for the site."""
    who = actor()
    return {
        "may_answer": who.sites_as(Role.AVL_COORDINATOR),
        "answers_everywhere": Role.AVL_COORDINATOR in who.everywhere,
    }


def _next_weekday(on: date) -> date:
    """The date whose run sheet is printed this afternoon."""
    following = on + timedelta(days=1)
    while following.weekday() > 4:
        following += timedelta(days=1)
    return following


def suite_lines(
    suites: Iterable[SuiteSeen], seats: Sequence[SeatSeen], day: Interval, now: datetime
) -> list[SuiteLine]:
    """For each suite: who is in it, and who comes next today."""
    lines = []
    for suite in suites:
        own = [
            seat
            for seat in seats
            if seat.suite_id == suite.id and seat.status in RUNNING and seat.span.start < day.end
        ]
        # A link that is still up after its time is in the suite until somebody completes it.
        current = [
            seat
            for seat in own
            if seat.span.contains(now)
            or (seat.status is Status.CONNECTED and seat.span.start <= now)
        ]
        coming = [seat for seat in own if seat.span.start > now]
        outage = suite.outage_during(Interval(now, day.end)) if now < day.end else ""
        lines.append(
            SuiteLine(
                suite,
                outage,
                current[-1] if current else None,
                coming[0] if coming else None,
            )
        )
    return lines


def to_fetch(seats: Iterable[SeatSeen], now: datetime) -> list[SeatSeen]:
    """Whoever is to be fetched next, soonest first."""
    coming = [
        seat
        for seat in seats
        if seat.status in (Status.CONFIRMED, Status.STOOD_DOWN) and seat.span.start > now
    ]
    return sorted(coming, key=lambda seat: (seat.fetch_at, seat.suite))[:6]

"""Small worlds for Hypothesis: two courtrooms, two prisons, a few holds, one short morning.

Some of them lie on the night the clocks change, some on the Chatham Islands, and in some the
court and the prisons keep different clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from avl.domain.calendars import Break, Closure, Opening, SiteCalendar
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval
from avl.domain.resources import Placement
from avl.domain.world import (
    Apart,
    Busy,
    OutOfUse,
    Permit,
    PersonFacts,
    Present,
    ResourceFacts,
    SiteFacts,
    StayFact,
    World,
)

COURT, RIMUTAKA, AROHATA = 1, 2, 3
COURTROOMS = (11, 12)
SUITES = {RIMUTAKA: (21, 22), AROHATA: (31,)}
PEOPLE = (41, 42)
OTHERS = (45, 46)
COUNSEL = 51
INSTRUCTION = (61, 62)
PORTS = (71, 72, 73, 74)
MINUTE = timedelta(minutes=1)

NIGHTS = (
    ("Pacific/Auckland", date(2026, 11, 24), 9),
    ("Pacific/Auckland", date(2026, 9, 27), 1),  # the clocks skip from 2 am to 3 am
    ("Pacific/Auckland", date(2027, 4, 4), 1),  # 2 am comes twice
    ("Pacific/Chatham", date(2026, 9, 27), 1),
    ("Pacific/Chatham", date(2027, 4, 4), 2),
)

steps = st.integers(-4, 66)
lengths = st.sampled_from([5, 10, 15, 20, 45, 90])
turnarounds = st.sampled_from([0, 5, 15])


@dataclass(frozen=True)
class Scene:
    """A world, the day it is about, and when things begin to happen in it."""

    world: World
    on: date
    zone: str
    opens: datetime

    def at(self, step: int) -> datetime:
        """So many times five minutes after opening."""
        return self.opens + timedelta(minutes=5 * step)


def calendar(name: str, zone: str, opens: int, **more: Any) -> SiteCalendar:
    """Open every day for five hours."""
    hours = tuple(Opening(day, time(opens), time(opens + 5)) for day in range(7))
    return SiteCalendar(name=name, zone=zone, openings=hours, **more)


@st.composite
def scenes(draw: Any) -> Scene:
    """Any small world."""
    zone, on, hour = draw(st.sampled_from(NIGHTS))
    elsewhere = draw(st.sampled_from([zone, zone, "Pacific/Auckland"]))
    opens = day_interval(on, zone).start + timedelta(hours=hour)

    def at(step: int) -> datetime:
        return opens + timedelta(minutes=5 * step)

    day = day_interval(on, zone)
    intervals = st.builds(
        lambda step, minutes: Interval(at(step), at(step) + timedelta(minutes=minutes)),
        steps,
        lengths,
    )
    lunch = draw(st.sampled_from([(), (Break(None, time(hour + 1), time(hour + 2), "lunch"),)]))
    shut = draw(
        st.sampled_from([(), (Closure(on, time(hour + 3), None, "training", frozenset({"CRB"})),)])
    )
    locked = draw(st.sampled_from([(), (Break(None, time(hour + 2), time(hour + 3), "lock-up"),)]))
    court = calendar("the court", zone, hour, breaks=lunch)
    prisons = {
        RIMUTAKA: calendar("Rimutaka", elsewhere, hour, closures=shut, breaks=locked),
        AROHATA: calendar("Arohata", elsewhere, hour),
    }
    sites = {COURT: SiteFacts(COURT, "the court", zone, court, agency_id=1)}
    for site_id, kept in prisons.items():
        notice = timedelta(minutes=draw(st.sampled_from([0, 30])))
        sites[site_id] = SiteFacts(
            site_id,
            kept.name,
            elsewhere,
            kept,
            2,
            notice,
            escort_capacity=draw(st.sampled_from([None, None, 1, 2])),
            pickup=timedelta(minutes=draw(st.sampled_from([0, 10]))),
            separates_youth=draw(st.booleans()),
            separates_remand=draw(st.booleans()),
        )

    def room(key: int, kind: str, site_id: int, kept: SiteCalendar) -> ResourceFacts:
        out = draw(st.lists(intervals, max_size=1))
        return ResourceFacts(
            id=key,
            name=f"{kind} {key}",
            kind=kind,
            site_id=site_id,
            calendar=kept,
            turnaround=timedelta(minutes=draw(turnarounds)),
            is_active=draw(st.integers(0, 9)) > 0,
            outages=tuple(OutOfUse(one.start, one.end, "broken") for one in out),
            permits=draw(st.sampled_from([(), (), (Permit(COURT),), (Permit(None, None, "CRX"),)])),
        )

    rooms = [
        room(key, "courtroom", COURT, replace(court, sittings=draw(sittings(at, day))))
        for key in COURTROOMS
    ]
    rooms += [room(key, "instruction_suite", COURT, court) for key in INSTRUCTION]
    rooms += [room(key, "suite", at, prisons[at]) for at, keys in SUITES.items() for key in keys]
    resources = {one.id: one for one in rooms}
    resources |= {key: ResourceFacts(key, f"Person {key}", "person") for key in PEOPLE}
    resources[COUNSEL] = ResourceFacts(COUNSEL, "Counsel", "counsel")
    for key in PORTS[: draw(st.sampled_from([0, 0, 2, 3, 4, 4]))]:
        out = draw(st.lists(intervals, max_size=1)) if key == PORTS[0] else []
        resources[key] = ResourceFacts(
            key,
            f"Port {key}",
            "bridge_port",
            COURT,
            is_active=draw(st.integers(0, 9)) > 0,
            outages=tuple(OutOfUse(one.start, one.end, "broken") for one in out),
        )
    busy = {
        key: sorted(
            (
                Busy(one, number, is_exclusive=key != COUNSEL)
                for number, one in enumerate(
                    draw(st.lists(intervals, max_size=1 if key in PORTS else 3))
                )
            ),
            key=lambda hold: hold.interval,
        )
        for key in resources
    }
    world = World(
        now=draw(st.sampled_from([at(-300), at(-300), at(6)])),
        window=Interval(at(-2000), at(2000)),
        sites=sites,
        resources=resources,
        busy=busy,
        stays={key: draw(stays(at)) for key in PEOPLE},
        people={key: draw(people(on)) for key in PEOPLE},
        present={site_id: draw(present(site_id, intervals)) for site_id in prisons},
        apart=draw(aparts()),
    )
    return Scene(world, on, zone, opens)


@st.composite
def sittings(draw: Any, at: Any, day: Interval) -> tuple[Interval, ...]:
    """None at all, or a few on the day itself; some touch, so that two are no longer one."""
    marks = [at(step) for step in draw(st.lists(st.integers(-4, 66), max_size=5, unique=True))]
    inside = sorted(mark for mark in marks if day.start <= mark <= day.end)
    found = [Interval(first, second) for first, second in pairwise(inside)]
    return tuple(one for one in found if draw(st.integers(0, 3)))


@st.composite
def people(draw: Any, on: date) -> PersonFacts:
    """Mostly adults; some are young, or turn 18 on the second day of things."""
    born = draw(st.sampled_from([None, None, on + timedelta(days=1), on + timedelta(days=9)]))
    return PersonFacts(born is not None, draw(st.sampled_from([None, True, False])), born)


@st.composite
def present(draw: Any, site_id: int, intervals: Any) -> list[Present]:
    """A few others in a prison's AVL area."""
    spans = draw(st.lists(intervals, max_size=2))
    found = [
        Present(
            person=draw(st.sampled_from(OTHERS)),
            site_id=site_id,
            suite=SUITES[site_id][0],
            span=span,
            booking_id=number,
            is_young=draw(st.integers(0, 3)) == 0,
            is_sentenced=draw(st.sampled_from([None, True, False])),
        )
        for number, span in enumerate(spans)
    ]
    return sorted(found, key=lambda one: one.span)


@st.composite
def aparts(draw: Any) -> dict[int, tuple[Apart, ...]]:
    """Who is kept apart from whom: somebody in custody from another, or from the other of two."""
    found: dict[int, tuple[Apart, ...]] = {}
    for near in draw(st.lists(st.sampled_from([*OTHERS, PEOPLE[1]]), max_size=2, unique=True)):
        gap = timedelta(minutes=draw(st.sampled_from([0, 20])))
        one = Apart(PEOPLE[0], near, gap, draw(st.integers(0, 4)) == 0)
        for person in (PEOPLE[0], near):
            found[person] = (*found.get(person, ()), one)
    return found


@st.composite
def stays(draw: Any, at: Any) -> list[StayFact]:
    """At one prison throughout, or moved from one to the other in the middle of things."""
    first, second = draw(st.permutations([(RIMUTAKA, "Rimutaka"), (AROHATA, "Arohata")]))
    leaves = draw(st.one_of(st.none(), steps))
    status = st.sampled_from([None, True, False])
    if leaves is None:
        return [StayFact(*first, at(-9999), None, draw(status))]
    arrives = leaves + draw(st.integers(0, 12))
    return [
        StayFact(*first, at(-9999), at(leaves), draw(status)),
        StayFact(*second, at(arrives), None, draw(status)),
    ]


def minutes_of(interval: Interval) -> Iterator[datetime]:
    """Every minute, one by one: what the oracles count."""
    at = interval.start
    while at < interval.end:
        yield at
        at += MINUTE


def is_open(kept: SiteCalendar, minute: datetime, zone: str, hearing_type: str) -> bool:
    """Read the wall clock and the rules, as a person would."""
    wall = minute.astimezone(ZoneInfo(zone))
    clock = wall.time()
    hours = kept.openings or ()
    shown = any(one.weekday == wall.weekday() and one.opens <= clock < one.closes for one in hours)
    paused = any(one.from_time <= clock < one.to_time for one in kept.breaks)
    shut = any(
        one.on == wall.date()
        and (one.from_time or time(0)) <= clock
        and (one.to_time is None or clock < one.to_time)
        and hearing_type not in one.allowed_hearing_types
        for one in kept.closures
    )
    return shown and not paused and not shut


def is_in_one_sitting(kept: SiteCalendar, used: set[datetime]) -> bool:
    """Whether all of it lies in one sitting, on days for which there are any."""
    days = {one.start.astimezone(ZoneInfo(kept.zone)).date() for one in kept.sittings}
    if not any(minute.astimezone(ZoneInfo(kept.zone)).date() in days for minute in used):
        return True
    return any(all(one.contains(minute) for minute in used) for one in kept.sittings)


def needed(placement: Placement, world: World) -> dict[int, tuple[set[datetime], set[datetime]]]:
    """For every room and person: the minutes of use, and the minutes nobody else may have it."""
    hearing = placement.hearing
    before = Interval(hearing.start - timedelta(minutes=placement.pre_minutes or 1), hearing.start)
    after = Interval(hearing.end, hearing.end + timedelta(minutes=placement.post_minutes or 1))
    pre = set(minutes_of(before)) if placement.pre_minutes else set()
    post = set(minutes_of(after)) if placement.post_minutes else set()
    during = set(minutes_of(hearing))
    found = {placement.courtroom: during}
    for seat in placement.seats:
        found[seat.suite] = found[seat.person] = pre | during | post
        if seat.counsel:
            found[seat.counsel] = pre | during | post
        if seat.instruction_suite and pre | post:
            found[seat.instruction_suite] = pre | post
    return {key: (used, used | _cleared(used, world, key)) for key, used in found.items()}


def _cleared(used: set[datetime], world: World, key: int) -> set[datetime]:
    count = int(world.resources[key].turnaround / MINUTE)
    return {minute + MINUTE * n for minute in used for n in range(count + 1)}


def quiet_scene() -> Scene:
    """A Tuesday on which nothing is held, nothing is broken and everybody is at Rimutaka."""
    zone, on, hour = NIGHTS[0]
    opens = day_interval(on, zone).start + timedelta(hours=hour)
    kept = {
        COURT: calendar("Hutt Valley District Court", zone, hour),
        RIMUTAKA: calendar("Rimutaka Prison", zone, hour),
        AROHATA: calendar("Arohata Prison", zone, hour),
    }
    names = {COURT: "Hutt Valley", RIMUTAKA: "Rimutaka", AROHATA: "Arohata"}
    sites = {key: SiteFacts(key, names[key], zone, kept[key], 1) for key in kept}
    places = {key: (COURT, "courtroom", f"Courtroom {key - 10}") for key in COURTROOMS}
    places |= {key: (COURT, "instruction_suite", f"Booth {key - 60}") for key in INSTRUCTION}
    for site_id, keys in SUITES.items():
        places |= {key: (site_id, "suite", f"Suite {key % 10}") for key in keys}
    resources = {
        key: ResourceFacts(key, name, kind, site_id, kept[site_id])
        for key, (site_id, kind, name) in places.items()
    }
    resources |= {key: ResourceFacts(key, f"Person {key}", "person") for key in PEOPLE}
    resources[COUNSEL] = ResourceFacts(COUNSEL, "Ms Parata", "counsel")
    ever = [StayFact(RIMUTAKA, "Rimutaka", opens - timedelta(days=99), None)]
    window = Interval(opens - timedelta(days=60), opens + timedelta(days=60))
    world = World(
        now=opens - timedelta(days=1),
        window=window,
        sites=sites,
        resources=resources,
        stays=dict.fromkeys(PEOPLE, ever),
    )
    return Scene(world, on, zone, opens)

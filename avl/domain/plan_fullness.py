"""How full a day is: whether a booking can fit at all, counted in minutes.

Whoever is moved within a day takes as long in one suite as in another, so moving others frees no
time: what a booking takes must be free already, all of a prison's suites together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from avl.domain.interval import Interval, intersect, merge, subtract
from avl.domain.local_time import day_interval, local_day
from avl.domain.plan_options import Options
from avl.domain.plans import Aim, Standing
from avl.domain.resources import Placement
from avl.domain.world import ResourceFacts, World

NEVER = 10**9
_MINUTE = timedelta(minutes=1)
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Fullness:
    """What a booking finds at the site where time is shortest.

    Attributes:
        free: minutes that its suites are free that day, all together; ``wanted`` those it takes.
        crossing: how many bookings at least would have to go to another day.
    """

    site_id: int
    free: int
    wanted: int
    crossing: int

    @property
    def is_shut(self) -> bool:
        """Whether nothing is free there, and nobody there could make anything free."""
        return not self.free and self.crossing == NEVER


def fullest(
    aim: Aim, movable: Collection[Standing], options: Options, world: World
) -> Fullness | None:
    """Count the minutes of the sites at which a booking is to be, wherever it goes.

    Returns:
        The site that needs most others to go to another day; None where nothing can be said.
    """
    if (sole := sole_day(aim, options, world)) is None:
        return None
    on, here = sole
    model = options.groups[0].model
    found = (_count(site, on, model, movable, world) for site in sorted(set(here)))
    return max(filter(None, found), key=lambda one: one.crossing, default=None)


def sole_day(aim: Aim, options: Options, world: World) -> tuple[date, tuple[int, ...]] | None:
    """The day of a wish, and the site of each of its people, whichever way it is granted; None
    where there are several, or there is no way."""
    zone = world.sites[aim.wish.court_id].zone
    days = {local_day(start, zone) for start in aim.starts}
    seatings = {seats for group in options.groups for seats in group.seatings}
    sites = {tuple(seat.site_id for seat in seats) for seats in seatings}
    if len(days) != 1 or len(sites) != 1:
        return None
    [on], [here] = days, sites
    return on, here


def suites_of(site_id: int, world: World) -> list[ResourceFacts]:
    """The suites of a site."""
    return [
        facts
        for facts in world.resources.values()
        if facts.kind == "suite" and facts.site_id == site_id
    ]


def _count(
    site_id: int, on: date, model: Placement, movable: Collection[Standing], world: World
) -> Fullness | None:
    suites = suites_of(site_id, world)
    turnarounds = {facts.turnaround for facts in suites}
    if len(turnarounds) > 1:
        return None  # A booking may take less time in another suite.
    [after] = turnarounds
    zone = world.sites[model.court_id].zone
    there = [one for one in movable if local_day(one.placement.hearing.start, zone) == on]
    types = {one.placement.hearing_type for one in there} | {model.hearing_type}
    lengths = {one.id: _taken(one.placement, site_id, after) for one in there}
    if any(_held(key, suites, world) != length for key, length in lengths.items()):
        return None  # Its turnaround was another when it was booked.
    # Who could leave from near another day's hours is taken to have left.
    gone = {one.id for one in movable} - set(lengths)
    free = sum((_free(suite, on, zone, types, world, gone) for suite in suites), _NONE)
    wanted = _taken(model, site_id, after)
    longest_first = sorted(filter(None, lengths.values()), reverse=True)
    gained = accumulate(longest_first, initial=free)
    crossing = next((count for count, left in enumerate(gained) if left >= wanted), NEVER)
    return Fullness(site_id, free // _MINUTE, wanted // _MINUTE, crossing)


def _taken(placement: Placement, site_id: int, after: timedelta) -> timedelta:
    """How much time of a site's suites a booking takes, turnaround included."""
    here = sum(1 for seat in placement.seats if seat.site_id == site_id)
    return here * (placement.span.length + after)


def _held(booking_id: int, suites: Sequence[ResourceFacts], world: World) -> timedelta:
    """How much time of some suites a booking that stands does take."""
    lengths = (
        busy.interval.length
        for suite in suites
        for busy in world.busy.get(suite.id, ())
        if busy.booking_id == booking_id
    )
    return sum(lengths, _NONE)


def _free(
    suite: ResourceFacts,
    on: date,
    zone: str,
    types: Iterable[str],
    world: World,
    gone: Collection[int],
) -> timedelta:
    """How long anybody of that day could be in a suite in which nobody is."""
    parts = opened(suite, on, zone, types, world, gone)
    return sum((part.length for part in parts), _NONE)


def opened(
    suite: ResourceFacts,
    on: date,
    zone: str,
    types: Iterable[str],
    world: World,
    gone: Collection[int],
) -> list[Interval]:
    """When anybody of a day could be in a suite in which nobody is; rather too much than too
    little.

    Args:
        types: the hearing types there are that day.
        gone: bookings that are taken to have left.
    """
    day = day_interval(on, zone).widened(before=_AROUND, after=_AROUND)
    hours = [day]
    if suite.calendar is not None:
        every = (
            part.widened(after=suite.turnaround)
            for near in (on - timedelta(days=1), on, on + timedelta(days=1))
            for sort in types
            for part in suite.calendar.open_intervals(near, sort)
        )
        hours = intersect([day], merge(every))
    held = [
        busy.interval
        for busy in world.busy_during(suite.id, day)
        if busy.is_exclusive and busy.booking_id not in gone
    ]
    out = [Interval(one.start, one.end or day.end) for one in suite.outages if one.touches(day)]
    return subtract(hours, held + out)


_AROUND = timedelta(hours=3)
"""How far a conference before the first hearing of a day, or after the last, may reach."""

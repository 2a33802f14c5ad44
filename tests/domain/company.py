"""Who is near whom, found by looking at every minute by itself: the oracle of `separation`."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

from avl.domain.clashes import Rule
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.world import SiteFacts, World

MINUTE = timedelta(minutes=1)


class _Somebody(NamedTuple):
    """One person at a site as the oracle sees them."""

    person: int
    is_mine: bool
    there: frozenset[datetime]
    moving: tuple[datetime, ...]
    on: date
    is_young: bool
    is_sentenced: bool | None


def company_by_the_minute(placement: Placement, world: World, ignoring: int | None) -> set[Rule]:
    """Which rules about company a placement breaks."""
    broken = set()
    for site_id in {seat.site_id for seat in placement.seats}:
        site = world.sites[site_id]
        everybody = [
            _mine(seat.person, placement, site, world)
            for seat in placement.seats
            if seat.site_id == site_id
        ]
        everybody += [
            _somebody(one.person, False, one.span, site, one.is_young, one.is_sentenced)
            for one in world.present.get(site_id, [])
            if one.booking_id != ignoring
        ]
        for one, other in combinations(everybody, 2):
            if one.is_mine or other.is_mine:
                broken |= _two_by_the_minute(one, other, site, world)
        moving = Counter(minute for one in everybody for minute in one.moving)
        mine = {minute for one in everybody if one.is_mine for minute in one.moving}
        if site.escort_capacity and any(moving[at] > site.escort_capacity for at in mine):
            broken.add(Rule.ESCORTS_BUSY)
    return broken


def _two_by_the_minute(
    one: _Somebody, other: _Somebody, site: SiteFacts, world: World
) -> set[Rule]:
    broken = set()
    are_together = bool(one.there & other.there)
    for apart in world.apart.get(one.person, ()):
        if {apart.first, apart.second} != {one.person, other.person}:
            continue
        minutes = range(int(apart.gap / MINUTE) + 1)
        is_near = any(
            at + MINUTE * n in (other if late is one else one).there
            for late in (one, other)
            for at in late.there
            for n in minutes
        )
        if is_near or (apart.all_day and one.on == other.on):
            broken.add(Rule.KEPT_APART)
    if are_together and site.separates_youth and one.is_young != other.is_young:
        broken.add(Rule.YOUNG_APART)
    statuses = [one.is_sentenced, other.is_sentenced]
    if (
        are_together
        and site.separates_remand
        and None not in statuses
        and statuses[0] != statuses[1]
    ):
        broken.add(Rule.REMAND_APART)
    return broken


def _mine(person: int, placement: Placement, site: SiteFacts, world: World) -> _Somebody:
    starts = placement.hearing.start - timedelta(minutes=placement.pre_minutes)
    ends = placement.hearing.end + timedelta(minutes=placement.post_minutes)
    facts = world.people.get(person)
    status = facts.is_sentenced if facts else None
    for stay in world.stays[person]:
        if stay.start <= starts and (stay.end is None or starts < stay.end):
            status = stay.is_sentenced if stay.is_sentenced is not None else status
    wall = starts.astimezone(ZoneInfo(site.zone)).date()
    is_young = bool(facts and facts.adult_on and wall < facts.adult_on)
    return _somebody(person, True, Interval(starts, ends), site, is_young, status)


def _somebody(
    person: int,
    is_mine: bool,
    span: Interval,
    site: SiteFacts,
    is_young: bool,
    is_sentenced: bool | None,
) -> _Somebody:
    pickup = int(site.pickup / MINUTE)
    fetched = [span.start - MINUTE * n for n in range(1, pickup + 1)]
    during = [span.start + MINUTE * n for n in range(span.minutes)]
    back = [span.end + MINUTE * n for n in range(pickup)]
    on = span.start.astimezone(ZoneInfo(site.zone)).date()
    there = frozenset(fetched + during)
    return _Somebody(person, is_mine, there, tuple(fetched + back), on, is_young, is_sentenced)

"""What makes two placements of a plan exclude each other, worked out quickly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta

from avl.domain.bridges import PORT
from avl.domain.cells import Grid
from avl.domain.interval import Interval
from avl.domain.lifting import presence_of
from avl.domain.local_time import day_interval, local_day
from avl.domain.plans import Aim, Standing
from avl.domain.resources import Placement, WantedHold
from avl.domain.separation import OWN, are_in_each_others_way
from avl.domain.verdict import Clash, Rule
from avl.domain.world import World

AROUND = timedelta(hours=3)
"""How far beyond a day something of a booking on it may lie: a conference, a turnaround. What
lies further out is not seen to collide until the plan is judged as a whole."""


def reach(aim: Aim, world: World) -> Interval:
    """The time in which anything of a plan may lie."""
    zone = world.sites[aim.wish.court_id].zone
    days = [day_interval(day, zone) for day in aim.days]
    days += [day_interval(local_day(start, zone), zone) for start in aim.starts]
    whole = Interval(min(day.start for day in days), max(day.end for day in days))
    return whole.widened(before=AROUND, after=AROUND)


def only_once(aim: Aim, movable: Iterable[Standing]) -> set[int]:
    """People whom no two bookings of a plan can want."""
    count = Counter(seat.person for one in movable for seat in one.placement.seats)
    count.update(seat.person for seat in aim.wish.seats)
    return {person for person, times in count.items() if times == 1}


class Cells:
    """Holds as bits of one number, so that "do they meet" is one AND."""

    def __init__(self, window: Interval) -> None:
        self.window = window
        self._grid = Grid.covering(window)
        self._place: dict[int, int] = {}

    def of(self, holds: Iterable[WantedHold]) -> int:
        """Every cell that one of these holds touches."""
        bits = 0
        for hold in holds:
            place = self._place.setdefault(hold.resource_id, len(self._place))
            bits |= self._grid.touched([hold.occupied]) << (place * self._grid.size)
        return bits


def in_the_way_of_bridge(
    clashes: Iterable[Clash], world: World, movable: Collection[int]
) -> set[int]:
    """The movable bookings whose bridge ports others lack."""
    full = [
        clash.interval for clash in clashes if clash.rule is Rule.BRIDGE_FULL and clash.interval
    ]
    if not full:
        return set()
    ports = [key for key, facts in world.resources.items() if facts.kind == PORT]
    return {
        busy.booking_id
        for interval in full
        for port in ports
        for busy in world.busy_during(port, interval)
        if busy.booking_id in movable
    }


def _has_young(world: World) -> bool:
    """Whether there is anybody to be kept from adults. Nobody grows younger later."""
    first = world.window.start.date() - timedelta(days=1)
    there = (one for site in world.present.values() for one in site)
    return any(one.is_young for one in there) or any(
        facts.young_on(first) for facts in world.people.values()
    )


def _has_both(world: World) -> bool:
    """Whether there are people on remand and people serving a sentence."""
    found = {one.is_sentenced for site in world.present.values() for one in site}
    found |= {facts.is_sentenced for facts in world.people.values()}
    found |= {stay.is_sentenced for stays in world.stays.values() for stay in stays}
    return {True, False} <= found


class Nearness:
    """Which bookings bring people too near each other; says nothing where no rule asks, or where
    nobody is there whom it is about."""

    def __init__(self, world: World, movable: Collection[int]) -> None:
        self._world, self._movable = world, frozenset(movable)
        sites = world.sites.values()
        self.is_watched = (
            bool(world.apart)
            or (any(site.separates_youth for site in sites) and _has_young(world))
            or (any(site.separates_remand for site in sites) and _has_both(world))
        )

    def blockers(self, placement: Placement) -> set[int]:
        """The movable bookings that stand too near a placement, and must move for it."""
        if not self.is_watched:
            return set()
        return {
            other.booking_id
            for one in presence_of(OWN, placement, self._world)
            for other in self._world.present.get(one.site_id, ())
            if other.booking_id in self._movable and are_in_each_others_way(one, other, self._world)
        }

    def is_near(self, placement: Placement, laid: Iterable[Placement]) -> bool:
        """Whether a placement is too near one of those a plan has laid down already."""
        if not self.is_watched:
            return False
        mine = presence_of(OWN, placement, self._world)
        return any(
            one.site_id == other.site_id and are_in_each_others_way(one, other, self._world)
            for there in laid
            for other in presence_of(OWN, there, self._world)
            for one in mine
        )

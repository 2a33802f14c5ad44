"""Bridge ports in a plan: who has them when, and who would have to make way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from avl.domain.bridges import PORT, ports_needed, ports_of
from avl.domain.interval import Interval
from avl.domain.plan_escorts import Crowd, Moving, Shortage, moments, short, worst
from avl.domain.resources import Placement
from avl.domain.world import ResourceFacts, World


class Ports:
    """Whether every link of a plan has its bridge ports; says nothing where no court counts them.

    Ports are counted at each moment. That is never too strict: where the count is right, the rule
    may still find none that is free throughout, which the plan is judged by as a whole.

    Args:
        world: as it stands.
        bits: the bit of each booking that may be moved.
    """

    def __init__(self, world: World, bits: Mapping[int, int]) -> None:
        courts = {facts.site_id for facts in world.resources.values() if facts.kind == PORT}
        self._capacity: dict[int, int] = {}
        self._standing: dict[int, list[Moving]] = {}
        for court_id in courts - {None}:
            if court_id is not None and (ports := ports_of(court_id, world)):
                self._capacity[court_id] = len(ports)
                self._standing[court_id] = [
                    one for port in ports for one in _taken(port, world, bits)
                ]
        self.is_needed = bool(self._capacity)

    def crowd(self, placement: Placement, laid: Iterable[Placement], lifted: int) -> Crowd:
        """Where a placement finds ports too few beside those laid and those that still stand.

        Args:
            lifted: the bookings that stand no more, one bit each.
        """
        return worst(self.shortages(placement, laid, lifted))

    def shortages(
        self, placement: Placement, laid: Iterable[Placement] = (), lifted: int = 0
    ) -> Iterator[Shortage]:
        """Every moment at which ports are too few for a placement; see `crowd`."""
        court_id = placement.court_id
        mine = _links(placement) if court_id in self._capacity else []
        if not mine:
            return
        there = [one for one in self._standing[court_id] if not one.bit & lifted]
        there += [one for other in laid if other.court_id == court_id for one in _links(other)]
        for link in mine:
            near = [one for one in there if one.interval.overlaps(link.interval)]
            for at in moments(link.interval, near):
                crowd = short(link.count, at, near, self._capacity[court_id])
                if crowd.most:
                    yield Shortage(court_id, at, link.interval, crowd)

    def is_moving(self, placement: Placement, site_id: int, at: datetime) -> bool:
        """Whether a placement has ports of a court at a moment."""
        return placement.court_id == site_id and any(
            link.interval.contains(at) for link in _links(placement)
        )


def _links(placement: Placement) -> list[Moving]:
    """The legs of a placement that need the bridge, each with how many ports it takes."""
    if len(placement.seats) == 1:
        return []
    needed = [(leg, ports_needed(placement.seats, leg.kind)) for leg in placement.legs]
    return [Moving(leg.interval, count, 0) for leg, count in needed if count]


def _taken(port: ResourceFacts, world: World, bits: Mapping[int, int]) -> Iterator[Moving]:
    """When a port cannot be had, and by whom."""
    for busy in world.busy.get(port.id, ()):
        if busy.is_exclusive:
            yield Moving(busy.interval, 1, bits.get(busy.booking_id, 0))
    for outage in port.outages:
        end = outage.end or world.window.end
        if outage.start < end:
            yield Moving(Interval(outage.start, end), 1, 0)

"""Escorts in a plan: who is brought or taken back when, and who would have to make way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.separation import movements
from avl.domain.world import SiteFacts, World


@dataclass(frozen=True, slots=True)
class Crowd:
    """A moment at which a site's escorts are too few.

    Attributes:
        most: how many bookings must go at least.
        candidates: the bookings that may be moved and bring somebody then, one bit each.
    """

    most: int
    candidates: int


HOPELESS = Crowd(10**9, 0)
"""Escorts would be too few whoever goes."""

NOBODY = Crowd(0, 0)


@dataclass(frozen=True, slots=True)
class _Moving:
    """People of one booking on the move together; ``bit`` 0 for one that no plan moves."""

    interval: Interval
    count: int
    bit: int


class Escorts:
    """Whether everybody of a plan can be brought and taken back; says nothing where none count.

    Args:
        world: as it stands.
        bits: the bit of each booking that may be moved.
    """

    def __init__(self, world: World, bits: Mapping[int, int]) -> None:
        self._sites = {
            key: site
            for key, site in world.sites.items()
            if site.escort_capacity is not None and site.pickup
        }
        self._standing: dict[int, list[_Moving]] = {
            key: [
                _Moving(moving, 1, bits.get(one.booking_id, 0))
                for one in world.present.get(key, ())
                for moving in movements(one.span, site)
            ]
            for key, site in self._sites.items()
        }
        self.is_needed = bool(self._sites)

    def crowd(self, placement: Placement, laid: Iterable[Placement], lifted: int) -> Crowd:
        """Where a placement finds escorts too few beside those laid and those that still stand.

        Args:
            lifted: the bookings that stand no more, one bit each.
        """
        worst = NOBODY
        for key, site in self._sites.items():
            count = _at(placement, key)
            if not count:
                continue
            there = [one for one in self._standing[key] if not one.bit & lifted]
            there += _moving(laid, key, site)
            for mine in movements(placement.span, site):
                near = [one for one in there if one.interval.overlaps(mine)]
                for at in _moments(mine, near):
                    found = _short(count, at, near, site.escort_capacity or 0)
                    worst = max(worst, found, key=lambda crowd: crowd.most)
        return worst


def _at(placement: Placement, site_id: int) -> int:
    return sum(1 for seat in placement.seats if seat.site_id == site_id)


def _moving(laid: Iterable[Placement], site_id: int, site: SiteFacts) -> Iterator[_Moving]:
    for placement in laid:
        if count := _at(placement, site_id):
            for moving in movements(placement.span, site):
                yield _Moving(moving, count, 0)


def _moments(mine: Interval, near: Iterable[_Moving]) -> set[datetime]:
    """The most are on the move at once when one of them sets out."""
    starts = (one.interval.start for one in near)
    return {mine.start, *(start for start in starts if mine.contains(start))}


def _short(count: int, at: datetime, near: Iterable[_Moving], capacity: int) -> Crowd:
    """Who must make way at one moment, when the bookings of most people go first."""
    by_bit: dict[int, int] = {}
    for one in near:
        if one.interval.contains(at):
            by_bit[one.bit] = by_bit.get(one.bit, 0) + one.count
    excess = count + sum(by_bit.values()) - capacity
    if excess <= 0:
        return NOBODY
    by_bit.pop(0, None)
    if excess > sum(by_bit.values()):
        return HOPELESS
    most = 0
    for people in sorted(by_bit.values(), reverse=True):
        if excess <= 0:
            break
        excess -= people
        most += 1
    return Crowd(most, sum(by_bit))

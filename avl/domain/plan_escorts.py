"""Escorts in a plan: who is brought or taken back when, and who would have to make way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from avl.domain.interval import Interval
from avl.domain.plan_options import Option
from avl.domain.plan_places import Where
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
class Shortage:
    """One moment at which a site's escorts are too few, in a movement they are wanted for."""

    site_id: int
    at: datetime
    movement: Interval
    crowd: Crowd


@dataclass(frozen=True, slots=True)
class Moving:
    """People of one booking on the move together; ``bit`` 0 for one that no plan moves."""

    interval: Interval
    count: int
    bit: int


class Sharing(Protocol):
    """Something that bookings share, and that may be too little: escorts, or bridge ports."""

    is_needed: bool

    def crowd(self, placement: Placement, laid: Iterable[Placement], lifted: int) -> Crowd:
        """Where a placement finds too little of it; see `Escorts.crowd`."""

    def shortages(self, placement: Placement) -> Iterator[Shortage]:
        """Every moment at which there is too little of it for a placement."""

    def is_moving(self, placement: Placement, site_id: int, at: datetime) -> bool:
        """Whether a placement takes some of it at a moment."""


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
        self._standing: dict[int, list[Moving]] = {
            key: [
                Moving(moving, 1, bits.get(one.booking_id, 0))
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
        return worst(self.shortages(placement, laid, lifted))

    def shortages(
        self, placement: Placement, laid: Iterable[Placement] = (), lifted: int = 0
    ) -> Iterator[Shortage]:
        """Every moment at which escorts are too few for a placement; see `crowd`."""
        for key, site in self._sites.items():
            count = _at(placement, key)
            if not count:
                continue
            there = [one for one in self._standing[key] if not one.bit & lifted]
            there += _moving(laid, key, site)
            for mine in movements(placement.span, site):
                near = [one for one in there if one.interval.overlaps(mine)]
                for at in moments(mine, near):
                    crowd = short(count, at, near, site.escort_capacity or 0)
                    if crowd.most:
                        yield Shortage(key, at, mine, crowd)

    def is_moving(self, placement: Placement, site_id: int, at: datetime) -> bool:
        """Whether somebody of a placement is brought to a site, or taken back, at a moment."""
        moves = movements(placement.span, self._sites[site_id])
        return bool(_at(placement, site_id)) and any(one.contains(at) for one in moves)


@dataclass(frozen=True, slots=True)
class NeverEnough:
    """That escorts cannot suffice, however many make way.

    Attributes:
        candidates: the bookings of which at least ``most`` would have to be at another time.
        leaving: how many of them can be.
    """

    shortage: Shortage
    candidates: Sequence[int]
    leaving: int


def never_enough(
    escorts: Sharing,
    options: Iterable[Option],
    options_of: Callable[[int], Iterable[Option]],
    ids: Callable[[int], Sequence[int]],
) -> NeverEnough | None:
    """Prove, where it is so, that escorts, or ports, cannot suffice wherever a booking is put.

    At a moment when they are too few, so many bookings must leave it. Where fewer of them can be
    at any other time, even with everything movable lifted, a search need not try them all.

    Args:
        options: every way to place the booking.
        options_of: every way to place one that may be moved.
        ids: the bookings of a mask.
    """
    found: dict[tuple[datetime, Where], NeverEnough | None] = {}
    for option in options if escorts.is_needed else ():
        when = option.start, option.where
        if when not in found:
            proofs = (
                _unrelieved(escorts, shortage, options_of, ids(shortage.crowd.candidates))
                for shortage in escorts.shortages(option.placement)
            )
            found[when] = next(filter(None, proofs), None)
        if found[when] is None:
            return None
    return next(iter(found.values()), None)


def _unrelieved(
    escorts: Sharing,
    shortage: Shortage,
    options_of: Callable[[int], Iterable[Option]],
    candidates: Sequence[int],
) -> NeverEnough | None:
    """Say that too few can leave a moment; None where enough of them can."""
    leaving = 0
    for key in candidates:
        leaving += _can_leave(escorts, shortage, options_of(key))
        if leaving >= shortage.crowd.most:
            return None
    return NeverEnough(shortage, candidates, leaving)


def _can_leave(escorts: Sharing, shortage: Shortage, options: Iterable[Option]) -> bool:
    """Whether one of these ways brings nobody at that moment; of each start one will do."""
    seen = set()
    for option in options:
        when = option.start, option.where
        if when not in seen:
            seen.add(when)
            if not escorts.is_moving(option.placement, shortage.site_id, shortage.at):
                return True
    return False


def _at(placement: Placement, site_id: int) -> int:
    return sum(1 for seat in placement.seats if seat.site_id == site_id)


def _moving(laid: Iterable[Placement], site_id: int, site: SiteFacts) -> Iterator[Moving]:
    for placement in laid:
        if count := _at(placement, site_id):
            for moving in movements(placement.span, site):
                yield Moving(moving, count, 0)


def worst(shortages: Iterable[Shortage]) -> Crowd:
    """Who would have to make way where most would; nobody where nothing is short."""
    return max((one.crowd for one in shortages), key=lambda crowd: crowd.most, default=NOBODY)


def moments(mine: Interval, near: Iterable[Moving]) -> set[datetime]:
    """The most are on the move at once when one of them sets out."""
    starts = (one.interval.start for one in near)
    return {mine.start, *(start for start in starts if mine.contains(start))}


def short(count: int, at: datetime, near: Iterable[Moving], capacity: int) -> Crowd:
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

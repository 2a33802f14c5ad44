"""The ways of one booking, sorted by who would have to make way for them.

A plan is looked for in two steps: which bookings are to move (`domain/planner.py`), and where
they all go (`domain/plan_packing.py`). Both ask here: the first whom a booking can push aside, the
second which of its ways are open once certain others are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import chain
from typing import Protocol

from avl.domain.interval import Interval
from avl.domain.plan_cost import OTHER_COURTROOM, OTHER_SUITE
from avl.domain.plan_kinds import Kind, Room, Way, ask, is_open, suites_of, within
from avl.domain.resources import Placement
from avl.domain.ways import Group


class Booked(Protocol):
    """Whose ways they are: the booking that is moved, or the one that is wished for."""

    def shift(self, start: datetime) -> int:
        """How much trouble a start is at least, in minutes."""

    def priced(self, way: Way, rooms: tuple[Room, ...]) -> Iterable[tuple[int, tuple[Room, ...]]]:
        """The courtrooms in which a way is equally much trouble, and how much, in minutes."""

    def placed(self, way: Way, room: int) -> Placement:
        """The booking as it would be."""


class Moved:
    """A booking that stands, and is moved from where it is now."""

    def __init__(self, now: Placement) -> None:
        self._now, self.suites = now, suites_of(now.seats)

    def shift(self, start: datetime) -> int:
        """So much earlier or later it is."""
        return int(abs(start - self._now.hearing.start).total_seconds()) // 60

    def priced(self, way: Way, rooms: tuple[Room, ...]) -> Iterable[tuple[int, tuple[Room, ...]]]:
        """Another time, suite or courtroom is trouble, as `plan_cost.trouble` says."""
        minutes = self.shift(way.start)
        for seat, suite in zip(way.seats, self.suites, strict=True):
            if seat.suite != suite:
                minutes += OTHER_SUITE
        others = []
        for room in rooms:
            if room[0] != self._now.courtroom:
                others.append(room)
            elif not self.is_now(way):
                yield minutes, (room,)
        if others:
            yield minutes + OTHER_COURTROOM, tuple(others)

    def placed(self, way: Way, room: int) -> Placement:
        """Its own people, from the suites of the way."""
        now = self._now
        return replace(
            now,
            courtroom=room,
            hearing=Interval(way.start, way.start + now.hearing.length),
            seats=tuple(
                replace(own, suite=seat.suite)
                for own, seat in zip(now.seats, way.seats, strict=True)
            ),
        )

    def is_now(self, way: Way) -> bool:
        """Whether everybody would sit where and when they sit now."""
        return way.start == self._now.hearing.start and suites_of(way.seats) == self.suites


class Wished:
    """A booking that does not exist yet.

    Args:
        groups: all its ways, with their prices.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self._groups: dict[tuple[datetime, int], list[Group]] = {}
        for group in groups:
            for seats in group.seatings:
                self._groups.setdefault((group.start, id(seats)), []).append(group)

    def shift(self, start: datetime) -> int:
        """A wish is for its own day, and has no other ways to be sorted."""
        return 0

    def priced(self, way: Way, rooms: tuple[Room, ...]) -> Iterable[tuple[int, tuple[Room, ...]]]:
        """Courtrooms and suites are as welcome as the wish says."""
        for group in self._groups[way.start, id(way.seats)]:
            found = tuple(room for room in rooms if room[0] in group.rooms)
            if found:
                yield group.minutes, found

    def placed(self, way: Way, room: int) -> Placement:
        """As the wish has it."""
        return self._groups[way.start, id(way.seats)][0].placed(room, way.seats)


class Bundle:
    """Ways that differ in nothing but the courtroom, all as much trouble as each other.

    Attributes:
        cells: what they hold, courtroom apart.
    """

    __slots__ = ("_booked", "_placement", "cells", "crosses", "minutes", "rooms", "way")

    def __init__(self, booked: Booked, way: Way, minutes: int, rooms: tuple[Room, ...]) -> None:
        self._booked, self.way, self.minutes, self.rooms = booked, way, minutes, rooms
        self.cells, self.crosses = way.cells, way.crosses
        self._placement: Placement | None = None

    def rooms_within(self, lifted: int) -> list[Room]:
        """The courtrooms that are free, or in which nobody stands but who is gone."""
        return [one for one in self.rooms if not one[1].blockers & ~lifted]

    def placed(self, room: int) -> Placement:
        """One of the ways."""
        return self._booked.placed(self.way, room)

    @property
    def placement(self) -> Placement:
        """Where and when, in one of the courtrooms: who is near whom does not depend on it."""
        if self._placement is None:
            self._placement = self.placed(self.rooms[0][0])
        return self._placement


class Choices:
    """All ways of one booking within a number of days crossed.

    Whoever asks has lifted the booking itself, so that it is in nobody's way.

    Args:
        kind: what it has in common with others.
    """

    def __init__(self, kind: Kind, booked: Booked) -> None:
        self._kind, self._booked = kind, booked
        self._going, self._went = self._away(), list[Bundle]()
        self._made: dict[int, tuple[list[Bundle], list[Bundle]]] = {}
        self._asking, self._asking_room = kind.asking, kind.asking_room
        self._asking_now: dict[int, int] = {}
        self._asking_room_now: dict[int, dict[datetime, int]] = {}
        self._rooms_now = frozenset[int]()

    @classmethod
    def of_moved(cls, kind: Kind, now: Placement) -> Choices:
        """The choices of a booking that stands, for which where it is now is no way."""
        booked = Moved(now)
        found = cls(kind, booked)
        blockers = kind.blockers_at.get((now.hearing.start, booked.suites))
        if blockers is not None:
            found._leave(blockers, booked, now.courtroom)
        return found

    def _leave(self, blockers: int, booked: Moved, courtroom: int) -> None:
        """Ask for another courtroom where everybody sits where they sit now."""
        self._asking, self._asking_room = dict(self._asking), dict(self._asking_room)
        self._asking.pop(blockers, None)
        self._asking_room.pop(blockers, None)
        for way in self._kind.ways[blockers]:
            rooms = self._kind.rooms_then[way.start]
            if not booked.is_now(way):
                ask(blockers, way, rooms, self._asking, self._asking_room)
                continue
            others = [part for room, part in self._kind.rooms[way.start] if room != courtroom]
            if others:
                self._rooms_now = frozenset(part.blockers for part in others)
                ask(blockers, way, self._rooms_now, self._asking_now, self._asking_room_now)

    def asking(self, lifted: int, *, leaves: bool) -> Iterator[tuple[int, int, int]]:
        """Whom the booking pushes aside in each way, and whether that way crosses a day.

        Those who stand in the courtroom come second. Where one is free, or its booking lifted,
        nobody need leave another; should the plan's own bookings then want it from each other,
        packing says so.

        Args:
            leaves: somebody wants its suites then, or its people, so that another courtroom alone
                is no way out.
        """
        for asking, asking_room, is_now in self._asked(leaves=leaves):
            for blockers, crosses in asking.items():
                yield blockers, 0, crosses
            for blockers, starts in asking_room.items():
                for start, crosses in starts.items():
                    rooms = self._rooms_at(start, is_now=is_now)
                    if is_open(rooms, lifted | blockers):
                        yield blockers, 0, crosses
                    else:
                        for room in rooms:
                            yield blockers, room, crosses

    def least_crossing(self, lifted: int, *, leaves: bool) -> int | None:
        """Whether a day must be crossed when just these are gone; None: that is not enough."""
        least = None
        for asking, asking_room, is_now in self._asked(leaves=leaves):
            for key in within(lifted, asking) if asking else ():
                if not asking[key]:
                    return 0
                least = 1
            for key in within(lifted, asking_room) if asking_room else ():
                for start, crosses in asking_room[key].items():
                    if is_open(self._rooms_at(start, is_now=is_now), lifted):
                        if not crosses:
                            return 0
                        least = 1
        return least

    def _asked(
        self, *, leaves: bool
    ) -> tuple[tuple[dict[int, int], dict[int, dict[datetime, int]], bool], ...]:
        elsewhere = self._asking, self._asking_room, False
        if leaves:
            return (elsewhere,)
        return (elsewhere, (self._asking_now, self._asking_room_now, True))

    def _rooms_at(self, start: datetime, *, is_now: bool) -> frozenset[int]:
        return self._rooms_now if is_now else self._kind.rooms_then[start]

    def rooms_then(self, start: datetime) -> int:
        """Everybody who stands in a courtroom that would do at a start."""
        found = 0
        for room in self._kind.rooms_then.get(start, ()):
            found |= room
        return found

    def open_within(self, lifted: int) -> list[Bundle]:
        """The ways that are open when these bookings are gone, the least trouble first."""
        lists = []
        for blockers in within(lifted, self._kind.ways):
            free, others = self._standing_at(blockers)
            if free:
                lists.append(free)
            if others and (more := [one for one in others if one.rooms_within(lifted)]):
                lists.append(more)
        if len(lists) == 1:
            return lists[0]
        return sorted(chain.from_iterable(lists), key=_trouble)

    def away(self) -> Iterator[Bundle]:
        """The ways on other days, the least trouble first; of those that push anybody aside none,
        which `open_within` knows."""
        place = 0
        while place < len(self._went) or self._go_on():
            yield self._went[place]
            place += 1

    def _go_on(self) -> bool:
        bundle = next(self._going, None)
        if bundle is not None:
            self._went.append(bundle)
        return bundle is not None

    def _away(self) -> Iterator[Bundle]:
        """Starts one after another, the nearest first: at each, some ways are more trouble."""
        away, waiting = self._kind.away, list[tuple[int, datetime, int, Bundle]]()
        for shift, start in sorted((self._booked.shift(start), start) for start in away.starts):
            while waiting and waiting[0][0] <= shift:
                yield heappop(waiting)[-1]
            rooms, ways = away.at(start)
            for _, way in ways:
                for minutes, some in self._booked.priced(way, rooms):
                    bundle = Bundle(self._booked, way, minutes, some)
                    heappush(waiting, (minutes, start, way.place, bundle))
        while waiting:
            yield heappop(waiting)[-1]

    def _standing_at(self, blockers: int) -> tuple[list[Bundle], list[Bundle]]:
        """The ways that push just these aside: those with a courtroom free then, and the others."""
        if blockers not in self._made:
            made: tuple[list[Bundle], list[Bundle]] = [], []
            self._made[blockers] = made
            for way in self._kind.ways[blockers]:
                for minutes, rooms in self._booked.priced(way, self._kind.rooms[way.start]):
                    bundle = Bundle(self._booked, way, minutes, rooms)
                    made[not bundle.rooms_within(blockers)].append(bundle)
            for bundles in made:
                bundles.sort(key=_trouble)
        return self._made[blockers]


def _trouble(bundle: Bundle) -> tuple[int, datetime, int]:
    return bundle.minutes, bundle.way.start, bundle.way.place

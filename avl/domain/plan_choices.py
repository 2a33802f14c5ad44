"""The ways of one booking, sorted by who would have to make way for them.

A plan is looked for in two steps: which bookings are to move (`domain/planner.py`), and where
they all go (`domain/plan_packing.py`). Both ask here: the first whom a booking can push aside, the
second which of its ways are open once certain others are gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from avl.domain.plan_options import Options
from avl.domain.plan_places import Part
from avl.domain.resources import Placement, Seat
from avl.domain.ways import MOST_SEATINGS, Group

Room = tuple[int, Part]
"""A courtroom at one time, with what it would hold and who stands there."""

_Then = tuple[datetime, bool]
"""A start, and whether everybody sits where they sit now, so that only the courtroom is another."""


class Bundle:
    """Ways that differ in nothing but the courtroom, all as much trouble as each other.

    Attributes:
        place: among all bundles of the booking, the least trouble first.
        cells: what they hold, courtroom apart.
    """

    __slots__ = ("_placement", "cells", "crosses", "group", "minutes", "place", "rooms", "seats")

    def __init__(
        self, place: int, group: Group, seats: tuple[Seat, ...], cells: int, rooms: tuple[Room, ...]
    ) -> None:
        self.place, self.group, self.seats = place, group, seats
        self.cells, self.rooms = cells, rooms
        self.crosses, self.minutes = group.crosses, group.minutes
        self._placement: Placement | None = None

    def rooms_within(self, lifted: int) -> list[Room]:
        """The courtrooms that are free, or in which nobody stands but who is gone."""
        return [one for one in self.rooms if not one[1].blockers & ~lifted]

    @property
    def placement(self) -> Placement:
        """Where and when, in one of the courtrooms: who is near whom does not depend on it."""
        if self._placement is None:
            self._placement = self.group.placed(self.group.rooms[0], self.seats)
        return self._placement


class Choices:
    """All ways of one booking within a number of days crossed.

    A day has a thousand of them for each of some hundred bookings, so they are kept as numbers:
    the place of the group, the least trouble first, times `MOST_SEATINGS`, and that of the seating
    in it.

    Args:
        own: the bit of the booking itself, who is in nobody's way.
        crossing: how many days it may cross: none, or one.
    """

    def __init__(self, options: Options, own: int, crossing: int) -> None:
        self._options, self._others = options, ~own
        self._rooms_then: dict[_Then, frozenset[int]] = {}
        self._ways: dict[int, list[int]] = {}
        self._made: dict[int, tuple[list[Bundle], list[Bundle]]] = {}
        self._asking: dict[int, int] = {}
        self._asking_room: dict[int, dict[_Then, int]] = {}
        self._asking_now: dict[int, int] = {}
        self._asking_room_now: dict[int, dict[_Then, int]] = {}
        by_start: dict[datetime, list[tuple[int, Group]]] = {}
        for place, group in enumerate(options.groups):
            if group.crosses > crossing:
                break  # The ways are sorted: all that follow are on other days too.
            by_start.setdefault(group.start, []).append((place * MOST_SEATINGS, group))
        for groups in by_start.values():
            self._add(groups)

    def _add(self, groups: Sequence[tuple[int, Group]]) -> None:
        """Take in the ways of one start."""
        rooms = {group.rooms: self._rooms(group) for _, group in groups}
        every = [room for found in rooms.values() for room in found]
        if not every:
            return
        _, first = groups[0]
        self._rooms_then[first.start, False] = frozenset(part.blockers for _, part in every)
        if first.now is not None:
            other = (part.blockers for room, part in every if room != first.now.courtroom)
            self._rooms_then[first.start, True] = frozenset(other)
        asked = set()
        for place, group in groups:
            found = rooms[group.rooms]
            others = _but_now(group, found)
            for count, blockers in enumerate(self._options.blockers_at(group) if found else ()):
                is_now = group.now is not None and group.seatings[count] == group.now.seats
                if blockers is None or (is_now and not others):
                    continue
                blockers &= self._others
                self._ways.setdefault(blockers, []).append(place + count)
                if (blockers, is_now) not in asked:
                    asked.add((blockers, is_now))
                    self._ask(blockers, (group.start, is_now), group.crosses)

    def _ask(self, blockers: int, then: _Then, crosses: int) -> None:
        _, is_now = then
        asking = self._asking_now if is_now else self._asking
        if _is_open(self._rooms_then[then], blockers):
            if asking.get(blockers, 2) > crosses:
                asking[blockers] = crosses
        else:
            asking_room = self._asking_room_now if is_now else self._asking_room
            asking_room.setdefault(blockers, {})[then] = crosses

    def _rooms(self, group: Group) -> tuple[Room, ...]:
        found = self._options.rooms_at(group)
        if not any(part.blockers & ~self._others for _, part in found):
            return found
        return tuple((room, Part(part.cells, part.blockers & self._others)) for room, part in found)

    def asking(self, lifted: int, *, leaves: bool) -> Iterator[tuple[int, int, int]]:
        """Whom the booking pushes aside in each way, and whether that way crosses a day.

        Those who stand in the courtroom come second. Where one is free, or its booking lifted,
        nobody need leave another; should the plan's own bookings then want it from each other,
        packing says so.

        Args:
            leaves: somebody wants its suites then, or its people, so that another courtroom alone
                is no way out.
        """
        for asking, asking_room in self._asked(leaves=leaves):
            for blockers, crosses in asking.items():
                yield blockers, 0, crosses
            for blockers, thens in asking_room.items():
                for then, crosses in thens.items():
                    rooms = self._rooms_then[then]
                    if _is_open(rooms, lifted | blockers):
                        yield blockers, 0, crosses
                    else:
                        for room in rooms:
                            yield blockers, room, crosses

    def least_crossing(self, lifted: int, *, leaves: bool) -> int | None:
        """Whether a day must be crossed when just these are gone; None: that is not enough."""
        least = None
        for asking, asking_room in self._asked(leaves=leaves):
            for key in _within(lifted, asking):
                if not asking[key]:
                    return 0
                least = 1
            for key in _within(lifted, asking_room):
                for then, crosses in asking_room[key].items():
                    if _is_open(self._rooms_then[then], lifted):
                        if not crosses:
                            return 0
                        least = 1
        return least

    def _asked(
        self, *, leaves: bool
    ) -> tuple[tuple[dict[int, int], dict[int, dict[_Then, int]]], ...]:
        elsewhere = self._asking, self._asking_room
        return (elsewhere,) if leaves else (elsewhere, (self._asking_now, self._asking_room_now))

    def rooms_then(self, start: datetime) -> int:
        """Everybody who stands in a courtroom that would do at a start."""
        found = 0
        for room in self._rooms_then[start, False]:
            found |= room
        return found

    def open_within(self, lifted: int) -> list[Bundle]:
        """The ways that are open when these bookings are gone, the least trouble first."""
        lists = []
        for blockers in _within(lifted, self._ways):
            free, others = self._standing_at(blockers)
            if free:
                lists.append(free)
            if others and (more := [one for one in others if one.rooms_within(lifted)]):
                lists.append(more)
        if len(lists) == 1:
            return lists[0]
        return sorted(chain.from_iterable(lists), key=_trouble)

    def _standing_at(self, blockers: int) -> tuple[list[Bundle], list[Bundle]]:
        """The ways that push just these aside: those with a courtroom free then, and the others."""
        if blockers not in self._made:
            made: tuple[list[Bundle], list[Bundle]] = [], []
            self._made[blockers] = made
            for way in self._ways[blockers]:
                place, count = divmod(way, MOST_SEATINGS)
                group = self._options.groups[place]
                seats = group.seatings[count]
                rooms = self._rooms(group)
                if group.now is not None and seats == group.now.seats:
                    rooms = _but_now(group, rooms)
                if (part := self._options.seated(group, seats)) is not None:
                    bundle = Bundle(way, group, seats, part.cells, rooms)
                    made[not bundle.rooms_within(blockers)].append(bundle)
            for bundles in made:
                bundles.sort(key=_trouble)
        return self._made[blockers]


def _trouble(bundle: Bundle) -> tuple[int, int]:
    return bundle.minutes, bundle.place


def _is_open(rooms: Collection[int], lifted: int) -> bool:
    """Whether nobody stands in one of these rooms but who is gone."""
    return 0 in rooms or any(not room & ~lifted for room in rooms)


def _within(lifted: int, keys: Mapping[int, object]) -> list[int]:
    """The keys of which every bit is one of these."""
    if 1 << lifted.bit_count() > len(keys):
        return [key for key in keys if not key & ~lifted]
    found, part = [], lifted
    while True:
        if part in keys:
            found.append(part)
        if not part:
            return found
        part = (part - 1) & lifted


def _but_now(group: Group, rooms: tuple[Room, ...]) -> tuple[Room, ...]:
    """The courtrooms without the one in which the booking is now."""
    now = group.now
    return rooms if now is None else tuple(one for one in rooms if one[0] != now.courtroom)

"""What bookings of one kind have in common: where and when they could go, and who stands there.

A day has a thousand ways for each of some hundred bookings, but few kinds of bookings: as long as
each other, of one court, from one prison. Everything that is the same for all of a kind is found
out once. What is left to the booking itself is how much trouble a way is to it, and that where it
is now is no way to move it (`domain/plan_choices.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from avl.domain.plan_options import Options
from avl.domain.plan_places import Part
from avl.domain.resources import Seat
from avl.domain.ways import Group

Room = tuple[int, Part]
"""A courtroom at one time, with what it would hold and who stands there."""


class Way(NamedTuple):
    """A start and who would sit where; the courtroom is left open.

    Attributes:
        crosses: 1 when it is on another day than the bookings of the kind are now, else 0.
        seats: of one booking of the kind; another's people have the same suites.
        cells: what it would hold, courtroom apart.
    """

    start: datetime
    crosses: int
    place: int
    seats: tuple[Seat, ...]
    cells: int


class Kind:
    """All ways of bookings of one kind, by who would have to make way for them.

    Args:
        options: of any one booking of the kind.
        crossing: how many days it may cross: none, or one.

    Attributes:
        rooms: at each start the courtrooms that the rules permit.
        rooms_then: who stands in each of them, as sets of bookings, one bit each.
        ways: by who stands where the people and suites are to be.
        blockers_at: the keys of ``ways`` by start and suites.
        space: the cells of all the ways of a key that cross no day.
        needs: how many cells of each site's suites such a way takes at least.
        asking: the keys of ``ways`` for which a courtroom is free too, or held by one of those
            who leave anyhow; each with whether every such way crosses a day.
        asking_room: the other keys, each with the starts concerned.
        away: the ways on other days, unless somebody stands there who could make way.
    """

    def __init__(self, options: Options, crossing: int) -> None:
        self.rooms: dict[datetime, tuple[Room, ...]] = {}
        self.rooms_then: dict[datetime, frozenset[int]] = {}
        self.ways: dict[int, list[Way]] = {}
        self.blockers_at: dict[tuple[datetime, tuple[int, ...]], int] = {}
        self.space: dict[int, int] = {}
        self.needs: dict[int, int] = {}
        self.asking: dict[int, int] = {}
        self.asking_room: dict[int, dict[datetime, int]] = {}
        self.may_cross = options.may_cross
        groups = sorted(
            (group for group in options.groups if group.crosses <= crossing),
            key=lambda group: group.start,
        )
        late: dict[datetime, list[Group]] = {}
        for start, at_once in groupby(groups, key=lambda group: group.start):
            together = list(at_once)
            if together[0].crosses and options.is_clear(together[0]):
                late[start] = together
            else:
                self._add(start, together, options)
        self.away = Away(options, late)
        if late and self.away.is_open:
            self.asking.setdefault(0, 1)

    def _add(self, start: datetime, groups: list[Group], options: Options) -> None:
        """Take in the ways of one start."""
        rooms, ways = _at_once(groups, options)
        if rooms:
            self.rooms[start] = rooms
            self.rooms_then[start] = frozenset(part.blockers for _, part in rooms)
            for blockers, way in ways:
                self._take(way, blockers, options)

    def _take(self, way: Way, blockers: int, options: Options) -> None:
        self.ways.setdefault(blockers, []).append(way)
        self.blockers_at[way.start, suites_of(way.seats)] = blockers
        ask(blockers, way, self.rooms_then[way.start], self.asking, self.asking_room)
        if way.crosses:
            return
        self.space[blockers] = self.space.get(blockers, 0) | way.cells
        for site_id in {seat.site_id for seat in way.seats}:
            need = (way.cells & options.suites[site_id]).bit_count()
            self.needs[site_id] = min(need, self.needs.get(site_id, need))

    def space_within(self, lifted: int) -> int:
        """All cells that a way may take for which just these leave, and that crosses no day."""
        found = 0
        for key in within(lifted, self.space):
            found |= self.space[key]
        return found


class Away:
    """The ways on other days, on which nobody stands who could make way.

    They are looked at one start after another, because the first will nearly always do.
    """

    def __init__(self, options: Options, groups: Mapping[datetime, list[Group]]) -> None:
        self._options, self._groups = options, groups
        self._found: dict[datetime, tuple[tuple[Room, ...], list[tuple[int, Way]]]] = {}

    @property
    def starts(self) -> Collection[datetime]:
        """When it may be that there is a way."""
        return self._groups.keys()

    def at(self, start: datetime) -> tuple[tuple[Room, ...], list[tuple[int, Way]]]:
        """The courtrooms and the ways of one start; nothing where either is lacking."""
        if start not in self._found:
            self._found[start] = _at_once(self._groups[start], self._options)
        return self._found[start]

    @property
    def is_open(self) -> bool:
        """Whether there is a way at all."""
        return any(self.at(start)[1] for start in self._groups)


def _at_once(
    groups: Iterable[Group], options: Options
) -> tuple[tuple[Room, ...], list[tuple[int, Way]]]:
    """What the rules permit at one start: courtrooms, and ways with who stands there."""
    found: dict[int, Part] = {}
    for group in {group.rooms: group for group in groups}.values():
        found |= dict(options.rooms_at(group))
    ways: list[tuple[int, Way]] = []
    if not found:
        return (), ways
    for group in {id(group.seatings): group for group in groups}.values():
        for seats, part in zip(group.seatings, options.parts_at(group), strict=True):
            if part is not None:
                way = Way(group.start, group.crosses, len(ways), seats, part.cells)
                ways.append((part.blockers, way))
    return tuple(sorted(found.items())), ways


def suites_of(seats: Iterable[Seat]) -> tuple[int, ...]:
    """The suites of some seats, in their order."""
    return tuple(seat.suite for seat in seats)


def ask(
    blockers: int,
    way: Way,
    rooms: Collection[int],
    asking: dict[int, int],
    asking_room: dict[int, dict[datetime, int]],
) -> None:
    """Note whom a way asks to leave: where no courtroom is free, somebody in one of them too."""
    if is_open(rooms, blockers):
        if asking.get(blockers, 2) > way.crosses:
            asking[blockers] = way.crosses
    else:
        asking_room.setdefault(blockers, {})[way.start] = way.crosses


def is_open(rooms: Collection[int], lifted: int) -> bool:
    """Whether nobody stands in one of these rooms but who is gone."""
    return 0 in rooms or any(not room & ~lifted for room in rooms)


def within(lifted: int, keys: Mapping[int, object]) -> list[int]:
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

"""Where each booking of a plan could go: what the rules permit, and what stands there now.

Rooms are asked about one by one, not each way in which they go together: a day has some twenty
courtrooms and suites, and hundreds of ways to combine them at each of forty starts. Bookings of
one kind share the answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from avl.domain.booking import LegKind
from avl.domain.clashes import may_be, may_have
from avl.domain.interval import Interval
from avl.domain.plan_parts import Cells, Nearness
from avl.domain.resources import Placement, Seat, WantedHold, holds_for
from avl.domain.ways import Group
from avl.domain.world import World

Where = tuple[tuple[int, int | None], ...]
"""For each person of a booking the site, and counsel's instruction suite."""


class Option:
    """A way that the rules permit once everything movable is lifted.

    Attributes:
        cells: what it would hold, one bit for each resource and five minutes.
        blockers: the bookings that stand there now, one bit each.
    """

    __slots__ = ("_placement", "blockers", "cells", "crosses", "group", "minutes", "room", "seats")

    def __init__(
        self, group: Group, room: int, seats: tuple[Seat, ...], cells: int, blockers: int
    ) -> None:
        self.group, self.room, self.seats = group, room, seats
        self.crosses, self.minutes = group.crosses, group.minutes
        self.cells, self.blockers = cells, blockers
        self._placement: Placement | None = None

    @property
    def start(self) -> datetime:
        """When the hearing starts."""
        return self.group.start

    @property
    def where(self) -> Where:
        """Where the people are, whichever suites they are in."""
        return _where(self.seats)

    @property
    def placement(self) -> Placement:
        """Where and when; made when it is first asked for, because most never are."""
        if self._placement is None:
            self._placement = self.group.placed(self.room, self.seats)
        return self._placement


@dataclass(frozen=True, slots=True)
class _Part:
    """One room or person at one time: what it would hold, and who stands there."""

    cells: int
    blockers: int


@dataclass(slots=True)
class _Then:
    """What is known of one start for one booking; None stands for what may not be.

    Attributes:
        rooms: each courtroom.
        people: the people, whichever suites they are in, by where they are.
    """

    rooms: dict[int, _Part | None] = field(default_factory=dict)
    people: dict[Where, _Part | None] = field(default_factory=dict)


class Options:
    """All a booking's ways that the rules permit once everything movable is lifted.

    They are looked at one by one, the least trouble first, because most are never needed.
    """

    def __init__(self, places: Places, booking_id: int, groups: Iterable[Group]) -> None:
        self._places = places
        self._others = ~places.bits.get(booking_id, 0)
        self._then: dict[datetime, _Then] = {}
        self._more = self._find(groups)
        self._found: list[Option] = []
        self._refused: list[tuple[Group, int, tuple[Seat, ...]]] = []

    def __iter__(self) -> Iterator[Option]:
        place, found = 0, self._found
        while place < len(found) or self._find_one():
            yield found[place]
            place += 1

    @property
    def least_minutes(self) -> int:
        """The least trouble any of them is."""
        return self._found[0].minutes if self._found or self._find_one() else 0

    @property
    def is_empty(self) -> bool:
        """Whether the booking can go nowhere at all."""
        return not self._found and not self._find_one()

    def refused_first(self) -> list[Placement]:
        """The ways that a rule forbids, of the start that is wanted most."""
        return [group.placed(room, seats) for group, room, seats in self._refused]

    def _says_why(self, group: Group) -> bool:
        """Whether anybody will want to know why a way of this group is refused."""
        return not self._refused or group.start == self._refused[0][0].start

    def _find_one(self) -> bool:
        option = next(self._more, None)
        if option is not None:
            self._found.append(option)
        return option is not None

    def _find(self, groups: Iterable[Group]) -> Iterator[Option]:
        for group in groups:
            then = self._then.setdefault(group.start, _Then())
            for seats in group.seatings:
                seated = self._seated(group, seats, then)
                if seated is None and not self._says_why(group):
                    continue
                for room in group.rooms:
                    if group.is_now(room, seats):
                        continue
                    part = seated and self._room(group, room, seats, then)
                    if seated is None or part is None:
                        if self._says_why(group):
                            self._refused.append((group, room, seats))
                        continue
                    blockers = (seated.blockers | part.blockers) & self._others
                    yield Option(group, room, seats, seated.cells | part.cells, blockers)

    def _room(self, group: Group, room: int, seats: tuple[Seat, ...], then: _Then) -> _Part | None:
        if room not in then.rooms:
            then.rooms[room] = self._places.part(room, _HEARING, group, room, seats)
        return then.rooms[room]

    def _seated(self, group: Group, seats: tuple[Seat, ...], then: _Then) -> _Part | None:
        """What one way to seat everybody takes, courtroom apart."""
        where = _where(seats)
        if where not in then.people:
            then.people[where] = self._places.people(group, seats)
        people = then.people[where]
        if people is None:
            return None
        cells, blockers = people.cells, people.blockers
        for seat in seats:
            part = self._places.part(seat.suite, _WHOLE, group, group.rooms[0], seats)
            if part is None:
                return None
            cells |= part.cells
            blockers |= part.blockers
        return _Part(cells, blockers)


def _where(seats: Sequence[Seat]) -> Where:
    return tuple((seat.site_id, seat.instruction_suite) for seat in seats)


_HEARING, _WHOLE, _CONFERENCE = range(3)
"""Of which legs something is part: a courtroom, a suite or person, an instruction suite."""

_Shape = tuple[tuple[LegKind, timedelta, timedelta, timedelta], ...]
"""For each leg when the use begins and ends, and when the turnaround does, after the start."""


class Places:
    """What the rules say of each room and person at each time, and who stands there now.

    Args:
        world: as it stands.
        empty: with everything movable lifted.
        bits: the bit of each booking that may be moved.
        once: people who are in no more than one booking, so that none can want them from another.
    """

    def __init__(
        self,
        world: World,
        empty: World,
        *,
        bits: Mapping[int, int],
        near: Nearness,
        cells: Cells,
        once: Collection[int] = (),
    ) -> None:
        self._world, self._empty, self.bits = world, empty, bits
        self._near, self._cells, self._once = near, cells, once
        self._turnarounds = world.turnarounds()
        self._shapes: dict[tuple[object, ...], tuple[int, _Shape]] = {}
        self._parts: dict[tuple[int, datetime, int], _Part | None] = {}

    def people(self, group: Group, seats: tuple[Seat, ...]) -> _Part | None:
        """What a booking's people take, whichever rooms they are in."""
        placement = group.placed(group.rooms[0], seats)
        if not may_be(placement, self._empty):
            return None
        cells, blockers = 0, self.mask(self._near.blockers(placement))
        wanted = [(seat.person, _WHOLE) for seat in seats]
        wanted += [(one, _CONFERENCE) for one in placement.instruction_suites]
        for resource_id, role in wanted:
            part = self.part(resource_id, role, group, group.rooms[0], seats)
            if part is None:
                return None
            cells |= part.cells
            blockers |= part.blockers
        return _Part(cells, blockers)

    def mask(self, booking_ids: Iterable[int]) -> int:
        """Some bookings that may be moved as the bits of one number."""
        mask = 0
        for key in booking_ids:
            mask |= self.bits[key]
        return mask

    def part(
        self, resource_id: int, role: int, group: Group, room: int, seats: tuple[Seat, ...]
    ) -> _Part | None:
        """What one room or person takes of one way; None where a rule is against it."""
        kind, shape = self._shape(resource_id, role, group, room, seats)
        key = resource_id, group.start, kind
        if key not in self._parts:
            wanted = [
                WantedHold(
                    resource_id,
                    leg,
                    Interval(group.start + begins, group.start + ends),
                    Interval(group.start + begins, group.start + clear),
                )
                for leg, begins, ends, clear in shape
            ]
            self._parts[key] = self._look(group.placed(room, seats), wanted)
        return self._parts[key]

    def _look(self, placement: Placement, wanted: Sequence[WantedHold]) -> _Part | None:
        if not wanted:
            return _Part(0, 0)
        if not may_have(placement, wanted, self._empty):
            return None
        there = {
            busy.booking_id
            for hold in wanted
            for busy in self._world.busy_during(hold.resource_id, hold.occupied)
            if busy.is_exclusive and busy.booking_id in self.bits
        }
        is_alone = wanted[0].resource_id in self._once
        return _Part(0 if is_alone else self._cells.of(wanted), self.mask(there))

    def _shape(
        self, resource_id: int, role: int, group: Group, room: int, seats: tuple[Seat, ...]
    ) -> tuple[int, _Shape]:
        """When something is held, with a number that is the same for all bookings of a kind."""
        model, after = group.model, self._turnarounds.get(resource_id, timedelta(0))
        key = (role, after, group.lengths, model.court_id, model.hearing_type)
        if key not in self._shapes:
            holds = holds_for(group.placed(room, seats), {resource_id: after})
            start = group.start
            shape = tuple(
                (one.leg, one.used.start - start, one.used.end - start, one.occupied.end - start)
                for one in holds
                if one.resource_id == resource_id
            )
            self._shapes[key] = len(self._shapes), shape
        return self._shapes[key]

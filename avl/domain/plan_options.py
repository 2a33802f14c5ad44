"""Where each booking of a plan could go: what the rules permit, and what stands there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from avl.domain.plan_places import (
    HEARING,
    WHOLE,
    Kinds,
    Part,
    Places,
    Rooms,
    Where,
    where_of,
)
from avl.domain.resources import Placement, Seat
from avl.domain.ways import Group


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
        return where_of(self.seats)

    @property
    def placement(self) -> Placement:
        """Where and when; made when it is first asked for, because most never are."""
        if self._placement is None:
            self._placement = self.group.placed(self.room, self.seats)
        return self._placement


@dataclass(slots=True)
class _Then:
    """What is known of one start for one booking.

    Attributes:
        people: the people, whichever suites they are in, by where they are.
    """

    known: Rooms
    people: dict[Where, Part | None] = field(default_factory=dict)


class Options:
    """All a booking's ways that the rules permit once everything movable is lifted.

    They are looked at one by one, the least trouble first, because most are never needed.
    """

    def __init__(self, places: Places, booking_id: int, groups: Iterable[Group]) -> None:
        self._places = places
        self._others = ~places.bits.get(booking_id, 0)
        self._then: dict[datetime, _Then] = {}
        self._kinds: Kinds = {}
        self._where: dict[int, list[Where]] = {}
        self.groups = tuple(groups)
        self._more = self._find(self.groups)
        self._found: list[Option] = []
        self._refused: list[tuple[Group, int, tuple[Seat, ...]]] = []

    def __iter__(self) -> Iterator[Option]:
        place, found = 0, self._found
        while place < len(found) or self._find_one():
            yield found[place]
            place += 1

    @property
    def suites(self) -> Mapping[int, int]:
        """The cells of each site's suites, as far as anybody has asked for them."""
        return self._places.suites

    @property
    def is_empty(self) -> bool:
        """Whether the booking can go nowhere at all."""
        return not self._found and not self._find_one()

    @property
    def may_cross(self) -> bool:
        """Whether the booking could go to another day, if the rules permit."""
        return bool(self.groups) and self.groups[-1].crosses > 0

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
            for seats in group.seatings:
                seated = self.seated(group, seats)
                if seated is None and not self._says_why(group):
                    continue
                for room in group.rooms:
                    if group.is_now(room, seats):
                        continue
                    part = seated and self.room(group, room)
                    if seated is None or part is None:
                        if self._says_why(group):
                            self._refused.append((group, room, seats))
                        continue
                    blockers = (seated.blockers | part.blockers) & self._others
                    yield Option(group, room, seats, seated.cells | part.cells, blockers)

    def is_clear(self, group: Group) -> bool:
        """Whether nobody who could make way stands in the way of a group, wherever it is."""
        return self._places.is_clear(group)

    def rooms_at(self, group: Group) -> tuple[tuple[int, Part], ...]:
        """The courtrooms of a group that the rules permit, with what each takes."""
        together = self._at(group).known.together
        if group.rooms not in together:
            found = ((room, self.room(group, room)) for room in group.rooms)
            together[group.rooms] = tuple((room, part) for room, part in found if part is not None)
        return together[group.rooms]

    def room(self, group: Group, room: int) -> Part | None:
        """What a courtroom takes then; None where a rule is against it."""
        rooms = self._at(group).known.rooms
        if room not in rooms:
            rooms[room] = self._places.part(
                room, HEARING, group, room, group.seatings[0], self._kinds
            )
        return rooms[room]

    def parts_at(self, group: Group) -> list[Part | None]:
        """What each seating of a group takes, courtroom apart; None: a rule is against it."""
        then = self._at(group)
        # The groups of all starts and courtrooms share their seatings.
        key = id(group.seatings)
        if key not in self._where:
            self._where[key] = [where_of(seats) for seats in group.seatings]
        return [
            self._part(group, seats, where, then)
            for seats, where in zip(group.seatings, self._where[key], strict=True)
        ]

    def seated(self, group: Group, seats: tuple[Seat, ...]) -> Part | None:
        """What one way to seat everybody takes, courtroom apart; None: a rule is against it."""
        return self._part(group, seats, where_of(seats), self._at(group))

    def _part(
        self, group: Group, seats: tuple[Seat, ...], where: Where, then: _Then
    ) -> Part | None:
        if where not in then.people:
            then.people[where] = self._places.people(group, seats, self._kinds)
        people = then.people[where]
        if people is None:
            return None
        cells, blockers = people
        suites = then.known.suites
        for seat in seats:
            if seat.suite not in suites:
                suites[seat.suite] = self._places.part(
                    seat.suite, WHOLE, group, group.rooms[0], seats, self._kinds
                )
            suite = suites[seat.suite]
            if suite is None:
                return None
            cells |= suite[0]
            blockers |= suite[1]
        return Part(cells, blockers)

    def _at(self, group: Group) -> _Then:
        start = group.start
        if start not in self._then:
            self._then[start] = _Then(self._places.rooms_at(group))
        return self._then[start]

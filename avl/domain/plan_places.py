"""What the rules say of each room and person of a day, and who stands there now.

Rooms are asked about one by one, not each way in which they go together: a day has some twenty
courtrooms and suites, and hundreds of ways to combine them at each of forty starts. Bookings of
one kind share the answers.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import prod
from typing import NamedTuple

from avl.domain.booking import LegKind
from avl.domain.clashes import may_be, may_have
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.plan_parts import Cells, Nearness
from avl.domain.resources import Placement, Seat, WantedHold, holds_for
from avl.domain.ways import MOST_SEATINGS, Group
from avl.domain.world import World

Where = tuple[tuple[int, int | None], ...]
"""For each person of a booking the site, and counsel's instruction suite."""


class Part(NamedTuple):
    """One room or person at one time: what it would hold, and who stands there."""

    cells: int
    blockers: int


Found = dict[int, Part | None]


@dataclass(slots=True)
class Rooms:
    """What is known of the rooms at one start, for all bookings of one kind; None: may not be.

    Attributes:
        together: of several courtrooms those that may be.
    """

    rooms: Found = field(default_factory=dict)
    suites: Found = field(default_factory=dict)
    together: dict[tuple[int, ...], tuple[tuple[int, Part], ...]] = field(default_factory=dict)


def where_of(seats: Sequence[Seat]) -> Where:
    """Where the people of some seats are, whichever suites they are in."""
    return tuple((seat.site_id, seat.instruction_suite) for seat in seats)


HEARING, WHOLE, CONFERENCE = range(3)
"""Of which legs something is part: a courtroom, a suite or person, an instruction suite."""

Shape = tuple[tuple[LegKind, timedelta, timedelta, timedelta], ...]
"""For each leg when the use begins and ends, and when the turnaround does, after the start."""

Kinds = dict[tuple[int, timedelta], tuple[int, Shape]]
_NONE = timedelta(0)


class Places:
    """What the rules say of each room and person at each time, and who stands there now.

    Args:
        world: as it stands.
        empty: with everything movable lifted.
        bits: the bit of each booking that may be moved.
        once: people who are in no more than one booking, so that none can want them from another.

    Attributes:
        suites: the cells of each site's suites, as far as anybody has asked for them.
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
        self._held = self._all_held()
        self._free = {person for person in once if self._is_free(person)}
        self._plain = frozenset[int]()
        if not near.is_watched:
            self._plain = frozenset(person for person in self._free if self._is_there(person))
        self.suites: dict[int, int] = {}
        self._alike: dict[tuple[object, ...], Part | None] = {}
        self._shapes: dict[tuple[object, ...], tuple[int, Shape]] = {}
        self._parts: dict[tuple[int, datetime, int], Part | None] = {}
        self._known: dict[tuple[object, ...], Rooms] = {}

    def people(self, group: Group, seats: tuple[Seat, ...], kinds: Kinds) -> Part | None:
        """What a booking's people take, whichever rooms they are in."""
        if len(seats) > 1 or seats[0].person not in self._plain:
            return self._people(group, seats, kinds)
        # Whoever is in custody at one place all the time, and wanted by nobody else, is like
        # everybody else there.
        model = group.model
        key = (group.start, group.lengths, model.court_id, model.hearing_type, model.interpreter)
        sort = (*key, *where_of(seats), self._stays_at(seats[0].person))
        if sort not in self._alike:
            self._alike[sort] = self._people(group, seats, kinds)
        return self._alike[sort]

    def sort_of(self, placement: Placement, step: timedelta) -> Hashable | None:
        """What all bookings have in common that the rules see alike, wherever they are put; None
        where a booking is like no other.

        Args:
            step: how far apart starts are looked at, beside the start that a booking has now.
        """
        seats = placement.seats
        if any(seat.person not in self._plain or seat.instruction_suite for seat in seats):
            return None
        suites = (self._suites_at(seat.site_id) for seat in seats)
        if len(seats) > 1 and prod(suites) > MOST_SEATINGS:
            return None  # Which ways of sharing out suites are looked at depends on those of now.
        start, zone = placement.hearing.start, self._world.sites[placement.court_id].zone
        on = local_day(start, zone)
        is_off = (start - day_interval(on, zone).start) % step
        return (
            *(on, start if is_off else None, placement.hearing.length),
            *(placement.pre_minutes, placement.post_minutes),
            *(placement.court_id, placement.hearing_type, placement.interpreter),
            tuple((seat.site_id, self._stays_at(seat.person)) for seat in seats),
        )

    def is_clear(self, group: Group) -> bool:
        """Whether nobody who may be moved stands in the way of a group, whichever rooms it takes;
        where company matters, that is not so easily said."""
        if self._near.is_watched:
            return False
        if self._held is None:
            return True
        span = group.model.span
        after = max(self._turnarounds.values(), default=_NONE)
        return not self._held.overlaps(Interval(span.start, span.end + after))

    def _all_held(self) -> Interval | None:
        """From when until when anything is held by the bookings that may be moved."""
        holds = [
            busy.interval
            for there in self._world.busy.values()
            for busy in there
            if busy.booking_id in self.bits
        ]
        if not holds:
            return None
        return Interval(min(one.start for one in holds), max(one.end for one in holds))

    def _suites_at(self, site_id: int) -> int:
        return sum(
            1
            for facts in self._world.resources.values()
            if facts.kind == "suite" and facts.site_id == site_id
        )

    def _stays_at(self, person: int) -> int:
        """Where somebody is who is in one place throughout."""
        [stay] = self._world.stays[person]
        return stay.site_id

    def _people(self, group: Group, seats: tuple[Seat, ...], kinds: Kinds) -> Part | None:
        placement = group.placed(group.rooms[0], seats)
        if not may_be(placement, self._empty):
            return None
        cells, blockers = 0, self.mask(self._near.blockers(placement))
        wanted = [(seat.person, WHOLE) for seat in seats]
        wanted += [(one, CONFERENCE) for one in placement.instruction_suites]
        for resource_id, role in wanted:
            if resource_id in self._free:
                continue
            part = self.part(resource_id, role, group, group.rooms[0], seats, kinds)
            if part is None:
                return None
            cells |= part.cells
            blockers |= part.blockers
        return Part(cells, blockers)

    def _is_free(self, person: int) -> bool:
        """Whether nobody wants a person but the one booking that may be moved."""
        holders = {busy.booking_id for busy in self._world.busy.get(person, ())}
        facts = self._world.resources[person]
        return len(holders) <= 1 and holders <= set(self.bits) and not facts.outages

    def _is_there(self, person: int) -> bool:
        """Whether a person is in one place throughout, as far as anybody looks."""
        stays = self._world.stays.get(person, ())
        return len(stays) == 1 and stays[0].covers(self._cells.window)

    def rooms_at(self, group: Group) -> Rooms:
        """What all bookings of one kind know of the rooms at a start."""
        model = group.model
        key = group.start, group.lengths, model.court_id, model.hearing_type
        return self._known.setdefault(key, Rooms())

    def mask(self, booking_ids: Iterable[int]) -> int:
        """Some bookings that may be moved as the bits of one number."""
        mask = 0
        for key in booking_ids:
            mask |= self.bits[key]
        return mask

    def part(
        self,
        resource_id: int,
        role: int,
        group: Group,
        room: int,
        seats: tuple[Seat, ...],
        kinds: Kinds,
    ) -> Part | None:
        """What one room or person takes of one way; None where a rule is against it.

        Args:
            kinds: the shapes of this booking, by role and turnaround, as far as they are known.
        """
        sort = role, self._turnarounds.get(resource_id, _NONE)
        if sort not in kinds:
            kinds[sort] = self._shape(resource_id, role, group, room, seats)
        kind, shape = kinds[sort]
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
            found = self._parts[key] = self._look(group.placed(room, seats), wanted)
            facts = self._world.resources[resource_id]
            if found is not None and facts.kind == "suite" and facts.site_id is not None:
                self.suites[facts.site_id] = self.suites.get(facts.site_id, 0) | found.cells
        return self._parts[key]

    def _look(self, placement: Placement, wanted: Sequence[WantedHold]) -> Part | None:
        if not wanted:
            return Part(0, 0)
        if not may_have(placement, wanted, self._empty):
            return None
        there = {
            busy.booking_id
            for hold in wanted
            for busy in self._world.busy_during(hold.resource_id, hold.occupied)
            if busy.is_exclusive and busy.booking_id in self.bits
        }
        is_alone = wanted[0].resource_id in self._once
        return Part(0 if is_alone else self._cells.of(wanted), self.mask(there))

    def _shape(
        self, resource_id: int, role: int, group: Group, room: int, seats: tuple[Seat, ...]
    ) -> tuple[int, Shape]:
        """When something is held, with a number that is the same for all bookings of a kind."""
        model, after = group.model, self._turnarounds.get(resource_id, _NONE)
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

"""Rooms that are shared out among seats: the suites of a site, and counsel's rooms at court."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from avl.domain.cells import each, stretch
from avl.domain.day_plan import DayProblem, booth_uses

_AT_COURT = 0
"""Stands for the court among the ids of sites, none of which is 0."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One seat's need of one room of a kind.

    Attributes:
        place: of the hearing in the problem; ``seat`` in the hearing.
        is_booth: whether it is a room at court for counsel, not a suite.
        rooms: the starts at which each could serve, by resource id, in the order they are liked.
        today: the room of the published list.
    """

    place: int
    seat: int
    is_booth: bool
    rooms: Mapping[int, int]
    today: int | None = None

    def uses(self, problem: DayProblem, room: int) -> list[tuple[int, int]]:
        """When a room would be kept, as offset from the hearing's start and length in cells."""
        hearing, after = problem.hearings[self.place], problem.after.get(room, 0)
        if self.is_booth:
            return booth_uses(hearing, after)
        return [(-hearing.pre, hearing.span + after)]


@dataclass(frozen=True, slots=True)
class Pool:
    """Demands that may meet in a room.

    Attributes:
        key: tells pools of one problem apart.
        is_alike: whether the rooms can be counted; those of several sites, for somebody who
            could be at either, cannot.
    """

    key: int
    demands: tuple[Demand, ...]
    is_alike: bool

    @property
    def rooms(self) -> frozenset[int]:
        """Every room that anybody here could have."""
        return frozenset(room for demand in self.demands for room in demand.rooms)


def pools_of(problem: DayProblem) -> list[Pool]:
    """Every pool of a day, in one order."""
    found: list[tuple[set[int], list[Demand]]] = []
    for demand in _demands(problem):
        sites = {_AT_COURT if demand.is_booth else problem.site_of[room] for room in demand.rooms}
        mine, members = sites, [demand]
        others = []
        for there, waiting in found:
            if there.isdisjoint(mine):
                others.append((there, waiting))
            else:
                mine, members = mine | there, [*waiting, *members]
        found = [*others, (mine, members)]
    pools = [Pool(min(sites), tuple(members), len(sites) == 1) for sites, members in found]
    return sorted(pools, key=lambda pool: pool.key)


def _demands(problem: DayProblem) -> Iterator[Demand]:
    for place, hearing in enumerate(problem.hearings):
        for number, seat in enumerate(hearing.seats):
            now = hearing.now
            if seat.suites:
                yield Demand(place, number, False, seat.suites, seat.today)
            if seat.booths:
                today = now.booths[number] if now is not None else None
                yield Demand(place, number, True, seat.booths, today)


def kept_while_left(problem: DayProblem, place: int) -> Iterator[tuple[int, int, int]]:
    """The suites and booths of a hearing that is left where it stands: room, first cell, length."""
    hearing = problem.hearings[place]
    now = hearing.now
    if now is None:
        return
    for number, suite in enumerate(now.suites):
        demand = Demand(place, number, False, {})
        for offset, length in demand.uses(problem, suite):
            yield suite, now.start + offset, length
    for number, booth in enumerate(now.booths):
        if booth is not None:
            for offset, length in Demand(place, number, True, {}).uses(problem, booth):
                yield booth, now.start + offset, length


def in_use(problem: DayProblem, demands: Sequence[Demand]) -> dict[int, int]:
    """The cells in which each room could serve anybody at all, by resource id."""
    found: dict[int, int] = {}
    for demand in demands:
        for room, starts in demand.rooms.items():
            for offset, length in demand.uses(problem, room):
                found[room] = found.get(room, 0) | _smeared(starts, length, offset)
    return found


def _smeared(starts: int, length: int, offset: int) -> int:
    """Every cell that a stretch from one of these starts covers."""
    bits = 0
    for start in each(starts):
        bits |= stretch(max(start + offset, 0), start + offset + length)
    return bits

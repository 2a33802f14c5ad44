"""Rooms that are alike for a while: what has to be told apart when the rooms of a pool are named.

Bookings that no plan moves, outages and closed hours leave each room some stretches of the day. In
the afternoon three suites may be as good as each other, and be counted, while in the morning one
of them is being mended: only who starts in the morning needs to be told in which one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_

from avl.domain.cells import each
from avl.domain.day_plan import DayProblem
from avl.jobs.day_pools import Demand, Pool, in_use

_DAY = 0
"""The only part of a day in which somebody keeps a room twice, for both conferences."""


@dataclass(frozen=True, slots=True)
class Window:
    """Rooms of one site in which the same people could be at the same times of a part of the day.

    Attributes:
        part: tells the parts of a day apart; nobody is in any room from one part to the next.
    """

    part: int
    rooms: frozenset[int]


class Windows:
    """The rooms of a pool in windows, each of as many rooms as are alike."""

    def __init__(
        self, problem: DayProblem, pool: Pool, *, kept: Collection[tuple[int, int]] = ()
    ) -> None:
        """Divide the day wherever no room of the pool could be in use.

        Args:
            kept: rooms, and cells in which somebody is in that very room, which is then like no
                other.
        """
        self._problem = problem
        self._parts: dict[int, int] = {}
        has_booths = any(demand.is_booth for demand in pool.demands)
        if not has_booths:
            self._divide(reduce(or_, in_use(problem, pool.demands).values(), 0))
        apart = {(self._parts.get(cell, _DAY), room) for room, cell in kept}
        looks: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for number, demand in enumerate(pool.demands):
            for room, starts in demand.rooms.items():
                for start in each(starts):
                    looks[self._part(demand, room, start), room][number] |= 1 << start
        alike: dict[object, set[int]] = defaultdict(set)
        for (part, room), look in looks.items():
            own = room if has_booths or (part, room) in apart else None
            after = problem.after.get(room, 0)
            alike[part, own, after, problem.site_of.get(room), tuple(look.items())].add(room)
        self._windows: dict[tuple[int, int], Window] = {}
        self._many: dict[int, int] = defaultdict(int)
        for (part, *_), rooms in alike.items():  # type: ignore[misc]
            self._many[part] += 1
            for room in rooms:
                self._windows[part, room] = Window(part, frozenset(rooms))

    def _divide(self, cells: int) -> None:
        part, last = _DAY, -1
        for cell in each(cells):
            part += cell > last + 1
            self._parts[cell] = part
            last = cell

    def _part(self, demand: Demand, room: int, start: int) -> int:
        uses = demand.uses(self._problem, room)
        return self._parts.get(max(start + uses[0][0], 0), _DAY) if uses else _DAY

    def serving(self, demand: Demand, start: int) -> list[Window]:
        """The windows in one of whose rooms a demand could be, the rooms liked best first."""
        found = {
            self._windows[self._part(demand, room, start), room]: None
            for room, starts in demand.rooms.items()
            if starts >> start & 1
        }
        return list(found)

    def at(self, room: int, cell: int) -> Window | None:
        """The window of a room at some time; None when it serves nobody then."""
        return self._windows.get((self._parts.get(cell, _DAY), room))

    def is_alike(self, part: int) -> bool:
        """Whether all rooms that serve anybody in a part of the day are alike."""
        return self._many[part] < 2

"""The variables of a day's model: where each hearing starts, or that it has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ortools.sat.python import cp_model

from avl.domain.cells import each
from avl.domain.day_list import DayList
from avl.domain.day_plan import Hearing

Literal = Any
"""A 0/1 variable of the solver, whose library carries no types."""

Option = tuple[int, int]
"""A start and a courtroom."""


class Sheet:
    """A day's hearings as variables.

    Attributes:
        options: by hearing, a variable for each start and courtroom.
        out: by place, the variable of a hearing that may be left out; it has none where every
            hearing is to be placed.
        left: of those, the ones that keep their rooms while they have no other place.
        seated: by hearing and seat, a variable for each start and suites that are alike then, where
            suites are named.
    """

    def __init__(self, day: DayList) -> None:
        """Begin with the choice of a start, and no rule.

        Args:
            day: a complete list; what it places, all lists of the model place if it places all.
        """
        self.problem = day.problem
        self.model = cp_model.CpModel()
        self.options: list[dict[Option, Literal]] = []
        self.out: dict[int, Literal] = {}
        self.left: dict[int, Literal] = {}
        self.seated: dict[tuple[int, int], dict[tuple[int, frozenset[int]], Literal]] = {}
        self._hinted: set[int] = set()
        may_leave_out = len(day.spots) < len(self.problem.hearings)
        for place, hearing in enumerate(self.problem.hearings):
            self._add(place, hearing, may_leave_out=may_leave_out and not hearing.is_standing)

    def _add(self, place: int, hearing: Hearing, *, may_leave_out: bool) -> None:
        starts = _served(hearing, self.problem.grid.whole)
        mine = {
            (start, room): self.model.new_bool_var("")
            for room, bits in hearing.courtrooms.items()
            for start in each(bits & starts)
        }
        self.options.append(mine)
        ways = list(mine.values())
        if may_leave_out:
            self.out[place] = out = self.model.new_bool_var("")
            ways.append(out)
            if hearing.now is not None:
                self.left[place] = out
        self.model.add_exactly_one(ways)

    def ways_of(self, place: int) -> Iterator[tuple[Option, Literal]]:
        """Every way a hearing keeps its rooms: each option, and being left where it stands."""
        yield from self.options[place].items()
        now = self.problem.hearings[place].now
        if place in self.left and now is not None:
            yield (now.start, now.courtroom), self.left[place]

    def by_start(self, place: int) -> dict[int, list[Literal]]:
        """A hearing's options by their start, whatever the courtroom."""
        found: dict[int, list[Literal]] = defaultdict(list)
        for (start, _), literal in self.options[place].items():
            found[start].append(literal)
        return found

    def at_most(self, many: int, literals: Sequence[Literal]) -> None:
        """Say that no more than so many of these are chosen."""
        if many == 1:
            self.model.add_at_most_one(literals)
        else:
            self.model.add(sum(literals) <= many)

    def at_most_one(self, cells: Mapping[Any, list[Literal]]) -> None:
        """Say that in each cell no more than one of these is chosen."""
        for _, literals in sorted(cells.items()):
            if len(literals) > 1:
                self.model.add_at_most_one(literals)

    @contextmanager
    def without(
        self, dear: Collection[int], *, keeps_hint: bool = True, most: int | None = None
    ) -> Iterator[None]:
        """Leave some variables out for a while.

        Args:
            most: look for no list that is worth more than this.
            keeps_hint: leave none out that the list takes that is hinted, so that there is one;
                without them it is no hint but a burden, and taken away.
        """
        if not keeps_hint:
            model: Any = self.model
            model.clear_hints()
        kept = self._hinted if keeps_hint else frozenset()
        gone = [self.model.proto.variables[number].domain for number in set(dear) - kept]
        for domain in gone:
            domain.clear()
            domain.extend((0, 0))
        worth = self.model.proto.objective.domain
        if most is not None:
            worth.extend((0, most))
        try:
            yield
        finally:
            worth.clear()
            for domain in gone:
                domain.clear()
                domain.extend((0, 1))

    def hint(self, day: DayList) -> None:
        """Tell the solver of a list that it may begin with."""
        self._hinted = set()
        for place, options in enumerate(self.options):
            spot = day.spots.get(place)
            here = None if spot is None else (spot.start, spot.courtroom)
            for option, literal in options.items():
                self.hint_one(literal, is_so=option == here)
            if place in self.out:
                self.hint_one(self.out[place], is_so=spot is None)
        for (place, seat), mine in self.seated.items():
            spot = day.spots.get(place)
            for (start, suites), literal in mine.items():
                is_there = spot is not None and spot.start == start and spot.suites[seat] in suites
                self.hint_one(literal, is_so=is_there)

    def hint_one(self, literal: Literal, *, is_so: bool) -> None:
        """Say what one variable is in that list."""
        self.model.add_hint(literal, is_so)
        if is_so:
            self._hinted.add(literal.index)

    def is_any_hinted(self, literals: Iterable[Literal]) -> bool:
        """Whether one of these is chosen in the list the solver begins with."""
        return any(literal.index in self._hinted for literal in literals)


def _served(hearing: Hearing, whole: int) -> int:
    """The starts at which every seat has a suite that could serve, and a room for counsel."""
    starts = whole
    for seat in hearing.seats:
        for rooms in (seat.suites, seat.booths):
            anywhere = 0
            for bits in rooms.values():
                anywhere |= bits
            # A seat without any suite is never served; one without a conference needs no booth.
            starts &= anywhere if rooms or rooms is seat.suites else whole
    return starts

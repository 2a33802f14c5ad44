"""The time-indexed model of a day's list, level by level of what a list costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import Any

from ortools.sat.python import cp_model

from avl.domain.cells import each
from avl.domain.day_list import DayList
from avl.domain.day_plan import (
    Group,
    GroupKind,
    Hearing,
    Member,
    counts_at,
    covered,
    own_cost,
)
from avl.domain.resources import GRID_MINUTES
from avl.jobs.day_suites import smeared, spot_at

Literal = Any
"""A 0/1 variable of the solver, whose library carries no types."""


class Stage(IntEnum):
    """The levels of a list's cost that are made best together, in this order.

    ``PLACING``: unplaced, then minutes from the wanted times, then moves, as one number with
    weights that no lower level can outweigh; apart, the first of them takes far longer to prove.
    """

    PLACING = 0
    WAITING = 1


class Model:
    """A day as the solver sees it: for each hearing, a variable for each start and courtroom."""

    def __init__(self, day: DayList, stage: Stage, named: Collection[int]) -> None:
        """Build the model of one stage; the levels before it may not get worse.

        Args:
            day: the list to begin with.
            named: sites at which each suite has variables of its own.
        """
        self.day, self.problem, self.stage = day, day.problem, stage
        self.model = cp_model.CpModel()
        self.options: list[dict[tuple[int, int], Literal]] = []
        self.left: dict[int, Literal] = {}
        self.out: dict[int, Literal] = {}
        self.seated: dict[tuple[int, int], dict[tuple[int, int], Literal]] = {}
        self._most_moved = 1 + sum(1 for one in self.problem.hearings if one.now is not None)
        self._outweighs = 1
        for place, hearing in enumerate(self.problem.hearings):
            self._add_options(place, hearing)
        self._rooms_and_people()
        for site_id, seats in sorted(self._seats().items()):
            (self._name if site_id in named else self._count)(site_id, seats)
        for number, group in enumerate(self.problem.groups):
            members = self._members_of(number)
            if group.kind is GroupKind.AT_MOST:
                self._at_most(group, members)
            elif group.kind is GroupKind.COUNSEL:
                self._counsel(members)
            else:
                self._apart(group, members)
        self._aim()

    def _add_options(self, place: int, hearing: Hearing) -> None:
        new = self.model.new_bool_var
        served = self.problem.grid.whole
        for seat in hearing.seats:
            anywhere = 0
            for bits in seat.suites.values():
                anywhere |= bits
            served &= anywhere
            if seat.booths:
                anywhere = 0
                for bits in seat.booths.values():
                    anywhere |= bits
                served &= anywhere
        mine = {
            (start, room): new("")
            for room, bits in hearing.courtrooms.items()
            for start in each(bits & served)
        }
        self.options.append(mine)
        if hearing.is_standing:
            self.model.add_exactly_one(list(mine.values()))
            return
        self.out[place] = out = new("")
        if hearing.now is not None:
            self.left[place] = out
        self.model.add_exactly_one([*mine.values(), out])

    def _at_most_one(self, cells: dict[Any, list[Literal]]) -> None:
        for _, literals in sorted(cells.items()):
            if len(literals) > 1:
                self.model.add_at_most_one(literals)

    def _rooms_and_people(self) -> None:
        """Each courtroom and each person is in one hearing at a time."""
        problem = self.problem
        cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
        busy = {person for person, places in problem.by_person().items() if len(places) > 1}
        for place, hearing in enumerate(problem.hearings):
            people = [seat.person for seat in hearing.seats if seat.person in busy]
            options = dict(self.options[place])
            if place in self.left and hearing.now is not None:
                options[hearing.now.start, hearing.now.courtroom] = self.left[place]
            for (start, room), literal in options.items():
                for cell in range(start, start + hearing.length + problem.after.get(room, 0)):
                    cells[room, cell].append(literal)
                first = start - hearing.pre
                for person in people:
                    for cell in range(first, first + hearing.span):
                        cells[person, cell].append(literal)
        self._at_most_one(cells)

    def _seats(self) -> dict[int, list[tuple[int, int]]]:
        """Seats by the site they are served at; those that could be at several are left out,
        which is made good when the suites are named."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for place, hearing in enumerate(self.problem.hearings):
            for number, seat in enumerate(hearing.seats):
                sites = {self.problem.site_of[suite] for suite in seat.suites}
                if len(sites) == 1:
                    found[sites.pop()].append((place, number))
        return found

    def _count(self, site_id: int, seats: Sequence[tuple[int, int]]) -> None:
        """No more people at once than there are suites in use: suites of a site are alike."""
        hearings, after = self.problem.hearings, self.problem.after
        in_use: dict[int, int] = {}
        cells: dict[int, list[Literal]] = defaultdict(list)
        for place, number in seats:
            hearing = hearings[place]
            suites = hearing.seats[number].suites
            length = hearing.span + min(after.get(suite, 0) for suite in suites)
            for suite, bits in suites.items():
                in_use[suite] = in_use.get(suite, 0) | smeared(bits, length, -hearing.pre)
            for (start, _), literal in self.options[place].items():
                for cell in range(start - hearing.pre, start - hearing.pre + length):
                    cells[cell].append(literal)
        for cell, literals in sorted(cells.items()):
            many = sum(1 for bits in in_use.values() if bits >> cell & 1)
            if many == 1:
                self.model.add_at_most_one(literals)
            elif len(literals) > many:
                self.model.add(sum(literals) <= many)

    def _name(self, site_id: int, seats: Sequence[tuple[int, int]]) -> None:
        """A variable for each start and suite, where counting them was not enough."""
        problem = self.problem
        cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
        for place, number in seats:
            hearing = problem.hearings[place]
            by_start: dict[int, list[Literal]] = defaultdict(list)
            for (start, _), literal in self.options[place].items():
                by_start[start].append(literal)
            mine: dict[tuple[int, int], Literal] = {}
            for start, literals in by_start.items():
                choices = []
                for suite, bits in hearing.seats[number].suites.items():
                    if bits >> start & 1:
                        mine[start, suite] = literal = self.model.new_bool_var("")
                        choices.append(literal)
                        length = hearing.span + problem.after.get(suite, 0)
                        for cell in range(start - hearing.pre, start - hearing.pre + length):
                            cells[suite, cell].append(literal)
                self.model.add(sum(choices) == sum(literals))
            self.seated[place, number] = mine
        for place, literal in self.left.items():
            hearing = problem.hearings[place]
            now = hearing.now
            for suite in now.suites if now else ():
                if now and problem.site_of.get(suite) == site_id:
                    length = hearing.span + problem.after.get(suite, 0)
                    for cell in range(now.start - hearing.pre, now.start - hearing.pre + length):
                        cells[suite, cell].append(literal)
        self._at_most_one(cells)

    def _members_of(self, number: int) -> list[tuple[int, Member]]:
        """A group's members that matter wherever their hearing is put; the others are judged
        when the list is laid."""
        found = []
        for place, hearing in enumerate(self.problem.hearings):
            for member in hearing.members:
                if member.group != number:
                    continue
                if member.seat is not None:
                    suites = hearing.seats[member.seat].suites
                    if {self.problem.site_of[suite] for suite in suites} != {member.site_id}:
                        continue
                found.append((place, member))
        return found

    def _cover(
        self, place: int, member: Member, *, without: tuple[int, int] | None = None
    ) -> dict[int, list[Literal]]:
        hearing = self.problem.hearings[place]
        cells: dict[int, list[Literal]] = defaultdict(list)
        for option, literal in self.options[place].items():
            if option != without:
                for cell in each(covered(self.problem, hearing, member, option[0])):
                    cells[cell].append(literal)
        return cells

    def _left_at(self, place: int, member: Member) -> int:
        """The cells a hearing takes up in a group while it is left where it stands."""
        hearing = self.problem.hearings[place]
        if place not in self.left or hearing.now is None:
            return 0
        if not counts_at(self.problem, member, hearing.now):
            return 0
        return covered(self.problem, hearing, member, hearing.now.start)

    def _at_most(self, group: Group, members: Sequence[tuple[int, Member]]) -> None:
        cells: dict[int, list[tuple[int, Literal]]] = defaultdict(list)
        most: dict[int, int] = defaultdict(int)
        left: dict[int, int] = defaultdict(int)
        for place, member in members:
            for cell, literals in self._cover(place, member).items():
                cells[cell] += [(member.side, literal) for literal in literals]
                most[cell] += member.side
            for cell in each(self._left_at(place, member)):
                cells[cell].append((member.side, self.left[place]))
                most[cell] += member.side
                left[cell] += member.side
        for cell, weighted in sorted(cells.items()):
            # Too many may stay where they stand already; nobody may join them.
            free = max(group.limit - group.base.get(cell, 0), left[cell])
            if most[cell] > free:
                self.model.add(sum(many * literal for many, literal in weighted) <= free)

    def _counsel(self, members: Sequence[tuple[int, Member]]) -> None:
        """Counsel's hearings never meet, but for those that stay as they stand today."""
        moving: dict[int, list[Literal]] = defaultdict(list)
        staying: list[tuple[int, Literal]] = []
        for place, member in members:
            hearing = self.problem.hearings[place]
            now = hearing.now
            stays = (now.start, now.courtroom) if now else None
            for cell, literals in self._cover(place, member, without=stays).items():
                moving[cell] += literals
            if now is None:
                continue
            cells = covered(self.problem, hearing, member, now.start)
            option = self.options[place].get((now.start, now.courtroom))
            found = (option, self.left.get(place))
            staying += [(cells, literal) for literal in found if literal is not None]
        for cell, literals in sorted(moving.items()):
            self.model.add_at_most_one(literals)
            for cells, literal in staying:
                if cells >> cell & 1:
                    self.model.add_at_most_one([*literals, literal])

    def _apart(self, group: Group, members: Sequence[tuple[int, Member]]) -> None:
        """Members of different sides never meet."""
        sides: dict[int, list[dict[int, list[Literal]]]] = defaultdict(list)
        left: dict[int, set[int]] = defaultdict(set)
        for place, member in members:
            cells = self._cover(place, member)
            for cell in each(self._left_at(place, member)):
                left[cell].add(member.side)
            barred = 0
            for side, bits in group.fixed:
                barred |= bits if side != member.side else 0
            for cell in each(barred):
                for literal in cells.get(cell, ()):
                    self.model.add(literal == 0)
            sides[member.side].append(cells)
        for place, member in members:
            # Those of different sides that meet where they stand may stay: nobody may join them,
            # which is judged when the list is laid.
            mine = {
                cell: [self.left[place]]
                for cell in each(self._left_at(place, member))
                if len(left[cell]) == 1
            }
            if mine:
                sides[member.side].append(mine)
        for cell in sorted({cell for parts in sides.values() for part in parts for cell in part}):
            self._meet_not(
                [[part[cell] for part in parts if cell in part] for parts in sides.values()]
            )

    def _meet_not(self, sides: Sequence[Sequence[Sequence[Literal]]]) -> None:
        present = [parts for parts in sides if parts]
        if len(present) < 2:
            return
        if all(len(parts) == 1 for parts in present):
            self.model.add_at_most_one([one for parts in present for part in parts for one in part])
            return
        turns = [self.model.new_bool_var("") for _ in present]
        self.model.add_at_most_one(turns)
        for turn, parts in zip(turns, present, strict=True):
            for part in parts:
                self.model.add(sum(part) <= turn)

    def _aim(self) -> None:
        out: list[Any] = [
            self.problem.hearings[place].priority * literal for place, literal in self.out.items()
        ]
        when = []
        for place, hearing in enumerate(self.problem.hearings):
            most = 0
            for option, literal in self.options[place].items():
                if weight := self._weight(hearing, *option):
                    most = max(most, weight)
                    when.append(weight * literal)
            self._outweighs += most
        if self.stage is Stage.PLACING:
            self.model.minimize(self._outweighs * sum(out) + sum(when))
        else:
            cost = self.day.cost()
            if out:
                self.model.add(sum(out) <= cost.unplaced)
            self.model.add(sum(when) <= self._together(cost.off, cost.moved))
            self.model.minimize(self._waiting())
        self._hint()

    def _together(self, off: int, moved: int) -> int:
        return off // GRID_MINUTES * self._most_moved + moved

    def _weight(self, hearing: Hearing, start: int, room: int) -> int:
        _, off, moved, _ = own_cost(hearing, spot_at(hearing, start, room))
        return self._together(off, moved)

    def _waiting(self) -> Any:
        """Minutes between people's own legs: from the first to the last, without the legs."""
        total: Any = 0
        size = self.problem.grid.size
        for person, places in sorted(self.problem.by_person().items()):
            first = self.model.new_int_var(0, size, "")
            last = self.model.new_int_var(0, size, "")
            spans: Any = 0
            for begin, end in self.problem.elsewhere.get(person, ()):
                self.model.add(first <= begin)
                self.model.add(last >= end)
                spans += end - begin
            self.model.add(last >= first)
            for place in places:
                hearing = self.problem.hearings[place]
                for start, literals in self._by_start(place).items():
                    is_then = sum(literals)
                    begin = start - hearing.pre
                    self.model.add(first <= begin + size * (1 - is_then))
                    self.model.add(last >= (begin + hearing.span) * is_then)
                    spans += hearing.span * is_then
            total += last - first - spans
        return total

    def _by_start(self, place: int) -> dict[int, list[Literal]]:
        found: dict[int, list[Literal]] = defaultdict(list)
        for (start, _), literal in self.options[place].items():
            found[start].append(literal)
        return found

    def _hint(self) -> None:
        for place, options in enumerate(self.options):
            spot = self.day.spots.get(place)
            for option, literal in options.items():
                is_here = spot is not None and option == (spot.start, spot.courtroom)
                self.model.add_hint(literal, is_here)
            if place in self.out:
                self.model.add_hint(self.out[place], spot is None)

    def bound_of(self, value: float) -> tuple[int, ...]:
        """A bound of the stage's objective, level by level."""
        least = max(0, int(-(-(value - 1e-6) // 1)))
        if self.stage is Stage.PLACING:
            unplaced, when = divmod(least, self._outweighs)
            off, moved = divmod(when, self._most_moved)
            return (unplaced, off * GRID_MINUTES, moved)
        return (least * GRID_MINUTES,)

    def chosen(self, values: Sequence[int]) -> dict[int, tuple[int, int]]:
        """The start and courtroom of every hearing the solver has placed."""
        return {
            place: option
            for place, options in enumerate(self.options)
            for option, literal in options.items()
            if values[literal.index]
        }

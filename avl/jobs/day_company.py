"""The rules between a day's hearings in the solver's model: every `Group` of the problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from avl.domain.cells import each
from avl.domain.day_plan import Group, GroupKind, Member, counts_at, covered
from avl.jobs.day_sheet import Literal, Option, Sheet

Cells = dict[int, list[Literal]]


class Company:
    """Lays the groups into a sheet whose rooms are laid."""

    def __init__(self, sheet: Sheet) -> None:
        """Add every group."""
        self.sheet = sheet
        self.problem = sheet.problem
        self.turns: list[tuple[Literal, list[Literal]]] = []
        for number, group in enumerate(self.problem.groups):
            members = [
                (place, member)
                for place, hearing in enumerate(self.problem.hearings)
                for member in hearing.members
                if member.group == number
            ]
            if group.kind is GroupKind.AT_MOST:
                self._at_most(group, members)
            elif group.kind is GroupKind.COUNSEL:
                self._counsel(members)
            else:
                self._apart(group, members)

    def hint(self) -> None:
        """Say whose turn it is in the list the solver begins with."""
        for turn, literals in self.turns:
            self.sheet.hint_one(turn, is_so=self.sheet.is_any_hinted(literals))

    def _starts(self, place: int, member: Member) -> Iterator[tuple[Option, Literal]]:
        """The starts, as options, at which a member matters, with what chooses them."""
        hearing = self.problem.hearings[place]
        if member.seat is None:
            yield from self.sheet.options[place].items()
            return
        suites = hearing.seats[member.seat].suites
        sites = {self.problem.site_of[suite] for suite in suites}
        if sites == {member.site_id}:
            yield from self.sheet.options[place].items()
        elif member.site_id in sites:
            # Somebody who could be at several sites has a variable for each prison's suites.
            for (start, alike), literal in self.sheet.seated[place, member.seat].items():
                if self.problem.site_of[min(alike)] == member.site_id:
                    yield (start, min(alike)), literal

    def _cover(self, place: int, member: Member, *, without: Option | None = None) -> Cells:
        hearing = self.problem.hearings[place]
        cells: Cells = defaultdict(list)
        for option, literal in self._starts(place, member):
            if option != without:
                for cell in each(covered(self.problem, hearing, member, option[0])):
                    cells[cell].append(literal)
        return cells

    def _left_at(self, place: int, member: Member) -> int:
        """The cells a hearing takes up in a group while it is left where it stands."""
        hearing = self.problem.hearings[place]
        if place not in self.sheet.left or hearing.now is None:
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
                cells[cell].append((member.side, self.sheet.left[place]))
                most[cell] += member.side
                left[cell] += member.side
        for cell, weighted in sorted(cells.items()):
            # Too many may stay where they stand already; nobody may join them.
            free = max(group.limit - group.base.get(cell, 0), left[cell])
            if most[cell] > free:
                self.sheet.model.add(sum(many * literal for many, literal in weighted) <= free)

    def _counsel(self, members: Sequence[tuple[int, Member]]) -> None:
        """Counsel's hearings never meet, but for those that stay as they stand today."""
        moving: Cells = defaultdict(list)
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
            option = self.sheet.options[place].get((now.start, now.courtroom))
            found = (option, self.sheet.left.get(place))
            staying += [(cells, literal) for literal in found if literal is not None]
        for cell, literals in sorted(moving.items()):
            self.sheet.model.add_at_most_one(literals)
            for cells, literal in staying:
                if cells >> cell & 1:
                    self.sheet.model.add_at_most_one([*literals, literal])

    def _apart(self, group: Group, members: Sequence[tuple[int, Member]]) -> None:
        """Members of different sides never meet."""
        sides: dict[int, list[Cells]] = defaultdict(list)
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
                    self.sheet.model.add(literal == 0)
            sides[member.side].append(cells)
        for place, member in members:
            # Those of different sides that meet where they stand may stay: nobody may join them,
            # which is judged when the list is laid.
            mine = {
                cell: [self.sheet.left[place]]
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
        model = self.sheet.model
        if all(len(parts) == 1 for parts in present):
            model.add_at_most_one([one for parts in present for part in parts for one in part])
            return
        turns = [model.new_bool_var("") for _ in present]
        model.add_at_most_one(turns)
        for turn, parts in zip(turns, present, strict=True):
            self.turns.append((turn, [one for part in parts for one in part]))
            for part in parts:
                model.add(sum(part) <= turn)

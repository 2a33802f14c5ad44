"""The time-indexed model of a day's list, level by level of what a list costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from functools import reduce
from math import ceil, gcd
from typing import Any

from avl.domain.day_list import DayList
from avl.domain.day_plan import Hearing, spans_of
from avl.domain.resources import GRID_MINUTES
from avl.jobs.day_company import Company
from avl.jobs.day_rooms import lay_rooms, name_rooms
from avl.jobs.day_rows import ROUNDING, Row
from avl.jobs.day_sheet import Option, Sheet


class Stage(IntEnum):
    """The levels of a list's cost in the order in which they are made best.

    ``PLACING``: unplaced, then minutes from the wanted times, then how many are moved, as one
    number: apart, each of them takes far longer to prove. What few can be moved where the minutes
    are as few as can be shows only to whoever looks at the minutes. ``WAITING``: minutes between
    people's own legs.
    """

    PLACING = 0
    WAITING = 1


class Model:
    """A day as the solver sees it: for each hearing, a variable for each start and courtroom.

    Attributes:
        cell: what one cell from a wanted start weighs in placing: more than all who can be moved.
    """

    def __init__(self, day: DayList) -> None:
        """Lay every rule; nothing is aimed at yet.

        Args:
            day: the list to begin with.
        """
        self.problem = day.problem
        self.sheet = Sheet(day)
        self.stage = Stage.PLACING
        lay_rooms(self.sheet)
        self._company = Company(self.sheet)
        self._holds = False
        priorities = [self.problem.hearings[place].priority for place in self.sheet.out]
        self._unit = reduce(gcd, priorities, 0) or 1
        self._outweighs = 1 + sum(
            max((_off(hearing, option) for option in options), default=0)
            for hearing, options in zip(self.problem.hearings, self.sheet.options, strict=True)
        )
        self.cell = 1 + sum(hearing.now is not None for hearing in self.problem.hearings)

    def aim(self, stage: Stage, day: DayList) -> None:
        """Aim at one stage's levels, while those before it may get no worse than in a list."""
        self.stage = stage
        model, cost = self.sheet.model, day.cost()
        out, off, moved = self._out(), self._sum(_off), self._sum(_moved)
        self.hint(day)
        if stage is Stage.PLACING:
            cells = self._outweighs * out + off if self.sheet.out else off
            model.minimize(self.cell * cells + moved)
            return
        if not self._holds:
            model.add(out <= cost.unplaced // self._unit)
            model.add(off <= cost.off // GRID_MINUTES)
            model.add(moved <= cost.moved)
            self._holds = True
        model.minimize(self._waiting(day))

    def name(self, pools: Collection[int], day: DayList, *, without: Collection[int]) -> None:
        """Give the rooms of some pools variables of their own (see `name_rooms`)."""
        name_rooms(self.sheet, pools, without=without)
        self.hint(day)

    def cut(self, cliques: Iterable[Row]) -> None:
        """Add cliques of the relaxation, which the solver would take long to find."""
        model = self.sheet.model
        for row in cliques:
            model.add_at_most_one(model.get_bool_var_from_proto_index(one) for one in row.weights)

    def hint(self, day: DayList) -> None:
        """Tell the solver which list it may begin with."""
        model: Any = self.sheet.model
        model.clear_hints()
        self.sheet.hint(day)
        self._company.hint()

    def _out(self) -> Any:
        return sum(
            self.problem.hearings[place].priority // self._unit * literal
            for place, literal in self.sheet.out.items()
        )

    def _sum(self, weight_of: Any) -> Any:
        """What all options that are chosen weigh."""
        return sum(
            weight * literal
            for hearing, options in zip(self.problem.hearings, self.sheet.options, strict=True)
            for option, literal in options.items()
            if (weight := weight_of(hearing, option))
        )

    def _waiting(self, day: DayList) -> Any:
        """Cells between people's own legs: from the first to the last, without the legs."""
        total: Any = 0
        size, model = self.problem.grid.size, self.sheet.model
        for person, places in sorted(self.problem.by_person().items()):
            first = model.new_int_var(0, size, "")
            last = model.new_int_var(0, size, "")
            hinted = spans_of(self.problem, person, places, day.spots)
            model.add_hint(first, min((begin for begin, _ in hinted), default=0))
            model.add_hint(last, max((end for _, end in hinted), default=0))
            spans: Any = 0
            for begin, end in self.problem.elsewhere.get(person, ()):
                model.add(first <= begin)
                model.add(last >= end)
                spans += end - begin
            model.add(last >= first)
            for place in places:
                hearing = self.problem.hearings[place]
                for start, literals in self.sheet.by_start(place).items():
                    is_then = sum(literals)
                    begin = start - hearing.pre
                    model.add(first <= begin + size * (1 - is_then))
                    model.add(last >= (begin + hearing.span) * is_then)
                    spans += hearing.span * is_then
            total += last - first - spans
        return total

    def value_of(self, day: DayList) -> int:
        """What a list is worth in the stage that is aimed at."""
        cost = day.cost()
        if self.stage is Stage.PLACING:
            cells = self._outweighs * (cost.unplaced // self._unit) + cost.off // GRID_MINUTES
            return self.cell * cells + cost.moved
        return day.waiting() // GRID_MINUTES

    def bound_of(self, value: float) -> tuple[int, ...]:
        """A bound of the stage's objective, level by level."""
        least = max(0, ceil(value - ROUNDING))
        if self.stage is Stage.PLACING:
            cells, moved = divmod(least, self.cell)
            unplaced, off = divmod(cells, self._outweighs)
            return (unplaced * self._unit, off * GRID_MINUTES, moved)
        return (least * GRID_MINUTES,)

    def chosen(self, values: Sequence[int]) -> dict[int, Option]:
        """The start and courtroom of every hearing the solver has placed."""
        return {
            place: option
            for place, options in enumerate(self.sheet.options)
            for option, literal in options.items()
            if values[literal.index]
        }


def _off(hearing: Hearing, option: Option) -> int:
    """Cells from the wanted start."""
    return abs(option[0] - hearing.wanted)


def _moved(hearing: Hearing, option: Option) -> int:
    """Whether a published hearing would be at another time or in another courtroom."""
    now = hearing.now
    return int(now is not None and (now.start, now.courtroom) != option)

"""No room is given twice: courtrooms and people one by one, suites counted or named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_

from avl.jobs.day_pools import Demand, Pool, in_use, kept_while_left, pools_of
from avl.jobs.day_sheet import Literal, Sheet


def lay_rooms(sheet: Sheet) -> None:
    """Add what keeps rooms and people from being in two hearings at once."""
    _courtrooms_and_people(sheet)
    for pool in pools_of(sheet.problem):
        if pool.is_alike:
            _count(sheet, pool)
        else:
            _name(sheet, pool, without=())


def name_rooms(sheet: Sheet, pools: Collection[int], *, without: Collection[int]) -> None:
    """Give the rooms of some pools variables of their own, because counting was not enough.

    Args:
        without: variables that no list takes that matters, so that they need no room.
    """
    for pool in pools_of(sheet.problem):
        if pool.key in pools:
            _name(sheet, pool, without=without)


def _courtrooms_and_people(sheet: Sheet) -> None:
    problem = sheet.problem
    cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
    busy = {person for person, places in problem.by_person().items() if len(places) > 1}
    for place, hearing in enumerate(problem.hearings):
        people = [seat.person for seat in hearing.seats if seat.person in busy]
        for (start, room), literal in sheet.ways_of(place):
            for cell in range(start, start + hearing.length + problem.after.get(room, 0)):
                cells[room, cell].append(literal)
            first = start - hearing.pre
            for person in people:
                for cell in range(first, first + hearing.span):
                    cells[person, cell].append(literal)
    sheet.at_most_one(cells)


def _count(sheet: Sheet, pool: Pool) -> None:
    """In no cell are there more than there are rooms for them: the rooms of one site are alike.

    Not quite alike, where some are taken for part of the day: those who could only be in one of
    a few rooms are counted against these few too.
    """
    problem = sheet.problem
    numbers = {room: number for number, room in enumerate(sorted(pool.rooms))}
    cells: dict[int, dict[int, list[Literal]]] = defaultdict(lambda: defaultdict(list))
    for demand in pool.demands:
        # Each is counted for as long as the room is kept that is kept for the shortest time.
        shortest = min(demand.rooms, key=lambda room: problem.after.get(room, 0))
        uses = demand.uses(problem, shortest)
        for (start, _), literal in sheet.options[demand.place].items():
            could = sum(
                1 << numbers[room] for room, bits in demand.rooms.items() if bits >> start & 1
            )
            for offset, length in uses:
                for cell in range(start + offset, start + offset + length):
                    cells[cell][could].append(literal)
    in_cell = in_use(problem, pool.demands)
    for place, literal in sheet.left.items():
        for room, first, length in kept_while_left(problem, place):
            for cell in range(first, first + length):
                if in_cell.get(room, 0) >> max(cell, 0) & 1:
                    cells[cell][1 << numbers[room]].append(literal)
    _share(sheet, cells)


def _share(sheet: Sheet, cells: Mapping[int, Mapping[int, list[Literal]]]) -> None:
    """No more than there are rooms, of those who could only be in certain rooms.

    Args:
        cells: by cell, and by the rooms as bits, whoever could be in these rooms only.
    """
    laid = set()
    for _, by_rooms in sorted(cells.items()):
        everywhere = reduce(or_, by_rooms)
        unions = {first | second for first in by_rooms for second in by_rooms}
        for rooms in sorted(unions | {everywhere}):
            literals = [
                one for these, many in by_rooms.items() if not these & ~rooms for one in many
            ]
            key = rooms.bit_count(), frozenset(one.index for one in literals)
            if len(literals) <= rooms.bit_count() or key in laid:
                continue
            laid.add(key)
            if rooms.bit_count() == 1:
                sheet.model.add_at_most_one(literals)
            else:
                sheet.model.add(sum(literals) <= rooms.bit_count())


def _name(sheet: Sheet, pool: Pool, *, without: Collection[int]) -> None:
    """A variable for each start and room."""
    problem = sheet.problem
    cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
    for demand in pool.demands:
        mine = _choices(sheet, demand, without)
        for (start, room), literal in mine.items():
            for offset, length in demand.uses(problem, room):
                for cell in range(start + offset, start + offset + length):
                    cells[room, cell].append(literal)
        if not demand.is_booth:
            sheet.seated[demand.place, demand.seat] = mine
    rooms = pool.rooms
    for place, literal in sheet.left.items():
        for room, first, length in kept_while_left(problem, place):
            for cell in range(first, first + length) if room in rooms else ():
                cells[room, cell].append(literal)
    sheet.at_most_one(cells)


def _choices(
    sheet: Sheet, demand: Demand, without: Collection[int]
) -> dict[tuple[int, int], Literal]:
    """A variable for each start and room of one demand, of which the start's is chosen."""
    mine = {}
    for start, options in sheet.by_start(demand.place).items():
        literals = [literal for literal in options if literal.index not in without]
        if not literals:
            continue
        choices = []
        for room, bits in demand.rooms.items():
            if bits >> start & 1:
                mine[start, room] = literal = sheet.model.new_bool_var("")
                choices.append(literal)
        sheet.model.add(sum(choices) == sum(literals))
    return mine

"""No room is given twice: courtrooms and people one by one, suites counted or named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from avl.jobs.day_pools import Demand, Pool, in_use, kept_while_left, pools_of
from avl.jobs.day_sheet import Literal, Sheet


def lay_rooms(sheet: Sheet, named: Collection[int]) -> None:
    """Add what keeps rooms and people from being in two hearings at once.

    Args:
        named: pools whose rooms have variables of their own, because counting was not enough.
    """
    _courtrooms_and_people(sheet)
    for pool in pools_of(sheet.problem):
        if pool.is_alike and pool.key not in named:
            _count(sheet, pool)
        else:
            _name(sheet, pool)


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
    """No more at once than there are rooms in use: the rooms of one site are alike."""
    problem = sheet.problem
    rooms = in_use(problem, pool.demands)
    cells: dict[int, list[Literal]] = defaultdict(list)
    for demand in pool.demands:
        # Each is counted for as long as the room is kept that is kept for the shortest time.
        shortest = min(demand.rooms, key=lambda room: problem.after.get(room, 0))
        for (start, _), literal in sheet.options[demand.place].items():
            for offset, length in demand.uses(problem, shortest):
                for cell in range(start + offset, start + offset + length):
                    cells[cell].append(literal)
    for place, literal in sheet.left.items():
        for room, first, length in kept_while_left(problem, place):
            for cell in range(first, first + length):
                if rooms.get(room, 0) >> max(cell, 0) & 1:
                    cells[cell].append(literal)
    for cell, literals in sorted(cells.items()):
        many = sum(1 for bits in rooms.values() if bits >> max(cell, 0) & 1)
        if many == 1:
            sheet.model.add_at_most_one(literals)
        elif len(literals) > many:
            sheet.model.add(sum(literals) <= many)


def _name(sheet: Sheet, pool: Pool) -> None:
    """A variable for each start and room."""
    problem = sheet.problem
    cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
    for demand in pool.demands:
        mine = _choices(sheet, demand)
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


def _choices(sheet: Sheet, demand: Demand) -> dict[tuple[int, int], Literal]:
    """A variable for each start and room of one demand, of which the start's is chosen."""
    mine = {}
    for start, literals in sheet.by_start(demand.place).items():
        choices = []
        for room, bits in demand.rooms.items():
            if bits >> start & 1:
                mine[start, room] = literal = sheet.model.new_bool_var("")
                choices.append(literal)
        sheet.model.add(sum(choices) == sum(literals))
    return mine

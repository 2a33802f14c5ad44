"""No room is given twice: courtrooms and people one by one, suites counted or named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_

from avl.jobs.day_pools import Demand, Pool, in_use, kept_while_left, pools_of
from avl.jobs.day_sheet import Literal, Sheet
from avl.jobs.day_windows import Window, Windows


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
            sheet.at_most(rooms.bit_count(), literals)


def _name(sheet: Sheet, pool: Pool, *, without: Collection[int]) -> None:
    """A variable for each start and window, where there is more than one to choose from."""
    problem = sheet.problem
    kept = [
        (room, max(cell, 0), literal)
        for place, literal in sheet.left.items()
        for room, first, length in kept_while_left(problem, place)
        if room in pool.rooms
        for cell in range(first, first + length)
    ]
    # Whoever is left where they stand is in that very room.
    windows = Windows(problem, pool, kept={(room, cell) for room, cell, _ in kept})
    cells: dict[tuple[int, Window], list[Literal]] = defaultdict(list)
    for demand in pool.demands:
        choices = _choices(sheet, demand, windows, without, is_alike=pool.is_alike)
        for (start, window), literals in choices.items():
            for offset, length in demand.uses(problem, min(window.rooms)):
                for cell in range(start + offset, start + offset + length):
                    cells[max(cell, 0), window] += literals
    for room, cell, literal in kept:
        here = windows.at(room, cell)
        if here is not None:
            cells[cell, here].append(literal)
    laid = set()
    for (_, window), literals in cells.items():
        many = len(window.rooms)
        key = many, frozenset(one.index for one in literals)
        if len(literals) > many and key not in laid:
            laid.add(key)
            sheet.at_most(many, literals)


def _choices(
    sheet: Sheet, demand: Demand, windows: Windows, without: Collection[int], *, is_alike: bool
) -> dict[tuple[int, Window], list[Literal]]:
    """For each start and window of one demand, what says that it is there and then.

    Args:
        is_alike: where there is but one window, the start's own variables say so, and where the
            rooms of a part of the day can be counted, nothing needs to.
    """
    found: dict[tuple[int, Window], list[Literal]] = {}
    seated = {}
    for start, options in sheet.by_start(demand.place).items():
        literals = [literal for literal in options if literal.index not in without]
        serving = windows.serving(demand, start)
        if not literals or (is_alike and windows.is_alike(serving[0].part)):
            continue
        if is_alike and len(serving) == 1:
            found[start, serving[0]] = literals
            continue
        choices = []
        for window in serving:
            seated[start, window.rooms] = literal = sheet.model.new_bool_var("")
            found[start, window] = [literal]
            choices.append(literal)
        sheet.model.add(sum(choices) == sum(literals))
    if not demand.is_booth:
        sheet.seated[demand.place, demand.seat] = seated
    return found

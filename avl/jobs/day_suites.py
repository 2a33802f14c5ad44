"""Naming the suites of a list whose times the solver has chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ortools.sat.python import cp_model

from avl.domain.cells import each, stretch
from avl.domain.day_list import DayList
from avl.domain.day_plan import Hearing, Spot

Literal = Any


def name_suites(
    day: DayList, chosen: dict[int, tuple[int, int]]
) -> tuple[dict[int, Spot], set[int]]:
    """Give everybody a suite of their own at the times the solver has chosen.

    Today's suite is kept wherever it can be.

    Returns:
        The list, and the sites at which there is no way to share out the suites.
    """
    problem = day.problem
    by_site: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place in chosen:
        for number, seat in enumerate(problem.hearings[place].seats):
            sites = {problem.site_of[suite] for suite in seat.suites}
            by_site[min(sites)].append((place, number))
    given: dict[tuple[int, int], int] = {}
    failed = set()
    for site_id, seats in sorted(by_site.items()):
        found = _share(day, chosen, seats)
        if found is None:
            failed.add(site_id)
        else:
            given.update(found)
    spots = {}
    for place, (start, room) in chosen.items():
        seats_of = problem.hearings[place].seats
        suites = [given.get((place, number)) for number in range(len(seats_of))]
        if all(suite is not None for suite in suites):
            booths = tuple(next(iter(seat.booths), None) for seat in seats_of)
            named = tuple(suite for suite in suites if suite is not None)
            spots[place] = Spot(start, room, named, booths)
    return spots, failed


def _share(
    day: DayList, chosen: dict[int, tuple[int, int]], seats: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], int] | None:
    problem = day.problem
    model = cp_model.CpModel()
    cells: dict[tuple[int, int], list[Literal]] = defaultdict(list)
    choices: dict[tuple[int, int, int], Literal] = {}
    changes = []
    for place, number in seats:
        hearing = problem.hearings[place]
        seat, start = hearing.seats[number], chosen[place][0]
        mine = []
        for suite, bits in seat.suites.items():
            if not bits >> start & 1:
                continue
            choices[place, number, suite] = literal = model.new_bool_var("")
            mine.append(literal)
            if seat.today not in (None, suite):
                changes.append(literal)
            length = hearing.span + problem.after.get(suite, 0)
            for cell in range(start - hearing.pre, start - hearing.pre + length):
                cells[suite, cell].append(literal)
        model.add_exactly_one(mine)
    for (suite, cell), literals in cells.items():
        if _is_left_in(day, chosen, suite, cell):
            for literal in literals:
                model.add(literal == 0)
        elif len(literals) > 1:
            model.add_at_most_one(literals)
    model.minimize(sum(changes))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 2.0
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {
        (place, number): suite
        for (place, number, suite), literal in choices.items()
        if solver.boolean_value(literal)
    }


def _is_left_in(day: DayList, chosen: dict[int, tuple[int, int]], suite: int, cell: int) -> bool:
    """Whether a hearing that stays where it cannot stay keeps this suite in this cell."""
    for place in day.left:
        hearing = day.problem.hearings[place]
        now = hearing.now
        if place not in chosen and now is not None and suite in now.suites:
            first = now.start - hearing.pre
            if first <= cell < first + hearing.span + day.problem.after.get(suite, 0):
                return True
    return False


def spot_at(hearing: Hearing, start: int, room: int) -> Spot:
    """A spot that costs no change of suite."""
    suites = tuple(seat.today or next(iter(seat.suites), 0) for seat in hearing.seats)
    return Spot(start, room, suites, tuple(None for _ in hearing.seats))


def smeared(starts: int, length: int, offset: int) -> int:
    """Every cell that a stretch from one of these starts covers."""
    bits = 0
    for start in each(starts):
        bits |= stretch(max(start + offset, 0), start + offset + length)
    return bits

"""The obvious model of a day, for comparison: one optional interval for each hearing and suite."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ortools.sat.python import cp_model

from avl.domain.cells import each
from avl.domain.day_list import DayList
from avl.domain.day_plan import DayProblem, Spot, Spots


def solve_plain(problem: DayProblem, first: DayList, seconds: float) -> Spots:
    """The best list it finds in time; the rules of company are left out, which only helps it."""
    model = cp_model.CpModel()
    lanes: dict[int, list[Any]] = defaultdict(list)
    starts, chosen, cost = {}, {}, []
    for place, hearing in enumerate(problem.hearings):
        allowed = 0
        for bits in hearing.courtrooms.values():
            allowed |= bits
        if not allowed:
            continue
        domain = cp_model.Domain.from_values(list(each(allowed)))
        start = starts[place] = model.new_int_var_from_domain(domain, "")
        is_placed = model.new_constant(1) if hearing.is_standing else model.new_bool_var("")
        room = next(iter(hearing.courtrooms))
        _add(model, lanes[room], start, 0, hearing.length, is_placed)
        for number, seat in enumerate(hearing.seats):
            _add(model, lanes[seat.person], start, -hearing.pre, hearing.span, is_placed)
            ways = []
            for suite in seat.suites:
                here = model.new_bool_var("")
                length = hearing.span + problem.after.get(suite, 0)
                _add(model, lanes[suite], start, -hearing.pre, length, here)
                ways.append(here)
                chosen[place, number, suite] = here
            model.add(sum(ways) == is_placed)
        off = model.new_int_var(0, problem.grid.size, "")
        model.add_abs_equality(off, start - hearing.wanted)
        cost += [off, 100_000 * hearing.priority * (1 - is_placed)]
    for lane in lanes.values():
        model.add_no_overlap(lane)
    model.minimize(sum(cost))
    for place, start in starts.items():
        if place in first.spots:
            model.add_hint(start, first.spots[place].start)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}
    suites: dict[int, dict[int, int]] = defaultdict(dict)
    for (place, number, suite), here in chosen.items():
        if solver.boolean_value(here):
            suites[place][number] = suite
    return {
        place: Spot(
            solver.value(starts[place]),
            next(iter(problem.hearings[place].courtrooms)),
            tuple(seats[number] for number in sorted(seats)),
            (None,) * len(seats),
        )
        for place, seats in suites.items()
    }


def _add(model: Any, lane: list[Any], start: Any, offset: int, length: int, here: Any) -> None:
    first = start + offset
    lane.append(model.new_optional_fixed_size_interval_var(first, length, here, ""))

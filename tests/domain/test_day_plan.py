"""A day's list against an oracle that tries everything, and one test for each rule it keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from avl.domain.calendars import Break
from avl.domain.day_build import Listed, build_day, judge_day, wish_of_booking
from avl.domain.day_list import DayList
from avl.domain.day_search import first_fit, improve, list_of
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.wish import WishSeat
from avl.domain.world import (
    Apart,
    Busy,
    OutOfUse,
    Permit,
    PersonFacts,
    ResourceFacts,
    StayFact,
    World,
)
from avl.jobs.day_solver import Solved, Watch, solve
from tests.domain.day_worlds import (
    AROHATA,
    COUNSEL,
    COURT,
    DAY,
    FIRST_PERSON,
    FIRST_PORT,
    OPENS,
    RIMUTAKA,
    ROOMS,
    STEP,
    Case,
    best_cost,
    best_of,
    draw,
    sitting_in,
    ways,
    wish,
    with_ports,
    world,
)

BOTH = {FIRST_PERSON: RIMUTAKA, FIRST_PERSON + 1: RIMUTAKA}


def as_tuple(day: DayList) -> tuple[int, int, int, int]:
    cost = day.cost()
    return cost.unplaced, cost.off, cost.moved, cost.unrest


def is_kept(case: Case, day: DayList) -> bool:
    """Whether every hearing of a list may be booked where it is put."""
    verdicts = judge_day(day.problem, day.spots, case.world)
    return all(verdict.is_possible for verdict in verdicts.values())


def solved(day: DayList) -> Solved:
    return solve(day, Watch(20.0))


# In 203 two people of one hearing must not meet at the site that both are at.
@pytest.mark.parametrize("seed", [*range(24), 203])
def test_search_never_breaks_a_rule_and_never_beats_the_best(seed):
    case = draw(seed)
    problem = build_day(case.listed, case.world, DAY, step=STEP)

    first = first_fit(problem)
    better = improve(first, seed=1, rounds=150)

    assert is_kept(case, first)
    assert is_kept(case, better)
    assert best_of(seed) <= as_tuple(better) <= as_tuple(first)


@pytest.mark.parametrize("seed", range(6, 22))
def test_solver_finds_the_best_and_proves_no_more_than_is_true(seed):
    case = draw(seed)
    problem = build_day(case.listed, case.world, DAY, step=STEP)

    found = solved(improve(first_fit(problem), seed=1, rounds=60))

    best = best_of(seed)
    assert is_kept(case, found.day)
    assert as_tuple(found.day)[:3] == best[:3]
    bound = found.bound
    assert (bound.unplaced, bound.off, bound.moved, bound.unrest) <= best
    assert found.proven >= 3


def test_search_is_the_same_for_the_same_seed():
    case = draw(3)
    problem = build_day(case.listed, case.world, DAY, step=STEP)

    lists = [improve(first_fit(problem), seed=7, rounds=40).spots for _ in range(2)]

    assert lists[0] == lists[1]


def test_list_of_lays_again_what_was_found():
    case = draw(5)
    problem = build_day(case.listed, case.world, DAY, step=STEP)
    day = improve(first_fit(problem), seed=1, rounds=50)

    assert list_of(problem, day.spots).spots == day.spots


def test_hearing_never_runs_on_from_one_sitting_into_the_next():
    cut = OPENS + timedelta(minutes=20)
    parts = Interval(OPENS, cut), Interval(cut, cut + timedelta(minutes=30))
    there = sitting_in(world(BOTH), ROOMS[0], *parts)
    listed = (wish(0, slot=1, minutes=20),)

    problem = build_day(listed, there, DAY, step=STEP)

    assert as_tuple(first_fit(problem)) == (0, 10, 0, 0) == best_cost(Case(there, listed))


def apart(**more: object) -> dict[int, tuple[Apart, ...]]:
    pair = Apart(FIRST_PERSON, FIRST_PERSON + 1, timedelta(minutes=10), **more)
    return {FIRST_PERSON: (pair,), FIRST_PERSON + 1: (pair,)}


def at_rimutaka(there: World, **more: object) -> World:
    site = replace(there.sites[RIMUTAKA], pickup=timedelta(minutes=10), **more)
    return replace(there, sites={**there.sites, RIMUTAKA: site})


def room(there: World, key: int, **more: object) -> World:
    return replace(there, resources={**there.resources, key: replace(there.resources[key], **more)})


def in_two_rooms(**more: object) -> tuple[Listed, Listed]:
    """Two wishes for nine o'clock that share no courtroom."""
    return wish(0, **more), wish(1, courtrooms=ROOMS[1:], **more)


def break_at_nine(there: World, key: int) -> World:
    calendar = there.resources[key].calendar
    pause = Break(None, OPENS.astimezone().time(), OPENS.astimezone().time(), "lunch")
    pause = replace(pause, from_time=_wall(0), to_time=_wall(10))
    return room(there, key, calendar=replace(calendar, breaks=(pause,)))


def _wall(minutes: int):
    from zoneinfo import ZoneInfo

    return (OPENS + timedelta(minutes=minutes)).astimezone(ZoneInfo("Pacific/Auckland")).time()


BROKEN = (OutOfUse(OPENS, OPENS + timedelta(minutes=10), "broken"),)
YOUNG = {FIRST_PERSON: PersonFacts(True), FIRST_PERSON + 1: PersonFacts(False)}
SERVES = {FIRST_PERSON: PersonFacts(False, True), FIRST_PERSON + 1: PersonFacts(False, False)}
THE_SAME = (
    wish(0),
    wish(1, courtrooms=ROOMS[1:], seats=(WishSeat(FIRST_PERSON),)),
)
RULES = {
    "courtroom": (world(BOTH), (wish(0), wish(1))),
    "suite": (world({**BOTH, FIRST_PERSON: AROHATA, FIRST_PERSON + 1: AROHATA}), in_two_rooms()),
    "person": (world(BOTH), THE_SAME),
    "turnaround": (
        room(world(dict.fromkeys(BOTH, AROHATA)), 31, turnaround=timedelta(minutes=10)),
        (wish(0), wish(1, slot=1, courtrooms=ROOMS[1:])),
    ),
    "conference": (
        world(dict.fromkeys(BOTH, AROHATA)),
        (wish(0), wish(1, slot=1, courtrooms=ROOMS[1:], pre_minutes=10)),
    ),
    "counsel": (
        world(BOTH),
        (
            wish(0, seats=(WishSeat(FIRST_PERSON, COUNSEL[0]),)),
            wish(1, courtrooms=ROOMS[1:], seats=(WishSeat(FIRST_PERSON + 1, COUNSEL[0]),)),
        ),
    ),
    "kept apart": (world(BOTH, apart=apart()), in_two_rooms()),
    "kept apart by a gap": (
        world(BOTH, apart=apart()),
        (wish(0), wish(1, slot=1, courtrooms=ROOMS[1:])),
    ),
    "escorts": (at_rimutaka(world(BOTH), escort_capacity=1), in_two_rooms()),
    "young": (at_rimutaka(world(BOTH, people=YOUNG), separates_youth=True), in_two_rooms()),
    "remand": (at_rimutaka(world(BOTH, people=SERVES), separates_remand=True), in_two_rooms()),
    "outage": (room(world(BOTH), ROOMS[0], outages=BROKEN), (wish(0),)),
    "outage of suites": (room(world({FIRST_PERSON: AROHATA}), 31, outages=BROKEN), (wish(0),)),
    "closed": (break_at_nine(world(BOTH), ROOMS[0]), (wish(0),)),
    "closed suite": (break_at_nine(world({FIRST_PERSON: AROHATA}), 31), (wish(0),)),
    "custody": (
        world(
            {FIRST_PERSON: RIMUTAKA},
            stays={
                FIRST_PERSON: [StayFact(RIMUTAKA, "Rimutaka", OPENS + timedelta(minutes=10), None)]
            },
        ),
        (wish(0),),
    ),
    "notice": (
        at_rimutaka(
            world({FIRST_PERSON: RIMUTAKA}, now=OPENS - timedelta(minutes=25)),
            notice=timedelta(minutes=30),
        ),
        (wish(0),),
    ),
    "permission": (
        room(world({FIRST_PERSON: RIMUTAKA}), 21, permits=(Permit(court_id=99),)),
        (wish(0), wish(1, courtrooms=ROOMS[1:], seats=(WishSeat(FIRST_PERSON),))),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_each_rule_is_kept_and_costs_no_more_than_it_must(name):
    there, listed = RULES[name]
    case = Case(there, listed)
    problem = build_day(listed, there, DAY, step=STEP)
    first = first_fit(problem)

    found = solved(first)

    assert is_kept(case, first)
    assert is_kept(case, found.day)
    best = best_cost(case)
    # Without the rule everybody would have their time: it is the rule that costs something.
    assert best > (0, 0, 0, 0)
    assert as_tuple(found.day)[:3] == best[:3]
    # Were the rule not in the solver's model, it would think that less is enough.
    assert (found.bound.unplaced, found.bound.off, found.bound.moved) == best[:3]
    assert not judge_warnings(case, found.day)


def judge_warnings(case: Case, day: DayList) -> list[str]:
    verdicts = judge_day(day.problem, day.spots, case.world).values()
    return [warning.sentence for verdict in verdicts for warning in verdict.warnings]


def test_people_who_must_not_share_a_site_all_day_are_not_both_placed():
    there = world(BOTH, apart=apart(all_day=True))
    problem = build_day(in_two_rooms(), there, DAY, step=STEP)

    found = solved(first_fit(problem))

    assert found.day.cost().unplaced == 50
    assert found.bound.unplaced == 50


def with_more_suites(there: World) -> World:
    """Two suites more, one at each prison."""
    calendar = there.resources[21].calendar
    more = {
        key: ResourceFacts(key, f"Suite {key}", "suite", site, calendar)
        for key, site in ((23, RIMUTAKA), (32, AROHATA))
    }
    return replace(there, resources={**there.resources, **more})


@pytest.mark.parametrize(("ports", "off"), [(6, 0), (5, 10), (2, None)])
def test_two_links_of_three_ends_share_the_bridge_ports(ports, off):
    people = {FIRST_PERSON + n: (RIMUTAKA, AROHATA)[n % 2] for n in range(4)}
    there = with_ports(with_more_suites(world(people)), ports)
    pairs = (
        wish(0, seats=(WishSeat(101), WishSeat(102))),
        wish(1, courtrooms=ROOMS[1:], seats=(WishSeat(103), WishSeat(104))),
    )
    problem = build_day(pairs, there, DAY, step=STEP)
    first = first_fit(problem)

    found = solved(first)

    assert is_kept(Case(there, pairs), first)
    assert is_kept(Case(there, pairs), found.day)
    # The bound shows that the rule is in the solver's model, not only in the list.
    expected = (0, off) if off is not None else (100, 0)
    assert (found.bound.unplaced, found.bound.off) == expected
    assert as_tuple(found.day)[:2] == expected


def test_port_in_use_elsewhere_is_not_counted():
    there = with_ports(world({101: RIMUTAKA, 102: AROHATA}), 3)
    busy = {FIRST_PORT: [Busy(Interval(OPENS, OPENS + timedelta(minutes=10)), 99)]}
    there = replace(there, busy=busy)
    listed = (wish(0, seats=(WishSeat(101), WishSeat(102))),)

    found = solved(first_fit(build_day(listed, there, DAY, step=STEP)))

    assert (found.day.cost().off, found.bound.off) == (10, 10)


@pytest.mark.parametrize(("booths", "off"), [((41, 42), 0), ((41,), 10)])
def test_counsel_share_the_rooms_at_court(booths, off):
    there = world(BOTH)
    calendar = there.resources[ROOMS[0]].calendar
    rooms = {key: ResourceFacts(key, "", "instruction_suite", COURT, calendar) for key in (41, 42)}
    there = replace(there, resources={**there.resources, **rooms})
    listed = tuple(
        wish(
            n,
            slot=1,
            courtrooms=(ROOMS[n],),
            pre_minutes=10,
            seats=(WishSeat(FIRST_PERSON + n, COUNSEL[n], None, None, booths),),
        )
        for n in range(2)
    )
    problem = build_day(listed, there, DAY, step=STEP)

    found = solved(first_fit(problem))

    assert is_kept(Case(there, listed), found.day)
    assert (found.day.cost().off, found.bound.off) == (off, off)


def test_person_who_could_be_at_either_prison_takes_a_suite_there():
    either = [StayFact(site, "", OPENS - timedelta(days=9), None) for site in (RIMUTAKA, AROHATA)]
    there = world(BOTH, stays={101: either, 102: either[1:], 103: either[1:]})
    there = replace(there, resources={**there.resources, 103: ResourceFacts(103, "", "person")})
    there = room(there, 21, outages=BROKEN)
    listed = tuple(
        wish(n, courtrooms=(ROOMS[n % 2],), slot=n // 2, minutes=10 * (1 + n // 2))
        for n in range(3)
    )
    problem = build_day(listed, there, DAY, step=STEP)

    found = solved(first_fit(problem))

    best = best_cost(Case(there, listed))
    assert is_kept(Case(there, listed), found.day)
    assert as_tuple(found.day)[:3] == best[:3]
    assert found.bound.off == best[1]


def test_broken_booking_may_keep_its_time_in_another_suite_only_where_that_is_free():
    there = world(BOTH)
    one, other = (next(ways(wish(n), there)) for n in range(2))
    there = rearranged(there, lifted=(), laid={7: one})
    there = room(there, 21, outages=BROKEN)
    listed = (
        Listed(7, "AVL-7", 50, wish_of_booking(one, DAY, ROOMS[:1]), one),
        Listed(-2, "wish", 50, replace(wish(1).wish, wanted_start=other.hearing.start)),
    )
    problem = build_day(listed, there, DAY, step=STEP)

    # From a list that leaves the broken one out, so that the solver has to weigh that too.
    found = solved(list_of(problem, {}))

    best = best_cost(Case(there, listed))
    assert as_tuple(found.day)[:3] == best[:3] == (0, 10, 0)
    assert found.bound.off == 10


def test_nothing_to_place_is_an_empty_list():
    problem = build_day((), world({}), DAY)

    assert first_fit(problem).spots == {}

"""Making room, against an oracle that tries everything.

Six hundred worlds in `make test`, six thousand with `AVL_STORM=1`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from avl.domain import clashes, plan_escorts, plan_ports, separation
from avl.domain.calendars import Closure
from avl.domain.clashes import Rule, judge
from avl.domain.lifting import rearranged
from avl.domain.local_time import local_day
from avl.domain.planner import NEW, Plans, make_room
from avl.domain.plans import NoRoom
from tests.domain.plan_oracle import PRISON, SLOTS, SMALL_PRISON, Case, Company, Puzzle, Spot
from tests.domain.plan_picture import Picture
from tests.domain.plan_worlds import draw, draw_bridged, draw_changed, draw_together

IS_STORM = bool(os.environ.get("AVL_STORM"))
CHUNKS = 40 if IS_STORM else 4
CHUNK = 150
BRIDGED_CHUNKS, BRIDGED = (20, 100) if IS_STORM else (1, 30)
TOGETHER = 100


def plans_of(puzzle: Puzzle) -> Plans:
    picture = Picture(puzzle)
    return make_room(picture.aim(), picture.standing(), picture.world())


def costs_of(plans: Plans) -> list[tuple[int, int, tuple[int, ...], int]]:
    return [
        (cost.days_crossed, cost.moved, cost.importance, cost.minutes)
        for cost in (plan.cost for plan in plans.plans)
    ]


@pytest.mark.parametrize("first", range(0, CHUNKS * CHUNK, CHUNK))
def test_make_room_agrees_with_trying_everything(first):
    kinds = agree([(seed, draw(seed)) for seed in range(first, first + CHUNK)])

    # The worlds are hard enough to mean something.
    assert min(kinds.values()) > CHUNK // 10


@pytest.mark.parametrize("first", range(20_000, 20_000 + BRIDGED_CHUNKS * BRIDGED, BRIDGED))
def test_make_room_agrees_where_links_share_a_bridge(first):
    kinds = agree([(seed, draw_bridged(seed)) for seed in range(first, first + BRIDGED)])

    assert min(kinds.values()) > 2


@pytest.mark.parametrize("first", range(30_000, 30_000 + BRIDGED_CHUNKS * TOGETHER, TOGETHER))
def test_make_room_agrees_where_co_defendants_are_kept_apart(first):
    worlds = [(seed, draw_together(seed)) for seed in range(first, first + TOGETHER)]

    kinds = agree(worlds)

    assert min(kinds.values()) > 2
    # Some are two from one prison, some are kept from others, and some wait for escorts.
    assert any(case.mate_site == case.site for _, one in worlds for case in one.cases.values())
    assert any(one.company.pairs for _, one in worlds)
    assert any(one.company.escorts for _, one in worlds)


@pytest.mark.parametrize("first", range(40_000, 40_000 + BRIDGED_CHUNKS * TOGETHER, TOGETHER))
def test_make_room_agrees_after_turnarounds_and_outages_have_changed(first):
    worlds = [(seed, draw_changed(seed, most=6)) for seed in range(first, first + TOGETHER)]
    # Two days give the oracle too much to try but for a few bookings.
    worlds += [(first + n, draw_changed(first + n, days=2, most=3)) for n in range(20)]

    kinds = agree(worlds)

    assert min(kinds.values()) > 20
    # Some take more time than when they were booked, some less, and some are in an outage.
    longer = [
        one.turnaround[key] - was for _, one in worlds for key, was in one.booked_with.items()
    ]
    assert (max(longer), min(longer)) == (2, -1)
    assert any(is_in_outage(one, key) for _, one in worlds for key in one.cases)


def is_in_outage(puzzle: Puzzle, key: int) -> bool:
    """Whether a suite that a booking has is out of use meanwhile."""
    spot, shut = puzzle.spots[key], puzzle.shut
    used = puzzle.use(puzzle.cases[key], spot, stands=True)
    return any(used[suite] & shut.get((spot.day, suite), 0) for suite in spot.suites)


def agree(worlds: list[tuple[int, Puzzle]]) -> dict[str, int]:
    """Plan each world as the oracle does; gives how many had no plan, and in how many one moved."""
    kinds = {"none": 0, "moves": 0}
    for seed, puzzle in worlds:
        found = plans_of(puzzle)

        assert costs_of(found) == puzzle.solve(), f"world {seed}"
        assert found.is_proved
        assert (found.none is None) == bool(found.plans)
        assert_every_plan_stands(puzzle, found)
        kinds["none"] += not found.plans
        kinds["moves"] += any(plan.moves for plan in found.plans)
    return kinds


@pytest.mark.parametrize("first", [10_000])
def test_make_room_crosses_a_day_only_when_nothing_else_helps(first):
    crossed = 0
    for seed in range(first, first + 150):
        puzzle = draw(seed, most=5, days=2)

        found = plans_of(puzzle)

        assert costs_of(found) == puzzle.solve(), f"world {seed}"
        assert_every_plan_stands(puzzle, found)
        crossed += any(plan.cost.days_crossed for plan in found.plans)
    assert crossed


def as_if_new(puzzle: Puzzle, dice: random.Random) -> tuple[Puzzle, int] | None:
    """One of the day's bookings taken out of it and wished for at the time of the new one."""
    ours = [key for key, case in puzzle.cases.items() if case.is_ours]
    if not ours or puzzle.new is None:
        return None
    key = dice.choice(ours)
    case = puzzle.cases[key]
    without = replace(
        puzzle,
        cases={other: one for other, one in puzzle.cases.items() if other != key},
        spots={other: spot for other, spot in puzzle.spots.items() if other != key},
        new=replace(case, id=NEW),
        wanted=max(puzzle.wanted, case.pre),
        only_room=None,
    )
    without.starts = (without.wanted,)
    return without, key


def test_room_for_a_booking_that_stands_is_room_for_it_as_if_it_were_new():
    seen = {"none": 0, "moves": 0}
    for seed in range(1000 if IS_STORM else 40):
        case = as_if_new(draw(seed), random.Random(seed))
        if case is None:
            continue
        without, key = case
        aim = Picture(without).aim()
        aim = replace(aim, wish=replace(aim.wish, ignoring=key))
        whole = Picture(draw(seed))

        found = make_room(aim, whole.standing(), whole.world())

        assert costs_of(found) == without.solve(), f"world {seed}"
        assert all(move.booking_id != key for plan in found.plans for move in plan.moves)
        seen["none"] += not found.plans
        seen["moves"] += any(plan.moves for plan in found.plans)
    assert min(seen.values()) > 2


def assert_every_plan_stands(puzzle: Puzzle, found: Plans) -> None:
    """Every booking, moved or not, is judged in the world as the plan leaves it."""
    world = Picture(puzzle).world()
    for plan in found.plans:
        laid = {move.booking_id: move.after for move in plan.moves}
        assert not any(puzzle.cases[key].kept or not puzzle.cases[key].is_ours for key in laid)
        after = rearranged(world, lifted=laid, laid=laid | {NEW: plan.placement})
        for key, placement in (laid | {NEW: plan.placement}).items():
            assert judge(placement, after, ignoring=key).is_possible


LEFT_OUT: dict[str, Callable[..., Any]] = {
    "_too_late": lambda *_: iter(()),
    "_not_in_custody_there": lambda *_: iter(()),
    "_rooms_unusable": lambda *_: iter(()),
    "_room_shut": lambda *_: iter(()),
    "_taken": lambda *_: iter(()),
    "_counsel_elsewhere": lambda *_: iter(()),
    "_kept_apart": lambda *_: iter(()),
    "_young_apart": lambda *_: iter(()),
    "_remand_apart": lambda *_: iter(()),
    "_escorts_busy": lambda *_: iter(()),
    "bridge_full": lambda *_, **__: iter(()),
}


@pytest.mark.parametrize("rule", LEFT_OUT)
def test_oracle_notices_when_a_rule_is_left_out(rule, monkeypatch):
    module = clashes if hasattr(clashes, rule) else separation
    monkeypatch.setattr(module, rule, LEFT_OUT[rule])
    if rule == "bridge_full":
        # The planner counts ports itself too, for the same reason as movements below.
        monkeypatch.setattr(plan_ports, "ports_needed", lambda *_: 0)
    if rule == "_escorts_busy":
        # The planner counts movements itself too, to see early who must make way.
        monkeypatch.setattr(plan_escorts, "movements", lambda *_: ())

    worlds = map(draw, range(400))
    if rule == "bridge_full":
        worlds = map(draw_bridged, range(20_000, 20_100))
    assert any(costs_of(plans_of(puzzle)) != puzzle.solve() for puzzle in worlds)


def test_make_room_when_it_fits_already_moves_nothing():
    puzzle = next(p for p in map(draw, range(500)) if p.solve() and p.solve()[0][1] == 0)

    [plan] = plans_of(puzzle).plans

    assert plan.moves == ()


def test_make_room_when_time_is_over_claims_nothing():
    puzzle = next(p for p in map(draw, range(500)) if p.solve() and p.solve()[0][1] == 1)

    picture = Picture(puzzle)

    found = make_room(picture.aim(), picture.standing(), picture.world(), is_over=lambda: True)

    assert (found.plans, found.none, found.is_proved) == ((), None, False)


def test_make_room_proves_without_a_search_that_ports_can_never_suffice():
    """Somebody else's link takes the whole day; there are rooms and suites for another one."""
    puzzle = bridged(Case(1, 100, PRISON, None, 0, SLOTS, mate=150, mate_site=SMALL_PRISON))

    found = at_once(puzzle)

    assert puzzle.solve() == []
    assert found.is_proved
    assert found.none == NoRoom(
        Rule.BRIDGE_FULL,
        "the court has 4 bridge ports, and that would be too few 9:00 am to 9:15 am."
        " AVL-1 would have to make way, and it can have them at no other time.",
    )


def at_once(puzzle: Puzzle) -> Plans:
    """What is found without a search."""
    picture = Picture(puzzle)
    return make_room(picture.aim(), picture.standing(), picture.world(), is_over=lambda: True)


def full_but_for(slots: int) -> Puzzle:
    """One suite with so many free slots at the end of its day, and a wish for two in its midst."""
    puzzle = bridged(Case(1, 100, PRISON, None, 0, 1))
    puzzle.suites, puzzle.turnaround, puzzle.ports = {21: PRISON}, {21: 0}, None
    puzzle.cases, puzzle.spots = {}, {}
    for slot in range(SLOTS - slots):
        puzzle.cases[slot + 1] = Case(slot + 1, 100 + slot, PRISON, None, 0, 1)
        puzzle.spots[slot + 1] = Spot(0, slot, 11, 21)
    puzzle.new, puzzle.wanted, puzzle.starts = Case(NEW, 190, PRISON, None, 0, 2), 2, (2,)
    puzzle.only_room = None
    return puzzle


def test_make_room_counts_the_minutes_that_a_day_has_left():
    puzzle = full_but_for(1)

    found = at_once(puzzle)

    assert puzzle.solve() == []
    assert found.is_proved
    assert found.none == NoRoom(
        Rule.TAKEN,
        "The suites of Rimutaka are free for 15 minutes that day, all together, and this booking"
        " takes 30 minutes of them. However others are moved within the day, there is no room.",
    )
    assert not at_once(full_but_for(2)).is_proved
    assert costs_of(plans_of(full_but_for(2))) == full_but_for(2).solve() != []


def test_make_room_on_a_day_when_the_prison_is_closed_says_so():
    """That its suites have no minute left would read as if they were full."""
    picture = Picture(full_but_for(SLOTS))
    world = picture.world()
    suite = world.resources[21]
    assert suite.calendar is not None
    day = local_day(picture.aim().wish.wanted_start, suite.calendar.zone)
    shut = replace(suite.calendar, closures=(Closure(day, None, None, "Christmas Day"),))
    closed = {**world.resources, 21: replace(suite, calendar=shut)}

    found = make_room(picture.aim(), picture.standing(), replace(world, resources=closed))

    assert found.is_proved
    assert found.none == NoRoom(
        Rule.CLOSED,
        "Moving other bookings cannot help: open is closed on Wed 25 Nov 2026: Christmas Day.",
    )


def test_make_room_when_more_would_have_to_move_than_a_plan_may_says_so():
    picture = Picture(full_but_for(2))

    found = make_room(replace(picture.aim(), most_moves=1), picture.standing(), picture.world())

    assert found.is_proved
    assert found.none == NoRoom(
        Rule.TAKEN, "AVL-3 and AVL-4 would have to move, and a plan moves 1 booking at most."
    )


def test_make_room_when_time_is_over_says_how_many_moves_are_ruled_out():
    """The time is over as soon as somebody asks where the bookings in the way could go."""
    picture, asked = Picture(full_but_for(2)), iter([False])

    found = make_room(
        picture.aim(), picture.standing(), picture.world(), is_over=lambda: next(asked, True)
    )

    assert (found.plans, found.none, found.is_proved) == ((), None, False)
    assert found.ruled_out == 1


def test_make_room_proves_without_a_search_that_escorts_can_never_suffice():
    """Who has the escorts then could go into many a room, and be brought at no other time."""
    puzzle = bridged(Case(1, 100, PRISON, None, 0, 1))
    puzzle.suites = {21: PRISON, 22: PRISON, 23: PRISON}
    puzzle.turnaround = dict.fromkeys(puzzle.suites, 0)
    puzzle.spots = {1: Spot(0, 3, 12, 21)}
    for key, slot in ((2, 0), (3, 6), (4, 7)):
        puzzle.cases[key] = Case(key, 100 + key, PRISON, None, 0, 1, kept="it is marked fixed")
        puzzle.spots[key] = Spot(0, slot, 12, 22)
    puzzle.company = Company(pickup=1, escorts={PRISON: 1})
    puzzle.new, puzzle.wanted, puzzle.starts = Case(NEW, 101, PRISON, None, 0, 1), 3, (3,)
    picture = Picture(puzzle)

    found = make_room(picture.aim(), picture.standing(), picture.world(), is_over=lambda: True)

    assert puzzle.solve() == []
    assert found.is_proved
    assert found.none == NoRoom(
        Rule.ESCORTS_BUSY,
        "Rimutaka can bring or take back 1 person at once, and that would be too many 9:30 am"
        " to 9:45 am. AVL-1 would have to make way, and it can be brought at no other time.",
    )


def test_make_room_moves_who_has_the_ports_though_there_are_rooms_and_suites():
    puzzle = bridged(Case(1, 100, PRISON, None, 0, 1, mate=150, mate_site=SMALL_PRISON))

    [plan] = plans_of(puzzle).plans

    assert costs_of(plans_of(puzzle)) == puzzle.solve() == [(0, 1, (50,), 15)]
    assert plan.placement.rooms == (11, 21, 31)


def bridged(case: Case) -> Puzzle:
    """A link of three ends at opening, in rooms and suites that another such link can do without,
    which is wanted then."""
    puzzle = draw_bridged(20_000)
    puzzle.ports, puzzle.shut, puzzle.turnaround = 4, {}, dict.fromkeys(puzzle.suites, 0)
    puzzle.soonest, puzzle.cases, puzzle.spots = -20, {1: case}, {1: Spot(0, 0, 12, 22, 32)}
    puzzle.new = Case(NEW, 101, PRISON, None, 0, 1, mate=151, mate_site=SMALL_PRISON)
    puzzle.wanted, puzzle.starts, puzzle.only_room = 0, (0,), 11
    return puzzle


def test_make_room_does_not_take_somebody_for_another_who_is_held_elsewhere():
    """Two bookings alike, but that the second person is at the other prison by now."""
    puzzle = bridged(Case(1, 100, PRISON, None, 0, 1))
    puzzle.suites = {21: PRISON, 22: PRISON}
    puzzle.cases[2] = Case(2, 102, PRISON, None, 0, 1)
    puzzle.spots = {1: Spot(0, 0, 12, 21), 2: Spot(0, 0, 13, 22)}
    puzzle.rooms, puzzle.transferred = (11, 12, 13), frozenset({102})
    puzzle.new = Case(NEW, 101, PRISON, None, 0, 1)

    plans = plans_of(puzzle)

    assert costs_of(plans) == puzzle.solve() == [(0, 1, (50,), 15)]
    assert [move.booking_id for move in plans.plans[0].moves] == [1]


def test_make_room_when_none_names_a_rule_that_really_refuses():
    named = set()
    for puzzle in map(draw, range(250)):
        found = plans_of(puzzle)
        if found.none is None or "cannot help" not in found.none.sentence:
            continue
        named.add(found.none.rule)
        picture = Picture(puzzle)
        movable = [one.id for one in picture.standing() if not one.kept]
        empty = rearranged(picture.world(), lifted=movable)
        refusing = {
            clash.rule
            for suite in puzzle.suites
            for room in puzzle.rooms
            for clash in judge(picture.spot_of_new(room, suite), empty).clashes
        }
        assert found.none.rule in refusing
    assert len(named) >= 3

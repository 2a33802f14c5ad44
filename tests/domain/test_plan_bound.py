"""How many must move at least: never said to be more than is true, and no answer depends on it.

Sixty worlds for each question in `make test`, six hundred with `AVL_STORM=1`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avl.domain import planner
from avl.domain.plan_bound import ANYBODY, MOST_AHEAD, Bound
from avl.domain.plan_lanes import Lane, Stay, Weights
from avl.domain.planner import Plans, make_room
from avl.domain.plans import NEW, RoomPlan
from avl.domain.world import World
from tests.domain.plan_oracle import PRISON, SLOTS, Case, Puzzle, Spot, stretch
from tests.domain.plan_picture import Picture
from tests.domain.plan_worlds import draw_changed, draw_full

SEEDS = st.integers(0, 10**6)
DRAWN = st.sampled_from([draw_full, draw_changed])
EXAMPLES = 600 if os.environ.get("AVL_STORM") else 60


class Seeing(Bound):
    """A bound that says, too, who would have to go for the wish in each suite, at each time."""

    def in_the_way(self) -> list[int]:
        return sorted({there for _, seats in self._ways for seat in seats for _, there in seat})


class Blind(Bound):
    """A bound that is asked for nothing, so that the search tries everything.

    Attributes:
        made: one that is like it, and does say what it finds.
    """

    made: Seeing
    bits: dict[int, int]

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        Blind.made, Blind.bits = Seeing(*args), args[-1]

    def is_in_reach(self, gone: int, more: int) -> bool:
        return True

    def useful(self, gone: int, more: int) -> int:
        return ANYBODY


def without_bound(picture: Picture, most: int = 9) -> Plans:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "Bound", Blind)
        return plans_of(picture, most)


def plans_of(picture: Picture, most: int = 9, looks: int = 10**9) -> Plans:
    """What is found before it is asked so often whether the time is over."""
    aim, clock = replace(picture.aim(), most_moves=most), iter(range(looks))
    return make_room(
        aim, picture.standing(), picture.world(), is_over=lambda: next(clock, None) is None
    )


@settings(max_examples=EXAMPLES)
@given(DRAWN, SEEDS, st.integers(1, 2))
def test_the_bound_is_never_more_than_the_number_that_must_move(drawn, seed, days):
    picture = Picture(drawn(seed, days=days))
    plans = without_bound(picture)

    for plan in plans.plans:
        moved = [Blind.bits[move.booking_id] for move in plan.moves]
        Blind.made.may_cross(plan.cost.days_crossed)
        for gone in some_of(moved, in_the_way_of(plan, picture.world())):
            left = [bit for bit in moved if not bit & gone]
            assert Blind.made.is_in_reach(gone, len(left))
            if 1 <= len(left) <= MOST_AHEAD:
                useful = Blind.made.useful(gone, len(left))
                assert all(useful & bit for bit in left)


def in_the_way_of(plan: RoomPlan, world: World) -> int:
    """The moved bookings that stand where the new one is to be."""
    found = 0
    for seat in plan.placement.seats:
        clear = plan.placement.span.widened(after=world.resources[seat.suite].turnaround)
        for busy in world.busy_during(seat.suite, clear):
            found |= Blind.bits[busy.booking_id]
    return found


def some_of(moved: Collection[int], always: int) -> Iterator[int]:
    """Every way to lift these bookings, and perhaps others of those that move."""
    others = [bit for bit in moved if not bit & always]
    for count in range(len(others) + 1):
        for chosen in combinations(others, count):
            yield always | sum(chosen)


@settings(max_examples=EXAMPLES)
@given(DRAWN, SEEDS, st.integers(0, 2))
def test_who_helps_is_seen_before_they_leave(drawn, seed, crossing):
    picture, dice = Picture(drawn(seed)), random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "Bound", Blind)
        make_room(picture.aim(), picture.standing(), picture.world(), is_over=lambda: True)
    bound = Blind.made
    bound.may_cross(crossing)
    # Where the wish goes is settled first, so that nobody who leaves later makes way for it.
    ways = bound.in_the_way()
    later = [bit for bit in Blind.bits.values() if not any(bit & there for there in ways)]

    for _ in range(2 if ways else 0):
        left = dice.sample(later, min(len(later), dice.randrange(4)))
        gone = sum(left) | dice.choice(ways)
        others = [bit for bit in later if bit not in left]

        helping = [bit for bit in others if bound.is_in_reach(gone | bit, 0)]
        pairs = [
            one | other
            for one, other in combinations(others, 2)
            if bound.is_in_reach(gone | one | other, 0)
        ]

        assert not sum(helping) & ~bound.useful(gone, 1)
        assert not any(both & ~bound.useful(gone, 2) for both in pairs)
        assert bound.is_in_reach(gone, 1) or not helping
        assert bound.is_in_reach(gone, 2) or not pairs


@settings(max_examples=EXAMPLES)
@given(DRAWN, SEEDS, st.integers(1, 2))
@example(draw_full, 300556, 1)
@example(draw_full, 300645, 1)
def test_answers_are_the_same_with_and_without_the_bound(drawn, seed, days):
    picture = Picture(drawn(seed, days=days))

    found, tried = plans_of(picture), without_bound(picture)

    # Of plans that cost the same in every way either may be found first.
    assert [plan.cost for plan in found.plans] == [plan.cost for plan in tried.plans]
    assert (found.none is None, found.is_proved) == (tried.none is None, tried.is_proved)
    # Where more may be moved than a plan moves, only one may know that they would not help.
    if len(Blind.bits) <= picture.aim().most_moves:
        assert found.none == tried.none


@settings(max_examples=EXAMPLES)
@given(DRAWN, SEEDS, st.integers(1, 4))
# Whoever leaves takes more than they give up here, so a few leave more room than all of them would.
@example(draw_changed, 105, 3)
@example(draw_changed, 200, 1)
@example(draw_changed, 445, 2)
def test_a_limit_is_blamed_only_where_more_might_help(drawn, seed, most):
    picture = Picture(drawn(seed))

    found, tried = plans_of(picture, most), without_bound(picture, most)

    assert [plan.cost for plan in found.plans] == [plan.cost for plan in tried.plans]
    for none in filter(None, [found.none, tried.none]):
        movable = [one for one in picture.standing() if not one.kept]
        if "at most" in none.sentence:
            assert len(movable) > most
        else:
            assert not plans_of(picture, len(movable), looks=60).plans


@pytest.mark.parametrize("most", [3, 4, 5, 6, 9])
def test_a_day_on_which_nothing_helps_is_not_blamed_on_a_limit(most):
    # Six may move, and leave too little room in one piece even when all of them have gone.
    found = plans_of(Picture(draw_full(10)), most)

    assert found.none is not None
    assert "too little free time that day" in found.none.sentence


def test_two_who_help_only_together_are_seen_before_either_leaves():
    """Who makes way for the wish needs two longer gaps, each in the midst of which one stands."""
    every = (1 << SLOTS) - 1
    puzzle = Puzzle(
        rooms=(11, 12, 13, 14),
        suites={21: PRISON, 22: PRISON, 23: PRISON},
        turnaround={},
        shut={(0, 21): stretch(0, 4), (0, 22): every - 7, (0, 23): every - 7},
        refused=frozenset(),
        leaves={},
        soonest=-20,
        days=1,
        new=Case(NEW, 109, PRISON, None, 0, 2),
        wanted=5,
        starts=(5,),
    )
    for key, (start, length, suite) in enumerate(
        [(4, 2, 21), (6, 2, 21), (1, 1, 22), (1, 1, 23)], start=1
    ):
        puzzle.cases[key] = Case(key, 100 + key, PRISON, None, 0, length)
        puzzle.spots[key] = Spot(0, start, 10 + key, suite)

    plans = without_bound(Picture(puzzle)).plans

    longer, shorter = (Blind.bits[n] | Blind.bits[n + 1] for n in (1, 3))
    assert len(plans[0].moves) == 4
    assert Blind.made.useful(longer, 2) == shorter
    assert [Blind.made.is_in_reach(longer, more) for more in (0, 1, 2)] == [False, False, True]


def test_the_last_who_leaves_may_be_the_one_who_goes_to_another_day():
    """The wish takes two short bookings' time, who go where a longer one was: no room for that."""
    puzzle = Puzzle(
        rooms=(11, 12),
        suites={21: PRISON},
        turnaround={},
        shut={},
        refused=frozenset(),
        leaves={},
        soonest=-20,
        days=2,
        new=Case(NEW, 109, PRISON, None, 0, 3),
        wanted=0,
        starts=(0,),
    )
    lengths = [(0, 1), (2, 1), (3, 2), (5, 3)]
    for key, (start, length) in enumerate(lengths, start=1):
        kept = "it is marked fixed" if length == 3 else ""
        puzzle.cases[key] = Case(key, 100 + key, PRISON, None, 0, length, kept=kept)
        puzzle.spots[key] = Spot(0, start, 11, 21)
    picture = Picture(puzzle)

    plan, *others = plans_of(picture, most=3).plans

    days = {move.booking_id: move.after.hearing.start for move in plan.moves}
    assert not others
    assert (plan.cost.moved, plan.cost.days_crossed) == (3, 1)
    assert [key for key, start in days.items() if start >= picture.at(1, 0)] == [3]


def test_the_worlds_are_full_enough_for_the_bound_to_say_something(monkeypatch):
    said = []

    class Heard(Bound):
        def is_in_reach(self, gone: int, more: int) -> bool:
            said.append((more, super().is_in_reach(gone, more)))
            return said[-1][1]

    monkeypatch.setattr(planner, "Bound", Heard)

    kinds = {bool(plans_of(Picture(draw_full(seed))).plans) for seed in range(60)}

    assert kinds == {True, False}
    assert [is_in_reach for _, is_in_reach in said].count(False) > 30
    assert [is_in_reach for _, is_in_reach in said].count(True) > 30
    assert said.count((MOST_AHEAD, False)) > 5


@given(
    st.lists(st.integers(5, 120), min_size=1, max_size=5),
    st.integers(0, 300),
)
def test_bookings_that_fit_into_a_stretch_weigh_no_more_than_there_is_room(lengths, stretch):
    weights, left, together = Weights(lengths), stretch, 0
    for length in sorted(lengths) * 3:
        if length <= left:
            left -= length
            together += weights.of(length)

    spare = weights.room(stretch) - together

    assert (weights.signs + spare) & weights.signs == weights.signs


def test_a_gap_is_no_room_for_a_booking_that_is_longer():
    weights = Weights([30, 45])

    assert weights.room(29) == 0
    assert weights.room(40) == weights.of(30)
    assert weights.room(90) != 3 * weights.of(30)


def test_a_suite_that_is_left_has_room_in_one_piece():
    weights = Weights([30, 60])
    lane = Lane([(0, 120)], [Stay(15, 45, 1), Stay(60, 90, 2)], weights, after=0)

    assert lane.room(0) == weights.room(15) * 2 + weights.room(30)
    assert lane.room(1) == weights.room(60) + weights.room(30)
    assert lane.room(3) == weights.room(120)
    assert lane.in_the_way((30, 60)) == 1
    assert lane.in_the_way((30, 61)) == 3
    assert lane.in_the_way((90, 121)) is None
    assert lane.room(3, (30, 60)) == weights.room(30) + weights.room(60)


@pytest.mark.parametrize(
    ("count", "long", "last", "spots"),
    [
        (4, 1, 2, [Spot(0, 0, 12, 22), Spot(0, 2, 12, 23)]),
        (3, 2, 3, [Spot(0, 0, 12, 22), Spot(0, 3, 12, 22)]),
    ],
    ids=["in two suites", "next to each other"],
)
def test_the_last_two_who_leave_may_both_go_to_another_day(count, long, last, spots):
    """Where alone the wish fits stand more bookings than may go to another day, so others do for
    them: two from two suites, or two next to each other whose time only together is of use."""
    suites = {21: PRISON} | dict.fromkeys((spot.suite for spot in spots), PRISON)
    in_use = dict.fromkeys(suites, 0) | {21: stretch(0, count * long + 1)}
    for spot in spots:
        in_use[spot.suite] |= stretch(spot.start, last)
    every = (1 << SLOTS) - 1
    puzzle = Puzzle(
        rooms=(11, 12, 13),
        suites=suites,
        turnaround=dict.fromkeys(suites, 0),
        shut={(0, suite): every & ~bits for suite, bits in in_use.items()},
        refused=frozenset(),
        leaves={},
        soonest=-20,
        days=2,
        new=Case(NEW, 109, PRISON, None, 0, count * long + 1),
        wanted=0,
        starts=(0,),
    )
    placed = [(long, Spot(0, long * place, 11, 21)) for place in range(count)]
    for key, (length, spot) in enumerate([*placed, *((last, spot) for spot in spots)], start=1):
        puzzle.cases[key] = Case(key, 100 + key, PRISON, None, 0, length)
        puzzle.spots[key] = spot
    picture = Picture(puzzle)

    found, tried = plans_of(picture).plans, without_bound(picture).plans

    *gone, one, other = (Blind.bits[key] for key in puzzle.cases)
    Blind.made.may_cross(2)
    assert not Blind.made.is_in_reach(sum(gone), 1)
    assert Blind.made.useful(sum(gone), 2) == one | other
    assert [plan.cost for plan in found] == [plan.cost for plan in tried]
    assert (found[0].cost.moved, found[0].cost.days_crossed) == (count + 2, 2)

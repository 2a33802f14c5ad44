"""How many must move at least: never said to be more than is true, and no answer depends on it.

Sixty worlds for each question in `make test`, six hundred with `AVL_STORM=1`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain import planner
from avl.domain.plan_bound import Bound
from avl.domain.plan_lanes import Lane, Stay, Weights
from avl.domain.planner import Plans, make_room
from avl.domain.plans import RoomPlan
from avl.domain.world import World
from tests.domain.plan_picture import Picture
from tests.domain.plan_worlds import draw_full

SEEDS = st.integers(0, 10**6)
EXAMPLES = 600 if os.environ.get("AVL_STORM") else 60


class Blind(Bound):
    """A bound that is asked for nothing, so that the search tries everything."""

    made: Bound
    bits: dict[int, int]

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        Blind.made, Blind.bits = self, args[-1]

    def is_in_reach(self, gone: int, more: int) -> bool:
        return True

    def useful(self, gone: int) -> int:
        return -1


def without_bound(picture: Picture) -> Plans:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "Bound", Blind)
        return plans_of(picture)


def plans_of(picture: Picture) -> Plans:
    return make_room(picture.aim(), picture.standing(), picture.world())


@settings(max_examples=EXAMPLES)
@given(SEEDS, st.integers(1, 2))
def test_the_bound_is_never_more_than_the_number_that_must_move(seed, days):
    picture = Picture(draw_full(seed, days=days))
    plans = without_bound(picture)

    for plan in plans.plans:
        moved = [Blind.bits[move.booking_id] for move in plan.moves]
        Blind.made.may_cross(plan.cost.days_crossed)
        for gone in some_of(moved, in_the_way_of(plan, picture.world())):
            left = [bit for bit in moved if not bit & gone]
            assert Bound.is_in_reach(Blind.made, gone, len(left))
            if len(left) == 1:
                assert Bound.useful(Blind.made, gone) & left[0]


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
@given(SEEDS, st.integers(1, 2))
def test_answers_are_the_same_with_and_without_the_bound(seed, days):
    picture = Picture(draw_full(seed, days=days))

    found, tried = plans_of(picture), without_bound(picture)

    assert found.plans == tried.plans
    assert (found.none, found.is_proved) == (tried.none, tried.is_proved)


def test_the_worlds_are_full_enough_for_the_bound_to_say_something(monkeypatch):
    said = []

    class Heard(Bound):
        def is_in_reach(self, gone: int, more: int) -> bool:
            said.append(super().is_in_reach(gone, more))
            return said[-1]

    monkeypatch.setattr(planner, "Bound", Heard)

    kinds = {bool(plans_of(Picture(draw_full(seed))).plans) for seed in range(60)}

    assert kinds == {True, False}
    assert said.count(False) > 30
    assert said.count(True) > 30


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

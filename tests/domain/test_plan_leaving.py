"""What one or two more leave behind, against counting the room of every suite anew."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.plan_lanes import Lane, Stay, Stretch, Weights
from avl.domain.plan_leaving import Leaving, each

LENGTHS, GAPS = (15, 30, 45, 90), (0, 0, 15, 20, 40)
SUITES, PEOPLE = 3, 9
WEIGHTS = Weights(LENGTHS)


def draw_suite(dice: random.Random) -> Lane:
    """A suite's day with up to five of those who may leave, some of whom are elsewhere too."""
    now, stays = 0, []
    for person in dice.sample(range(PEOPLE), dice.randrange(6)):
        start = now + dice.choice(GAPS)
        now = start + dice.choice(LENGTHS)
        stays.append(Stay(start, now, 1 << person))
    return Lane([(0, now + dice.choice(GAPS))], stays, WEIGHTS, after=0)


def draw_wish(lane: Lane, dice: random.Random) -> tuple[Stretch, int] | None:
    """When the wish would be in a suite, and who would have to leave for it."""
    start = dice.randrange(0, 90, 5)
    there = lane.in_the_way((start, start + 30))
    return None if there is None else ((start, start + 30), there)


@settings(max_examples=100)
@given(st.integers(0, 10**6))
def test_what_is_left_behind_is_as_much_as_if_it_were_counted_anew(seed):
    dice = random.Random(seed)
    lanes = [draw_suite(dice) for _ in range(SUITES)]
    weights = {1 << person: WEIGHTS.of(dice.choice(LENGTHS)) for person in range(PEOPLE)}
    gone, places, taken = sum(dice.sample(list(weights), dice.randrange(4))), (), (0, 0)
    if (wish := draw_wish(lanes[0], dice)) is not None:
        places, taken, gone = (0,), wish[0], gone | wish[1]
    leaving = Leaving(lanes, weights)

    def gain(more: int) -> int:
        kept = [taken if place in places else None for place in range(SUITES)]
        return sum(
            lane.room(gone | more, one) - lane.room(gone, one)
            for lane, one in zip(lanes, kept, strict=True)
        )

    alone = {
        bit: (left, weight)
        for left, [weight], bits in leaving.one_by_one(gone, places, taken)
        for bit in each(bits)
    }
    assert alone == {bit: (gain(bit), weights[bit]) for bit in weights if not bit & gone}
    beside = {
        bits: (left, sum(both)) for left, both, bits in leaving.side_by_side(gone, places, taken)
    }
    for one, other in combinations(alone, 2):
        apart = alone[one][0] + alone[other][0], weights[one] + weights[other]
        assert beside.get(one | other, apart) == (gain(one | other), apart[1])


def test_two_who_stand_next_to_each_other_leave_one_stretch():
    lane = Lane([(0, 120)], [Stay(n, n + 30, 1 << n // 30) for n in (0, 30, 60, 90)], WEIGHTS, 0)
    leaving = Leaving([lane], {1 << n: WEIGHTS.of(30) for n in range(4)})

    assert [bits for _, _, bits in leaving.side_by_side(0, (), (0, 0))] == [3, 6, 12]
    assert [bits for _, _, bits in leaving.side_by_side(2, (), (0, 0))] == [5, 12]
    [(gain, *_), *_] = leaving.side_by_side(0, (), (0, 0))
    assert gain == WEIGHTS.room(60)


def test_nobody_is_asked_about_who_is_known_already():
    lane = Lane([(0, 90)], [Stay(0, 30, 1), Stay(30, 60, 2)], WEIGHTS, after=0)
    leaving = Leaving([lane], dict.fromkeys((1, 2), WEIGHTS.of(30)))

    assert [bits for _, _, bits in leaving.one_by_one(0, (), (0, 0), but=1)] == [2]

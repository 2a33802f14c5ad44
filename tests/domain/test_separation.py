"""Escorts counted minute by minute, and what is said of two who are kept apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.domain.separation import too_near
from avl.domain.verdict import Rule
from avl.domain.world import Apart, Present
from tests.domain.small_worlds import COURT, COURTROOMS, PEOPLE, RIMUTAKA, SUITES, quiet_scene

QUIET = quiet_scene()
PICKUP = 10


def span(start, length):
    at = QUIET.opens + timedelta(minutes=start)
    return Interval(at, at + timedelta(minutes=length))


def link(start, length):
    seat = Seat(PEOPLE[0], RIMUTAKA, SUITES[RIMUTAKA][0], None)
    return Placement(COURT, COURTROOMS[0], "CRB", span(start, length), 0, 0, (seat,))


def there(number, start, length):
    return Present(1000 + number, RIMUTAKA, SUITES[RIMUTAKA][0], span(start, length), number)


def clashes(placement, others, *, apart=(), **rules):
    site = replace(QUIET.world.sites[RIMUTAKA], **rules)
    world = replace(
        QUIET.world,
        sites={**QUIET.world.sites, RIMUTAKA: site},
        present={RIMUTAKA: sorted(others, key=lambda one: one.span.start)},
        apart={PEOPLE[0]: tuple(apart)},
    )
    return list(too_near(placement, world))


stretches = st.tuples(st.integers(0, 60), st.integers(1, 40))


@given(stretches, st.lists(stretches, max_size=5), st.integers(1, 3), st.sampled_from((0, PICKUP)))
@example((30, 10), [(21, 30), (35, 30)], 2, PICKUP)  # three movements meet, but never at once
def test_escorts_are_too_few_exactly_when_counting_every_minute_says_so(
    mine, others, capacity, pickup
):
    def moves(start, length):
        end = start + length
        return [*range(start - pickup, start), *range(end, end + pickup)]

    others_move = [minute for one in others for minute in moves(*one)]
    wanted = any(1 + others_move.count(minute) > capacity for minute in moves(*mine))

    found = clashes(
        link(*mine),
        [there(number, *one) for number, one in enumerate(others)],
        escort_capacity=capacity,
        pickup=timedelta(minutes=pickup),
    )

    assert bool(found) is wanted
    assert {one.rule for one in found} <= {Rule.ESCORTS_BUSY}


def test_two_kept_apart_are_told_of_the_hour_where_they_meet_and_of_the_day_where_not():
    pair = Apart(PEOPLE[0], 1001, timedelta(minutes=30), all_day=True)

    (meets,) = clashes(link(60, 30), [there(1, 100, 30)], apart=[pair])
    (far,) = clashes(link(60, 30), [there(1, 200, 30)], apart=[pair])

    assert "from another person who is at Rimutaka" in meets.sentence
    assert "kept apart all day from another person who appears from Rimutaka on" in far.sentence
    assert clashes(link(60, 30), [there(1, 120, 30)], apart=[replace(pair, all_day=False)]) == []

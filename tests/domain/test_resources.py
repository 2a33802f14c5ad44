"""What a booking holds, leg by leg."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.booking import LegKind
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat, holds_for, in_whole_steps
from tests.domain import small_worlds as small

ROOM, SUITE, PERSON, COUNSEL, BOOTH = 11, 21, 41, 51, 61


def placement(pre: int = 15, minutes: int = 30, post: int = 10) -> Placement:
    scene = small.quiet_scene()
    start = scene.at(12)
    seat = Seat(PERSON, small.RIMUTAKA, SUITE, COUNSEL, BOOTH)
    hearing = Interval(start, start + timedelta(minutes=minutes))
    return Placement(small.COURT, ROOM, "CRB", hearing, pre, post, (seat,))


def held(wanted: Placement, turnaround: int) -> set[tuple[int, str, int, int, bool]]:
    """(resource, leg, from, to, exclusive) in minutes from the start of the hearing."""
    start = wanted.hearing.start
    after = dict.fromkeys((ROOM, SUITE, BOOTH), timedelta(minutes=turnaround))
    return {
        (
            hold.resource_id,
            hold.leg.value,
            (hold.occupied.start - start) // timedelta(minutes=1),
            (hold.occupied.end - start) // timedelta(minutes=1),
            hold.is_exclusive,
        )
        for hold in holds_for(wanted, after)
    }


def test_holds_for_gives_each_leg_its_own_resources() -> None:
    assert held(placement(), turnaround=5) == {
        (SUITE, "pre_conference", -15, 0, True),
        (PERSON, "pre_conference", -15, 0, True),
        (COUNSEL, "pre_conference", -15, 0, False),
        (BOOTH, "pre_conference", -15, 5, True),
        (ROOM, "hearing", 0, 35, True),
        (SUITE, "hearing", 0, 30, True),
        (PERSON, "hearing", 0, 30, True),
        (COUNSEL, "hearing", 0, 30, False),
        (SUITE, "post_conference", 30, 45, True),
        (PERSON, "post_conference", 30, 40, True),
        (COUNSEL, "post_conference", 30, 40, False),
        (BOOTH, "post_conference", 30, 45, True),
    }


def test_holds_for_never_makes_a_booking_wait_for_itself() -> None:
    # Counsel's room needs half an hour after the first conference, but the second one, of the
    # same booking, follows after ten minutes.
    booth = {hold[2:4] for hold in held(placement(minutes=10), turnaround=30) if hold[0] == BOOTH}

    assert booth == {(-15, 10), (10, 50)}


def test_resource_ids_come_in_the_order_they_are_locked() -> None:
    assert placement().resource_ids == (ROOM, SUITE, PERSON, COUNSEL, BOOTH)


@pytest.mark.parametrize(("usual", "steps"), [(0, 0), (1, 5), (5, 5), (8, 10), (10, 10)])
def test_a_usual_length_fits_into_whole_steps(usual: int, steps: int) -> None:
    assert in_whole_steps(usual) == steps


def test_legs_adjoin_and_span_covers_them() -> None:
    wanted = placement()

    assert [leg.kind for leg in wanted.legs] == list(LegKind)
    assert wanted.span.minutes == 55
    assert replace(wanted, pre_minutes=0, post_minutes=0).span == wanted.hearing


@settings(max_examples=100, deadline=None)
@given(
    *(st.sampled_from([0, 5, 15, 60]) for _ in range(2)),
    st.sampled_from([5, 30]),
    st.integers(0, 120),
)
def test_holds_of_one_booking_never_overlap(
    pre: int, post: int, minutes: int, turnaround: int
) -> None:
    wanted = placement(pre, minutes, post)
    by_resource: dict[int, list[Interval]] = {}
    for hold in holds_for(wanted, dict.fromkeys(wanted.rooms, timedelta(minutes=turnaround))):
        by_resource.setdefault(hold.resource_id, []).append(hold.occupied)

    for intervals in by_resource.values():
        pairs = itertools.pairwise(intervals)
        assert not any(first.overlaps(second) for first, second in pairs)

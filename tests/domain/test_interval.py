"""Intervals against sets of minutes, the plainest oracle there is."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.interval import Interval, intersect, merge, subtract

NOON = datetime(2027, 2, 3, 12, tzinfo=UTC)


def span(start: int, end: int) -> Interval:
    return Interval(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def minutes_of(intervals) -> set[int]:
    found: set[int] = set()
    for interval in intervals:
        start = int((interval.start - NOON).total_seconds() // 60)
        found |= set(range(start, start + interval.minutes))
    return found


spans = st.builds(
    lambda start, length: span(start, start + length), st.integers(0, 120), st.integers(1, 40)
)
many = st.lists(spans, max_size=8)


@given(spans, spans)
def test_overlap_and_intersection_agree_with_shared_minutes(one, other):
    shared = minutes_of([one]) & minutes_of([other])

    assert one.overlaps(other) == other.overlaps(one) == bool(shared)
    both = one.intersection(other)
    assert minutes_of([both] if both else []) == shared
    assert one.contains(other) == (minutes_of([other]) <= minutes_of([one]))


@given(many, many)
def test_set_operations_agree_with_sets_of_minutes(left, right):
    ours, theirs = minutes_of(left), minutes_of(right)

    assert minutes_of(merge(left)) == ours
    assert minutes_of(subtract(left, right)) == ours - theirs
    assert minutes_of(intersect(left, right)) == ours & theirs


@given(many, many)
def test_results_are_disjoint_in_order_and_never_touch(left, right):
    for result in (merge(left), subtract(left, right)):
        assert all(one.end < other.start for one, other in pairwise(result))


def test_touching_intervals_do_not_overlap():
    assert not span(0, 30).overlaps(span(30, 60))
    assert not span(0, 30).contains(NOON + timedelta(minutes=30))
    assert span(0, 30).contains(NOON)


def test_what_comes_before_and_after_an_inner_interval():
    whole = span(0, 60)

    assert whole.ahead_of(span(20, 40)) == span(0, 20)
    assert whole.left_after(span(20, 40)) == span(40, 60)
    assert whole.ahead_of(whole) is None
    assert whole.left_after(whole) is None


def test_interval_moves_widens_and_measures():
    assert span(0, 30).shifted(timedelta(minutes=15)) == span(15, 45)
    wider = span(0, 30).widened(before=timedelta(minutes=5), after=timedelta(minutes=10))
    assert wider == span(-5, 40)
    assert wider.minutes == 45


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOON, NOON),
        (NOON, NOON - timedelta(minutes=1)),
        (NOON.replace(tzinfo=None), NOON.replace(tzinfo=None) + timedelta(hours=1)),
        (
            NOON.astimezone(timezone(timedelta(hours=13))),
            NOON.astimezone(timezone(timedelta(hours=13))) + timedelta(hours=1),
        ),
    ],
    ids=["empty", "backwards", "naive", "not UTC"],
)
def test_interval_that_is_empty_backwards_naive_or_not_utc_is_refused(start, end):
    with pytest.raises(ValueError, match="interval"):
        Interval(start, end)

"""Who is next, how long a time is kept, and what becomes of one that nobody takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from avl.domain.interval import Interval
from avl.domain.waiting import (
    MOST_OFFERS,
    WaitState,
    in_turn,
    kept_until,
    pass_on,
)

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Waits:
    """Somebody who waits."""

    id: int
    priority: int
    asked_at: datetime
    deadline_at: datetime


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    return st.integers(first, last).map(lambda n: NOW + n * MINUTE)


@st.composite
def queues(draw: st.DrawFn) -> list[Waits]:
    count = draw(st.integers(0, 6))
    return [
        Waits(n, draw(st.integers(0, 3)), draw(moments(-3, 0)), draw(moments(-1, 2)))
        for n in range(count)
    ]


@given(queues(), st.sets(st.integers(0, 5)))
def test_the_first_that_fits_is_the_one_nobody_goes_ahead_of(
    queue: list[Waits], fitting: set[int]
) -> None:
    def goes_ahead(one: Waits, other: Waits) -> bool:
        if one.priority != other.priority:
            return one.priority > other.priority
        return (one.asked_at, one.id) < (other.asked_at, other.id)

    eligible = [one for one in queue if one.id in fitting and one.deadline_at > NOW]
    best = [
        one
        for one in eligible
        if not any(goes_ahead(other, one) for other in eligible if other is not one)
    ]

    first = next((one for one in in_turn(queue, NOW) if one.id in fitting), None)
    assert first == (best[0] if best else None)


@given(queues())
def test_nobody_is_lost_from_the_queue_but_those_whose_deadline_has_passed(
    queue: list[Waits],
) -> None:
    assert {one.id for one in in_turn(queue, NOW)} == {
        one.id for one in queue if one.deadline_at > NOW
    }


@given(
    st.lists(st.tuples(st.integers(-30, 120), st.integers(1, 40)), max_size=5),
    st.integers(1, 90),
    st.integers(1, 400),
)
@example([(0, 15), (60, 30)], 15, 400)  # over at closing, not when it opens again
def test_a_time_is_kept_for_so_much_open_time(
    opened: list[tuple[int, int]], working: int, before: int
) -> None:
    """Counted minute by minute, as nobody would do it twice."""
    at, hours = -10_000, []
    for start, length in sorted(opened):
        if start >= at:
            hours.append(Interval(NOW + start * MINUTE, NOW + (start + length) * MINUTE))
            at = start + length
    minutes = [n for n in range(400) if any(h.contains(NOW + n * MINUTE) for h in hours)]
    if len(minutes) >= working:
        expected = minutes[working - 1] + 1
    else:
        expected = minutes[-1] + 1 if minutes else working

    until = kept_until(NOW, hours, working * MINUTE, before=NOW + before * MINUTE)

    assert until == NOW + min(expected, before) * MINUTE


def test_what_lies_over_the_weekend_does_not_count() -> None:
    friday = Interval(NOW, NOW + timedelta(minutes=15))
    monday = Interval(NOW + timedelta(days=3), NOW + timedelta(days=3, hours=8))

    until = kept_until(NOW, [friday, monday], timedelta(hours=1), before=NOW + timedelta(days=9))

    assert until == monday.start + timedelta(minutes=45)


@given(st.integers(1, 6), moments(-2, 2))
def test_a_time_not_taken_is_passed_on(offers_made: int, deadline_at: datetime) -> None:
    passed = pass_on(offers_made=offers_made, deadline_at=deadline_at, now=NOW)

    waits_again = offers_made < MOST_OFFERS and deadline_at > NOW
    assert passed.state is (WaitState.WAITING if waits_again else WaitState.LAPSED)
    assert bool(passed.reason) is not waits_again

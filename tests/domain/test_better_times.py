"""What is kept for a better time beside what a booking holds, and what counts as better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.better_times import grants, left_to_keep, nearer_than
from avl.domain.booking import LegKind
from avl.domain.cells import Grid, each
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat, WantedHold
from avl.domain.starts import nearer
from avl.domain.wish import Wish, WishSeat

ZONE = "Pacific/Auckland"
TEN = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
WEDNESDAY = date(2026, 11, 25)
FIVE = timedelta(minutes=5)


@dataclass(frozen=True)
class Holds:
    """Something held by the booking that waits."""

    resource_id: int
    interval: Interval
    is_exclusive: bool = True


def stretches() -> st.SearchStrategy[Interval]:
    return st.builds(
        lambda first, length: Interval(TEN + first * FIVE, TEN + (first + length) * FIVE),
        st.integers(0, 20),
        st.integers(1, 12),
    )


def wants() -> st.SearchStrategy[WantedHold]:
    return st.builds(
        lambda key, when, alone: WantedHold(key, LegKind.HEARING, when, when, alone),
        st.integers(1, 3),
        stretches(),
        st.booleans(),
    )


def cells(resource: int, intervals: list[tuple[int, Interval]]) -> set[datetime]:
    """Every five minutes of a resource that is in one of these."""
    return {
        one.start + n * FIVE
        for key, one in intervals
        if key == resource
        for n in range(one.length // FIVE)
    }


@given(
    st.lists(wants(), max_size=6),
    st.lists(st.builds(Holds, st.integers(1, 3), stretches(), st.booleans()), max_size=6),
)
def test_what_is_kept_and_what_is_held_are_all_that_is_wanted_and_never_overlap(
    wanted: list[WantedHold], own: list[Holds]
) -> None:
    kept = left_to_keep(wanted, own)

    for resource in (1, 2, 3):
        asked = [(one.resource_id, one.occupied) for one in wanted if one.is_exclusive]
        mine = [(one.resource_id, one.interval) for one in own if one.is_exclusive]
        left = [(one.resource_id, one.occupied) for one in kept if one.is_exclusive]
        have, hold = cells(resource, left), cells(resource, mine)
        assert have & hold == set()
        assert have == cells(resource, asked) - hold
    # Counsel's overlap only warns, so it is kept as it is.
    assert [one for one in kept if not one.is_exclusive] == [
        one for one in wanted if not one.is_exclusive
    ]


def wish(**more: object) -> Wish:
    usual = Wish(1, (), "CRB", 30, 0, 0, (WishSeat(7),), TEN, WEDNESDAY, WEDNESDAY)
    return replace(usual, **more)  # type: ignore[arg-type]


def at(start: datetime, **more: object) -> Placement:
    hearing = Interval(start, start + timedelta(minutes=30))
    usual = Placement(1, 20, "CRB", hearing, 0, 0, (Seat(7, 2, 30),))
    return replace(usual, **more)  # type: ignore[arg-type]


@given(st.integers(0, 30))
def test_a_start_is_nearer_when_it_is_less_far_from_the_one_wanted(minutes: int) -> None:
    one = wish(nearer=timedelta(minutes=minutes))
    grid = Grid.covering(one.window(ZONE))

    found = [grid.at(cell) for cell in each(nearer(one, grid))]

    assert found == [
        at
        for at in (grid.at(cell) for cell in range(grid.size))
        if abs(at - TEN) < timedelta(minutes=minutes)
    ]


def test_every_start_will_do_where_nothing_is_said() -> None:
    grid = Grid.covering(wish().window(ZONE))

    assert nearer(wish(), grid) == grid.whole


def test_better_than_a_place_that_would_do_is_only_what_is_nearer() -> None:
    assert nearer_than(at(TEN + 3 * FIVE), wish(), ZONE) == 3 * FIVE


@pytest.mark.parametrize(
    "more",
    [
        {"earliest": time(10, 5)},
        {"latest": time(10, 25)},
        {"first": date(2026, 11, 26), "last": date(2026, 11, 26)},
        {"courtrooms": (21,)},
        {"minutes": 45},
        {"pre_minutes": 15},
        {"seats": (WishSeat(7, suites=(31,)),)},
    ],
)
def test_anything_that_will_do_is_better_than_what_would_not(
    more: dict[str, object],
) -> None:
    assert grants(at(TEN), wish(), ZONE)
    assert not grants(at(TEN), wish(**more), ZONE)
    assert nearer_than(at(TEN), wish(**more), ZONE) is None

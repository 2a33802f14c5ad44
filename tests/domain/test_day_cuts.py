"""Rows added to the relaxation of a day's model: no choice that keeps its rows breaks them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.jobs.day_cuts import Cutter
from avl.jobs.day_rows import INFINITY, Row

MANY = 7
SIDE = st.floats(0, 1).map(lambda share: round(share, 2))


def _keeps(row: Row, choice: tuple[int, ...]) -> bool:
    total = sum(weight * choice[one] for one, weight in row.weights.items())
    return row.least <= total <= row.most


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    """Cliques, exactly one of some, at most so many, each at most as a leader, at least."""
    found = []
    for _ in range(draw(st.integers(3, 9))):
        some = draw(st.sets(st.integers(0, MANY - 1), min_size=2, max_size=4))
        kind = draw(st.sampled_from(("clique", "one", "count", "led", "least")))
        weights = dict.fromkeys(sorted(some), 1)
        if kind == "count":
            weights = {one: draw(st.integers(1, 3)) for one in weights}
            found.append(Row(weights, -INFINITY, draw(st.integers(1, 4))))
        elif kind == "led":
            weights[min(some)] = -1
            found.append(Row(weights, -INFINITY, 0))
        elif kind == "least":
            found.append(Row(weights, 1, INFINITY))
        else:
            found.append(Row(weights, 1 if kind == "one" else -INFINITY, 1))
    return found


@settings(max_examples=150)
@given(_rows(), st.lists(SIDE, min_size=MANY, max_size=MANY))
def test_rows_found_are_kept_by_every_choice_that_keeps_the_others(
    rows: list[Row], values: list[float]
) -> None:
    cutter = Cutter(rows)
    choices = [
        choice
        for choice in product((0, 1), repeat=MANY)
        if all(_keeps(row, choice) for row in rows)
    ]

    for _ in range(2):
        found = [*cutter.cliques(values, [0.0] * MANY), *cutter.halves(values)]
        for row in found:
            cutter.lay(row)

        assert all(_keeps(row, choice) for row in found for choice in choices)
        assert all(
            sum(weight * values[one] for one, weight in row.weights.items()) > row.most
            for row in found
        )


def test_three_pairs_make_a_clique_of_three() -> None:
    pairs = [Row(dict.fromkeys(pair, 1), -INFINITY, 1) for pair in ((0, 1), (1, 2), (0, 2))]

    found = Cutter(pairs).cliques([0.5, 0.5, 0.5], [0.0] * 3)

    assert found == [Row({0: 1, 1: 1, 2: 1}, -INFINITY, 1)]


def test_those_with_leaders_that_exclude_each_other_are_a_clique() -> None:
    led = [Row({one: 1, one + 2: -1}, -INFINITY, 0) for one in (0, 1)]
    leaders = Row({2: 1, 3: 1}, -INFINITY, 1)

    assert Cutter([*led, leaders]).near(0) == {1, 3}


def test_a_ring_of_five_holds_two() -> None:
    pairs = [Row({one: 1, (one + 1) % 5: 1}, -INFINITY, 1) for one in range(5)]

    (found,) = Cutter(pairs).halves([0.5] * 5)

    assert (sorted(found.weights), found.most) == ([0, 1, 2, 3, 4], 2)
    assert set(found.weights.values()) == {1}


@pytest.mark.parametrize("values", [[0.0] * 5, [1.0, 0.0, 1.0, 0.0, 0.0]])
def test_nothing_is_found_where_nothing_is_split(values: list[float]) -> None:
    pairs = [Row({one: 1, (one + 1) % 5: 1}, -INFINITY, 1) for one in range(5)]
    cutter = Cutter(pairs)

    assert cutter.cliques(values, values) == []
    assert cutter.halves(values) == []

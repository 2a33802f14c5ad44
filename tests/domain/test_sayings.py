"""What pages say of plans and offers: each thing once, and lengths as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from avl.domain.day_words import say_bound, say_day_cost
from avl.domain.interval import Interval
from avl.domain.plan_cost import Cost, say_cost
from avl.domain.reasons import say_warnings
from avl.domain.spoken import say_all
from avl.domain.verdict import Clash, Rule

ZONE = "Pacific/Auckland"


def elsewhere(name: str, start: int, end: int) -> Clash:
    """Counsel is wanted elsewhere for these minutes after 11 am in Wellington."""
    at = [datetime(2026, 11, 24, 22, minute, tzinfo=UTC) for minute in (start, end)]
    return Clash(Rule.COUNSEL_ELSEWHERE, f"{name} is wanted elsewhere then.", 1, Interval(*at))


def test_stretches_of_one_counsel_that_adjoin_are_said_once() -> None:
    late = Clash(Rule.INTERPRETER_LATE, "Ring the registry.", None, None)
    found = [elsewhere("Ana", 0, 25), late, elsewhere("Ana", 20, 30), elsewhere("Ben", 0, 5)]

    assert list(say_warnings(found, ZONE)) == [
        "Ring the registry.",
        "Ana is wanted elsewhere 11:00 am to 11:30 am.",
        "Ben is wanted elsewhere 11:00 am to 11:05 am.",
    ]


def test_costs_say_hours_and_minutes() -> None:
    moved = Cost(days_crossed=0, moved=1, importance=(), minutes=0)
    day = {"off": 100, "moved": 0, "proven": 1, "bound": (0, 90, 0, 0)}

    assert say_cost(moved, shift=105).startswith("Moves 1 booking by 1 hour 45 minutes;")
    assert "1 hour 40 minutes from the wanted times" in say_day_cost(day, left_out=0)
    assert "closer than 1 hour 30 minutes" in say_bound(day)


@pytest.mark.parametrize(
    ("things", "said"),
    [("", ""), ("A", "A"), ("AB", "A and B"), ("ABC", "A, B and C"), ("ABCD", "A, B, C and D")],
)
def test_several_things_are_said_with_one_and(things: str, said: str) -> None:
    assert say_all(iter(things)) == said

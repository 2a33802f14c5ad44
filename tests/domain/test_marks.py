"""NEW and CHANGED: what a printed run sheet does not know."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from avl.domain.local_time import to_utc
from avl.domain.marks import Mark, mark_of

ZONE = "Pacific/Auckland"
MONDAY = date(2026, 11, 23)


def wall(text: str) -> datetime:
    return to_utc(datetime.fromisoformat(text), ZONE)


@pytest.mark.parametrize(
    ("made", "now", "mark"),
    [
        ("2026-11-23 08:00", "2026-11-23 16:00", Mark.NEW),  # today's, made today
        ("2026-11-20 14:59", "2026-11-23 08:00", None),  # before Friday's sheet was printed
        ("2026-11-20 15:00", "2026-11-23 08:00", Mark.NEW),
        ("2026-11-22 12:00", "2026-11-23 09:59", Mark.NEW),  # over the weekend
        ("2026-11-22 12:00", "2026-11-23 10:00", None),  # the morning's run is under way
        ("2026-11-20 16:00", "2026-11-20 17:00", Mark.NEW),  # Monday's list read on Friday
        ("2026-11-19 16:00", "2026-11-20 17:00", None),
        ("2026-11-23 08:00", "2026-11-24 00:00", None),  # the day is over
    ],
)
def test_mark_of_new_booking(made: str, now: str, mark: Mark | None) -> None:
    assert mark_of(wall(made), None, MONDAY, now=wall(now), zone=ZONE) == mark


@pytest.mark.parametrize(
    ("changed", "now", "mark"),
    [
        ("2026-11-23 11:00", "2026-11-23 12:00", Mark.CHANGED),
        ("2026-11-23 11:00", "2026-11-23 12:01", None),  # everybody has seen it by now
        ("2026-11-20 16:00", "2026-11-23 09:00", Mark.CHANGED),
        ("2026-11-20 16:00", "2026-11-23 10:00", None),
        ("2026-11-20 14:00", "2026-11-20 14:30", None),  # the sheet will have it
    ],
)
def test_mark_of_changed_booking(changed: str, now: str, mark: Mark | None) -> None:
    long_ago = wall("2026-10-01 09:00")

    assert mark_of(long_ago, wall(changed), MONDAY, now=wall(now), zone=ZONE) == mark


def test_mark_of_new_and_changed_is_new() -> None:
    made, changed = wall("2026-11-23 08:00"), wall("2026-11-23 08:30")

    assert mark_of(made, changed, MONDAY, now=wall("2026-11-23 08:40"), zone=ZONE) is Mark.NEW

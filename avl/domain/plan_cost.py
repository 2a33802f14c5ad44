"""What a plan costs, and how much trouble one move is: the order in which plans are preferred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from avl.domain.local_time import say_minutes
from avl.domain.resources import Placement

OTHER_COURTROOM, OTHER_SUITE, WARNED = 20, 5, 45
"""What is unwelcome besides another time, in minutes of shift that it is worth: another
courtroom, another suite (for each person), and counsel who is wanted elsewhere then. The same
weights rank offers (`domain/offers.py`)."""


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What a plan costs; the smaller the better, the first field weighing most.

    Attributes:
        days_crossed: how many bookings go to another day: none, unless nothing else helps.
        moved: how many bookings are moved.
        importance: priorities of the moved bookings, the most important first.
        minutes: all shifts together, the new booking's own included, and what else is unwelcome.
    """

    days_crossed: int
    moved: int
    importance: tuple[int, ...]
    minutes: int


def importance_of(priorities: Iterable[int]) -> tuple[int, ...]:
    """Sort priorities so that moving one trial costs more than moving several list hearings."""
    return tuple(sorted(priorities, reverse=True))


def trouble(before: Placement, after: Placement) -> int:
    """How unwelcome a move is to those it concerns, in minutes."""
    shift = abs(after.hearing.start - before.hearing.start)
    minutes = int(shift.total_seconds() // 60)
    if after.courtroom != before.courtroom:
        minutes += OTHER_COURTROOM
    for old, new in zip(before.seats, after.seats, strict=True):
        if new.suite != old.suite:
            minutes += OTHER_SUITE
    return minutes


def say_cost(cost: Cost, *, shift: int) -> str:
    """Say what a plan costs: "Moves 2 bookings, by 45 minutes together; nobody to another day."

    Args:
        shift: minutes by which the moved bookings' hearings start earlier or later, together.
    """
    if not cost.moved:
        return "Moves nothing: there is room already."
    what = "1 booking" if cost.moved == 1 else f"{cost.moved} bookings"
    together = " together" if cost.moved > 1 else ""
    by = f"by {say_minutes(shift)}{together}" if shift else "to another room, at the same time"
    if not cost.days_crossed:
        return f"Moves {what} {by}; nobody to another day."
    count = _count(cost.days_crossed)
    return f"Moves {what}, {count} to another day: there is no way within the day."


def _count(number: int) -> str:
    return "one of them" if number == 1 else f"{number} of them"


def shift_minutes(moves: Sequence[tuple[Placement, Placement]]) -> int:
    """How far all hearings are shifted together, in minutes."""
    return sum(
        int(abs(after.hearing.start - before.hearing.start).total_seconds() // 60)
        for before, after in moves
    )

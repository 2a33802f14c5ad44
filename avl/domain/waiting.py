"""Waiting for a time: who is next, how long a time is kept, and what becomes of one not taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from avl.domain.interval import Interval
from avl.domain.local_time import say_when, to_local

MOST_OFFERS = 3
"""How often a time is kept for one wish: rooms kept again and again for somebody who never
answers would be lost to everybody else."""

URGENT = 100
"""The priority of what goes ahead of every hearing type: the highest a type can have."""


class WaitState(StrEnum):
    """Where a wish is in its life."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({WaitState.WAITING, WaitState.OFFERED})
"""States in which somebody still hopes for a time."""


ENDED_BY = {
    "move": "{reference} was moved while it waited for a better time.",
    "cancel": "{reference} was cancelled.",
    "decline": "{reference} was declined by the prison.",
    "lapse": "{reference} lapsed, because nobody at the prison answered.",
    "complete": "{reference} took place at the time it had.",
}
"""Why a wait for a better time ends when its booking does something else, by the action."""


_BEYOND = {
    "first": "is before the first date that will do",
    "last": "is after the last date that will do",
    "earliest": "begins before the earliest time that will do",
    "latest": "ends after the latest time that will do",
}


def bound_crossed(
    hearing: Interval,
    zone: str,
    *,
    first: date,
    last: date,
    earliest: time | None = None,
    latest: time | None = None,
) -> str:
    """Return which of the bounds of a wish the hearing that is liked best lies beyond.

    Args:
        hearing: from the start that was asked for, aware UTC.
        zone: the court's, on whose wall the bounds are.

    Returns:
        "first", "last", "earliest" or "latest"; "" where it lies within all of them.
    """
    start, end = to_local(hearing.start, zone), to_local(hearing.end, zone)
    if not first <= start.date() <= last:
        return "first" if start.date() < first else "last"
    if earliest and start.time() < earliest:
        return "earliest"
    is_late = latest and (end.date() > start.date() or end.time() > latest)
    return "latest" if is_late else ""


def say_crossed(hearing: Interval, zone: str, bound: str) -> str:
    """Say which bound the hearing that was asked for lies beyond, in one sentence."""
    return f"The time asked for, {say_when(hearing, zone)}, {_BEYOND[bound]}."


class Waiter(Protocol):
    """Whoever waits, as the queue sees them; a row satisfies it."""

    @property
    def id(self) -> int: ...
    @property
    def priority(self) -> int: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def deadline_at(self) -> datetime: ...


W = TypeVar("W", bound=Waiter)


def in_turn(waiters: Iterable[W], now: datetime) -> list[W]:
    """Everybody whose deadline has not passed, in the order in which they are served.

    The higher priority goes first; of one priority, whoever asked (or was passed over) earlier.
    """
    waiting = (one for one in waiters if one.deadline_at > now)
    return sorted(waiting, key=lambda one: (-one.priority, one.asked_at, one.id))


@dataclass(frozen=True, slots=True)
class Passed:
    """What becomes of a wish whose offer was not taken.

    Attributes:
        reason: why it waits no longer; "" when it waits again, behind others of its priority.
    """

    state: WaitState
    reason: str = ""


def pass_on(*, offers_made: int, deadline_at: datetime, now: datetime) -> Passed:
    """Say what becomes of a wish when the time kept for it is not taken.

    Args:
        offers_made: how many times have been kept for it, the last one included.
    """
    if offers_made >= MOST_OFFERS:
        return Passed(
            WaitState.LAPSED, f"A time was kept for it {MOST_OFFERS} times, and nobody booked it."
        )
    if deadline_at <= now:
        return Passed(WaitState.LAPSED, "The last time kept for it was not booked by the deadline.")
    return Passed(WaitState.WAITING)


def kept_until(
    now: datetime, opened: Sequence[Interval], working: timedelta, *, before: datetime
) -> datetime:
    """Until when a time is kept for somebody who waited.

    Args:
        opened: when the court's registry is open, disjoint, earliest first; what lies outside
            does not count.
        working: how much open time the officer gets to answer.
        before: when the booking itself begins: it is never kept any longer.

    Returns:
        The moment at which that much open time has gone by; where the hours known do not
        suffice, the end of the last of them.
    """
    left, until = working, now
    for hours in opened:
        start = max(hours.start, now)
        if start >= hours.end:
            continue
        if hours.end - start >= left:
            return min(start + left, before)
        left -= hours.end - start
        until = hours.end
    return min(until, before) if until > now else min(now + working, before)

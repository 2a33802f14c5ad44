"""What stands in a row gathered of a place, read: windows, closures, sittings, moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from avl.domain.interval import Interval


@dataclass(frozen=True, slots=True)
class WindowRead:
    """A weekly opening or break; whose it is stands beside it.

    ``to_on`` is the first date on which it no longer stands.
    """

    kind: str
    weekday: int
    opens_at: time
    closes_at: time
    label: str
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClosureRead:
    """One date on which a site is shut, or open after all; see `Closure`."""

    on_date: date
    kind: str
    from_time: time | None
    to_time: time | None
    reason: str
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Roster:
    """A courtroom's sittings, and the days on which it does not sit; both earliest first."""

    sittings: tuple[Interval, ...] = ()
    idle: tuple[Interval, ...] = ()


def read_rosters(rows: Sequence[Sequence[Any]]) -> dict[int, Roster]:
    """Read when courtrooms sit, by courtroom."""
    found: dict[int, tuple[list[Interval], list[Interval]]] = defaultdict(lambda: ([], []))
    for courtroom, starts, ends, is_idle in rows:
        found[courtroom][bool(is_idle)].append(Interval(moment(starts), moment(ends)))
    return {
        courtroom: Roster(tuple(sorted(sits)), tuple(sorted(idle)))
        for courtroom, (sits, idle) in found.items()
    }


@lru_cache(maxsize=4096)
def read_window(
    kind: str,
    weekday: int,
    opens: str,
    closes: str,
    label: str,
    from_on: str | None,
    to_on: str | None,
) -> WindowRead:
    """Read a window; many sites keep the same hours, so each is read once."""
    return WindowRead(
        kind,
        weekday,
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        label,
        date.fromisoformat(from_on) if from_on else None,
        date.fromisoformat(to_on) if to_on else None,
    )


def read_closure(
    on: str, kind: str, starts: str | None, ends: str | None, reason: str, allowed: str
) -> ClosureRead:
    """Read a closure."""
    return ClosureRead(
        date.fromisoformat(on),
        kind,
        time.fromisoformat(starts) if starts else None,
        time.fromisoformat(ends) if ends else None,
        reason,
        frozenset(allowed.split()),
    )


def by_date(spelt: Sequence[str | None]) -> tuple[str, str]:
    """By what gathered closures are put in order."""
    return spelt[0] or "", spelt[2] or ""


def moment(spelt: str) -> datetime:
    """An instant; SQLite, which keeps UTC, spells no offset."""
    at = datetime.fromisoformat(spelt)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

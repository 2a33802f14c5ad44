"""What a prison marks on its lists because it is newer than the list somebody printed.

Run sheets are printed in the afternoon for the next working day. Whatever was booked or changed
after that is marked, until the morning's run is under way.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from avl.domain.local_time import day_interval, to_utc

PRINTED_AT = time(15, 0)
"""By when the next day's run sheet has been printed (by the prison's clock)."""

SETTLED_AT = time(10, 0)
"""Until when marks from before the day itself are kept up."""

FRESH = timedelta(hours=1)
"""How long a change made on the day itself stays marked."""


class Mark(StrEnum):
    """Why a line deserves a second look."""

    NEW = "new"
    CHANGED = "changed"


def mark_of(
    made_at: datetime, changed_at: datetime | None, on: date, *, now: datetime, zone: str
) -> Mark | None:
    """Say whether a booking of that date is newer than the list printed for it.

    Args:
        made_at: when it was requested.
        changed_at: when its time, place or what the prison must know last changed, if ever.
        on: the date it happens, by the prison's clock.

    Source: the daily list of the United Kingdom's book-a-video-link service marks by the same
    afternoon and morning; ours counts from the last weekday, so that Friday's sheet for Monday
    is covered too.
    """
    if _is_marked(made_at, on, now=now, zone=zone, fresh=None):
        return Mark.NEW
    if changed_at is not None and _is_marked(changed_at, on, now=now, zone=zone, fresh=FRESH):
        return Mark.CHANGED
    return None


@lru_cache(maxsize=1024)
def printed_at(on: date, zone: str) -> datetime:
    """When the run sheet of a date is taken to have been printed: the weekday before, 3 pm."""
    day = on - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return to_utc(datetime.combine(day, PRINTED_AT), zone)


def _is_marked(
    at: datetime, on: date, *, now: datetime, zone: str, fresh: timedelta | None
) -> bool:
    day = day_interval(on, zone)
    if now >= day.end or at < printed_at(on, zone):
        return False
    if at >= day.start:
        return fresh is None or now - at <= fresh
    return now < _settled_at(on, zone)


@lru_cache(maxsize=1024)
def _settled_at(on: date, zone: str) -> datetime:
    return to_utc(datetime.combine(on, SETTLED_AT), zone)

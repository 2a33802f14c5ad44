"""When a reminder is due and when it has lost its worth. Pure; the caller gives the calendar.

The afternoon before is by the court's working days: on Friday for a Monday hearing, on Thursday
before Good Friday for the Tuesday after Easter. Wall-clock times are the court's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from avl.domain.local_time import SkippedTime, day_interval, local_day, to_local, to_utc
from avl.domain.news import Arrangement
from avl.domain.sms import SmsKind

DAY_BEFORE_AT = time(16, 0)
"""Reminders leave at 4 pm: counsel's office is still open, and so is the registry."""

SHORTLY_BEFORE = timedelta(hours=2)

TOO_SOON_AFTER_NEWS = timedelta(hours=1)
"""A reminder due within this of the news itself would only say the same again."""

_LOOK_BACK_DAYS = 31

WorkingDay = Callable[[date], bool]
"""Whether the court works on a local date, by its own calendar."""

Allowed = Callable[[datetime, datetime], datetime | None]
"""The place for quiet hours: (due, expires) -> when the text may leave, or None for never."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder to be sent between two instants, aware UTC."""

    kind: SmsKind
    due_at: datetime
    expires_at: datetime


def plan_reminders(
    arrangement: Arrangement,
    *,
    now: datetime,
    is_working_day: WorkingDay,
    allowed: Allowed = lambda due, expires: due,
) -> list[Reminder]:
    """Which reminders an arrangement still deserves, earliest first.

    Args:
        arrangement: what counsel has just been, or is about to be, told.
        now: the present; reminders already due, or due within the hour, are left out.
        is_working_day: the court's calendar.
        allowed: shifts a reminder out of quiet hours; by default nothing is quiet.
    """
    first = arrangement.first_at
    shortly = first - SHORTLY_BEFORE
    wanted = [
        Reminder(
            SmsKind.REMINDER_DAY_BEFORE,
            working_day_before(first, arrangement.zone, is_working_day),
            shortly,
        ),
        Reminder(SmsKind.REMINDER_TWO_HOURS, shortly, first),
    ]
    planned = []
    for reminder in wanted:
        due = allowed(reminder.due_at, reminder.expires_at)
        if due is None or due >= reminder.expires_at or due <= now + TOO_SOON_AFTER_NEWS:
            continue
        planned.append(Reminder(reminder.kind, due, reminder.expires_at))
    return planned


def working_day_before(at: datetime, zone: str, is_working_day: WorkingDay) -> datetime:
    """4 pm, local time, on the last working day before the local day of ``at``.

    Where the calendar shows no working day for a month, the day before itself is used: a
    reminder on an odd day is better than none.
    """
    day = local_day(at, zone)
    before = (day - timedelta(days=back) for back in range(1, _LOOK_BACK_DAYS))
    chosen = next((on for on in before if is_working_day(on)), day - timedelta(days=1))
    return wall_to_utc(chosen, DAY_BEFORE_AT, zone)


@lru_cache(maxsize=1024)  # All hearings of a day are reminded of at one moment.
def wall_to_utc(on: date, wall: time, zone: str) -> datetime:
    """The moment a wall clock shows a time: the first of a repeated time, and the first moment
    after the clocks jump over it. For times nobody chose, so that nobody has to be asked."""
    try:
        return to_utc(datetime.combine(on, wall), zone, fold=0)
    except SkippedTime:
        return _after_the_jump(on, zone)


def _after_the_jump(on: date, zone: str) -> datetime:
    """The moment the offset changes on a day that the clocks go forward, to the minute."""
    day = day_interval(on, zone)
    low, high = 0, day.minutes
    before = _wall_lag(day.start, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _wall_lag(day.start + timedelta(minutes=middle), zone) == before:
            low = middle
        else:
            high = middle
    return day.start + timedelta(minutes=high)


def _wall_lag(at: datetime, zone: str) -> timedelta:
    return to_local(at, zone).replace(tzinfo=UTC) - at

"""Wall clock <-> UTC, and how times are said to people.

The database holds aware UTC only. A wall-clock time exists only together with a site's zone
(``Pacific/Auckland``, ``Pacific/Chatham``). Once a year the clocks skip an hour and once a year
they repeat one; a time inside either is refused rather than guessed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
END_OF_DAY = time.max
"""What a database column holds for "until midnight", where the end must come after the start."""

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


class SkippedTime(InvalidInput):
    """A wall-clock time that the clocks jump over when daylight saving starts."""


class RepeatedTime(InvalidInput):
    """A wall-clock time that happens twice when daylight saving ends; ask which is meant."""


def zone_named(name: str) -> ZoneInfo:
    """Return the zone.

    Raises:
        InvalidInput: there is no such zone, or this machine has no zone data.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            "zone", f"“{name}” is not a time zone this system knows. Use Pacific/Auckland."
        ) from None


def to_utc(wall: datetime, zone: str, fold: int | None = None) -> datetime:
    """Turn a site's wall-clock time into the one moment it names.

    Args:
        wall: naive; what the clock on the site's wall shows.
        zone: the site's zone, such as ``Pacific/Auckland``.
        fold: 0 for the first and 1 for the second of a repeated time; None refuses to guess.

    Raises:
        SkippedTime: the clocks jump over this time.
        RepeatedTime: the time happens twice and ``fold`` does not say which is meant.
        ValueError: ``wall`` already carries a zone.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"A wall-clock time is naive; this one carries a zone: {wall!r}.")
    place = zone_named(zone)
    moments = _moments(wall, place)
    if not moments:
        raise _skipped(wall, place)
    if len(moments) == 1:
        return moments[0]
    if fold is None:
        raise _repeated(wall)
    return moments[fold]


def to_local(at: datetime, zone: str) -> datetime:
    """Return the moment as the site's clock shows it (aware)."""
    if at.tzinfo is None:
        raise ValueError(f"A moment is aware; this one has no zone: {at!r}.")
    return at.astimezone(zone_named(zone))


def local_day(at: datetime, zone: str) -> date:
    """Return the date on the site's wall at this moment."""
    return to_local(at, zone).date()


def local_days(interval: Interval, zone: str) -> list[date]:
    """Return every date on the site's wall that the interval touches, earliest first."""
    first = local_day(interval.start, zone)
    last = local_day(interval.end - timedelta(microseconds=1), zone)
    return [first + _DAY * n for n in range((last - first).days + 1)]


@lru_cache(maxsize=8192)
def day_interval(on: date, zone: str) -> Interval:
    """Return the whole local day: 24 hours, or 23 or 25 when the clocks change."""
    place = zone_named(zone)
    start = datetime.combine(on, _MIDNIGHT, place).astimezone(UTC)
    end = datetime.combine(on + _DAY, _MIDNIGHT, place).astimezone(UTC)
    return Interval(start, end)


def wall_times(on: date, zone: str, step: timedelta) -> list[datetime]:
    """Return the moments (UTC, earliest first) at which the day's clock shows a multiple of step.

    Skipped times are left out and repeated ones appear twice, so a 15-minute step gives
    96 moments on most days and 92 or 100 on the days the clocks change.

    Raises:
        ValueError: ``step`` is not positive.
    """
    if step <= timedelta(0):
        raise ValueError("The step between times must be longer than nothing.")
    moments: list[datetime] = []
    for piece, offset in _steady_pieces(on, zone):
        wall_start = piece.start + offset - datetime.combine(on, _MIDNIGHT, UTC)
        at = piece.start + (-wall_start % step)
        while at < piece.end:
            moments.append(at)
            at += step
    return moments


def clock_intervals(on: date, starts: time, ends: time, zone: str) -> list[Interval]:
    """Return when, on that local day, the clock shows a time in ``[starts, ends)``.

    Midnight (or ``END_OF_DAY``) as ``ends`` means the end of the day. One interval on most
    days; none when the clocks skip all of it; two when a repeated hour makes the clock show it
    twice.
    """
    first = datetime.combine(on, starts, UTC)
    is_whole = ends in (_MIDNIGHT, END_OF_DAY)
    last = datetime.combine(on + _DAY if is_whole else on, _MIDNIGHT if is_whole else ends, UTC)
    shown: list[Interval] = []
    for piece, offset in _steady_pieces(on, zone):
        start, end = max(piece.start, first - offset), min(piece.end, last - offset)
        if start < end:
            # A window ending at the moment of the change may go on at once after it.
            if shown and shown[-1].end == start:
                shown[-1] = Interval(shown[-1].start, end)
            else:
                shown.append(Interval(start, end))
    return shown


@lru_cache(maxsize=8192)
def say_time(at: datetime, zone: str) -> str:
    """Say the site's clock time: "10:15 am"; a repeated hour says which of the two it is."""
    local = to_local(at, zone)
    said = say_clock(local.time())
    if len(_moments(local.replace(tzinfo=None, fold=0), zone_named(zone))) == 2:
        said += " (after the clocks go back)" if local.fold else " (before the clocks go back)"
    return said


def say_clock(wall: time) -> str:
    """Say a wall-clock time that belongs to no date: "10:15 am", "12:00 pm"."""
    half = "am" if wall.hour < 12 else "pm"
    return f"{wall.hour % 12 or 12}:{wall.minute:02} {half}"


def say_minutes(minutes: int) -> str:
    """Say a length: "45 minutes", "2 hours", "1 hour 30 minutes"."""
    parts = [
        f"{number} {unit}{'' if number == 1 else 's'}"
        for number, unit in zip(divmod(minutes, 60), ("hour", "minute"), strict=True)
        if number
    ]
    return " ".join(parts) or "0 minutes"


def say_date(on: date) -> str:
    """Say a date: "Wed 3 Feb 2027". Never in the server's own language."""
    return f"{WEEKDAYS[on.weekday()][:3]} {on.day} {_MONTHS[on.month - 1]} {on.year}"


def say_day(at: datetime, zone: str) -> str:
    """Say the date on the site's wall: "Wed 3 Feb 2027"."""
    return say_date(local_day(at, zone))


LAST_MINUTES = time(23, 54)
"""Whatever lasts until after it lasts all day: a form without a time says 23:55."""


def say_span(start: datetime, end: datetime | None, zone: str) -> str:
    """A stretch of time in words, which may be days; ``end`` None until further notice."""
    first = f"{say_time(start, zone)} on {say_day(start, zone)}"
    if end is None:
        return f"from {first} until further notice"
    within = end - timedelta(seconds=1)
    if to_local(start, zone).time() == _MIDNIGHT and to_local(within, zone).time() >= LAST_MINUTES:
        day, last = say_day(start, zone), say_day(within, zone)
        return f"on {day}, all day" if day == last else f"from {day} to the end of {last}"
    if local_day(start, zone) == local_day(end, zone):
        return f"on {say_day(start, zone)}, {say_time(start, zone)} to {say_time(end, zone)}"
    return f"from {first} to {say_time(end, zone)} on {say_day(end, zone)}"


def say_closed(on: date, start: time | None, end: time | None) -> str:
    """A date, or part of one by the wall's clock: "on 24 Nov 2026, 10 am to 12 pm"."""
    times = f", {say_clock(start)} to {say_clock(end)}" if start and end else ""
    return f"on {say_date(on)}{times}"


def say_when(interval: Interval, zone: str) -> str:
    """Say day and times: "Wed 3 Feb 2027, 10:15 am to 10:45 am"."""
    start, end = (say_time(at, zone) for at in (interval.start, interval.end))
    first, last = say_day(interval.start, zone), say_day(interval.end, zone)
    return f"{first}, {start} to {end}" if first == last else f"{first}, {start} to {last}, {end}"


def _moments(wall: datetime, place: ZoneInfo) -> list[datetime]:
    """Return the moments at which the clock shows this: none, one or two, earliest first."""
    found: list[datetime] = []
    for fold in (0, 1):
        at = wall.replace(tzinfo=place, fold=fold).astimezone(UTC)
        shows_it = at.astimezone(place).replace(tzinfo=None, fold=0) == wall.replace(fold=0)
        if shows_it and at not in found:
            found.append(at)
    return found


@lru_cache(maxsize=8192)
def _steady_pieces(on: date, zone: str) -> tuple[tuple[Interval, timedelta], ...]:
    """Cut a local day where the clocks change; each piece with its distance from UTC."""
    day, place = day_interval(on, zone), zone_named(zone)
    before, after = _offset(day.start, place), _offset(day.end, place)
    if before == after:
        return ((day, before),)
    change = _change_within(day, place)
    if change == day.end:
        return ((day, before),)
    return ((Interval(day.start, change), before), (Interval(change, day.end), after))


def _change_within(day: Interval, place: ZoneInfo) -> datetime:
    """Find the moment the distance from UTC changes, to the second, by halving."""
    before = _offset(day.start, place)
    low, high = 0, int(day.length.total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(day.start + timedelta(seconds=middle), place) == before:
            low = middle
        else:
            high = middle
    return day.start + timedelta(seconds=high)


def _offset(at: datetime, place: ZoneInfo) -> timedelta:
    offset = at.astimezone(place).utcoffset()
    if offset is None:  # ZoneInfo always knows; the type does not.
        raise ValueError(f"{place} gives no distance from UTC at {at}.")
    return offset


def _change_walls(wall: datetime, place: ZoneInfo) -> tuple[time, time]:
    """Return what the clock shows at the change on that day: before it, and after it."""
    day = day_interval(wall.date(), place.key)
    change = _change_within(day, place)
    offsets = (_offset(day.start, place), _offset(day.end, place))
    old, new = ((change + offset).time() for offset in offsets)
    return old, new


def _skipped(wall: datetime, place: ZoneInfo) -> SkippedTime:
    old, new = (say_clock(shown) for shown in _change_walls(wall, place))
    return SkippedTime(
        "time",
        f"There is no {say_clock(wall.time())} on {say_date(wall.date())}: the clocks go forward"
        f" from {old} to {new}. Choose a time before {old}, or {new} or later.",
    )


def _repeated(wall: datetime) -> RepeatedTime:
    return RepeatedTime(
        "time",
        f"{say_clock(wall.time())} on {say_date(wall.date())} happens twice, because the clocks"
        " go back. Say whether you mean the first (before they go back) or the second (after).",
    )

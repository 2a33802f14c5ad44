"""Dates and times as people type them, in forms and in spreadsheets."""

from __future__ import annotations

import datetime as dt
import re

from avl.domain.errors import InvalidInput

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEARS = range(1900, 2200)
"""Whatever lies outside was not meant, and its ends are no moment in every zone."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DATE_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?(?:\s+(\d{4}))?")
_DATE_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?::00)?\s*([ap])?\.?m?\.?")


def read_date(typed: str, today: dt.date | None = None) -> dt.date | None:
    """Read a date as people type it: 2027-02-03, 3/2/2027, Wed 3 Feb 2027; "" is None.

    Args:
        typed: what stands in the field.
        today: the day it is where the date will be. With it, a date may also be said from
            there: today, tomorrow, yesterday, Friday (the next one after today), and 3 Feb or
            3/2 (the next one from today on).

    Raises:
        InvalidInput: says how to type it.
    """
    words = " ".join(typed.lower().replace(",", " ").split())
    if not words:
        return None
    try:
        on = (today and _near(words, today)) or _plain(words, today)
    except ValueError:
        on = dt.date.min
    # A browser's date field tells of the year 0002 while somebody types 2027.
    if on.year not in YEARS:
        raise InvalidInput("date", "Enter a real date, such as 3 Feb 2027.")
    return on


def _near(words: str, today: dt.date) -> dt.date | None:
    if words in _NEAR:
        return today + dt.timedelta(days=_NEAR[words])
    weekday = _weekday(words)
    if weekday is None:
        return None
    return today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _weekday(word: str) -> int | None:
    if len(word) < 3:
        return None
    return next((number for number, day in enumerate(_DAYS) if day.startswith(word)), None)


def _plain(words: str, today: dt.date | None) -> dt.date:
    """The date itself; ValueError: it is none, or its weekday is another."""
    first, _, rest = words.partition(" ")
    weekday = _weekday(first.rstrip("."))
    spelt = words if weekday is None else rest
    if found := _DATE_FIGURES.fullmatch(spelt):
        on = _dated(int(found[1]), int(found[2]), found[3], today)
    elif found := _DATE_WORDS.fullmatch(spelt):
        on = _dated(int(found[1]), _MONTHS.index(found[2][:3]) + 1, found[3], today)
    else:
        on = dt.date.fromisoformat(spelt)
    if weekday is not None and on.weekday() != weekday:
        raise ValueError(words)
    return on


def _dated(day: int, month: int, year: str | None, today: dt.date | None) -> dt.date:
    """The day of that year, or without one the next such day."""
    if year:
        return dt.date(int(year), month, day)
    if today is None:
        raise ValueError("no year")
    on = dt.date(today.year, month, day)
    return on if on >= today else dt.date(today.year + 1, month, day)


def read_time(typed: str) -> dt.time | None:
    """Read a time as people type it: 10:15, 10.15am, 1015, 2 pm; "" is None.

    Raises:
        InvalidInput: says how to type it.
    """
    words = typed.lower().strip()
    if not words:
        return None
    found = _TIME.fullmatch(words)
    wrong = InvalidInput("time", "Enter a time, such as 10:15 or 2:15 pm.")
    if found is None:
        raise wrong
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            raise wrong
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise wrong
    return dt.time(hour, minute)

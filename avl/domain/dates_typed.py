"""Dates and times as people type them, in forms and in spreadsheets."""

from __future__ import annotations

import datetime as dt
import re

from avl.domain.errors import InvalidInput

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEARS = range(1900, 2200)
"""Whatever lies outside was not meant, and its ends are no moment in every zone."""

_DATE_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?\s+(\d{4})")
_DATE_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?::00)?\s*([ap])?\.?m?\.?")


def read_date(typed: str) -> dt.date | None:
    """Read a date as people type it: 2027-02-03, 3/2/2027, 3 Feb 2027; "" is None.

    Raises:
        InvalidInput: says how to type it.
    """
    words = " ".join(typed.lower().replace(",", " ").split())
    if not words:
        return None
    try:
        if found := _DATE_FIGURES.fullmatch(words):
            day, month, year = (int(part) for part in found.groups())
            on = dt.date(year, month, day)
        elif found := _DATE_WORDS.fullmatch(words):
            on = dt.date(int(found[3]), _MONTHS.index(found[2][:3]) + 1, int(found[1]))
        else:
            on = dt.date.fromisoformat(words)
    except ValueError:
        on = dt.date.min
    # A browser's date field tells of the year 0002 while somebody types 2027.
    if on.year not in YEARS:
        raise InvalidInput("date", "Enter a real date, such as 3 Feb 2027.")
    return on


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

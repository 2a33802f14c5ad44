"""Dates and times as people type them, in forms and in spreadsheets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from enum import StrEnum

from avl.domain.errors import InvalidInput

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
YEARS = range(1900, 2200)
"""Whatever lies outside was not meant, and its ends are no moment in every zone."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DATE_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?(?:\s+(\d{4}))?")
# 9.10 is a time as people type it, so a date with dots has its year.
_DATE_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{1,2})[/-](\d{1,2})")
_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?::00)?\s*([ap])?\.?m?\.?")


class Meant(StrEnum):
    """Which of the dates that a date without its year, or a weekday, may be is meant."""

    PAST = "past"
    FUTURE = "future"
    NEAREST = "nearest"
    SHOWN = "shown"


def read_date(
    typed: str, today: dt.date | None = None, meant: Meant = Meant.FUTURE
) -> dt.date | None:
    """Read a date as people type it: 2027-02-03, 3/2/2027, Wed 3 Feb 2027; "" is None.

    Args:
        typed: what stands in the field.
        today: the day it is where the date will be. With it, a date may also be said from
            there: today, tomorrow, yesterday, Friday, and 3 Feb or 3/2.
        meant: which way the field looks. For one about the future, Friday is the next one after
            today and 3 Feb the next one from today on; about the past, both are the last one
            until today. For one that looks both ways, 3 Feb is the nearest, and a weekday alone
            is refused: it could as well be the last one as the next. For one that only asks
            which day to show, 3 Feb is the nearest too, but Friday the next one: nothing is
            saved by it, and the page says which day it shows.

    Raises:
        InvalidInput: says how to type it.
    """
    words = " ".join(typed.lower().replace(",", " ").split())
    if not words:
        return None
    try:
        on = (today and _near(words, today, meant)) or _plain(words, today, meant)
    except ValueError:
        on = dt.date.min
    # A browser's date field tells of the year 0002 while somebody types 2027.
    if on.year not in YEARS:
        raise InvalidInput("date", "Enter a real date, such as 3 Feb 2027.")
    return on


def _near(words: str, today: dt.date, meant: Meant) -> dt.date | None:
    if words in _NEAR:
        return today + dt.timedelta(days=_NEAR[words])
    weekday = _weekday(words)
    if weekday is None:
        return None
    last = today - dt.timedelta(days=(today.weekday() - weekday) % 7)
    following = last + dt.timedelta(days=7)
    if meant is Meant.NEAREST:
        raise InvalidInput(
            "date", f"Enter the date as well: {_spelt_out(last)} or {_spelt_out(following)}."
        )
    return last if meant is Meant.PAST else following


def _spelt_out(on: dt.date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def _weekday(word: str) -> int | None:
    return _begins(word, _DAYS)


def _begins(word: str, names: Iterable[str]) -> int | None:
    """The place of the name that a word is, or begins with three letters or more."""
    if len(word) < 3:
        return None
    return next((place for place, name in enumerate(names) if name.startswith(word)), None)


def _plain(words: str, today: dt.date | None, meant: Meant) -> dt.date:
    """The date itself; ValueError: it is none, or its weekday is another."""
    first, _, rest = words.partition(" ")
    weekday = _weekday(first.rstrip("."))
    spelt = words if weekday is None else rest
    if found := _DATE_FIGURES.fullmatch(spelt):
        day, month = found[1] or found[4], found[2] or found[5]
        on = _dated(int(day), int(month), found[3], today, meant)
    elif found := _DATE_WORDS.fullmatch(spelt):
        place = _begins(found[2], _MONTHS)
        if place is None:
            raise ValueError(words)
        on = _dated(int(found[1]), place + 1, found[3], today, meant)
    else:
        on = dt.date.fromisoformat(spelt)
    if weekday is not None and on.weekday() != weekday:
        raise ValueError(words)
    return on


def _dated(day: int, month: int, year: str | None, today: dt.date | None, meant: Meant) -> dt.date:
    """The day of that year, or without one the such day that is meant, a year off at the most."""
    if year:
        return dt.date(int(year), month, day)
    if today is None:
        raise ValueError("no year")
    days = [on for year in (-1, 0, 1) if (on := _day_of(today.year + year, month, day))]
    if meant is Meant.PAST:
        return max(on for on in days if on <= today)
    if meant is Meant.FUTURE:
        return min(on for on in days if on >= today)
    return min(days, key=lambda on: abs(on - today))


def _day_of(year: int, month: int, day: int) -> dt.date | None:
    """None for 29 February of a year that has none, and for what no year has."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


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

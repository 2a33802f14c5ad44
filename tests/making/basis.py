"""Times said as the clock on the wall, and rows saved at once."""

from __future__ import annotations

import itertools
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.models import db

TODAY = "2026-11-24"
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
numbers = itertools.count(1)


def at(
    wall: str, on: str = TODAY, zone: str = "Pacific/Auckland", fold: int | None = None
) -> datetime:
    """The instant of a wall-clock time: `make.at("10:15")`."""
    return to_utc(datetime.combine(date.fromisoformat(on), time.fromisoformat(wall)), zone, fold)


def during(start: str, end: str, on: str = TODAY, zone: str = "Pacific/Auckland") -> Interval:
    """The interval between two wall-clock times of one day."""
    return Interval(at(start, on, zone), at(end, on, zone))


def span(start: datetime, minutes: int) -> Interval:
    """The interval that starts at an instant and lasts so long."""
    return Interval(start, start + timedelta(minutes=minutes))


def save(first: Any, *others: Any) -> Any:
    db.session.add_all((first, *others))
    db.session.commit()
    return first


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()

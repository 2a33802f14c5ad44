"""Dates as people type them into a page: one way of reading them for every field and address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from avl import clock
from avl.domain import dates_typed
from avl.domain.dates_typed import Meant as Meant
from avl.domain.errors import InvalidInput
from avl.domain.local_time import local_day

T = TypeVar("T")

DEFAULT_ZONE = "Pacific/Auckland"


def read_date(typed: str, zone: str = DEFAULT_ZONE, meant: Meant = Meant.FUTURE) -> date | None:
    """Read a date; "" is None. "Tomorrow" and "Friday" are counted from today in that zone.

    Args:
        meant: which way the field looks, and so which 3 Feb and which Friday it is.

    Raises:
        InvalidInput: says how to type it.
    """
    return dates_typed.read_date(typed, local_day(clock.now(), zone), meant)


def read_field(read: Callable[[str], T], typed: Mapping[str, str], name: str) -> T:
    """Read one field of what was typed into a form; a fault names that field.

    Raises:
        InvalidInput: says how to type it, about the field of this name.
    """
    try:
        return read(typed.get(name, ""))
    except InvalidInput as error:
        raise InvalidInput(name, error.message) from None


def spell_date(on: date) -> str:
    """A date as people type it into a form: 3 Feb 2027."""
    return f"{on.day} {on:%b %Y}"


def as_date_field(typed: str, zone: str = DEFAULT_ZONE) -> str:
    """A date as a browser's own date field shows it; what is none stays as typed."""
    try:
        on = read_date(typed, zone)
    except InvalidInput:
        return typed
    return on.isoformat() if on else ""


def in_full(typed: str, zone: str = DEFAULT_ZONE) -> str:
    """A date as typed, said so that it means the same tomorrow; what is none stays as typed."""
    try:
        on = read_date(typed, zone)
    except InvalidInput:
        return typed
    return spell_date(on) if on else typed

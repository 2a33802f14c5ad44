"""Columns of CSV files that people prepare, and how the text in each is read.

A reader raises ValueError with words that finish the sentence "line 4, column zone: ...".
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from avl.domain.errors import InvalidInput
from avl.domain.local_time import END_OF_DAY

Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its text is read, and whether it may be missing or empty."""

    name: str
    read: Read
    required: bool = True
    default: Any = ""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A file of an area: its name, its columns, and the columns that tell its rows apart."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


def text(longest: int) -> Read:
    """Read text of at most so many characters, in composed form (NFC)."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"at most {longest} characters fit here, and this has {len(cell)}")
        return unicodedata.normalize("NFC", cell)

    return read


def code(longest: int) -> Read:
    """Read a code: capitals, digits, hyphen and underscore, without spaces."""

    def read(cell: str) -> str:
        if not cell.replace("_", "").replace("-", "").isalnum() or cell != cell.upper():
            raise ValueError(f"“{cell}” is not a code; use capitals and digits without spaces")
        return str(text(longest)(cell))

    return read


def one_of(members: Collection[str]) -> Read:
    """Read one of some words."""

    def read(cell: str) -> str:
        if cell not in members:
            known = ", ".join(str(member) for member in members if member)
            raise ValueError(f"“{cell}” is not one of {known}")
        return cell

    return read


def member(kinds: type[enum.StrEnum]) -> Read:
    """Read a value of an enumeration."""

    def read(cell: str) -> enum.StrEnum:
        return kinds(one_of([kind.value for kind in kinds])(cell))

    return read


def whole(least: int, most: int) -> Read:
    """Read a whole number between two bounds."""

    def read(cell: str) -> int:
        if not cell.isascii() or not cell.isdigit() or not least <= int(cell) <= most:
            raise ValueError(f"“{cell}” is not a whole number from {least} to {most}")
        return int(cell)

    return read


def yes_no(cell: str) -> bool:
    """Read yes or no."""
    return bool(one_of(("yes", "no"))(cell) == "yes")


def clock(cell: str) -> time:
    """Read a wall-clock time such as 09:00; 24:00 is the end of the day."""
    if cell == "24:00":
        return END_OF_DAY
    try:
        if len(cell) != 5:
            raise ValueError
        return time.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"“{cell}” is not a time such as 09:00") from None


def day(cell: str) -> date:
    """Read a date such as 2027-02-03."""
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"“{cell}” is not a date such as 2027-02-03") from None


def wall_time(cell: str) -> datetime:
    """Read a date and wall-clock time such as 2027-02-03 14:00; a date alone is its midnight."""
    try:
        if len(cell) not in (10, 16):
            raise ValueError
        read = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"“{cell}” is not a date and time such as 2027-02-03 14:00") from None
    return read


def typed(read: Callable[[str], Any]) -> Read:
    """Read a cell as a form's field is read, with the same sentence when it is refused."""

    def reader(cell: str) -> Any:
        try:
            return read(cell)
        except InvalidInput as refusal:
            raise ValueError(refusal.message) from None

    return reader

"""The times of many rows in one line: what is read of holds, and of people present.

Sending a row for each of sixteen thousand holds takes several times as long as finding them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from avl.domain.cells import CELL, Grid
from avl.domain.interval import SECOND, Interval, Seconds, seconds_since

Span = str | int
"""A time as the database spells it; equal times are spelt alike."""

LENGTHS = 1 << 17
"""What a second since 1970 counts for in the number that stands for both ends of a time: more than
the seconds of a day, and so few that the number is exact in the database's arithmetic."""

_CELL_SECONDS = CELL // SECOND


class spans(FunctionElement[Any]):  # noqa: N801 - an SQL function, as `gathered` is
    """All times from one column to another, in no order: `spelt` makes a list of them.

    SQLite keeps moments as text, so text costs it nothing. PostgreSQL reckons sooner than it
    spells: its times are numbers of whole seconds.
    """

    type = NullType()
    inherit_cache = True


@compiles(spans, "sqlite")
def _spans_on_sqlite(element: spans, compiler: SQLCompiler, **more: Any) -> str:
    start, end = (compiler.process(part, **more) for part in element.clauses)
    return f"group_concat({start} || '/' || {end})"


@compiles(spans, "postgresql")
def _spans_on_postgresql(element: spans, compiler: SQLCompiler, **more: Any) -> str:
    start, end = (
        f"date_part('epoch', {compiler.process(part, **more)})" for part in element.clauses
    )
    return f"array_agg(({start} * {LENGTHS - 1} + {end})::bigint)"


def spelt(found: str | list[int]) -> list[Any]:
    """What `spans` gave, as a list of spans."""
    return found.split(",") if isinstance(found, str) else found


@lru_cache(maxsize=8192)
def seconds_of(span: Span) -> Seconds:
    """A time in seconds; at many sites people come and go at the same times."""
    if isinstance(span, int):
        start, length = divmod(span, LENGTHS)
        return start, start + length
    first, _, last = span.partition("/")
    return _second_of(first), _second_of(last)


def _second_of(text: str) -> int:
    return seconds_since(datetime.fromisoformat(text).replace(tzinfo=UTC))


@lru_cache(maxsize=8192)
def interval_of(seconds: Seconds) -> Interval:
    """A time as the rules see it."""
    start, end = seconds
    return Interval(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


class Cells:
    """Times as the cells of a grid that they touch."""

    def __init__(self, grid: Grid) -> None:
        # What is the same for every time is reckoned once: a search reads thousands.
        self._size = grid.size
        self._origin = grid.origin.replace(tzinfo=None)
        self._second = seconds_since(grid.origin)

    def of(self, span: Span) -> tuple[int, int]:
        """The first cell a time touches, and the one after the last, kept within the grid."""
        if isinstance(span, int):
            start, length = divmod(span, LENGTHS)
            start -= self._second
            first, end = start // _CELL_SECONDS, -(-(start + length) // _CELL_SECONDS)
        else:
            starts, _, ends = span.partition("/")
            first = (datetime.fromisoformat(starts) - self._origin) // CELL
            end = -((self._origin - datetime.fromisoformat(ends)) // CELL)
        return min(max(first, 0), self._size), min(max(end, 0), self._size)

"""The times of many rows in one line: what is read of holds, and of people present.

Sending a row for each of sixteen thousand holds takes several times as long as finding them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from avl.domain.interval import Interval

Span = str | int
"""A time as the database spells it; equal times are spelt alike."""

LENGTHS = 1 << 17
"""What a second since 1970 counts for in the number that stands for both ends of a time: more than
the seconds of a day, and so few that the number is exact in the database's arithmetic."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


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


@lru_cache(maxsize=4096)
def span_of(span: Span) -> Interval:
    """A time as the rules see it; at many sites people come and go at the same times."""
    return Interval(*_ends(span))


def cells_of(span: Span, origin: datetime, cell: timedelta) -> tuple[int, int]:
    """The cells a time touches, from the first up to, and not including, the last.

    Args:
        origin: where cell 0 begins; ``cell``: how long each is, in whole seconds.
    """
    if isinstance(span, int):
        start, length = divmod(span, LENGTHS)
        start -= (origin - _EPOCH) // _SECOND
        return start // (cell // _SECOND), -(-(start + length) // (cell // _SECOND))
    first, end = _ends(span)
    return (first - origin) // cell, -((origin - end) // cell)


def _ends(span: Span) -> tuple[datetime, datetime]:
    if isinstance(span, int):
        start, length = divmod(span, LENGTHS)
        return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(start + length, UTC)
    first, _, last = span.partition("/")
    return (
        datetime.fromisoformat(first).replace(tzinfo=UTC),
        datetime.fromisoformat(last).replace(tzinfo=UTC),
    )

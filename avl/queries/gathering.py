"""Two pieces of SQL that both databases spell in their own way: a list in, rows gathered out.

What a statement says must not change with the number of rooms it asks about: both databases, and
SQLAlchemy before them, remember a statement by its text.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

Kind = type[Integer] | type[BigInteger] | type[Text]

EXPECTED = 10
"""How long PostgreSQL takes a list to be that it has not seen."""


class _Listed(TypeDecorator[Collection[Any]]):
    """Many ids or texts as one parameter: an array, or on SQLite the text of one."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Kind, few: bool) -> None:
        super().__init__()
        self.kind = kind
        self.few = few

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.kind()))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return self.bind_processor(dialect)(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a list becomes what a driver takes, in one call: a booking sends a dozen."""
        if dialect.name != "sqlite":
            return _filled_up if self.few else lambda value: sorted(value or ())
        if self.kind is Text:
            return lambda value: json.dumps(sorted(value or ()))
        return lambda value: str(sorted(value or ()))


def _filled_up(value: Collection[Any] | None) -> list[Any]:
    listed = sorted(value or ())
    return listed + listed[-1:] * (EXPECTED - len(listed))


class among(FunctionElement[Any]):  # noqa: N801 - reads as SQL does, like `func` and `select`
    """The condition that a column is one of the values bound to a name; of none, for no values."""

    # Called a Boolean it would be compared with 1 on SQLite, which then passes over the index.
    type = NullType()
    inherit_cache = True

    def __init__(
        self,
        column: ColumnElement[Any] | Any,
        name: str,
        *,
        kind: Kind = Integer,
        few: bool = False,
    ) -> None:
        """
        Args:
            name: what the statement is executed with: any collection of this kind.
            few: it is always a handful. PostgreSQL plans a statement anew each time, which takes
                it longer than to answer, unless a plan for whatever values looks no dearer than
                one for these. So a list shorter than it would expect is filled up with repeats.
        """
        super().__init__(column, bindparam(name, type_=_Listed(kind, few)))


@compiles(among, "sqlite")
def _among_on_sqlite(element: among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(among, "postgresql")
def _among_on_postgresql(element: among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} = ANY ({ids})"


class gathered(FunctionElement[list[list[Any]]]):  # noqa: N801 - an SQL function, as above
    """These columns of all rows, as one list of lists in no order; None or empty for no rows.

    Dates and times come as their ISO text. A few rows for each of many sites are then read with
    the sites themselves, in one statement and without an object for each.
    """

    type = JSON()
    inherit_cache = True


@compiles(gathered, "sqlite")
def _gathered_on_sqlite(element: gathered, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **more)}))"


@compiles(gathered, "postgresql")
def _gathered_on_postgresql(element: gathered, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **more)}))"

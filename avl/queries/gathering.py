"""Pieces of SQL that both databases spell in their own way: lists and times in, rows gathered out.

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


class _Listed(TypeDecorator[Collection[Any]]):
    """Many ids or texts as one parameter: an array, or on SQLite the text of one."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Kind, few: bool) -> None:
        super().__init__()
        self.kind = kind
        self.few = few  # by which SQLAlchemy tells the two texts apart

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.kind()))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return self.bind_processor(dialect)(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a list becomes what a driver takes, in one call: a booking sends a dozen."""
        if dialect.name != "sqlite":
            return lambda value: sorted(value or ())
        if self.kind is Text:
            return lambda value: json.dumps(sorted(value or ()))
        return lambda value: str(sorted(value or ()))


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
            few: it is always a handful, which PostgreSQL plans for without looking; see `unseen`.
        """
        super().__init__(column, bindparam(name, type_=_Listed(kind, few)))
        self.kind = kind
        self.few = few


@compiles(among, "sqlite")
def _among_on_sqlite(element: among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(among, "postgresql")
def _among_on_postgresql(element: among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    if element.few:
        kind = compiler.dialect.type_compiler_instance.process(ARRAY(element.kind()))
        ids = f"CAST((SELECT {ids}) AS {kind})"
    return f"{column} = ANY ({ids})"


class unseen(FunctionElement[Any]):  # noqa: N801 - an SQL function, as above
    """A value that PostgreSQL makes its plans without: it looks at one that stands by itself.

    Knowing the times asked for, it finds each plan a little better than the one it has kept, and
    plans anew for every booking, which takes it longer than to answer.
    """

    inherit_cache = True

    def __init__(self, name: str, column: ColumnElement[Any] | Any) -> None:
        """
        Args:
            name: what the statement is executed with.
            column: what it is compared with, which says of what type it is.
        """
        self.type = column.type
        super().__init__(bindparam(name, type_=self.type))


@compiles(unseen, "sqlite")
def _unseen_on_sqlite(element: unseen, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(unseen, "postgresql")
def _unseen_on_postgresql(element: unseen, compiler: SQLCompiler, **more: Any) -> str:
    return f"(SELECT {compiler.process(element.clauses, **more)})"


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

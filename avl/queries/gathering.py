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


class _Listed(TypeDecorator[Collection[Any]]):
    """Many ids or texts as one parameter: an array, or on SQLite the text of one."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.kind()))

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        listed = sorted(value or ())
        return json.dumps(listed) if dialect.name == "sqlite" else listed


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
    ) -> None:
        """``name`` is what the statement is executed with: any collection of this kind."""
        super().__init__(column, bindparam(name, type_=_Listed(kind)))


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

"""Statements that are sent often: put together once for each engine, then handed to its driver.

SQLAlchemy takes four to eight times as long to send a small statement as its database takes to
answer it. A booking sends fifteen. What is here does the same for them once and keeps it: the
text, how each value goes in, and how each column comes out. Transactions, connections and errors
stay SQLAlchemy's own, and whoever listens to its statements hears these too.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import TypeEngine

from avl.queries.plain import Way, plain

Convert = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s")
ROWS_AT_ONCE = 50
"""Rows written by one statement on SQLite, which counts the values of a statement."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where one value goes: looked up by name and converted, or the same every time."""

    name: str | None
    convert: Convert | None
    constant: Any = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement as one engine's driver takes it."""

    text: str
    slots: tuple[_Slot, ...]
    is_read: bool
    row: Callable[[Sequence[Any]], Any]
    converts: tuple[tuple[int, Convert], ...]

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """What is sent along with the text."""
        found = []
        for slot in self.slots:
            if slot.name is None:
                found.append(slot.constant)
            elif slot.convert is None:
                found.append(given[slot.name])
            else:
                found.append(slot.convert(given[slot.name]))
        return tuple(found)

    def read(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """The rows that came back, as the columns' types would give them."""
        if not self.converts:
            return [self.row(values) for values in found]
        rows = []
        for values in found:
            kept = list(values)
            for place, convert in self.converts:
                kept[place] = convert(kept[place])
            rows.append(self.row(kept))
        return rows


class Ready:
    """A statement ready to be sent: `READY.rows(session, {"ids": ids})`."""

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        """The statement names each value it is given with a `bindparam`; none may be expanding."""
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """What it finds, as named tuples; nothing for one that only writes.

        What the session has not written yet is written first.
        """
        return self._rows(plain(session), values)

    def rows_on(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """What it finds through a connection that belongs to no session: see `one_read`."""
        return self._rows(Way.over(connection), values)

    def _rows(self, way: Way, values: Mapping[str, Any]) -> list[Any]:
        made = self._made.get(way.engine) or self._make(way.connection.dialect)
        return made.read(_send(way, made.text, made.values(values), is_read=made.is_read))

    def _make(self, dialect: Dialect) -> _Made:
        is_read = isinstance(self._statement, SelectBase)
        columns = list(self._statement.exported_columns) if is_read else []
        names = [column.key or "" for column in columns]
        converts = ((n, _reader(column.type, dialect)) for n, column in enumerate(columns))
        text, slots = _text_and_slots(self._statement, dialect)
        made = _Made(
            text,
            slots,
            is_read,
            _tuple_of(names),
            tuple((n, convert) for n, convert in converts if convert),
        )
        self._made[dialect.name] = made
        return made


class Adding:
    """New rows of one table: `ADD_HOLDS.rows(session, [{...}, ...])`.

    All are written by one statement, whose text is the same for any number of rows on PostgreSQL,
    where they travel as one JSON text, and for as many rows on SQLite.
    """

    def __init__(self, table: Any, *, returning: Sequence[str] = ()) -> None:
        """
        Args:
            table: a table, or the model of one.
            returning: columns whose values the new rows got.
        """
        self._table = cast(Table, getattr(table, "__table__", table))
        self._returning = tuple(returning)
        self._writers: dict[tuple[str, ...], list[tuple[str, Convert | None]]] = {}
        self._texts: dict[tuple[str, tuple[str, ...], int], str] = {}

    def rows(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Sequence[Any]]:
        """Write rows that have the same columns; gives what was to be returned, in any order."""
        if not rows:
            return []
        way = plain(session)
        names = tuple(rows[0])
        if way.engine == "postgresql":
            return self._send(way, names, 0, (json.dumps(rows, default=_spelt),))
        writers = self._writers.get(names) or self._writers_of(names, way.connection.dialect)
        found: list[Sequence[Any]] = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            values = tuple(
                [
                    convert(row[name]) if convert else row[name]
                    for row in some
                    for name, convert in writers
                ]
            )
            found += self._send(way, names, len(some), values)
        return found

    def _send(
        self, way: Way, names: tuple[str, ...], count: int, values: tuple[Any, ...]
    ) -> list[Sequence[Any]]:
        key = (way.engine, names, count)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self._text(way.connection.dialect, names, count)
        return _send(way, text, values, is_read=bool(self._returning))

    def _text(self, dialect: Dialect, names: tuple[str, ...], count: int) -> str:
        quote = dialect.identifier_preparer.quote
        table, listed = quote(self._table.name), ", ".join(map(quote, names))
        marks = "(" + ", ".join("?" * len(names)) + ")"
        source = (
            f"SELECT {listed} FROM json_populate_recordset(NULL::{table}, %s)"
            if dialect.name == "postgresql"
            else f"VALUES {', '.join([marks] * count)}"
        )
        told = ", ".join(map(quote, self._returning))
        return f"INSERT INTO {table} ({listed}) {source}{f' RETURNING {told}' if told else ''}"

    def _writers_of(
        self, names: tuple[str, ...], dialect: Dialect
    ) -> list[tuple[str, Convert | None]]:
        """These columns, each with how SQLite wants its values."""
        columns = self._table.columns
        writers = [(name, _writer(columns[name].type, dialect)) for name in names]
        self._writers[names] = writers
        return writers


@contextmanager
def in_one_go(session: Session) -> Iterator[None]:
    """Send what is written inside the block without waiting for one answer after the other.

    PostgreSQL still does one thing after the other; whatever it refuses is raised at the latest
    when the block ends. A file has nobody to wait for.
    """
    way = plain(session)
    if way.engine != "postgresql" or _is_heard(way.connection):
        yield
        return
    try:
        with way.driver.pipeline():
            yield
    except way.connection.dialect.loaded_dbapi.Error as error:
        raise _explained(way, "", (), error) from error


def _tuple_of(names: list[str]) -> Callable[[Sequence[Any]], Any]:
    found: Any = namedtuple("Found", names, rename=True)  # type: ignore[misc]
    # As its `_make` does, which counts the values first; there are as many as there are columns.
    return partial(tuple.__new__, found)


def _text_and_slots(
    statement: SelectBase | UpdateBase, dialect: Dialect
) -> tuple[str, tuple[_Slot, ...]]:
    """The text with a mark for each value, and what goes where."""
    compiled: Any = statement.compile(dialect=dialect)
    if compiled.post_compile_params:
        raise TypeError("the text of this statement would change with its values")
    if dialect.name == "postgresql":
        order = _NAMED.findall(compiled.string)
        text = _NAMED.sub("%s", compiled.string)
    else:
        order, text = compiled.positiontup, compiled.string
    return text, tuple(_slot(compiled.binds[name], dialect) for name in order)


def _slot(bind: BindParameter[Any], dialect: Dialect) -> _Slot:
    convert = _writer(bind.type, dialect)
    if bind.required:
        return _Slot(bind.key, convert)
    value = bind.effective_value
    return _Slot(None, None, convert(value) if convert else value)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return cast("Convert | None", kind.dialect_impl(dialect).bind_processor(dialect))


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return cast("Convert | None", kind.dialect_impl(dialect).result_processor(dialect, None))


def _spelt(value: object) -> str:
    """A value as PostgreSQL reads it from a JSON text."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _send(way: Way, text: str, values: tuple[Any, ...], *, is_read: bool) -> list[Sequence[Any]]:
    if _is_heard(way.connection):
        result = way.connection.exec_driver_sql(text, values)
        return list(result.all()) if is_read else []
    try:
        cursor = way.driver.execute(text, values)
        return cast("list[Sequence[Any]]", cursor.fetchall()) if is_read else []
    except way.connection.dialect.loaded_dbapi.Error as error:
        raise _explained(way, text, values, error) from error


def _is_heard(connection: Connection) -> bool:
    """Whether somebody listens to statements, and may change them: they take the usual way then.

    The engine is asked: it is what people listen to, and its connections take five times as long
    to answer.
    """
    heard = connection.engine.dispatch
    return bool(heard.before_cursor_execute or heard.after_cursor_execute)


def _explained(way: Way, text: str, values: tuple[Any, ...], error: Exception) -> BaseException:
    """The error as SQLAlchemy would raise it. A connection that has gone is given up."""
    dialect = way.connection.dialect
    is_gone = dialect.is_disconnect(cast(Any, error), way.driver, None)
    if is_gone:
        way.connection.invalidate(error)
    return DBAPIError.instance(
        text,
        values,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=dialect,
    )

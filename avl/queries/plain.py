"""Statements that need no objects: rows in and rows out, past the session's own machinery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Row, Select
from sqlalchemy.orm import Session, scoped_session

_KEPT = "plain connection"


def plain(session: Session | scoped_session[Any]) -> Connection:
    """The session's own connection, in the session's own transaction.

    A statement sent through it costs a half to a third of what the session takes to wrap the same
    one. Whatever the session has not written yet is written first, as its own reading would.
    """
    if isinstance(session, scoped_session):  # whoever asks outside a command may have that in hand
        return plain(session())
    session.flush()
    # A command asks for it twenty times; finding it anew each time costs as much as a statement.
    transaction = session.get_transaction()
    kept: tuple[object, Connection] | None = session.info.get(_KEPT)
    if kept is not None and transaction is not None and kept[0] is transaction:
        return kept[1]
    connection = session.connection()
    session.info[_KEPT] = (session.get_transaction(), connection)
    return connection


class Spelt:
    """A statement put into the driver's own words once, for what is asked all day long.

    Looking a statement up and finding out anew how to pass its values takes as long as a small
    read itself. Rows come as the driver reads them, so let it select numbers and text only.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        """``statement`` has no list of values (`in_`), whose words would change with its length."""
        self._statement = statement
        self._spellings: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {}

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row[Any] | None:
        """The first row, or None."""
        dialect = connection.dialect
        if dialect.name not in self._spellings:
            self._spellings[dialect.name] = self._spell(dialect)
        words, pack = self._spellings[dialect.name]
        return connection.exec_driver_sql(words, pack(values)).first()

    def _spell(self, dialect: Dialect) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
        """The words, and what makes of the values told what the driver takes."""
        compiled = self._statement.compile(dialect=dialect)
        ways = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
        }

        def passed(given: Mapping[str, Any]) -> dict[str, Any]:
            return {key: way(given[key]) if (way := ways[key]) else given[key] for key in given}

        fixed = passed(
            {key: bind.value for key, bind in compiled.binds.items() if not bind.required}
        )
        if not dialect.positional:
            return compiled.string, lambda values: fixed | passed(values)
        places = compiled.positiontup or ()
        return compiled.string, lambda values: tuple(
            map((fixed | passed(values)).__getitem__, places)
        )

"""Rows written raw and in bulk: COPY on PostgreSQL, one statement for many on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, text

from avl.models import Base

BATCH = 20_000


class _Rows:
    """The rows of one table that wait to be written.

    Attributes:
        columns: those that rows name, then all others, which keep their plain defaults.
    """

    def __init__(self, table: type[Base], named: Sequence[str]) -> None:
        self.name = table.__tablename__
        rest = {
            column.name: getattr(column.default, "arg", None)
            for column in table.__table__.columns
            if column.name != "id" and column.name not in named
        }
        self.columns = ("id", *(name for name in named if name != "id"), *rest)
        self.waiting: list[tuple[object, ...]] = []
        self.last = 0
        self._rest = tuple(rest.values())

    def add(self, values: dict[str, object]) -> int:
        """Keep a row; its number is its id, unless it names another."""
        self.last += 1
        key = values.pop("id", self.last)
        self.waiting.append((key, *values.values(), *self._rest))
        return self.last


class BulkWriter:
    """Gathers rows by table and writes them many at a time, parents first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection
        self._tables: dict[type[Base], _Rows] = {}

    def add(self, table: type[Base], **values: object) -> int:
        """Keep a row and return its number. Rows of a table name the same columns in one order."""
        if table not in self._tables:
            self._tables[table] = _Rows(table, tuple(values))
        rows = self._tables[table]
        number = rows.add(values)
        if len(rows.waiting) >= BATCH:
            self.flush()
        return number

    def flush(self) -> None:
        """Write everything kept."""
        order = {table.name: n for n, table in enumerate(Base.metadata.sorted_tables)}
        for rows in sorted(self._tables.values(), key=lambda rows: order[rows.name]):
            self._write(rows)
            rows.waiting.clear()

    def _write(self, rows: _Rows) -> None:
        listed = ", ".join(rows.columns)
        if self._is_sqlite:
            marks = ", ".join("?" * len(rows.columns))
            insert = f"INSERT INTO {rows.name} ({listed}) VALUES ({marks})"
            self._driver.executemany(insert, rows.waiting)
            return
        with self._driver.cursor().copy(f"COPY {rows.name} ({listed}) FROM STDIN") as copy:
            for row in rows.waiting:
                copy.write_row(row)
        self._connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{rows.name}', 'id'), {rows.last})"
        )


class rules_off:  # noqa: N801  (read as a phrase: with rules_off)
    """Drop the rules about holds and company, and make them again: an index built once is cheap.

    PostgreSQL checks every hold when its rule is made again, which is proof that the rows keep it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._definitions: list[str] = []

    def __enter__(self) -> None:
        execute = self._connection.execute
        if self._is_sqlite:
            execute(text("PRAGMA cache_size = -400000"))  # kibibytes
            kept = (
                "SELECT name, sql FROM sqlite_master"
                " WHERE type = 'trigger' AND tbl_name IN ('hold', 'appearance')"
            )
            rows = execute(text(kept)).all()
            for name, definition in rows:
                self._definitions.append(definition)
                execute(text(f"DROP TRIGGER {name}"))
            return
        unhurried(self._connection)
        # What each row refers to need not be looked up: it was made just before.
        for setting in ("maintenance_work_mem = '512MB'", "session_replication_role = replica"):
            execute(text(f"SET LOCAL {setting}"))
        name = "hold_never_overlaps"
        definition = execute(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
            {"name": name},
        ).scalar_one()
        self._definitions.append(f"ALTER TABLE hold ADD CONSTRAINT {name} {definition}")
        execute(text(f"ALTER TABLE hold DROP CONSTRAINT {name}"))
        execute(text("ALTER TABLE appearance DISABLE TRIGGER appearance_company"))
        self._definitions.append("ALTER TABLE appearance ENABLE TRIGGER appearance_company")

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for definition in self._definitions:
                self._connection.exec_driver_sql(definition)


def unhurried(connection: Connection) -> None:
    """Lift the limit on a statement, which is for pages, until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def look_over(engine: Engine) -> None:
    """Do what PostgreSQL's autovacuum would do soon, in the midst of what is measured.

    SQLite keeps no statistics unless it is told to, and the application does not tell it.
    """
    if engine.dialect.name == "sqlite":
        return
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("SET statement_timeout = 0", "VACUUM ANALYZE", "RESET statement_timeout"):
            connection.execute(text(statement))

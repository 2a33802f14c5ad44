"""How each engine is opened, so that a command locks before it reads and a page does not."""

from __future__ import annotations

import sqlite3
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event

writing: ContextVar[bool] = ContextVar("avl_writing", default=False)
"""True inside a command. SQLite then begins IMMEDIATE: taking the write lock at the first read
is what stops two commands from deciding on the same picture and one failing at its first write."""

POSTGRES_OPTIONS: dict[str, Any] = {
    "pool_pre_ping": True,
    "pool_recycle": 300,
    "pool_timeout": 10,
    "connect_args": {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=15000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
    },
}


def prepare(engine: Engine) -> None:
    """Attach the listeners an engine needs."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, record: object) -> None:
        # The driver's own transactions start too late (at the first write), so it is told to
        # leave them to us.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


def for_single_reads(engine: Engine) -> Engine:
    """An engine, on the same connections, for reads of one statement each.

    Such a read needs no transaction, and a server is spared being asked to begin one and to end
    it: two journeys out of three.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")

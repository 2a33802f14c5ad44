"""How each engine is opened, so that a command locks before it reads and a page does not."""

from __future__ import annotations

import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from sqlalchemy import Connection, Engine, PoolProxiedConnection, event
from sqlalchemy.exc import InvalidatePoolError

writing: ContextVar[bool] = ContextVar("avl_writing", default=False)
"""True inside a command. SQLite then begins IMMEDIATE: taking the write lock at the first read
is what stops two commands from deciding on the same picture and one failing at its first write."""

write_by: ContextVar[float | None] = ContextVar("avl_write_by", default=None)
"""Until when (on the monotonic clock) a command may wait for SQLite's write lock; None for as long
as any other statement. Who has queued for its turn has waited already."""

LOCK_SECONDS = 10
"""How long a statement waits for a lock of SQLite's."""

ONE_PROCESS_EACH = "-c max_parallel_workers_per_gather=0"
"""The server answers each statement in one process. To start two more took it four milliseconds
where the answer takes one: at a hundred thousand bookings it reckons that a search's first
statement would gain by them. The other processors have other pages to answer."""

POSTGRES_OPTIONS: dict[str, Any] = {
    "pool_recycle": 300,
    "pool_timeout": 10,
    "pool_use_lifo": True,
    "connect_args": {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=15000 -c lock_timeout=5000"
        f" -c idle_in_transaction_session_timeout=30000 -c timezone=UTC {ONE_PROCESS_EACH}",
    },
}


_ONE_READ = "avl_one_read"

PAGES_BETWEEN_CHECKPOINTS = 4000
"""How far SQLite's log may grow (to 16 MB) before a commit brings it home while every writer waits:
a booking writes 40 pages of it, and mostly the same ones again. So many are found by one look into
the log's index, as a few are; beyond 4,062 it takes two (sqlite.org/walformat.html)."""

PREPARED = 300
"""How many statements a connection keeps prepared: about as many as there are. When there are
more, each new one has the server forget another."""


def prepare(engine: Engine) -> None:
    """Attach the listeners an engine needs."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, record: object) -> None:
        # The driver's own transactions start too late (at the first write), so it is told to
        # leave them to us.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={LOCK_SECONDS * 1000}",
            f"wal_autocheckpoint={PAGES_BETWEEN_CHECKPOINTS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: PoolProxiedConnection) -> None:
        if _ONE_READ not in connection.info:
            driver: Any = connection.driver_connection
            if writing.get():
                _lock(driver)
            else:
                driver.execute("BEGIN")

    # Nobody listens to the event of the same name instead: where anybody listens to an engine,
    # each connection begins, commits and ends with a search for whom to tell.
    engine.dialect.do_begin = begin  # type: ignore[assignment, method-assign]


def _lock(driver: Any) -> None:
    """Take the write lock, waiting only for what its turn has left of the time."""
    by = write_by.get()
    left = LOCK_SECONDS if by is None else max(by - time.monotonic(), 0)
    if left > LOCK_SECONDS - 1:
        driver.execute("BEGIN IMMEDIATE")
        return
    driver.execute(f"PRAGMA busy_timeout={int(left * 1000)}")
    try:
        driver.execute("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        connection.prepared_max = PREPARED

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: object, proxy: object) -> None:
        """Find out whether the server has gone away, without a journey to it.

        A server that ends a connection says so on it, and the kernel ends one whose server no
        longer answers; so there is something to be read where nothing was asked. That may be
        harmless news too, so only then is the server asked whether it is still there.
        """
        if _has_news(connection) and not _answers(engine, connection):
            raise InvalidatePoolError

    usual = engine.dialect.do_rollback

    def rollback(connection: PoolProxiedConnection) -> None:
        """Roll back past the driver, which would forget every statement it has prepared.

        It does so for the sake of tables made and undone in one transaction, and we make none.
        Every page ends with a rollback, so each one would have to be planned anew.
        """
        driver: Any = connection.driver_connection
        if driver is None:
            return
        with driver.lock:
            status = driver.info.transaction_status.name
            if status == "INTRANS":
                driver.pgconn.exec_(b"ROLLBACK")
                status = driver.info.transaction_status.name
        if status != "IDLE":
            usual(connection)

    engine.dialect.do_rollback = rollback  # type: ignore[assignment, method-assign]


def _has_news(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


@contextmanager
def one_read(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for reads that need not agree with one another.

    Such a read needs no transaction, and a server is spared being asked to begin one and to end
    it: two journeys out of three.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        noted, driver = connection.info, cast(Any, connection.connection.driver_connection)
        if is_sqlite:
            noted[_ONE_READ] = True
        else:
            # Told at first hand: SQLAlchemy's way of telling it takes a fifth of such a read.
            driver.autocommit = True
        try:
            yield connection
        finally:
            if is_sqlite:
                noted.pop(_ONE_READ, None)
            elif not driver.closed:
                driver.autocommit = False

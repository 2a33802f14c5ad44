"""Restoring a backup: the whole database or none of it, and no text leaves because of it.

What came back is made safe before anybody sees it: in the copy that is then put in place at once
(SQLite), or in the transaction that brings it (PostgreSQL). Sending is paused in there, so a worker
that runs all the while finds nothing to claim.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from avl.commands.audit import record
from avl.commands.backups import BackupRefused, look_through
from avl.commands.pg_tools import script_of
from avl.commands.sending import keep_back
from avl.commands.turns import in_turn
from avl.domain.access import Actor
from avl.models import Booking, db
from avl.queries.audit import verify_audit
from avl.queries.database_time import database_now
from avl.queries.health import newest_migrations

SQLITE_MAGIC, PG_MAGIC = b"SQLite format 3\x00", b"PGDMP"
WHY = "A backup was restored, and it does not know what left after it was made."
LOCK_SECONDS = 10
"""How long a restore on PostgreSQL waits for others to let go of the tables."""

_NOT_OURS = (b"\\restrict", b"\\unrestrict", b"SET transaction_timeout", b"SET lock_timeout")
"""Lines for psql, a setting that older servers do not know, and one that would undo ours."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: how many bookings, and what does not fit in the audit's chain."""

    bookings: int
    audit_faults: list[str]


def restore(file: Path, *, by: Actor, replace: bool = False) -> Restored:
    """Put a backup in the place of the whole database, with sending paused.

    Args:
        replace: even where the database has bookings; they are lost.

    Raises:
        BackupRefused: nothing was changed; the message says why.
    """
    url = db.engine.url
    db.session.remove()
    db.engine.dispose()
    is_sqlite = url.get_backend_name() == "sqlite"
    driver_error: Any = db.engine.dialect.loaded_dbapi.Error
    _check_kind(file, is_sqlite=is_sqlite)
    try:
        if is_sqlite:
            return _restore_sqlite(file, url, by, replace)
        return _restore_postgresql(file, url, by, replace)
    except (OSError, DBAPIError, driver_error) as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BackupRefused(f"Nothing was restored: {why}") from error


def _check_kind(file: Path, *, is_sqlite: bool) -> None:
    with file.open("rb") as opened:
        start = opened.read(len(SQLITE_MAGIC))
    if not start.startswith((SQLITE_MAGIC, PG_MAGIC)):
        raise BackupRefused(f"{file} is not a backup of this system.")
    if start.startswith(SQLITE_MAGIC) != is_sqlite:
        kinds = ("PostgreSQL", "SQLite") if is_sqlite else ("SQLite", "PostgreSQL")
        raise BackupRefused(f"{file} is a backup of {kinds[0]}, and the database is {kinds[1]}.")


def _check_revision(found: Iterable[str]) -> None:
    there, here = set(found), newest_migrations()
    if there != here:
        said = ", ".join(sorted(there)) or "none"
        raise BackupRefused(
            f"The backup is at migration {said}, and this version needs {', '.join(sorted(here))}."
            " Restore it with the version that made it, then upgrade that."
        )


def _check_bookings(session: Session, *, replace: bool) -> None:
    if replace or not inspect(session.connection()).has_table("booking"):
        return
    if count := session.scalar(select(func.count()).select_from(Booking)):
        raise BackupRefused(
            f"The database has {count} bookings, which would be lost. To replace them: --replace"
        )


def _make_safe(session: Session, by: Actor) -> Restored:
    """Pause sending, note the restore, and look at what came back."""
    now = database_now(session)
    keep_back(session, now, why=WHY)
    faults = verify_audit(session)
    record(session, "restore", by=by, subject="database", reason=WHY)
    bookings = session.scalar(select(func.count()).select_from(Booking)) or 0
    session.flush()
    return Restored(bookings, faults)


# SQLite ---------------------------------------------------------------------------------------


def _restore_sqlite(file: Path, url: URL, by: Actor, replace: bool) -> Restored:
    live = Path(url.database or "").resolve()
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=live.parent) as folder:
        copy = Path(folder) / "copy.db"
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL, 0o600))
        with (
            closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            look_through(target)
            _check_revision(_revisions(target))
        restored = _make_copy_safe(copy, by)
        with in_turn():
            with Session(db.engine) as session:
                _check_bookings(session, replace=replace)
            db.engine.dispose()
            _put_in_place(copy, live)
    return restored


def _revisions(connection: sqlite3.Connection) -> list[str]:
    try:
        return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.OperationalError:
        return []


def _make_copy_safe(copy: Path, by: Actor) -> Restored:
    engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
    with Session(engine, expire_on_commit=False) as session:
        restored = _make_safe(session, by)
        session.commit()
    return restored


def _put_in_place(copy: Path, live: Path) -> None:
    """Write every page in one transaction of the live file: whoever has it open sees the one
    database or the other. A new file under the old name would meet the old one's log."""
    with (
        closing(sqlite3.connect(copy)) as source,
        closing(sqlite3.connect(live, timeout=10, isolation_level=None)) as target,
    ):
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target)


# PostgreSQL -----------------------------------------------------------------------------------


def _restore_postgresql(file: Path, url: URL, by: Actor, replace: bool) -> Restored:
    with script_of(file, "--data-only", "--table=alembic_version") as script:
        _check_revision(_copied(script))
    engine = _own_engine(url)
    with engine.begin() as connection, Session(connection) as session:
        _lock_all(session)
        _check_bookings(session, replace=replace)
        driver: Any = connection.connection.driver_connection
        with script_of(file, "--clean", "--if-exists") as script, driver.cursor() as cursor:
            _play(cursor, iter(script))
        # The script works without a search path; we do not.
        session.execute(text("RESET search_path"))
        return _make_safe(session, by)


def _own_engine(url: URL) -> Engine:
    """One connection without the time limits of pages, whose settings die with it."""
    options = f"-c lock_timeout={LOCK_SECONDS}s -c timezone=UTC"
    return create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"options": options}
    )


def _copied(script: Iterable[bytes]) -> list[str]:
    """The rows of the one table in a script, each of one column."""
    rows, is_data = [], False
    for line in script:
        if is_data and line.startswith(b"\\."):
            is_data = False
        elif is_data:
            rows.append(line.decode().strip())
        elif _is_copy(line):
            is_data = True
    return rows


def _lock_all(session: Session) -> None:
    """Keep everybody out until the end, so that nobody books between the look and the change."""
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    if names := sorted(inspect(connection).get_table_names()):
        session.execute(text(f"LOCK TABLE {', '.join(map(quote, names))}"))


def _play(cursor: Any, lines: Iterator[bytes]) -> None:
    """Run a script of pg_restore in the open transaction: statements, and rows between them."""
    statements: list[bytes] = []
    for line in lines:
        if _is_copy(line):
            cursor.execute(b"".join(statements))
            statements.clear()
            with cursor.copy(line.rstrip(b";\n")) as copy:
                for row in lines:
                    if row == b"\\.\n":
                        break
                    copy.write(row)
        elif not line.startswith(_NOT_OURS):
            statements.append(line)
    cursor.execute(b"".join(statements))


def _is_copy(line: bytes) -> bool:
    return re.fullmatch(rb"COPY .+ FROM stdin;\n", line) is not None

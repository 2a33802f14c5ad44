"""Backups: a whole copy of the database in one file, made while everybody works.

On SQLite the file is a database, copied by its online backup; on PostgreSQL it is pg_dump's custom
format. It is made under another name, looked through, and gets its own name only when it is whole.
It holds everything the database holds, so its owner alone may read it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, inspect

from avl.commands.pg_tools import dump
from avl.domain.errors import DomainError
from avl.models import db


class BackupRefused(DomainError):
    """No backup was made, or none restored; the message says why."""


def back_up(target: Path) -> int:
    """Write the whole database to a new file; returns its size in bytes.

    Raises:
        BackupRefused: the file is there already or cannot be written, the copy is not whole, or
            there is nothing to copy, as where the address of the database is mistyped.
    """
    url = db.engine.url
    try:
        with _made_whole(target) as part:
            if url.get_backend_name() == "sqlite":
                _copy_sqlite(url, part)
            else:
                _must_hold(inspect(db.engine).has_table("alembic_version"))
                dump(url, part)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(f"No backup was made: {error}.") from error


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """Lend a name for an unfinished file, which becomes the target's when the block succeeds."""
    if target.exists():
        raise BackupRefused(f"{target} is there already; choose another name.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        _to_disk(part)
        # A link is refused where the name is taken meanwhile; a rename would overwrite.
        os.link(part, target)
    except FileExistsError:
        raise BackupRefused(f"{target} is there already; choose another name.") from None
    finally:
        part.unlink(missing_ok=True)
    _to_disk(target.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_sqlite(url: URL, part: Path) -> None:
    live = Path(url.database or "").resolve()
    source = sqlite3.connect(f"{live.as_uri()}?mode=rw", uri=True, timeout=10)
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        # All pages in one step are one moment of the database; writers go on beside it.
        source.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        look_through(copy)
        _must_hold(
            copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        )
    finally:
        copy.close()
        source.close()


def _must_hold(tables: object) -> None:
    """Refuse a backup that somebody would trust and that holds nothing."""
    if not tables:
        raise BackupRefused(
            "No backup was made: the database holds no tables. Look at its address."
        )


def look_through(copy: sqlite3.Connection) -> None:
    """Prove that every page of a SQLite file can be read and agrees with the others.

    Raises:
        BackupRefused: one does not.
    """
    said = [row[0] for row in copy.execute("PRAGMA integrity_check(1)")]
    if said != ["ok"] or copy.execute("PRAGMA foreign_key_check").fetchone():
        raise BackupRefused("The copy is damaged, or its tables do not agree with one another.")

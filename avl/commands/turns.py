"""Whose turn it is to write: on SQLite commands go one after the other, and in good order.

The file lets in one writer at a time. By itself it has everybody else sleep, for up to a tenth of
a second, and try again: it stands idle while they sleep, and of many who wait the unlucky ones see
others come and go for seconds. So commands queue here first, threads behind a lock of their
process and processes behind two places in a file beside the database.

Nothing rests on this but the order. SQLite still decides who writes, so whoever cannot queue (no
such file can be made) or has queued for too long asks it at once. The kernel gives both places
back when a process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl.domain.errors import Unavailable
from avl.models import db
from avl.models.engines import write_by

QUEUE_SECONDS = 9
PATIENCE_SECONDS = 10
"""Who has queued for so long asks SQLite at once; queueing and its lock together take no longer
than the patience."""
NOTHING_CHANGED = "The system is busy or restarting. Nothing was changed; try again."

LOOK_AGAIN_SECONDS = 0.0005
"""How often the process whose turn is next looks whether it has come."""

_NEXT, _NOW = 0, 1
_turn = threading.Lock()


def one_by_one(session: Session, what: str) -> None:
    """Wait for whoever else does this, until the transaction ends.

    For what is looked for before it is added, and no rule of the database tells apart: of two who
    add one at once the second finds the first one's. On SQLite commands go one by one anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


@contextmanager
def in_turn() -> Iterator[None]:
    """Run a block when it is this command's turn; at once where the database takes many writers.

    Raises:
        Unavailable: too many others in this process were before it.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    begun = time.monotonic()
    if not _turn.acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable(NOTHING_CHANGED)
    token = write_by.set(begun + PATIENCE_SECONDS)
    try:
        with _among_processes(db.engine.url.database, begun + QUEUE_SECONDS):
            yield
    finally:
        write_by.reset(token)
        _turn.release()


@contextmanager
def _among_processes(database: str | None, until: float) -> Iterator[None]:
    try:
        queue = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT, 0o666) if database else None
    except OSError:
        queue = None
    if queue is None:
        yield
        return
    try:
        # Only who is next may look for the turn to come. Were there one place, a process with many
        # commands would take it again and again before another had looked.
        if _take(queue, _NEXT, until):
            _take(queue, _NOW, until)
            fcntl.lockf(queue, fcntl.LOCK_UN, 1, _NEXT)
        yield
    finally:
        os.close(queue)  # which gives back whatever is held in it


def _take(queue: int, place: int, until: float) -> bool:
    """Take a place in the queue, waiting for it if need be; says whether it was to be had.

    It is looked for again and again, because a wait in the kernel would know no end.
    """
    while True:
        try:
            fcntl.lockf(queue, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_AGAIN_SECONDS)
        except OSError:
            return False
        else:
            return True

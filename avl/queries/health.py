"""What monitors ask: reachable, migrated, working, and how much is waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from time import monotonic

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from avl import clock
from avl.config import ROOT
from avl.domain.booking import Status
from avl.models import Booking, Heartbeat, Sms, db

READY_SECONDS = 5.0
"""How long a monitor waits for us to know whether we are ready. Waiting for a free connection, for
the server to take a new one and for its answer may together last half a minute, and a monitor that
has given up by then has learnt nothing."""

_ONE_LOOKS = BoundedSemaphore()


def why_not_ready() -> str:
    """Why no page could work now; "" when all is well. Answers within `READY_SECONDS`."""
    until = monotonic() + READY_SECONDS
    slow = f"the database has not answered for {READY_SECONDS:g} seconds"
    # A look that hangs has a thread and a connection; those who ask meanwhile take none.
    if not _ONE_LOOKS.acquire(timeout=READY_SECONDS):
        return slow
    answer: SimpleQueue[str] = SimpleQueue()
    Thread(target=_look, args=(db.engine, answer), name="ready", daemon=True).start()
    try:
        return answer.get(timeout=max(0.0, until - monotonic()))
    except Empty:
        return slow


def _look(engine: Engine, answer: SimpleQueue[str]) -> None:
    try:
        with engine.connect() as connection:
            found = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
        is_newest = found == newest_migrations()
        answer.put("" if is_newest else "the database is not at the newest migration")
    except SQLAlchemyError:
        answer.put("the database does not answer, or holds no tables")
    finally:
        _ONE_LOOKS.release()


@cache
def newest_migrations() -> frozenset[str]:
    """The migrations that a database of this version is at."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def newest_heartbeat_age() -> timedelta | None:
    """How long ago any job last ended; None before the first."""
    ended = db.session.scalar(select(func.max(Heartbeat.ended_at)))
    return None if ended is None else max(clock.now() - ended, timedelta(0))


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number, or one for each value of a label."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str = ""


def gauges() -> list[Gauge]:
    """What is waiting now. Every figure comes from an index on what is unfinished, so that the
    cost does not grow with history."""
    now = clock.now()
    waiting: dict[str, float] = {
        status.value: count
        for status, count in db.session.execute(
            select(Booking.status, func.count())
            .where(Booking.ends_at > now, Booking.starts_at > now - timedelta(days=1))
            .group_by(Booking.status)
        )
    }
    by_state = db.session.execute(
        select(Sms.state, func.count())
        .where(Sms.state.in_(("pending", "sending", "doubt", "accepted", "sent")))
        .group_by(Sms.state)
    )
    unsettled: dict[str, float] = {state: float(count) for state, count in by_state}
    late = db.session.scalar(
        select(func.count()).where(Sms.state == "pending", Sms.due_at < now - timedelta(minutes=5))
    )
    age = newest_heartbeat_age()
    return [
        Gauge(
            "avl_bookings_ahead",
            "Bookings not over yet, by status.",
            {status.value: waiting.get(status.value, 0) for status in Status},
            "status",
        ),
        Gauge("avl_sms_unsettled", "Text messages not settled yet, by state.", unsettled, "state"),
        Gauge("avl_sms_late", "Text messages due for more than five minutes.", {"": late or 0}),
        Gauge(
            "avl_worker_silent_seconds",
            "Seconds since any job last ended; -1 before the first.",
            {"": -1 if age is None else age.total_seconds()},
        ),
    ]

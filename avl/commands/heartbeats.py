"""Signs of life: each job says when it last ran, so that a silent worker is noticed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from avl.commands.transaction import command
from avl.models import Heartbeat
from avl.queries.database_time import database_now

_LONGEST_ERROR = 300


@command
def record_heartbeat(
    session: Session, name: str, *, owner: str, took: timedelta, count: int, error: str = ""
) -> None:
    """Note that a job has just ended; any number of workers may say so at once.

    Args:
        owner: host and process of the worker.
        took: how long the run lasted.
        count: how many things it did.
        error: the class of what went wrong, never its text: that may hold a number.
    """
    now = database_now(session)
    beat = {
        "owner": owner[:80],
        "started_at": now - took,
        "ended_at": now,
        "count": count,
        "error": error[:_LONGEST_ERROR],
    }
    session.execute(_insert(session, {"name": name} | beat, beat))


def _insert(session: Session, row: dict[str, object], beat: dict[str, object]) -> Insert:
    if session.get_bind().dialect.name == "sqlite":
        lite = sqlite.insert(Heartbeat).values(**row)
        return lite.on_conflict_do_update(index_elements=["name"], set_=beat)
    big = postgresql.insert(Heartbeat).values(**row)
    return big.on_conflict_do_update(index_elements=["name"], set_=beat)

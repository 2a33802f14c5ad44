"""The database's own clock, by which texts are due and leases run out.

Workers on several machines share one database and so one clock; their own may differ. Where
tests hold the clock still, the database follows it, so that a frozen day can be played through.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl import clock


def database_now(session: Session) -> datetime:
    """The present by the database's clock, aware UTC, even in the middle of a transaction."""
    if clock.is_held():
        return clock.now()
    if session.get_bind().dialect.name == "sqlite":
        said = session.scalar(select(func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    at = session.scalar(select(func.clock_timestamp()))
    assert isinstance(at, datetime)
    return at.astimezone(UTC)

"""The database's own clock, by which texts are due and leases run out.

Workers on several machines share one database and so one clock; their own may differ. Where
tests hold the clock still, the database follows it, so that a frozen day can be played through.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl import clock
from avl.queries.plain import plain
from avl.queries.ready import Ready

# Asked for each text that leaves, and put together once: sent by the session, the question took
# longer than all else that is read of a text.
_SAID = {
    "sqlite": Ready(select(func.strftime("%Y-%m-%d %H:%M:%f", "now"))),
    "postgresql": Ready(select(func.clock_timestamp())),
}


def database_now(session: Session) -> datetime:
    """The present by the database's clock, aware UTC, even in the middle of a transaction."""
    if clock.is_held():
        return clock.now()
    engine = plain(session).engine
    ((at,),) = _SAID[engine].rows(session, {})
    if engine == "sqlite":
        return datetime.fromisoformat(f"{at}+00:00")
    assert isinstance(at, datetime)
    return at.astimezone(UTC)

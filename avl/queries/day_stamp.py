"""Whether a prison's day is still the one a page shows, in one read.

Every open page asks every 15 seconds, and nearly always nothing has changed, so this is the most
frequent question there is.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, bindparam, select

from avl import clock
from avl.domain.access import PRISON_ROLES, Actor
from avl.domain.errors import NotFound
from avl.models import FeedEvent, Site, User, UserSession, db
from avl.models.engines import one_read
from avl.queries.accounts import LIVE_SESSION, session_values
from avl.queries.days import is_theirs
from avl.queries.entry_marks import mark_text
from avl.queries.ready import Ready
from avl.queries.scope import is_held_at
from avl.queries.seats import LONGEST

_WIDEST = timedelta(hours=14)
_AGES = timedelta(minutes=5)


def stamp_of(actor: Actor, site_code: str, on: date) -> str:
    """A short name for a day at a site as it stands.

    It changes whenever a booking of the day does (or of the days beside it), and every five
    minutes, because marks and what is over age by themselves.

    Raises:
        NotFound: the site is not one of this actor's.
    """
    found = db.session.execute(_STAMP, _values(site_code, on)).first()
    if found is None or not is_theirs(actor, found.id):
        raise NotFound("There is no such site among yours.")
    return _stamp(found.id, on, found.mark)


def glance_at(token: str, site_code: str, on: date, idle: timedelta) -> str | None:
    """The day's stamp, for a browser's token whose session is alive and whose user may see the
    site; None for any other.

    Args:
        idle: how long ago the session must have been noted to be in use, at most.
    """
    values = session_values(token, idle) | _values(site_code, on)
    with one_read(db.engine) as connection:
        found = _GLANCE.rows_on(connection, values)
    return _stamp(found[0].id, on, found[0].mark) if found else None


def _stamp(site_id: int, on: date, mark: str | None) -> str:
    said = (site_id, on, int(clock.now().timestamp() // _AGES.total_seconds()), mark)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _values(site_code: str, on: date) -> dict[str, Any]:
    # Wide enough for the day in any zone, so that the site need not be read first.
    midnight = datetime.combine(on, time(0), UTC)
    return {
        "code": site_code.upper(),
        "start": midnight - LONGEST - _WIDEST,
        "end": midnight + timedelta(days=1) + _WIDEST,
    }


def _mark() -> ScalarSelect[str]:
    event = FeedEvent.__table__.c
    return (
        select(mark_text(event))
        .where(
            event.scope_kind == "site",
            event.scope_id == Site.id,
            event.starts_at > bindparam("start"),
            event.starts_at < bindparam("end"),
        )
        .scalar_subquery()
    )


# Built once: putting a statement together costs more than running it.
_STAMP = select(Site.id, _mark().label("mark")).where(Site.code == bindparam("code"))
_GLANCE = Ready(
    select(Site.id, _mark().label("mark"))
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
    .join(Site, Site.code == bindparam("code"))
    .where(*LIVE_SESSION, is_held_at(Site.id, Site.agency_id, PRISON_ROLES))
)

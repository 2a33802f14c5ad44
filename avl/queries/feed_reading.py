"""What a feed's address leads to.

A feed is read by programs every few minutes, so the reads here are few, indexed and plain: no
objects, no session, and from the read replica where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from avl import clock
from avl.domain.local_time import local_day
from avl.messages.calendar import FORMAT, render_calendar, render_notice
from avl.models import Counsel, FeedEvent, FeedToken, Resource, Site, User, db
from avl.models.engines import one_read
from avl.queries.entry_marks import Mark, mark_text
from avl.queries.feeds import MAKERS, hash_token
from avl.queries.scope import is_held_at

PAST = timedelta(days=14)
AHEAD = timedelta(days=180)
GONE = timedelta(days=30)
"""How long a cancelled booking stays in a feed after its end."""

NOTICE = timedelta(days=30)
"""How long a withdrawn feed says that it is withdrawn, before its address means nothing."""


USUAL_ZONE = "Pacific/Auckland"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's address, resolved.

    Attributes:
        name: what calendar programs call it.
        withdrawn_at: since when it is no longer to be had; None while it is good.
        zone: of the place it is of; counsel's own is the country's usual one.
        mark: of the entries in the window; of none when withdrawn.
        changed_at: when an entry last changed, or the window last moved.
    """

    token_id: int
    name: str
    scope_kind: str
    scope_id: int
    zone: str
    withdrawn_at: datetime | None
    last_used_at: datetime | None
    mark: Mark
    changed_at: datetime


def reader() -> AbstractContextManager[Connection]:
    """A connection to read feeds by: the replica's where the installation has one."""
    return one_read(db.engines.get("read") or db.engine)


def find_feed(connection: Connection, token: str) -> Feed | None:
    """What an address leads to, in one query; None for one that never was or is long gone."""
    now, today = clock.now(), _today()
    row = connection.execute(
        _FEED, {"token_hash": hash_token(token), **_window(today)}
    ).one_or_none()
    if row is None:
        return None
    ended_at = min((at for at in (row.revoked_at, row.expires_at) if at), default=None)
    if ended_at is not None and now - ended_at > NOTICE:
        return None
    # Somebody who lost the role or the account loses the feed with it. Since when is not known,
    # so that notice stays up until the feed would have expired anyway.
    has_ended = ended_at is not None and ended_at <= now
    withdrawn_at = ended_at if has_ended else None if row.is_entitled else row.created_at
    mark = Mark() if withdrawn_at else Mark.read(row.entries)
    return Feed(
        token_id=row.id,
        name=f"AVL {row.name or ''}".strip(),
        scope_kind=row.scope_kind,
        scope_id=row.scope_id,
        zone=row.zone or USUAL_ZONE,
        withdrawn_at=withdrawn_at,
        last_used_at=row.last_used_at,
        mark=mark,
        changed_at=max(today, withdrawn_at or mark.latest or today),
    )


def entries_of(connection: Connection, feed: Feed) -> tuple[list[bytes], Mark]:
    """The finished entries of a feed, in order, and the mark of these very ones."""
    values = {"scope_kind": feed.scope_kind, "scope_id": feed.scope_id, **_window(_today())}
    rows = connection.execute(_ENTRIES, values).all()
    return [row.body for row in rows], Mark.of([row[1:] for row in rows])


def tag_of(feed: Feed, mark: Mark) -> str:
    """Name a feed's bytes without reading them: they change exactly when this does."""
    said = (FORMAT, feed.name, feed.scope_kind, feed.scope_id, feed.zone, feed.withdrawn_at, *mark)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def calendar_of(feed: Feed, bodies: Iterable[bytes]) -> bytes:
    """A feed's bytes."""
    return render_calendar(feed.name, bodies)


def notice_of(feed_id: int, withdrawn_at: datetime, zone: str) -> bytes:
    """A withdrawn feed's bytes: one entry that says so, on the day it happened, and no data."""
    on = local_day(withdrawn_at, zone)
    notice = render_notice(f"withdrawn feed {feed_id}", withdrawn_at, on)
    return render_calendar("Withdrawn AVL calendar", [notice])


def _feed() -> Select[*tuple[Any, ...]]:
    """The token, its name, whether its owner is still entitled, and the stamps of its entries."""
    token = FeedToken.__table__.c
    room, at_room, place = aliased(Resource), aliased(Site), aliased(Site)
    return (
        select(
            FeedToken.id,
            FeedToken.scope_kind,
            FeedToken.scope_id,
            FeedToken.created_at,
            FeedToken.expires_at,
            FeedToken.revoked_at,
            FeedToken.last_used_at,
            case(
                (token.scope_kind == "suite", at_room.short_name + ", " + room.name),
                (token.scope_kind == "counsel", "appearances of " + Counsel.name),
                else_=place.name,
            ).label("name"),
            func.coalesce(place.zone, at_room.zone).label("zone"),
            and_(User.is_active, _is_theirs(place, at_room)).label("is_entitled"),
            _entries_mark().label("entries"),
        )
        .select_from(FeedToken)
        .join(User, User.id == FeedToken.user_id)
        .outerjoin(place, and_(token.scope_kind.in_(("site", "court")), place.id == token.scope_id))
        .outerjoin(room, and_(token.scope_kind == "suite", room.id == token.scope_id))
        .outerjoin(at_room, at_room.id == room.site_id)
        .outerjoin(Counsel, and_(token.scope_kind == "counsel", Counsel.id == token.scope_id))
        .where(token.token_hash == bindparam("token_hash"))
    )


def _is_theirs(place: type[Site], at_room: type[Site]) -> ColumnElement[bool]:
    """Whether the token's owner may still have this calendar."""
    site_id = func.coalesce(place.id, at_room.id)
    agency_id = func.coalesce(place.agency_id, at_room.agency_id)
    return case(
        (FeedToken.scope_kind == "counsel", User.counsel_id == FeedToken.scope_id),
        else_=is_held_at(site_id, agency_id, MAKERS),
    )


def _entries_mark() -> ColumnElement[str]:
    """The mark of the calendar's entries."""
    event = FeedEvent.__table__.c
    return (
        select(mark_text(event))
        .where(
            event.scope_kind == FeedToken.scope_kind,
            event.scope_id == FeedToken.scope_id,
            _in_window(event),
        )
        .scalar_subquery()
    )


def _today() -> datetime:
    """Midnight UTC. The window moves once a day, so that a feed in which nothing happened stays
    the same bytes, and is newly modified when the window has moved."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _in_window(event: Any) -> ColumnElement[bool]:
    return and_(
        event.starts_at > bindparam("oldest"),
        event.starts_at < bindparam("farthest"),
        or_(
            event.ends_at > bindparam("past"),
            and_(event.is_gone, event.ends_at > bindparam("gone")),
        ),
    )


def _window(today: datetime) -> dict[str, datetime]:
    # A booking lasts at most a day, so the start bounds the read and the index serves it.
    return {
        "oldest": today - GONE - timedelta(days=1),
        "farthest": today + AHEAD,
        "past": today - PAST,
        "gone": today - GONE,
    }


def _entries() -> Select[*tuple[Any, ...]]:
    columns = FeedEvent.__table__.c
    return (
        select(columns.body, columns.id, columns.sequence, columns.updated_at)
        .where(
            columns.scope_kind == bindparam("scope_kind"),
            columns.scope_id == bindparam("scope_id"),
            _in_window(columns),
        )
        .order_by(columns.starts_at, columns.booking_id)
    )


# Built once: putting a statement together costs more than running it.
_FEED, _ENTRIES = _feed(), _entries()

"""What a feed's address leads to, and who may have which feeds.

A feed is read by programs every few minutes, so the reads here are few, indexed and plain: no
objects, no session, and from the read replica where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from avl import clock
from avl.domain.access import Actor, Do, Role, SiteSubject, may
from avl.domain.errors import NotFound
from avl.messages.calendar import FORMAT, render_calendar, render_notice
from avl.models import (
    Counsel,
    FeedEvent,
    FeedToken,
    Membership,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    User,
    db,
)
from avl.queries.scope import sites_of

PAST = timedelta(days=14)
AHEAD = timedelta(days=180)
GONE = timedelta(days=30)
"""How long a cancelled booking stays in a feed after its end."""

NOTICE = timedelta(days=30)
"""How long a withdrawn feed says that it is withdrawn, before its address means nothing."""

MAKERS = (Role.REGISTRY, Role.AVL_COORDINATOR, Role.PRISON_OFFICER)
"""Roles that may keep a feed of a site, suite or court."""

Stamp = tuple[int, int]
"""An entry's id and sequence: its bytes change exactly when its sequence does."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's address, resolved.

    Attributes:
        name: what calendar programs call it.
        withdrawn_at: since when it is no longer to be had; None while it is good.
        stamps: every entry in the window, in order; none when withdrawn.
        changed_at: when an entry last changed, or the window last moved.
    """

    token_id: int
    name: str
    scope_kind: str
    scope_id: int
    withdrawn_at: datetime | None
    last_used_at: datetime | None
    stamps: tuple[Stamp, ...]
    changed_at: datetime


def hash_token(token: str) -> str:
    """How tokens are kept. They carry 256 random bits, so one plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def reader() -> Engine:
    """The engine feeds are read from: the replica where the installation has one."""
    return db.engines.get("read") or db.engine


def find_feed(connection: Connection, token: str) -> Feed | None:
    """What an address leads to, in one query; None for one that never was or is long gone."""
    now, today = clock.now(), _today()
    rows = connection.execute(_feed(hash_token(token), today)).all()
    if not rows:
        return None
    first = rows[0]
    ended_at = min((at for at in (first.revoked_at, first.expires_at) if at), default=None)
    if ended_at is not None and now - ended_at > NOTICE:
        return None
    # Somebody who lost the role or the account loses the feed with it. Since when is not known,
    # so that notice stays up until the feed would have expired anyway.
    has_ended = ended_at is not None and ended_at <= now
    withdrawn_at = ended_at if has_ended else None if first.is_entitled else first.created_at
    rows = [] if withdrawn_at else [row for row in rows if row.event_id is not None]
    return Feed(
        token_id=first.id,
        name=f"AVL {first.name or ''}".strip(),
        scope_kind=first.scope_kind,
        scope_id=first.scope_id,
        withdrawn_at=withdrawn_at,
        last_used_at=first.last_used_at,
        stamps=tuple((row.event_id, row.sequence) for row in rows),
        changed_at=max([today, *(row.updated_at for row in rows)]),
    )


def entries_of(connection: Connection, feed: Feed) -> list[tuple[Stamp, datetime, bytes]]:
    """The finished entries of a feed, in order, with what identifies them."""
    columns = FeedEvent.__table__.c
    rows = connection.execute(
        select(columns.id, columns.sequence, columns.updated_at, columns.body)
        .where(
            columns.scope_kind == feed.scope_kind,
            columns.scope_id == feed.scope_id,
            _in_window(columns, _today()),
        )
        .order_by(columns.starts_at, columns.booking_id)
    )
    return [((row.id, row.sequence), row.updated_at, row.body) for row in rows]


def tag_of(feed: Feed, stamps: Sequence[Stamp]) -> str:
    """Name a feed's bytes without reading them: they change exactly when this does."""
    said = (FORMAT, feed.name, feed.scope_kind, feed.scope_id, feed.withdrawn_at, tuple(stamps))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def calendar_of(feed: Feed, bodies: Iterable[bytes]) -> bytes:
    """A feed's bytes."""
    return render_calendar(feed.name, bodies)


def notice_of(feed_id: int, withdrawn_at: datetime) -> bytes:
    """A withdrawn feed's bytes: one entry that says so, on the day it happened, and no data."""
    notice = render_notice(f"withdrawn feed {feed_id}", withdrawn_at, withdrawn_at.date())
    return render_calendar("Withdrawn AVL calendar", [notice])


def _feed(token_hash: str, today: datetime) -> Select[*tuple[Any, ...]]:
    """The token, its name, whether its owner is still entitled, and the stamps of its entries."""
    token, event = FeedToken.__table__.c, FeedEvent.__table__.c
    room, at_room, place = aliased(Resource), aliased(Site), aliased(Site)
    site_id = func.coalesce(place.id, at_room.id)
    agency_id = func.coalesce(place.agency_id, at_room.agency_id)
    is_theirs = (
        select(Membership.id)
        .where(
            Membership.user_id == User.id,
            Membership.role.in_(MAKERS),
            or_(
                Membership.site_id == site_id,
                Membership.agency_id == agency_id,
                and_(Membership.site_id.is_(None), Membership.agency_id.is_(None)),
            ),
        )
        .exists()
    )
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
            and_(
                User.is_active,
                case(
                    (token.scope_kind == "counsel", User.counsel_id == token.scope_id),
                    else_=is_theirs,
                ),
            ).label("is_entitled"),
            event.id.label("event_id"),
            event.sequence,
            event.updated_at,
        )
        .select_from(FeedToken)
        .join(User, User.id == FeedToken.user_id)
        .outerjoin(place, and_(token.scope_kind.in_(("site", "court")), place.id == token.scope_id))
        .outerjoin(room, and_(token.scope_kind == "suite", room.id == token.scope_id))
        .outerjoin(at_room, at_room.id == room.site_id)
        .outerjoin(Counsel, and_(token.scope_kind == "counsel", Counsel.id == token.scope_id))
        .outerjoin(
            FeedEvent.__table__,
            and_(
                event.scope_kind == token.scope_kind,
                event.scope_id == token.scope_id,
                _in_window(event, today),
            ),
        )
        .where(token.token_hash == token_hash)
        .order_by(event.starts_at, event.booking_id)
    )


def _today() -> datetime:
    """Midnight UTC. The window moves once a day, so that a feed in which nothing happened stays
    the same bytes, and is newly modified when the window has moved."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _in_window(event: Any, today: datetime) -> ColumnElement[bool]:
    # A booking lasts at most a day, so the start bounds the read and the index serves it.
    return and_(
        event.starts_at > today - GONE - timedelta(days=1),
        event.starts_at < today + AHEAD,
        or_(
            event.ends_at > today - PAST,
            and_(event.is_gone, event.ends_at > today - GONE),
        ),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Something a person may have a feed of.

    Attributes:
        key: how a form names it: "suite-12".
    """

    kind: str
    id: int
    name: str

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.id}"


def scopes_of(actor: Actor) -> list[Scope]:
    """Every calendar this person may have a feed of: sites, their suites, and their own."""
    found: list[Scope] = []
    if actor.counsel_id is not None and actor.holds(Role.COUNSEL):
        found.append(Scope("counsel", actor.counsel_id, "My appearances"))
    sites = db.session.scalars(sites_of(actor, *MAKERS)).all()
    suites = _suites([site.id for site in sites])
    for site in sites:
        kind = "court" if site.kind is SiteKind.COURT else "site"
        found.append(Scope(kind, site.id, site.name))
        found.extend(
            Scope("suite", suite.id, f"{site.short_name}, {suite.name}")
            for suite in suites
            if suite.site_id == site.id
        )
    return found


def _suites(site_ids: Sequence[int]) -> Sequence[Resource]:
    return db.session.scalars(
        select(Resource)
        .where(
            Resource.site_id.in_(site_ids),
            Resource.kind == ResourceKind.SUITE,
            Resource.is_active,
        )
        .order_by(Resource.sort_order, Resource.name)
    ).all()


def check_scope(actor: Actor, kind: str, scope_id: int) -> None:
    """Refuse a feed of something that is not this person's.

    Raises:
        NotFound: it does not exist, or it is not theirs to know of.
    """
    if kind == "counsel":
        allowed = actor.counsel_id == scope_id and actor.holds(Role.COUNSEL)
    else:
        site_id: int | None = scope_id
        if kind == "suite":
            site_id = db.session.scalar(select(Resource.site_id).where(Resource.id == scope_id))
        allowed = site_id is not None and may(actor, Do.MAKE_FEED, SiteSubject(site_id))
    if not allowed:
        raise NotFound("There is no such calendar among yours.")


def my_feeds(actor: Actor) -> Sequence[FeedToken]:
    """The feeds this person made that still work, newest first."""
    return db.session.scalars(
        select(FeedToken)
        .where(
            FeedToken.user_id == actor.user_id,
            FeedToken.revoked_at.is_(None),
            FeedToken.expires_at > clock.now(),
        )
        .order_by(FeedToken.created_at.desc(), FeedToken.id.desc())
    ).all()

"""Make, withdraw and note the use of calendar feeds."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.errors import InvalidInput, NotFound
from avl.models import FeedToken
from avl.queries.feeds import check_scope, hash_token

LASTS = timedelta(days=365)
NOTE_EVERY = timedelta(hours=1)
TOKEN_BYTES = 24
MOST_FEEDS = 50
"""How many feeds one person may keep: more than anybody needs, few enough to look through."""


@command
def make_feed(
    session: Session, scope_kind: str, scope_id: int, label: str, *, by: Actor
) -> tuple[FeedToken, str]:
    """Make a feed's address. Its token (192 random bits) is returned here and never again.

    Raises:
        NotFound: the calendar is not this person's to share.
        InvalidInput: no label to tell it from others, or too many feeds.
    """
    if not label.strip():
        raise InvalidInput("label", "Say where you will use it, for example “Outlook at work”.")
    if len(label.strip()) > 80:
        raise InvalidInput("label", "Use at most 80 letters.")
    check_scope(by, scope_kind, scope_id)
    now = clock.now()
    standing = session.scalars(
        select(FeedToken.id).where(FeedToken.user_id == by.user_id, FeedToken.revoked_at.is_(None))
    ).all()
    if len(standing) >= MOST_FEEDS:
        raise InvalidInput("label", "You have 50 calendar feeds. Withdraw one you no longer use.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = FeedToken(
        token_hash=hash_token(token),
        scope_kind=scope_kind,
        scope_id=scope_id,
        label=label.strip(),
        user_id=by.user_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(feed)
    session.flush()
    record(session, "make_feed", by=by, subject=f"{scope_kind} {scope_id}", reason=feed.label)
    return feed, token


@command
def withdraw_feed(session: Session, feed_id: int, *, by: Actor) -> FeedToken:
    """Withdraw one's own feed: for 30 days its readers are told so, then it is gone.

    Raises:
        NotFound: there is no such feed, or it is somebody else's.
    """
    feed = session.get(FeedToken, feed_id)
    if feed is None or feed.user_id != by.user_id:
        raise NotFound("There is no such calendar feed among yours.")
    if feed.revoked_at is None:
        feed.revoked_at = clock.now()
        subject = f"{feed.scope_kind} {feed.scope_id}"
        record(session, "withdraw_feed", by=by, subject=subject, reason=feed.label)
    return feed


@command
def note_feed_use(session: Session, feed_id: int, agent: str) -> None:
    """Note that a feed was fetched and by which program, so that people see what they can end."""
    session.execute(
        update(FeedToken)
        .where(FeedToken.id == feed_id)
        .values(last_used_at=clock.now(), last_agent=agent[:120])
    )

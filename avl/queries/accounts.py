"""Who is asking: sessions, tokens, users and what they were granted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from avl import clock
from avl.domain.access import Actor, Grant, Role
from avl.models import (
    Agency,
    ApiToken,
    Membership,
    SignInFailure,
    Site,
    User,
    UserSession,
    db,
)
from avl.models.engines import one_read
from avl.queries.ready import Ready

IDLE = timedelta(minutes=60)
"""How long a session lives unused. NZISM 3.9 control 1886 asks for 10 minutes together with a
screen lock; the screen lock is the desktop's, so ours is an outer limit."""

ABSOLUTE = timedelta(hours=12)
"""How long a session lives at most: one long sitting day."""

LOCK = timedelta(minutes=15)
"""How long refused sign-ins count against an account or an address."""

FAILURES_PER_ACCOUNT = 3
"""NZISM 3.9 control 1892: lock after three failures, for a while."""

FAILURES_PER_ADDRESS = 20
"""Whole courts share an address, so it takes more than one forgetful officer to lock it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session and the actor behind it."""

    session_id: int
    actor: Actor
    email: str
    last_seen_at: datetime


def hash_token(token: str) -> str:
    """How tokens are kept. They carry 256 random bits, so one plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


LIVE_SESSION = (
    UserSession.token_hash == bindparam("token_hash"),
    UserSession.revoked_at.is_(None),
    UserSession.ends_at > bindparam("now"),
    UserSession.last_seen_at > bindparam("idle_since"),
    User.is_active,
    User.is_service.is_(False),
)
"""What makes a browser's token good, of a session joined with its user. Asked at every request:
a session that has been ended is refused at the next one. `session_values` are its values."""


def session_values(token: str, idle: timedelta = IDLE) -> dict[str, Any]:
    """What `LIVE_SESSION` is asked about: a session that was in use less than so long ago."""
    now = clock.now()
    return {"token_hash": hash_token(token), "now": now, "idle_since": now - idle}


# Every page asks this, and putting a statement together costs more than running it.
_REACHED = or_(Site.id == Membership.site_id, Site.agency_id == Membership.agency_id)
_SIGNED_IN = Ready(
    select(
        Membership.role,
        Membership.site_id,
        Membership.agency_id,
        Site.id.label("reached_id"),
        UserSession.id,
        UserSession.last_seen_at,
        User.id.label("user_id"),
        User.name,
        User.email,
        User.counsel_id,
    )
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(Site, _REACHED)
    .where(*LIVE_SESSION)
)
_HOLDER = Ready(
    select(
        Membership.role,
        Membership.site_id,
        Membership.agency_id,
        Site.id.label("reached_id"),
        ApiToken.id,
        ApiToken.last_used_at,
        User.id.label("user_id"),
        User.name,
        User.counsel_id,
    )
    .select_from(ApiToken)
    .join(User, User.id == ApiToken.user_id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(Site, _REACHED)
    .where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now")),
        User.is_active,
    )
)
_GRANTS = (
    select(Membership.role, Membership.site_id, Membership.agency_id, Site.id)
    .outerjoin(Site, _REACHED)
    .where(Membership.user_id == bindparam("user_id"))
)


def find_signed_in(token: str) -> SignedIn | None:
    """The live session a browser's token belongs to, in one query: a row for each grant."""
    rows = _SIGNED_IN.rows(db.session(), session_values(token))
    if not rows:
        return None
    who = rows[0]
    actor = actor_with(who.user_id, who.name, who.counsel_id, (row[:4] for row in rows))
    return SignedIn(who.id, actor, who.email, who.last_seen_at)


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """A live API token and the service user behind it."""

    token_id: int
    actor: Actor
    last_used_at: datetime | None


def find_token_holder(token: str) -> TokenHolder | None:
    """The service user a bearer token belongs to, in one query: a row for each grant."""
    values = {"token_hash": hash_token(token), "now": clock.now()}
    with one_read(db.engine) as reading:
        rows = _HOLDER.rows_on(reading, values)
    if not rows:
        return None
    who = rows[0]
    actor = actor_with(who.user_id, who.name, who.counsel_id, (row[:4] for row in rows))
    return TokenHolder(who.id, actor, who.last_used_at)


def actor_of(user: User) -> Actor:
    """The actor a user is, with every site their grants reach worked out (one query)."""
    rows = db.session.execute(_GRANTS, {"user_id": user.id}).all()
    return actor_with(user.id, user.name, user.counsel_id, rows)


def actor_with(
    user_id: int,
    name: str,
    counsel_id: int | None,
    rows: Iterable[Sequence[Any]],
) -> Actor:
    """Put an actor together from rows of role, granted site, granted agency and reached site.

    Somebody without any grant has one row of nothing.
    """
    grants: set[Grant] = set()
    reached: dict[Role, set[int]] = {}
    for role, site_id, agency_id, reached_id in rows:
        if role is None:
            continue
        grants.add(Grant(role, site_id, agency_id))
        if reached_id is not None:
            reached.setdefault(role, set()).add(reached_id)
    return Actor(
        user_id=user_id,
        name=name,
        grants=tuple(sorted(grants, key=repr)),
        counsel_id=counsel_id,
        sites=tuple((role, frozenset(ids)) for role, ids in sorted(reached.items())),
        everywhere=frozenset(
            grant.role for grant in grants if grant.site_id is None and grant.agency_id is None
        ),
    )


def find_user(email: str) -> User | None:
    """The user with this e-mail address, in whatever letters it was typed."""
    return db.session.scalars(select(User).where(User.email == normal_email(email))).first()


def password_hash_of(user_id: int) -> str:
    """What a user's password is checked against; "" for nobody."""
    return db.session.scalar(select(User.password_hash).where(User.id == user_id)) or ""


def email_of(user_id: int) -> str:
    """The address a user signs in with; "" for nobody."""
    return db.session.scalar(select(User.email).where(User.id == user_id)) or ""


def normal_email(typed: str) -> str:
    """The one spelling of an address that is kept and compared."""
    return typed.strip().lower()


def failures_since(email: str, address: str, since: datetime) -> Select[int, int]:
    """How many refused sign-ins count against this account, and against this address."""
    by_account = select(func.count(SignInFailure.id)).where(
        SignInFailure.email == email, SignInFailure.at > since
    )
    by_address = select(func.count(SignInFailure.id)).where(
        SignInFailure.address == address, SignInFailure.at > since
    )
    return select(by_account.scalar_subquery(), by_address.scalar_subquery())


def live_sessions(user_id: int) -> Sequence[UserSession]:
    """A user's sessions that still count, newest first."""
    now = clock.now()
    return db.session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.revoked_at.is_(None),
            UserSession.ends_at > now,
            UserSession.last_seen_at > now - IDLE,
        )
        .order_by(UserSession.last_seen_at.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One membership as an administrator reads it; `place` is "everywhere" without a site."""

    id: int
    role: Role
    place: str


@dataclass(frozen=True, slots=True)
class UserLine:
    """One user as an administrator reads them."""

    id: int
    name: str
    email: str
    is_active: bool
    is_service: bool
    is_locked: bool
    grants: tuple[GrantLine, ...]


def list_users(search: str = "", *, limit: int = 100) -> list[UserLine]:
    """Users whose name or e-mail contains the words, by name, with their grants (3 queries)."""
    users = select(User).order_by(User.name, User.id).limit(limit)
    if search.strip():
        like = f"%{search.strip().lower()}%"
        users = users.where(or_(func.lower(User.name).like(like), User.email.like(like)))
    return _user_lines(db.session.scalars(users).all())


def find_user_line(user_id: int) -> UserLine | None:
    """One user as an administrator reads them."""
    lines = _user_lines(db.session.scalars(select(User).where(User.id == user_id)).all())
    return lines[0] if lines else None


def _user_lines(users: Sequence[User]) -> list[UserLine]:
    ids = [user.id for user in users]
    grants: dict[int, list[GrantLine]] = {}
    for membership, site, agency in db.session.execute(
        select(Membership, Site.name, Agency.name)
        .outerjoin(Site, Site.id == Membership.site_id)
        .outerjoin(Agency, Agency.id == Membership.agency_id)
        .where(Membership.user_id.in_(ids))
        .order_by(Membership.role, Site.name)
    ):
        line = GrantLine(membership.id, membership.role, site or agency or "everywhere")
        grants.setdefault(membership.user_id, []).append(line)
    locked = set(
        db.session.scalars(
            select(SignInFailure.email)
            .where(
                SignInFailure.email.in_([user.email for user in users]),
                SignInFailure.at > clock.now() - LOCK,
            )
            .group_by(SignInFailure.email)
            .having(func.count() >= FAILURES_PER_ACCOUNT)
        )
    )
    return [
        UserLine(
            user.id,
            user.name,
            user.email,
            user.is_active,
            user.is_service,
            user.email in locked,
            tuple(grants.get(user.id, ())),
        )
        for user in users
    ]


def all_sites() -> Sequence[Site]:
    """Every active site, by name."""
    return db.session.scalars(select(Site).where(Site.is_active).order_by(Site.name)).all()


def all_agencies() -> Sequence[Agency]:
    """Every agency, by name."""
    return db.session.scalars(select(Agency).order_by(Agency.name)).all()

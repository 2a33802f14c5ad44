"""Signing in and out, users, what they are granted, and tokens of service users."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from avl import clock
from avl.commands.audit import record
from avl.commands.transaction import command
from avl.domain.access import SYSTEM, Actor, Do, Role, may
from avl.domain.errors import DomainError, InvalidInput, NotAllowed, NotFound
from avl.models import (
    Agency,
    ApiToken,
    IdempotencyKey,
    Membership,
    SignInFailure,
    Site,
    User,
    UserSession,
)
from avl.queries.accounts import (
    ABSOLUTE,
    FAILURES_PER_ACCOUNT,
    FAILURES_PER_ADDRESS,
    LOCK,
    failures_since,
    find_user,
    hash_token,
    normal_email,
)

PASSWORD_METHOD = "pbkdf2:sha512:210000"
"""NZISM 3.9 control 7562; Werkzeug's own default (scrypt) is not on that list."""

SHORTEST_PASSWORD = 16
LONGEST_PASSWORD = 256
"""Characters. NZISM 3.9 control 7546: length, and no rules of composition."""

WRONG = "The e-mail address or the password is not right."
LOCKED = (
    "There have been too many wrong tries. Wait 15 minutes, or ask your administrator to unlock"
    " your account."
)

TOUCH_EVERY = timedelta(minutes=1)


class SignInRefused(DomainError):
    """The same sentence whether the account exists or not."""


@dataclass(frozen=True, slots=True)
class _Try:
    """A counted attempt to sign in: the failure row stands until the password proves right."""

    failure_id: int


def sign_in(email: str, password: str, *, address: str = "") -> str:
    """Check a password and open a session; returns the token for the browser's cookie.

    The try is counted before the password is looked at, so that many tries at once cannot slip
    past the limit, and the slow hash is worked out while no transaction is open.

    Raises:
        SignInRefused: wrong, unknown, disabled or locked; which of these is not told.
    """
    email = normal_email(email)[:200]
    counted = _count_try(email, address)
    user = find_user(email)
    kept = user.password_hash if user and user.password_hash else _nobodys_hash()
    is_right = check_password_hash(kept, password[:LONGEST_PASSWORD])
    if not (user and user.password_hash and is_right and user.is_active and not user.is_service):
        if user:
            _record_refusal(email)
        raise SignInRefused(WRONG)
    rehashed = None
    if not kept.startswith(f"{PASSWORD_METHOD}$"):
        rehashed = generate_password_hash(password, PASSWORD_METHOD)
    return _open_session(
        user.id, counted=counted.failure_id, email=email, address=address, rehashed=rehashed
    )


@cache
def _nobodys_hash() -> str:
    return generate_password_hash(secrets.token_urlsafe(), PASSWORD_METHOD)


@command
def _count_try(session: Session, email: str, address: str) -> _Try:
    if session.get_bind().dialect.name == "postgresql":
        # Tries for one account queue up here; SQLite's commands queue anyway.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(email))))
    now = clock.now()
    by_account, by_address = session.execute(failures_since(email, address, now - LOCK)).one()
    if by_account >= FAILURES_PER_ACCOUNT or (address and by_address >= FAILURES_PER_ADDRESS):
        raise SignInRefused(LOCKED)
    failure = SignInFailure(email=email, address=address, at=now)
    session.add(failure)
    session.flush()
    return _Try(failure.id)


@command
def _record_refusal(session: Session, email: str) -> None:
    record(session, "sign_in_refused", by=SYSTEM, subject=email[:80])


@command
def _open_session(
    session: Session, user_id: int, *, counted: int, email: str, address: str, rehashed: str | None
) -> str:
    now = clock.now()
    user = session.get_one(User, user_id)
    if rehashed:
        user.password_hash = rehashed
    session.execute(
        delete(SignInFailure).where((SignInFailure.id == counted) | (SignInFailure.email == email))
    )
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            ends_at=now + ABSOLUTE,
            address=address,
        )
    )
    record(session, "sign_in", by=Actor(user_id, user.name), subject=email[:80])
    return token


@command
def touch_session(session: Session, session_id: int) -> None:
    """Note that a session is in use; whoever calls it does so at most once a minute."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_seen_at=clock.now())
    )


@command
def touch_token(session: Session, token_id: int) -> None:
    """Note that a token is in use."""
    session.execute(
        update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=clock.now())
    )


@command
def sign_out(session: Session, token: str, *, by: Actor) -> None:
    """End the session a browser's token belongs to, for good."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_token(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    record(session, "sign_out", by=by)


@command
def end_sessions(session: Session, *, by: Actor, user_id: int, but: int | None = None) -> None:
    """End a user's sessions everywhere, or everywhere `but` in one.

    Raises:
        NotAllowed: it is somebody else's and this actor is no administrator.
    """
    if user_id != by.user_id:
        _must_administer(by)
    _revoke_sessions(session, user_id, but=but)
    record(session, "sessions_ended", by=by, subject=f"user {user_id}")


def _revoke_sessions(session: Session, user_id: int, *, but: int | None = None) -> None:
    live = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    if but is not None:
        live = live.where(UserSession.id != but)
    session.execute(live.values(revoked_at=clock.now()))


def change_password(user_id: int, *, old: str, new: str, by: Actor, but: int | None = None) -> None:
    """Change one's own password and end every other session.

    Raises:
        InvalidInput: the old one is wrong, or the new one is too short.
    """
    check_password(new)
    if user_id != by.user_id or not _is_password_of(user_id, old):
        raise InvalidInput("old", "This is not your present password.")
    _keep_password(user_id, generate_password_hash(new, PASSWORD_METHOD), by=by, but=but)


@command
def _is_password_of(session: Session, user_id: int, password: str) -> bool:
    user = session.get_one(User, user_id)
    return check_password_hash(user.password_hash, password[:LONGEST_PASSWORD])


@command
def _keep_password(
    session: Session, user_id: int, hashed: str, *, by: Actor, but: int | None
) -> None:
    user = session.get_one(User, user_id)
    user.password_hash = hashed
    _revoke_sessions(session, user_id, but=but)
    record(session, "password_changed", by=by, subject=user.email[:80])


def check_password(password: str, *, field: str = "new") -> None:
    """Refuse a password that is too short or too long.

    Raises:
        InvalidInput: says how long it must be.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(field, "Use 16 characters or more; four or five words are easy to type.")
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput(field, "Use 256 characters or fewer.")


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def make_user(
    email: str,
    name: str,
    password: str = "",
    *,
    by: Actor,
    is_service: bool = False,
    counsel_id: int | None = None,
    hashed: str = "",
) -> User:
    """Add somebody who can sign in, or with `is_service` a system that comes with a token.

    Args:
        hashed: a ready password hash instead of a password (demonstration data has many users
            with one password).

    Raises:
        InvalidInput: the address is not one or is known already, or the password is too short.
    """
    if not is_service and not hashed:
        check_password(password, field="password")
        hashed = generate_password_hash(password, PASSWORD_METHOD)
    return _add_user(normal_email(email), name.strip(), hashed, by, is_service, counsel_id)


@command
def _add_user(
    session: Session,
    email: str,
    name: str,
    hashed: str,
    by: Actor,
    is_service: bool,
    counsel_id: int | None,
) -> User:
    _must_administer(by)
    if not _EMAIL.fullmatch(email) or len(email) > 200:
        raise InvalidInput("email", "Enter an e-mail address, such as name@example.govt.nz.")
    if not name or len(name) > 120:
        raise InvalidInput("name", "Enter a name of at most 120 characters.")
    if session.scalars(select(User.id).where(User.email == email)).first():
        raise InvalidInput("email", "Somebody with this e-mail address is here already.")
    user = User(
        email=email,
        name=name,
        password_hash=hashed,
        is_service=is_service,
        counsel_id=counsel_id,
        created_at=clock.now(),
    )
    session.add(user)
    record(session, "user_added", by=by, subject=email[:80])
    return user


@command
def set_active(session: Session, user_id: int, is_active: bool, *, by: Actor) -> None:
    """Let somebody in again, or keep them out from this moment on.

    Raises:
        InvalidInput: administrators cannot shut themselves out.
    """
    _must_administer(by)
    user = _get_user(session, user_id)
    if user_id == by.user_id and not is_active:
        raise InvalidInput("user", "You cannot shut out your own account.")
    user.is_active = is_active
    if not is_active:
        _revoke_sessions(session, user_id)
    record(session, "user_let_in" if is_active else "user_shut_out", by=by, subject=user.email[:80])


@command
def unlock(session: Session, user_id: int, *, by: Actor) -> None:
    """Forget an account's wrong tries, so that it can sign in at once."""
    _must_administer(by)
    user = _get_user(session, user_id)
    session.execute(delete(SignInFailure).where(SignInFailure.email == user.email))
    record(session, "user_unlocked", by=by, subject=user.email[:80])


@command
def grant(
    session: Session,
    user_id: int,
    role: Role,
    *,
    by: Actor,
    site_id: int | None = None,
    agency_id: int | None = None,
) -> None:
    """Give somebody a role at a site, across an agency's sites, or (neither) everywhere.

    Raises:
        InvalidInput: both a site and an agency, an unknown one, or a role already held there.
    """
    _must_administer(by)
    user = _get_user(session, user_id)
    if site_id is not None and agency_id is not None:
        raise InvalidInput("site", "Choose a site or an agency, not both.")
    if site_id is not None and session.get(Site, site_id) is None:
        raise InvalidInput("site", "There is no such site.")
    if agency_id is not None and session.get(Agency, agency_id) is None:
        raise InvalidInput("agency", "There is no such agency.")
    # Nulls are distinct to a unique constraint, so an "everywhere" twice is noticed here.
    held = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.role == role,
        Membership.site_id.is_not_distinct_from(site_id),
        Membership.agency_id.is_not_distinct_from(agency_id),
    )
    if session.scalars(held).first():
        raise InvalidInput("role", "They have this role there already.")
    session.add(Membership(user_id=user_id, role=role, site_id=site_id, agency_id=agency_id))
    changes = {"role": [None, role.value], "site": [None, site_id], "agency": [None, agency_id]}
    record(session, "role_granted", by=by, subject=user.email[:80], changes=changes)


@command
def revoke(session: Session, membership_id: int, *, by: Actor) -> None:
    """Take a role away, from this moment on.

    Raises:
        InvalidInput: it is the actor's own right to administer.
    """
    _must_administer(by)
    membership = session.get(Membership, membership_id)
    if membership is None:
        raise NotFound("That role has been taken away already.")
    if membership.user_id == by.user_id and membership.role is Role.ADMINISTRATOR:
        raise InvalidInput("role", "You cannot take away your own right to administer.")
    user = _get_user(session, membership.user_id)
    changes = {
        "role": [membership.role.value, None],
        "site": [membership.site_id, None],
        "agency": [membership.agency_id, None],
    }
    session.delete(membership)
    record(session, "role_revoked", by=by, subject=user.email[:80], changes=changes)


@command
def make_token(
    session: Session,
    email: str,
    label: str,
    *,
    by: Actor,
    expires_at: datetime | None = None,
) -> str:
    """Make a bearer token for a service user; it is shown this once and kept as a hash.

    Raises:
        NotFound: there is no such user.
        InvalidInput: the user is a person; people sign in with their password.
    """
    _must_administer(by)
    user = session.scalars(select(User).where(User.email == normal_email(email))).first()
    if user is None:
        raise NotFound("There is no user with this e-mail address.")
    if not user.is_service:
        raise InvalidInput("email", "Tokens are for service users; this is a person.")
    token = "avl_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            token_hash=hash_token(token),
            user_id=user.id,
            label=label[:80],
            created_at=clock.now(),
            expires_at=expires_at,
        )
    )
    record(session, "token_made", by=by, subject=user.email[:80])
    return token


@command
def revoke_tokens(session: Session, email: str, *, by: Actor) -> int:
    """End every token of a service user, from this moment on; returns how many."""
    _must_administer(by)
    user = session.scalars(select(User).where(User.email == normal_email(email))).first()
    if user is None:
        raise NotFound("There is no user with this e-mail address.")
    live = session.scalars(
        select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    ).all()
    for token in live:
        token.revoked_at = clock.now()
    record(session, "tokens_revoked", by=by, subject=user.email[:80])
    return len(live)


@command
def forget_old(session: Session) -> int:
    """Delete what no longer counts: wrong tries, ended sessions, answers nobody will ask for
    again (an Idempotency-Key is good for two days). Returns how many rows went."""
    now = clock.now()
    gone = 0
    for statement in (
        delete(SignInFailure).where(SignInFailure.at < now - timedelta(days=1)),
        delete(UserSession).where(UserSession.ends_at < now - timedelta(days=30)),
        delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(days=2)),
    ):
        gone += session.execute(statement).rowcount  # type: ignore[attr-defined]
    return gone


def _get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _must_administer(by: Actor) -> None:
    if not may(by, Do.ADMINISTER):
        raise NotAllowed("Only an administrator can do this.")

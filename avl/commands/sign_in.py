"""Signing in and out, sessions and passwords."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from avl import clock
from avl.commands.audit import record
from avl.commands.transaction import command
from avl.commands.turns import one_by_one
from avl.domain.access import SYSTEM, Actor, Do, may
from avl.domain.errors import DomainError, InvalidInput, NotAllowed
from avl.models import ApiToken, SignInFailure, User, UserSession
from avl.queries.accounts import (
    ABSOLUTE,
    FAILURES_PER_ACCOUNT,
    FAILURES_PER_ADDRESS,
    LOCK,
    email_of,
    failures_since,
    find_user,
    hash_token,
    normal_email,
    password_hash_of,
)

PASSWORD_METHOD = "pbkdf2:sha512:210000"
"""NZISM 3.9 control 7562; Werkzeug's own default (scrypt) is not on that list."""

SHORTEST_PASSWORD = 16
LONGEST_PASSWORD = 256
"""Characters. NZISM 3.9 control 7546: length, and no rules of composition."""

NOT_PRESENT = "This is not your present password."
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
    while True:
        user = find_user(email)
        kept = user.password_hash if user and user.password_hash else _nobodys_hash()
        is_right = check_password_hash(kept, password[:LONGEST_PASSWORD])
        if not (
            user and user.password_hash and is_right and user.is_active and not user.is_service
        ):
            if user:
                _record_refusal(email)
            raise SignInRefused(WRONG)
        rehashed = None
        if not kept.startswith(f"{PASSWORD_METHOD}$"):
            rehashed = generate_password_hash(password, PASSWORD_METHOD)
        token = _open_session(
            user.id,
            counted=counted.failure_id,
            email=email,
            address=address,
            checked=kept,
            rehashed=rehashed,
        )
        if token is not None:
            return token


@cache
def _nobodys_hash() -> str:
    return generate_password_hash(secrets.token_urlsafe(), PASSWORD_METHOD)


@command
def _count_try(session: Session, email: str, address: str) -> _Try:
    one_by_one(session, email)
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
    session: Session,
    user_id: int,
    *,
    counted: int,
    email: str,
    address: str,
    checked: str,
    rehashed: str | None,
) -> str | None:
    """Open a session; None where the user is not the one whose password was looked at.

    They may have changed it meanwhile, or been shut out. What ended every session then would not
    have ended this one, and the old password would be kept as the new one's.
    """
    now = clock.now()
    user = lock_user(session, user_id)
    if not user.is_active or user.password_hash != checked:
        return None
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


def lock_user(session: Session, user_id: int) -> User:
    """A user, locked by whoever opens a session for them and whoever ends them all."""
    return session.get_one(User, user_id, with_for_update={"key_share": True})


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
        must_administer(by)
    revoke_sessions(session, user_id, but=but)
    record(session, "sessions_ended", by=by, subject=f"user {user_id}")


def revoke_sessions(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End a user's sessions, everywhere or everywhere `but` in one, within a command."""
    live = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    if but is not None:
        live = live.where(UserSession.id != but)
    session.execute(live.values(revoked_at=clock.now()))


def change_password(
    user_id: int,
    *,
    old: str,
    new: str,
    by: Actor,
    but: int | None = None,
    address: str = "",
) -> None:
    """Change one's own password and end every other session.

    A try counts as one to sign in does: whoever sits down at an open session could otherwise
    guess the password here for as long as it lasts.

    Raises:
        InvalidInput: the old one is wrong or was wrong too often, or the new one is too short.
    """
    check_password(new)
    try:
        _count_try(email_of(user_id), address)
    except SignInRefused as refusal:
        raise InvalidInput("old", refusal.message) from None
    # Worked out while no transaction is open: the hash is slow on purpose.
    checked = password_hash_of(user_id)
    is_right = check_password_hash(checked, old[:LONGEST_PASSWORD])
    if user_id != by.user_id or not is_right:
        raise InvalidInput("old", NOT_PRESENT)
    hashed = generate_password_hash(new, PASSWORD_METHOD)
    _keep_password(user_id, hashed, checked=checked, by=by, but=but)


@command
def _keep_password(
    session: Session, user_id: int, hashed: str, *, checked: str, by: Actor, but: int | None
) -> None:
    user = lock_user(session, user_id)
    if user.password_hash != checked:
        raise InvalidInput("old", NOT_PRESENT)
    user.password_hash = hashed
    session.execute(delete(SignInFailure).where(SignInFailure.email == user.email))
    revoke_sessions(session, user_id, but=but)
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


def must_administer(by: Actor) -> None:
    """Refuse everybody but administrators and the system.

    Raises:
        NotAllowed: as said.
    """
    if not may(by, Do.ADMINISTER):
        raise NotAllowed("Only an administrator can do this.")

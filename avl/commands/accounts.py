"""Users, what they are granted, and tokens of service users."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from avl import clock
from avl.commands import sign_in
from avl.commands.audit import record
from avl.commands.sign_in import check_password, must_administer, revoke_sessions
from avl.commands.transaction import command
from avl.domain.access import Actor, Role
from avl.domain.errors import InvalidInput, NotFound
from avl.models import Agency, ApiToken, Membership, SignInFailure, Site, User
from avl.queries.accounts import hash_token, normal_email

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
        hashed = generate_password_hash(password, sign_in.PASSWORD_METHOD)
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
    must_administer(by)
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
    must_administer(by)
    user = _get_user(session, user_id)
    if user_id == by.user_id and not is_active:
        raise InvalidInput("user", "You cannot shut out your own account.")
    user.is_active = is_active
    if not is_active:
        revoke_sessions(session, user_id)
    record(session, "user_let_in" if is_active else "user_shut_out", by=by, subject=user.email[:80])


@command
def unlock(session: Session, user_id: int, *, by: Actor) -> None:
    """Forget an account's wrong tries, so that it can sign in at once."""
    must_administer(by)
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
    must_administer(by)
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
    must_administer(by)
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
    must_administer(by)
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
    must_administer(by)
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


def _get_user(session: Session, user_id: int) -> User:
    """A user, locked: of two who change what they may, or sign them in, one comes first."""
    user = session.get(User, user_id, with_for_update={"key_share": True})
    if user is None:
        raise NotFound("There is no such user.")
    return user

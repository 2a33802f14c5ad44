"""Who signs in, and as what."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

from avl import clock
from avl.domain.access import Actor, Grant, Role
from avl.models import Agency, Membership, Site, User, UserSession
from avl.queries.accounts import hash_token
from tests.making.basis import LONG_AGO, numbers, save


def user(
    role: Role | str | None = None,
    place: Site | None = None,
    *,
    at_agency: Agency | None = None,
    email: str | None = None,
    name: str | None = None,
    **more: Any,
) -> User:
    """A user with one membership (none, where no role is given)."""
    n = next(numbers)
    found = save(
        User(
            email=email or f"user{n}@example.nz",
            name=name or f"User {n}",
            created_at=LONG_AGO,
            **more,
        )
    )
    if role is not None:
        grant(found, role, place, at_agency=at_agency)
    return found


def grant(
    to: User, role: Role | str, place: Site | None = None, *, at_agency: Agency | None = None
) -> Membership:
    """One membership more."""
    return save(
        Membership(
            user_id=to.id,
            role=Role(role),
            site_id=place.id if place else None,
            agency_id=at_agency.id if at_agency else None,
        )
    )


def sign_in(client: FlaskClient, who: User) -> FlaskClient:
    """Sign this client in as somebody, without the sign-in page."""
    token = open_session(who)
    with client.session_transaction() as browser:
        browser["token"] = token
    return client


def session_cookie(app: Flask, who: User) -> dict[str, str]:
    """The cookie that signs a real browser in; give it a "url" and add it to the context."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    value = serializer.dumps({"token": open_session(who)})
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": str(value)}


def open_session(who: User) -> str:
    """A live session of somebody; returns the token their browser keeps."""
    token, now = secrets.token_urlsafe(16), clock.now()
    save(
        UserSession(
            token_hash=hash_token(token),
            user_id=who.id,
            created_at=now,
            last_seen_at=now,
            ends_at=now + timedelta(hours=12),
        )
    )
    return token


def actor(
    role: Role | str, *places: Site, of: User | None = None, counsel_id: int | None = None
) -> Actor:
    """An actor with one role at these sites, without a visit to the database."""
    known = Role(role)
    return Actor(
        user_id=of.id if of else (user(role, places[0] if places else None)).id,
        name=of.name if of else f"{known} actor",
        grants=tuple(Grant(known, site_id=place.id) for place in places) or (Grant(known),),
        counsel_id=counsel_id,
        sites=((known, frozenset(place.id for place in places)),),
    )

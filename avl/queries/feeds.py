"""Who may have which calendar feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from avl import clock
from avl.domain.access import Actor, Do, Role, SiteSubject, may
from avl.domain.errors import NotFound
from avl.models import FeedToken, Resource, ResourceKind, SiteKind, db
from avl.queries.scope import sites_of

MAKERS = (Role.REGISTRY, Role.AVL_COORDINATOR, Role.PRISON_OFFICER)
"""Roles that may keep a feed of a site, suite or court."""


def hash_token(token: str) -> str:
    """How tokens are kept. They carry 256 random bits, so one plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


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

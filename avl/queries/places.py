"""Reading sites."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import NotFound
from avl.models import Resource, Site, db
from avl.queries.place_facts import CAN_BE_OUT


def find_site_by_code(code: str) -> Site:
    """The site with this code.

    Raises:
        NotFound: there is none.
    """
    site = db.session.scalars(select(Site).where(Site.code == code.upper())).first()
    if site is None:
        raise NotFound(f"There is no site {code}.")
    return site


def site_run_by(actor: Actor, code: str) -> Site:
    """The site with this code, for whoever sets its rules, rooms and hours.

    Raises:
        NotFound: there is none, or somebody else runs it.
    """
    site = find_site_by_code(code)
    if not may(actor, Do.KEEP_SITE, SiteSubject(site.id)):
        raise NotFound("There is no such site among yours.")
    return site


def all_rooms(site_id: int) -> Sequence[Resource]:
    """Every room and bridge port of a site, those in use first."""
    return db.session.scalars(
        select(Resource)
        .where(Resource.site_id == site_id, Resource.kind.in_(CAN_BE_OUT))
        .order_by(Resource.is_active.desc(), Resource.kind, Resource.sort_order, Resource.name)
    ).all()


def room_at(site_id: int, room_id: int) -> Resource:
    """One of them.

    Raises:
        NotFound: the site has no such room.
    """
    found = db.session.get(Resource, room_id)
    if found is None or found.site_id != site_id or found.kind not in CAN_BE_OUT:
        raise NotFound("There is no such room.")
    return found

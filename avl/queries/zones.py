"""By which clock a court or a room goes."""

from __future__ import annotations

from sqlalchemy import select

from avl.models import Resource, Site, db


def zone_of_site(site_id: int) -> str | None:
    """The zone of a court or a prison; None where there is no such place."""
    return db.session.scalar(select(Site.zone).where(Site.id == site_id))


def zone_of_room(room_id: int) -> str | None:
    """The zone of the place that a room is at; None where there is no such room."""
    at = select(Site.zone).join(Resource, Resource.site_id == Site.id)
    return db.session.scalar(at.where(Resource.id == room_id))

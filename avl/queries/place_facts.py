"""Sites and what stands in them, from rows to the facts that the rules look at."""

from __future__ import annotations

from datetime import timedelta

from avl.domain.world import ResourceFacts, SiteFacts
from avl.models import Approval, ResourceKind
from avl.queries.calendars import MOST_CALENDARS, Calendars
from avl.queries.interpreters import interpreter_notice
from avl.queries.kept_places import Place, Room, SiteRow

ROOMS = frozenset({ResourceKind.COURTROOM, ResourceKind.SUITE, ResourceKind.INSTRUCTION_SUITE})
"""Kinds that stand at a site: they have its hours and need its turnaround."""


CAN_BE_OUT = ROOMS | {ResourceKind.BRIDGE_PORT}
"""Kinds that can be taken out of use for a time."""


def site_facts(place: Place, calendars: Calendars) -> SiteFacts:
    """A site as the rules see it; kept for as long as the place is."""
    made = place.shown.get(calendars.years)
    if made is None:
        if len(place.shown) >= MOST_CALENDARS:
            place.shown.clear()
        made = place.shown[calendars.years] = _site_facts(place.row, calendars)
    return made


def _site_facts(row: SiteRow, calendars: Calendars) -> SiteFacts:
    return SiteFacts(
        id=row.id,
        name=row.short_name,
        zone=row.zone,
        calendar=calendars.of(row.id),
        agency_id=row.agency_id,
        notice=timedelta(minutes=row.notice_minutes),
        approval_hours=row.approval_hours if row.approval is Approval.APPROVAL else None,
        escort_capacity=row.escort_capacity,
        pickup=timedelta(minutes=row.pickup_minutes),
        separates_youth=row.separates_youth,
        separates_remand=row.separates_remand,
        interpreters=interpreter_notice(row),
    )


def rooms_of(place: Place, calendars: Calendars) -> dict[int, ResourceFacts]:
    """All that stands at a place as the rules see it, by id; kept for as long as the place is."""
    if place.row.id not in calendars.rows:
        return _rooms_of(place, calendars)
    made = place.facts.get(calendars.years)
    if made is None:
        if len(place.facts) >= MOST_CALENDARS:
            place.facts.clear()
        made = place.facts[calendars.years] = _rooms_of(place, calendars)
    return made


def _rooms_of(place: Place, calendars: Calendars) -> dict[int, ResourceFacts]:
    site_id = place.row.id
    return {key: resource_facts(room, site_id, calendars) for key, room in place.rooms.items()}


def resource_facts(room: Room, site_id: int | None, calendars: Calendars) -> ResourceFacts:
    """A resource as the rules see it; only rooms have hours, and time to be cleared in."""
    site = calendars.rows.get(site_id) if site_id is not None else None
    is_room = site is not None and room.kind in ROOMS
    return ResourceFacts(
        id=room.id,
        name=room.name,
        kind=room.kind.value,
        site_id=site_id,
        calendar=calendars.of(site.id, room.id) if site and is_room else None,
        turnaround=timedelta(minutes=site.turnaround_minutes if site and is_room else 0),
        is_active=room.is_active and (site is None or site.is_active),
        outages=room.outages,
        permits=room.permits,
    )

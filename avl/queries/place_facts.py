"""Sites and what stands in them, from rows to the facts that the rules look at."""

from __future__ import annotations

from datetime import timedelta

from avl.domain.world import OutOfUse, Permit, ResourceFacts, SiteFacts
from avl.models import Approval, ResourceKind
from avl.queries.calendars import Calendars
from avl.queries.interpreters import interpreter_notice
from avl.queries.kept_places import SiteRow

ROOMS = frozenset({ResourceKind.COURTROOM, ResourceKind.SUITE, ResourceKind.INSTRUCTION_SUITE})
"""Kinds that stand at a site: they have its hours and need its turnaround."""


CAN_BE_OUT = ROOMS | {ResourceKind.BRIDGE_PORT}
"""Kinds that can be taken out of use for a time."""


def site_facts(row: SiteRow, calendars: Calendars) -> SiteFacts:
    """A site as the rules see it."""
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


def resource_facts(
    resource_id: int,
    name: str,
    kind: ResourceKind,
    site_id: int | None,
    is_active: bool,
    calendars: Calendars,
    permits: tuple[Permit, ...],
    outages: tuple[OutOfUse, ...],
) -> ResourceFacts:
    """A resource as the rules see it; only rooms have hours, and time to be cleared in."""
    site = calendars.rows.get(site_id) if site_id is not None else None
    is_room = site is not None and kind in ROOMS
    return ResourceFacts(
        id=resource_id,
        name=name,
        kind=kind.value,
        site_id=site_id,
        calendar=calendars.of(site.id, resource_id) if site and is_room else None,
        turnaround=timedelta(minutes=site.turnaround_minutes if site and is_room else 0),
        is_active=is_active and (site is None or site.is_active),
        outages=outages,
        permits=permits,
    )

"""Worlds in which something has happened after a booking was made."""

from __future__ import annotations

from dataclasses import replace

from avl.domain.calendars import Closure, SiteCalendar
from avl.domain.world import OutOfUse, World


def with_outage(world: World, resource_id: int, outage: OutOfUse) -> World:
    """The world in which a resource is out of use from one moment to another."""
    facts = world.resources.get(resource_id)
    if facts is None:
        return world
    broken = replace(facts, outages=(*facts.outages, outage))
    return replace(world, resources={**world.resources, resource_id: broken})


def with_closure(world: World, site_id: int, closure: Closure) -> World:
    """The world in which a site is closed on a date, for all or part of it."""
    site = world.sites.get(site_id)
    if site is None:
        return world
    shut = replace(site.calendar, closures=(*site.calendar.closures, closure))

    def kept(calendar: SiteCalendar | None) -> SiteCalendar | None:
        # A room keeps its site's calendar, or one of its own that lies within it.
        if calendar is None or calendar.within is None:
            return shut
        return replace(calendar, within=shut)

    resources = {
        key: replace(facts, calendar=kept(facts.calendar))
        if facts.site_id == site_id and facts.calendar is not None
        else facts
        for key, facts in world.resources.items()
    }
    sites = {**world.sites, site_id: replace(site, calendar=shut)}
    return replace(world, sites=sites, resources=resources)

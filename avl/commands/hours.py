"""The weekly hours of a site, or of one room in it, from a date on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import watch_resources
from avl.commands.outages import PlaceChange
from avl.commands.transaction import command
from avl.commands.windows import write_windows
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.contacts import read_text
from avl.domain.disruption import Cause
from avl.domain.errors import NotAllowed, NotFound
from avl.domain.hours import Hours, check_week, mark_of_hours, say_hours, with_week
from avl.domain.local_time import day_interval
from avl.domain.seen import require_seen
from avl.domain.wish import check_day
from avl.models import Resource, Site
from avl.queries.disruptions import rooms_of
from avl.queries.hours import hours_of, windows_of
from avl.queries.place_facts import ROOMS

LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class NewWeek:
    """The week that is to stand from a date on; no lines for a room: it keeps its site's hours.

    Attributes:
        from_on: by the site's clock.
        source: who says so.
        mark: of the hours its author saw; None where nobody looked at a page.
    """

    from_on: date
    hours: tuple[Hours, ...]
    source: str = ""
    mark: str | None = None


@command
def set_hours(
    session: Session, site_code: str, week: NewWeek, *, room_id: int | None = None, by: Actor
) -> PlaceChange:
    """Let a week stand from a date on; every booking this breaks goes on the worklist at once.

    Changes already planned for later dates stand as they are.

    Raises:
        NotFound: there is no such site, or no such room in it.
        NotAllowed: the actor does not look after this site.
        StaleVersion: somebody changed these hours after the actor looked at them.
        InvalidInput: hours that could not be, or a date gone by or too far ahead.
    """
    site = locked_site(session, site_code, by)
    room = _room(session, site, room_id)
    there = windows_of(session, site.id, room_id)
    before = hours_of(there)
    require_seen(week.mark, mark_of_hours(before))
    check_week(week.hours)
    _check_from(week.from_on, site)
    source = read_text(week.source, "source", "Who says so", longest=LONGEST_SOURCE)
    new = [replace(one, source=source, assumed="") for one in week.hours]
    after = with_week(before, new, week.from_on)
    rooms = [room.id] if room else rooms_of(session, [site.id])
    watch = watch_resources(session, rooms, day_interval(week.from_on, site.zone).start)
    write_windows(session, there, [_row(site.id, room_id, one) for one in after])
    changes: dict[str, Any] = {
        "from": week.from_on.isoformat(),
        "hours": [_said(before, week.from_on), say_hours(week.hours)],
    }
    if room:
        changes |= {"room": room.id, "room_name": room.name}
    record(session, "set_hours", by=by, subject=site.code, changes=changes, reason=source)
    return PlaceChange(site.id, watch.sweep(session, by=by, closed=Cause.HOURS))


def locked_site(session: Session, code: str, by: Actor) -> Site:
    """A site, locked against others who change it too.

    Raises:
        NotFound: there is none.
        NotAllowed: the actor does not look after it.
    """
    site = session.scalars(
        select(Site).where(Site.code == code.upper()).with_for_update(key_share=True)
    ).one_or_none()
    if site is None:
        raise NotFound(f"There is no site {code}.")
    if not may(by, Do.KEEP_SITE, SiteSubject(site.id)):
        raise NotAllowed("Only a site's manager or an administrator changes this.")
    return site


def _room(session: Session, site: Site, room_id: int | None) -> Resource | None:
    if room_id is None:
        return None
    room = session.get(Resource, room_id)
    if room is None or room.site_id != site.id or room.kind not in ROOMS:
        raise NotFound("There is no such room.")
    return room


def _check_from(on: date, site: Site) -> None:
    check_day(on, clock.now(), site.zone, "from_on")


def _said(hours: Sequence[Hours], on: date) -> list[str]:
    return say_hours(one for one in hours if one.stands_on(on))


def _row(site_id: int, room_id: int | None, one: Hours) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "resource_id": room_id,
        "kind": one.kind,
        "weekday": one.weekday,
        "opens_at": one.opens_at,
        "closes_at": one.closes_at,
        "label": one.label,
        "from_on": one.from_on,
        "to_on": one.to_on,
        "source": one.source,
        "assumed": one.assumed,
    }

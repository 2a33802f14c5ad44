"""A site's own rules and its rooms, one row at a time; see `areas` for whole folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.area_columns import RESOURCES, SITES, why_not_at
from avl.commands.audit import record
from avl.commands.cells import CellsRefused, read_cells, spell_cells, what_changed
from avl.commands.csv_columns import FileKind
from avl.commands.csv_files import set_what_differs
from avl.commands.disruption_steps import Watch, watch_resources
from avl.commands.hours import locked_site
from avl.commands.outages import PlaceChange
from avl.commands.ports import settle_ports, watch_links
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.disruption import Cause
from avl.domain.errors import NotFound
from avl.domain.seen import mark_of, require_seen
from avl.models import Resource, ResourceKind, Site
from avl.queries.disruptions import rooms_of

OWN_RULES = (
    *("approval", "approval_hours", "notice_minutes", "freeze_minutes", "turnaround_minutes"),
    *("pickup_minutes", "escort_capacity", "separates_youth", "separates_remand"),
    *("interpreter_days", "reo_days", "interpreter_confirm_days", "phone", "source", "assumed"),
)
"""Columns of sites.csv that say what a site wants; the others say which site it is."""

SITE_RULES = FileKind("sites.csv", tuple(one for one in SITES.columns if one.name in OWN_RULES))
ROOM = FileKind("resources.csv", tuple(one for one in RESOURCES.columns if one.name != "site"))


@command
def change_site_rules(
    session: Session, code: str, cells: Mapping[str, str], *, mark: str | None = None, by: Actor
) -> PlaceChange:
    """Change what a site wants; every booking this breaks goes on the worklist at once.

    Args:
        cells: the columns of `SITE_RULES` as in sites.csv.
        mark: of the rules as their author saw them.

    Raises:
        NotFound: there is no such site.
        NotAllowed: the actor does not look after it.
        StaleVersion: somebody changed them meanwhile.
        CellsRefused: a column cannot be read.
    """
    site = locked_site(session, code, by)
    before = spell_cells(SITE_RULES, site)
    require_seen(mark, mark_of(before))
    values = read_cells(SITE_RULES, cells)
    watch = watch_resources(session, rooms_of(session, [site.id]), clock.now())
    set_what_differs(site, values)
    session.flush()
    if changes := what_changed(before, spell_cells(SITE_RULES, site)):
        record(session, "change_site_rules", by=by, subject=site.code, changes=changes)
    return PlaceChange(site.id, watch.sweep(session, by=by, closed=Cause.HOURS))


@command
def add_room(
    session: Session, site_code: str, cells: Mapping[str, str], *, by: Actor
) -> PlaceChange:
    """Add a room or bridge port to a site; whoever waits for one may find it.

    A court's first port makes them scarce: links of three ends or more that stand take what there
    is, earliest first, and whoever lacks some goes on the worklist until enough are added.

    Raises:
        NotFound, NotAllowed: as `change_site_rules`.
        CellsRefused: a column cannot be read, the code is taken, or no such room stands there.
    """
    site = locked_site(session, site_code, by)
    values = _room_values(site, cells)
    taken = select(Resource.id).where(Resource.site_id == site.id, Resource.code == values["code"])
    if session.scalar(taken) is not None:
        raise CellsRefused({"code": f"{site.short_name} has a room {values['code']} already."})
    room = Resource(**values, site_id=site.id)
    watch = watch_links(session, site.id) if _is_port(room) else Watch()
    session.add(room)
    session.flush()
    changes = what_changed({}, spell_cells(ROOM, room))
    record(session, "add_room", by=by, subject=site.code, changes=_of(room, changes))
    if _is_port(room):
        settle_ports(session, site.id)
    return PlaceChange(room.id, watch.sweep(session, by=by))


@command
def change_room(
    session: Session,
    site_code: str,
    room_id: int,
    cells: Mapping[str, str],
    *,
    mark: str | None = None,
    by: Actor,
) -> PlaceChange:
    """Rename a room, or switch it off for good; bookings in one switched off need a way out, but
    who had a port takes another that is free.

    Its kind and code stay: bookings and files know it by them.

    Raises:
        NotFound: the site has no such room.
        NotAllowed, StaleVersion, CellsRefused: as `change_site_rules`.
    """
    site = locked_site(session, site_code, by)
    room = session.get(Resource, room_id)
    if room is None or room.site_id != site.id:
        raise NotFound("There is no such room.")
    before = spell_cells(ROOM, room)
    require_seen(mark, mark_of(before))
    kept = {"code": before["code"], "kind": before["kind"]}
    values = _room_values(site, {**cells, **kept})
    if _is_port(room):
        watch = watch_links(session, site.id)
    else:
        watch = watch_resources(session, [room.id], clock.now())
    set_what_differs(room, values)
    session.flush()
    if _is_port(room):
        settle_ports(session, site.id)
    if changes := what_changed(before, spell_cells(ROOM, room)):
        record(session, "change_room", by=by, subject=site.code, changes=_of(room, changes))
    return PlaceChange(room.id, watch.sweep(session, by=by, closed=Cause.HOURS))


def _is_port(room: Resource) -> bool:
    return room.kind is ResourceKind.BRIDGE_PORT


def _room_values(site: Site, cells: Mapping[str, str]) -> dict[str, Any]:
    values = read_cells(ROOM, cells)
    if why := why_not_at(site.kind, values["kind"]):
        raise CellsRefused({"kind": f"{why[0].upper()}{why[1:]}."})
    return values | {"kind": ResourceKind(values["kind"])}


def _of(room: Resource, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {**changes, "room": room.id, "room_name": room.name}

"""Which resources a picture of the world shows, and what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from avl.domain.interval import Interval
from avl.domain.world import OutOfUse, Permit, ResourceFacts
from avl.models import KeepApart, Outage, Permission, Person, Resource, ResourceKind
from avl.queries.calendars import Calendars
from avl.queries.gathering import among
from avl.queries.kept_places import Place, Room
from avl.queries.place_facts import resource_facts
from avl.queries.ready import Ready

_RESOURCES = Ready(
    select(
        Resource.id,
        Resource.name,
        Resource.kind,
        Resource.site_id,
        Resource.is_active,
        Resource.sort_order,
        Permission.id,
        Permission.court_id,
        Permission.agency_id,
        Permission.hearing_type_code,
        Outage.id,
        Outage.starts_at,
        Outage.ends_at,
        Outage.reason,
        Person.born_on,
        select(KeepApart.id)
        .where(
            KeepApart.ended_at.is_(None),
            or_(KeepApart.first_id == Person.id, KeepApart.second_id == Person.id),
        )
        .exists(),
    )
    .outerjoin(Person, Person.resource_id == Resource.id)
    .outerjoin(Permission, Permission.resource_id == Resource.id)
    .outerjoin(
        Outage,
        and_(
            Outage.resource_id == Resource.id,
            Outage.starts_at < bindparam("end"),
            or_(Outage.ends_at.is_(None), Outage.ends_at > bindparam("start")),
        ),
    )
    .where(among(Resource.id, "ids", few=True))
    .order_by(Permission.id, Outage.starts_at, Outage.id)
)
"""People, counsel, and rooms of no site at hand: one row for each, times its permissions, times its
outages (of which most have none)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which resources to load: those named, and every suite, courtroom or bridge port of some
    sites."""

    ids: frozenset[int]
    suites_of: frozenset[int] = frozenset()
    courtrooms_of: frozenset[int] = frozenset()
    ports_of: frozenset[int] = frozenset()

    @property
    def sites(self) -> frozenset[int]:
        """Sites all of whose rooms of a kind are wanted."""
        return self.suites_of | self.courtrooms_of | self.ports_of

    def takes(self, site_id: int, room: Room) -> bool:
        """Whether a room of a site is to be loaded."""
        every = _EVERY.get(room.kind)
        return room.id in self.ids or (every is not None and site_id in every(self))


_EVERY: dict[ResourceKind, Callable[[Wanted], frozenset[int]]] = {
    ResourceKind.SUITE: attrgetter("suites_of"),
    ResourceKind.COURTROOM: attrgetter("courtrooms_of"),
    ResourceKind.BRIDGE_PORT: attrgetter("ports_of"),
}


def load_resources(
    session: Session,
    wanted: Wanted,
    places: Iterable[Place],
    calendars: Calendars,
    window: Interval,
) -> tuple[dict[int, ResourceFacts], dict[int, tuple[date | None, bool]]]:
    """Resources by id; and of people the birth date, and whether they must be kept apart.

    They come in the order in which people list them.
    """
    found: list[tuple[Room, int | None]] = [
        (room, place.row.id)
        for place in places
        for room in place.rooms.values()
        if wanted.takes(place.row.id, room)
    ]
    others, custody = _others(session, wanted.ids - {room.id for room, _ in found}, window)
    found += others
    found.sort(key=lambda one: (one[0].sort_order, one[0].name, one[0].id))
    resources = {
        room.id: resource_facts(
            room.id,
            room.name,
            room.kind,
            site_id,
            room.is_active,
            calendars,
            room.permits,
            tuple(out for out in room.outages if out.touches(window)),
        )
        for room, site_id in found
    }
    return resources, custody


def _others(
    session: Session, ids: Collection[int], window: Interval
) -> tuple[list[tuple[Room, int | None]], dict[int, tuple[date | None, bool]]]:
    """Resources that stand at no site at hand, each with its site; see `load_resources`."""
    values = {"ids": ids, "start": window.start, "end": window.end}
    known: dict[int, tuple[str, ResourceKind, bool, int]] = {}
    site_of: dict[int, int | None] = {}
    permits: dict[int, dict[int, Permit]] = defaultdict(dict)
    outages: dict[int, dict[int, OutOfUse]] = defaultdict(dict)
    custody: dict[int, tuple[date | None, bool]] = {}
    for row in _RESOURCES.rows(session, values) if ids else ():
        key, name, kind, site_of[row[0]], is_active, order, permission_id, *permit = row[:10]
        outage_id, start, end, reason, born_on, is_kept_apart = row[10:]
        if kind is ResourceKind.PERSON:
            custody[key] = (born_on, is_kept_apart)
        known[key] = (name, kind, is_active, order)
        if permission_id is not None:
            permits[key][permission_id] = Permit(*permit)
        if outage_id is not None:
            outages[key][outage_id] = OutOfUse(start, end, reason)
    found = [
        (
            Room(key, *facts, tuple(permits[key].values()), tuple(outages[key].values())),
            site_of[key],
        )
        for key, facts in known.items()
    ]
    return found, custody

"""Which resources a picture of the world shows, and what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from avl.domain.interval import Interval
from avl.domain.world import OutOfUse, Permit, ResourceFacts
from avl.models import Counsel, KeepApart, Outage, Permission, Person, Resource, ResourceKind
from avl.queries.calendars import Calendars
from avl.queries.gathering import among
from avl.queries.kept_places import Place, Room
from avl.queries.place_facts import resource_facts, rooms_of
from avl.queries.ready import Ready


def reading(which: ColumnElement[bool], *more: ColumnElement[Any] | Any) -> Ready:
    """The statement that reads resources which stand at no site at hand: people, counsel, and rooms
    elsewhere. One row for each, times its permissions, times its outages (of which most have none).

    Execute with ``start`` and ``end`` of the time in which outages matter.

    Args:
        which: a condition on `Resource`.
        more: what else is to be read of `Person` and `Counsel`, after what `load_resources` needs.
    """
    return Ready(
        select(
            Resource.id.label("resource_id"),
            Resource.name,
            Resource.kind,
            Resource.site_id,
            Resource.is_active,
            Resource.sort_order,
            Permission.id.label("permission_id"),
            Permission.court_id,
            Permission.agency_id,
            Permission.hearing_type_code,
            Outage.id.label("outage_id"),
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
            *more,
        )
        .outerjoin(Person, Person.resource_id == Resource.id)
        .outerjoin(Counsel, Counsel.resource_id == Resource.id)
        .outerjoin(Permission, Permission.resource_id == Resource.id)
        .outerjoin(
            Outage,
            and_(
                Outage.resource_id == Resource.id,
                Outage.starts_at < bindparam("end"),
                or_(Outage.ends_at.is_(None), Outage.ends_at > bindparam("start")),
            ),
        )
        .where(which)
        .order_by(Permission.id, Outage.starts_at, Outage.id)
    )


# Built once: building it anew for each booking costs more than the database does to answer.
_RESOURCES = reading(among(Resource.id, "ids", few=True))
_READ = 16
"""How many columns of `reading` are read here."""


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

    def rooms_at(self, place: Place) -> list[Room]:
        """The rooms of a place that are to be loaded."""
        every = (
            (ResourceKind.SUITE, self.suites_of),
            (ResourceKind.COURTROOM, self.courtrooms_of),
            (ResourceKind.BRIDGE_PORT, self.ports_of),
        )
        kinds = {kind for kind, sites in every if place.row.id in sites}
        if not kinds:  # A booking names its rooms, of which a site may have dozens.
            return [place.rooms[key] for key in self.ids if key in place.rooms]
        return [room for room in place.rooms.values() if room.kind in kinds or room.id in self.ids]


@dataclass(frozen=True, slots=True)
class Custody:
    """What is known of a person besides being a resource."""

    born_on: date | None
    is_kept_apart: bool


def load_resources(
    session: Session,
    wanted: Wanted,
    places: Iterable[Place],
    calendars: Calendars,
    window: Interval,
    known: Sequence[Any] = (),
) -> tuple[dict[int, ResourceFacts], dict[int, Custody]]:
    """Resources by id, and what else is known of those that are people.

    They come in the order in which people list them.

    Args:
        known: rows of `reading`, for whoever has read some already: not read anew.
    """
    found: list[tuple[Room, ResourceFacts]] = []
    for place in places:
        facts = rooms_of(place, calendars)
        found += [(room, facts[room.id]) for room in wanted.rooms_at(place)]
    left = wanted.ids - {room.id for room, _ in found} - {row.resource_id for row in known}
    values = {"ids": left, "start": window.start, "end": window.end}
    others, custody = _others([*known, *(_RESOURCES.rows(session, values) if left else ())])
    found += [(room, resource_facts(room, site_id, calendars)) for room, site_id in others]
    found.sort(key=_as_listed)
    return {room.id: _during(window, facts) for room, facts in found}, custody


def _as_listed(found: tuple[Room, ResourceFacts]) -> tuple[int, str, int]:
    room = found[0]
    return room.sort_order, room.name, room.id


def _during(window: Interval, facts: ResourceFacts) -> ResourceFacts:
    """A resource with those outages only that touch a window."""
    near = tuple(out for out in facts.outages if out.touches(window)) if facts.outages else ()
    return facts if near == facts.outages else replace(facts, outages=near)


def _others(
    rows: Sequence[Any],
) -> tuple[list[tuple[Room, int | None]], dict[int, Custody]]:
    """What rows of `reading` say: each resource with its site; see `load_resources`."""
    known: dict[int, tuple[str, ResourceKind, bool, int]] = {}
    site_of: dict[int, int | None] = {}
    permits: dict[int, dict[int, Permit]] = defaultdict(dict)
    outages: dict[int, dict[int, OutOfUse]] = defaultdict(dict)
    custody: dict[int, Custody] = {}
    for row in rows:
        key, name, kind, site_of[row[0]], is_active, order, permission_id, *permit = row[:10]
        outage_id, start, end, reason, born_on, is_kept_apart = row[10:_READ]
        if kind is ResourceKind.PERSON:
            custody[key] = Custody(born_on, is_kept_apart)
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

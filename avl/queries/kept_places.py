"""What places are like: hours, closures and rooms, read once and kept (`queries/stamps.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, make_transient_to_detached

from avl.domain.calendars import SiteCalendar
from avl.domain.world import OutOfUse, Permit
from avl.models import (
    Closure,
    Outage,
    Permission,
    PlaceStamp,
    Resource,
    ResourceKind,
    Site,
    Window,
)
from avl.queries.gathering import among, gathered
from avl.queries.ready import Ready
from avl.queries.stamps import Kept, stamps_of

SiteRow = Any
"""What is read of a site; see `_FACTS`."""

MOST_PLACES = 500
"""Places kept in one process: more than the country has. One takes some tens of kilobytes."""

_WINDOWS = (
    select(
        gathered(
            Window.resource_id,
            Window.kind,
            Window.weekday,
            Window.opens_at,
            Window.closes_at,
            Window.label,
        )
    )
    .where(Window.site_id == Site.id)
    .correlate(Site)
    .scalar_subquery()
)
_CLOSURES = (
    select(
        gathered(
            Closure.on_date,
            Closure.kind,
            Closure.from_time,
            Closure.to_time,
            Closure.reason,
            Closure.allowed_hearing_types,
        )
    )
    .where(Closure.site_id == Site.id, Closure.on_date >= bindparam("since"))
    .correlate(Site)
    .scalar_subquery()
)
_ROOMS = (
    select(
        gathered(Resource.id, Resource.name, Resource.kind, Resource.is_active, Resource.sort_order)
    )
    .where(Resource.site_id == Site.id)
    .correlate(Site)
    .scalar_subquery()
)
_PERMITS = (
    select(
        gathered(
            Permission.id,
            Permission.resource_id,
            Permission.court_id,
            Permission.agency_id,
            Permission.hearing_type_code,
        )
    )
    .join(Resource, Resource.id == Permission.resource_id)
    .where(Resource.site_id == Site.id)
    .correlate(Site)
    .scalar_subquery()
)
_OUTAGES = (
    select(gathered(Outage.starts_at, Outage.id, Outage.resource_id, Outage.ends_at, Outage.reason))
    .join(Resource, Resource.id == Outage.resource_id)
    .where(
        Resource.site_id == Site.id,
        or_(Outage.ends_at.is_(None), Outage.ends_at >= bindparam("since_start")),
    )
    .correlate(Site)
    .scalar_subquery()
)
_FACTS = (
    Site.id,
    Site.name,
    Site.short_name,
    Site.subkind,
    Site.code,
    Site.name_mi,
    Site.phone,
    Site.zone,
    Site.agency_id,
    Site.is_active,
    Site.notice_minutes,
    Site.turnaround_minutes,
    Site.approval,
    Site.approval_hours,
    Site.escort_capacity,
    Site.pickup_minutes,
    Site.separates_youth,
    Site.separates_remand,
    Site.interpreter_days,
    Site.reo_days,
    Site.interpreter_confirm_days,
    Site.observes_holidays,
    Site.observes_anniversary,
    Site.holiday_subdiv,
)
# The stamp comes with the facts: both are of one moment, whatever is saved meanwhile.
_PLACES = Ready(
    select(
        *_FACTS,
        select(PlaceStamp.stamp)
        .where(PlaceStamp.place_id == Site.id)
        .scalar_subquery()
        .label("stamp"),
        _WINDOWS.label("windows"),
        _CLOSURES.label("closures"),
        _ROOMS.label("rooms"),
        _PERMITS.label("permits"),
        _OUTAGES.label("outages"),
    ).where(among(Site.id, "site_ids"))
)


@dataclass(frozen=True, slots=True)
class WindowRead:
    """A weekly opening or break; whose it is stands beside it."""

    kind: str
    weekday: int
    opens_at: time
    closes_at: time
    label: str


@dataclass(frozen=True, slots=True)
class ClosureRead:
    """One date on which a site is shut, or open after all; see `Closure`."""

    on_date: date
    kind: str
    from_time: time | None
    to_time: time | None
    reason: str
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Room:
    """Something that stands at a site; its outages are earliest first."""

    id: int
    name: str
    kind: ResourceKind
    is_active: bool
    sort_order: int
    permits: tuple[Permit, ...]
    outages: tuple[OutOfUse, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A site and what stands in it.

    Attributes:
        row: what is read of the site itself.
        site: the same as an object that belongs to no session (`site_in` gives a session its own).
        since: closures before this date, and outages over by then, were not read.
        own: the site's windows, earliest first; ``inside`` those of its rooms, by resource id.
        rooms: by resource id.
        calendars: the site's calendar and its rooms', by the first and last year of holidays
            they know, filled by `queries/calendars.py`.
    """

    row: SiteRow
    since: date
    site: Site
    own: tuple[WindowRead, ...]
    inside: dict[int, tuple[WindowRead, ...]]
    closures: tuple[ClosureRead, ...]
    rooms: dict[int, Room]
    calendars: dict[tuple[int, int], tuple[SiteCalendar, dict[int, SiteCalendar]]] = field(
        default_factory=dict
    )

    def site_in(self, session: Session) -> Site:
        """The site, as if the session had read it."""
        return session.merge(self.site, load=False)


_KEPT: Kept[Place] = Kept(MOST_PLACES)


def places_of(
    session: Session,
    site_ids: Collection[int],
    since: date,
    stamps: Mapping[int, int] | None = None,
) -> dict[int, Place]:
    """Sites and what stands in them, as this transaction sees them now, by id.

    One small statement, and one more where some changed since this process last read them.

    Args:
        since: the first date that matters.
        stamps: the sites' among others, where they have just been read.
    """
    if stamps is None:
        if not any(_KEPT.has(session, site_id) for site_id in site_ids):
            return _read(session, site_ids, since)
        stamps = stamps_of(session, site_ids)
    found: dict[int, Place] = {}
    for site_id in site_ids:
        place = _KEPT.get(session, site_id, stamps.get(site_id))
        if place is not None and place.since <= since:
            found[site_id] = place
    missing = set(site_ids) - set(found)
    return found | _read(session, missing, since) if missing else found


def _read(session: Session, site_ids: Collection[int], since: date) -> dict[int, Place]:
    # From the year before, so that looking a little farther back reads nothing anew.
    since = date(max(since.year - 1, 1), 1, 1)
    start = datetime(since.year, 1, 1, tzinfo=UTC)
    values = {"site_ids": site_ids, "since": since, "since_start": start}
    found = {}
    for row in _PLACES.rows(session, values):
        found[row.id] = _place(row, since)
        _KEPT.put(session, row.id, row.stamp, found[row.id])
    return found


def _place(row: Any, since: date) -> Place:
    own: list[WindowRead] = []
    inside: dict[int, list[WindowRead]] = defaultdict(list)
    for resource_id, *spelt in sorted(row.windows or (), key=lambda one: one[2:4]):
        (own if resource_id is None else inside[resource_id]).append(_read_window(*spelt))
    closures = [_read_closure(*spelt) for spelt in sorted(row.closures or (), key=_by_date)]
    return Place(
        row=row._replace(windows=None, closures=None, rooms=None, permits=None, outages=None),
        since=since,
        site=_site(row),
        own=tuple(own),
        inside={key: tuple(windows) for key, windows in inside.items()},
        closures=tuple(closures),
        rooms=_rooms(row),
    )


def _site(row: Any) -> Site:
    site = Site(**{column.key: getattr(row, column.key) for column in _FACTS})
    make_transient_to_detached(site)
    return site


def _rooms(row: Any) -> dict[int, Room]:
    permits: dict[int, list[Permit]] = defaultdict(list)
    for _, resource_id, court, agency, code in sorted(row.permits or (), key=lambda one: one[0]):
        permits[resource_id].append(Permit(court, agency, code))
    outages: dict[int, list[OutOfUse]] = defaultdict(list)
    for starts, _, resource_id, ends, reason in sorted(row.outages or (), key=lambda one: one[:2]):
        over = _moment(ends) if ends else None
        outages[resource_id].append(OutOfUse(_moment(starts), over, reason))
    return {
        key: Room(
            key,
            name,
            ResourceKind(kind),
            bool(is_active),
            sort_order,
            tuple(permits[key]),
            tuple(outages[key]),
        )
        for key, name, kind, is_active, sort_order in row.rooms or ()
    }


@lru_cache(maxsize=4096)
def _read_window(kind: str, weekday: int, opens: str, closes: str, label: str) -> WindowRead:
    """Read a window; many sites keep the same hours, so each is read once."""
    return WindowRead(kind, weekday, time.fromisoformat(opens), time.fromisoformat(closes), label)


def _read_closure(
    on: str, kind: str, starts: str | None, ends: str | None, reason: str, allowed: str
) -> ClosureRead:
    return ClosureRead(
        date.fromisoformat(on),
        kind,
        time.fromisoformat(starts) if starts else None,
        time.fromisoformat(ends) if ends else None,
        reason,
        frozenset(allowed.split()),
    )


def _by_date(spelt: Sequence[str | None]) -> tuple[str, str]:
    return spelt[0] or "", spelt[2] or ""


def _moment(spelt: str) -> datetime:
    """An instant; SQLite, which keeps UTC, spells no offset."""
    at = datetime.fromisoformat(spelt)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

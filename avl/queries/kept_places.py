"""What places are like: hours, closures and rooms, read once and kept (`queries/stamps.py`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    bindparam,
    case,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased, make_transient_to_detached

from avl.domain.calendars import SiteCalendar
from avl.domain.world import OutOfUse, Permit, ResourceFacts, SiteFacts
from avl.models import (
    Approval,
    Closure,
    Outage,
    Permission,
    PlaceStamp,
    Resource,
    ResourceKind,
    Site,
    Sitting,
    Window,
)
from avl.queries.gathering import among, gathered
from avl.queries.kept_rows import (
    ClosureRead,
    Roster,
    WindowRead,
    by_date,
    moment,
    read_closure,
    read_rosters,
    read_window,
)
from avl.queries.lending import lend
from avl.queries.ready import Ready
from avl.queries.stamps import COUNTRY, Kept, stamps_of

SiteRow = Any
"""What is read of a site, by name; see `_FACTS`."""

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
            Window.from_on,
            Window.to_on,
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
_SITTINGS = (
    select(gathered(Sitting.courtroom_id, Sitting.starts_at, Sitting.ends_at, Sitting.is_idle))
    .where(Sitting.court_id == Site.id, Sitting.starts_at >= bindparam("since_start"))
    .correlate(Site)
    .scalar_subquery()
)
_SELF = aliased(Site)
_FACTS = (
    _SELF.id,
    _SELF.name,
    _SELF.short_name,
    _SELF.subkind,
    _SELF.code,
    _SELF.name_mi,
    _SELF.phone,
    _SELF.zone,
    _SELF.agency_id,
    _SELF.is_active,
    _SELF.notice_minutes,
    _SELF.turnaround_minutes,
    _SELF.approval,
    _SELF.approval_hours,
    _SELF.escort_capacity,
    _SELF.pickup_minutes,
    _SELF.separates_youth,
    _SELF.separates_remand,
    _SELF.interpreter_days,
    _SELF.reo_days,
    _SELF.interpreter_confirm_days,
    _SELF.observes_holidays,
    _SELF.observes_anniversary,
    _SELF.holiday_subdiv,
)
_SITE = select(gathered(*_FACTS)).where(_SELF.id == Site.id).correlate(Site).scalar_subquery()
_COUNTRY = aliased(PlaceStamp)


def _unless_kept(facts: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """Facts, but nothing of a place whose stamp is among those named ``kept``."""
    is_kept = among(PlaceStamp.stamp, "kept", kind=BigInteger)
    return case((is_kept, null()), else_=type_coerce(facts, JSON())).label(name)


# The stamp comes with the facts: both are of one moment, whatever is saved meanwhile.
_PLACES = Ready(
    select(
        Site.id,
        PlaceStamp.stamp,
        select(_COUNTRY.stamp)
        .where(_COUNTRY.place_id == COUNTRY)
        .scalar_subquery()
        .label("country_stamp"),
        _unless_kept(_SITE, "site"),
        _unless_kept(_WINDOWS, "windows"),
        _unless_kept(_CLOSURES, "closures"),
        _unless_kept(_ROOMS, "rooms"),
        _unless_kept(_PERMITS, "permits"),
        _unless_kept(_OUTAGES, "outages"),
        _unless_kept(_SITTINGS, "sittings"),
    )
    .outerjoin(PlaceStamp, PlaceStamp.place_id == Site.id)
    .where(among(Site.id, "site_ids", few=True))
)


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
        rosters: when its courtrooms sit, by resource id; sittings before ``since`` were not read.
        calendars: the site's calendar and its rooms', by the first and last year of holidays
            they know, filled by `queries/calendars.py`.
        facts: its rooms as the rules see them, by the same years; ``shown``: the site itself. Both
            filled by `queries/place_facts.py`.
    """

    row: SiteRow
    since: date
    site: Site
    own: tuple[WindowRead, ...]
    inside: dict[int, tuple[WindowRead, ...]]
    closures: tuple[ClosureRead, ...]
    rooms: dict[int, Room]
    rosters: dict[int, Roster]
    calendars: dict[tuple[int, int], tuple[SiteCalendar, dict[int, SiteCalendar]]] = field(
        default_factory=dict
    )
    facts: dict[tuple[int, int], dict[int, ResourceFacts]] = field(default_factory=dict)
    shown: dict[tuple[int, int], SiteFacts] = field(default_factory=dict)

    def site_in(self, session: Session) -> Site:
        """The site, as if the session had read it."""
        return lend(session, self.site)


_KEPT: Kept[Place] = Kept(MOST_PLACES)


def places_of(
    session: Session,
    site_ids: Collection[int],
    since: date,
    stamps: Mapping[int, int] | None = None,
) -> dict[int, Place]:
    """Sites and what stands in them, by id; see `look_at`.

    Args:
        stamps: the sites' among others, where they have just been read: then nothing is read of
            places that are kept under them.
    """
    if stamps is not None:
        kept = {key: _KEPT.get(session, key, stamps.get(key)) for key in site_ids}
        found = {key: place for key, place in kept.items() if place and place.since <= since}
        if len(found) == len(kept):
            return found
    return look_at(session, site_ids, since)[0]


def recognise(
    session: Session, site_ids: Collection[int], since: date
) -> tuple[dict[int, Place], dict[int, int]]:
    """What `look_at` gives, for whoever has most likely looked at these places before.

    One short statement asks for their stamps, and the facts are read where those have changed.
    """
    stamps = stamps_of(session, {*site_ids, COUNTRY})
    return places_of(session, site_ids, since, stamps), stamps


def look_at(
    session: Session, site_ids: Collection[int], since: date
) -> tuple[dict[int, Place], dict[int, int]]:
    """Sites and what stands in them, as this transaction sees them now, by id; and the stamps they
    have, and the country has.

    One statement, which brings the facts of those places only that changed since this process
    last read them.

    Args:
        since: the first date that matters.
    """
    kept = _KEPT.all(session, site_ids)
    good = {stamp for stamp, place in kept.values() if place.since <= since}
    # From the year before, so that looking a little farther back reads nothing anew.
    first = date(max(since.year - 1, 1), 1, 1)
    start = datetime(first.year, 1, 1, tzinfo=UTC)
    values = {"site_ids": site_ids, "kept": good, "since": first, "since_start": start}
    found: dict[int, Place] = {}
    stamps: dict[int, int] = {}
    for row in _PLACES.rows(session, values):
        if row.site is None:
            found[row.id] = kept[row.id][1]
        else:
            found[row.id] = _place(row, first)
            _KEPT.put(session, row.id, row.stamp, found[row.id])
        for place, stamp in ((row.id, row.stamp), (COUNTRY, row.country_stamp)):
            if stamp is not None:
                stamps[place] = stamp
    return found, stamps


def _place(row: Any, since: date) -> Place:
    own: list[WindowRead] = []
    inside: dict[int, list[WindowRead]] = defaultdict(list)
    for resource_id, *spelt in sorted(row.windows or (), key=lambda one: one[2:4]):
        (own if resource_id is None else inside[resource_id]).append(read_window(*spelt))
    closures = [read_closure(*spelt) for spelt in sorted(row.closures or (), key=by_date)]
    facts = _read_site(row.site[0])
    return Place(
        row=SimpleNamespace(**facts),
        since=since,
        site=_site(facts),
        own=tuple(own),
        inside={key: tuple(windows) for key, windows in inside.items()},
        closures=tuple(closures),
        rooms=_rooms(row),
        rosters=read_rosters(row.sittings or ()),
    )


def _read_site(spelt: Sequence[Any]) -> dict[str, Any]:
    facts = {column.key: value for column, value in zip(_FACTS, spelt, strict=True)}
    for column in _FACTS:
        if isinstance(column.type, Boolean):
            facts[column.key] = bool(facts[column.key])
    return facts | {"approval": Approval(facts["approval"])}


def _site(facts: Mapping[str, Any]) -> Site:
    site = Site(**facts)
    make_transient_to_detached(site)
    return site


def _rooms(row: Any) -> dict[int, Room]:
    permits: dict[int, list[Permit]] = defaultdict(list)
    for _, resource_id, court, agency, code in sorted(row.permits or (), key=lambda one: one[0]):
        permits[resource_id].append(Permit(court, agency, code))
    outages: dict[int, list[OutOfUse]] = defaultdict(list)
    for starts, _, resource_id, ends, reason in sorted(row.outages or (), key=lambda one: one[:2]):
        over = moment(ends) if ends else None
        outages[resource_id].append(OutOfUse(moment(starts), over, reason))
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

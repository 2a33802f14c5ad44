"""Calendars from rows: hours, closures and public holidays of many sites in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

import holidays
from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from avl.domain import calendars as domain
from avl.domain.calendars import Break, Holiday, Opening, SiteCalendar
from avl.domain.errors import InvalidInput
from avl.models import Closure, ClosureKind, Resource, Site, Window, WindowKind

COUNTRY = "NZ"

LAST_MATARIKI = 2052
"""The Act fixes Matariki to this year (Te Kāhui o Matariki Public Holiday Act 2022)."""

SUBDIV_CORRECTIONS = {"BOP": "AUK", "GIS": "AUK", "WKO": "AUK", "MWT": "WGN", "TAS": "NSN"}
"""Regions for which the library knows no anniversary, and whose day the courts there keep.

Source: the Ministry's notices of closed courts, January 2026. Region is not enough everywhere
(Taumarunui keeps Auckland's day), so each site names its own key.
"""


@dataclass(frozen=True)
class Calendars:
    """The calendars of some sites, and of the rooms in them that have hours of their own.

    ``rows`` are the sites themselves, so that whoever needs them asks no second time.
    """

    sites: dict[int, SiteCalendar]
    rooms: dict[int, SiteCalendar]
    rows: dict[int, Site]

    def of(self, site_id: int, resource_id: int | None = None) -> SiteCalendar:
        """Return the room's calendar where it has one, else its site's."""
        room = self.rooms.get(resource_id) if resource_id is not None else None
        return room or self.sites[site_id]


# Built once: every search asks for calendars, and building a statement costs more than running it.
_SITE_IDS: BindParameter[list[int]] = bindparam("site_ids", expanding=True)
_SITES = select(Site).where(Site.id.in_(_SITE_IDS))
_WINDOWS = (
    select(Window, Resource.name)
    .outerjoin(Resource, Resource.id == Window.resource_id)
    .where(Window.site_id.in_(_SITE_IDS))
    .order_by(Window.weekday, Window.opens_at)
)
_CLOSURES = (
    select(Closure)
    .where(
        Closure.site_id.in_(_SITE_IDS),
        Closure.on_date.between(bindparam("first"), bindparam("last")),
    )
    .order_by(Closure.on_date, Closure.from_time)
)


def calendars_for(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> dict[int, SiteCalendar]:
    """Return each site's calendar, good for local dates from first to last inclusive."""
    return load_calendars(session, site_ids, first, last).sites


def load_calendars(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> Calendars:
    """Load sites' and rooms' calendars with three queries, however many sites there are.

    A day is added at either end: a moment's date differs between zones.
    """
    first, last = first - timedelta(days=1), last + timedelta(days=1)
    values = {"site_ids": list(site_ids), "first": first, "last": last}
    sites = session.scalars(_SITES, values).all()
    windows = session.execute(_WINDOWS, values).all()
    closures = session.scalars(_CLOSURES, values).all()
    closed: dict[int, list[Closure]] = defaultdict(list)
    for closure in closures:
        closed[closure.site_id].append(closure)
    own: dict[int, list[Window]] = defaultdict(list)
    inside: dict[tuple[int, int, str], list[Window]] = defaultdict(list)
    for window, room_name in windows:
        if window.resource_id is None:
            own[window.site_id].append(window)
        else:
            inside[window.site_id, window.resource_id, room_name].append(window)
    calendars = {
        site.id: _site_calendar(site, own[site.id], closed[site.id], first, last) for site in sites
    }
    names = {site.id: site.short_name for site in sites}
    rooms = {
        resource_id: _room_calendar(f"{room} at {names[site_id]}", calendars[site_id], kept)
        for (site_id, resource_id, room), kept in inside.items()
    }
    return Calendars(calendars, rooms, {site.id: site for site in sites})


def holidays_of(site: Site, first_year: int, last_year: int) -> tuple[Holiday, ...]:
    """Return the holidays that a site keeps, its anniversary day included if it observes it."""
    if not site.observes_holidays:
        return ()
    return tuple(
        Holiday(on, name)
        for year in range(first_year, last_year + 1)
        for on, name, is_anniversary in public_holidays(site.holiday_subdiv, year)
        if site.observes_anniversary or not is_anniversary
    )


@lru_cache(maxsize=512)
def public_holidays(subdiv: str, year: int) -> tuple[tuple[date, str, bool], ...]:
    """Return (date, name, is anniversary day) of one year, earliest first.

    Args:
        subdiv: the library's key, such as ``WGN`` or ``South Canterbury``; corrected where the
            library's region has no anniversary day; "" for national days only.

    Raises:
        InvalidInput: the library does not know the key.
    """
    key = SUBDIV_CORRECTIONS.get(subdiv, subdiv)
    national = holidays.country_holidays(COUNTRY, years=year)
    if not key:
        return tuple((on, name, False) for on, name in sorted(national.items()))
    if key not in holiday_keys():
        raise InvalidInput("holiday_subdiv", f"“{subdiv}” is not a holiday region.")
    regional = holidays.country_holidays(COUNTRY, subdiv=key, years=year)
    return tuple((on, name, on not in national) for on, name in sorted(regional.items()))


@lru_cache(maxsize=1)
def holiday_keys() -> frozenset[str]:
    """Return the keys that have an anniversary day, and those corrected to one that has."""
    supported = holidays.list_supported_countries()[COUNTRY]
    return frozenset(supported)


def _site_calendar(
    site: Site, windows: Sequence[Window], closures: Sequence[Closure], first: date, last: date
) -> SiteCalendar:
    return SiteCalendar(
        name=site.name,
        zone=site.zone,
        openings=(*_openings(windows), *_extra_openings(closures)),
        breaks=_breaks(windows),
        closures=tuple(shut for closure in closures for shut in _closures(closure)),
        holidays=holidays_of(site, first.year, last.year),
        reopened=frozenset(row.on_date for row in closures if row.kind == ClosureKind.OPENS),
    )


def _room_calendar(name: str, site: SiteCalendar, windows: Sequence[Window]) -> SiteCalendar:
    return SiteCalendar(
        name=name,
        zone=site.zone,
        openings=_openings(windows) or None,
        breaks=_breaks(windows),
        within=site,
    )


def _openings(windows: Iterable[Window]) -> tuple[Opening, ...]:
    return tuple(
        Opening(window.weekday, window.opens_at, window.closes_at)
        for window in windows
        if window.kind == WindowKind.OPEN
    )


def _breaks(windows: Iterable[Window]) -> tuple[Break, ...]:
    return tuple(
        Break(window.weekday, window.opens_at, window.closes_at, window.label or "not available")
        for window in windows
        if window.kind == WindowKind.BREAK
    )


def _extra_openings(closures: Iterable[Closure]) -> Iterable[Opening]:
    """Turn a dated opening with hours (a Saturday sitting) into hours kept on that date."""
    for row in closures:
        if row.kind == ClosureKind.OPENS and row.from_time and row.to_time:
            day = row.on_date
            yield Opening(day.weekday(), row.from_time, row.to_time, from_on=day, to_on=day)


def _closures(row: Closure) -> Iterable[domain.Closure]:
    allowed = frozenset(row.allowed_hearing_types.split())
    if row.kind == ClosureKind.CLOSED:
        yield domain.Closure(row.on_date, row.from_time, row.to_time, row.reason, allowed)
        return
    if allowed:
        # The site opens only for these types, so for every other type the day stays closed.
        yield domain.Closure(row.on_date, None, None, row.reason, allowed)
    if row.from_time and row.to_time:
        # It opens only in these hours, so the weekday's usual hours do not count.
        reason = f"{row.reason} (only in the hours given for this day)"
        if row.from_time > time(0):
            yield domain.Closure(row.on_date, None, row.from_time, reason)
        yield domain.Closure(row.on_date, row.to_time, None, reason)

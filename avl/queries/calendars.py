"""Calendars from what is kept of places: hours, closures and public holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache

import holidays
from sqlalchemy.orm import Session

from avl.domain import calendars as domain
from avl.domain.calendars import Break, Holiday, Opening, SiteCalendar, room_within
from avl.domain.errors import InvalidInput
from avl.domain.local_time import local_day
from avl.models import ClosureKind, Site, WindowKind
from avl.queries.kept_places import Place, SiteRow, places_of
from avl.queries.kept_rows import ClosureRead, Roster, WindowRead

COUNTRY = "NZ"

MOST_CALENDARS = 4
"""Spans of years for which a place keeps its calendar: this year, and over a new year."""

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

    ``rows`` are what is read of the sites, so that whoever needs more of them than their calendars
    asks no second time; ``years`` the first and last whose holidays they know.
    """

    sites: dict[int, SiteCalendar]
    rooms: dict[int, SiteCalendar]
    rows: dict[int, SiteRow]
    years: tuple[int, int]

    def of(self, site_id: int, resource_id: int | None = None) -> SiteCalendar:
        """Return the room's calendar where it has one, else its site's."""
        room = self.rooms.get(resource_id) if resource_id is not None else None
        return room or self.sites[site_id]


def calendars_for(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> dict[int, SiteCalendar]:
    """Return each site's calendar, good for local dates from first to last inclusive."""
    return load_calendars(session, site_ids, first, last).sites


def load_calendars(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> Calendars:
    """Load sites' and rooms' calendars: one query, and one more for sites that have changed.

    A day is added at either end: a moment's date differs between zones.
    """
    first, last = first - timedelta(days=1), last + timedelta(days=1)
    return calendars_at(places_of(session, site_ids, first), first.year, last.year)


def calendars_at(places: Mapping[int, Place], first_year: int, last_year: int) -> Calendars:
    """The calendars of places that were read, with the public holidays of these years."""
    calendars: dict[int, SiteCalendar] = {}
    rooms: dict[int, SiteCalendar] = {}
    for site_id, place in places.items():
        made = place.calendars.get((first_year, last_year))
        if made is None:
            if len(place.calendars) >= MOST_CALENDARS:
                place.calendars.clear()
            made = place.calendars[first_year, last_year] = _made(place, first_year, last_year)
        calendars[site_id], inside = made
        rooms.update(inside)
    rows = {site_id: place.row for site_id, place in places.items()}
    return Calendars(calendars, rooms, rows, (first_year, last_year))


def _made(
    place: Place, first_year: int, last_year: int
) -> tuple[SiteCalendar, dict[int, SiteCalendar]]:
    """A site's calendar, and those of its rooms that have hours of their own."""
    site = _site_calendar(place, first_year, last_year)
    inside = {
        key: _room_calendar(place, key, site)
        for key in {*place.inside, *place.rosters}
        if key in place.rooms
    }
    return site, inside


def holidays_of(site: Site | SiteRow, first_year: int, last_year: int) -> tuple[Holiday, ...]:
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


def _site_calendar(place: Place, first_year: int, last_year: int) -> SiteCalendar:
    site, closures = place.row, place.closures
    return SiteCalendar(
        name=site.name,
        zone=site.zone,
        openings=(*_openings(place.own), *_extra_openings(closures)),
        breaks=_breaks(place.own),
        closures=tuple(shut for closure in closures for shut in _closures(closure)),
        holidays=holidays_of(site, first_year, last_year),
        reopened=frozenset(row.on_date for row in closures if row.kind == ClosureKind.OPENS),
    )


def _room_calendar(place: Place, resource_id: int, site: SiteCalendar) -> SiteCalendar:
    windows, roster = place.inside.get(resource_id, ()), place.rosters.get(resource_id, Roster())
    return replace(
        room_within(site, place.rooms[resource_id].name, place.row.short_name),
        openings=_openings(windows) or None,
        breaks=_breaks(windows),
        sittings=roster.sittings,
        idle=frozenset(local_day(day.start, site.zone) for day in roster.idle),
    )


def _openings(windows: Iterable[WindowRead]) -> tuple[Opening, ...]:
    return tuple(
        Opening(window.weekday, window.opens_at, window.closes_at, window.from_on, _last(window))
        for window in windows
        if window.kind == WindowKind.OPEN
    )


def _breaks(windows: Iterable[WindowRead]) -> tuple[Break, ...]:
    return tuple(
        Break(
            window.weekday,
            window.opens_at,
            window.closes_at,
            window.label or "not available",
            window.from_on,
            _last(window),
        )
        for window in windows
        if window.kind == WindowKind.BREAK
    )


def _last(window: WindowRead) -> date | None:
    """The last date on which a window stands."""
    return window.to_on - timedelta(days=1) if window.to_on else None


def _extra_openings(closures: Iterable[ClosureRead]) -> Iterable[Opening]:
    """Turn a dated opening with hours (a Saturday sitting) into hours kept on that date."""
    for row in closures:
        if row.kind == ClosureKind.OPENS and row.from_time and row.to_time:
            day = row.on_date
            yield Opening(day.weekday(), row.from_time, row.to_time, from_on=day, to_on=day)


def _closures(row: ClosureRead) -> Iterable[domain.Closure]:
    allowed = row.allowed
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

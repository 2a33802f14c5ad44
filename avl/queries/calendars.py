"""Calendars from rows: hours, closures and public holidays of many sites in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any

import holidays
from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from avl.domain import calendars as domain
from avl.domain.calendars import Break, Holiday, Opening, SiteCalendar
from avl.domain.errors import InvalidInput
from avl.models import Closure, ClosureKind, Resource, Site, Window, WindowKind
from avl.queries.gathering import among, gathered
from avl.queries.ready import Ready

COUNTRY = "NZ"

LAST_MATARIKI = 2052
"""The Act fixes Matariki to this year (Te Kāhui o Matariki Public Holiday Act 2022)."""

SUBDIV_CORRECTIONS = {"BOP": "AUK", "GIS": "AUK", "WKO": "AUK", "MWT": "WGN", "TAS": "NSN"}
"""Regions for which the library knows no anniversary, and whose day the courts there keep.

Source: the Ministry's notices of closed courts, January 2026. Region is not enough everywhere
(Taumarunui keeps Auckland's day), so each site names its own key.
"""


SiteRow = Row[*tuple[Any, ...]]
"""What is read of a site; see `_FACTS`."""


@dataclass(frozen=True)
class Calendars:
    """The calendars of some sites, and of the rooms in them that have hours of their own.

    ``rows`` are what is read of the sites (`_FACTS`), so that whoever needs more of them than
    their calendars asks no second time.
    """

    sites: dict[int, SiteCalendar]
    rooms: dict[int, SiteCalendar]
    rows: dict[int, SiteRow]

    def of(self, site_id: int, resource_id: int | None = None) -> SiteCalendar:
        """Return the room's calendar where it has one, else its site's."""
        room = self.rooms.get(resource_id) if resource_id is not None else None
        return room or self.sites[site_id]


# Built once: every search asks for calendars, and building a statement costs more than running it.
_WINDOWS = (
    select(
        gathered(
            Window.resource_id,
            Resource.name,
            Window.kind,
            Window.weekday,
            Window.opens_at,
            Window.closes_at,
            Window.label,
        )
    )
    .select_from(Window)
    .outerjoin(Resource, Resource.id == Window.resource_id)
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
    .where(
        Closure.site_id == Site.id,
        Closure.on_date.between(bindparam("first"), bindparam("last")),
    )
    .correlate(Site)
    .scalar_subquery()
)
_FACTS = (
    Site.id,
    Site.name,
    Site.short_name,
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
_SITES = Ready(
    select(*_FACTS, _WINDOWS.label("windows"), _CLOSURES.label("closures")).where(
        among(Site.id, "site_ids")
    )
)


@dataclass(frozen=True, slots=True)
class _Window:
    """A weekly opening or break; whose it is stands beside it."""

    kind: str
    weekday: int
    opens_at: time
    closes_at: time
    label: str


@dataclass(frozen=True, slots=True)
class _Closure:
    """One date on which a site is shut, or open after all; see `Closure`."""

    on_date: date
    kind: str
    from_time: time | None
    to_time: time | None
    reason: str
    allowed: frozenset[str]


def calendars_for(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> dict[int, SiteCalendar]:
    """Return each site's calendar, good for local dates from first to last inclusive."""
    return load_calendars(session, site_ids, first, last).sites


def load_calendars(
    session: Session, site_ids: Collection[int], first: date, last: date
) -> Calendars:
    """Load sites' and rooms' calendars with one query, however many sites there are.

    A day is added at either end: a moment's date differs between zones.
    """
    first, last = first - timedelta(days=1), last + timedelta(days=1)
    values = {"site_ids": site_ids, "first": first, "last": last}
    calendars: dict[int, SiteCalendar] = {}
    rooms: dict[int, SiteCalendar] = {}
    rows: dict[int, SiteRow] = {}
    for site in _SITES.rows(session, values):
        rows[site.id] = site
        own: list[_Window] = []
        inside: dict[tuple[int, str], list[_Window]] = defaultdict(list)
        for resource_id, room_name, *spelt in sorted(site.windows or (), key=lambda row: row[3:5]):
            kept = own if resource_id is None else inside[resource_id, room_name]
            kept.append(_read_window(*spelt))
        shut = [_read_closure(*spelt) for spelt in sorted(site.closures or (), key=_by_date)]
        calendars[site.id] = _site_calendar(site, own, shut, first, last)
        for (resource_id, room), kept in inside.items():
            name = f"{room} at {site.short_name}"
            rooms[resource_id] = _room_calendar(name, calendars[site.id], kept)
    return Calendars(calendars, rooms, rows)


@lru_cache(maxsize=4096)
def _read_window(kind: str, weekday: int, opens: str, closes: str, label: str) -> _Window:
    """Read a window; many sites keep the same hours, so each is read once."""
    return _Window(kind, weekday, time.fromisoformat(opens), time.fromisoformat(closes), label)


def _read_closure(
    on: str, kind: str, starts: str | None, ends: str | None, reason: str, allowed: str
) -> _Closure:
    return _Closure(
        date.fromisoformat(on),
        kind,
        time.fromisoformat(starts) if starts else None,
        time.fromisoformat(ends) if ends else None,
        reason,
        frozenset(allowed.split()),
    )


def _by_date(spelt: Sequence[str | None]) -> tuple[str, str]:
    return spelt[0] or "", spelt[2] or ""


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


def _site_calendar(
    site: SiteRow,
    windows: Sequence[_Window],
    closures: Sequence[_Closure],
    first: date,
    last: date,
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


def _room_calendar(name: str, site: SiteCalendar, windows: Sequence[_Window]) -> SiteCalendar:
    return SiteCalendar(
        name=name,
        zone=site.zone,
        openings=_openings(windows) or None,
        breaks=_breaks(windows),
        within=site,
    )


def _openings(windows: Iterable[_Window]) -> tuple[Opening, ...]:
    return tuple(
        Opening(window.weekday, window.opens_at, window.closes_at)
        for window in windows
        if window.kind == WindowKind.OPEN
    )


def _breaks(windows: Iterable[_Window]) -> tuple[Break, ...]:
    return tuple(
        Break(window.weekday, window.opens_at, window.closes_at, window.label or "not available")
        for window in windows
        if window.kind == WindowKind.BREAK
    )


def _extra_openings(closures: Iterable[_Closure]) -> Iterable[Opening]:
    """Turn a dated opening with hours (a Saturday sitting) into hours kept on that date."""
    for row in closures:
        if row.kind == ClosureKind.OPENS and row.from_time and row.to_time:
            day = row.on_date
            yield Opening(day.weekday(), row.from_time, row.to_time, from_on=day, to_on=day)


def _closures(row: _Closure) -> Iterable[domain.Closure]:
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

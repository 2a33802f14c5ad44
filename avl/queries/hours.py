"""Weekly hours on record, of a site and of its rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.errors import NotFound
from avl.domain.hours import Hours, Week, mark_of_hours, weeks_from
from avl.domain.local_time import local_day
from avl.models import Resource, Site, Window, db
from avl.queries.place_facts import ROOMS
from avl.queries.places import find_site_by_code


@dataclass(frozen=True, slots=True)
class HoursKept:
    """A site's own weeks (``room_id`` None), or those of one of its rooms.

    Attributes:
        weeks: what stands today, and then what is to come.
        mark: of everything on record, so that nobody changes what they have not seen.
    """

    room_id: int | None
    name: str
    weeks: tuple[Week, ...]
    mark: str

    @property
    def has_own(self) -> bool:
        """Whether there are any lines, now or later."""
        return any(week.hours for week in self.weeks)

    def week_on(self, on: date) -> Week:
        """The week that stands on a date, today or later."""
        return next(one for one in self.weeks if one.to_on is None or on < one.to_on)


@dataclass(frozen=True, slots=True)
class SiteHours:
    """A site, its own hours, and those of each room that has any."""

    site: Site
    today: date
    own: HoursKept
    rooms: tuple[HoursKept, ...]

    def of(self, room_id: int | None) -> HoursKept:
        """The site's own hours, or a room's.

        Raises:
            NotFound: the site has no such room.
        """
        for one in (self.own, *self.rooms):
            if one.room_id == room_id:
                return one
        raise NotFound("There is no such room.")


def windows_of(session: Session, site_id: int, room_id: int | None) -> Sequence[Window]:
    """The hours of a site itself, or of one room in it."""
    return session.scalars(
        select(Window)
        .where(Window.site_id == site_id, Window.resource_id.is_not_distinct_from(room_id))
        .order_by(Window.id)
    ).all()


def hours_of(windows: Iterable[Window]) -> list[Hours]:
    """Rows as the domain speaks of them."""
    return [
        Hours(
            row.kind.value,
            row.weekday,
            row.opens_at,
            row.closes_at,
            row.label,
            row.from_on,
            row.to_on,
            row.assumed,
            row.source,
        )
        for row in windows
    ]


def site_hours(code: str, *, now: datetime) -> SiteHours:
    """Everything on record about when a site and its rooms are open.

    Raises:
        NotFound: there is no such site.
    """
    site = find_site_by_code(code)
    today = local_day(now, site.zone)
    rows = db.session.scalars(
        select(Window).where(Window.site_id == site.id).order_by(Window.opens_at, Window.id)
    ).all()
    rooms = db.session.execute(
        select(Resource.id, Resource.name)
        .where(Resource.site_id == site.id, Resource.kind.in_(ROOMS), Resource.is_active)
        .order_by(Resource.kind, Resource.sort_order, Resource.name)
    )

    def kept(room_id: int | None, name: str) -> HoursKept:
        hours = hours_of(row for row in rows if row.resource_id == room_id)
        return HoursKept(room_id, name, tuple(weeks_from(hours, today)), mark_of_hours(hours))

    return SiteHours(
        site, today, kept(None, site.name), tuple(kept(key, name) for key, name in rooms)
    )

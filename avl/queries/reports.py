"""Figures for managers, always over the sites they manage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from avl import clock
from avl.domain.access import Actor
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.models import Appearance, Booking, Site, db
from avl.queries.scope import sees

OFFICE_ZONE = "Pacific/Auckland"
"""Weeks of a national report begin on Monday in this zone, whatever sites they span."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week's figures; `appearances` counts people who were not driven to court."""

    starts_on: date
    ends_on: date
    by_status: dict[Status, int]
    appearances: int

    @property
    def booked(self) -> int:
        """Bookings made for this week that were not given up."""
        gone = {Status.HELD, Status.CANCELLED, Status.DECLINED, Status.LAPSED}
        return sum(count for status, count in self.by_status.items() if status not in gone)

    def of(self, *statuses: str) -> int:
        """Bookings of these statuses together."""
        return sum(self.by_status.get(Status(status), 0) for status in statuses)


def weeks_compared(actor: Actor) -> tuple[Week, Week]:
    """This week (Monday to Sunday) and the one before, over what the actor may see."""
    today = local_day(clock.now(), OFFICE_ZONE)
    monday = today - timedelta(days=today.weekday())
    return _week(actor, monday), _week(actor, monday - timedelta(days=7))


def _span(monday: date, days: int = 7) -> Interval:
    last = monday + timedelta(days=days - 1)
    return Interval(day_interval(monday, OFFICE_ZONE).start, day_interval(last, OFFICE_ZONE).end)


def _week(actor: Actor, monday: date) -> Week:
    span = _span(monday)
    in_week = (sees(actor), Booking.starts_at >= span.start, Booking.starts_at < span.end)
    # A booking without anybody in it would still be a booking: hence the outer join.
    counted = db.session.execute(
        select(Booking.status, func.count(Booking.id.distinct()), func.count(Appearance.id))
        .select_from(Booking)
        .outerjoin(Appearance, Appearance.booking_id == Booking.id)
        .where(*in_week)
        .group_by(Booking.status)
    ).all()
    by_status = {Status(status): int(count) for status, count, _ in counted}
    went_ahead = (Status.CONFIRMED, Status.CONNECTED, Status.COMPLETED)
    appearances = sum(int(people) for status, _, people in counted if status in went_ahead)
    return Week(monday, monday + timedelta(days=6), by_status, appearances)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Bookings of one site that did not go ahead for one reason, in the last four weeks."""

    site: str
    status: Status
    count: int


def worst_things(actor: Actor, *, limit: int = 3) -> Sequence[Trouble]:
    """Where most bookings of the last four weeks were declined, lapsed, stood down or given up."""
    today = local_day(clock.now(), OFFICE_ZONE)
    span = _span(today - timedelta(days=27), 28)
    failed = (Status.DECLINED, Status.LAPSED, Status.STOOD_DOWN, Status.CANCELLED)
    count = func.count(Booking.id.distinct())
    rows = db.session.execute(
        select(Site.name, Booking.status, count)
        .select_from(Booking)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .join(Site, Site.id == Appearance.site_id)
        .where(
            sees(actor),
            Booking.status.in_(failed),
            Booking.starts_at >= span.start,
            Booking.starts_at < span.end,
        )
        .group_by(Site.name, Booking.status)
        .order_by(count.desc(), Site.name)
        .limit(limit)
    )
    return [Trouble(name, status, number) for name, status, number in rows]

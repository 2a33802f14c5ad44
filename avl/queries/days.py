"""A prison's days by suite, and one booking as its prison sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import selectinload

from avl.domain.access import PRISON_ROLES, Actor, Do, may
from avl.domain.booking import Action, Status
from avl.domain.calendars import SiteCalendar
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval
from avl.models import (
    AuditEvent,
    Booking,
    Outage,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    db,
)
from avl.queries.calendars import load_calendars
from avl.queries.scope import sites_of
from avl.queries.seats import SeatSeen, seats_during, seats_of


@dataclass(frozen=True, slots=True)
class SuiteSeen:
    """An AVL suite (or another room), and when it is out of use."""

    id: int
    name: str
    outages: tuple[tuple[datetime, datetime | None, str], ...] = ()

    def outage_during(self, interval: Interval) -> str:
        """Why it is out of use at some moment of this, or ""."""
        for start, end, reason in self.outages:
            if start < interval.end and (end is None or end > interval.start):
                return reason
        return ""


@dataclass(frozen=True, slots=True)
class Days:
    """One or more days at a site.

    Attributes:
        site: id, code, name, short_name, zone, pickup_minutes.
        seats: earliest first; cancelled ones too.
    """

    site: Site
    first: date
    last: date
    interval: Interval
    calendar: SiteCalendar
    suites: tuple[SuiteSeen, ...]
    seats: tuple[SeatSeen, ...]
    by_suite: dict[int, list[SeatSeen]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for seat in self.seats:
            self.by_suite.setdefault(seat.suite_id, []).append(seat)

    @property
    def standing(self) -> list[SeatSeen]:
        """Seats to be filled: everything that has not been cancelled, declined or lapsed."""
        return [seat for seat in self.seats if not seat.has_ended]


def my_sites(actor: Actor) -> Sequence[Site]:
    """The sites whose AVL suites this actor looks after, by name."""
    kinds = [kind for kind in SiteKind if kind is not SiteKind.COURT]
    return db.session.scalars(sites_of(actor, *PRISON_ROLES, kinds=kinds)).all()


def get_site(actor: Actor, code: str) -> Site:
    """A site by its code.

    Raises:
        NotFound: there is none, or it is not one of this actor's.
    """
    site = db.session.scalars(_SITE, {"code": code.upper()}).first()
    if site is None or not is_theirs(actor, site.id):
        raise NotFound("There is no such site among yours.")
    return site


def days_at(actor: Actor, site_code: str, first: date, last: date | None = None) -> Days:
    """A site's days from first to last (7 queries, however many suites).

    Raises:
        NotFound: the site is not one of this actor's.
    """
    site = get_site(actor, site_code)
    last = last or first
    whole = Interval(day_interval(first, site.zone).start, day_interval(last, site.zone).end)
    calendar = load_calendars(db.session(), [site.id], first, last).sites[site.id]
    seats = seats_during([site], whole)
    suites = suites_at([site.id], whole, seats).get(site.id, ())
    return Days(site, first, last, whole, calendar, suites, seats)


def suites_at(
    site_ids: Collection[int], interval: Interval, seats: Iterable[SeatSeen] = ()
) -> dict[int, tuple[SuiteSeen, ...]]:
    """Each site's suites in order, with their outages; one no longer in service only when
    somebody is booked into it (1 query)."""
    return rooms_at(site_ids, interval, ResourceKind.SUITE, {seat.suite_id for seat in seats})


def rooms_at(
    site_ids: Collection[int], interval: Interval, kind: ResourceKind, used: Collection[int]
) -> dict[int, tuple[SuiteSeen, ...]]:
    """Each site's rooms of one kind; of those no longer in service only the ones in use."""
    rows = db.session.execute(
        select(
            Resource.id,
            Resource.site_id,
            Resource.name,
            Resource.is_active,
            Outage.starts_at,
            Outage.ends_at,
            Outage.reason,
        )
        .outerjoin(
            Outage,
            and_(
                Outage.resource_id == Resource.id,
                Outage.starts_at < interval.end,
                or_(Outage.ends_at.is_(None), Outage.ends_at > interval.start),
            ),
        )
        .where(Resource.site_id.in_(list(site_ids)), Resource.kind == kind)
        .order_by(Resource.sort_order, Resource.name, Resource.id, Outage.starts_at)
    )
    names: dict[int, tuple[int, str]] = {}
    outages: dict[int, list[tuple[datetime, datetime | None, str]]] = {}
    for row in rows:
        if row.is_active or row.id in used:
            names[row.id] = (row.site_id, row.name)
            if row.starts_at is not None:
                outages.setdefault(row.id, []).append((row.starts_at, row.ends_at, row.reason))
    found: dict[int, list[SuiteSeen]] = {}
    for suite_id, (site_id, name) in names.items():
        suite = SuiteSeen(suite_id, name, tuple(outages.get(suite_id, ())))
        found.setdefault(site_id, []).append(suite)
    return {site_id: tuple(suites) for site_id, suites in found.items()}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Who did what to a booking and when; why, where the reason was meant for the prison too."""

    at: datetime
    who: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookingSeen:
    """One booking as the prison sees it: its own people and the notes meant for it.

    Attributes:
        others: how many more people appear from other places; who they are is not shown.
        may_answer: whether the reader may confirm or decline for one of these seats.
    """

    booking_id: int
    reference: str
    version: int
    status: Status
    seats: tuple[SeatSeen, ...]
    sites: dict[int, Site]
    others: int
    may_answer: bool
    history: tuple[HistoryLine, ...]

    @property
    def first(self) -> SeatSeen:
        return self.seats[0]


def get_booking_seen(actor: Actor, reference: str) -> BookingSeen:
    """One booking by its reference, as this actor's prisons see it (6 queries).

    Raises:
        NotFound: there is none, or nobody in it appears from one of the actor's sites.
    """
    sites = my_sites(actor)
    seats = seats_of(sites, reference)
    booking = db.session.scalars(
        select(Booking)
        .where(Booking.reference == reference)
        .options(selectinload(Booking.appearances))
    ).first()
    if booking is None or not seats:
        raise NotFound(f"There is no booking {reference} at a site of yours.")
    first = seats[0]
    return BookingSeen(
        booking_id=booking.id,
        reference=first.reference,
        version=first.version,
        status=first.status,
        seats=seats,
        sites={site.id: site for site in sites},
        others=len(booking.appearances) - len(seats),
        may_answer=may(actor, Do.CONFIRM, booking),
        history=_history(booking.id),
    )


# Built once: putting a statement together costs more than running it.
_SITE = select(Site).where(Site.code == bindparam("code"))


def is_theirs(actor: Actor, site_id: int) -> bool:
    """Whether a site's days are this actor's to see."""
    if actor.is_system or actor.everywhere & {*PRISON_ROLES}:
        return True
    return site_id in actor.sites_as(*PRISON_ROLES)


# A court's reason for booking in spite of a warning is its own business.
_REASONS_FOR_ALL = frozenset(
    {Action.MOVE, Action.CANCEL, Action.DECLINE, Action.LAPSE, Action.STAND_DOWN}
)


def _history(booking_id: int) -> tuple[HistoryLine, ...]:
    """What happened to a booking since it was requested, the latest first."""
    rows = db.session.execute(
        select(AuditEvent.at, AuditEvent.user_name, AuditEvent.action, AuditEvent.reason)
        .where(AuditEvent.booking_id == booking_id, AuditEvent.action != str(Action.HOLD))
        .order_by(AuditEvent.id.desc())
    )
    return tuple(
        HistoryLine(
            row.at, row.user_name, row.action, row.reason if row.action in _REASONS_FOR_ALL else ""
        )
        for row in rows
    )

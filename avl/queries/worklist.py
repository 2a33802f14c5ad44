"""The worklist of a court or prison: what no longer stands, and its best way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from avl.domain.access import Actor, AppearanceSubject, Do, Role, SiteSubject, may
from avl.domain.booking import Action, allowed_actions
from avl.domain.disruption import Cause
from avl.domain.errors import NotFound
from avl.domain.local_time import local_day, say_clock
from avl.domain.way_out import WayKind
from avl.models import (
    Booking,
    Closure,
    ClosureKind,
    Disruption,
    HearingType,
    Outage,
    Resource,
    ResourceKind,
    Site,
    db,
)
from avl.models.base import Json
from avl.queries.place_facts import CAN_BE_OUT
from avl.queries.redact import SHOWN_PARTS, BookingShown, shown
from avl.queries.scope import sees, sites_of

KEEPERS = (Role.REGISTRY, Role.AVL_COORDINATOR)

CAUSE_WORDS = {
    Cause.OUTAGE: "Out of use",
    Cause.CLOSURE: "Closed",
    Cause.HOURS: "Hours changed",
    Cause.TRANSFER: "Transferred",
    Cause.RELEASE: "Released",
    Cause.DEATH: "No longer in custody",
    Cause.KEEP_APART: "Kept apart",
    Cause.RULE: "Rule changed",
    Cause.MODE: "In person now",
    Cause.LENGTH: "Usual length changed",
}

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One change a way makes: "Rimutaka, Suite 1" to "Rimutaka, Suite 2"."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One disruption as its reader may know it.

    Attributes:
        way: what accepting does; None while it is being worked out.
        mark: of the way, so that nobody accepts another than they saw.
        may_keep: the reader may let it stand with the length it has.
        may_direct: the reader may record a direction that keeps the AVL.
        asks: what accepting takes where AVL does not stand at the way's time by itself; else empty:
            ``why``, the ``role`` that may direct it, and whether with ``consent``.
    """

    id: int
    cause: Cause
    cause_words: str
    sentence: str
    due_at: datetime
    is_overdue: bool
    booking: BookingShown
    way: WayKind | None
    why: str
    lines: tuple[Line, ...]
    mark: str
    may_accept: bool
    may_move: bool
    may_cancel: bool
    may_keep: bool
    may_direct: bool
    opened_at: datetime
    asks: Mapping[str, str]


def worklist(actor: Actor, *, site_id: int | None, now: datetime) -> list[WorkRow]:
    """Open disruptions in this actor's scope, what is due first at the top."""
    query = open_disruptions(actor).order_by(Disruption.due_at, Booking.starts_at, Disruption.id)
    if site_id is not None:
        query = query.where(
            or_(
                Disruption.court_id == site_id,
                Disruption.site_id == site_id,
                Booking.appearances.any(site_id=site_id),
            )
        )
    return work_rows(actor, query.limit(MOST_ROWS), now)


def disruption_of(actor: Actor, booking_id: int, *, now: datetime) -> WorkRow | None:
    """Why one booking no longer stands, and its best way out; None while it stands."""
    query = (
        open_disruptions(actor)
        .where(Disruption.booking_id == booking_id)
        .order_by(Disruption.due_at)
    )
    return next(iter(work_rows(actor, query.limit(1), now)), None)


def count_open(actor: Actor) -> int:
    """How many disruptions wait in this actor's scope."""
    return _count(open_disruptions(actor))


def keeper_sites(actor: Actor) -> Sequence[Site]:
    """Courts and prisons whose worklist this actor works through."""
    return db.session.scalars(sites_of(actor, *KEEPERS)).all()


def kept_site(actor: Actor, code: str) -> Site:
    """One of them by its code.

    Raises:
        NotFound: there is none, or it is not this actor's.
    """
    found = db.session.scalars(
        sites_of(actor, *KEEPERS).where(Site.code == code.upper())
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such site among yours.")
    return found


def rooms_at(site: Site) -> Sequence[Resource]:
    """Rooms that can be taken out of use, and then a court's bridge ports."""
    return db.session.scalars(
        select(Resource)
        .where(Resource.site_id == site.id, Resource.kind.in_(CAN_BE_OUT), Resource.is_active)
        .order_by(
            Resource.kind == ResourceKind.BRIDGE_PORT,
            Resource.kind,
            Resource.sort_order,
            Resource.name,
        )
    ).all()


def hearing_types_to_spare() -> Sequence[tuple[str, str]]:
    """Hearing types that may sit in spite of a closure: code and name."""
    rows = db.session.execute(
        select(HearingType.code, HearingType.name)
        .where(HearingType.is_bookable)
        .order_by(HearingType.name)
    )
    return [(code, name) for code, name in rows]


@dataclass(frozen=True, slots=True)
class OutNow:
    """A room or bridge port out of use, or a site closed, now or later.

    Attributes:
        resource_id: of what is out of use; None for a closed site.
        site_code: of the site that is closed, or where the room is.
    """

    id: int
    what: str
    starts_at: datetime | None
    ends_at: datetime | None
    on: date | None
    times: str
    reason: str
    zone: str
    resource_id: int | None = None
    site_code: str = ""


_OUTAGES = (
    select(Outage, Resource, Site)
    .join(Resource, Resource.id == Outage.resource_id)
    .join(Site, Site.id == Resource.site_id)
    .order_by(Outage.starts_at, Outage.id)
)


def outages_of(sites: Sequence[Site], *, now: datetime) -> list[OutNow]:
    """Outages at these sites that have not ended."""
    return _out_now(
        _OUTAGES.where(
            Site.id.in_([site.id for site in sites]),
            or_(Outage.ends_at.is_(None), Outage.ends_at > now),
        )
    )


def outage_told(outage_id: int) -> OutNow:
    """One outage, for whoever has just recorded it."""
    return _out_now(_OUTAGES.where(Outage.id == outage_id))[0]


def kept_outage(actor: Actor, outage_id: int) -> OutNow:
    """One outage at a site of the actor's, also one that has ended.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = _out_now(_OUTAGES.where(Outage.id == outage_id))
    if not found:
        raise NotFound("There is no such outage.")
    kept_site(actor, found[0].site_code)
    return found[0]


def kept_closure(actor: Actor, closure_id: int) -> OutNow:
    """One closure of a site of the actor's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = db.session.get(Closure, closure_id)
    site = db.session.get(Site, row.site_id) if row and row.site_id else None
    if row is None or site is None or row.kind is not ClosureKind.CLOSED:
        raise NotFound("There is no such closure.")
    kept_site(actor, site.code)
    return _closed(row, site)


def _out_now(wanted: Select[Outage, Resource, Site]) -> list[OutNow]:
    return [
        OutNow(
            out.id,
            f"{site.short_name}, {room.name}",
            out.starts_at,
            out.ends_at,
            None,
            "",
            out.reason,
            site.zone,
            room.id,
            site.code,
        )
        for out, room, site in db.session.execute(wanted)
    ]


def closures_of(sites: Sequence[Site], *, now: datetime) -> list[OutNow]:
    """One-off closures of these sites, from today on; none where there is no site."""
    if not sites:
        return []
    by_id = {site.id: site for site in sites}
    first = min(local_day(now, site.zone) for site in sites)
    rows = db.session.scalars(
        select(Closure)
        .where(
            Closure.site_id.in_(sorted(by_id)),
            Closure.kind == ClosureKind.CLOSED,
            Closure.on_date >= first,
        )
        .order_by(Closure.on_date)
        .limit(60)
    )
    return [_closed(row, by_id[row.site_id]) for row in rows]


def _closed(row: Closure, site: Site) -> OutNow:
    return OutNow(
        row.id,
        site.short_name,
        None,
        None,
        row.on_date,
        f"{say_clock(row.from_time)} to {say_clock(row.to_time)}"
        if row.from_time and row.to_time
        else "all day",
        row.reason,
        site.zone,
        site_code=site.code,
    )


def is_acceptable(way: Mapping[str, Any]) -> bool:
    """Whether a way does anything by itself when it is accepted."""
    return way["kind"] not in (WayKind.BY_HAND, WayKind.STAY)


def may_accept(actor: Actor, booking: Booking, way: Mapping[str, Any]) -> bool:
    """Whether this actor may do what a way says.

    The court decides about times, and about cancelling. A coordinator may choose another suite
    in their own prison at the same time, because that changes nothing for the court.
    """
    if way["kind"] != WayKind.MOVE:
        return may(actor, Do.CANCEL, booking)
    if may(actor, Do.MOVE, booking):
        return True
    sites = suites_changed_at(way)
    return bool(way["is_suite_only"]) and all(
        may(actor, Do.CHANGE_SUITE, seats_at(booking, site_id)) for site_id in sites
    )


def suites_changed_at(way: Mapping[str, Any]) -> set[int]:
    """Site ids where a way changes somebody's suite."""
    return {seat["site"] for seat in way["seats"] if seat["before"] != seat["after"]}


def seats_at(booking: Booking, site_id: int) -> AppearanceSubject:
    """One prison's part in a booking, as access rules ask about it."""
    return AppearanceSubject(
        booking.requested_at, booking.court_id, frozenset({site_id}), frozenset()
    )


def open_disruptions(actor: Actor) -> Select[Disruption]:
    """Disruptions in this actor's scope that nobody has settled."""
    return (
        select(Disruption)
        .join(Booking, Booking.id == Disruption.booking_id)
        .where(Disruption.resolved_at.is_(None), sees(actor))
    )


def _count(query: Select[Disruption]) -> int:
    return db.session.scalar(query.with_only_columns(func.count(Disruption.id))) or 0


def work_rows(actor: Actor, query: Select[Disruption], now: datetime) -> list[WorkRow]:
    """These disruptions as the actor may know them."""
    rows = db.session.scalars(query).all()
    if not rows:
        return []
    ids = [row.booking_id for row in rows]
    found = db.session.scalars(select(Booking).where(Booking.id.in_(ids)).options(*SHOWN_PARTS))
    bookings = {booking.id: booking for booking in found}
    return [_row(actor, row, bookings[row.booking_id], now) for row in rows]


def _row(actor: Actor, row: Disruption, booking: Booking, now: datetime) -> WorkRow:
    seen = shown(actor, booking)
    way: Json = row.way if row.way_version == booking.version else {}
    actions = allowed_actions(booking.status)
    return WorkRow(
        id=row.id,
        cause=row.cause,
        cause_words=CAUSE_WORDS[row.cause],
        sentence=row.sentence,
        due_at=row.due_at,
        is_overdue=row.due_at < now,
        booking=seen,
        way=WayKind(way["kind"]) if way else None,
        why=way.get("why", ""),
        lines=lines_of(actor, booking, way),
        mark=way.get("mark", ""),
        may_accept=bool(way) and is_acceptable(way) and may_accept(actor, booking, way),
        may_move=Do.MOVE in seen.may and Action.MOVE in actions,
        may_cancel=Do.CANCEL in seen.may and Action.CANCEL in actions,
        may_keep=row.cause is Cause.LENGTH and Do.MOVE in seen.may and Action.MOVE in actions,
        may_direct=row.cause is Cause.MODE
        and Action.AMEND in actions
        and may(actor, Do.DIRECT_MODE, SiteSubject(booking.court_id)),
        opened_at=row.opened_at,
        asks=way.get("asks", {}),
    )


def lines_of(actor: Actor, booking: Booking, way: Json) -> tuple[Line, ...]:
    """What a move changes; where a co-defendant sits is not another prison's business."""
    if way.get("kind") != WayKind.MOVE:
        return ()
    pairs = [way["when"], way["around"], way["room"]]
    pairs += [
        [seat["before"], seat["after"]]
        for seat in way["seats"]
        if may(actor, Do.SEE, seats_at(booking, seat["from_site"]))
    ]
    return tuple(Line(before, after) for before, after in pairs if before != after)

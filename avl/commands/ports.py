"""Bridge ports added, out of use and withdrawn: who lacks one takes another that is free, and who
still lacks one then says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.disruption_steps import Watch, watch_resources
from avl.commands.transaction import command
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.domain.bridges import first_free, ports_needed
from avl.domain.interval import Interval
from avl.models import Appearance, Booking, Disruption, Hold, Outage, Resource, ResourceKind, db
from avl.queries.disruptions import with_parts
from avl.queries.placements import placement_of

CHANGEABLE = (Status.HELD, Status.REQUESTED, Status.CONFIRMED, Status.STOOD_DOWN)
"""A link that is up keeps its ports: whoever runs it sees what works."""

_IS_OUT = and_(
    Outage.resource_id == Hold.resource_id,
    Outage.starts_at < Hold.ends_at,
    or_(Outage.ends_at.is_(None), Outage.ends_at > Hold.starts_at),
)


def ports_beside(session: Session, room_ids: Collection[int]) -> list[int]:
    """Resource ids of every port of the courts to which these ports belong; none for rooms."""
    courts = select(Resource.site_id).where(
        Resource.id.in_(sorted(room_ids)), Resource.kind == ResourceKind.BRIDGE_PORT
    )
    return list(
        session.scalars(
            select(Resource.id)
            .where(Resource.site_id.in_(courts), Resource.kind == ResourceKind.BRIDGE_PORT)
            .order_by(Resource.id)
        )
    )


def watch_links(session: Session, court_id: int) -> Watch:
    """Watch everything still to come of a court whose bridge is about to change.

    A link of three ends or more made while the court had no port holds none, so it is found by its
    courtroom. Offers only held are locked as well: they are given ports too.
    """
    _links(session, court_id)
    kinds = (ResourceKind.COURTROOM, ResourceKind.BRIDGE_PORT)
    wanted = select(Resource.id).where(Resource.site_id == court_id, Resource.kind.in_(kinds))
    return watch_resources(session, list(session.scalars(wanted)), clock.now())


def settle_ports(session: Session, court_id: int) -> None:
    """Let every link of a court have the ports it needs, as far as they are free, earliest first.

    The first port a court is given makes them scarce: whoever was linked without one takes what a
    new booking would take. `watch_links` must have been called.
    """
    bridge = select(Resource.id).where(
        Resource.site_id == court_id, Resource.kind == ResourceKind.BRIDGE_PORT
    )
    ports = list(session.scalars(bridge))
    give_other_ports(session, ports)
    taken = _taken(session, ports, clock.now())
    session.add_all(
        hold for booking in _links(session, court_id) for hold in _missing(session, booking, taken)
    )
    session.flush()


def _links(session: Session, court_id: int) -> list[Booking]:
    """A court's links over a bridge that may still get a port, locked in id order; the earliest
    first."""
    ends = select(func.count(Appearance.id)).where(Appearance.booking_id == Booking.id)
    wanted = (
        select(Booking)
        .where(
            Booking.court_id == court_id,
            Booking.status.in_(CHANGEABLE),
            Booking.ends_at > clock.now(),
            ends.scalar_subquery() > 1,
        )
        .order_by(Booking.id)
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(with_parts(wanted)).unique()
    return sorted(found, key=lambda booking: (booking.starts_at, booking.id))


def _missing(
    session: Session, booking: Booking, taken: Mapping[int, list[Interval]]
) -> Iterator[Hold]:
    """The ports a link lacks, as many as are free; they are taken then."""
    had = Counter(
        session.scalars(
            select(Hold.leg_id).where(
                Hold.booking_id == booking.id, Hold.resource_id.in_(sorted(taken))
            )
        )
    )
    seats = placement_of(booking).seats
    for leg in booking.legs:
        interval = Interval(leg.starts_at, leg.ends_at)
        for _ in range(ports_needed(seats, leg.kind) - had[leg.id]):
            if (port := first_free(interval, taken)) is None:
                return
            taken[port].append(interval)
            yield Hold(
                booking_id=booking.id,
                leg_id=leg.id,
                resource_id=port,
                starts_at=interval.start,
                ends_at=interval.end,
                is_exclusive=True,
            )


def give_other_ports(session: Session, ports: Collection[int]) -> None:
    """Give whoever keeps a port while it is out of use, or withdrawn for good, another that is
    free, where there is one.

    Which port an end has is all the same, so nobody is told. The ports must be locked.

    Args:
        ports: every port of the courts concerned.
    """
    now = clock.now()
    held = session.scalars(
        select(Hold)
        .join(Booking, Booking.id == Hold.booking_id)
        .join(Resource, Resource.id == Hold.resource_id)
        .outerjoin(Outage, _IS_OUT)
        .where(
            or_(Outage.id.is_not(None), Resource.is_active.is_(False)),
            Hold.resource_id.in_(sorted(ports)),
            Hold.ends_at > now,
            Booking.status.in_(CHANGEABLE),
        )
        .order_by(Hold.starts_at, Hold.id)
        .distinct()
    ).all()
    if not held:
        return
    courts = _by_court(session, ports)
    taken = _taken(session, ports, now)
    for hold in held:
        interval = Interval(hold.starts_at, hold.ends_at)
        beside = next(few for few in courts if hold.resource_id in few)
        found = first_free(interval, {port: taken[port] for port in beside})
        if found is not None:
            taken[found].append(interval)
            hold.resource_id = found
    session.flush()


def mend_links() -> int:
    """Give ports that have come free to bookings that lack one; returns how many stand again."""
    session = db.session()
    session.rollback()
    is_needed = session.scalars(_lacking().limit(1)).first() is not None
    session.rollback()
    return _mend() if is_needed else 0


@command
def _mend(session: Session) -> int:
    lacking = sorted(set(session.scalars(_lacking())))
    ports = ports_beside(session, lacking)
    watch = watch_resources(session, lacking, clock.now(), beside=ports)
    give_other_ports(session, ports)
    return len(watch.sweep(session, by=SYSTEM).mended)


def _lacking() -> Select[int]:
    """Ports out of use that a booking on the worklist still keeps."""
    return (
        select(Hold.resource_id)
        .join(Resource, Resource.id == Hold.resource_id)
        .join(Outage, _IS_OUT)
        .join(Disruption, Disruption.booking_id == Hold.booking_id)
        .where(
            Resource.kind == ResourceKind.BRIDGE_PORT,
            Disruption.resolved_at.is_(None),
            Hold.ends_at > clock.now(),
        )
    )


def _by_court(session: Session, ports: Collection[int]) -> Sequence[list[int]]:
    """The ports in use, court by court, in id order."""
    rows = session.execute(
        select(Resource.site_id, Resource.id)
        .where(Resource.id.in_(sorted(ports)))
        .order_by(Resource.id)
    )
    found: dict[int | None, list[int]] = defaultdict(list)
    for site_id, port in rows:
        found[site_id].append(port)
    return list(found.values())


def _taken(session: Session, ports: Collection[int], now: datetime) -> dict[int, list[Interval]]:
    """When each port cannot be had: held, out of use, or withdrawn for good."""
    found: dict[int, list[Interval]] = {port: [] for port in ports}
    ids = sorted(ports)
    ever = Interval(now, datetime.max.replace(tzinfo=now.tzinfo))
    held = select(Hold.resource_id, Hold.starts_at, Hold.ends_at).where(
        Hold.resource_id.in_(ids), Hold.ends_at > now
    )
    for port, start, end in session.execute(held):
        found[port].append(Interval(start, end))
    out = select(Outage.resource_id, Outage.starts_at, Outage.ends_at).where(
        Outage.resource_id.in_(ids), or_(Outage.ends_at.is_(None), Outage.ends_at > now)
    )
    for port, start, until in session.execute(out):
        found[port].append(Interval(start, until or ever.end))
    gone = select(Resource.id).where(Resource.id.in_(ids), Resource.is_active.is_(False))
    for port in session.scalars(gone):
        found[port].append(ever)
    return found

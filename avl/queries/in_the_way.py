"""Bookings that stand in the way of a time, and which of them the reader may move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from avl.domain.access import Actor, Role
from avl.domain.booking import LegKind, Status
from avl.domain.local_time import say_time
from avl.models import Appearance, Booking, HearingType, Leg, Site, db
from avl.queries.scope import sees, within


def movable_among(
    actor: Actor, references: Sequence[str], *, now: datetime, but: str = ""
) -> dict[str, str]:
    """Those of these bookings that are the reader's to move, in the order given (1 query), each
    with what it is and when, such as "Bail hearing, 2:45 pm to 3:05 pm".

    What has begun, is marked fixed or starts within the freeze of one of its sites stays.

    Args:
        but: the reference of the booking being moved, which changes places with others only.
    """
    wanted = [reference for reference in references if reference != but]
    if not wanted:
        return {}
    either_end = aliased(Site)
    remote = select(Appearance.site_id).where(Appearance.booking_id == Booking.id)
    freeze = (
        select(func.max(either_end.freeze_minutes))
        .where(or_(either_end.id == Booking.court_id, either_end.id.in_(remote)))
        .correlate(Booking)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Booking.reference,
            Booking.starts_at,
            freeze,
            HearingType.name,
            Leg.starts_at,
            Leg.ends_at,
            Site.zone,
        )
        .join(Site, Site.id == Booking.court_id)
        .join(HearingType, HearingType.code == Booking.hearing_type_code)
        .join(Leg, and_(Leg.booking_id == Booking.id, Leg.kind == LegKind.HEARING))
        .where(
            Booking.reference.in_(wanted),
            Booking.status.in_((Status.REQUESTED, Status.CONFIRMED)),
            ~Booking.is_fixed,
            within(actor, Role.REGISTRY),
            sees(actor),
        )
    )
    found = {
        reference: f"{name}, {say_time(start, zone)} to {say_time(end, zone)}"
        for reference, starts_at, minutes, name, start, end, zone in rows
        if starts_at > now and starts_at >= now + timedelta(minutes=minutes)
    }
    return {reference: found[reference] for reference in wanted if reference in found}

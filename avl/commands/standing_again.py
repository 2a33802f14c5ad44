"""Bookings that stand again because another one has gone: nobody has to move them any more."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.disruption_steps import watch_bookings
from avl.commands.transaction import command
from avl.domain.access import SYSTEM
from avl.domain.disruption import OF_COMPANY
from avl.domain.way_out import stands
from avl.models import Booking, Disruption, db
from avl.queries.disruptions import MOVABLE, facts_about, with_parts
from avl.queries.placements import placement_of

MOST = 200
"""So many are looked at, the earliest first."""


def mend_company() -> int:
    """End the disruptions of bookings that were only in the way of others that are gone.

    They are looked for without a lock, and judged once more under one.

    Returns:
        How many bookings stand again.
    """
    session = db.session()
    session.rollback()
    wanted = (
        select(Booking)
        .join(Disruption, Disruption.booking_id == Booking.id)
        .where(
            Disruption.resolved_at.is_(None),
            Disruption.cause.in_(OF_COMPANY),
            Booking.status.in_(MOVABLE),
            Booking.ends_at > clock.now(),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST)
    )
    bookings = session.scalars(with_parts(wanted)).all()
    found = []
    for _, few in groupby(bookings, key=lambda one: one.starts_at.isocalendar()[:2]):
        week = list(few)
        world = facts_about(session, week)
        found += [one.id for one in week if stands(placement_of(one), world, booking_id=one.id)]
    session.rollback()
    return _mend(found) if found else 0


@command
def _mend(session: Session, booking_ids: list[int]) -> int:
    return len(watch_bookings(session, booking_ids).sweep(session, by=SYSTEM).mended)

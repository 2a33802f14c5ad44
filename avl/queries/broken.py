"""Whether a booking that is read has stopped being valid, and why."""

from __future__ import annotations

from sqlalchemy import select

from avl.models import Booking, Disruption

TROUBLE = (
    select(Disruption.cause)
    .where(Disruption.booking_id == Booking.id, Disruption.resolved_at.is_(None))
    .correlate(Booking)
    .scalar_subquery()
)
"""In a statement that reads bookings: why the worklist has this one; NULL where it has not."""

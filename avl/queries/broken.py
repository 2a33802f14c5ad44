"""Whether a booking that is read has stopped being valid."""

from __future__ import annotations

from sqlalchemy import select

from avl.models import Booking, Disruption

IS_BROKEN = (
    select(Disruption.id)
    .where(Disruption.booking_id == Booking.id, Disruption.resolved_at.is_(None))
    .correlate(Booking)
    .exists()
)
"""In a statement that reads bookings: the worklist has this one, and nobody has settled it."""

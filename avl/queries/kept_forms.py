"""What an officer has typed into a booking form, and what was booked or is kept from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from avl import clock
from avl.domain.access import Actor
from avl.domain.booking import LegKind, Status, is_kept_no_longer
from avl.domain.interval import Interval
from avl.models import Booking, BookingForm, Leg, Site, db
from avl.queries.scope import sees, visible_bookings


@dataclass(frozen=True, slots=True)
class Held:
    """The time that a form keeps at present: its own hold never stands in its way.

    Attributes:
        is_over: its minutes have gone by; whoever comes first may have it.
    """

    id: int
    reference: str
    hearing: Interval
    zone: str
    expires_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class KeptForm:
    """One form as it is kept."""

    typed: Mapping[str, Any]
    held: Held | None


def find_form(actor: Actor, key: str) -> KeptForm | None:
    """What this actor typed under a form's key, and what it keeps; None when there is nothing."""
    if not key:
        return None
    row = db.session.execute(
        select(
            BookingForm.typed,
            Booking.id,
            Booking.reference,
            Booking.status,
            Booking.expires_at,
            Leg.starts_at,
            Leg.ends_at,
            Site.zone,
        )
        .outerjoin(
            Booking,
            and_(
                Booking.form_key == BookingForm.key,
                Booking.created_by_id == BookingForm.user_id,
                sees(actor),
            ),
        )
        .outerjoin(Leg, and_(Leg.booking_id == Booking.id, Leg.kind == LegKind.HEARING))
        .outerjoin(Site, Site.id == Booking.court_id)
        .where(BookingForm.key == key, BookingForm.user_id == actor.user_id)
        .order_by(Booking.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    typed, booking_id, reference, status, expires_at, start, end, zone = row
    if status is not Status.HELD:
        return KeptForm(typed, None)
    is_over = is_kept_no_longer(status, expires_at, clock.now())
    held = Held(booking_id, reference, Interval(start, end), zone, expires_at, is_over)
    return KeptForm(typed, held)


def booking_from_form(actor: Actor, key: str) -> Booking | None:
    """The latest booking or hold made from a form, so that one form never makes two."""
    return db.session.scalars(
        visible_bookings(actor)
        .where(Booking.form_key == key, Booking.created_by_id == actor.user_id)
        .order_by(Booking.id.desc())
    ).first()

"""The record of who did what, when and why, and the chain that seals it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.audit import FIRST_SEAL, seal_of
from avl.domain.booking import Action
from avl.models import AuditEvent, AuditSeal, Booking
from avl.models.base import Json
from avl.queries.ready import Adding

Event = dict[str, Any]
"""An audit event's columns, not written yet."""

BATCH = 500
_ADD = Adding(AuditEvent)


def record(
    session: Session,
    action: Action | str,
    *,
    by: Actor,
    booking: Booking | None = None,
    subject: str = "",
    reason: str = "",
    changes: Json | None = None,
) -> None:
    """Write one audit event in the command's own transaction; see `event_of`."""
    event = event_of(
        action, by=by, booking=booking, subject=subject, reason=reason, changes=changes
    )
    record_all(session, [event])


def record_all(session: Session, events: Sequence[Event]) -> None:
    """Write several audit events in the command's own transaction, in this order."""
    _ADD.rows(session, events)


def event_of(
    action: Action | str,
    *,
    by: Actor,
    booking: Booking | None = None,
    subject: str = "",
    reason: str = "",
    changes: Json | None = None,
) -> Event:
    """What the audit is to say of one change.

    Args:
        subject: what it was done to, when that is not a booking (a site code, a user's e-mail).
        booking: flushed, so that it has an id.
        changes: what changed, each name with [before, after]; ids and times, never names.
    """
    return {
        "at": clock.now(),
        "user_id": by.user_id,
        "user_name": by.name,
        "action": str(action),
        "booking_id": booking.id if booking else None,
        "subject": subject or (booking.reference if booking else ""),
        "reason": reason,
        "changes": changes or {},
    }


@command
def seal_audit(session: Session) -> int:
    """Chain the events not sealed yet, in id order; returns how many.

    An event whose transaction committed late has a smaller id than one already sealed; it is
    sealed next, so order of sealing, not id, is the chain's order (``position``).
    """
    last = session.scalars(
        select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1).with_for_update()
    ).first()
    position, seal = (last.position, last.seal) if last else (0, FIRST_SEAL)
    events = session.scalars(
        select(AuditEvent)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .where(AuditSeal.event_id.is_(None))
        .order_by(AuditEvent.id)
        .limit(BATCH)
    ).all()
    for event in events:
        position, seal = position + 1, seal_of(seal, event)
        session.add(AuditSeal(event_id=event.id, position=position, seal=seal))
    return len(events)

"""Reading the audit: whether its chain holds."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.audit import FIRST_SEAL, seal_of
from avl.models import AuditEvent, AuditSeal


def verify_audit(session: Session) -> list[str]:
    """Walk the chain and list what does not fit; an empty list means that it holds.

    A cut-off tail cannot be seen from inside the table: compare the last seal (the command
    prints it) with one noted elsewhere.
    """
    faults, previous, expected = [], FIRST_SEAL, 1
    rows = session.execute(
        select(AuditSeal, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .order_by(AuditSeal.position)
        .execution_options(yield_per=1000, populate_existing=True)
    )
    for seal, found in rows:
        event: AuditEvent | None = found  # the join is an outer one
        if seal.position != expected:
            faults.append(f"Seal {expected} is missing.")
            expected = seal.position
        if event is None:
            faults.append(f"Event {seal.event_id} is missing.")
        elif seal_of(previous, event) != seal.seal:
            faults.append(f"Event {event.id} or its seal was changed.")
        previous, expected = seal.seal, expected + 1
    return faults

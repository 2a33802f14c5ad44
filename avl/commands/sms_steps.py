"""The steps that every command on texts shares: lock a row, change its state by the table.

Each takes the caller's session and runs inside the caller's transaction.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.sms import NEEDS_STAFF, SmsEvent, SmsState, Timing, next_state
from avl.models import Counsel, Sms

logger = logging.getLogger(__name__)


def lock(session: Session, sms_id: int) -> Sms | None:
    return session.scalars(
        select(Sms)
        .where(Sms.id == sms_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def apply(sms: Sms, event: SmsEvent, now: datetime, *, why: str = "") -> bool:
    """Take the step the table names, or none. Final rows lose their next times."""
    before = SmsState(sms.state)
    after = next_state(before, event)
    if after is before:
        extra = {"sms": sms.id, "state": str(before), "event": str(event)}
        logger.debug("nothing to change on a text", extra=extra)
        return False
    sms.state = after
    sms.updated_at = now
    sms.lease_until = sms.check_at = None
    sms.lease_owner = ""
    sms.needs_staff = after in NEEDS_STAFF
    if why:
        sms.result_code = why[:40]
    return True


def adopt(sms: Sms, sid: str, event: SmsEvent, now: datetime, timing: Timing) -> None:
    """Take a provider's id as proof. A second, different id means that a text left twice."""
    if sms.sid not in (None, sid):
        logger.critical("a text has two ids", extra={"sms": sms.id, "sid": sid})
    apply(sms, event, now)
    if sms.sid is None:
        sms.sid = sid
    if sms.state in (SmsState.ACCEPTED, SmsState.SENT) and sms.check_at is None:
        sms.check_at = now + timing.poll_after


def into_doubt(sms: Sms, event: SmsEvent, now: datetime, timing: Timing, *, why: str) -> None:
    if apply(sms, event, now, why=why):
        sms.doubts += 1
        sms.clear_lists = 0
        sms.last_clear_list_at = None
        sms.check_at = now + timing.settle


def mark_number_bad(session: Session, sms: Sms) -> None:
    session.get_one(Counsel, sms.counsel_id).mobile_is_bad = True
    logger.warning("a number cannot be texted: ask counsel", extra={"sms": sms.id})

"""Keeping texts back after a restore, and letting them go again.

A backup does not know what left after it was made. So whatever it holds unsent stays here until
the operator says so; what may have left is in doubt, and the provider's own list settles it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl.commands.audit import record
from avl.commands.sms_steps import apply, into_doubt
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.errors import ActionNotAllowed
from avl.domain.sms import TIMING, SmsEvent, SmsState, Timing
from avl.models import Sending, Sms
from avl.queries.database_time import database_now
from avl.queries.sending import LOST, Kept, kept_texts, maybe_gone_texts


def keep_back(session: Session, now: datetime, *, why: str, timing: Timing = TIMING) -> Sending:
    """Pause sending in the caller's transaction; every text there is now came from a backup.

    Texts that were on their way are in doubt from here on, and those in doubt already are looked
    for afresh: looks counted before the backup say nothing about what left after it.
    """
    row = session.get(Sending, 1) or Sending(id=1)
    row.paused_at, row.why = now, why
    row.restored_up_to = session.scalar(select(func.max(Sms.id))) or 0
    session.add(row)
    for sms in session.scalars(select(Sms).where(Sms.state == SmsState.DOUBT)):
        sms.clear_lists, sms.last_clear_list_at = 0, None
    for sms in session.scalars(select(Sms).where(Sms.state == SmsState.SENDING)):
        into_doubt(sms, SmsEvent.RESTORED, now, timing, why="restored")
    session.flush()
    return row


@command
def resume_sending(session: Session, *, by: Actor, timing: Timing = TIMING) -> Kept:
    """Let texts leave again; returns what becomes of those that waited.

    Those whose time is past are given up. Those of the backup that were due by now may have left
    since it was made: they are in doubt, and leave only if the provider does not have them.

    Raises:
        ActionNotAllowed: sending is not paused.
    """
    now = database_now(session)
    row = session.scalars(select(Sending).with_for_update()).first()
    if row is None:
        row = keep_back(session, now, why=LOST)
    elif row.paused_at is None:
        raise ActionNotAllowed("Sending is not paused.")
    kept = kept_texts(session, now)
    past = select(Sms).where(
        Sms.state.in_((SmsState.PENDING, SmsState.DOUBT)), Sms.expires_at <= now
    )
    for sms in session.scalars(past).all():
        apply(sms, SmsEvent.EXPIRED, now, why="expired")
    for sms in session.scalars(maybe_gone_texts(session, now)).all():
        into_doubt(sms, SmsEvent.RESTORED, now, timing, why="restored")
    row.paused_at, row.why = None, ""
    record(session, "resume_sending", by=by, subject="text messages")
    return kept

"""Texts on their way: told, looked up, and lost on purpose."""

from __future__ import annotations

from sqlalchemy import select

from avl.commands.outbox import queue_news
from avl.commands.transaction import command
from avl.domain.sms import Doubt, SmsKind, SmsState
from avl.jobs.dispatch import deliver_due
from avl.jobs.shift import Shift
from avl.models import Booking, Sms, SmsAttempt, db

FRIDAY = "2026-11-27"


@command
def tell(session, booking_id: int) -> None:
    queue_news(session, session.get_one(Booking, booking_id))


def text(kind: SmsKind = SmsKind.BOOKED) -> Sms:
    db.session.expire_all()
    return db.session.scalars(select(Sms).where(Sms.kind == kind)).first()


def attempts() -> list[SmsAttempt]:
    db.session.expire_all()
    return list(db.session.scalars(select(SmsAttempt).order_by(SmsAttempt.id)))


def lost(shift: Shift, *, kept: bool) -> None:
    """Send once, and lose the answer; ``kept``: the provider has the text all the same."""
    shift.gateway.answers.append((Doubt("ReadTimeout"), kept))
    assert deliver_due(shift) == 1
    assert text().state == SmsState.DOUBT

"""Finding out what became of a text: the provider's list, its callbacks, and asking it.

A text in doubt goes out a second time only after two complete lists, well apart, were without
it. A signed callback proves that the provider has it, however little we knew before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.commands.outbox import new_mark
from avl.commands.sms_steps import adopt, apply, lock, mark_number_bad
from avl.commands.transaction import command
from avl.domain.sms import (
    LIST_SLACK,
    TIMING,
    SmsEvent,
    SmsState,
    Timing,
    event_of_report,
)
from avl.messages.sms import mark_in_body
from avl.models import Sms, SmsAttempt
from avl.queries.database_time import database_now
from avl.queries.sending import restored_up_to
from avl.queries.sms import find_attempt, sms_in

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(minutes=30)
RESEND_UNTIL = timedelta(minutes=60)
_HANDSET_CODES = frozenset({30001, 30003, 30008})
_DEAD_NUMBER_CODES = frozenset({21211, 21217, 21614, 30005, 30006})

# Doubt and its settlement ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DoubtCase:
    """One text to be looked for in the provider's list.

    Attributes:
        mark: how the text can be known in a body.
        since: look no further back; a minute before the first attempt.
        asked_at: when this look began, by the database's clock.
    """

    sms_id: int
    to: str
    mark: str
    since: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A text that the provider's list holds."""

    sid: str
    status: str


@command
def take_doubts(session: Session, *, timing: Timing = TIMING, limit: int = 10) -> list[DoubtCase]:
    """Take the doubts whose look is due, so that no other worker looks at the same time."""
    now = database_now(session)
    texts = session.scalars(sms_in(SmsState.DOUBT, before=now, limit=limit)).all()
    cases = []
    for sms in texts:
        sms.check_at = now + timing.lease
        first = session.scalars(
            select(SmsAttempt).where(SmsAttempt.sms_id == sms.id).order_by(SmsAttempt.number)
        ).first()
        since = (first.started_at if first else sms.created_at) - LIST_SLACK
        cases.append(DoubtCase(sms.id, sms.to_e164, mark_in_body(sms.ref), since, now))
    return cases


@command
def settle_doubt(
    session: Session,
    case: DoubtCase,
    found: Sequence[Found] | None,
    *,
    timing: Timing = TIMING,
) -> None:
    """Draw the conclusion from one look at the provider's list.

    Args:
        found: what the complete list holds for this text; None when it could not be read.
    """
    now = database_now(session)
    sms = lock(session, case.sms_id)
    if sms is None or sms.state != SmsState.DOUBT:
        return
    if found is None:
        apply(sms, SmsEvent.LIST_UNREACHABLE, now)
        sms.check_at = now + _list_backoff(session, sms, now, timing)
    elif found:
        if len(found) > 1:
            logger.critical("a text left twice", extra={"sms": sms.id, "count": len(found)})
        _found(session, sms, found[0], now, timing)
    else:
        _absent(sms, case.asked_at, now, timing)


def _found(session: Session, sms: Sms, found: Found, now: datetime, timing: Timing) -> None:
    adopt(sms, found.sid, SmsEvent.FOUND, now, timing)
    attempt = find_attempt(session, sms.token or "")
    if attempt is not None and attempt.sid is None:
        attempt.sid, attempt.outcome = found.sid, "found"
    event = event_of_report(found.status)
    if event is not None:
        adopt(sms, found.sid, event, now, timing)


def _absent(sms: Sms, asked_at: datetime, now: datetime, timing: Timing) -> None:
    """Count one complete list without the text; two, well apart, allow a second request."""
    last = sms.last_clear_list_at
    if last is None or asked_at - last >= timing.between_lists:
        sms.clear_lists += 1
        sms.last_clear_list_at = asked_at
    if sms.clear_lists < 2:
        apply(sms, SmsEvent.ABSENT_ONCE, now)
        sms.check_at = (sms.last_clear_list_at or now) + timing.between_lists
    elif sms.doubts >= timing.max_doubts:
        apply(sms, SmsEvent.DOUBTS_USED_UP, now, why="doubts_used_up")
        logger.error("a text was given up: ring counsel", extra={"sms": sms.id})
    else:
        apply(sms, SmsEvent.ABSENT_TWICE, now, why="absent")


def _list_backoff(session: Session, sms: Sms, now: datetime, timing: Timing) -> timedelta:
    """Longer the longer the doubt lasts, up to the limit."""
    attempt = find_attempt(session, sms.token or "")
    waited = now - (attempt.started_at if attempt else now)
    return min(timing.list_backoff, max(timing.between_lists / 2, waited / 4))


# Reports from the provider --------------------------------------------------------------------


@command
def record_report(
    session: Session,
    *,
    token: str,
    sid: str,
    status: str,
    code: int | None = None,
    timing: Timing = TIMING,
) -> bool:
    """Take a signed callback. Repeats and disorder change nothing; unknown ones are refused.

    Returns:
        Whether the token and the provider's id belong together.
    """
    now = database_now(session)
    attempt = find_attempt(session, token)
    if attempt is None or attempt.sid not in (None, sid):
        logger.warning("a report that fits no attempt", extra={"sid": sid})
        return False
    sms = lock(session, attempt.sms_id)
    event = event_of_report(status)
    if sms is None or event is None:
        logger.warning("a report in an unknown word", extra={"sid": sid, "status": status})
        return sms is not None
    attempt.sid = sid
    _report(session, sms, sid, event, code, now, timing)
    return True


@dataclass(frozen=True, slots=True)
class Silent:
    """A text the provider has said nothing final about."""

    sms_id: int
    sid: str


@command
def take_silent(session: Session, *, timing: Timing = TIMING, limit: int = 20) -> list[Silent]:
    """Take the texts whose provider should be asked; give up on those silent for a day."""
    now = database_now(session)
    silent = []
    for state in (SmsState.ACCEPTED, SmsState.SENT):
        for sms in session.scalars(sms_in(state, before=now, limit=limit)).all():
            attempt = find_attempt(session, sms.token or "")
            began = attempt.started_at if attempt else sms.created_at
            if now - began > timing.give_up_after or sms.sid is None:
                apply(sms, SmsEvent.NO_NEWS, now, why="no_news")
                continue
            sms.check_at = now + timing.poll_every
            silent.append(Silent(sms.id, sms.sid))
    return silent


@command
def record_answer(
    session: Session, silent: Silent, status: str, code: int | None, *, timing: Timing = TIMING
) -> None:
    """Write down what the provider said when asked about one text."""
    sms = lock(session, silent.sms_id)
    event = event_of_report(status)
    if sms is not None and event is not None:
        _report(session, sms, silent.sid, event, code, database_now(session), timing)


def _report(
    session: Session,
    sms: Sms,
    sid: str,
    event: SmsEvent,
    code: int | None,
    now: datetime,
    timing: Timing,
) -> None:
    before = sms.state
    adopt(sms, sid, event, now, timing)
    if event is not SmsEvent.REPORTED_UNDELIVERED or before == sms.state:
        return
    sms.result_code = str(code or "undelivered")
    if code in _DEAD_NUMBER_CODES:
        mark_number_bad(session, sms)
    elif code in _HANDSET_CODES:
        _resend(session, sms, now)


def _resend(session: Session, sms: Sms, now: datetime) -> None:
    """Try a handset that was off or out of reach once more, as a new text."""
    if sms.id <= restored_up_to(session):
        # It may have been tried again after the backup was made; staff are asked to ring.
        return
    parent = session.get(Sms, sms.resend_of_id) if sms.resend_of_id else None
    due = now + RESEND_AFTER
    already = parent is not None and parent.state == SmsState.UNDELIVERED
    if already or due + RESEND_UNTIL >= sms.expires_at:
        return
    mark = new_mark(session)
    session.add(
        Sms(
            booking_id=sms.booking_id,
            booking_version=sms.booking_version,
            time_version=sms.time_version,
            counsel_id=sms.counsel_id,
            kind=sms.kind,
            language=sms.language,
            to_e164=sms.to_e164,
            body=sms.body.replace(mark_in_body(sms.ref), mark_in_body(mark)),
            ref=mark,
            due_at=due,
            expires_at=sms.expires_at,
            state=SmsState.PENDING,
            resend_of_id=sms.id,
            created_at=now,
            updated_at=now,
        )
    )

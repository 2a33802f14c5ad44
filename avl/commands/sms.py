"""Carrying texts: claim, attempt, result. What became of them is `sms_settling.py`.

A text leaves only under a lease and an attempt row that are committed *before* the request, and
no transaction is open while the provider thinks. Whoever cannot say how a request ended leaves
the text in doubt. Leases and due times run on the database's clock. The states are one table,
`domain/sms.py`; every change of state here goes through it.
"""

from __future__ import annotations

import logging
import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from avl.commands.sms_steps import adopt, apply, into_doubt, mark_number_bad
from avl.commands.transaction import command
from avl.commands.writing import columns_of, fresh, write_changes
from avl.domain.sms import (
    TIMING,
    Accepted,
    Doubt,
    NotSent,
    Refusal,
    Rejected,
    SendResult,
    SmsEvent,
    SmsState,
    Timing,
    backoff,
    event_of,
    event_of_report,
    validity_seconds,
)
from avl.models import OptOut, Sms, SmsAttempt
from avl.queries.database_time import database_now
from avl.queries.ready import Adding
from avl.queries.sms import (
    addressee_of,
    expired_sms,
    first_due,
    is_opted_out,
    lock_claimed,
    sms_in,
)

logger = logging.getLogger(__name__)

ACCOUNT_PAUSE = timedelta(minutes=5)
"""How long a text waits after the account itself was refused: about one probe per text."""

_BATCH = 50
_ADD_ATTEMPT = Adding(SmsAttempt)


@dataclass(frozen=True, slots=True)
class Claim:
    """One text that this worker, and no other, may hand over now."""

    sms_id: int
    token: str
    to: str
    body: str
    validity_seconds: int
    lease: timedelta


@command
def claim_one(session: Session, *, owner: str, timing: Timing = TIMING) -> Claim | None:
    """Take the text that has been due longest, or none.

    Texts met on the way that must not leave any more (expired, superseded, opted out) are
    settled for good. The attempt, with its own token, is committed with the claim.
    """
    return _claim(session, owner, database_now(session), timing)


@command
def record_and_claim(
    session: Session, claim: Claim, result: SendResult, *, owner: str, timing: Timing = TIMING
) -> Claim | None:
    """Write down how a request ended and take the text that follows, in one transaction."""
    now = _record(session, claim, result, timing)
    return _claim(session, owner, now, timing)


def _claim(session: Session, owner: str, now: datetime, timing: Timing) -> Claim | None:
    for _ in range(_BATCH):
        sms = first_due(session, now)
        if sms is None:
            return None
        obstacle = _obstacle(session, sms, now)
        if obstacle is None:
            return _begin_attempt(session, sms, owner, now, timing)
        apply(sms, obstacle, now, why=str(obstacle))
        session.flush()
    return None


def _obstacle(session: Session, sms: Sms, now: datetime) -> SmsEvent | None:
    """Why a due text must not leave. Quiet hours belong here too, before the claim."""
    if sms.expires_at <= now:
        return SmsEvent.EXPIRED
    addressee = addressee_of(session, sms)
    if not addressee.is_still_true:
        return SmsEvent.SUPERSEDED
    # Counsel may have a new number since the text was written; the old one may be a stranger's.
    sms.to_e164 = addressee.mobile or sms.to_e164
    return None if addressee.may_be_texted else SmsEvent.OPTED_OUT


def _begin_attempt(session: Session, sms: Sms, owner: str, now: datetime, timing: Timing) -> Claim:
    token = secrets.token_urlsafe(16)
    apply(sms, SmsEvent.CLAIMED, now)
    sms.attempts += 1
    sms.token = token
    sms.lease_owner = owner
    sms.lease_until = sms.check_at = now + timing.lease
    write_changes(session, sms)
    attempt = fresh(
        SmsAttempt, sms_id=sms.id, number=sms.attempts, token=token, owner=owner, started_at=now
    )
    _ADD_ATTEMPT.rows(session, [columns_of(attempt)])
    validity = validity_seconds(sms.expires_at - now)
    return Claim(sms.id, token, sms.to_e164, sms.body, validity, timing.lease)


@command
def record_result(
    session: Session, claim: Claim, result: SendResult, *, timing: Timing = TIMING
) -> None:
    """Write down how a request ended, if the claim is still ours."""
    _record(session, claim, result, timing)


def _record(session: Session, claim: Claim, result: SendResult, timing: Timing) -> datetime:
    """Write down how a request ended; returns when, by the database's clock."""
    found = lock_claimed(session, claim.token)
    if found is None:
        raise LookupError(f"attempt of text {claim.sms_id} is gone")
    sms, attempt = found
    now = database_now(session)
    _end_attempt(attempt, result, now)
    if sms.state == SmsState.SENDING and sms.token == claim.token:
        _apply_result(session, sms, result, now, timing)
    elif isinstance(result, Accepted):
        # The lease ran out meanwhile, but a clear answer is proof whenever it comes.
        adopt(sms, result.sid, SmsEvent.REPORTED_ACCEPTED, now, timing)
    else:
        logger.warning("a worker answered after its lease", extra={"sms": sms.id})
    write_changes(session, sms, attempt)
    return now


@command
def hand_back(session: Session, claim: Claim) -> None:
    """Give back a text that was claimed and never handed over: others may have it at once."""
    now = database_now(session)
    found = lock_claimed(session, claim.token)
    if found is None or found[0].state != SmsState.SENDING or found[0].token != claim.token:
        return
    sms, attempt = found
    attempt.ended_at, attempt.outcome = now, "handed_back"
    apply(sms, SmsEvent.NOT_SENT, now)


@command
def record_held_up(session: Session, claim: Claim, *, timing: Timing = TIMING) -> None:
    """Give a text up to doubt because too much time passed between the claim and the request.

    A paused process cannot know what others did meanwhile, so it must not send late.
    """
    now = database_now(session)
    found = lock_claimed(session, claim.token)
    if found is None or found[0].state != SmsState.SENDING or found[0].token != claim.token:
        return
    sms, attempt = found
    attempt.ended_at, attempt.outcome = now, "held_up"
    into_doubt(sms, SmsEvent.HELD_UP, now, timing, why="held_up")


@command
def lapse_leases(session: Session, *, timing: Timing = TIMING, limit: int = _BATCH) -> int:
    """Put texts whose worker is gone into doubt; returns how many."""
    now = database_now(session)
    texts = session.scalars(sms_in(SmsState.SENDING, before=now, limit=limit)).all()
    for sms in texts:
        into_doubt(sms, SmsEvent.LEASE_RAN_OUT, now, timing, why="lease_ran_out")
        logger.warning("a worker left a text unsettled", extra={"sms": sms.id})
    return len(texts)


@command
def expire_sms(session: Session, *, limit: int = _BATCH) -> int:
    """Give up texts that have lost their worth and that nobody can say were sent."""
    now = database_now(session)
    texts = session.scalars(expired_sms(now, limit)).all()
    for sms in texts:
        apply(sms, SmsEvent.EXPIRED, now, why="expired")
        logger.error("a text was missed: ring counsel", extra={"sms": sms.id})
    return len(texts)


def _apply_result(
    session: Session, sms: Sms, result: SendResult, now: datetime, timing: Timing
) -> None:
    event, why = event_of(result), _why(result)
    if isinstance(result, Accepted):
        adopt(sms, result.sid, event, now, timing)
        if report := event_of_report(result.status):
            adopt(sms, result.sid, report, now, timing)
    elif isinstance(result, Doubt):
        into_doubt(sms, event, now, timing, why=why)
    else:
        apply(sms, event, now, why=why)
        if isinstance(result, NotSent):
            seconds = backoff(
                result.hindrance,
                sms.attempts - 1,
                jitter=random.random(),
                retry_after=result.retry_after,
            )
            sms.not_before = now + timedelta(seconds=seconds)
        else:
            _take_refusal(session, sms, result, now)


def _take_refusal(session: Session, sms: Sms, result: Rejected, now: datetime) -> None:
    extra = {"sms": sms.id, "http_status": result.http_status, "code": result.code}
    if result.refusal is Refusal.ACCOUNT:
        # The place for the breaker: until it stands, each text waits by itself.
        sms.not_before = now + ACCOUNT_PAUSE
        logger.critical("the SMS account was refused; texts wait", extra=extra)
    elif result.refusal is Refusal.OPTED_OUT:
        if not is_opted_out(session, sms.to_e164):
            session.add(OptOut(number=sms.to_e164, source=str(result.code), at=now))
    elif result.refusal is Refusal.BAD_NUMBER:
        mark_number_bad(session, sms)
    else:
        logger.error("a text was refused: ring counsel", extra=extra)


def _end_attempt(attempt: SmsAttempt, result: SendResult, now: datetime) -> None:
    attempt.ended_at = now
    attempt.outcome = str(event_of(result))
    attempt.code = _why(result)
    if isinstance(result, Accepted):
        attempt.sid = attempt.sid or result.sid
    else:
        attempt.http_status = result.http_status


def _why(result: SendResult) -> str:
    if isinstance(result, Accepted):
        return ""
    if isinstance(result, NotSent):
        return str(result.code or result.hindrance)[:40]
    if isinstance(result, Rejected):
        return str(result.code or result.http_status)
    return (str(result.code or result.http_status or "") or result.reason)[:40]

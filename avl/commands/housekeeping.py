"""Forgetting what is no longer needed: ended sessions, old answers, forms never booked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, Delete, Result, delete
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.transaction import command
from avl.models import IdempotencyKey, SignInFailure, UserSession
from avl.models.forms import BookingForm

KEEP_SESSIONS = timedelta(days=30)
KEEP_FAILURES = timedelta(days=400)  # log-ons are kept over a year: NZISM asks for them
KEEP_ANSWERS = timedelta(days=7)
KEEP_FORMS = timedelta(days=30)


@command
def tidy_up(session: Session) -> int:
    """Delete rows that have served; returns how many. The audit is never touched."""
    now = clock.now()
    old: list[Delete] = [
        delete(UserSession).where(UserSession.ends_at < now - KEEP_SESSIONS),
        delete(SignInFailure).where(SignInFailure.at < now - KEEP_FAILURES),
        delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEEP_ANSWERS),
        delete(BookingForm).where(BookingForm.updated_at < now - KEEP_FORMS),
    ]
    return sum(_rows(session.execute(statement)) for statement in old)


def _rows(result: Result[Any]) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0

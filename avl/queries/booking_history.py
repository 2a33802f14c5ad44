"""What happened to one booking, and what was sent about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from avl.domain.access import Actor
from avl.domain.interval import Interval
from avl.domain.local_time import say_when
from avl.domain.spoken import say_all
from avl.models import AuditEvent, Sms, db
from avl.queries.booking_page import BookingPage


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Who did what, when and why; ``changes`` are sentences."""

    at: datetime
    who: str
    action: str
    reason: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """One text about the booking and how far it got."""

    counsel: str
    mobile: str
    kind: str
    body: str
    state: str
    due_at: datetime
    updated_at: datetime


def history_lines(actor: Actor, page: BookingPage) -> list[HistoryLine]:
    """What happened to the booking, the latest first."""
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.booking_id == page.id).order_by(AuditEvent.id.desc())
    )
    return [
        HistoryLine(
            event.at,
            event.user_name,
            event.action,
            event.reason,
            tuple(_sentences(event.changes, page.zone)),
        )
        for event in events
    ]


def messages_about(actor: Actor, page: BookingPage) -> list[MessageSeen]:
    """What was sent to whom, and whether it arrived; the latest first."""
    rows = db.session.scalars(
        select(Sms)
        .where(Sms.booking_id == page.id)
        .order_by(Sms.id.desc())
        .options(joinedload(Sms.counsel))
    )
    return [
        MessageSeen(
            sms.counsel.name,
            sms.to_e164,
            sms.kind,
            sms.body,
            sms.state,
            sms.due_at,
            sms.updated_at,
        )
        for sms in rows
    ]


_CHANGED = {
    "counsel": "Counsel changed",
    "staff_notes": "Staff notes changed",
    "prison_notes": "Notes for the prison changed",
    "marked_fixed": "Marked fixed",
    "set_free": "No longer marked fixed",
    "interpreter_note": "Note about the interpreter changed",
}
"""What is said of a change whose old and new values are nobody's business, or plain."""

_ROOMS = {
    "suites": "Suite changed",
    "courtroom": "Courtroom changed",
    "instruction_suites": "Counsel's instruction suite changed",
}
"""What is said of rooms that are others than before; where none was before, nothing changed."""


def _sentences(changes: dict[str, Any], zone: str) -> Iterable[str]:
    """What an audit event's changes say to people."""
    for name, pair in changes.items():
        match name, pair:
            case "hearing", [None, str(after)]:
                yield f"Hearing {_say_spelled(after, zone)}"
            case "hearing", [str(before), str(after)] if before != after:
                was, now = _say_spelled(before, zone), _say_spelled(after, zone)
                yield f"Hearing moved from {was} to {now}"
            case "status", [str(before), str(after)]:
                yield f"From {_plain(before)} to {_plain(after)}"
            case _, [before, after] if name in _ROOMS and before not in (None, after):
                yield _ROOMS[name]
            case "moved", [None, list(after)] if after:
                yield f"For it, {say_all(after)} moved"
            case "mode", [_, str(after)]:
                yield "AVL directed" if after == "avl" else "In person directed"
            case "interpreter", [str(before), str(after)] if before != after:
                yield f"Interpreter {_plain(after)}"
            case "interpreter_language", [_, str(after)]:
                yield f"To be interpreted: {after or 'nothing'}"
            case _ if name in _CHANGED:
                yield _CHANGED[name]


def _say_spelled(spelled: str, zone: str) -> str:
    """Say an interval as the audit spells it ("2026-11-23T21:00Z/2026-11-23T21:30Z")."""
    start, end = (
        datetime.strptime(part, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        for part in spelled.split("/")
    )
    return say_when(Interval(start, end), zone)


def _plain(status: str) -> str:
    return status.replace("_", " ")

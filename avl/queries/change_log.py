"""Who changed a site, a hearing type or a rule, and when: from the audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from avl.models import AuditEvent, db

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """One change as it is shown.

    Attributes:
        lines: what changed, each a name with what it was and what it became.
    """

    at: datetime
    who: str
    action: str
    reason: str
    lines: tuple[tuple[str, str, str], ...]
    facts: dict[str, Any]


def changes_to(subject: str, actions: Collection[str]) -> list[Changed]:
    """The latest changes to something that is no booking, the newest first."""
    rows = db.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.subject == subject,
            AuditEvent.booking_id.is_(None),
            AuditEvent.action.in_(actions),
        )
        .order_by(AuditEvent.id.desc())
        .limit(MOST_SHOWN)
    )
    return [
        Changed(
            row.at,
            row.user_name,
            row.action,
            row.reason,
            tuple(
                (name, _say(pair[0]), _say(pair[1]))
                for name, pair in row.changes.items()
                if isinstance(pair, list) and len(pair) == 2
            ),
            {name: fact for name, fact in row.changes.items() if not isinstance(fact, list)},
        )
        for row in rows
    ]


def _say(fact: object) -> str:
    if isinstance(fact, list):
        return "; ".join(str(one) for one in fact) or "nothing"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return "nothing" if fact in (None, "") else str(fact)

"""How audit events are chained: each seal is a hash of the seal before it and the event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

FIRST_SEAL = "0" * 64


class Event(Protocol):
    """What is sealed of an audit event; a row satisfies it."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def user_name(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def booking_id(self) -> int | None: ...
    @property
    def subject(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def changes(self) -> Mapping[str, Any]: ...


def canonical(event: Event) -> str:
    """The one spelling of an event that is hashed."""
    return json.dumps(
        [
            event.id,
            event.at.isoformat(),
            event.user_id,
            event.user_name,
            event.action,
            event.booking_id,
            event.subject,
            event.reason,
            event.changes,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def seal_of(previous: str, event: Event) -> str:
    """The hash that chains an event to the seal before it."""
    return hashlib.sha256(f"{previous}|{canonical(event)}".encode()).hexdigest()

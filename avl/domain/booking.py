"""The life of a booking: states, actions and the one table that joins them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from avl.domain.errors import ActionNotAllowed, InvalidInput
from avl.domain.local_time import local_day, say_day

REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, O, 1 or I: a reference is spoken over the telephone."""

HOLD_MINUTES = 10
"""How long a chosen offer stays kept while the officer checks and books."""


class Status(StrEnum):
    """Where a booking is in its life."""

    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CONNECTED = "connected"
    COMPLETED = "completed"
    STOOD_DOWN = "stood_down"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What people (or the worker) do to a booking."""

    HOLD = "hold"
    REQUEST = "request"
    CONFIRM = "confirm"
    DECLINE = "decline"
    MOVE = "move"
    AMEND = "amend"
    CANCEL = "cancel"
    CONNECT = "connect"
    COMPLETE = "complete"
    STAND_DOWN = "stand_down"
    LAPSE = "lapse"


class LegKind(StrEnum):
    """The stretches of a booking, in the order they happen."""

    PRE_CONFERENCE = "pre_conference"
    HEARING = "hearing"
    POST_CONFERENCE = "post_conference"


HOLDING = frozenset(
    {Status.HELD, Status.REQUESTED, Status.CONFIRMED, Status.CONNECTED, Status.STOOD_DOWN}
)
"""Statuses whose bookings keep their resources; all others have deleted their holds."""

LIVE = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.CONNECTED, Status.STOOD_DOWN})
"""Statuses other people see on calendars and feeds."""

NEXT_STATUS: dict[tuple[Status, Action], Status] = {
    (Status.HELD, Action.REQUEST): Status.REQUESTED,
    (Status.HELD, Action.AMEND): Status.HELD,
    (Status.HELD, Action.CANCEL): Status.CANCELLED,
    (Status.HELD, Action.LAPSE): Status.LAPSED,
    (Status.REQUESTED, Action.CONFIRM): Status.CONFIRMED,
    (Status.REQUESTED, Action.DECLINE): Status.DECLINED,
    (Status.REQUESTED, Action.MOVE): Status.REQUESTED,
    (Status.REQUESTED, Action.AMEND): Status.REQUESTED,
    (Status.REQUESTED, Action.CANCEL): Status.CANCELLED,
    (Status.REQUESTED, Action.LAPSE): Status.LAPSED,
    (Status.CONFIRMED, Action.MOVE): Status.REQUESTED,
    (Status.CONFIRMED, Action.AMEND): Status.CONFIRMED,
    (Status.CONFIRMED, Action.CANCEL): Status.CANCELLED,
    (Status.CONFIRMED, Action.CONNECT): Status.CONNECTED,
    (Status.CONFIRMED, Action.STAND_DOWN): Status.STOOD_DOWN,
    (Status.CONNECTED, Action.COMPLETE): Status.COMPLETED,
    (Status.CONNECTED, Action.STAND_DOWN): Status.STOOD_DOWN,
    (Status.STOOD_DOWN, Action.CONNECT): Status.CONNECTED,
    (Status.STOOD_DOWN, Action.MOVE): Status.REQUESTED,
    (Status.STOOD_DOWN, Action.COMPLETE): Status.COMPLETED,
    (Status.STOOD_DOWN, Action.CANCEL): Status.CANCELLED,
}
"""Every permitted step. A site that serves itself confirms its own request at once."""


def next_status(status: Status, action: Action) -> Status:
    """The state an action leads to.

    Raises:
        ActionNotAllowed: the table has no such step.
    """
    try:
        return NEXT_STATUS[status, action]
    except KeyError:
        raise ActionNotAllowed(
            f"You cannot {action.replace('_', ' ')} a booking that is {status.replace('_', ' ')}."
        ) from None


def is_kept_no_longer(status: Status, expires_at: datetime | None, now: datetime) -> bool:
    """Whether an offer's time is over, from that very moment and not only once it is written down.

    It is in nobody's way then, and must not be told as if it were.
    """
    return status is Status.HELD and expires_at is not None and expires_at <= now


def allowed_actions(status: Status) -> frozenset[Action]:
    """The actions the table permits from a state."""
    return frozenset(action for (start, action) in NEXT_STATUS if start is status)


def reference_from(number: int) -> str:
    """Spell a number in [0, 32**6) as a spoken reference such as AVL-7K3F9C."""
    return "AVL-" + spelled(number, 6)


def spelled(number: int, length: int) -> str:
    """Spell a number in [0, 32**length) in letters and digits that nobody mistakes."""
    if not 0 <= number < 32**length:
        raise ValueError(f"{length} characters of 32 do not spell {number}")
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        letters.append(REFERENCE_ALPHABET[digit])
    return "".join(reversed(letters))


def normal_reference(typed: str) -> str:
    """Tidy a reference as people type it (small letters, no hyphen or prefix).

    Raises:
        InvalidInput: it cannot be one.
    """
    letters = "".join(typed.upper().split()).removeprefix("AVL").lstrip("-")
    if len(letters) != 6 or any(letter not in REFERENCE_ALPHABET for letter in letters):
        raise InvalidInput("reference", "Enter a reference such as AVL-7K3F9C.")
    return f"AVL-{letters}"


def is_reference(words: str) -> bool:
    """Whether these words are a reference as it is spelt, and nothing else."""
    letters = words.removeprefix("AVL-")
    return len(words) == 10 and len(letters) == 6 and set(letters) <= set(REFERENCE_ALPHABET)


def too_early(reference: str, starts_at: datetime, zone: str, now: datetime) -> str:
    """Say on which day a link is run, or "" once that day has come.

    Connecting or standing down days ahead is a slip, and what it gives away is gone.

    Args:
        starts_at: of the first leg.
        zone: of a place that takes part.
    """
    if local_day(now, zone) >= local_day(starts_at, zone):
        return ""
    return f"The link of {reference} is run on {say_day(starts_at, zone)}, not before."

"""The life of one text message, and how many segments it costs: pure rules.

The promise is *at most one text per news, whatever fails*. Twilio has no idempotency key, so a
request that ends without a clear answer may or may not have become a text. Such a row is in
``doubt`` and is never simply sent again: the provider's own list, or a signed callback that
carries the attempt's token, must settle it first.

``NEXT_STATE`` is the whole table; what it does not name changes nothing and is only logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class SmsKind(StrEnum):
    """What a text tells counsel."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER_DAY_BEFORE = "reminder_day_before"
    REMINDER_TWO_HOURS = "reminder_two_hours"


REMINDERS = frozenset({SmsKind.REMINDER_DAY_BEFORE, SmsKind.REMINDER_TWO_HOURS})


class SmsState(StrEnum):
    """Where a text is in its life."""

    PENDING = "pending"
    SENDING = "sending"
    DOUBT = "doubt"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    DROPPED = "dropped"
    MISSED = "missed"


class SmsEvent(StrEnum):
    """What can happen to a text."""

    CLAIMED = "claimed"
    HELD_UP = "held_up"  # more than half the lease passed between the claim and the request
    TAKEN = "taken"  # the provider answered 201 with its own id
    NOT_SENT = "not_sent"  # certainly nothing left: no connection, or told to slow down
    ACCOUNT_REFUSED = "account_refused"  # the account, not this text, is the trouble
    REFUSED = "refused"  # this number or this text will never be accepted
    OPTED_OUT = "opted_out"
    NO_CLEAR_ANSWER = "no_clear_answer"
    LEASE_RAN_OUT = "lease_ran_out"
    RESTORED = "restored"  # it came back from a backup, and may have left since that was made
    EXPIRED = "expired"
    SUPERSEDED = "superseded"  # the booking was moved or cancelled, or counsel changed
    FOUND = "found"  # the provider's list holds this text
    ABSENT_ONCE = "absent_once"
    ABSENT_TWICE = "absent_twice"
    LIST_UNREACHABLE = "list_unreachable"
    DOUBTS_USED_UP = "doubts_used_up"
    REPORTED_ACCEPTED = "reported_accepted"  # reported: by a signed callback, or when asked
    REPORTED_SENT = "reported_sent"
    REPORTED_DELIVERED = "reported_delivered"
    REPORTED_UNDELIVERED = "reported_undelivered"
    NO_NEWS = "no_news"  # the provider said nothing final for a day


_S, _E = SmsState, SmsEvent

# A callback is proof that the provider has the text, however little we knew before. A row that
# went back to pending after an absent listing is included: the proof stops a second text.
_PROVED_BY_REPORT = (_S.PENDING, _S.SENDING, _S.DOUBT, _S.MISSED)

NEXT_STATE: dict[tuple[SmsState, SmsEvent], SmsState] = {
    (_S.PENDING, _E.CLAIMED): _S.SENDING,
    (_S.PENDING, _E.EXPIRED): _S.MISSED,
    (_S.PENDING, _E.OPTED_OUT): _S.SUPPRESSED,
    (_S.PENDING, _E.SUPERSEDED): _S.DROPPED,
    (_S.PENDING, _E.RESTORED): _S.DOUBT,
    (_S.SENDING, _E.HELD_UP): _S.DOUBT,
    (_S.SENDING, _E.TAKEN): _S.ACCEPTED,
    (_S.SENDING, _E.NOT_SENT): _S.PENDING,
    (_S.SENDING, _E.ACCOUNT_REFUSED): _S.PENDING,
    (_S.SENDING, _E.REFUSED): _S.FAILED,
    (_S.SENDING, _E.OPTED_OUT): _S.SUPPRESSED,
    (_S.SENDING, _E.NO_CLEAR_ANSWER): _S.DOUBT,
    (_S.SENDING, _E.LEASE_RAN_OUT): _S.DOUBT,
    (_S.SENDING, _E.RESTORED): _S.DOUBT,
    (_S.DOUBT, _E.FOUND): _S.ACCEPTED,
    (_S.DOUBT, _E.ABSENT_ONCE): _S.DOUBT,
    (_S.DOUBT, _E.ABSENT_TWICE): _S.PENDING,
    (_S.DOUBT, _E.LIST_UNREACHABLE): _S.DOUBT,
    (_S.DOUBT, _E.DOUBTS_USED_UP): _S.MISSED,
    (_S.DOUBT, _E.EXPIRED): _S.MISSED,
    (_S.ACCEPTED, _E.REPORTED_SENT): _S.SENT,
    (_S.ACCEPTED, _E.REPORTED_DELIVERED): _S.DELIVERED,
    (_S.ACCEPTED, _E.REPORTED_UNDELIVERED): _S.UNDELIVERED,
    (_S.ACCEPTED, _E.NO_NEWS): _S.UNCONFIRMED,
    (_S.SENT, _E.REPORTED_DELIVERED): _S.DELIVERED,
    (_S.SENT, _E.REPORTED_UNDELIVERED): _S.UNDELIVERED,
    (_S.SENT, _E.NO_NEWS): _S.UNCONFIRMED,
    (_S.UNCONFIRMED, _E.REPORTED_DELIVERED): _S.DELIVERED,
    (_S.UNCONFIRMED, _E.REPORTED_UNDELIVERED): _S.UNDELIVERED,
    **{(state, _E.REPORTED_ACCEPTED): _S.ACCEPTED for state in _PROVED_BY_REPORT},
    **{(state, _E.REPORTED_SENT): _S.SENT for state in _PROVED_BY_REPORT},
    **{(state, _E.REPORTED_DELIVERED): _S.DELIVERED for state in _PROVED_BY_REPORT},
    **{(state, _E.REPORTED_UNDELIVERED): _S.UNDELIVERED for state in _PROVED_BY_REPORT},
}

WAITING = frozenset({_S.PENDING, _S.SENDING, _S.DOUBT, _S.ACCEPTED, _S.SENT})
"""States that something still has to happen to: each such row carries its next time."""

WITH_PROVIDER = frozenset({_S.ACCEPTED, _S.SENT, _S.DELIVERED, _S.UNDELIVERED, _S.UNCONFIRMED})
"""States in which the provider certainly has the text."""

MAY_HAVE_REACHED = WITH_PROVIDER | {_S.SENDING, _S.DOUBT, _S.MISSED, _S.FAILED, _S.SUPPRESSED}
"""States after which counsel may know: from the phone, or because staff were told to ring."""

NEEDS_STAFF = frozenset({_S.MISSED, _S.FAILED, _S.UNDELIVERED, _S.SUPPRESSED, _S.UNCONFIRMED})
"""States in which nobody can be sure that counsel knows: ring counsel."""


def next_state(state: SmsState, event: SmsEvent) -> SmsState:
    """The state an event leads to; the same state when the table does not name the pair."""
    return NEXT_STATE.get((state, event), state)


# How one request can end ----------------------------------------------------------------------


class Hindrance(StrEnum):
    """Why a text certainly was not sent, although it may be later."""

    NO_CONNECTION = "no_connection"
    THROTTLED = "throttled"


class Refusal(StrEnum):
    """Why the provider will not take this text."""

    OPTED_OUT = "opted_out"
    BAD_NUMBER = "bad_number"
    OUR_TEXT = "our_text"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the text, under its own id, and says how far it is."""

    sid: str
    status: str = "queued"


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly nothing left this machine, or the provider said it did nothing.

    Attributes:
        retry_after: seconds the provider asks us to wait, when it says.
    """

    hindrance: Hindrance
    retry_after: float | None = None
    http_status: int | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider said no, and says why."""

    refusal: Refusal
    http_status: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Nobody can say whether the text was taken. ``reason`` is for the log."""

    reason: str
    http_status: int | None = None
    code: int | None = None


SendResult = Accepted | NotSent | Rejected | Doubt


def event_of(result: SendResult) -> SmsEvent:
    """What a request's end means to the text."""
    if isinstance(result, Accepted):
        return SmsEvent.TAKEN
    if isinstance(result, NotSent):
        return SmsEvent.NOT_SENT
    if isinstance(result, Rejected):
        return _REFUSED_EVENT.get(result.refusal, SmsEvent.REFUSED)
    return SmsEvent.NO_CLEAR_ANSWER


_REFUSED_EVENT = {
    Refusal.OPTED_OUT: SmsEvent.OPTED_OUT,
    Refusal.ACCOUNT: SmsEvent.ACCOUNT_REFUSED,
}

# Twilio asks not to build logic on error codes alone: the HTTP class decides first
# (changelog, 10 July 2024) and these only refine a clear refusal.
_REFUSAL_CODES: dict[int, Refusal] = {
    21610: Refusal.OPTED_OUT,
    **dict.fromkeys((21211, 21217, 21614, 30005, 30006), Refusal.BAD_NUMBER),
    **dict.fromkeys((21602, 21617), Refusal.OUR_TEXT),
    **dict.fromkeys(
        (20003, 20005, 21212, 21603, 21606, 21608, 21408),
        Refusal.ACCOUNT,
    ),
}
THROTTLE_CODES = frozenset({20429, 21611})


def refusal_of(http_status: int, code: int | None) -> Refusal:
    """Which kind of refusal a 4xx answer is."""
    if http_status in (401, 403):
        return Refusal.ACCOUNT
    return _REFUSAL_CODES.get(code or 0, Refusal.UNKNOWN)


_REPORTS: dict[str, SmsEvent] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), SmsEvent.REPORTED_ACCEPTED),
    **dict.fromkeys(("sent", "partially_delivered"), SmsEvent.REPORTED_SENT),
    **dict.fromkeys(("delivered", "read"), SmsEvent.REPORTED_DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), SmsEvent.REPORTED_UNDELIVERED),
}


def event_of_report(status: str) -> SmsEvent | None:
    """What the provider's own word for a text's status means; None when it is not a known one."""
    return _REPORTS.get(status.strip().lower())


# Times ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each step may take.

    Attributes:
        lease: how long a worker may keep a claimed text, by the database's clock.
        settle: from doubt to the first look at the provider's list. At least the lease, the
            longest request (20 s) and the time the list lags behind.
        between_lists: two listings count only when they are this far apart.
        list_backoff: the longest wait between tries while the list cannot be reached.
        max_doubts: doubts before staff are asked to ring counsel instead.
        poll_after: silence after which the provider is asked, and how often from then on.
        poll_every: see ``poll_after``.
        give_up_after: silence after which a text stays unconfirmed.
    """

    lease: timedelta = timedelta(seconds=60)
    settle: timedelta = timedelta(seconds=180)
    between_lists: timedelta = timedelta(seconds=60)
    list_backoff: timedelta = timedelta(minutes=5)
    max_doubts: int = 3
    poll_after: timedelta = timedelta(minutes=30)
    poll_every: timedelta = timedelta(hours=1)
    give_up_after: timedelta = timedelta(hours=24)


TIMING = Timing()

LIST_SLACK = timedelta(seconds=60)
"""The provider's clock and ours may differ this much when a listing is compared."""

LONGEST_VALIDITY_SECONDS = 36_000
"""The longest time Twilio may keep trying (its ValidityPeriod, 1 to 36,000 seconds)."""


def backoff(hindrance: Hindrance, tries: int, *, jitter: float, retry_after: float | None) -> float:
    """Seconds to wait before the next try.

    Args:
        tries: how often this text was tried before, 0 or more.
        jitter: a random number in [0, 1), so that workers do not come back together.
        retry_after: seconds the provider asked for, when it did.
    """
    power = 2.0 ** min(tries, 12)
    if hindrance is Hindrance.THROTTLED:
        return max(retry_after or 0.0, jitter * min(300.0, 2.0 * power), 1.0)
    return min(600.0, 5.0 * power) * (0.5 + jitter / 2)


def validity_seconds(remaining: timedelta) -> int:
    """How long the provider may go on trying a text that is worthless after ``remaining``."""
    return max(1, min(LONGEST_VALIDITY_SECONDS, int(remaining.total_seconds())))


# Segments -------------------------------------------------------------------------------------

# GSM 03.38: the basic alphabet, then what costs an escape as well (3GPP TS 23.038, 6.2.1).
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("\f^{}\\[~]|€")
_GSM = _GSM_BASIC | _GSM_ESCAPED
_is_plain = re.compile(f"[{re.escape(''.join(sorted(_GSM_BASIC)))}]*").fullmatch
_WHOLE, _PART = 160, 153
"""Letters of a text that travels whole, and of each part of a longer one."""


@dataclass(frozen=True, slots=True)
class Segments:
    """How a body travels.

    Attributes:
        is_gsm: whether it fits the GSM alphabet; one macron makes it UCS-2.
        units: septets when GSM, 16-bit units otherwise.
        count: how many parts the phone joins again.
    """

    is_gsm: bool
    units: int
    count: int


def segments(body: str) -> Segments:
    """Count the segments of a text (160, or 153 each; with macrons 70, or 67 each)."""
    if _is_plain(body):
        # To weigh each letter of a text in which none is escaped would only count them.
        units = len(body)
        return Segments(True, units, 1 if units <= _WHOLE else -(-units // _PART))
    is_gsm = _GSM.issuperset(body)
    if is_gsm:
        costs = [1 + (letter in _GSM_ESCAPED) for letter in body]
        whole, part = _WHOLE, _PART
    else:
        costs = [2 if ord(letter) > 0xFFFF else 1 for letter in body]
        whole, part = 70, 67
    units = sum(costs)
    return Segments(is_gsm, units, 1 if units <= whole else _parts(costs, part))


def _parts(costs: Iterable[int], size: int) -> int:
    """Fill parts one by one: an escaped letter or a surrogate pair is never cut in two."""
    parts, used = 1, 0
    for cost in costs:
        if used + cost > size:
            parts, used = parts + 1, 0
        used += cost
    return parts

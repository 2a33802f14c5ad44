"""Words for what the registry's pages show."""

from __future__ import annotations

from avl.domain.booking import Status
from avl.domain.interpreters import InterpreterState
from avl.domain.sms import SmsKind, SmsState

RING = "ring counsel"

SMS_WORDS: dict[str, tuple[str, str]] = {
    SmsState.PENDING: ("waiting", "Waiting to be sent"),
    SmsState.SENDING: ("waiting", "Being sent"),
    SmsState.DOUBT: ("doubt", "Being checked: the network gave no clear answer"),
    SmsState.ACCEPTED: ("sent", "Handed to the network"),
    SmsState.SENT: ("sent", "Sent; no word yet that it arrived"),
    SmsState.DELIVERED: ("delivered", "Arrived"),
    SmsState.UNDELIVERED: ("failed", f"Did not arrive: {RING}"),
    SmsState.UNCONFIRMED: ("doubt", f"Sent, but never confirmed as arrived: {RING}"),
    SmsState.FAILED: ("failed", f"Refused by the network: {RING}"),
    SmsState.SUPPRESSED: ("failed", f"Counsel has opted out of texts: {RING}"),
    SmsState.DROPPED: ("cancelled", "Not sent: later news took its place"),
    SmsState.MISSED: ("failed", f"Could not be sent in time: {RING}"),
}
"""Each state of a text: the class that draws it, and what people read."""

SMS_KIND_WORDS: dict[str, str] = {
    SmsKind.BOOKED: "Booked",
    SmsKind.MOVED: "New time",
    SmsKind.CANCELLED: "Cancelled",
    SmsKind.REMINDER_DAY_BEFORE: "Reminder, the working day before",
    SmsKind.REMINDER_TWO_HOURS: "Reminder, two hours before",
}

STATUS_MEANS: dict[Status, str] = {
    Status.HELD: "kept for you while you check it",
    Status.REQUESTED: "the prison has not answered yet",
    Status.CONFIRMED: "the prison has agreed",
    Status.CONNECTED: "the link is up",
    Status.COMPLETED: "it has taken place",
    Status.STOOD_DOWN: "put back in the day's list",
    Status.DECLINED: "the prison said no",
    Status.LAPSED: "nobody answered in time",
    Status.CANCELLED: "it will not take place",
}

INTERPRETER_WORDS: dict[str, str] = {
    InterpreterState.WANTED: "Wanted: nobody has been asked yet",
    InterpreterState.ASKED: "The Central Registry has been asked",
    InterpreterState.CONFIRMED: "An interpreter is confirmed",
    InterpreterState.NOT_NEEDED: "No interpreter is needed",
}
"""How far the search for an interpreter has got, as people read it."""

FILTER_STATUSES = (
    Status.REQUESTED,
    Status.CONFIRMED,
    Status.CONNECTED,
    Status.STOOD_DOWN,
    Status.COMPLETED,
    Status.DECLINED,
    Status.LAPSED,
    Status.CANCELLED,
)


def status_words(status: str) -> str:
    """A status as people read it: "Stood down"."""
    return status.replace("_", " ").capitalize()

"""Sentences that are read aloud or decided upon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from avl.domain.booking import LIVE, Status
from avl.domain.local_time import WEEKDAYS, local_day, say_time
from avl.domain.sms import MAY_HAVE_REACHED, SmsKind, SmsState
from avl.queries.booking_history import MessageSeen
from avl.queries.booking_page import BookingPage

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def judge_sentence(page: BookingPage) -> str:
    """What the judge reads at the end of the last appearance: mode, time and date.

    Source: the judicial protocol's closing words, which name mode, time and date of the next
    appearance.
    """
    names = join(person.name for person in page.people)
    is_are = "is" if len(page.people) == 1 else "are"
    on = local_day(page.hearing.start, page.zone)
    return (
        f"{names} {is_are} remanded in custody to appear by AVL"
        f" at {say_time(page.hearing.start, page.zone)}"
        f" on {WEEKDAYS[on.weekday()]} {on.day} {MONTHS[on.month - 1]} {on.year}"
        f" in {page.courtroom} of the {page.court}."
    )


def effects_of_cancelling(page: BookingPage, messages: Sequence[MessageSeen]) -> list[str]:
    """What cancelling does, to whom: read before it is done."""
    sites = join(dict.fromkeys(person.site for person in page.people))
    people = join(person.name for person in page.people)
    found = []
    if page.status in LIVE:
        found.append(
            f"{sites}: the booking is taken off the calendar, and {people} will not be brought."
        )
    told = {
        message.counsel
        for message in messages
        if message.kind != SmsKind.CANCELLED and SmsState(message.state) in MAY_HAVE_REACHED
    }
    for name in dict.fromkeys(person.counsel for person in page.people if person.counsel):
        if name.partition(" (")[0] in told:
            found.append(f"{name}: is told by text message that it will not take place.")
        else:
            found.append(f"{name}: has not been told of this booking, so is told nothing.")
    found.append(f"{page.courtroom} and the suites are free for others at once.")
    return found


def say_asked(before: BookingPage, after: BookingPage) -> str:
    """What the prisons of a moved booking are asked now; "" where nobody has to answer."""
    if after.status is not Status.REQUESTED:
        return ""
    asked = dict.fromkeys(person.site for person in after.people if person.agreed_at is None)
    has_agreed = any(person.agreed_at for person in before.people if person.site in asked)
    is_are = "is" if len(asked) == 1 else "are"
    return f" {join(asked)} {is_are} asked to agree{' again' if has_agreed else ''}."


def join(words: Iterable[str]) -> str:
    """Join words as people do: "A, B and C"."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last

"""Calendar entries and feeds (RFC 5545, RFC 7986): pure rendering, no clock.

A feed is read by programs we never meet, so the entries keep to what all of them understand:
UTC times, no time zones of our own, no alarms, no attendees. What a feed at the limited level
may say of a booking is in `Entry` and nothing else: no person, no matter, no notes.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, vText
from icalendar.parser import Contentline

from avl.domain.booking import LegKind, Status
from avl.domain.interval import Interval
from avl.domain.local_time import say_time

UID_HOST = "court-avl-scheduler"
"""Never changed: an entry keeps its UID for life, whatever address the feed is read from."""

HIDDEN = "AVL booking"
"""All that is said of a booking that is private, or is no longer this calendar's business."""

REFRESH = timedelta(minutes=15)
FORMAT = 1
"""Counted up when the frame of a feed changes, so that readers notice."""

FOLDED_FROM = 75
"""How many octets a line may not reach unfolded (RFC 5545 3.1 says 75 without the line break)."""

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LEGS = {
    LegKind.PRE_CONFERENCE: "Conference",
    LegKind.HEARING: "Hearing",
    LegKind.POST_CONFERENCE: "Conference after",
}
_OFF = frozenset({Status.CANCELLED, Status.DECLINED, Status.LAPSED})
_STATUS = {
    Status.REQUESTED: "TENTATIVE",
    Status.STOOD_DOWN: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.DECLINED: "CANCELLED",
    Status.LAPSED: "CANCELLED",
}
_STATUS_LINES = {
    Status.REQUESTED: "Requested: waiting for the prison to agree.",
    Status.CONFIRMED: "Confirmed.",
    Status.CONNECTED: "Connected.",
    Status.COMPLETED: "Completed.",
    Status.STOOD_DOWN: "Stood down: wait for word from the court.",
    Status.CANCELLED: "Cancelled.",
    Status.DECLINED: "Declined by the prison.",
    Status.LAPSED: "Lapsed: the prison did not answer in time.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one calendar says of one booking; equal entries make equal bytes.

    Attributes:
        uid: the booking's own random UUID.
        sequence: the booking's version; it grows with every published change.
        changed_at: when this version was made.
        interval: when this calendar is busy.
        kind: name of the hearing type.
        places: where, at both ends, as far as this calendar may know.
        legs: each leg with its times.
        zone: the zone in whose clock the legs are said.
        is_hidden: a private or closed matter: only that there is a booking.
    """

    uid: str
    sequence: int
    changed_at: datetime
    interval: Interval
    reference: str
    status: Status
    kind: str
    places: tuple[str, ...]
    legs: tuple[tuple[LegKind, Interval], ...]
    zone: str
    is_hidden: bool = False

    def __hash__(self) -> int:
        # Of one version of a booking there are two or three entries, and to tell those apart it is
        # enough to compare them.
        return hash((self.uid, self.sequence))


def render_entry(entry: Entry) -> bytes:
    """Write one booking as a finished VEVENT: CRLF, folded, NFC."""
    is_off = entry.status in _OFF
    title = HIDDEN if entry.is_hidden else f"{entry.reference} {entry.kind}"
    if is_off:
        title = f"CANCELLED: {title}"
    elif entry.status is Status.REQUESTED:
        title = f"Requested: {title}"
    elif entry.status is Status.STOOD_DOWN:
        title = f"Stood down: {title}"
    description = location = ""
    if not entry.is_hidden:
        location, description = "; ".join(entry.places), _describe(entry)
    return _event(
        entry.uid,
        entry.sequence,
        entry.changed_at,
        title,
        _timed(entry.interval),
        status=_STATUS.get(entry.status, "CONFIRMED"),
        location=location,
        description=description,
        is_busy=not is_off,
    )


def render_tombstone(uid: str, sequence: int, changed_at: datetime, interval: Interval) -> bytes:
    """Write what stays in a calendar that a booking has left: that it was there, and no more.

    Args:
        interval: when the booking was in this calendar; never its new time.
    """
    title = f"CANCELLED: {HIDDEN}"
    return _event(uid, sequence, changed_at, title, _timed(interval), status="CANCELLED")


def render_notice(seed: str, since: datetime, on: date) -> bytes:
    """Write the one entry of a withdrawn feed: an all-day line saying so.

    Args:
        seed: makes the UID, so that it stays the same each time it is fetched.
        since: when the feed was withdrawn.
        on: the date to show it on.
    """
    return _event(
        str(uuid.uuid5(uuid.NAMESPACE_URL, seed)),
        0,
        since,
        "This AVL calendar has been withdrawn. Please unsubscribe.",
        [f"DTSTART;VALUE=DATE:{on:%Y%m%d}", f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}"],
    )


def render_calendar(name: str, entries: Iterable[bytes]) -> bytes:
    """Join finished VEVENTs into a feed.

    There is no METHOD (with one, DTSTAMP would have to change at each fetch) and no
    X-WR-TIMEZONE (readers move UTC times into it and lose the repeated hour).
    """
    return b"".join((_opening(name), *entries, b"END:VCALENDAR\r\n"))


def _opening(name: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Court AVL scheduler//Feeds//EN")
    calendar.add("version", "2.0")
    calendar.add("name", clean(name))
    calendar.add("x-wr-calname", clean(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    written: bytes = calendar.to_ical()
    return written.removesuffix(b"END:VCALENDAR\r\n")


def clean(text: str) -> str:
    """Make text safe for every reader: NFC, one line, no control or direction characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = "".join(
        " " if unicodedata.category(letter) in _UNSAFE else letter
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join(plain.split())


def _event(
    uid: str,
    sequence: int,
    changed_at: datetime,
    title: str,
    times: Sequence[str],
    *,
    status: str = "",
    location: str = "",
    description: str = "",
    is_busy: bool = False,
) -> bytes:
    """Write a VEVENT, its properties in the order in which icalendar would.

    Every booking is written several times over, once for each calendar it stands in, so the lines
    are put together here; escaping and folding do as the library does. A test compares the bytes
    with those of the library's own component.
    """
    changed = _stamp(changed_at)
    lines = [
        f"SUMMARY:{_escaped(title)}",
        *times,
        f"DTSTAMP:{changed}",
        f"UID:{uid}@{UID_HOST}",
        f"SEQUENCE:{sequence}",
    ]
    if description:
        lines.append(f"DESCRIPTION:{_escaped(description)}")
    lines.append(f"LAST-MODIFIED:{changed}")
    if location:
        lines.append(f"LOCATION:{_escaped(location)}")
    if status:
        lines.append(f"STATUS:{status}")
    lines.append("TRANSP:OPAQUE" if is_busy else "TRANSP:TRANSPARENT")
    # Most lines are short and plain, and asking that here spares each of them a call.
    folded = [
        line if len(line) < FOLDED_FROM and line.isascii() else _folded(line) for line in lines
    ]
    return "\r\n".join(("BEGIN:VEVENT", *folded, "END:VEVENT\r\n")).encode()


def _timed(interval: Interval) -> list[str]:
    return [f"DTSTART:{_stamp(interval.start)}", f"DTEND:{_stamp(interval.end)}"]


def _stamp(at: datetime) -> str:
    return _utc_stamp(at if at.tzinfo is UTC else at.astimezone(UTC))


# Only UTC may be remembered: in other zones both moments at which a clock shows a repeated hour
# are called equal.
@lru_cache(maxsize=1024)
def _utc_stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


# The names of a place are said again by every booking there.
@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    plain = clean(text)
    if "\\" in plain:
        written: bytes = vText(plain).to_ical()
        return written.decode()
    # Two of the library's seven replacements are left to do in a line without a backslash.
    return plain.replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    if len(line.encode()) < FOLDED_FROM:
        return line
    if not line.isascii():
        folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
        return folded.decode()
    # Here every letter is one octet, which the library, who weighs each, cannot know.
    parts: list[str] = []
    while len(line) >= FOLDED_FROM:
        # An escape is not torn from what it escapes.
        end = FOLDED_FROM - 2 if line[FOLDED_FROM - 2] in "\\^" else FOLDED_FROM - 1
        parts.append(line[:end])
        line = line[end:]
    return "\r\n ".join((*parts, line))


def _describe(entry: Entry) -> str:
    zone, parts = entry.zone, [f"{entry.reference}."]
    for kind, interval in entry.legs:
        start, end = say_time(interval.start, zone), say_time(interval.end, zone)
        parts.append(f"{_LEGS[kind]} {start} to {end}.")
    if status := _STATUS_LINES.get(entry.status):
        parts.append(status)
    return " ".join(parts)

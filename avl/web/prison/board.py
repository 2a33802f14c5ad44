"""The day as a board: which cells of which suite's column a booking fills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta

from flask import url_for

from avl.domain.calendars import SiteCalendar
from avl.domain.interval import Interval, subtract
from avl.domain.local_time import clock_intervals, day_interval, say_time, to_local, wall_times
from avl.queries.days import Days, SuiteSeen
from avl.queries.seats import SeatSeen

CELL = timedelta(minutes=5)
MOST_HOURS = 16
USUAL_HOURS = (8, 17)
MOST_SUITES = 16
"""How many columns a person can read at once; a bigger site is shown in parts."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """What fills some cells of a column."""

    start: int
    span: int
    classes: str
    title: str
    href: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One suite's day."""

    name: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The whole board.

    Attributes:
        hours: the label of each hour line; an hour the clocks repeat stands here twice.
        is_cut: some booking of the day lies outside it.
    """

    hours: tuple[str, ...]
    columns: tuple[Column, ...]
    is_cut: bool


def board_of(days: Days, suites: Iterable[SuiteSeen]) -> Board:
    """Lay out one day."""
    shown = _frame(days)
    zone = days.site.zone
    count = int(shown.length / _HOUR)
    closed = _closed(days.calendar, shown, days)
    columns = []
    for suite in suites:
        slots = [*closed, *_outages(suite, shown)]
        for seat in days.by_suite.get(suite.id, ()):
            if not seat.has_ended:
                slots.extend(_seat_slots(seat, shown, zone))
        columns.append(Column(suite.name, tuple(sorted(slots, key=lambda slot: slot.start))))
    return Board(
        hours=tuple(f"{to_local(shown.start + _HOUR * n, zone):%H:00}" for n in range(count)),
        columns=tuple(columns),
        is_cut=any(not shown.contains(seat.span) for seat in days.standing),
    )


def _frame(days: Days) -> Interval:
    """The stretch of the day worth drawing, in whole hours of the prison's clock."""
    on, zone = days.first, days.site.zone
    hours = wall_times(on, zone, _HOUR)
    opens, closes = (
        clock_intervals(on, time(hour), time(hour + 1), zone)[0].start for hour in USUAL_HOURS
    )
    spans = [seat.span for seat in days.standing]
    first = min([opens, *(span.start for span in spans)])
    last = max([closes, *(span.end for span in spans)])
    start = max(at for at in hours if at <= max(first, hours[0]))
    end = min([at for at in hours if at >= last], default=day_interval(on, zone).end)
    return Interval(start, min(end, start + MOST_HOURS * _HOUR))


def _seat_slots(seat: SeatSeen, shown: Interval, zone: str) -> Iterable[Slot]:
    href = url_for("prison.show", reference=seat.reference)
    mark = f" {seat.mark.upper()}" if seat.mark else ""
    if (part := seat.conference) and (slot := _conference(part, shown, "pre_conference")):
        yield slot
    hearing = _slot(
        seat.hearing,
        shown,
        str(seat.status),
        # The name comes first: in a short slot the time, which the axis tells, may be cut off.
        f"{seat.surname}{mark} {say_time(seat.hearing.start, zone)}",
        href,
        (f"{seat.court}: {seat.kind}", _state(seat)),
    )
    if hearing:
        yield hearing
    if (part := seat.conference_after) and (slot := _conference(part, shown, "post_conference")):
        yield slot


def _conference(part: Interval, shown: Interval, kind: str) -> Slot | None:
    # Under a quarter of an hour there is no room for the word; the line's double edge says it.
    return _slot(part, shown, kind, "Conference" if part.minutes >= 15 else "")


def _state(seat: SeatSeen) -> str:
    return seat.status.replace("_", " ").capitalize()


def _outages(suite: SuiteSeen, shown: Interval) -> Iterable[Slot]:
    for start, end, reason in suite.outages:
        until = end or shown.end
        if start < shown.end and until > shown.start:
            part = Interval(max(start, shown.start), min(until, shown.end))
            if slot := _slot(part, shown, "problem", f"Out of use: {reason}"):
                yield slot


def _closed(calendar: SiteCalendar, shown: Interval, days: Days) -> list[Slot]:
    found = []
    for part in subtract([shown], calendar.open_intervals(days.first)):
        label = next(
            (
                pause.label.capitalize()
                for pause in calendar.breaks
                if pause.is_on(days.first)
                and any(
                    shut.overlaps(part)
                    for shut in clock_intervals(
                        days.first, pause.from_time, pause.to_time, calendar.zone
                    )
                )
            ),
            "Closed",
        )
        if slot := _slot(part, shown, "closed", label):
            found.append(slot)
    return found


def _slot(
    part: Interval,
    shown: Interval,
    classes: str,
    title: str,
    href: str = "",
    lines: tuple[str, ...] = (),
) -> Slot | None:
    seen = part.intersection(shown)
    if seen is None:
        return None
    start = _cells(seen.start - shown.start)
    # Rounded outwards, so that even a minute is a cell that can be seen.
    span = max(1, _cells(seen.end - shown.start + CELL - timedelta(seconds=1)) - start)
    return Slot(start, span, classes, title, href, lines)


def _cells(length: timedelta) -> int:
    return int(length / CELL)

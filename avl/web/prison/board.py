"""The day as a board: which cells of which suite's column a booking fills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from avl.domain.interval import Interval
from avl.domain.local_time import say_time
from avl.queries.days import Days, SuiteSeen
from avl.queries.seats import SeatSeen
from avl.web.day_frame import cells_of, frame_of, hour_labels, shut_parts

MOST_SUITES = 16
"""How many columns a person can read at once; a bigger site is shown in parts."""


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
    zone = days.site.zone
    shown = frame_of(days.first, zone, [seat.span for seat in days.standing])
    closed = [
        slot
        for part, label in shut_parts(days.calendar, days.first, shown)
        if (slot := _slot(part, shown, "closed", label))
    ]
    columns = []
    for suite in suites:
        slots = [*closed, *_outages(suite, shown)]
        for seat in days.by_suite.get(suite.id, ()):
            if not seat.has_ended:
                slots.extend(_seat_slots(seat, shown, zone))
        columns.append(Column(suite.name, tuple(sorted(slots, key=lambda slot: slot.start))))
    return Board(
        hours=hour_labels(shown, zone),
        columns=tuple(columns),
        is_cut=any(not shown.contains(seat.span) for seat in days.standing),
    )


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


def _slot(
    part: Interval,
    shown: Interval,
    classes: str,
    title: str,
    href: str = "",
    lines: tuple[str, ...] = (),
) -> Slot | None:
    cells = cells_of(part, shown)
    return Slot(*cells, classes, title, href, lines[: _room_below(cells[1])]) if cells else None


def _room_below(cells: int) -> int:
    """How many whole lines a slot of so many cells has below its title.

    A line that is cut in half is worse than none: the table below has every word. The figures are
    those of assets/styles/_day.scss: cells of 9, lines of 16, and 3 for edge and gap.
    """
    return max(0, (cells * 9 - 3) // 16 - 1)

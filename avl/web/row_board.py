"""A day as a board: a row for each courtroom or suite, time along it, bookings as blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from avl.domain.calendars import SiteCalendar
from avl.domain.interval import Interval
from avl.web.board_names import Spot, Words, is_crowded, spots_for
from avl.web.day_frame import cells_of, frame_of, hour_labels, shut_parts

MOST_ROWS = 16
"""How many rows a person can read at once; a bigger place is shown in parts."""


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking in one row, as the board is told of it.

    Attributes:
        title: what its block shows, above ``at``; ``words`` the whole of it, as it is read out.
        href: the form that moves it; "" where this reader may not.
        show: the page about it.
    """

    reference: str
    row_id: int
    status: str
    hearing: Interval
    before: Interval | None
    after: Interval | None
    title: str
    at: str
    words: str
    href: str
    show: str

    @property
    def span(self) -> Interval:
        """The hearing with its conferences."""
        start = self.before.start if self.before else self.hearing.start
        return Interval(start, self.after.end if self.after else self.hearing.end)


@dataclass(frozen=True, slots=True)
class Block:
    """A booking's hearing in a row. ``start`` and ``span`` count cells.

    Attributes:
        title: what is written on it; ``spot`` where.
    """

    start: int
    span: int
    booked: Booked
    title: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Mark:
    """What else fills cells of a row: ``kind`` is closed, problem, before or after.

    Attributes:
        of: the reference of the booking whose conference it is.
    """

    start: int
    span: int
    kind: str
    words: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One courtroom's or suite's day.

    Attributes:
        lines: on how many lines its names stand; 1 where each has its time below it.
    """

    id: int
    name: str
    blocks: tuple[Block, ...]
    marks: tuple[Mark, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class RowBoard:
    """The whole board.

    Attributes:
        first: the instant of the first cell.
        hours: the label of each hour line.
        is_cut: some booking of the day lies outside it.
    """

    first: datetime
    hours: tuple[str, ...]
    rows: tuple[Row, ...]
    is_cut: bool


class Room(Protocol):
    """A courtroom or suite; a `SuiteSeen` satisfies it. An outage is start, end and reason."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def outages(self) -> tuple[tuple[datetime, datetime | None, str], ...]: ...


@dataclass(frozen=True)
class Part:
    """As many rooms as a person can read at once.

    Attributes:
        first: place of the first of them, from 0.
        others: every part there is: place of its first room, and words; none where all fit.
    """

    first: int
    rows: Sequence[Room]
    others: tuple[tuple[int, str], ...]


def part_of(rooms: Sequence[Room], first: int | None) -> Part:
    """The part that starts at a place; the first one where the address says nothing sensible."""
    if len(rooms) <= MOST_ROWS:
        return Part(0, rooms, ())
    starts = range(0, len(rooms), MOST_ROWS)
    others = tuple(
        (start, f"{rooms[start].name} to {rooms[min(start + MOST_ROWS, len(rooms)) - 1].name}")
        for start in starts
    )
    start = first if first is not None and first in starts else 0
    return Part(start, rooms[start : start + MOST_ROWS], others)


def row_board(
    on: date, calendar: SiteCalendar, rooms: Sequence[Room], everything: Collection[Booked]
) -> RowBoard:
    """Lay out one day in these rooms."""
    zone = calendar.zone
    ids = {room.id for room in rooms}
    booked = [one for one in everything if one.row_id in ids]
    shown = frame_of(on, zone, [one.span for one in booked])
    closed = [
        Mark(*cells, "closed", label)
        for part, label in shut_parts(calendar, on, shown)
        if (cells := cells_of(part, shown))
    ]
    by_row: dict[int, list[Booked]] = {}
    for one in booked:
        by_row.setdefault(one.row_id, []).append(one)
    laid = []
    for room in rooms:
        own = sorted(by_row.get(room.id, []), key=lambda one: one.hearing.start)
        marks = [*closed, *_outages(room, shown)]
        for one in own:
            marks += _conferences(one, shown)
        blocks = _blocks([(*cells, one) for one in own if (cells := cells_of(one.hearing, shown))])
        lines = 1 + max((one.spot.line for one in blocks), default=0)
        laid.append(Row(room.id, room.name, tuple(blocks), tuple(marks), lines))
    return RowBoard(
        shown.start,
        hour_labels(shown, zone),
        tuple(laid),
        is_cut=any(not shown.contains(one.span) for one in booked),
    )


def _blocks(laid: Sequence[tuple[int, int, Booked]]) -> list[Block]:
    """Write the names so that they can be read: over one another where they stand too close."""
    row = [Words(start, one.title, _below(one)) for start, _, one in laid]
    spots = [Spot()] * len(row)
    if is_crowded(row):
        # There is no room for times, which hour lines and list say; a state is not left out.
        row = [Words(start, f"{one.title} {_state(one)}".strip(), "") for start, _, one in laid]
        spots = spots_for(row)
    return [
        Block(start, span, one, words.title, spot)
        for (start, span, one), words, spot in zip(laid, row, spots, strict=True)
    ]


def _below(one: Booked) -> str:
    return f"{one.at} {_state(one)}".strip()


def _state(one: Booked) -> str:
    return "" if one.status == "confirmed" else one.status.replace("_", " ")


def _outages(room: Room, shown: Interval) -> Iterable[Mark]:
    for start, end, reason in room.outages:
        until = min(end or shown.end, shown.end)
        if start < until and (cells := cells_of(Interval(start, until), shown)):
            yield Mark(*cells, "problem", f"Out of use: {reason}")


def _conferences(one: Booked, shown: Interval) -> Iterable[Mark]:
    for kind, part in (("before", one.before), ("after", one.after)):
        if part and (cells := cells_of(part, shown)):
            yield Mark(*cells, kind, f"Conference {kind} the hearing of {one.title}", one.reference)

"""A court's roster of sittings as a spreadsheet holds it: read, and every fault in it named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.commands.csv_columns import Column, FileKind, text, typed
from avl.commands.csv_files import FilesRefused, Problem, Row, read_rows
from avl.domain.dates_typed import read_date, read_time
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, to_utc
from avl.models import Resource, ResourceKind, Site
from avl.queries.calendars import calendars_for

MOST_ROWS = 1000
"""Some three months of a court with sixteen courtrooms; more wants a second file."""

FILE = FileKind(
    "roster.csv",
    (
        Column("date", typed(read_date)),
        Column("courtroom", text(120)),
        Column("from", typed(read_time), required=False, default=None),
        Column("to", typed(read_time), required=False, default=None),
        Column("list", text(80), required=False),
        Column("judicial officer", text(80), required=False),
        Column("reason", text(160), required=False),
    ),
)
"""No times: the courtroom does not sit that day. The reason is why somebody presides although they
sit somewhere else then."""


class RosterRefused(FilesRefused):
    """The roster has faults, so nothing of it was imported."""

    what = "roster"


Key = tuple[int, date]
"""A courtroom (resource id) on one day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a roster, understood; ``hours`` is the whole day where nobody sits."""

    row: Row
    room: Resource
    on: date
    hours: Interval
    is_idle: bool

    @property
    def officer(self) -> str:
        """Who is to preside; "" for nobody named, or where nobody sits."""
        return "" if self.is_idle else str(self.row.values["judicial officer"])

    @property
    def key(self) -> Key:
        """The courtroom and the day it is about."""
        return self.room.id, self.on


def read_roster(session: Session, court: Site, content: bytes) -> list[Line]:
    """Understand every row of a roster by itself and beside the others.

    Args:
        content: UTF-8; cells apart by commas, semicolons or, as a spreadsheet copies, by tabs.

    Raises:
        RosterRefused: with everything that is wrong.
    """
    return _Reader(session, court).read(content)


def by_day(lines: Iterable[Line]) -> dict[Key, list[Line]]:
    """The lines of each courtroom's day."""
    found: dict[Key, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.key].append(line)
    return found


class _Reader:
    """One roster being read."""

    def __init__(self, session: Session, court: Site) -> None:
        self.session, self.court = session, court
        self.problems: list[Problem] = []
        self.lines: list[Line] = []

    def read(self, content: bytes) -> list[Line]:
        head, rest, delimiter = _parts(content)
        rows = read_rows(head + rest, FILE, self.problems, delimiter=delimiter)
        rows = [row for row in rows if any(row.values.values()) or self.problems]
        if not rows and not self.problems:
            self.problems.append(Problem(FILE.name, 0, "", "there are no rows in it"))
        if len(rows) > MOST_ROWS:
            reason = f"at most {MOST_ROWS} rows are taken at once, and this has {len(rows)}"
            raise RosterRefused([Problem(FILE.name, 0, "", reason)])
        rooms = {
            room.name.casefold(): room
            for room in self.session.scalars(
                select(Resource)
                .where(
                    Resource.site_id == self.court.id,
                    Resource.kind == ResourceKind.COURTROOM,
                    Resource.is_active,
                )
                .order_by(Resource.sort_order, Resource.name)
            )
        }
        for row in rows:
            if line := self._line(row, rooms):
                self.lines.append(line)
        self._refuse_closed()
        self._refuse_overlaps()
        if self.problems:
            raise RosterRefused(self.problems)
        return self.lines

    def _line(self, row: Row, rooms: dict[str, Resource]) -> Line | None:
        room = rooms.get(row.values.get("courtroom", "").casefold())
        if room is None and "courtroom" in row.values:
            known = ", ".join(one.name for one in rooms.values())
            reason = f"{self.court.short_name} has no such courtroom; it has {known}"
            self._problem(row, "courtroom", reason)
        if room is None or not {"date", "from", "to"} <= row.values.keys():
            return None
        on, start, end = (row.values[name] for name in ("date", "from", "to"))
        day = day_interval(on, self.court.zone)
        if start is None and end is None:
            return Line(row, room, on, day, is_idle=True)
        for name, at in (("from", start), ("to", end)):
            if at is None:
                self._problem(row, name, "give both times, or neither for a day without sitting")
                return None
        began, over = self._moment(row, "from", on, start), self._moment(row, "to", on, end)
        if began is None or over is None:
            return None
        if over <= began:
            self._problem(row, "to", "the end must come after the start, on the same day")
            return None
        return Line(row, room, on, Interval(began, over), is_idle=False)

    def _moment(self, row: Row, name: str, on: date, at: Any) -> datetime | None:
        try:
            return to_utc(datetime.combine(on, at), self.court.zone, fold=0)
        except InvalidInput as refusal:
            self._problem(row, name, refusal.message)
            return None

    def _refuse_closed(self) -> None:
        """A sitting that shares no moment with the court's hours would never hold a hearing."""
        sits = [line for line in self.lines if not line.is_idle]
        if not sits:
            return
        first, last = min(line.on for line in sits), max(line.on for line in sits)
        if last - first > timedelta(days=366):
            raise RosterRefused(
                [Problem(FILE.name, 0, "date", "a roster spans at most a year; mend the dates")]
            )
        calendar = calendars_for(self.session, [self.court.id], first, last)[self.court.id]
        for line in sits:
            opened = calendar.open_intervals(line.on)
            if not any(line.hours.overlaps(hours) for hours in opened):
                reason = calendar.why_shut(line.hours) or f"{self.court.name} is closed."
                self._problem(line.row, "from", reason)

    def _refuse_overlaps(self) -> None:
        for lines in by_day(self.lines).values():
            lines.sort(key=lambda line: (line.hours, line.row.line))
            for before, after in pairwise(lines):
                if before.hours.overlaps(after.hours):
                    said = f"{after.room.name} is already in line {before.row.line} at that time"
                    self._problem(after.row, "from", said)

    def _problem(self, row: Row, column: str, reason: str) -> None:
        self.problems.append(row.problem(column, reason.rstrip(".")))


def _parts(content: bytes) -> tuple[bytes, bytes, str]:
    """The line of column names in small letters, the other lines, and what parts the cells."""
    head, line_end, rest = content.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    marks = (b"\t", b";", b",")
    delimiter = max(marks, key=head.count).decode()
    return head.lower(), line_end + rest, delimiter

"""Reading an area's folder of CSV, and every fault in it with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from avl.commands.area_columns import FILES
from avl.commands.csv_files import Files, FilesRefused, Problem, Row, read_folder

__all__ = ["AreaFiles", "AreaRefused", "Problem", "Row", "dates_of", "read_area"]


class AreaRefused(FilesRefused):
    """The area has faults, so nothing of it was imported."""

    what = "area"


@dataclass
class AreaFiles(Files):
    """Everything in one area's folder, and everything wrong with it."""

    area: str = ""


def read_area(folder: Path) -> AreaFiles:
    """Read every file of an area; a file it does not need may be missing."""
    read = read_folder(folder, FILES, "an area")
    for rows in read.rows.values():
        _refuse_backwards(rows, read.problems)
    return AreaFiles(read.rows, read.problems, folder.name)


def dates_of(row: Row) -> Iterator[date]:
    """Return each date of a closure's line, from ``on_date`` to ``last_date`` inclusive."""
    on = row.values["on_date"]
    while on <= (row.values["last_date"] or row.values["on_date"]):
        yield on
        on += timedelta(days=1)


def _refuse_backwards(rows: list[Row], problems: list[Problem]) -> None:
    pairs = (("opens_at", "closes_at"), ("from_time", "to_time"), ("from_on", "to_on"))
    for row in rows:
        for start, end in pairs:
            first, last = row.values.get(start), row.values.get(end)
            if first is not None and last is not None and last <= first:
                problems.append(row.problem(end, f"this must come after {start}"))
        on, last_on = row.values.get("on_date"), row.values.get("last_date")
        if on and last_on and not on <= last_on <= on + timedelta(days=366):
            problems.append(row.problem("last_date", "this must be within a year after on_date"))

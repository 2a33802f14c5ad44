"""Reading an area's folder of CSV, and every fault in it with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from avl.commands.area_columns import FILES, FileKind
from avl.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, with its place; line 1 holds the column names."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file} line {self.line}" if self.line else self.file
        return (
            f"{place}, column {self.column}: {self.reason}"
            if self.column
            else (f"{place}: {self.reason}")
        )


class AreaRefused(DomainError):
    """The area has faults, so nothing of it was imported.

    Attributes:
        problems: every fault found, in the order of files and lines.
    """

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        found = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        super().__init__(f"The area was not imported: {found}.\n{lines}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, read; values that could not be read are absent."""

    file: str
    line: int
    values: dict[str, Any]

    def problem(self, column: str, reason: str) -> Problem:
        """Say what is wrong in this line."""
        return Problem(self.file, self.line, column, reason)


@dataclass
class AreaFiles:
    """Everything in one folder, and everything wrong with it."""

    area: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_area(folder: Path) -> AreaFiles:
    """Read every file of an area; a file it does not need may be missing."""
    found = AreaFiles(folder.name)
    names = {kind.name for kind in FILES}
    present = sorted(path.name for path in folder.glob("*.csv")) if folder.is_dir() else []
    if not present:
        found.problems.append(Problem(str(folder), 0, "", "there are no CSV files here"))
    for name in present:
        if name not in names:
            known = ", ".join(sorted(names))
            found.problems.append(Problem(name, 0, "", f"an area has no such file; it has {known}"))
    for kind in FILES:
        rows = _read_file(folder / kind.name, kind, found.problems) if kind.name in present else []
        _refuse_doubles(kind, rows, found.problems)
        _refuse_backwards(rows, found.problems)
        found.rows[kind.name] = rows
    return found


def dates_of(row: Row) -> Iterator[date]:
    """Return each date of a closure's line, from ``on_date`` to ``last_date`` inclusive."""
    on = row.values["on_date"]
    while on <= (row.values["last_date"] or row.values["on_date"]):
        yield on
        on += timedelta(days=1)


def _read_file(path: Path, kind: FileKind, problems: list[Problem]) -> list[Row]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(path.name, 0, "", "the text is not UTF-8; save the file as UTF-8"))
        return []
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        if not _has_right_columns(kind, list(reader.fieldnames or ()), problems):
            return []
        return [_read_row(kind, reader.line_num, cells, problems) for cells in reader]
    except csv.Error as error:
        problems.append(Problem(path.name, reader.line_num + 1, "", f"the line is broken: {error}"))
        return []


def _has_right_columns(kind: FileKind, names: list[str], problems: list[Problem]) -> bool:
    known = {column.name for column in kind.columns}
    wrong = [
        *((name, "the file has no such column") for name in names if name not in known),
        *((name, "the column is there twice") for name in set(names) if names.count(name) > 1),
        *(
            (column.name, "the column is missing")
            for column in kind.columns
            if column.required and column.name not in names
        ),
    ]
    problems.extend(Problem(kind.name, 1, name, reason) for name, reason in wrong)
    return not wrong


def _read_row(
    kind: FileKind, line: int, cells: dict[str | Any, Any], problems: list[Problem]
) -> Row:
    row = Row(kind.name, line, {})
    if None in cells:
        problems.append(row.problem("", "the line has more cells than the file has columns"))
    for column in kind.columns:
        cell = (cells.get(column.name) or "").strip()
        if not cell:
            if column.required:
                problems.append(row.problem(column.name, "this cannot be empty"))
            else:
                row.values[column.name] = column.default
            continue
        try:
            row.values[column.name] = column.read(cell)
        except ValueError as error:
            problems.append(row.problem(column.name, str(error)))
    return row


def _refuse_doubles(kind: FileKind, rows: list[Row], problems: list[Problem]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows if kind.key else ():
        key = tuple(row.values.get(name) for name in kind.key)
        if key in seen:
            said = f"“{row.values.get(kind.key[-1])}” is already in line {seen[key]}"
            problems.append(row.problem(kind.key[-1], said))
        seen.setdefault(key, row.line)


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

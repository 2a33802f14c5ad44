"""Reading a folder of CSV files, and naming every fault in it with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avl.commands.csv_columns import FileKind
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


class FilesRefused(DomainError):
    """The files have faults, so nothing of them was imported.

    Attributes:
        problems: every fault found, in the order of files and lines.
    """

    what = "folder"

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line)))
        found = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        super().__init__(f"The {self.what} was not imported: {found}.\n{lines}")


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
class Files:
    """Everything in one folder, and everything wrong with it."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_folder(folder: Path, kinds: Sequence[FileKind], whose: str) -> Files:
    """Read every file of a folder; a file it does not need may be missing.

    Args:
        whose: what such a folder is called: "an area".
    """
    found = Files()
    names = {kind.name for kind in kinds}
    present = sorted(path.name for path in folder.glob("*.csv")) if folder.is_dir() else []
    if not present:
        found.problems.append(Problem(str(folder), 0, "", "there are no CSV files here"))
    for name in present:
        if name not in names:
            known = ", ".join(sorted(names))
            reason = f"{whose} has no such file; it has {known}"
            found.problems.append(Problem(name, 0, "", reason))
    for kind in kinds:
        content = (folder / kind.name).read_bytes() if kind.name in present else None
        rows = [] if content is None else read_rows(content, kind, found.problems)
        _refuse_doubles(kind, rows, found.problems)
        found.rows[kind.name] = rows
    return found


def read_rows(
    content: bytes, kind: FileKind, problems: list[Problem], *, delimiter: str = ","
) -> list[Row]:
    """Read the lines of one file; what is wrong with them is added to the problems."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(kind.name, 0, "", "the text is not UTF-8; save the file as UTF-8"))
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        if not _has_right_columns(kind, list(reader.fieldnames or ()), problems):
            return []
        return [read_row(kind, reader.line_num, cells, problems) for cells in reader]
    except csv.Error as error:
        problems.append(Problem(kind.name, reader.line_num + 1, "", f"the line is broken: {error}"))
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


def read_row(
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


def what_differs(there: object, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a row does not have yet."""
    return {name: value for name, value in values.items() if getattr(there, name) != value}


def set_what_differs(there: object, values: Mapping[str, Any]) -> bool:
    """Change a row to these values; say whether anything differed."""
    different = what_differs(there, values)
    for name, value in different.items():
        setattr(there, name, value)
    return bool(different)

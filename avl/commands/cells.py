"""One row typed into a page, read by the very columns that read an area's files."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date
from typing import Any

from avl.commands.csv_columns import FileKind
from avl.commands.csv_files import Problem, read_row
from avl.domain.errors import InvalidInput


class CellsRefused(InvalidInput):
    """Some of what was typed cannot be used.

    Attributes:
        errors: a sentence for each column that was refused.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        field, message = next(iter(errors.items()))
        super().__init__(field, message)
        self.errors = dict(errors)


def read_cells(kind: FileKind, cells: Mapping[str, str]) -> dict[str, Any]:
    """Read a row's columns from text, as an import reads a line.

    Raises:
        CellsRefused: some column is empty that may not be, or cannot be read.
    """
    problems: list[Problem] = []
    row = read_row(
        kind, 0, {name: " ".join(cell.split()) for name, cell in cells.items()}, problems
    )
    if problems:
        raise CellsRefused({one.column: _sentence(one.reason) for one in problems})
    return row.values


def spell_cells(kind: FileKind, row: object) -> dict[str, str]:
    """A row's columns as they would stand in a file."""
    return {one.name: spell_cell(getattr(row, one.name, None)) for one in kind.columns}


def spell_cell(value: object) -> str:
    """One value as it would stand in a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, enum.StrEnum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


def what_changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    """The columns that differ, each with what it was and what it became."""
    return {
        name: [before.get(name, ""), cell]
        for name, cell in after.items()
        if before.get(name, "") != cell
    }


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."

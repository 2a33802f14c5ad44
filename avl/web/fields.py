"""Forms for rows that an area's files hold as well: one field for each column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import request

from avl.commands.cells import CellsRefused
from avl.domain.errors import InvalidInput

Choices = tuple[tuple[str, str], ...]

YES_NO: Choices = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True, slots=True)
class Field:
    """How one column is asked for.

    Attributes:
        name: of the column.
        width: of the input, in characters (2, 3, 4, 5, 10, 20); 0: the whole line.
        suffix: the unit after the input.
        choices: value and words; none: it is typed.
        rows: lines of a longer text; 0: one line.
    """

    name: str
    label: str
    hint: str = ""
    width: int = 0
    suffix: str = ""
    choices: Choices = ()
    rows: int = 0


def with_choices(fields: Iterable[Field], **choices: Sequence[tuple[str, str]]) -> list[Field]:
    """Fields of which some are chosen from what is on record."""
    return [
        Field(one.name, one.label, one.hint, choices=tuple(choices[one.name]))
        if one.name in choices
        else one
        for one in fields
    ]


def typed_in(fields: Iterable[Field], *others: str) -> dict[str, str]:
    """What was sent in these fields, and in some others, single spaces between its words."""
    names = [*(one.name for one in fields), *others]
    return {name: " ".join(request.form.get(name, "").split()) for name in names}


def errors_of(refusal: InvalidInput, fields: Iterable[Field]) -> dict[str, str]:
    """What is wrong, by field; one that was left empty is asked for by its own name."""
    errors = (
        refusal.errors if isinstance(refusal, CellsRefused) else {refusal.field: refusal.message}
    )
    labels = {one.name: one.label for one in fields}
    return {
        name: f"Fill in “{labels[name]}”." if _is_empty(said) and name in labels else said
        for name, said in errors.items()
    }


def words_of(fields: Iterable[Field]) -> Mapping[str, str]:
    """What each column is called on the page."""
    return {one.name: one.label for one in fields}


def _is_empty(said: str) -> bool:
    return said == "This cannot be empty."

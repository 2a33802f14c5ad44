"""What a program may send in a row is what a line of the same file may hold."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from avl.commands.area_columns import HEARING_TYPES, MODE_RULES
from avl.commands.csv_columns import Column, FileKind
from avl.commands.site_rows import ROOM, SITE_RULES
from avl.web.api.fields import Whole
from avl.web.api.hearing_types import HearingTypeIn, KindOut
from avl.web.api.mode_rules import ModeRuleIn, ModeRuleOut
from avl.web.api.rooms import RoomIn, RoomOut
from avl.web.api.site_rules import SiteRulesIn, SiteRulesOut

ROWS: list[tuple[FileKind, type[Schema], type[Schema]]] = [
    (HEARING_TYPES, HearingTypeIn, KindOut),
    (MODE_RULES, ModeRuleIn, ModeRuleOut),
    (ROOM, RoomIn, RoomOut),
    (SITE_RULES, SiteRulesIn, SiteRulesOut),
]
ONLY_SAID = {"id", "version", "site"}


def reads(column: Column, cell: str) -> bool:
    try:
        column.read(cell)
    except ValueError:
        return False
    return True


def limits(field: fields.Field[Any]) -> tuple[list[str], list[str]]:
    """Cells at a field's limits, and cells just beyond them."""
    if isinstance(field, Whole):
        [bounds] = [one for one in field.validators if isinstance(one, validate.Range)]
        within, beyond = [bounds.min, bounds.max], [bounds.max + 1]
        beyond += [bounds.min - 1] if bounds.min else []
        return [str(one) for one in within], [str(one) for one in beyond]
    for one in field.validators:
        if isinstance(one, validate.OneOf):
            return [str(choice) for choice in one.choices], ["by post"]
        if isinstance(one, validate.Length):
            assert one.max is not None
            return ["A" * one.max], ["A" * (one.max + 1)]
    return [], []


@pytest.mark.parametrize(("kind", "sent", "said"), ROWS, ids=lambda one: getattr(one, "name", ""))
def test_a_program_may_send_what_a_file_may_hold(
    kind: FileKind, sent: type[Schema], said: type[Schema]
) -> None:
    columns = {one.name: one for one in kind.columns}
    accepted, answered = sent().fields, said().fields
    # A new mode rule is given its code.
    assert columns.keys() - accepted.keys() <= {"code"}
    assert accepted.keys() <= columns.keys()
    assert answered.keys() - ONLY_SAID == columns.keys()
    for name, field in accepted.items():
        within, beyond = limits(field)
        assert all(reads(columns[name], cell) for cell in within if cell), name
        assert not any(reads(columns[name], cell) for cell in beyond), name

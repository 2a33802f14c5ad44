"""Which bookings a changed hearing type or mode rule may concern, whoever changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from avl.commands.csv_files import what_differs
from avl.models import HearingType, ModeRule
from avl.queries.standing import Ruled

OF_A_BOOKING = ("act_class", "typical_minutes", "pre_minutes", "post_minutes", "access")
"""What about a hearing type decides whether a booking of it still stands, and who may read of it:
one made as the type is closed must not be published as if it were open."""


def type_ruled(there: HearingType | None, values: Mapping[str, Any]) -> Iterator[Ruled]:
    """What a hearing type concerns that is to have these values."""
    deciding = {name: values[name] for name in OF_A_BOOKING}
    if there is not None and what_differs(there, deciding):
        yield Ruled(there.code)


def rule_ruled(there: ModeRule | None, values: Mapping[str, Any]) -> Iterator[Ruled]:
    """What a mode rule concerns that is new, or is to have these values."""
    if there is None or what_differs(there, values):
        yield Ruled(values["hearing_type_code"], values["court_id"])
    if there is not None and what_differs(there, values):
        yield Ruled(there.hearing_type_code, there.court_id)

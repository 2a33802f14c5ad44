"""What a custody status says to the rule that parts people on remand from the sentenced."""

from __future__ import annotations

import pytest

from avl.domain.custody import is_sentenced
from avl.web.records.forms import STATUSES


@pytest.mark.parametrize(
    ("status", "is_serving"),
    [
        ("Sentenced", True),
        ("sentenced, recall", True),
        ("recalled", True),
        (" RECALL ", True),
        ("Remand", False),
        ("remanded in custody", False),
        ("remand_convicted", False),
        ("", None),
        ("transit", None),
    ],
)
def test_a_status_is_read_as_people_write_it(status: str, is_serving: bool | None) -> None:
    assert is_sentenced(status) is is_serving


def test_every_status_on_the_list_says_which() -> None:
    offered = {value for value, *_ in STATUSES}

    assert {status for status in offered if is_sentenced(status) is None} == {""}

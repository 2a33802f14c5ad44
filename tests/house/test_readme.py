"""The README says what the code does."""

import re
from pathlib import Path

from avl.domain.booking import NEXT_STATUS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_states_diagram_shows_every_permitted_step_and_no_other():
    diagram = re.search(r"<!-- states -->\n(.*?)<!-- /states -->", README, re.DOTALL)
    assert diagram

    steps = re.findall(r"^    (\w+) --> (\w+): (\w+)$", diagram[1], re.MULTILINE)

    assert sorted(steps) == sorted(
        (start.value, end.value, action.value) for (start, action), end in NEXT_STATUS.items()
    )


def test_every_required_library_has_a_line_that_says_what_it_is_for():
    table = README.partition("### What each library is for")[2].partition("##")[0]

    wanted = re.findall(
        r"^([a-z][a-z0-9-]*)", (ROOT / "requirements" / "base.in").read_text(), re.MULTILINE
    )

    assert [name for name in wanted if name not in table] == []

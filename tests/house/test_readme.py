"""The README says what the code does."""

import json
import re
from itertools import product
from pathlib import Path

import click

from avl.cli import commands
from avl.domain.booking import NEXT_STATUS
from tests.api.operations import OPERATIONS, TOO_SLOW

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_states_diagram_shows_every_permitted_step_and_no_other():
    diagram = re.search(r"<!-- states -->\n(.*?)<!-- /states -->", README, re.DOTALL)
    assert diagram

    steps = re.findall(r"^    (\w+) --> (\w+): (\w+)$", diagram[1], re.MULTILINE)

    assert sorted(steps) == sorted(
        (start.value, end.value, action.value) for (start, action), end in NEXT_STATUS.items()
    )


def test_every_required_library_has_a_line_that_says_what_it_is_for_and_no_other_has():
    table = README.partition("### What each library is for")[2].partition("##")[0]
    said = re.findall(r"[\w@./-]+", " ".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))

    wanted = [
        name
        for lock in ("base", "dev", "node")
        for name in re.findall(
            r"^(\w[\w-]*)", (ROOT / "requirements" / f"{lock}.in").read_text(), re.MULTILINE
        )
    ]
    package = json.loads((ROOT / "package.json").read_text())
    wanted += [*package["dependencies"], *package["devDependencies"]]

    assert sorted(set(said) - {"Library", "---", "npm"}) == sorted(wanted)


def test_every_command_of_an_operator_has_its_line_and_no_other_has():
    told = part("Commands")
    said = {
        f"{group or ''}{name}"
        for group, names in re.findall(r"^    flask avl (user )?([a-z|-]+)", told, re.MULTILINE)
        for name in names.split("|")
    }

    assert said == set(names_of(commands))


def test_every_call_of_the_api_has_its_line_and_no_other_has():
    said = {
        (method, re.sub(r"{\w+}", "{}", "/".join(path)))
        for line in re.findall(r"^    (.*)$", part("The API"), re.MULTILINE)
        for methods, ways in re.findall(r"([A-Z|]{3,}) (/[^\s?]*)", line)
        for method in methods.split("|")
        for path in product(*(step.split("|") for step in ways.split("/")))
    }
    known = {(method, re.sub(r"{\w+}", "{}", path)) for method, path in {*OPERATIONS} | TOO_SLOW}
    # Of these one sentence says that each change has a look before it.
    looks = {
        (method, path)
        for method, path in known
        if path.endswith("/preview") and (method, path) not in said
    }

    assert said == known - looks
    assert "`/preview`" in part("The API")


def part(title: str) -> str:
    """What stands under a heading."""
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def names_of(group: click.Group, before: str = "") -> list[str]:
    """Every command of a group, those of its own groups with the group's name."""
    return [
        name
        for command, found in group.commands.items()
        for name in (
            names_of(found, f"{command} ")
            if isinstance(found, click.Group)
            else [f"{before}{command}"]
        )
    ]

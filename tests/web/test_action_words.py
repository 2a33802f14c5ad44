"""A booking's history is told in words: whatever a command records of a booking has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from avl import commands
from avl.domain.booking import Action
from avl.web.action_words import ACTION_WORDS

COMMANDS = Path(commands.__file__).parent


def _spelt() -> Iterator[str]:
    """Every action that some command spells out beside a booking."""
    for source in sorted(COMMANDS.glob("*.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call) or "booking" not in {k.arg for k in node.keywords}:
                continue
            if isinstance(node.func, ast.Name) and node.func.id in ("record", "event_of"):
                for value in node.args[:2]:
                    if isinstance(value, ast.Constant):
                        yield value.value


def test_whatever_is_recorded_of_a_booking_has_words() -> None:
    spelt = {*_spelt(), *(str(action) for action in Action)}

    assert {"wait", "take_wait", "apply_plan", "disrupt"} <= spelt
    assert spelt == set(ACTION_WORDS)

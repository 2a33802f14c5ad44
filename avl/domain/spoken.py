"""How several things are said together."""

from __future__ import annotations

from collections.abc import Iterable


def say_all(things: Iterable[str]) -> str:
    """Say things together, in their order: "A", "A and B", "A, B and C"; "" for none."""
    *first, last = list(things) or [""]
    return f"{', '.join(first)} and {last}" if first else last

"""What a day's plan says about itself, in people's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from avl.domain.local_time import say_minutes


def say_day_cost(cost: Mapping[str, Any], *, left_out: int) -> str:
    """Say what a list comes to: "Everybody has a place; 45 minutes from the wanted times ...".

    Args:
        left_out: how many hearings have no place.
    """
    parts = ["everybody has a place"]
    if left_out:
        parts = [f"{_count(left_out, 'hearing')} without a place"]
    off = cost["off"]
    parts.append(f"{say_minutes(off)} from the wanted times together" if off else "all on time")
    moved = cost["moved"]
    parts.append(
        f"{_count(moved, 'published hearing')} at another time or in another courtroom"
        if moved
        else "every published hearing at its time and in its courtroom"
    )
    return _sentence(parts)


def say_bound(cost: Mapping[str, Any]) -> str:
    """Say how much better any list could be."""
    proven = cost["proven"]
    _, off, _, _ = cost["bound"]
    if proven >= 4:
        return "Proved: no list of these hearings is better."
    if proven >= 3:
        return "Proved: no list places more, comes closer to the wanted times or moves fewer."
    if proven >= 1 and off:
        return (
            "Proved: no list places more hearings."
            f" None can come closer than {say_minutes(off)} to the wanted times."
        )
    if proven >= 1:
        return "Proved: no list places more hearings. A list closer to the wanted times may exist."
    return "A better list may exist; nothing is proved about it yet."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."

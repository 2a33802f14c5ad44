"""The names along one row of a board: each on a line where its neighbours leave it room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LINES = 3
"""As many as fit into a row that is still a row."""

LETTER = 0.95
"""Cells that one bold capital takes where they are narrowest (`assets/styles/_board.scss`)."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be written from a cell on: the name, and the time below it."""

    start: int
    title: str
    below: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a name is written.

    Attributes:
        line: counted from 0, the topmost.
        room: the cells it may fill; None where nothing stands in its way.
    """

    line: int = 0
    room: int | None = None


def is_crowded(row: Sequence[Words]) -> bool:
    """Whether some words of a row, earliest first, would run into the next ones on one line."""
    return any(
        one.start + max(_cells(one.title), _cells(one.below)) > following.start
        for one, following in pairwise(row)
    )


def spots_for(row: Sequence[Words]) -> list[Spot]:
    """Spread the names of a crowded row, earliest first, over its lines.

    Each takes the topmost line that is free again, else the one that is free soonest; the name
    before it there ends where it begins.
    """
    ends, last = [0] * LINES, [-1] * LINES
    lines: list[int] = []
    rooms: list[int | None] = [None] * len(row)
    for place, one in enumerate(row):
        free = [line for line in range(LINES) if ends[line] <= one.start]
        line = free[0] if free else min(range(LINES), key=ends.__getitem__)
        if (before := last[line]) >= 0:
            rooms[before] = one.start - row[before].start
        ends[line], last[line] = one.start + _cells(one.title), place
        lines.append(line)
    return [Spot(line, room) for line, room in zip(lines, rooms, strict=True)]


def _cells(words: str) -> int:
    return math.ceil(len(words) * LETTER) + 1

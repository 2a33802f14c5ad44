"""Timing, and the lines that `make bench` prints."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table. Times in milliseconds; None where there is nothing to say.

    Attributes:
        at_most: the greatest ratio to the floor that meets the target.
        p95_at_most: the greatest 95th percentile that meets it.
        ours_at_most: the greatest time of our own that meets it.
        is_flat: it must not grow with the number of bookings (see `GROWTH`).
        unit: of our own figure, where it is no time.
    """

    operation: str
    floor: float | None
    ours: float
    p95: float | None = None
    at_most: float | None = None
    p95_at_most: float | None = None
    ours_at_most: float | None = None
    note: str = ""
    is_flat: bool = False
    unit: str = "ms"

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def has_target(self) -> bool:
        return bool(self.at_most or self.p95_at_most or self.ours_at_most)

    @property
    def is_met(self) -> bool:
        too_slow = self.at_most and self.ratio is not None and self.ratio > self.at_most
        too_late = self.p95_at_most and self.p95 is not None and self.p95 > self.p95_at_most
        too_long = self.ours_at_most and self.ours > self.ours_at_most
        return not (too_slow or too_late or too_long)


GROWTH = 1.3
"""The most by which what must be flat may grow from the fewest bookings to the most."""

HEADINGS = ("operation", "floor ms", "ours ms", "ratio", "p95 ms", "target", "")


def line(row: Row) -> str:
    """One row as printed."""
    cells = (
        row.operation,
        _number(row.floor),
        _number(row.ours),
        f"{row.ratio:.2f}" if row.ratio else "",
        _number(row.p95),
        targets(row),
        ("ok" if row.is_met else "MISSED") if row.has_target else "",
    )
    return _laid_out(cells) + (f"  {row.note}" if row.note else "")


def targets(row: Row) -> str:
    """What a row must keep to, "" for nothing."""
    said = []
    if row.at_most:
        said.append(f"<= {row.at_most:.3g}x")
    if row.ours_at_most:
        said.append(f"<= {row.ours_at_most:g} {row.unit}")
    if row.p95_at_most:
        said.append(f"p95 <= {row.p95_at_most:g}")
    return ", ".join(said)


def heading() -> str:
    """The line above the rows."""
    return _laid_out(HEADINGS)


def growth(fewest: Row, most: Row) -> float:
    """How much slower it is among the most bookings than among the fewest.

    Of two ratios where both have a floor, so that a machine that was busier during one of the
    runs counts for neither.
    """
    if fewest.ratio and most.ratio:
        return most.ratio / fewest.ratio
    return most.ours / fewest.ours


def _laid_out(cells: Sequence[str]) -> str:
    first, *rest = cells
    return f"{first:<52}" + "".join(f"{cell:>10}" for cell in rest[:4]) + f"{rest[4]:>20} {rest[5]}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def times(function: Callable[[], object], rounds: int) -> list[float]:
    """Run a function and return how long each round took, in milliseconds, shortest first."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        function()
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def side_by_side(
    floor: Callable[[], object], ours: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Time two functions in turn, so that whatever else the machine does hits both alike."""
    floors: list[float] = []
    our_own: list[float] = []
    for _ in range(rounds):
        floors += times(floor, 1)
        our_own += times(ours, 1)
    return sorted(floors), sorted(our_own)


def p50(taken: Sequence[float]) -> float:
    return statistics.median(taken)


def p95(taken: Sequence[float]) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * 0.95))]

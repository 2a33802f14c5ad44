"""The table at the end of `make bench`: each target, what was measured, met or missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.measure import GROWTH, Row, growth, targets

Found = Mapping[tuple[str, int], Sequence[Row]]
"""The rows of each database and size."""

WHAT, TARGET, CELL = 54, 20, 20
"""How wide the columns are, in characters."""


def tables(found: Found) -> Iterator[str]:
    """For each database a line for each operation that has a target or must be flat, with a column
    for each size and one for the growth from the smallest to the greatest."""
    for engine in _engines(found):
        grounds = [ground for ground in found if ground[0] == engine]
        has_growth = len(grounds) > 1
        judged = [row for one in grounds for row in found[one] if row.has_target or row.is_flat]
        yield ""
        yield _line(
            f"{engine}, bookings:",
            "target",
            [f"{size:,}" for _, size in grounds] + ["growth"] * has_growth,
        )
        for operation, row in {row.operation: row for row in judged}.items():
            cells = [_cell(_row(found, ground, operation)) for ground in grounds]
            by = _growth(found, engine, operation) if has_growth else None
            yield _line(operation, targets(row), [*cells, _said_growth(by)])


def missed(found: Found) -> list[str]:
    """What missed its target, a line for each."""
    return [
        f"{engine}, {size:,} bookings: {row.operation}: {_figures(row)} ({targets(row)})"
        for (engine, size), rows in found.items()
        for row in rows
        if row.has_target and not row.is_met
    ]


def grown(found: Found) -> list[str]:
    """What must be flat and grew, from the fewest bookings to the most, on each database."""
    lines = []
    for engine in _engines(found):
        sizes = _sizes(found, engine)
        for row in found[engine, sizes[-1]]:
            by = _growth(found, engine, row.operation)
            if by is not None and by > GROWTH:
                span = f"{sizes[0]:,} to {sizes[-1]:,}"
                lines.append(f"{engine}, {span} bookings: {row.operation}: {by:.2f} times")
    return lines


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    return _figures(row) + (f" {'ok' if row.is_met else 'MISSED'}" if row.has_target else "")


def _said_growth(by: float | None) -> str:
    return "" if by is None else f"{by:.2f}x {'ok' if by <= GROWTH else 'MISSED'}"


def _figures(row: Row) -> str:
    """What is judged: the ratio to the floor, our own figure, its 95th percentile."""
    said = []
    if row.at_most and row.ratio is not None:
        said.append(f"{row.ratio:.2f}x")
    if row.ours_at_most or not row.has_target:
        said.append(f"{row.ours:.{0 if row.ours >= 100 else 1}f} {row.unit}")
    if row.p95_at_most and row.p95 is not None:
        said.append(f"p95 {row.p95:.1f}".removesuffix(".0"))
    return " ".join(said)


def _growth(found: Found, engine: str, operation: str) -> float | None:
    """By how much it grew, where it must not; None where that is not asked."""
    sizes = _sizes(found, engine)
    few = _row(found, (engine, sizes[0]), operation)
    many = _row(found, (engine, sizes[-1]), operation)
    if len(sizes) == 1 or not (few and many and few.is_flat and many.is_flat):
        return None
    return growth(few, many)


def _row(found: Found, ground: tuple[str, int], operation: str) -> Row | None:
    return next((row for row in found[ground] if row.operation == operation), None)


def _engines(found: Found) -> list[str]:
    return list(dict.fromkeys(engine for engine, _ in found))


def _sizes(found: Found, engine: str) -> list[int]:
    return sorted(size for one, size in found if one == engine)


def _line(operation: str, target: str, cells: Sequence[str]) -> str:
    line = f"{operation:<{WHAT}}{target:<{TARGET}}" + "".join(f"{cell:<{CELL}}" for cell in cells)
    return line.rstrip()

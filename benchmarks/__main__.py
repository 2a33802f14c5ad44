"""Run the benchmarks: `python -m benchmarks [search …]`, `BENCH_SIZES`, `BENCH_ENGINES`.

Every row is printed as it is measured; at the end each database has a table of every target, met
or missed, and of what grew with the number of bookings that must not.

How long it takes on a machine with two cores that is idle otherwise: the whole, some ten minutes.
Of these 10,000 bookings take 2 s to make on SQLite and 5 s on PostgreSQL, 100,000 10 s and 25 s;
to measure them takes about a minute for each database and size, and the plans of days three minutes
more, once. `BENCH_SIZES="10000 100000 1000000"` shows the law of growth over its whole range: a
million take two and six minutes of processor time to make, and 3 GB where TMPDIR says, twice over
while bookings are made beside a floor that writes into a copy. PostgreSQL
spends most of that on making the rule that no two holds overlap, which checks every one.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from types import ModuleType

import benchmarks
from benchmarks import _summary
from benchmarks.ground import ENGINES, Ground, grounds
from benchmarks.measure import Row, heading, line

MET, MISSED, BROKEN = 0, 1, 2
"""How the command ends: every target met, one or more missed, or something not measured at all."""


def main(wanted: list[str]) -> int:
    """Print every row and the summary; return how it went."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000 100000").split()]
    engines = os.environ.get("BENCH_ENGINES", " ".join(ENGINES)).split()
    modules = _modules(wanted)
    if not modules:
        print(f"There is no such benchmark: {' '.join(wanted)}.")
        return BROKEN
    found: dict[tuple[str, int], list[Row]] = {}
    broken: list[str] = []
    with grounds(engines, sizes) as every_ground:
        for ground in every_ground:
            print(heading())
            rows = found[ground.engine, ground.size] = []
            for module in modules:
                if not _measure(module, ground, rows):
                    broken.append(f"{_where(ground.engine, ground.size)}: {module.__name__}")
    return _sum_up(found, broken)


def _modules(wanted: list[str]) -> list[ModuleType]:
    """The benchmarks by name, those first that want a ground nobody has worked on."""
    found = [
        module
        for found in pkgutil.iter_modules(benchmarks.__path__)
        if not found.name.startswith("_")
        and hasattr(module := importlib.import_module(f"benchmarks.{found.name}"), "run")
        and (not wanted or found.name in wanted)
    ]
    return sorted(found, key=lambda module: not getattr(module, "IS_FIRST", False))


def _measure(module: ModuleType, ground: Ground, rows: list[Row]) -> bool:
    """Print a module's rows and keep them; say whether it came to its end."""
    try:
        for row in module.run(ground):
            print(line(row), flush=True)
            rows.append(row)
    except Exception:
        traceback.print_exc()
        return False
    return True


def _sum_up(found: dict[tuple[str, int], list[Row]], broken: list[str]) -> int:
    """Print every target with what was measured, then what was missed; return how it went."""
    judged = [row for rows in found.values() for row in rows if row.has_target]
    missed, grown = _summary.missed(found), _summary.grown(found)
    print(*_summary.tables(found), sep="\n")
    print(f"\nTargets: {len(judged) - len(missed)} of {len(judged)} met.")
    for title, lines in (("Missed", missed), ("Grew too much", grown), ("Not measured", broken)):
        if lines:
            print(f"{title}:", *lines, sep="\n  ")
    return BROKEN if broken else MISSED if missed or grown else MET


def _where(engine: str, size: int) -> str:
    return f"{engine}, {size:,} bookings"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

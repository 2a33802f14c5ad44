"""Run the benchmarks: `python -m benchmarks [search …]`, `BENCH_SIZES`, `BENCH_ENGINES`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import benchmarks
from benchmarks.ground import ENGINES, grounds
from benchmarks.measure import heading, line


def main(wanted: list[str]) -> int:
    """Print every row; return 1 when a target was missed."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "10000 100000").split()]
    engines = os.environ.get("BENCH_ENGINES", " ".join(ENGINES)).split()
    modules = [
        module
        for found in pkgutil.iter_modules(benchmarks.__path__)
        if not found.name.startswith("_")
        and hasattr(module := importlib.import_module(f"benchmarks.{found.name}"), "run")
        and (not wanted or found.name in wanted)
    ]
    missed = 0
    with grounds(engines, sizes) as every_ground:
        for ground in every_ground:
            print(heading())
            for module in modules:
                for row in module.run(ground):
                    print(line(row), flush=True)
                    missed += not row.is_met
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make bench`: each operation against its floor in the same run, because machines differ.

A module here that has `run(ground)` is run by `python -m benchmarks`, once for every database
and size (`BENCH_SIZES="10000 100000"`), on a fresh copy of the same generated country. It yields
rows (`benchmarks.measure.Row`): what was done, the floor, ours, the ratio, and whether the target
is met.
"""

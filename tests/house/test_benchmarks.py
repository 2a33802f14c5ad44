"""What `make bench` says at its end."""

from __future__ import annotations

from benchmarks._summary import grown, missed, tables
from benchmarks.measure import Row

FOUND = {
    ("sqlite", 10_000): [
        Row("book", 2.0, 4.0, at_most=3, is_flat=True),
        Row("look", None, 60.0, p95=70.0, p95_at_most=80, is_flat=True),
        Row("first text", None, 2.5, is_flat=True),
        Row("for the eye only", None, 9.0),
    ],
    ("sqlite", 100_000): [
        Row("book", 4.0, 13.0, at_most=3, is_flat=True),
        Row("look", None, 61.0, p95=80.4, p95_at_most=80, is_flat=True),
        Row("first text", None, 5.0, is_flat=True),
        Row("for the eye only", None, 99.0),
    ],
    ("postgresql", 10_000): [Row("memory", None, 103.54, ours_at_most=120, unit="MB")],
}


def test_table_holds_each_target_with_its_figures_met_or_missed():
    said = [" ".join(line.split()) for line in tables(FOUND)]

    assert said == [
        "",
        "sqlite, bookings: target 10,000 100,000 growth",
        "book <= 3x 2.00x ok 3.25x MISSED 1.62x MISSED",
        "look p95 <= 80 p95 70 ok p95 80.4 MISSED 1.02x ok",
        "first text 2.5 ms 5.0 ms 2.00x MISSED",
        "",
        "postgresql, bookings: target 10,000",
        "memory <= 120 MB 104 MB ok",
    ]


def test_what_missed_and_what_grew_is_said_in_a_line_each():
    assert missed(FOUND) == [
        "sqlite, 100,000 bookings: book: 3.25x (<= 3x)",
        "sqlite, 100,000 bookings: look: p95 80.4 (p95 <= 80)",
    ]
    assert grown(FOUND) == [
        "sqlite, 10,000 to 100,000 bookings: book: 1.62 times",
        "sqlite, 10,000 to 100,000 bookings: first text: 2.00 times",
    ]

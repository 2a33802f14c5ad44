"""The prison's day: 200 suites and 800 bookings, and a poll that finds nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

from avl import clock
from avl.models import db
from benchmarks._prison import AT, add_prison, publish_history, signed_in
from benchmarks.ground import Ground, settle
from benchmarks.measure import Row, p50, p95, side_by_side
from benchmarks.worldgen import FIRST_DAY
from tests.counting import statements

ROUNDS = 40
POLLS = 200


def run(ground: Ground) -> Iterator[Row]:
    """Ask for the day as a browser would, beside a route that does nothing."""
    with ground.app.app_context(), clock.frozen(AT):
        publish_history(ground)
        prison = add_prison(suites=200, each=4)
        client = signed_in(ground.app, prison)
        path = f"/prison/{prison.code}/day/{FIRST_DAY}"
        engine = db.engine
        db.session.remove()
    settle()

    def bare() -> object:
        return client.get("/health/live")

    with clock.frozen(AT):
        client.get(path)
        floor, ours = side_by_side(bare, lambda: client.get(path), ROUNDS)
        day = p50(floor), p50(ours), p95(ours)
        headers = {"HX-Request": "true"}
        tag = client.get(path, headers=headers).headers["ETag"]
        headers["If-None-Match"] = tag
        assert client.get(path, headers=headers).status_code == 304
        floor, ours = side_by_side(bare, lambda: client.get(path, headers=headers), POLLS)
        # Counted last: an engine that was once listened to goes on looking for listeners.
        with statements(engine) as asked:
            first = client.get(path)
        note = f"{len(first.data) / 1024:.0f} KiB (<= 150), {len(asked)} queries (<= 10)"
        yield Row(
            "day view, 200 suites, 800 bookings", *day, p95_at_most=80, is_flat=True, note=note
        )
        yield Row(
            "poll of the day, nothing changed",
            p50(floor),
            p50(ours),
            p95(ours),
            at_most=3,
            is_flat=True,
        )

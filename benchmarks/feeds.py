"""A feed of 1,000 entries, read whole and read again when nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

from avl import clock
from avl.commands.feeds import make_feed
from avl.models import db
from avl.queries.accounts import actor_of
from benchmarks._prison import AT, add_prison, publish_history
from benchmarks.ground import Ground, settle
from benchmarks.measure import Row, p50, p95, side_by_side
from tests import make
from tests.counting import statements

ROUNDS = 50


def run(ground: Ground) -> Iterator[Row]:
    """Fetch as a calendar program would, beside a route that does nothing."""
    with ground.app.app_context(), clock.frozen(AT):
        publish_history(ground)
        prison = add_prison(suites=10, each=4, days=25)
        user = make.user("avl_coordinator", prison)
        _, token = make_feed("site", prison.id, "bench", by=actor_of(user))
        engine = db.engine
        db.session.remove()
    settle()
    client, path = ground.app.test_client(), f"/feeds/{token}.ics"

    def bare() -> object:
        return client.get("/health/live")

    with clock.frozen(AT):
        with statements(engine) as asked:
            first = client.get(path)
        count = first.data.count(b"BEGIN:VEVENT")
        zipped = {"Accept-Encoding": "gzip"}
        floor, ours = side_by_side(bare, lambda: client.get(path, headers=zipped), ROUNDS)
        yield Row(
            f"feed of {count:,} events, cold, zipped",
            p50(floor),
            p50(ours),
            p95(ours),
            p95_at_most=50,
            is_flat=True,
            note=f"{len(first.data) / 1024:.0f} KiB plain, {len(asked)} queries (<= 3)",
        )
        held = {"If-None-Match": first.headers["ETag"]}
        assert client.get(path, headers=held).status_code == 304
        floor, ours = side_by_side(bare, lambda: client.get(path, headers=held), ROUNDS)
        yield Row(
            f"feed of {count:,} events, nothing changed",
            p50(floor),
            p50(ours),
            p95(ours),
            p95_at_most=5,
            is_flat=True,
        )

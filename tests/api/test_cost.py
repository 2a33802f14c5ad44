"""What a call costs the database, whatever it is about."""

from __future__ import annotations

from avl.models import db
from tests.api.conftest import Caller, asked
from tests.counting import statements
from tests.scene import Scene


def test_a_list_costs_the_same_for_one_and_for_three(scene: Scene, court: Caller) -> None:
    days = "from=2026-11-24T11:00:00Z&to=2026-11-26T00:00:00Z"
    counts = []
    for starts in (("09:00",), ("11:00", "13:00")):
        for start in starts:
            court.post("/bookings", asked(scene, start))
        with statements(db.engine) as seen:
            court.get(f"/bookings?{days}")
        counts.append(len(seen))

    # Who asks (1), how many there are (1), the page (3).
    assert counts == [5, 5]


def test_answering_a_change_adds_two_statements_to_it(scene: Scene, court: Caller) -> None:
    court.post("/bookings", asked(scene, "08:30"))
    body = asked(scene)

    with statements(db.engine) as seen:
        assert court.post("/bookings", body).status_code == 201

    told = max(n for n, one in enumerate(seen) if one.startswith("INSERT INTO feed_event"))
    assert len(seen) - told - 1 == 2  # the booking as the caller may read it, and its keeping

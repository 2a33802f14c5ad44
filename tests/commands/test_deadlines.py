"""By when a disruption is to be dealt with, on the court's own calendar."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from avl.commands.bookings import request_booking
from avl.commands.outages import record_outage
from avl.models import Disruption, Window, db
from tests import make
from tests.conftest import Clock
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def test_a_disruption_before_christmas_is_due_when_the_court_has_been_open_a_day(
    scene: Scene, clock: Clock
) -> None:
    db.session.execute(delete(Window).where(Window.site_id == scene.court.id, Window.weekday > 4))
    db.session.commit()
    clock.set(make.at("15:00", on="2026-12-24"))
    february = scene.request(make.at("10:00", on="2027-02-02"))
    request_booking(february, by=scene.registrar)

    record_outage(
        scene.suite.id,
        start=make.at("08:00", on="2027-02-02"),
        end=None,
        reason="no picture",
        by=scene.coordinator,
    )

    # Christmas Day, a weekend, and Boxing Day kept on the Monday lie between.
    assert db.session.scalars(select(Disruption.due_at)).all() == [
        make.at("15:00", on="2026-12-29")
    ]

"""Hours, closures and permits that an area's files change break bookings like anything else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.areas import import_area
from avl.commands.disruptions import work_out_ways
from avl.domain.access import SYSTEM
from avl.domain.disruption import Cause, Resolution
from avl.domain.interval import Interval
from avl.models import Booking, Disruption, HearingType, Resource, Site, db
from tests import make
from tests.conftest import Clock


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Change one thing in one file."""
    content = (folder / name).read_text(encoding="utf-8")
    assert old in content
    (folder / name).write_text(content.replace(old, new, 1), encoding="utf-8")


def booked(start: str) -> Booking:
    """A bail hearing on a Thursday in the prison's first suite."""
    rooms = {room.code: room for room in db.session.scalars(select(Resource))}
    prison = db.session.scalars(select(Site).where(Site.code == "PRN")).one()
    starts = make.at(start, on="2026-11-26")
    return make.booking(
        make.person(held_at=prison),
        room=rooms["CR1"],
        suites=[rooms["S1"]],
        kind=db.session.get_one(HearingType, "BAIL"),
        hearing=Interval(starts, starts + timedelta(minutes=30)),
    )


@pytest.mark.both_databases
def test_shorter_hours_open_a_disruption_and_longer_ones_mend_it(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    late, early = booked("16:00"), booked("10:00")
    change(
        tiny,
        "opening_hours.csv",
        "CRT,,open,Mon-Fri,09:00,17:00,",
        "CRT,,open,Mon-Fri,09:00,15:00,",
    )

    import_area(tiny, by=SYSTEM)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.cause) == (late.id, Cause.HOURS)
    assert row.sentence == "Small Court is open only 9:00 am to 3:00 pm on Thu 26 Nov 2026."
    assert work_out_ways() == 1
    assert row.booking_id != early.id

    change(tiny, "opening_hours.csv", "09:00,15:00,\n", "09:00,17:00,\n")
    import_area(tiny, by=SYSTEM)
    session.expire_all()
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_a_room_switched_off_breaks_what_stands_in_it(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    booking = booked("10:00")
    change(tiny, "resources.csv", "sort_order\n", "sort_order,is_active\n")
    for line in ("Courtroom 1,1", "Suite 2,2"):
        change(tiny, "resources.csv", line, f"{line},yes")
    change(tiny, "resources.csv", "Suite 1,1", "Suite 1,1,no")

    import_area(tiny, by=SYSTEM)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.sentence) == (
        booking.id,
        "Suite 1 at Prison is no longer in use.",
    )
    work_out_ways()
    session.expire_all()
    assert row.way["seats"][0]["after"] == "Prison, Suite 2"

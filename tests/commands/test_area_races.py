"""A suite is added while an area is imported: nobody is booked in it by the hours that were."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import areas
from avl.commands.areas import import_area
from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.disruption_steps import Watch
from avl.commands.site_rows import add_room
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import ResourceClash
from avl.domain.interval import Interval
from avl.models import Booking, Resource, Site, db
from tests import make
from tests.areas.conftest import TINY
from tests.commands.elsewhere import Elsewhere
from tests.conftest import Clock

# On SQLite an import has the only lock there is before it reads anything.
pytestmark = pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)

SUITE = {"code": "S9", "kind": "suite", "name": "Suite 9", "sort_order": "9", "is_active": "yes"}


@pytest.fixture
def tiny(session: Any, clock: Clock, tmp_path: Path) -> Path:
    """An area whose prison is always open, imported; its files now close it at four."""
    for name, content in TINY.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    import_area(tmp_path, by=SYSTEM)
    hours = TINY["opening_hours.csv"].replace("Mon-Sun,00:00,24:00", "Mon-Sun,08:00,16:00")
    (tmp_path / "opening_hours.csv").write_text(hours, encoding="utf-8")
    # What is said of every court would have it lock the rooms of all of them.
    closures = TINY["closures.csv"].replace("court,closed", "CRT,closed")
    (tmp_path / "closures.csv").write_text(closures, encoding="utf-8")
    return tmp_path


def at_half_past_four(prison: Site) -> BookingRequest:
    """From a court of which no file says anything: of what it takes only the suite is in both the
    import's way and the booking's."""
    court = make.court("OTH", courtrooms=1)
    start = make.at("16:30", on="2026-11-26")
    return BookingRequest(
        court_id=court.id,
        courtroom_id=make.rooms(court, "courtroom")[0].id,
        hearing_type="BAIL",
        hearing=Interval(start, start + timedelta(minutes=15)),
        pre_minutes=0,
        post_minutes=0,
        seats=(SeatRequest(make.person(held_at=prison).id, prison.id, 0),),
    )


@pytest.mark.parametrize("is_late", [False, True])
def test_nobody_is_booked_by_old_hours_in_a_suite_added_during_an_import(
    tiny: Path, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    """Added before the import locks the rooms, or after."""
    prison = db.session.scalars(select(Site).where(Site.code == "PRN")).one()
    asked = at_half_past_four(prison)
    manager = make.actor(Role.MANAGER, prison)
    registrar = make.actor(Role.REGISTRY, db.session.get_one(Site, asked.court_id))
    watch, sweep = areas.watch_rules, Watch.sweep

    def add() -> Any:
        return add_room("PRN", SUITE, by=manager)

    def add_and_book() -> Booking:
        if is_late:
            add()
        suite = db.session.scalars(select(Resource.id).where(Resource.code == "S9")).one()
        seat = replace(asked.seats[0], suite_id=suite)
        return request_booking(replace(asked, seats=(seat,)), by=registrar)

    def add_first(*args: Any) -> Any:
        if not is_late:
            elsewhere.begin(add)
            assert elsewhere.thread is not None
            elsewhere.thread.join()
        return watch(*args)

    def book_first(*args: Any, **more: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            elsewhere.begin(add_and_book)
            assert elsewhere.thread is not None
            # The first booking of a process takes longer than those after it.
            elsewhere.thread.join(timeout=4)
        return sweep(*args, **more)

    monkeypatch.setattr(areas, "watch_rules", add_first)
    monkeypatch.setattr(Watch, "sweep", book_first)

    import_area(tiny, by=SYSTEM)

    assert isinstance(elsewhere.end(), ResourceClash), elsewhere.answer

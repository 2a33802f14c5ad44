"""A mode rule is imported while others book: nobody is booked by the old rule after it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands import bookings
from avl.commands.areas import AreaImport, import_area
from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.domain.access import SYSTEM, Role
from avl.domain.disruption import Cause
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.models import Booking, Disruption, Resource, Site, db
from tests import make
from tests.areas.conftest import TINY
from tests.conftest import Clock
from tests.storm.crowd import at_once, patiently

pytestmark = pytest.mark.both_databases

CLIENTS = 8
"""Each asks for a time of its own, so that nothing but the rule decides."""


@pytest.fixture
def tiny(session: Any, clock: Clock, tmp_path: Path) -> Path:
    """An area in which bail is by AVL, imported; its files now say in person."""
    for name, content in TINY.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    import_area(tmp_path, by=SYSTEM)
    rules = TINY["mode_rules.csv"].replace(",avl,no,", ",in_person,no,")
    (tmp_path / "mode_rules.csv").write_text(rules, encoding="utf-8")
    return tmp_path


def bookers() -> list[Callable[[], Booking]]:
    """Somebody each, half an hour after the other, on a Thursday when everything is open."""
    sites = {site.code: site for site in db.session.scalars(select(Site))}
    rooms = {room.code: room.id for room in db.session.scalars(select(Resource))}
    court, prison = sites["CRT"], sites["PRN"]
    registrar = make.actor(Role.REGISTRY, court)

    def asks(number: int) -> Callable[[], Booking]:
        start = make.at("09:30", on="2026-11-26") + timedelta(minutes=30 * number)
        request = BookingRequest(
            court_id=court.id,
            courtroom_id=rooms["CR1"],
            hearing_type="BAIL",
            hearing=Interval(start, start + timedelta(minutes=15)),
            pre_minutes=0,
            post_minutes=0,
            seats=(SeatRequest(make.person(held_at=prison).id, prison.id, rooms["S1"]),),
        )
        return patiently(lambda: request_booking(request, by=registrar))

    return [asks(number) for number in range(CLIENTS)]


def test_nobody_is_booked_by_the_old_rule_once_the_new_one_stands(app: Flask, tiny: Path) -> None:
    attempts = bookers()
    importing = patiently(lambda: import_area(tiny, by=SYSTEM))

    *outcomes, done = at_once(app, [*attempts, importing])

    assert isinstance(done, AreaImport), done
    db.session.rollback()
    db.session.expire_all()
    booked = {one.id for one in outcomes if isinstance(one, Booking)}
    refused = [one for one in outcomes if isinstance(one, InvalidInput)]
    assert len(booked) + len(refused) == CLIENTS, outcomes
    # Whoever came before the import is found by it; whoever came after it is judged by it.
    broken = select(Disruption.booking_id).where(
        Disruption.cause == Cause.MODE, Disruption.resolved_at.is_(None)
    )
    assert set(db.session.scalars(broken)) == booked
    assert done.broken == len(booked)


def test_an_import_waits_for_a_booking_that_has_read_the_old_rule(
    app: Flask, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the booking takes to commit; fails when the import locks no rooms."""
    has_read, is_imported = threading.Event(), threading.Event()
    settle = bookings.settle_modes_of

    def settle_slowly(*args: Any, **more: Any) -> None:
        settle(*args, **more)
        has_read.set()
        is_imported.wait(timeout=0.4)

    monkeypatch.setattr(bookings, "settle_modes_of", settle_slowly)

    def importing() -> AreaImport:
        assert has_read.wait(timeout=30)
        done = import_area(tiny, by=SYSTEM)
        is_imported.set()
        return done

    booked, done = at_once(app, [bookers()[0], importing])

    assert (isinstance(booked, Booking), isinstance(done, AreaImport)) == (True, True), (
        booked,
        done,
    )
    assert done.broken == 1
    db.session.rollback()
    assert db.session.scalars(select(Disruption.booking_id)).all() == [booked.id]

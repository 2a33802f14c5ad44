"""While rooms go out of use and people are moved, nobody is left with a booking that slipped by."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands.accepting import accept_ways
from avl.commands.bookings import request_booking
from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.commands.records import record_transfer
from avl.domain.booking import LIVE
from avl.domain.disruption import still_broken
from avl.domain.errors import DomainError
from avl.models import Booking, Disruption, db
from avl.queries.disruptions import facts_about, with_parts
from avl.queries.placements import placement_of
from tests.scene import Scene, overlaps, tomorrow
from tests.storm.crowd import at_once

pytestmark = pytest.mark.both_databases

STARTS = [f"{hour:02}:{minute:02}" for hour in range(8, 17) for minute in (0, 40)]


def test_every_broken_booking_has_a_disruption_whoever_was_first(
    app: Flask, session: Any, scene: Scene
) -> None:
    drawn = random.Random(20261124)
    attempts: list[Callable[[], Any]] = [_book(scene, start) for start in STARTS]
    attempts += [
        lambda: record_outage(
            scene.suite.id,
            start=tomorrow("09:00"),
            end=tomorrow("15:00"),
            reason="flood",
            by=scene.coordinator,
        ),
        lambda: record_transfer(
            scene.tane.id, site_id=scene.arohata.id, at=tomorrow("12:00"), by=scene.coordinator
        ),
    ]
    drawn.shuffle(attempts)

    outcomes = at_once(app, attempts)

    assert [one for one in outcomes if _is_fault(one)] == []
    _assert_all_known(session)

    work_out_ways()
    marks = {row.id: row.way.get("mark") for row in _open(session)}
    at_once(app, [lambda: accept_ways(marks, by=scene.registrar)] * 3)
    assert overlaps() == 0
    _assert_all_known(session)


def _book(scene: Scene, start: str) -> Callable[[], Any]:
    return lambda: request_booking(scene.request(start), by=scene.registrar)


def _is_fault(outcome: Any) -> bool:
    return isinstance(outcome, Exception) and not isinstance(outcome, DomainError)


def _open(session: Any) -> list[Disruption]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Disruption).where(Disruption.resolved_at.is_(None))))


def _assert_all_known(session: Any) -> None:
    """What is broken as the database now stands, and what is on the worklist, are the same."""
    known = {row.booking_id for row in _open(session)}
    bookings = list(db.session.scalars(with_parts(select(Booking).where(Booking.status.in_(LIVE)))))
    world = facts_about(db.session(), bookings)
    broken = {one.id for one in bookings if still_broken(placement_of(one), world)}
    assert known == broken

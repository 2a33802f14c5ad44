"""Whom a plan says it tells is whom applying it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.models import Approval
from avl.queries.placements import placement_of
from avl.queries.told import told_of
from tests import make


def test_counsel_hears_of_another_time_and_not_of_another_room(session: Any) -> None:
    prison = make.prison(short_name="Rimutaka", approval=Approval.SELF_SERVICE)
    booking = make.booking(at_prison=prison, by=make.counsel())
    now = placement_of(booking)
    elsewhere = replace(now, courtroom=now.courtroom + 1)
    start = now.hearing.start + timedelta(minutes=15)
    later = replace(now, hearing=Interval(start, start + now.hearing.length))

    assert told_of(booking, now, elsewhere) == ["Rimutaka sees the new room at once"]
    assert told_of(booking, now, later) == [
        "Rimutaka sees the new time at once",
        "Mere Parata is told",
    ]


def test_counsel_of_a_request_hears_of_it_whatever_changes(session: Any) -> None:
    booking = make.booking(status=Status.REQUESTED, by=make.counsel())
    now = placement_of(booking)

    assert "Mere Parata is told" in told_of(booking, now, now)[-1]

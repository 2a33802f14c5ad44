"""How unwelcome a move is, in minutes: the order in which ways out are preferred."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from avl.domain.interval import Interval
from avl.domain.plan_cost import trouble
from avl.domain.resources import Placement, Seat
from tests.domain.small_worlds import COURT, COURTROOMS, PEOPLE, RIMUTAKA, SUITES, quiet_scene

OPENS = quiet_scene().opens
FIRST, SECOND = SUITES[RIMUTAKA][:2]
STANDS = Placement(
    COURT,
    COURTROOMS[0],
    "CRB",
    Interval(OPENS + timedelta(hours=1), OPENS + timedelta(hours=2)),
    0,
    0,
    (Seat(PEOPLE[0], RIMUTAKA, FIRST, None), Seat(PEOPLE[1], RIMUTAKA, SECOND, None)),
)


@pytest.mark.parametrize("shift", [-30, 0, 45])
@pytest.mark.parametrize(("courtroom", "worth"), [(COURTROOMS[0], 0), (COURTROOMS[1], 20)])
@pytest.mark.parametrize(("suites", "each"), [((), 0), ((0,), 5), ((0, 1), 10)])
def test_a_move_costs_its_shift_and_what_else_is_otherwise(shift, courtroom, worth, suites, each):
    by = timedelta(minutes=shift)
    moved = replace(
        STANDS,
        courtroom=courtroom,
        hearing=Interval(STANDS.hearing.start + by, STANDS.hearing.end + by),
        seats=tuple(
            replace(seat, suite=99) if number in suites else seat
            for number, seat in enumerate(STANDS.seats)
        ),
    )

    assert trouble(STANDS, moved) == abs(shift) + worth + each

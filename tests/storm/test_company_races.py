"""Kept apart, waiting apart, and no more at once than can be brought, whoever asks together."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from sqlalchemy import select

from avl.domain.errors import ResourceClash
from avl.models import Appearance, Booking, db
from tests import make
from tests.storm.crowd import CLIENTS, at_once, booking, rounds

pytestmark = pytest.mark.both_databases


def test_people_kept_apart_are_never_booked_together(app, crowd):
    for one, other in combinations(crowd.people[:6], 2):
        make.keep_apart(one, other, gap=0)
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=n, person=n) for n in range(6)]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert [isinstance(one, Booking) for one in outcomes].count(True) == 1, outcomes
        assert all(isinstance(one, Booking | ResourceClash) for one in outcomes), outcomes


def test_the_young_and_adults_are_never_booked_together(app, crowd):
    for young in crowd.people[1::2]:
        young.born_on = date(2010, 1, 1)
    db.session.commit()
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=n, person=n) for n in range(CLIENTS)]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        booked = [n for n, one in enumerate(outcomes) if isinstance(one, Booking)]
        assert booked
        assert len({n % 2 for n in booked}) == 1
        assert all(isinstance(one, Booking | ResourceClash) for one in outcomes), outcomes


def test_a_prison_is_never_asked_to_bring_more_than_it_can(app, crowd):
    crowd.prison.escort_capacity = 3
    db.session.commit()
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=n, person=n) for n in range(CLIENTS)]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert [isinstance(one, Booking) for one in outcomes].count(True) == 3, outcomes
        db.session.rollback()
        there = select(Appearance).where(Appearance.present_from == start)
        assert len(db.session.scalars(there).all()) == 3

"""Four bridge ports: one link of three ends at a time, whoever asks together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from avl.domain.clashes import Rule
from avl.domain.errors import ResourceClash
from avl.models import Booking, Hold, db
from tests import make
from tests.storm.crowd import at_once, booking, rounds

pytestmark = pytest.mark.both_databases


def test_a_bridge_is_never_asked_to_join_more_ends_than_it_has_ports(app, crowd):
    ports = {port.id for port in make.bridge(crowd.court)}
    for start in rounds():
        requests = [
            replace(
                crowd.request(start, room=n, suite=n, person=n),
                seats=(crowd.seat(2 * n, 2 * n), crowd.seat(2 * n + 1, 2 * n + 1)),
            )
            for n in range(8)
        ]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert [isinstance(one, Booking) for one in outcomes].count(True) == 1, outcomes
        refused = [one for one in outcomes if isinstance(one, ResourceClash)]
        assert len(refused) == 7, outcomes
        assert {clash.rule for one in refused for clash in one.clashes} == {Rule.BRIDGE_FULL}
        db.session.rollback()
        held = db.session.query(Hold).filter(Hold.resource_id.in_(ports), Hold.starts_at == start)
        assert held.count() == 3

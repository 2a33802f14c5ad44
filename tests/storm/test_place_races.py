"""The same outage, or the same closure, recorded by many at once is recorded once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from avl.commands.closures import close_site
from avl.commands.outages import PlaceChange, record_outage
from avl.domain.access import Role
from avl.domain.errors import InvalidInput
from avl.models import AuditEvent, Closure, Outage, db
from tests import make
from tests.conftest import Clock
from tests.storm.crowd import Crowd, Outcome, at_once, patiently, rounds

pytestmark = pytest.mark.both_databases

SENDERS = 8


def test_one_outage_sent_by_many_is_recorded_once(app: Flask, crowd: Crowd) -> None:
    room, by = crowd.suite_ids[0], crowd.coordinator
    for number, start in enumerate(rounds(), 1):
        record = partial(record_outage, room, start=start, end=None, reason="No sound", by=by)

        outcomes = at_once(app, [patiently(record)] * SENDERS)

        assert_recorded_once(outcomes)
        assert count(Outage.id) == number
        assert count(AuditEvent.id, AuditEvent.action == "record_outage") == number


@pytest.mark.parametrize("courtrooms", [0, 2])
def test_one_closure_sent_by_many_is_recorded_once(
    app: Flask, session: Any, clock: Clock, courtrooms: int
) -> None:
    """Where there are no rooms, nothing but the site itself can be locked."""
    court = make.court("CHAMB", courtrooms=courtrooms)
    site, zone, by = court.id, ZoneInfo(court.zone), make.actor(Role.REGISTRY, court)
    for number, start in enumerate(rounds(), 1):
        begins, ends = (start + timedelta(minutes=m) for m in (0, 30))
        times = {
            "on": begins.astimezone(zone).date(),
            "from_time": begins.astimezone(zone).time(),
            "to_time": ends.astimezone(zone).time(),
        }
        close = partial(close_site, site, **times, reason="No power", by=by)

        outcomes = at_once(app, [patiently(close)] * SENDERS)

        assert_recorded_once(outcomes)
        assert count(Closure.id) == number
        assert count(AuditEvent.id, AuditEvent.action == "close_site") == number


def assert_recorded_once(outcomes: list[Outcome]) -> None:
    """One did, and everybody else is told that it is recorded already."""
    recorded = [one for one in outcomes if isinstance(one, PlaceChange)]
    told = [one for one in outcomes if isinstance(one, InvalidInput)]
    assert (len(recorded), len(told)) == (1, len(outcomes) - 1), outcomes
    assert all(one.message.endswith("already.") for one in told), told


def count(key: InstrumentedAttribute[int], *conditions: Any) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(key).where(*conditions)).all())

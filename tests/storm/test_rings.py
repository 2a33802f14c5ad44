"""What the races are worth: each ring on its own holds, and without any they double-book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from avl.domain.errors import ResourceClash
from avl.models import Booking, Hold, db
from tests import make
from tests.scene import overlaps
from tests.storm.crowd import (
    CLIENTS,
    Crowd,
    assert_never_double_booked,
    assert_one_wins,
    at_once,
    booking,
    patiently,
    rounds,
)

pytestmark = pytest.mark.both_databases


def test_raw_writers_are_stopped_by_the_schema_alone(app, crowd):
    outcomes = at_once(app, [raw_hold(crowd, make.booking()) for _ in range(CLIENTS)])

    refused = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert len(refused) == CLIENTS - 1
    assert all("hold_never_overlaps" in str(refusal) for refusal in refused)
    assert_never_double_booked()


def test_raw_writers_without_the_rule_double_book(app, crowd):
    drop_the_rule()

    outcomes = at_once(app, [raw_hold(crowd, make.booking()) for _ in range(CLIENTS)])

    assert outcomes == [None] * CLIENTS
    assert overlaps() == CLIENTS * (CLIENTS - 1) // 2


def test_commands_without_the_rule_are_still_decided_under_lock(app, crowd):
    drop_the_rule()
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=0, person=n) for n in range(CLIENTS)]

        assert_one_wins(at_once(app, [booking(request, crowd) for request in requests]))
        assert_never_double_booked()


def test_commands_without_lock_and_rule_double_book(app, crowd):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, whose lock is the file's own")
    drop_the_rule()
    with without_locks():
        found = 0
        for start in rounds():
            requests = [crowd.request(start, room=n, suite=0, person=n) for n in range(CLIENTS)]
            at_once(app, [booking(request, crowd) for request in requests])
            db.session.rollback()
            found = overlaps()

    assert found > 0


def test_commands_without_lock_are_stopped_by_the_rule(app, crowd):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, whose lock is the file's own")
    with without_locks():
        for start in rounds():
            requests = [crowd.request(start, room=n, suite=0, person=n) for n in range(CLIENTS)]
            # Without the lock, which keeps an order, they wait for each other in rings: whoever is
            # made to give way four times is told that the system is busy, and asks once more.
            attempts = [patiently(booking(request, crowd)) for request in requests]
            outcomes = at_once(app, attempts)

            accepted = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
            refused = [outcome for outcome in outcomes if isinstance(outcome, ResourceClash)]
            assert (len(accepted), len(refused)) == (1, CLIENTS - 1), outcomes
            assert_never_double_booked()


def raw_hold(crowd: Crowd, standing: Booking) -> Callable[[], None]:
    """Write a hold without asking anybody but the database."""
    row = {
        "booking_id": standing.id,
        "leg_id": standing.legs[0].id,
        "resource_id": crowd.suites[0].id,
        "starts_at": make.at("14:00"),
        "ends_at": make.at("14:30"),
        "is_exclusive": True,
    }

    def write() -> None:
        db.session.execute(Hold.__table__.insert(), row)
        db.session.commit()

    return write


def drop_the_rule() -> None:
    """Take ring 3 away."""
    if db.engine.dialect.name == "sqlite":
        for moment in ("insert", "update"):
            db.session.execute(text(f"DROP TRIGGER hold_never_overlaps_{moment}"))
    else:
        db.session.execute(text("ALTER TABLE hold DROP CONSTRAINT hold_never_overlaps"))
    db.session.commit()


class without_locks:  # noqa: N801  reads as the statement it stands in
    """Take the command's lock away: no statement asks for rows FOR UPDATE."""

    def __enter__(self) -> None:
        event.listen(db.engine, "before_cursor_execute", self._strip, retval=True)

    def __exit__(self, *error: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._strip)

    @staticmethod
    def _strip(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        return statement.split(" FOR NO KEY UPDATE")[0].split(" FOR UPDATE")[0], parameters

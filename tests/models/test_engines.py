"""How connections are lent: a dead one is never handed out, and one read begins no transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from avl.models import db
from avl.models.engines import one_read
from tests.counting import statements

PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def elsewhere(engine_url):
    engine = create_engine(engine_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_connection_that_the_server_ended_is_replaced(session, elsewhere):
    mine = session.scalar(PID)
    session.rollback()

    elsewhere.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})

    assert session.scalar(PID) != mine


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_connection_with_harmless_news_is_kept(session, elsewhere):
    mine = session.scalar(PID)
    session.execute(text("LISTEN anything"))
    session.commit()

    elsewhere.execute(text("NOTIFY anything"))

    assert session.scalar(PID) == mine


@pytest.mark.both_databases
def test_one_read_begins_no_transaction_and_leaves_none_behind(session):
    with one_read(db.engine) as connection, statements(db.engine) as seen:
        connection.execute(text("SELECT 1"))
        assert _is_in_transaction(connection.connection.driver_connection) is False

    assert seen == ["SELECT 1"]
    session.execute(text("SELECT 1"))
    assert _is_in_transaction(session.connection().connection.driver_connection) is True


def _is_in_transaction(driver):
    if hasattr(driver, "in_transaction"):
        return driver.in_transaction
    return driver.info.transaction_status.name != "IDLE"

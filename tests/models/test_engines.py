"""How connections are lent: a dead one is never handed out, what is prepared stays so."""

from __future__ import annotations

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import DBAPIError

from avl.models import Agency, db
from avl.models.engines import PREPARED, one_read
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


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_statement_stays_prepared_when_pages_end_in_a_rollback(session):
    session.execute(text("INSERT INTO agency (code, name) VALUES ('GONE', 'Gone')"))
    session.rollback()
    for _ in range(7):
        assert session.scalars(select(Agency.code)).all() == []
        session.rollback()

    assert session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 1
    assert session.connection().connection.driver_connection.prepared_max == PREPARED


@pytest.mark.both_databases
def test_rollback_mends_a_transaction_that_failed(session):
    with pytest.raises(DBAPIError):
        session.execute(text("SELECT nonsense"))

    session.rollback()

    assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_migration_may_take_longer_than_a_page_but_keeps_nobody_waiting_for_a_lock(session):
    limits = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    seen = []

    def look(connection, cursor, statement, *rest):
        if "FROM alembic_version" in statement:
            asked = cursor.connection.execute
            seen.append([asked(f"SHOW {limit}").fetchone()[0] for limit in limits])

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        upgrade()
    finally:
        event.remove(db.engine, "before_cursor_execute", look)

    assert seen == [["0", "0", "5s"]]
    assert [session.scalar(text(f"SHOW {limit}")) for limit in limits] == ["15s", "30s", "5s"]

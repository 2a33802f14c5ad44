"""The database goes away at the worst moment: nothing is lost, nothing happens twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, func, select, text

from avl.commands.accounts import make_token
from avl.commands.bookings import request_booking
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import Unavailable
from avl.models import AuditEvent, Booking, Hold, Outage, db
from tests import make
from tests import scene as scenes
from tests.scene import Scene, overlaps


@pytest.fixture
def post(scene: Scene, client: FlaskClient) -> Callable[[], Any]:
    """Post one booking, always under the same key, as a program does that got no answer."""
    user = make.user(Role.REGISTRY, scene.court, is_service=True)
    token = make_token(user.email, "faults", by=SYSTEM)
    body = {
        "courtroom_id": scene.courtroom.id,
        "hearing_type": "CRB",
        "starts_at": scenes.tomorrow("10:00").isoformat(),
        "minutes": 30,
        "pre_minutes": 0,
        "post_minutes": 0,
        "appearances": [{"prn": scene.tane.prn, "suite_id": scene.suite.id}],
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-same-key"}
    client.get("/api/v1/sites", headers=headers)  # the token's first use is noted once an hour
    return lambda: client.post("/api/v1/bookings", json=body, headers=headers)


def count(table: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(table)) or 0)


@contextmanager
def connection_breaks(
    engine_url: str, *, after_commit: bool, saving: str = "booking"
) -> Iterator[None]:
    """Let the server drop the connection on which the next row of a table is saved just before,
    or just after, COMMIT."""
    ours = db.engine
    killer = create_engine(engine_url.replace("postgresql://", "postgresql+psycopg://"))
    real = ours.dialect.do_commit
    writers: list[int] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(f"INSERT INTO {saving} "):
            writers.append(cursor.connection.info.backend_pid)

    def commit(connection: Any) -> None:
        pid = connection.driver_connection.info.backend_pid
        if pid not in writers:
            real(connection)
            return
        if after_commit:
            real(connection)
        with killer.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        # The driver finds out now, whether or not its COMMIT had arrived.
        connection.execute("SELECT 1")

    event.listen(ours, "before_cursor_execute", note)
    ours.dialect.do_commit = commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        ours.dialect.do_commit = real  # type: ignore[method-assign]
        event.remove(ours, "before_cursor_execute", note)
        killer.dispose()


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("after_commit", [False, True], ids=["commit lost", "reply lost"])
def test_broken_commit_repeated_with_the_same_key_is_one_booking(post, engine_url, after_commit):
    """SQLite has no connection to lose, so this is PostgreSQL's alone."""
    with connection_breaks(engine_url, after_commit=after_commit):
        broken = post()
    db.session.rollback()
    stood = (count(Booking), count(Hold), count(AuditEvent.__table__) > 1)
    again = post()

    assert broken.status_code == 503
    assert "Look whether the change is there" in broken.json["detail"]
    assert "Sent again with the same Idempotency-Key, it is done once." in broken.json["detail"]
    assert stood == ((1, 3, True) if after_commit else (0, 0, False))
    assert again.status_code == 201
    assert (again.headers.get("Idempotent-Replayed") == "true") == after_commit
    db.session.rollback()
    assert (count(Booking), count(Hold), overlaps()) == (1, 3, 0)


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("after_commit", [False, True], ids=["commit lost", "reply lost"])
def test_page_about_a_broken_commit_leads_to_where_it_is_seen(
    scene, client, engine_url, after_commit
):
    make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    typed = {"site": "RIM", "room": scene.suite.id, "from_date": "25 Nov 2026"}
    typed |= {"from_time": "9:00", "reason": "no picture", "step": "save"}

    with connection_breaks(engine_url, after_commit=after_commit, saving="outage"):
        broken = client.post("/worklist/outage", data=typed)

    db.session.rollback()
    assert count(Outage) == after_commit
    assert broken.status_code == 503
    assert "this may have been saved." in broken.text
    assert "Nothing was changed" not in broken.text
    look, _, send = broken.text.partition("I have looked, and it is not there")
    assert 'href="/worklist" target="_blank"' in look
    assert ("Send it once more" in look, "Send it once more" in send) == (False, True)


@contextmanager
def another_writer(engine_url: str, seconds: float) -> Iterator[None]:
    """Hold SQLite's write lock from outside for a while."""
    path = engine_url.removeprefix("sqlite:///")
    started, stop = threading.Event(), threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        started.set()
        stop.wait(seconds)
        connection.rollback()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_sqlite_locked_by_another_for_a_moment_waits(scene, engine_url):
    begun = time.monotonic()
    with another_writer(engine_url, seconds=0.5):
        request_booking(scene.request(), by=scene.registrar)

    assert 0.4 < time.monotonic() - begun < 10
    assert count(Booking) == 1


def test_sqlite_locked_for_too_long_says_so_and_reads_go_on(scene, engine_url):
    patience = "PRAGMA busy_timeout=300"  # ten seconds, for people who do not test
    event.listen(db.engine, "checkout", lambda connection, *_: connection.execute(patience))
    with another_writer(engine_url, seconds=30):
        with pytest.raises(Unavailable, match="Nothing was changed"):
            request_booking(scene.request(), by=scene.registrar)
        assert count(Booking) == 0

    request_booking(scene.request(), by=scene.registrar)
    assert count(Booking) == 1

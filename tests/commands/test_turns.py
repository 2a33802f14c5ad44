"""Commands queue for SQLite's file, between processes too; nothing but the order rests on it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands import turns
from avl.commands.transaction import command
from avl.domain.errors import Unavailable
from avl.models import Agency, db

HOLDS_ITS_TURN = """
import fcntl, sys
queue = open(sys.argv[1], "r+b")
fcntl.lockf(queue, fcntl.LOCK_EX)
print("mine", flush=True)
sys.stdin.read()
"""


@command
def add(session: Any, code: str) -> None:
    session.add(Agency(code=code, name=code))


@pytest.fixture
def queue(session: Any) -> Path:
    return Path(f"{db.engine.url.database}-turn")


@pytest.fixture
def rival(queue: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process whose turn it is, and which does not come to an end."""
    queue.touch()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS_ITS_TURN, str(queue)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"mine\n"
    yield process
    process.kill()
    process.communicate()


def agencies() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Agency.code)))


def test_command_waits_until_another_process_has_had_its_turn(
    app: Flask, rival: subprocess.Popen[bytes]
):
    def act() -> None:
        with app.app_context():
            add("A")

    waiting = threading.Thread(target=act)
    waiting.start()
    time.sleep(0.05)
    before = agencies()
    rival.communicate()
    waiting.join()

    assert (before, agencies()) == ([], ["A"])


def test_process_that_is_killed_leaves_its_turn_to_the_next(rival: subprocess.Popen[bytes]):
    rival.kill()
    rival.wait()

    add("A")

    assert agencies() == ["A"]


def test_command_goes_ahead_when_its_turn_does_not_come(
    monkeypatch: pytest.MonkeyPatch, rival: subprocess.Popen[bytes]
):
    monkeypatch.setattr(turns, "QUEUE_SECONDS", 0.02)

    add("A")

    assert agencies() == ["A"]


def test_queueing_and_the_lock_together_take_no_longer_than_the_patience(
    monkeypatch: pytest.MonkeyPatch, rival: subprocess.Popen[bytes]
):
    monkeypatch.setattr(turns, "QUEUE_SECONDS", 0.2)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.4)
    begun = time.monotonic()

    with closing(sqlite3.connect(str(db.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            add("A")

    assert time.monotonic() - begun < turns.PATIENCE_SECONDS + 5
    add("A")
    assert agencies() == ["A"]


def test_command_goes_ahead_where_there_can_be_no_queue(queue: Path):
    queue.mkdir()
    try:
        add("A")
    finally:
        queue.rmdir()

    assert agencies() == ["A"]


def test_turn_is_given_back_when_a_command_fails(queue: Path, request: pytest.FixtureRequest):
    @command
    def fail(session: Any) -> None:
        raise ValueError

    with pytest.raises(ValueError):
        fail()

    # Another process gets it, or else this waits until the test is given up.
    assert request.getfixturevalue("rival").poll() is None

"""The server that the browser tests ask: a tab that hangs up on it leaves nothing behind."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, send_file
from werkzeug.serving import BaseWSGIServer
from werkzeug.test import Client
from werkzeug.wrappers import Request

from avl.web.guards import everybody
from tests.browser.stage import PATIENCE_SECONDS, Stage

LARGER_THAN_WHAT_WAITS_TO_BE_READ = 32 * 1024 * 1024
"""Bytes; more than the system takes for a client that does not read."""


def first_line(server: BaseWSGIServer, path: str) -> bytes:
    """Ask for a path, and hang up once the answer has begun to arrive."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall(asked.encode())
        return client.recv(100).partition(b"\r\n")[0]


@pytest.mark.own_app
def test_a_file_is_closed_before_a_client_can_hang_up_on_it(
    app: Flask, live_server: str, bound_server: BaseWSGIServer, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as made:
        made.truncate(LARGER_THAN_WHAT_WAITS_TO_BE_READ)
    file = path.open("rb")
    bp = Blueprint("large", __name__)
    everybody(bp, "Made by a test.")

    @bp.get("/large")
    def large() -> Response:
        return send_file(file, mimetype="application/octet-stream")

    app.register_blueprint(bp)

    assert first_line(bound_server, "/large") == b"HTTP/1.1 200 OK"
    assert file.closed


def test_whoever_asks_when_no_test_is_served_is_sent_no_file(bound_server: BaseWSGIServer) -> None:
    assert first_line(bound_server, "/static/vendor/app.css") == b"HTTP/1.1 404 NOT FOUND"


class Slow:
    """An application that makes the answer to /slow until it is told to end."""

    def __init__(self) -> None:
        self.is_asked, self.may_end = threading.Event(), threading.Event()
        self.has_answered = False

    @Request.application
    def __call__(self, request: Request) -> Response:
        if request.path == "/slow":
            self.is_asked.set()
            assert self.may_end.wait(30)
            self.has_answered = True
        return Response("here")


def ask_slowly(stage: Stage, slow: Slow) -> threading.Thread:
    """Somebody asks, and the answer is being made."""
    asking = threading.Thread(target=Client(stage).get, args=("/slow",))
    asking.start()
    assert slow.is_asked.wait(30)
    return asking


def test_a_test_ends_once_what_it_was_asked_is_answered_and_new_questions_are_not() -> None:
    stage, slow = Stage(), Slow()

    def end_when_nothing_is_served() -> None:
        while Client(stage).get("/").status_code != 404:
            pass
        slow.may_end.set()

    ending = threading.Thread(target=end_when_nothing_is_served)
    with stage.serving(slow):
        asking = ask_slowly(stage, slow)
        ending.start()

    assert slow.has_answered
    ending.join()
    asking.join()


def test_an_answer_that_takes_too_long_fails_its_test_and_is_named() -> None:
    stage, slow = Stage(), Slow()

    with pytest.raises(AssertionError, match="GET /slow"), stage.serving(slow, patience=0.1):
        asking = ask_slowly(stage, slow)

    slow.may_end.set()
    asking.join()

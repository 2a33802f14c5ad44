"""The server that the browser tests ask: no file stays open when a tab hangs up on it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, send_file
from werkzeug.serving import BaseWSGIServer

from avl.web.guards import everybody

LARGER_THAN_WHAT_WAITS_TO_BE_READ = 32 * 1024 * 1024
"""Bytes; more than the system takes for a client that does not read."""


def first_line(server: BaseWSGIServer, path: str) -> bytes:
    """Ask for a path, and hang up once the answer has begun to arrive."""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
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

"""How the web server is set up, beyond plain values."""

from __future__ import annotations

import runpy
import socket
from types import SimpleNamespace
from typing import Any

from gunicorn.http.errors import LimitRequestLine

from avl.config import ROOT


class Request:
    """What the server asks of a request: whether to hang up after its answer."""

    def __init__(self) -> None:
        self.is_last = False

    def force_close(self) -> None:
        self.is_last = True


class Log:
    """What the server writes down."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def warning(self, message: str, *about: object) -> None:
        self.written.append(message % about)


def settings() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))


def test_worker_with_one_request_in_hand_keeps_the_connection():
    server = settings()
    one, after = Request(), Request()

    server["pre_request"](None, one)
    server["post_request"](None, one, {}, None)
    server["pre_request"](None, after)

    assert (one.is_last, after.is_last) == (False, False)


def test_worker_with_two_requests_in_hand_sends_the_second_to_whoever_is_free():
    server = settings()
    one, other = Request(), Request()

    server["pre_request"](None, one)
    server["pre_request"](None, other)

    assert (one.is_last, other.is_last) == (False, True)


def test_an_address_too_long_to_read_is_refused_in_words_and_not_written_down():
    server = settings()
    ours, theirs = socket.socketpair()
    log = Log()
    worker = server["Worker"].__new__(server["Worker"])
    worker.log, worker.cfg = log, SimpleNamespace(limit_request_line=server["limit_request_line"])

    worker.handle_error(None, ours, ("192.0.2.1", 1), LimitRequestLine(9000, 8190))

    answer = theirs.recv(4096).decode()
    ours.close()
    theirs.close()
    assert answer.startswith("HTTP/1.1 414 ")
    assert "a search takes 100 characters at most" in answer
    assert log.written == ["an address was longer than 8190 bytes"]

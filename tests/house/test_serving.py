"""How the web server is set up, beyond plain values."""

from __future__ import annotations

import runpy
from typing import Any

from avl.config import ROOT


class Request:
    """What the server asks of a request: whether to hang up after its answer."""

    def __init__(self) -> None:
        self.is_last = False

    def force_close(self) -> None:
        self.is_last = True


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

"""Somebody else does something while a command of ours is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from avl.domain.errors import DomainError
from avl.models import db
from tests.storm.crowd import patiently

PATIENCE_SECONDS = 120.0


class Elsewhere:
    """Somebody else's command, in a thread and with a connection of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.answer: Any = None
        self.thread: threading.Thread | None = None

    def begin(self, act: Callable[[], Any]) -> None:
        """Let them begin, and either end or have to wait for us."""

        def run() -> None:
            with self.app.app_context():
                try:
                    # Who waits for us on a slow machine is told that the system is busy.
                    self.answer = patiently(act)()
                except DomainError as refusal:
                    self.answer = refusal
                finally:
                    db.session.remove()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        self.thread.join(timeout=0.7)

    def end(self) -> Any:
        """What they were answered."""
        assert self.thread is not None
        self.thread.join(timeout=PATIENCE_SECONDS)
        assert not self.thread.is_alive()
        db.session.rollback()
        db.session.expire_all()
        return self.answer

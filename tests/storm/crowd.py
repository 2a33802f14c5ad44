"""Many clients at one moment: threads that share nothing but the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from avl.models import db

Outcome = Any
"""What a client got: the command's result, or the exception it raised."""


def at_once(app: Flask, attempts: Sequence[Callable[[], Any]]) -> list[Outcome]:
    """Start every attempt at the same moment, each in an application context of its own.

    Returns:
        For each attempt, in order, what it returned or the exception that reached it.
    """
    gate = threading.Barrier(len(attempts))
    outcomes: list[Outcome] = [None] * len(attempts)

    def run(number: int) -> None:
        with app.app_context():
            gate.wait(timeout=30)
            try:
                outcomes[number] = attempts[number]()
            except Exception as error:  # a client sees whatever reaches it
                outcomes[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a client waits for ever"
    return outcomes

"""One process that works on plans of days until it is killed."""

from __future__ import annotations

import logging
from datetime import datetime

import avl.clock
from avl import create_app
from avl.gateways.memory import MemorySms
from avl.jobs.plan_days import plan_days
from avl.jobs.shift import Shift
from tests.conftest import Clock, settings_for


def plan(database_url: str, owner: str, at: datetime) -> None:
    """Work on the plan that waits, at a moment at which the clock stands still."""
    logging.disable(logging.CRITICAL)
    avl.clock.set_clock(Clock(at))
    with create_app(settings_for(database_url)).app_context():
        plan_days(Shift(MemorySms(), "http://localhost", owner=owner))

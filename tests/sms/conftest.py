"""One confirmed booking of one counsel, and a worker whose provider does as it is told."""

from __future__ import annotations

import pytest

from avl.gateways.memory import MemorySms
from avl.jobs.shift import Shift
from tests import make
from tests.sms.carrying import FRIDAY, tell


@pytest.fixture
def counsel(session, clock):
    return make.counsel()


@pytest.fixture
def booking(counsel):
    """A confirmed booking whose "booked" text is due now."""
    at = make.during("10:00", "10:30", on=FRIDAY)
    found = make.booking(by=counsel, hearing=at, is_published=False)
    tell(found.id)
    return found


@pytest.fixture
def gateway():
    return MemorySms()


@pytest.fixture
def shift(gateway):
    return Shift(gateway, "https://avl.test", owner="worker-1")

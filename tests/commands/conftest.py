"""What several tests of commands find in their way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from avl.commands.bookings import request_booking
from avl.domain.access import Actor, Role
from avl.models import Booking
from tests import make
from tests.commands.elsewhere import PATIENCE_SECONDS, Elsewhere
from tests.scene import Scene


@pytest.fixture
def taken(scene: Scene) -> Booking:
    """Hēmi has the courtroom from 10:00 to 10:30 tomorrow."""
    return request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)


@pytest.fixture
def manager(scene: Scene) -> Actor:
    return make.actor(Role.MANAGER, scene.rimutaka)


@pytest.fixture
def elsewhere(app: Flask) -> Iterator[Elsewhere]:
    """Somebody else; a test that fails does not leave them behind."""
    other = Elsewhere(app)
    yield other
    if other.thread is not None:
        other.thread.join(timeout=PATIENCE_SECONDS)

"""Where commands are tried: the scene, at 10 am the day before its hearings."""

from __future__ import annotations

from typing import Any

import pytest

from tests import scene as scenes
from tests.conftest import Clock
from tests.scene import Scene


@pytest.fixture
def scene(session: Any, clock: Clock) -> Scene:
    """One court, two prisons, three people and two counsel."""
    return scenes.build()

"""What several tests of pages sit down at."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.web.prison_desk import Desk, make_desk


@pytest.fixture
def desk(session: Any, clock: Clock, client: FlaskClient) -> Desk:
    return make_desk(client)

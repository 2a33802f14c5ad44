"""What several tests of pages sit down at."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.domain.access import Role
from avl.models import Matter
from tests import make
from tests.conftest import Clock
from tests.scene import Scene
from tests.web.prison_desk import Desk, make_desk
from tests.web.registry_desk import Browser


@pytest.fixture
def desk(session: Any, clock: Clock, client: FlaskClient) -> Desk:
    return make_desk(client)


@pytest.fixture
def place(scene: Scene) -> Scene:
    """The scene, for tests in which somebody looks at it."""
    return scene


@pytest.fixture
def matter(place: Scene) -> Matter:
    return make.matter(
        place.court, place.tane, place.hemi, number="CRI-2026-096-001234", by=place.mere
    )


@pytest.fixture
def officer(client: FlaskClient, place: Scene) -> FlaskClient:
    user = make.user(Role.REGISTRY, place.court, name="Ana Brown")
    return make.sign_in(client, user)


@pytest.fixture
def browser(officer: FlaskClient) -> Browser:
    return Browser(officer)

"""Where records are kept and read, whose record it is, and somebody who has two."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from avl.domain.access import Role
from avl.models import Person, Site
from tests import make
from tests.conftest import Clock
from tests.scene import Scene


@pytest.fixture
def rimutaka(session):
    return make.prison("RIMP", short_name="Rimutaka", name="Rimutaka Prison")


@pytest.fixture
def arohata(session):
    return make.prison("AROH", short_name="Arohata", name="Arohata Prison")


@pytest.fixture
def court(session):
    return make.court("HUTDC", name="Hutt Valley District Court", short_name="Hutt Valley")


@pytest.fixture
def person(clock: Clock, rimutaka: Site) -> Person:
    return make.person("Pohatu", "Hemi", held_at=rimutaka)


@pytest.fixture
def keeper(client: FlaskClient, person: Person, rimutaka: Site) -> FlaskClient:
    """A browser of whoever keeps that person's record."""
    return make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))


@pytest.fixture
def twin(scene: Scene) -> Person:
    """Tāne, entered once more, at the same prison since yesterday."""
    since = make.at("10:00") - timedelta(days=1)
    return make.person("Rawiri", "Tane", held_at=scene.rimutaka, since=since, prn="TWIN0001")

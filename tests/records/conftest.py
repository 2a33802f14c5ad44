"""The two prisons that records are kept at, and somebody who has two records."""

from datetime import timedelta

import pytest

from avl.models import Person
from tests import make
from tests.scene import Scene


@pytest.fixture
def rimutaka(session):
    return make.prison("RIMP", short_name="Rimutaka", name="Rimutaka Prison")


@pytest.fixture
def arohata(session):
    return make.prison("AROH", short_name="Arohata", name="Arohata Prison")


@pytest.fixture
def twin(scene: Scene) -> Person:
    """Tāne, entered once more, at the same prison since yesterday."""
    since = make.at("10:00") - timedelta(days=1)
    return make.person("Rawiri", "Tane", held_at=scene.rimutaka, since=since, prn="TWIN0001")

"""The two prisons that records are kept at."""

import pytest

from tests import make


@pytest.fixture
def rimutaka(session):
    return make.prison("RIMP", short_name="Rimutaka", name="Rimutaka Prison")


@pytest.fixture
def arohata(session):
    return make.prison("AROH", short_name="Arohata", name="Arohata Prison")

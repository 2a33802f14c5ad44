"""What tests of the rules share."""

import pytest

from tests.domain import small_worlds


@pytest.fixture
def quiet() -> small_worlds.Scene:
    """A Tuesday on which nothing is held, nothing is broken and everybody is at Rimutaka."""
    return small_worlds.quiet_scene()

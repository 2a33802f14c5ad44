"""A prison with a feed, and ways to fetch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.feeds import make_feed
from avl.models import FeedToken, Site, User
from avl.queries.accounts import actor_of
from tests import make
from tests.conftest import Clock


@dataclass
class Fed:
    """A prison, who looks after it, and the address of its feed."""

    prison: Site
    court: Site
    user: User
    feed: FeedToken
    address: str


@pytest.fixture
def fed(session: Any, clock: Clock) -> Fed:
    prison, court = make.prison("RIMP", short_name="Rimutaka", suites=3), make.court("HUTDC")
    user = make.user("avl_coordinator", prison)
    feed, token = make_feed("site", prison.id, "Outlook", by=actor_of(user))
    return Fed(prison, court, user, feed, f"/feeds/{token}.ics")


@pytest.fixture
def fetch(client: FlaskClient, fed: Fed) -> Callable[..., Any]:
    """Fetch the feed as a program would."""

    def get(address: str = "", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(address or fed.address, headers=named)

    return get

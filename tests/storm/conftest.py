"""A court and a prison with room for everybody at once."""

from __future__ import annotations

from typing import Any

import pytest

from avl.domain.access import Role
from tests import make
from tests.conftest import Clock
from tests.storm.crowd import CLIENTS, Crowd


@pytest.fixture
def crowd(session: Any, clock: Clock) -> Crowd:
    make.hearing_type()
    court = make.court("HVDC", courtrooms=CLIENTS)
    prison = make.prison("RIM", suites=CLIENTS, short_name="Rimutaka")
    return Crowd(
        court=court,
        prison=prison,
        courtrooms=make.rooms(court, "courtroom"),
        suites=make.rooms(prison, "suite"),
        people=[make.person(f"Person{n}", held_at=prison) for n in range(CLIENTS)],
        registrar=make.actor(Role.REGISTRY, court),
        coordinator=make.actor(Role.AVL_COORDINATOR, prison),
    )

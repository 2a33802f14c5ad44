"""The demonstration's scripted bookings, in a country just large enough for them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from avl.commands.demo import COLLEAGUES, PAIRS, SIGN_INS
from avl.commands.demo_links import SCRIPT, note_people, play_script
from avl.commands.demo_stage import set_stage
from avl.domain.access import Role
from avl.domain.interpreters import InterpreterState
from avl.models import Appearance, Approval, Booking, Hold, Resource, ResourceKind, db
from tests import make
from tests.conftest import Clock


@pytest.fixture
def country(session: Any, clock: Clock) -> None:
    for code in {scene.code for scene in SCRIPT}:
        make.hearing_type(code)
    court = make.court("HUTDC", courtrooms=2)
    make.bridge(court)
    make.instruction_suite(court, "Instruction suite 1")
    counsel = make.counsel()
    prisons = {
        "RIMP": make.prison("RIMP", suites=3, approval=Approval.APPROVAL),
        "AROH": make.prison("AROH", approval=Approval.SELF_SERVICE),
    }
    for prison in prisons.values():
        for number in range(6):
            person = make.person("Parata", f"Hemi {number}", held_at=prison)
            make.matter(court, person, by=counsel)
    make.user(Role.REGISTRY, court, email="registry@demo.example")
    make.user(Role.AVL_COORDINATOR, prisons["RIMP"], email="coordinator@demo.example")
    make.user(Role.AVL_COORDINATOR, prisons["AROH"], email="arohata@demo.example")


def test_each_scripted_booking_is_made_by_the_real_commands(country: None) -> None:
    stage = set_stage()
    note_people(stage)

    assert play_script(stage) == len(SCRIPT)

    ends = select(func.count(Appearance.id)).group_by(Appearance.booking_id)
    assert sorted(db.session.scalars(ends)) == [1, 1, 1, 1, 2, 3]
    states = db.session.scalars(
        select(Booking.interpreter_state).where(Booking.interpreter_language != "")
    )
    assert set(states) == {
        InterpreterState.CONFIRMED,
        InterpreterState.ASKED,
        InterpreterState.WANTED,
    }
    ports = select(func.count(Hold.id)).join(Resource, Resource.id == Hold.resource_id)
    held = db.session.scalar(ports.where(Resource.kind == ResourceKind.BRIDGE_PORT))
    rooms = db.session.scalar(ports.where(Resource.kind == ResourceKind.INSTRUCTION_SUITE))
    assert held is not None
    assert held >= 3 + 4
    assert rooms == 4


def test_everybody_books_and_agrees_for_their_own_place(country: None) -> None:
    wellington = make.court("WLGDC")
    wini = make.user(Role.REGISTRY, wellington, email="wellington@demo.example")

    stage = set_stage()

    assert stage.actors[wellington.id].user_id == wini.id
    assert stage.actors[stage.sites["HUTDC"].id].user_id != wini.id
    named = {code for _, _, _, code, _ in SIGN_INS} | {code for _, _, _, code in COLLEAGUES}
    assert {court for court, _, _ in PAIRS} <= named
    assert {prison for _, prisons, _ in PAIRS for prison in prisons} <= named

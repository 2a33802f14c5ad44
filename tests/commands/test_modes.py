"""AVL or in person, where a booking is made: what a direction must say, and what it leaves."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.changes import Move, move_booking
from avl.commands.directions import DirectedHearing, record_direction_ahead
from avl.commands.modes import DirectionNote
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed
from avl.domain.modes import Mode
from avl.models import Booking, Direction, ModeLayer, ModeRule, db
from tests import make
from tests.counting import statements
from tests.scene import TOMORROW

ON = date.fromisoformat(TOMORROW)
NOTE = DirectionNote(
    role="judicial_officer",
    officer_name="Judge Tamatea",
    reason="The person asks for it and the matter is short.",
    directed_on=date(2026, 11, 24),
    consent_given=True,
    consent_how="through counsel",
)


def rule(**more: Any) -> None:
    defaults: dict[str, Any] = {
        "code": "trial-in-person",
        "layer": ModeLayer.STATUTE,
        "hearing_type_code": "CRB",
        "mode": "in_person",
        "override_role": "judicial_officer|registrar",
        "consent": "yes",
        "from_on": date(2010, 1, 1),
        "sentence": "evidence is given in person.",
    }
    db.session.add(ModeRule(**(defaults | more)))
    db.session.commit()


def booked(scene: Any, **more: Any) -> Booking:
    return request_booking(scene.request(**more), by=scene.registrar)


def test_booking_where_avl_stands_says_why(scene):
    rule(mode="avl", sentence="bail is heard by AVL.")

    assert booked(scene).mode_reason == "AVL, by statute: bail is heard by AVL."


@pytest.mark.both_databases
def test_booking_where_in_person_stands_wants_a_direction(scene):
    rule()

    with pytest.raises(InvalidInput) as refusal:
        booked(scene)

    assert refusal.value.field == "direction"
    assert refusal.value.message == (
        "In person, by statute: evidence is given in person."
        " To book AVL, record who directed it and why."
    )
    assert db.session.scalars(select(Booking)).all() == []


@pytest.mark.both_databases
def test_booking_with_a_direction_records_it_and_quotes_it(scene):
    rule()

    booking = booked(scene, direction=NOTE)

    direction = db.session.scalars(select(Direction)).one()
    assert (direction.person_id, direction.officer_name) == (scene.tane.id, "Judge Tamatea")
    assert direction.recorded_by_id == scene.registrar.user_id
    assert booking.mode_reason.startswith("AVL, by direction: Judge Tamatea directed this")


@pytest.mark.both_databases
def test_directions_are_read_only_where_a_person_has_one(scene):
    booked(scene, start="09:00")
    with statements(db.engine) as without:
        booked(scene, start="10:00")
    rule()
    booked(scene, start="11:00", direction=NOTE)
    with statements(db.engine) as with_one:
        booking = booked(scene, start="14:00")

    assert booking.mode_reason.startswith("AVL, by direction: Judge Tamatea directed this")
    read = [sum(one.startswith("SELECT direction.") for one in s) for s in (without, with_one)]
    assert read == [0, 1]


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"officer_name": " "}, InvalidInput, "officer_name"),
        ({"reason": " "}, InvalidInput, "reason"),
        ({"consent_given": False}, InvalidInput, "consent"),
        ({"consent_given": None}, InvalidInput, "consent"),
        ({"role": ""}, InvalidInput, "role"),
    ],
)
def test_booking_with_a_direction_that_lacks_something_is_refused(scene, change, refusal, field):
    rule()

    with pytest.raises(refusal) as raised:
        booked(scene, direction=dataclasses.replace(NOTE, **change))

    assert raised.value.field == field
    assert db.session.scalars(select(Direction)).all() == []


def test_booking_against_a_mandatory_rule_is_for_a_judicial_officer(scene):
    rule(mode="mandatory_in_person", override_role="")

    with pytest.raises(NotAllowed):
        booked(scene, direction=dataclasses.replace(NOTE, role="registrar"))

    assert booked(scene, direction=NOTE).status is Status.REQUESTED


def test_booking_held_with_a_direction_is_booked_without_asking_again(scene):
    rule()
    offer = hold_offer(scene.request(direction=NOTE), by=scene.registrar)

    assert request_held(offer.reference, by=scene.registrar).mode_reason == offer.mode_reason


@pytest.mark.both_databases
def test_booking_held_before_in_person_stood_is_refused_unless_it_is_directed(scene):
    plain = hold_offer(scene.request(), by=scene.registrar)
    rule()

    with pytest.raises(ActionNotAllowed) as refusal:
        request_held(plain.reference, by=scene.registrar)

    assert refusal.value.message == (
        "In person, by statute: evidence is given in person."
        " To book AVL, record who directed it and why."
    )
    assert [one.status for one in db.session.scalars(select(Booking))] == [Status.HELD]
    hearing = DirectedHearing(scene.court.id, "CRB", ON, {scene.tane.id: None})
    record_direction_ahead(hearing, Mode.AVL, NOTE, by=scene.registrar)
    made = request_held(plain.reference, by=scene.registrar)
    assert made.mode_reason.startswith("AVL, by direction: Judge Tamatea directed this")


def test_booking_of_a_youth_follows_the_rule_for_youths(scene):
    rule(code="youth", trigger="youth", sentence="a young person appears in person.")
    booked(scene)
    youth = make.person("Parata", "Kahu", held_at=scene.rimutaka, born_on=date(2010, 5, 1))

    with pytest.raises(InvalidInput, match="a young person appears in person"):
        request_booking(
            scene.request("14:00", scene.seat(youth)),
            by=scene.registrar,
        )


def test_move_to_a_date_on_which_in_person_stands_wants_a_direction(scene):
    booking = booked(scene)
    rule(from_on=date(2026, 11, 26))
    later = Move(hearing=make.during("10:00", "10:30", on="2026-11-26"))

    with pytest.raises(InvalidInput) as refusal:
        move_booking(booking.reference, later, by=scene.registrar, reason="Judge ill")
    moved = move_booking(
        booking.reference,
        dataclasses.replace(later, direction=NOTE),
        by=scene.registrar,
        reason="Judge ill",
    )

    assert refusal.value.field == "direction"
    assert moved.mode_reason.startswith("AVL, by direction")
    assert make.at("10:00", on=TOMORROW) < moved.starts_at


def test_another_suite_at_the_same_time_leaves_the_mode_as_it_was_decided(scene):
    booking = booked(scene)
    [appearance] = booking.appearances
    decided = booking.mode_reason
    rule()

    moved = move_booking(
        booking.reference,
        Move(suites={appearance.id: scene.second_suite.id}),
        by=scene.registrar,
        reason="The camera is broken",
    )

    assert [one.suite_id for one in moved.appearances] == [scene.second_suite.id]
    assert moved.mode_reason == decided

"""Another suite of the same prison at the same time."""

from __future__ import annotations

import pytest

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import request_booking
from avl.commands.suites import change_suite
from avl.domain.booking import Status
from avl.domain.errors import InvalidInput, NotAllowed, NotFound, ResourceClash, StaleVersion
from avl.models import Sms, db
from tests.scene import audited, overlaps


@pytest.fixture
def booked(scene):
    made = request_booking(
        scene.request("10:00", scene.seat(counsel=scene.mere)), by=scene.registrar
    )
    return confirm_booking(made.reference, by=scene.coordinator)


def change(booked, scene, suite, **more):
    usual = {"by": scene.coordinator, "reason": "The camera is better."}
    key = booked.appearances[0].id
    return change_suite(booked.reference, key, suite.id, **(usual | more))


def test_a_coordinator_changes_the_suite_and_nobody_is_asked_again(scene, booked):
    told = db.session.query(Sms).count()

    changed = change(booked, scene, scene.second_suite)

    assert changed.appearances[0].suite_id == scene.second_suite.id
    assert changed.status is Status.CONFIRMED
    assert db.session.query(Sms).count() == told
    assert audited(changed)[-1] == "move"
    assert overlaps() == 0


def test_a_suite_that_is_taken_is_refused(scene, booked):
    request_booking(
        scene.request(
            "10:00", scene.seat(scene.hemi, scene.second_suite), courtroom=scene.second_courtroom
        ),
        by=scene.registrar,
    )

    with pytest.raises(ResourceClash):
        change(booked, scene, scene.second_suite)


def test_a_reason_is_needed(scene, booked):
    with pytest.raises(InvalidInput):
        change(booked, scene, scene.second_suite, reason=" ")


def test_a_suite_of_another_prison_is_no_suite_of_this_one(scene, booked):
    with pytest.raises(InvalidInput):
        change(booked, scene, scene.women_suite)


def test_a_coordinator_of_another_prison_sees_no_such_booking(scene, booked):
    with pytest.raises(NotFound):
        change(booked, scene, scene.second_suite, by=scene.women_coordinator)


def test_an_old_picture_is_refused(scene, booked):
    with pytest.raises(StaleVersion):
        change(booked, scene, scene.second_suite, version=booked.version - 1)


def test_a_co_defendants_prison_is_another_coordinators_to_change(scene, session):
    made = request_booking(
        scene.request("10:00", scene.seat(), scene.at_arohata()), by=scene.registrar
    )
    theirs = next(one for one in made.appearances if one.site_id == scene.arohata.id)

    with pytest.raises(NotAllowed):
        change_suite(
            made.reference, theirs.id, scene.women_suite.id, by=scene.coordinator, reason="No."
        )

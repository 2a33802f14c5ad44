"""Another suite of the same prison at the same time."""

from __future__ import annotations

import pytest

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import request_booking
from avl.commands.suites import change_suite
from avl.domain.booking import Status
from avl.domain.errors import InvalidInput, NotAllowed, NotFound, ResourceClash, StaleVersion
from avl.models import Sms, db
from tests import scene
from tests.scene import audited, overlaps


@pytest.fixture
def place(session, clock):
    return scene.build()


@pytest.fixture
def booked(place):
    made = request_booking(
        place.request("10:00", place.seat(counsel=place.mere)), by=place.registrar
    )
    return confirm_booking(made.reference, by=place.coordinator)


def change(booked, place, suite, **more):
    usual = {"by": place.coordinator, "reason": "The camera is better."}
    key = booked.appearances[0].id
    return change_suite(booked.reference, key, suite.id, **(usual | more))


def test_a_coordinator_changes_the_suite_and_nobody_is_asked_again(place, booked):
    told = db.session.query(Sms).count()

    changed = change(booked, place, place.second_suite)

    assert changed.appearances[0].suite_id == place.second_suite.id
    assert changed.status is Status.CONFIRMED
    assert db.session.query(Sms).count() == told
    assert audited(changed)[-1] == "move"
    assert overlaps() == 0


def test_a_suite_that_is_taken_is_refused(place, booked):
    request_booking(
        place.request(
            "10:00", place.seat(place.hemi, place.second_suite), courtroom=place.second_courtroom
        ),
        by=place.registrar,
    )

    with pytest.raises(ResourceClash):
        change(booked, place, place.second_suite)


def test_a_reason_is_needed(place, booked):
    with pytest.raises(InvalidInput):
        change(booked, place, place.second_suite, reason=" ")


def test_a_suite_of_another_prison_is_no_suite_of_this_one(place, booked):
    with pytest.raises(InvalidInput):
        change(booked, place, place.women_suite)


def test_a_coordinator_of_another_prison_sees_no_such_booking(place, booked):
    with pytest.raises(NotFound):
        change(booked, place, place.second_suite, by=place.women_coordinator)


def test_an_old_picture_is_refused(place, booked):
    with pytest.raises(StaleVersion):
        change(booked, place, place.second_suite, version=booked.version - 1)


def test_a_co_defendants_prison_is_another_coordinators_to_change(place, session):
    made = request_booking(
        place.request("10:00", place.seat(), place.at_arohata()), by=place.registrar
    )
    theirs = next(one for one in made.appearances if one.site_id == place.arohata.id)

    with pytest.raises(NotAllowed):
        change_suite(
            made.reference, theirs.id, place.women_suite.id, by=place.coordinator, reason="No."
        )

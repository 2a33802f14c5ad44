"""Making a booking: requests, refusals, and what each leaves behind."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import delete, select

from avl.commands.bookings import request_booking
from avl.domain.booking import LegKind, Status
from avl.domain.clashes import Rule
from avl.domain.errors import (
    InvalidInput,
    NotFound,
    ResourceClash,
)
from avl.models import Booking, FeedEvent, Outage, Sms, Window, db
from tests import make
from tests.scene import audited, held, overlaps, tomorrow


def rules(refusal: pytest.ExceptionInfo[ResourceClash]) -> set[Rule]:
    return {clash.rule for clash in refusal.value.clashes}


@pytest.mark.both_databases
def test_request_booking_where_the_prison_answers_is_requested_and_holds_every_leg(scene):
    booking = request_booking(
        scene.request(
            "10:00",
            scene.seat(counsel=scene.mere, instruction_suite_id=scene.booth.id),
            pre=15,
            post=10,
        ),
        by=scene.registrar,
    )

    tane, mere = scene.tane.resource_id, scene.mere.resource_id
    assert booking.status is Status.REQUESTED
    assert booking.expires_at is not None
    assert [leg.kind for leg in booking.legs] == list(LegKind)
    assert (booking.starts_at, booking.ends_at) == (tomorrow("09:45"), tomorrow("10:40"))
    assert set(held()) == {
        (scene.courtroom.id, tomorrow("10:00"), tomorrow("10:35")),
        (scene.booth.id, tomorrow("09:45"), tomorrow("10:05")),
        (scene.booth.id, tomorrow("10:30"), tomorrow("10:45")),
        (scene.suite.id, tomorrow("09:45"), tomorrow("10:00")),
        (scene.suite.id, tomorrow("10:00"), tomorrow("10:30")),
        (scene.suite.id, tomorrow("10:30"), tomorrow("10:45")),
        *((who, tomorrow("09:45"), tomorrow("10:00")) for who in (tane, mere)),
        *((who, tomorrow("10:00"), tomorrow("10:30")) for who in (tane, mere)),
        *((who, tomorrow("10:30"), tomorrow("10:40")) for who in (tane, mere)),
    }
    assert audited(booking) == ["hold", "request"]


@pytest.mark.both_databases
def test_request_booking_where_the_prison_serves_itself_is_confirmed_and_told(scene):
    booking = request_booking(
        scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar
    )

    assert booking.status is Status.CONFIRMED
    assert booking.expires_at is None
    assert booking.appearances[0].agreed_at is not None
    scopes = db.session.scalars(select(FeedEvent.scope_kind).order_by(FeedEvent.scope_kind)).all()
    assert scopes == ["counsel", "court", "site", "suite"]
    assert "booked" in db.session.scalars(select(Sms.kind)).all()


def test_request_booking_with_one_prison_that_answers_waits_for_it_alone(scene):
    booking = request_booking(
        scene.request("10:00", scene.seat(), scene.at_arohata()), by=scene.registrar
    )

    agreed = {seat.site_id: seat.agreed_at is not None for seat in booking.appearances}
    assert booking.status is Status.REQUESTED
    assert agreed == {scene.rimutaka.id: False, scene.arohata.id: True}


def test_request_booking_of_a_friday_may_be_answered_on_the_monday(scene, clock):
    weekend = Window.site_id == scene.rimutaka.id, Window.weekday > 4
    db.session.execute(delete(Window).where(*weekend))
    db.session.commit()
    clock.set(make.at("16:00", on="2026-11-27"))

    booking = request_booking(scene.request(make.at("10:00", on="2026-12-03")), by=scene.registrar)

    assert booking.expires_at == make.at("16:00", on="2026-11-30")


def test_request_booking_deadline_comes_before_the_people_are_fetched(scene, clock):
    clock.set(tomorrow("08:00"))

    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    assert booking.expires_at == tomorrow("10:00")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("start", "minutes"),
    [("10:00", 30), ("10:15", 30), ("09:45", 30), ("09:00", 120), ("10:05", 5), ("10:30", 30)],
)
def test_request_booking_that_overlaps_is_refused_and_holds_nothing(scene, start, minutes):
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    before, actions = held(), audited()

    with pytest.raises(ResourceClash) as refusal:
        request_booking(
            scene.request(
                start,
                scene.seat(scene.hemi),
                minutes=minutes,
                courtroom=scene.second_courtroom,
            ),
            by=scene.registrar,
        )

    assert rules(refusal) == {Rule.TAKEN}
    assert refusal.value.message == (
        f"Suite 1 at Rimutaka is held 10:00 am to 10:35 am by {first.reference}."
    )
    assert (held(), audited()) == (before, actions)
    assert db.session.scalars(select(Booking.reference)).all() == [first.reference]


def test_request_booking_after_the_turnaround_is_taken(scene):
    request_booking(scene.request("10:00"), by=scene.registrar)

    request_booking(scene.request("10:35"), by=scene.registrar)

    assert overlaps() == 0


def test_request_booking_of_a_person_who_appears_elsewhere_is_refused(scene):
    first = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(ResourceClash) as refusal:
        request_booking(
            scene.request(
                "10:00",
                scene.seat(suite=scene.second_suite),
                courtroom=scene.second_courtroom,
            ),
            by=scene.registrar,
        )

    assert refusal.value.message == (
        f"Rāwiri, Tāne already appears 10:00 am to 10:30 am ({first.reference})."
    )


def test_request_booking_of_two_people_when_one_cannot_holds_neither(scene):
    request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)
    before = held()

    with pytest.raises(ResourceClash):
        request_booking(
            scene.request(
                "10:00", scene.seat(), scene.at_arohata(), courtroom=scene.second_courtroom
            ),
            by=scene.registrar,
        )

    assert held() == before


def test_request_booking_clash_with_another_court_does_not_say_which(scene):
    elsewhere = make.court(short_name="Masterton")
    masterton = make.actor("registry", elsewhere)
    request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(ResourceClash) as refusal:
        request_booking(
            dataclasses.replace(
                scene.request("10:00", scene.seat(scene.hemi)),
                court_id=elsewhere.id,
                courtroom_id=make.rooms(elsewhere, "courtroom")[0].id,
            ),
            by=masterton,
        )

    assert refusal.value.message == (
        "Suite 1 at Rimutaka is held 10:00 am to 10:35 am by another court."
    )


def test_request_booking_by_another_courts_registry_finds_no_such_court(scene):
    with pytest.raises(NotFound):
        request_booking(scene.request(), by=scene.other_registrar)

    assert held() == []


@pytest.mark.parametrize(
    ("start", "minutes", "more", "field"),
    [
        ("10:02", 30, {}, "time"),
        ("10:00", 3, {}, "minutes"),
        ("10:00", 32, {}, "minutes"),
        ("10:00", 485, {}, "minutes"),
        ("10:00", 30, {"pre": 125}, "pre_minutes"),
        ("10:00", 30, {"pre": 7}, "pre_minutes"),
        ("10:00", 30, {"post": -5}, "post_minutes"),
    ],
)
def test_request_booking_of_a_shape_no_timetable_has_names_the_field(
    scene, start, minutes, more, field
):
    with pytest.raises(InvalidInput) as refusal:
        request_booking(scene.request(start, minutes=minutes, **more), by=scene.registrar)

    assert refusal.value.field == field


def test_request_booking_within_a_second_is_refused(scene):
    start = tomorrow("10:00").replace(microsecond=500_000)

    with pytest.raises(InvalidInput) as refusal:
        request_booking(scene.request(start), by=scene.registrar)

    assert refusal.value.field == "time"


def test_request_booking_more_than_two_years_ahead_is_refused(scene, clock):
    with pytest.raises(InvalidInput) as refusal:
        request_booking(
            scene.request(make.at("10:00", on="2028-11-28")),
            by=scene.registrar,
        )

    assert refusal.value.field == "date"


@pytest.mark.parametrize(
    ("seat", "field"),
    [({"person_id": 999}, "person"), ({"counsel_id": 999}, "counsel")],
)
def test_request_booking_of_somebody_unknown_names_the_field(scene, seat, field):
    with pytest.raises(InvalidInput) as refusal:
        request_booking(
            scene.request("10:00", dataclasses.replace(scene.seat(), **seat)),
            by=scene.registrar,
        )

    assert refusal.value.field == field


@pytest.mark.parametrize("code", ["NONE", "OLD"])
def test_request_booking_of_a_type_nobody_books_is_refused(scene, code):
    make.hearing_type("OLD", "Abolished", is_bookable=False)

    with pytest.raises(InvalidInput) as refusal:
        request_booking(dataclasses.replace(scene.request(), hearing_type=code), by=scene.registrar)

    assert refusal.value.field == "hearing_type"


def test_request_booking_gives_every_reason_at_once(scene):
    db.session.add(
        Outage(
            resource_id=scene.suite.id,
            starts_at=tomorrow("09:00"),
            ends_at=tomorrow("11:00"),
            reason="the camera is broken",
        )
    )
    db.session.commit()

    with pytest.raises(ResourceClash) as refusal:
        request_booking(scene.request("10:00", scene.seat(scene.aroha)), by=scene.registrar)

    assert rules(refusal) == {Rule.NOT_IN_CUSTODY_THERE, Rule.OUT_OF_USE}
    assert "the camera is broken" in refusal.value.message


def test_request_booking_too_soon_says_what_the_prison_needs(scene, clock):
    clock.set(tomorrow("09:45"))

    with pytest.raises(ResourceClash) as refusal:
        request_booking(scene.request("10:00"), by=scene.registrar)

    assert refusal.value.message == (
        "Rimutaka needs 30 minutes' notice to bring somebody to a suite."
    )


@pytest.mark.both_databases
def test_request_booking_with_counsel_wanted_elsewhere_wants_a_reason(scene):
    request_booking(scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar)
    second = scene.request(
        "10:00", scene.seat(counsel=scene.mere), courtroom=scene.second_courtroom
    )

    with pytest.raises(InvalidInput) as refusal:
        request_booking(second, by=scene.registrar)
    booking = request_booking(
        dataclasses.replace(second, warning_reason="Ms Parata sends her junior."),
        by=scene.registrar,
    )

    assert refusal.value.field == "warning_reason"
    assert refusal.value.message == (
        "Mere Parata is wanted elsewhere 10:00 am to 10:30 am."
        " Give a reason to book it all the same."
    )
    assert booking.warning_reason == "Ms Parata sends her junior."
    assert overlaps() == 0


def test_request_booking_as_next_event_keeps_the_thread(scene):
    first = request_booking(scene.request("10:00"), by=scene.registrar)

    second = request_booking(
        scene.request("14:00", previous_reference=first.reference), by=scene.registrar
    )

    assert second.previous_id == first.id


def test_request_booking_as_next_event_of_what_one_may_not_see_is_refused(scene):
    with pytest.raises(InvalidInput) as refusal:
        request_booking(scene.request(previous_reference="AVL-222222"), by=scene.registrar)

    assert refusal.value.field == "previous_reference"

"""Making a booking: held offers, requests, refusals, and what each leaves behind."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer, release_hold, request_booking, request_held
from avl.domain.booking import LegKind, Status
from avl.domain.clashes import Rule
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotFound,
    ResourceClash,
    StaleVersion,
)
from avl.models import Booking, FeedEvent, Hold, Outage, Sms, db
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


# --- Offers that are held ---


@pytest.mark.both_databases
def test_hold_offer_keeps_it_for_ten_minutes_and_tells_nobody(scene, clock):
    booking = hold_offer(scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar)

    assert (booking.status, booking.version) == (Status.HELD, 1)
    assert booking.expires_at == clock.now + timedelta(minutes=10)
    assert len(held()) == 4
    assert audited(booking) == ["hold"]
    assert db.session.scalars(select(FeedEvent)).all() == []
    assert db.session.scalars(select(Sms)).all() == []


@pytest.mark.both_databases
def test_hold_offer_somebody_elses_is_refused_until_its_minutes_are_over(scene, clock):
    first = hold_offer(scene.request("10:00"), by=scene.registrar)
    second = scene.request("10:00", scene.seat(scene.hemi), courtroom=scene.second_courtroom)
    with pytest.raises(ResourceClash):
        hold_offer(second, by=scene.registrar)

    clock.forward(minutes=10)
    taken = hold_offer(second, by=scene.registrar)

    assert taken.status is Status.HELD
    assert db.session.get_one(Booking, first.id).status is Status.LAPSED
    assert {hold.booking_id for hold in db.session.scalars(select(Hold))} == {taken.id}
    assert audited(first) == ["hold", "lapse"]


@pytest.mark.both_databases
def test_hold_offer_double_click_is_one_hold(scene):
    request = scene.request(form_key="form-1")

    first = hold_offer(request, by=scene.registrar)
    second = hold_offer(request, by=scene.registrar)

    assert first.reference == second.reference
    assert len(db.session.scalars(select(Booking)).all()) == 1


def test_hold_offer_choosing_another_gives_the_first_back(scene):
    first = hold_offer(scene.request("10:00", form_key="form-1"), by=scene.registrar)

    second = hold_offer(scene.request("10:15", form_key="form-1"), by=scene.registrar)

    assert db.session.get_one(Booking, first.id).status is Status.CANCELLED
    assert {hold.booking_id for hold in db.session.scalars(select(Hold))} == {second.id}


def test_hold_offer_choosing_another_that_is_gone_keeps_the_first(scene):
    first = hold_offer(scene.request("10:00", form_key="form-1"), by=scene.registrar)
    request_booking(
        scene.request("11:00", scene.seat(scene.hemi), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )

    with pytest.raises(ResourceClash):
        hold_offer(scene.request("11:00", form_key="form-1"), by=scene.registrar)

    assert db.session.get_one(Booking, first.id).status is Status.HELD


@pytest.mark.both_databases
def test_request_held_books_what_was_held(scene):
    offer = hold_offer(scene.request("10:00", scene.at_arohata()), by=scene.registrar)
    before = held()

    booking = request_held(
        offer.reference, by=scene.registrar, staff_notes="ring first", prison_notes="no stairs"
    )

    assert booking.status is Status.CONFIRMED
    assert (booking.staff_notes, booking.prison_notes) == ("ring first", "no stairs")
    assert held() == before
    assert audited(booking) == ["hold", "request"]


def test_request_held_twice_changes_nothing_the_second_time(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)
    first = request_held(offer.reference, by=scene.registrar)
    version = first.version

    second = request_held(offer.reference, by=scene.registrar)

    assert (second.version, second.status) == (version, Status.REQUESTED)
    assert audited(second) == ["hold", "request"]


@pytest.mark.both_databases
def test_request_held_after_somebody_took_it_says_that_the_minutes_are_over(scene, clock):
    offer = hold_offer(scene.request(), by=scene.registrar)
    clock.forward(minutes=11)
    hold_offer(
        scene.request("10:00", scene.seat(scene.hemi), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )

    with pytest.raises(ActionNotAllowed) as refusal:
        request_held(offer.reference, by=scene.registrar)

    assert "ten minutes" in refusal.value.message
    assert overlaps() == 0


def test_request_held_late_but_nobody_took_it_books_it(scene, clock):
    offer = hold_offer(scene.request(), by=scene.registrar)
    clock.forward(minutes=11)

    booking = request_held(offer.reference, by=scene.registrar)

    assert booking.status is Status.REQUESTED


def test_request_held_after_it_was_given_back_is_refused(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)
    release_hold(offer.reference, by=scene.registrar)
    request_booking(scene.request(), by=scene.registrar)

    with pytest.raises(ActionNotAllowed):
        request_held(offer.reference, by=scene.registrar)


def test_hold_offer_leaves_an_expired_offer_that_is_not_in_the_way(scene, clock):
    earlier = hold_offer(scene.request("10:00"), by=scene.registrar)
    clock.forward(minutes=11)

    hold_offer(scene.request("11:00"), by=scene.registrar)

    assert request_held(earlier.reference, by=scene.registrar).status is Status.REQUESTED


def test_request_held_when_a_suite_broke_meanwhile_says_so(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)
    db.session.add(
        Outage(resource_id=scene.suite.id, starts_at=tomorrow("08:00"), reason="flooded")
    )
    db.session.commit()

    with pytest.raises(ResourceClash) as refusal:
        request_held(offer.reference, by=scene.registrar)

    assert "flooded" in refusal.value.message
    assert db.session.get_one(Booking, offer.id).status is Status.HELD


def test_request_held_of_an_old_version_is_refused(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)

    with pytest.raises(StaleVersion):
        request_held(offer.reference, by=scene.registrar, version=7)


def test_request_held_by_another_court_finds_nothing(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)

    with pytest.raises(NotFound):
        request_held(offer.reference, by=scene.other_registrar)
    with pytest.raises(NotFound):
        request_held(offer.reference, by=scene.coordinator)


def test_request_held_with_counsel_wanted_elsewhere_wants_a_reason(scene):
    request_booking(scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar)
    offer = hold_offer(
        scene.request("10:00", scene.seat(counsel=scene.mere), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )

    with pytest.raises(InvalidInput):
        request_held(offer.reference, by=scene.registrar)
    booking = request_held(offer.reference, by=scene.registrar, warning_reason="A junior comes.")

    assert booking.warning_reason == "A junior comes."


def test_release_hold_gives_everything_back_once(scene):
    offer = hold_offer(scene.request(), by=scene.registrar)

    release_hold(offer.reference, by=scene.registrar)
    again = release_hold(offer.reference, by=scene.registrar)

    assert again.status is Status.CANCELLED
    assert held() == []
    assert audited(offer) == ["hold", "cancel"]


def test_release_hold_of_what_is_booked_leaves_it(scene):
    booking = request_booking(scene.request(), by=scene.registrar)

    assert release_hold(booking.reference, by=scene.registrar).status is Status.REQUESTED
    assert held() != []

"""Offers that are held for ten minutes: booked, given back, lapsed, clicked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer, release_hold, request_booking, request_held
from avl.domain.booking import Status
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


def test_hold_offer_after_going_back_to_mend_something_keeps_what_is_asked_now(scene):
    make.hearing_type("OTHER")
    asked = scene.request("10:00", form_key="form-1")
    mended = [
        scene.request("10:00", minutes=45, form_key="form-1"),
        scene.request("10:00", pre=15, form_key="form-1"),
        scene.request("10:00", post=10, form_key="form-1"),
        scene.request("10:00", scene.seat(counsel=scene.mere), form_key="form-1"),
        replace(asked, courtroom_id=scene.second_courtroom.id),
        replace(asked, hearing_type="OTHER"),
        replace(asked, prison_notes="Civilian clothes"),
        replace(asked, staff_notes="The judge asked"),
        replace(asked, interpreter_language="Samoan"),
    ]
    kept = [hold_offer(one, by=scene.registrar).id for one in (asked, *mended)]

    assert len(set(kept)) == len(kept)
    assert {hold.booking_id for hold in db.session.scalars(select(Hold))} == {kept[-1]}


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

    assert "no longer kept" in refusal.value.message
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

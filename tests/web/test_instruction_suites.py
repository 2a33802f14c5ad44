"""Counsel's instruction suite on the registry's pages: any free one, one by name, or none."""

from __future__ import annotations

import pytest

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import request_booking
from avl.domain.booking import Status
from avl.models import Appearance, Booking, FeedEvent, Hold, db
from tests import make, scene
from tests.web.registry_desk import form_address, newest
from tests.web.test_registry_bookings import address_of, move_fields


@pytest.fixture
def place(place):
    make.hearing_type("CRS", "Sentencing", typical_minutes=30, pre_minutes=15, post_minutes=10)
    return place


def sentencing(**more):
    return {"hearing_type": "CRS", "date": "2026-11-25", "time": "10:00", **more}


def booked(browser):
    """Take the first offer and book it."""
    browser.choose()
    held = newest()
    browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})
    return newest()


def rooms_of(booking):
    """Counsel's room for each person of a booking, in order."""
    found = db.session.query(Appearance).filter_by(booking_id=booking.id).order_by(Appearance.id)
    return [one.instruction_suite_id for one in found]


def kept(room):
    """The stretches for which a room is held."""
    holds = db.session.query(Hold).filter_by(resource_id=room.id).order_by(Hold.starts_at)
    return [(hold.starts_at, hold.ends_at) for hold in holds]


@pytest.mark.both_databases
def test_any_free_instruction_suite_is_kept_for_the_conferences(browser, place, matter):
    browser.get(form_address(place, matter))
    browser.find_times(**sentencing())
    assert "Any free one at Hutt Valley" in browser.page
    assert "counsel in Instruction suite 1" in browser.page

    made = booked(browser)

    assert rooms_of(made) == [place.booth.id]
    at = scene.tomorrow
    assert kept(place.booth) == [(at("09:45"), at("10:05")), (at("10:30"), at("10:45"))]
    assert "Counsel in Instruction suite 1" in browser.page
    assert "Instruction suite 1" in browser.get("/court/today?on=2026-11-25")
    assert "Instruction suite 1" in browser.get("/court/today?on=2026-11-25&as=csv")


def test_no_conference_asks_for_no_instruction_suite(browser, place):
    browser.get(form_address(place))

    browser.find_times(hearing_type="CRB", date="2026-11-25", time="10:00")

    assert "Counsel's instruction suite" not in browser.page
    assert rooms_of(booked(browser)) == [None]


def test_counsel_who_confers_elsewhere_takes_no_room(browser, place, matter):
    browser.get(form_address(place, matter))
    browser.find_times(**sentencing(instruction="none"))
    assert "counsel in" not in browser.page

    made = booked(browser)

    assert rooms_of(made) == [None]
    assert kept(place.booth) == []
    assert "Counsel confers elsewhere" in browser.page


def test_a_room_by_name_is_refused_while_it_is_taken_and_any_other_is_offered(
    browser, place, matter
):
    second = make.instruction_suite(place.court, "Instruction suite 2")
    taken = place.seat(place.hemi, place.second_suite, instruction_suite_id=place.booth.id)
    request = place.request("10:00", taken, pre=15, courtroom=place.second_courtroom)
    request_booking(request, by=place.registrar)
    browser.get(form_address(place, matter))

    browser.find_times(**sentencing(instruction=str(place.booth.id)))
    assert "Instruction suite 1 at Hutt Valley is held" in browser.page
    assert "The time you asked for" not in browser.page

    browser.find_times(instruction="")
    assert "The time you asked for" in browser.page
    assert rooms_of(booked(browser)) == [second.id]


def test_one_counsel_of_two_people_has_one_room(browser, place, matter):
    make.instruction_suite(place.court, "Instruction suite 2")
    browser.get(form_address(place, matter))
    people = [str(place.tane.id), str(place.hemi.id)]

    browser.find_times(**sentencing(person=people))

    assert rooms_of(booked(browser)) == [place.booth.id, None]


def test_two_counsel_share_out_the_rooms_there_are(browser, place):
    matter = make.matter(place.court, place.tane, place.hemi)
    people = [str(place.tane.id), str(place.hemi.id)]
    counsel = {
        f"counsel-{place.tane.id}": place.mere.name,
        f"counsel-{place.hemi.id}": place.john.name,
    }
    browser.get(form_address(place, matter))
    browser.find_times(**sentencing(person=people, **counsel))
    assert rooms_of(booked(browser)) == [place.booth.id, None]
    second = make.instruction_suite(place.court, "Instruction suite 2")

    browser.get(form_address(place, matter))
    browser.find_times(**sentencing(person=people, time="14:00", **counsel))

    assert rooms_of(booked(browser)) == [place.booth.id, second.id]


def test_a_choice_changed_after_the_search_is_searched_again(browser, place, matter):
    browser.get(form_address(place, matter))
    browser.find_times(**sentencing())

    browser.choose(instruction="none", expected=409)

    assert "The form was changed after these times were found." in browser.page
    assert "counsel in" not in browser.page


def test_the_choice_appears_as_soon_as_there_is_a_conference(browser, place, matter):
    browser.get(form_address(place, matter))
    fields = {**browser.fields(), **sentencing()}

    fragment = browser.post("/court/book/form/times", fields)

    assert 'id="instruction" hx-swap-oob="innerHTML"' in fragment
    assert "Any free one at Hutt Valley" in fragment


@pytest.fixture
def standing(place):
    """Tāne's sentencing tomorrow at ten, counsel in the first room, agreed by the prison."""
    seat = place.seat(counsel=place.mere, instruction_suite_id=place.booth.id)
    made = request_booking(place.request("10:00", seat, pre=15), by=place.registrar)
    return confirm_booking(made.reference, by=place.coordinator)


def test_a_move_takes_the_room_along_or_another_where_it_is_taken(browser, place, standing):
    second = make.instruction_suite(place.court, "Instruction suite 2")
    taken = place.seat(place.hemi, place.second_suite, instruction_suite_id=place.booth.id)
    request = place.request("14:00", taken, pre=15, courtroom=place.second_courtroom)
    request_booking(request, by=place.registrar)
    move = address_of(standing, "/move")
    browser.get(move)
    browser.post(move, {**move_fields(browser), "time": "14:00", "reason": "Judge unwell"})

    browser.post(move, {**move_fields(browser), "offer": browser.offers()[0]})

    assert rooms_of(standing) == [second.id]
    assert "instruction suite changed" in browser.page
    assert scene.overlaps() == 0


def test_another_room_for_counsel_alone_asks_no_prison_again(browser, place, standing):
    second = make.instruction_suite(place.court, "Instruction suite 2")
    move = address_of(standing, "/move")
    browser.get(move)
    typed = {"instruction": str(second.id), "reason": "Screen broken"}
    browser.post(move, {**move_fields(browser), **typed})

    browser.post(move, {**move_fields(browser), "offer": browser.offers()[0]})

    db.session.expire_all()
    assert rooms_of(standing) == [second.id]
    assert db.session.get_one(Booking, standing.id).status is Status.CONFIRMED


def test_only_counsels_own_calendar_names_the_room(place, standing):
    bodies = {
        event.scope_kind: event.body.decode()
        for event in db.session.query(FeedEvent).filter_by(booking_id=standing.id)
    }

    named = {kind for kind, body in bodies.items() if "Instruction suite 1" in body}
    assert named == {"counsel"}


def test_the_next_event_asks_for_a_room_where_this_one_had_one(browser, place, standing):
    browser.get(f"/court/book/form?next_of={standing.reference}")
    assert browser.fields()["instruction"] == ""
    elsewhere = request_booking(
        place.request("13:00", place.seat(place.hemi), pre=15), by=place.registrar
    )

    browser.get(f"/court/book/form?next_of={elsewhere.reference}")

    assert browser.fields()["instruction"] == "none"

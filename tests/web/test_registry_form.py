"""The booking form: what it fills in, what it refuses and keeps, and how little it asks."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import Direction, db
from avl.web.frame import unbroken
from tests import make
from tests.counting import statements
from tests.web.registry_desk import (
    TOKEN,
    bookings,
    form_address,
    in_person_rule,
    text_of,
    wanted,
)


def test_the_type_fills_the_lengths_and_what_was_changed_by_hand_stays(browser, place):
    make.hearing_type("CRS", "Sentencing", typical_minutes=45, pre_minutes=20, post_minutes=10)
    browser.get(form_address(place))
    browser.find_times(**wanted(hearing_type="CRS"))
    first = browser.fields()

    browser.find_times(minutes="60")
    browser.find_times(hearing_type="CRB")
    after = browser.fields()

    assert [first[name] for name in ("minutes", "pre_minutes", "post_minutes")] == [
        "45",
        "20",
        "10",
    ]
    assert [after[name] for name in ("minutes", "pre_minutes", "post_minutes")] == ["60", "0", "0"]


def test_a_usual_length_between_two_steps_is_filled_in_as_it_can_be_booked(browser, place):
    make.hearing_type("CRS", "List", typical_minutes=8, pre_minutes=3, post_minutes=0)
    browser.get(form_address(place))

    browser.find_times(**wanted(hearing_type="CRS"))

    filled = browser.fields()
    assert [filled[name] for name in ("minutes", "pre_minutes", "post_minutes")] == ["10", "5", "0"]
    assert "steps of 5 minutes" not in browser.page
    assert browser.offers()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"hearing_type": ""}, "Choose a hearing type."),
        ({"date": "31/02/2027"}, "Enter a real date"),
        ({"date": "0002-12-10"}, "Enter a real date"),
        ({"date": "2020-01-01"}, "This date has passed."),
        ({"time": "half past"}, "Enter a time, such as 10:15"),
        ({"time": "10:02"}, "steps of 5 minutes"),
        ({"minutes": "7"}, "steps of 5 minutes"),
        ({"minutes": "500"}, "5 minutes to 8 hours"),
        ({"counsel": "Nobody Known"}, "No counsel is called “Nobody Known”"),
        ({"staff_notes": "x" * 601}, "1 over"),
        ({"date": "2027-09-26", "time": "02:30"}, "There is no 2:30 am"),
        ({"date": "2027-04-04", "time": "02:30"}, "happens twice"),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field_and_nothing_typed_is_lost(
    browser, place, typed, sentence
):
    typed = dict(typed)
    if "counsel" in typed:
        typed[f"counsel-{place.tane.id}"] = typed.pop("counsel")
    browser.get(form_address(place))
    fields = {**browser.fields(), **wanted(prison_notes="Kept word for word"), **typed}

    answer = browser.client.post(
        "/court/book/form",
        data={**fields, "csrf_token": TOKEN.search(browser.page)[1]},
        follow_redirects=True,
    )
    browser.page = text_of(answer)

    assert sentence in browser.page
    assert "There is a problem" in browser.page
    kept = browser.fields()
    assert {name: kept[name] for name in typed} == typed
    assert kept["prison_notes"].strip() == "Kept word for word"


def test_a_form_changed_after_the_search_is_searched_again(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())

    browser.choose(minutes="60", expected=409)

    assert "The form was changed after these times were found." in browser.page
    assert bookings() == []


@pytest.mark.parametrize("offer", ["20261125T2100.30.0.0.abc.1-2", "00010101T0000.30.0.0.1.1-2-0"])
def test_an_offer_nobody_made_is_refused(browser, place, offer):
    browser.get(form_address(place))
    browser.find_times(**wanted())

    browser.choose(offer, expected=422)

    assert "Choose one of the times offered." in browser.page
    assert bookings() == []


def test_counsel_wanted_elsewhere_needs_a_reason(browser, place, matter):
    make.booking(
        make.person("Smith", "Bob", held_at=place.arohata),
        suites=[place.women_suite],
        hearing=make.during("10:00", "10:30", on="2026-11-25"),
        by=place.mere,
    )
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    at_ten = next(token for token in browser.offers() if token.startswith("20261124T2100"))
    browser.choose(at_ten)
    held = bookings()[-1]
    check = f"/court/bookings/{held.reference}/check"
    assert "Mere Parata is wanted elsewhere 10:00 am to 10:30 am." in browser.page

    browser.post(check, {"version": held.version}, expected=422)
    assert "Give a reason to book it all the same." in browser.page
    browser.post(check, {"version": held.version, "warning_reason": "Her junior appears."})

    assert bookings()[-1].status is Status.REQUESTED
    assert "Her junior appears." in browser.page


def test_rule_made_while_a_time_is_kept_leads_back_to_where_a_direction_is_typed(
    browser, place, matter
):
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    browser.choose()
    held = bookings()[-1]
    in_person_rule()

    browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})

    assert "record who directed it and why" in browser.page
    assert "What you typed is kept." in browser.page
    assert 'name="officer_name"' in browser.page
    assert bookings()[-1].status is Status.HELD


def test_going_against_the_default_mode_takes_a_direction(browser, place, matter):
    in_person_rule()
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    assert "In person, by the court's protocol" in browser.page
    assert "a judicial officer or a registrar" in browser.page

    browser.choose(expected=422)
    assert "record who directed it and why" in browser.page
    browser.choose(role="registrar", officer_name="", mode_reason="", expected=422)
    assert "Enter the name of the officer" in browser.page
    assert "Give the reason for going against the default." in browser.page
    browser.choose(role="registrar", officer_name="Ana Brown", mode_reason="Unwell, says prison")

    direction = db.session.scalars(select(Direction)).one()
    assert (direction.role, direction.officer_name) == ("registrar", "Ana Brown")
    assert "Ana Brown directed this" in browser.page


def test_no_date_means_the_soonest(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted(date="", time=""))

    assert "The soonest" in browser.page
    assert "Tue 24 Nov 2026" in browser.page


def test_typing_fetches_times_as_a_fragment(browser, place):
    browser.get(form_address(place))
    fragment = browser.post("/court/book/form/times", {**browser.fields(), **wanted()})

    assert "<html" not in fragment
    assert 'form="booking-form"' in fragment
    assert 'id="lengths" hx-swap-oob="innerHTML"' in fragment


def test_ticking_somebody_else_asks_for_their_counsel_at_once(browser, place):
    matter = make.matter(place.court, place.tane, place.hemi, by=place.mere)
    browser.get(form_address(place, matter))
    both = {**browser.fields(), **wanted(), "person": [place.tane.id, place.hemi.id]}
    fragment = browser.post("/court/book/form/times", both)

    assert 'id="counsel" hx-swap-oob="innerHTML"' in fragment
    assert f'name="counsel-{place.hemi.id}"' in fragment
    shown = {**both, "counsel_shown": f"{place.tane.id},{place.hemi.id}"}
    assert 'id="counsel"' not in browser.post("/court/book/form/times", shown)


def test_another_courts_people_can_be_found_but_its_matters_cannot_be_booked(browser, place):
    theirs = make.matter(make.court("NSDC"), place.tane)

    answer = browser.client.get(form_address(place, theirs))

    assert answer.status_code == 404


def test_a_form_is_its_officers_own(browser, place, app):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    other = make.sign_in(app.test_client(), make.user(Role.REGISTRY, place.court))

    assert other.get(browser.address).status_code == 404


def test_the_pages_ask_few_questions_however_many_suites_there_are(browser, place, matter):
    address = form_address(place, matter)
    counts = []
    for suites in (0, 6):
        for _ in range(suites):
            make.suite(place.rimutaka)
        with statements(db.engine) as form:
            browser.get(address)
        with statements(db.engine) as times:
            browser.post("/court/book/form/times", {**browser.fields(), **wanted()})
        counts.append((len(form), len(times)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 3
    assert counts[0][1] <= 8  # who asks, the form (3), places, company, rooms, holds


def test_a_refused_time_beside_a_hold_asks_no_more_than_ten_questions(browser, place, matter):
    make.booking(
        place.hemi,
        at_court=place.court,
        room=place.courtroom,
        suites=[place.second_suite],
        hearing=make.during("14:00", "14:30", on="2026-11-25"),
    )
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    form = browser.address
    browser.choose()
    browser.get(form)
    browser.find_times(time="14:00", where=f"room-{place.courtroom.id}")

    with statements(db.engine) as seen:
        browser.get(browser.address)

    assert "is kept for this form until" in browser.page
    assert unbroken("is held 2:00 pm to") in browser.page
    assert len(seen) <= 10


def test_an_offer_just_taken_is_explained_without_reading_the_form_twice(browser, place, matter):
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    seat = place.seat(place.hemi, place.second_suite)
    hold_offer(place.request("10:00", seat), by=place.registrar)

    with statements(db.engine) as seen:
        browser.choose(expected=409)

    read = [one for one in seen if "FROM person LEFT OUTER JOIN matter_party" in one]
    assert len(read) == 1
    assert len(seen) <= 28


def test_who_appears_is_marked_and_led_to_when_nobody_is_chosen(browser, place):
    browser.get(form_address(place))

    fields = {**browser.fields(), **wanted(), "person": []}
    page = browser.post("/court/book/form", fields, expected=422)

    assert 'href="#person"' in page
    [first] = re.findall(r'<input[^>]* id="person"[^>]*>', page)
    assert 'type="checkbox"' in first
    assert re.search(r'<div class="govuk-form-group govuk-form-group--error" id="people">', page)
    assert 'aria-describedby="person-error"' in page


def test_a_time_that_happens_twice_is_asked_about_while_it_is_typed(browser, place):
    browser.get(form_address(place))
    twice = {**browser.fields(), **wanted(date="2027-04-04", time="02:30")}

    asked = browser.post("/court/book/form/times", twice)
    again = browser.post("/court/book/form/times", {**twice, "which_shown": "yes"})
    once = browser.post("/court/book/form/times", {**twice, "time": "10:00", "which_shown": "yes"})

    assert 'id="which-one" hx-swap-oob="innerHTML"' in asked
    assert 'name="which" type="radio" value="first"' in asked
    assert '<a class="govuk-link" href="#time">2:30 am on Sun 4 Apr 2027 happens twice' in asked
    assert "which-one" not in again
    assert 'id="which-one" hx-swap-oob="innerHTML"' in once
    assert 'name="which"' not in once

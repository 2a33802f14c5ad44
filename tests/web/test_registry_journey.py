"""The registry's journey through the pages, without JavaScript: find, form, offers, check, book."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from avl.commands.bookings import hold_offer
from avl.domain.booking import Status
from avl.web.frame import unbroken
from tests import make, scene
from tests.web.registry_desk import bookings, form_address, wanted


def test_a_form_says_that_its_minutes_are_over_at_that_moment(browser, place, matter, clock):
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    browser.choose()
    form = f"/court/book/form?key={bookings()[-1].form_key}"
    assert "is kept for this form until 10:10 am." in browser.get(form)

    clock.forward(minutes=10)

    page = browser.get(form)
    assert "is kept for this form" not in page
    assert "was kept for this form until 10:10 am, and is kept no longer" in page


@pytest.mark.both_databases
def test_an_officer_books_in_three_pages(browser, place, matter):
    found = browser.get("/court/book?q=rawiri")
    assert "at Rimutaka" in found
    assert f"person={place.tane.id}" in found or f'value="{place.tane.id}"' in found
    browser.get(form_address(place, matter))
    assert "Mere Parata" in browser.page
    browser.find_times(**wanted(prison_notes="Civilian clothes, please."))
    assert "The time you asked for" in browser.page
    browser.choose()
    assert f"Kept for you until <strong>{unbroken('10:10 am')}</strong>" in browser.page
    assert "Civilian clothes, please." in browser.page
    held = bookings()[-1]
    assert held.status is Status.HELD

    browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})

    made = bookings()[-1]
    assert (made.id, made.status) == (held.id, Status.REQUESTED)
    assert "Rimutaka has until" in browser.page
    assert browser.address == f"/court/bookings/{made.reference}"
    sentence = (
        "Tāne RĀWIRI is remanded in custody to appear by AVL at 10:00 am"
        " on Wednesday 25 November 2026"
    )
    assert unbroken(sentence) in browser.page


def test_a_refused_time_says_why_and_offers_stand_beside_it(browser, place):
    make.booking(
        place.hemi,
        at_court=place.court,
        room=place.courtroom,
        suites=[place.suite],
        hearing=make.during("10:00", "10:30", on="2026-11-25"),
    )
    make.booking(
        make.person("Smith", "Bob", held_at=place.rimutaka),
        suites=[place.second_suite],
        hearing=make.during("09:30", "10:30", on="2026-11-25"),
    )
    browser.get(form_address(place))

    browser.find_times(**wanted())

    hidden = unbroken("Suite 2 at Rimutaka is held 9:30 am to 10:35 am by another court.")
    own = unbroken("Suite 1 at Rimutaka is held 10:00 am to 10:35 am by ")
    assert hidden in browser.page or own in browser.page
    assert browser.offers()
    assert "The time you asked for" not in browser.page
    assert browser.fields()["time"] == "10:00"


def test_the_back_button_loses_nothing_and_the_kept_time_is_no_obstacle(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted(staff_notes="Judge Wills"))
    form = browser.address
    browser.choose()

    browser.get(form)

    assert browser.fields()["staff_notes"].strip() == "Judge Wills"
    assert "is kept for this form until" in browser.page
    assert "The time you asked for" in browser.page


@pytest.mark.both_databases
def test_choosing_again_from_the_same_form_gives_the_first_time_back(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    form = browser.address
    browser.choose()
    browser.get(form)
    browser.choose(browser.offers()[1])

    first, second = bookings()

    assert (first.status, second.status) == (Status.CANCELLED, Status.HELD)
    assert scene.overlaps() == 0


@pytest.mark.both_databases
def test_pressing_twice_keeps_one_time_and_books_once(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    form, token = browser.address, browser.offers()[0]
    browser.choose(token)
    browser.get(form)
    browser.choose(token)
    held = bookings()[-1]
    for _ in range(2):
        browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})

    assert [booking.status for booking in bookings()] == [Status.REQUESTED]


@pytest.mark.both_databases
def test_many_clicks_at_once_keep_one_time(browser, place, app):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    fields = {**browser.fields(), "offer": browser.offers()[0], "csrf_token": browser.token}

    def click(_):
        client = app.test_client()
        client.set_cookie("avl", browser.client.get_cookie("avl").value)
        return client.post("/court/book/form", data=fields)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(click, range(12)))

    held = [booking for booking in bookings() if booking.status is Status.HELD]
    assert len(held) == 1
    assert {answer.headers.get("Location") for answer in answers} == {
        f"/court/bookings/{held[0].reference}/check"
    }


def test_a_form_that_is_booked_already_books_nothing_more(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    form, tokens = browser.address, browser.offers()
    browser.choose(tokens[0])
    held = bookings()[-1]
    browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})
    browser.get(form)

    browser.choose(tokens[1])

    assert len(bookings()) == 1
    assert unbroken(f"This form is booked already, as {held.reference}.") in browser.page


def test_two_tabs_are_two_forms(browser, place):
    pages = []
    for start in ("10:00", "14:00"):
        browser.get(form_address(place))
        browser.find_times(**wanted(time=start))
        pages.append((browser.address, browser.page))
    for _, page in pages:
        browser.page = page
        browser.choose()

    assert [booking.status for booking in bookings()] == [Status.HELD, Status.HELD]


def test_a_time_somebody_else_took_meanwhile_is_explained_with_fresh_offers(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted(where=f"room-{place.courtroom.id}", staff_notes="Stays here"))
    token = browser.offers()[0]
    hold_offer(place.request("10:00", place.seat(place.hemi)), by=place.registrar)

    browser.choose(token, expected=409)

    assert unbroken("is held 10:00 am to") in browser.page
    assert browser.offers()
    assert token not in browser.offers()
    assert browser.fields()["staff_notes"].strip() == "Stays here"


def test_when_the_ten_minutes_are_over_the_form_is_still_there(browser, place, clock):
    browser.get(form_address(place))
    browser.find_times(**wanted(staff_notes="Still here"))
    browser.choose()
    held = bookings()[-1]
    clock.forward(minutes=11)
    hold_offer(place.request("10:00", place.seat(place.tane)), by=place.registrar)

    browser.post(f"/court/bookings/{held.reference}/check", {"version": 1})

    assert "This time is no longer kept. Choose a time again." in browser.page
    assert browser.fields()["staff_notes"].strip() == "Still here"


def test_co_defendants_are_booked_together(browser, place, matter):
    browser.get(f"{form_address(place, matter)}&also={place.hemi.id}")
    browser.find_times(**wanted())
    browser.choose()

    held = bookings()[-1]

    assert [a.person_id for a in held.appearances] == [place.tane.id, place.hemi.id]
    assert len({a.suite_id for a in held.appearances}) == 2
    assert "are remanded in custody" in browser.page


def test_search_for_a_reference_leads_to_the_booking(officer, place):
    made = make.booking(place.tane, at_court=place.court, suites=[place.suite])

    answer = officer.get(f"/court/book?q={made.reference[4:].lower()}")

    assert answer.headers["Location"] == f"/court/bookings/{made.reference}"

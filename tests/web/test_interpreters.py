"""Interpreters on the pages: the form, the check, the booking's own page, the list, the prison."""

from __future__ import annotations

import pytest

from avl.commands.bookings import request_booking
from avl.commands.interpreters import set_interpreter
from avl.domain.access import Role
from avl.domain.interpreters import InterpreterState
from avl.models import db
from tests import make
from tests.counting import statements
from tests.web.registry_desk import form_address, newest, wanted

FAR = "2026-12-16"


@pytest.fixture
def place(place):
    place.tane.interpreter_language = "Samoan"
    db.session.commit()
    return place


def book(browser, **typed):
    browser.find_times(**typed)
    browser.choose()
    held = newest()
    return f"/court/bookings/{held.reference}/check", held


def test_the_form_knows_the_language_and_keeps_what_the_officer_writes(browser, place):
    browser.get(form_address(place))
    assert browser.fields()["interpreter"] == "Samoan"

    browser.find_times(**wanted(date=FAR))
    assert browser.fields()["interpreter"] == "Samoan"
    browser.find_times(interpreter="")
    assert browser.fields()["interpreter"] == ""
    address, held = book(browser, interpreter="Tongan, maori")
    browser.post(address, {"version": held.version})

    made = newest()
    assert made.interpreter_language == "Tongan, te reo Māori"
    assert "Tongan, te reo Māori. Wanted: nobody has been asked yet." in browser.page
    assert "Ask the Central Registry by Sun 6 Dec 2026: 10 working days before." in browser.page


def test_a_late_interpreter_is_warned_of_with_the_offer_and_wants_a_reason(browser, place):
    browser.get(form_address(place))
    address, held = book(browser, **wanted())
    assert "Ring the Central Registry before you book" in browser.page

    browser.post(address, {"version": held.version}, expected=422)
    assert "Give a reason to book it all the same." in browser.page
    browser.post(address, {"version": held.version, "warning_reason": "Bail is urgent"})

    assert "Bail is urgent" in browser.page


def test_a_language_that_is_no_language_is_refused_beside_its_field(browser, place):
    browser.get(form_address(place))

    browser.post(
        "/court/book/form", {**browser.fields(), **wanted(interpreter="x" * 999)}, expected=422
    )

    assert 'id="interpreter-error"' in browser.page


@pytest.fixture
def booking(place):
    return request_booking(place.request(make.at("10:00", on=FAR)), by=place.registrar)


def test_the_list_leads_from_asked_to_confirmed_in_two_clicks(browser, place, booking):
    page = browser.get("/court/interpreters")
    assert "Sun 6 Dec 2026" in page
    assert "Overdue" not in page
    address = f"/court/bookings/{booking.reference}/interpreter"

    for state in ("asked", "confirmed"):
        version = newest().version
        browser.post(address, {"version": version, "state": state, "next": "list"})

    assert "Every interpreter that is needed is confirmed." in browser.page
    assert newest().interpreter_state is InterpreterState.CONFIRMED


def test_the_first_screen_says_what_is_due(browser, place, booking, clock):
    assert "Interpreters to ask for or confirm now" not in browser.get("/court")
    late = place.request("14:00", warning_reason="Bail is urgent")
    request_booking(late, by=place.registrar)

    page = browser.get("/court")

    assert "Interpreters to ask for or confirm now (1)" in page
    assert "Samoan, ask the Central Registry" in page
    assert "Overdue" in browser.get("/court/interpreters")


def test_the_bookings_own_page_keeps_language_state_and_note(browser, booking):
    address = f"/court/bookings/{booking.reference}/interpreter"
    browser.get(address)
    typed = {"language": "Tongan", "state": "confirmed", "note": "Registry 4711"}

    browser.post(address, {"version": booking.version, **typed})

    assert "Tongan. An interpreter is confirmed (Registry 4711)." in browser.page
    assert "To be interpreted: Tongan" in browser.page
    browser.post(address, {"version": 1, "state": "asked"}, expected=409)
    browser.post(address, {"state": "nonsense"}, expected=422)
    browser.post(address, {"language": "", "state": "asked"}, expected=422)
    assert "Enter the language, such as Samoan." in browser.page


def test_the_prison_sees_the_language_and_whether_somebody_comes(client, place, booking):
    coordinator = make.sign_in(client, make.user(Role.AVL_COORDINATOR, place.rimutaka))

    def sheet():
        return coordinator.get(f"/prison/RIM/run-sheet/{FAR}").get_data(as_text=True)

    assert "Interpreter: Samoan, not confirmed yet" in sheet()
    set_interpreter(booking.reference, InterpreterState.CONFIRMED, by=place.registrar)
    assert "Interpreter: Samoan<br>" in sheet()


def test_lists_of_interpreters_ask_few_questions(browser, place, booking):
    counts = []
    for wall in ("10:00", "11:00", "12:00"):
        with statements(db.engine) as first:
            browser.get("/court")
        with statements(db.engine) as rows:
            browser.get("/court/interpreters")
        counts.append((len(first), len(rows)))
        request = place.request(wall, warning_reason="Bail is urgent")
        request_booking(request, by=place.registrar)
    assert counts[1] == counts[2]
    assert counts[2][0] <= 12
    assert counts[2][1] <= 8

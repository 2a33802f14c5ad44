"""A booking's page and what is done to it: move, cancel, amend, next event, print."""

from __future__ import annotations

import pytest

from avl import clock
from avl.commands.agreement import confirm_booking, decline_booking
from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.domain.sms import SmsState
from avl.models import Booking, Direction, Sms, db
from avl.queries.room import why_kept
from avl.web.frame import unbroken
from avl.web.registry.words import SMS_WORDS
from tests import make, scene
from tests.counting import statements
from tests.web.registry_desk import Browser, form_address, wanted


@pytest.fixture
def booking(place):
    """Tāne tomorrow at 10:00 with counsel, confirmed by the prison: counsel is told."""
    request = place.request("10:00", place.seat(counsel=place.mere), staff_notes="Judge Wills")
    made = request_booking(request, by=place.registrar)
    return confirm_booking(made.reference, by=place.coordinator)


def address_of(booking, what=""):
    return f"/court/bookings/{booking.reference}{what}"


def again(booking):
    db.session.expire_all()
    return db.session.get_one(Booking, booking.id)


def move_fields(browser):
    page = browser.page.replace('id="move-form"', 'id="booking-form"')
    copy = Browser(browser.client)
    copy.page = page
    return copy.fields()


def test_booking_page_tells_everything(browser, booking):
    page = browser.get(address_of(booking))

    for words in (
        "Tāne RĀWIRI",
        "Wed 25 Nov 2026, 10:00 am to 10:30 am",
        "Rimutaka, Suite 1",
        "counsel Mere Parata",
        "Judge Wills",
        "the prison has agreed",
        "From requested to confirmed",
        "Waiting to be sent",
        "+64211234567",
        "is remanded in custody to appear by AVL at 10:00 am on Wednesday 25 November 2026",
    ):
        assert unbroken(words) in page, words


def test_of_two_prisons_only_the_one_that_has_not_answered_is_waited_for(browser, place):
    both = place.request("14:00", place.seat(), place.at_arohata())
    made = request_booking(both, by=place.registrar)

    page = browser.get(address_of(made))
    home = browser.get("/court")

    assert "Rimutaka has not answered yet; it has until" in page
    assert "Rimutaka has until" in home
    assert "Arohata has" not in page + home
    assert "Rimutaka and Arohata" not in page + home


def test_booking_page_is_reached_by_a_reference_as_people_say_it(browser, booking):
    assert booking.reference in browser.get(f"/court/bookings/{booking.reference[4:].lower()}")


def test_another_courts_booking_is_not_there(client, place, booking):
    other = make.sign_in(client, make.user(Role.REGISTRY, make.court("NSDC")))

    for what in ("", "/move", "/cancel", "/amend", "/print", "/check", "/direction"):
        assert other.get(address_of(booking, what)).status_code == 404, what


@pytest.mark.parametrize("state", list(SmsState))
def test_booking_page_says_of_every_text_whether_it_arrived(browser, booking, state):
    sms = db.session.query(Sms).filter_by(booking_id=booking.id).first()
    sms.state = state.value
    db.session.commit()

    assert SMS_WORDS[state][1] in browser.get(address_of(booking))


def test_cancel_says_what_happens_to_whom_then_asks(browser, booking):
    page = browser.get(address_of(booking, "/cancel"))

    assert "Rimutaka: the booking is taken off the calendar" in page
    assert "Mere Parata" in page

    browser.post(address_of(booking, "/cancel"), {"reason": " "}, expected=422)
    assert "Say why the booking is cancelled." in browser.page
    browser.post(address_of(booking, "/cancel"), {"reason": "Pleaded early", "version": 3})

    assert again(booking).status is Status.CANCELLED
    assert "Pleaded early" in browser.page
    assert "remanded in custody" not in browser.page


def test_cancelling_what_changed_meanwhile_is_refused_and_the_reason_kept(browser, booking):
    browser.get(address_of(booking, "/cancel"))

    page = browser.post(
        address_of(booking, "/cancel"), {"reason": "Pleaded early", "version": 1}, expected=409
    )

    assert "Pleaded early" in page
    assert again(booking).status is Status.CONFIRMED


def test_a_cancelled_booking_cannot_be_moved_or_cancelled_but_booked_again(browser, booking):
    browser.get(address_of(booking, "/cancel"))
    browser.post(address_of(booking, "/cancel"), {"reason": "Pleaded early"})

    assert "Book again" in browser.page
    for what in ("/move", "/cancel", "/amend"):
        assert browser.client.get(address_of(booking, what)).status_code == 409


def test_move_offers_times_and_moves_with_one_click(browser, booking):
    browser.get(address_of(booking, "/move"))
    move = address_of(booking, "/move")
    fields = {**move_fields(browser), "time": "14:00", "reason": "Judge unwell"}
    browser.post(move, fields)
    assert "The time you asked for" in browser.page
    kept = move_fields(browser)
    assert kept["reason"].strip() == "Judge unwell"

    browser.post(move, {**kept, "offer": browser.offers()[0]})

    moved = again(booking)
    assert moved.starts_at == scene.tomorrow("14:00")
    assert moved.status is Status.REQUESTED
    assert "Rimutaka is asked to agree again." in browser.page
    assert "Judge unwell" in browser.page

    browser.get(address_of(booking, "/move"))
    fields = {**move_fields(browser), "time": "15:00", "reason": "Judge unwell"}
    browser.post(move, fields)
    browser.post(move, {**move_fields(browser), "offer": browser.offers()[0]})

    assert "Rimutaka is asked to agree." in browser.page  # it had not answered yet


def test_move_wants_a_reason_and_keeps_the_rest(browser, booking):
    browser.get(address_of(booking, "/move"))
    move = address_of(booking, "/move")
    browser.post(move, {**move_fields(browser), "time": "14:00"})

    browser.post(move, {**move_fields(browser), "offer": browser.offers()[0]}, expected=422)

    assert "Say why the booking is moved." in browser.page
    assert move_fields(browser)["time"] == "14:00"
    assert browser.offers()
    assert again(booking).starts_at == scene.tomorrow("10:00")


def test_move_to_a_time_taken_meanwhile_says_why(browser, place, booking):
    browser.get(address_of(booking, "/move"))
    move = address_of(booking, "/move")
    fields = {**move_fields(browser), "time": "14:00", "reason": "Judge unwell"}
    browser.post(move, fields)
    token = browser.offers()[0]
    request_booking(place.request("14:00", place.seat(place.hemi)), by=place.registrar)

    browser.post(move, {**move_fields(browser), "offer": token}, expected=409)

    assert unbroken("is held 2:00 pm to") in browser.page
    assert again(booking).starts_at == scene.tomorrow("10:00")


def test_the_time_a_booking_has_is_no_obstacle_to_its_own_move(browser, booking):
    browser.get(address_of(booking, "/move"))
    move = address_of(booking, "/move")
    browser.post(move, {**move_fields(browser), "time": "10:15", "reason": "Late start"})
    assert "The time you asked for" in browser.page

    browser.post(move, {**move_fields(browser), "offer": browser.offers()[0]})

    assert again(booking).starts_at == scene.tomorrow("10:15")
    assert scene.overlaps() == 0


def test_amend_changes_notes_and_counsel(browser, place, booking):
    browser.get(address_of(booking, "/amend"))
    counsel = f"counsel-{booking.appearances[0].id}"
    fields = {"staff_notes": "Judge Aru", "prison_notes": "Civilian clothes"}

    browser.post(address_of(booking, "/amend"), {**fields, counsel: "Nobody"}, expected=422)
    assert "Judge Aru" in browser.page
    browser.post(address_of(booking, "/amend"), {**fields, counsel: "john smith"})

    now = again(booking)
    assert (now.staff_notes, now.prison_notes) == ("Judge Aru", "Civilian clothes")
    assert now.appearances[0].counsel_id == place.john.id
    assert "Counsel changed" in browser.page


def test_a_booking_is_marked_fixed_and_set_free_again(browser, booking):
    amend, counsel = address_of(booking, "/amend"), f"counsel-{booking.appearances[0].id}"
    fields = {counsel: "Mere Parata", "staff_notes": "Judge Wills", "prison_notes": ""}
    browser.get(amend)

    browser.post(amend, {**fields, "is_fixed": "yes"})
    assert "No plan moves it to make room for another." in browser.page
    assert "Marked fixed" in browser.page
    assert why_kept(again(booking), clock.now()) == "it is marked fixed"

    browser.get(amend)
    assert 'value="yes" checked' in browser.page
    browser.post(amend, fields)
    assert "No longer marked fixed" in browser.page
    assert not again(booking).is_fixed


def test_next_event_carries_everything_over(browser, place, booking):
    browser.get(f"/court/book/form?next_of={booking.reference}")
    fields = browser.fields()
    assert fields["hearing_type"] == "CRB"
    assert fields["staff_notes"].strip() == "Judge Wills"
    assert fields[f"counsel-{place.tane.id}"] == "Mere Parata"
    browser.find_times(date="2027-02-03", time="10:15")
    browser.choose()

    held = db.session.query(Booking).order_by(Booking.id.desc()).first()
    sentence = "remanded in custody to appear by AVL at 10:15 am on Wednesday 3 February 2027"
    assert unbroken(sentence) in browser.page
    browser.post(f"/court/bookings/{held.reference}/check", {"version": held.version})

    assert again(held).previous_id == booking.id
    assert booking.reference in browser.page
    assert held.reference in browser.get(address_of(booking))


def test_a_declined_booking_is_booked_again_from_its_page(browser, place):
    made = request_booking(place.request("10:00"), by=place.registrar)
    decline_booking(made.reference, by=place.coordinator, reason="No escort")

    page = browser.get(address_of(made))

    assert "No escort" in page
    assert f"/court/book/form?next_of={made.reference}" in page


def test_print_view_is_one_booking(browser, booking):
    page = browser.get(address_of(booking, "/print"))

    assert f'AVL booking <span class="avl-nowrap">{booking.reference}</span>' in page
    assert "Printed Tue 24 Nov 2026" in page


def test_interpreter_lead_time_is_shown(browser, place):
    place.tane.interpreter_language = "Samoan"
    db.session.commit()
    request = place.request("10:00", warning_reason="Bail is urgent")
    made = request_booking(request, by=place.registrar)

    page = browser.get(address_of(made))

    # Ten working days before Wednesday 25 November, on a calendar that is open every day.
    assert "Ask the Central Registry by Sun 15 Nov 2026: 10 working days before." in page


def test_giving_a_time_back_returns_to_the_form(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted(staff_notes="Still here"))
    browser.choose()
    held = db.session.query(Booking).one()

    browser.post(address_of(held, "/give-back"), {})

    assert again(held).status is Status.CANCELLED
    assert browser.fields()["staff_notes"].strip() == "Still here"


def test_a_kept_time_is_checked_not_shown(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    browser.choose()
    held = db.session.query(Booking).one()

    browser.get(address_of(held))

    assert browser.address.endswith("/check")


DIRECTION = {
    "mode": "in_person",
    "role": "judicial_officer",
    "officer_name": "Judge Aru",
    "directed_on": "2026-11-24",
    "reason": "Credibility is in issue",
    "criteria": "rights",
}


def test_a_direction_is_recorded_shown_and_stands_for_the_next_booking(browser, place, booking):
    browser.get(address_of(booking, "/direction"))
    browser.post(address_of(booking, "/direction"), DIRECTION)

    said = "Judge Aru directed this on Tue 24 Nov 2026: Credibility is in issue."
    assert f"In person, by direction: {said}" in browser.page
    assert "Recorded a direction" in browser.page
    assert "cancel it, and have the person brought to court" in browser.page
    browser.get(form_address(place))
    browser.find_times(**wanted(time="14:00"))
    assert said in browser.page
    assert "Judicial officer's name" in browser.page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mode": ""}, "Choose AVL or in person."),
        ({"role": ""}, "Choose who directed it."),
        ({"officer_name": ""}, "Enter the name of the officer"),
        ({"reason": ""}, "Give the reason for the direction."),
        ({"directed_on": "2026-11-25"}, "cannot have been made in the future"),
        ({"directed_on": "soon"}, "Enter a real date"),
    ],
)
def test_a_direction_that_lacks_something_is_asked_again_with_the_rest_kept(
    browser, booking, change, sentence
):
    browser.get(address_of(booking, "/direction"))

    page = browser.post(address_of(booking, "/direction"), DIRECTION | change, expected=422)

    assert sentence in page
    assert "Credibility is in issue" in page or "reason" in change
    assert db.session.query(Direction).count() == 0


def test_a_registrar_cannot_undo_what_a_judge_directed(browser, booking):
    browser.get(address_of(booking, "/direction"))
    browser.post(address_of(booking, "/direction"), DIRECTION)
    browser.get(address_of(booking, "/direction"))
    undoing = DIRECTION | {"mode": "avl", "role": "registrar", "reason": "No escort"}

    page = browser.post(address_of(booking, "/direction"), undoing, expected=422)

    assert "Only a judicial officer may decide this." in page


def test_a_registrar_who_also_works_for_a_prison_sees_its_bookings_there_only(client, place):
    user = make.user(Role.REGISTRY, make.court("NSDC"))
    make.grant(user, Role.AVL_COORDINATOR, place.rimutaka)
    browser = Browser(make.sign_in(client, user))
    theirs = request_booking(place.request("10:00"), by=place.registrar)

    assert browser.client.get(address_of(theirs)).status_code == 404
    assert theirs.reference not in browser.get("/court/week")


@pytest.mark.parametrize("what", ["", "/print", "/cancel", "/amend", "/move", "/direction"])
def test_pages_of_a_booking_ask_few_questions(browser, booking, what):
    with statements(db.engine) as seen:
        assert browser.client.get(address_of(booking, what)).status_code == 200

    assert len(seen) <= 10


def test_only_the_registry_reaches_these_pages(client, place, booking):
    for role in (Role.AVL_COORDINATOR, Role.PRISON_OFFICER, Role.MANAGER, Role.ADMINISTRATOR):
        make.sign_in(client, make.user(role, place.rimutaka))
        for address in ("/court", "/court/today", address_of(booking)):
            assert client.get(address).status_code == 404

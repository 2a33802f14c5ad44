"""The registry's journey through the pages, without JavaScript: find, form, offers, check, book."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import Booking, Direction, Sms, db
from tests import make, scene
from tests.counting import statements

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def place(session, clock):
    return scene.build()


@pytest.fixture
def matter(place):
    return make.matter(
        place.court, place.tane, place.hemi, number="CRI-2026-096-001234", by=place.mere
    )


@pytest.fixture
def officer(client, place):
    user = make.user(Role.REGISTRY, place.court, name="Ana Brown")
    return make.sign_in(client, user)


class Browser:
    """What a browser does with a page that holds one main form."""

    def __init__(self, client):
        self.client = client

    def get(self, address):
        answer = self.client.get(address, follow_redirects=True)
        assert answer.status_code == 200, text_of(answer)
        self.page = text_of(answer)
        self.address = answer.request.full_path.rstrip("?")
        return self.page

    def post(self, address, fields, *, expected=200):
        if found := TOKEN.search(self.page):
            self.token = found[1]
        token = self.token
        answer = self.client.post(
            address, data={**fields, "csrf_token": token}, follow_redirects=True
        )
        assert answer.status_code == expected, text_of(answer)
        self.page = text_of(answer)
        self.address = answer.request.full_path.rstrip("?")
        return self.page

    def fields(self):
        """The main form's fields as the page has filled them."""
        form = self.page[self.page.index('id="booking-form"') :]
        form = form[: form.index("</form>")]
        found = {}
        for tag in re.findall(r"<input[^>]*>", form):
            name, value = attribute(tag, "name"), attribute(tag, "value")
            if 'type="checkbox"' in tag or 'type="radio"' in tag:
                if "checked" in tag:
                    found.setdefault(name, []).append(value)
            elif name:
                found[name] = value
        for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
            chosen = re.search(r'<option value="([^"]*)" selected', body)
            first = re.search(r'<option value="([^"]*)"', body)
            found[name] = (chosen or first)[1]
        for name, body in re.findall(
            r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S
        ):
            found[name] = body
        return found

    def offers(self):
        return re.findall(r'name="offer" value="([^"]+)"', self.page)

    def find_times(self, **typed):
        return self.post("/court/book/form", {**self.fields(), **typed})

    def choose(self, token=None, *, expected=200, **typed):
        fields = {**self.fields(), **typed, "offer": token or self.offers()[0]}
        return self.post("/court/book/form", fields, expected=expected)


@pytest.fixture
def browser(officer):
    return Browser(officer)


def attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def text_of(answer):
    return answer.get_data(as_text=True).replace("&#39;", "'").replace("&#34;", '"')


def form_address(place, matter=None):
    address = f"/court/book/form?person={place.tane.id}"
    return f"{address}&matter={matter.id}" if matter else address


def bookings():
    return db.session.scalars(select(Booking).order_by(Booking.id)).all()


def wanted(**more):
    return {"hearing_type": "CRB", "date": "2026-11-25", "time": "10:00", **more}


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
    assert "Kept for you until <strong>10:10 am</strong>" in browser.page
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
    assert sentence in browser.page


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

    assert "Suite 2 at Rimutaka is held 9:30 am to 10:35 am by another court." in browser.page or (
        "Suite 1 at Rimutaka is held 10:00 am to 10:35 am by AVL-" in browser.page
    )
    assert browser.offers()
    assert "The time you asked for" not in browser.page
    assert browser.fields()["time"] == "10:00"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"hearing_type": ""}, "Choose a hearing type."),
        ({"date": "31/02/2027"}, "Enter a real date"),
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
    assert f"This form is booked already, as {held.reference}." in browser.page


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

    assert "is held 10:00 am to" in browser.page
    assert browser.offers()
    assert token not in browser.offers()
    assert browser.fields()["staff_notes"].strip() == "Stays here"


def test_a_form_changed_after_the_search_is_searched_again(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())

    browser.choose(minutes="60", expected=409)

    assert "The form was changed after these times were found." in browser.page
    assert bookings() == []


def test_an_offer_nobody_made_is_refused(browser, place):
    browser.get(form_address(place))
    browser.find_times(**wanted())

    browser.choose("20261125T2100.30.0.0.abc.1-2", expected=422)

    assert "Choose one of the times offered." in browser.page
    assert bookings() == []


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


def test_going_against_the_default_mode_takes_a_direction(browser, place, matter):
    in_person_rule()
    browser.get(form_address(place, matter))
    browser.find_times(**wanted())
    assert "In person, by the court's protocol" in browser.page
    assert "a judicial officer or a registrar" in browser.page

    browser.choose(expected=422)
    assert "record who directed it and why" in browser.page
    browser.choose(role="registrar", officer_name="", mode_reason="Unwell", expected=422)
    assert "Enter the name of the officer" in browser.page
    browser.choose(role="registrar", officer_name="Ana Brown", mode_reason="Unwell, says prison")

    direction = db.session.scalars(select(Direction)).one()
    assert (direction.role, direction.officer_name) == ("registrar", "Ana Brown")
    assert "Ana Brown directed this" in browser.page


def test_co_defendants_are_booked_together(browser, place, matter):
    browser.get(f"{form_address(place, matter)}&also={place.hemi.id}")
    browser.find_times(**wanted())
    browser.choose()

    held = bookings()[-1]

    assert [a.person_id for a in held.appearances] == [place.tane.id, place.hemi.id]
    assert len({a.suite_id for a in held.appearances}) == 2
    assert "are remanded in custody" in browser.page


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


def test_another_courts_people_can_be_found_but_its_matters_cannot_be_booked(browser, place):
    theirs = make.matter(make.court("NSDC"), place.tane)

    answer = browser.client.get(form_address(place, theirs))

    assert answer.status_code == 404


def test_a_form_is_its_officers_own(browser, place, app):
    browser.get(form_address(place))
    browser.find_times(**wanted())
    other = make.sign_in(app.test_client(), make.user(Role.REGISTRY, place.court))

    assert other.get(browser.address).status_code == 404


def test_search_for_a_reference_leads_to_the_booking(officer, place):
    made = make.booking(place.tane, at_court=place.court, suites=[place.suite])

    answer = officer.get(f"/court/book?q={made.reference[4:].lower()}")

    assert answer.headers["Location"] == f"/court/bookings/{made.reference}"


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
    assert "is held 2:00 pm to" in browser.page
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


def in_person_rule():
    import datetime as dt

    from avl.models import ModeRule

    db.session.add(
        ModeRule(
            code="TEST-IN-PERSON",
            layer="protocol",
            hearing_type_code="CRB",
            mode="in_person",
            override_role="judicial_officer|registrar",
            from_on=dt.date(2020, 1, 1),
            sentence="bail applications are heard in person.",
        )
    )
    db.session.commit()


def sms_of(booking):
    return db.session.scalars(select(Sms).where(Sms.booking_id == booking.id)).all()

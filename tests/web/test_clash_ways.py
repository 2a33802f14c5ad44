"""The ways out on the page itself: for a new booking and for a move, without JavaScript."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.models import CustodyStay, Direction, Plan, ResourceKind, db
from tests import make
from tests.counting import statements
from tests.scene import TOMORROW, tomorrow
from tests.web.registry_desk import TOKEN

WAY = re.compile(r'data-way="(\w+)"')


@pytest.fixture
def taken(place):
    """Both suites are in use at ten; the first one's booking alone holds the courtroom too."""
    one = request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)
    other = make.person("Ngata", "Wiremu", held_at=place.rimutaka)
    request_booking(
        place.request(
            "10:00", place.seat(other, place.second_suite), courtroom=place.second_courtroom
        ),
        by=place.registrar,
    )
    return one


def fields(officer, place, **more):
    page = officer.get(f"/court/book/form?person={place.tane.id}").text
    return {
        "csrf_token": TOKEN.search(page)[1],
        "key": "form-key-1",
        "main": place.tane.id,
        "person": place.tane.id,
        "hearing_type": "CRB",
        "where": f"room-{place.courtroom.id}",
        "date": TOMORROW,
        "time": "10:00",
        "minutes": "30",
        "pre_minutes": "0",
        "post_minutes": "0",
    } | more


def ask(officer, place, **more):
    answer = officer.post("/court/book/form", data=fields(officer, place, **more))
    assert answer.status_code == 303
    return officer.get(answer.location).text


def move_fields(officer, place, booking, **more):
    page = officer.get(f"/court/bookings/{booking.reference}/move").text
    return {
        "csrf_token": TOKEN.search(page)[1],
        "key": "move-key",
        "where": f"room-{place.courtroom.id}",
        "date": TOMORROW,
        "time": "10:00",
        "minutes": "30",
        "pre_minutes": "0",
        "post_minutes": "0",
        "reason": "The judge asked.",
    } | more


def ask_to_move(officer, place, booking, **more):
    """The address of the answer to asking whether a booking could be at ten."""
    sent = move_fields(officer, place, booking, **more)
    answer = officer.post(f"/court/bookings/{booking.reference}/move", data=sent)
    assert answer.status_code == 303
    return answer.location


def test_a_refused_time_shows_reason_then_offers_then_ways_in_order(officer, place, taken):
    page = ask(officer, place)

    # One courtroom was asked for, so that it is held says it all: suites may well be free.
    assert "No room is free" not in page
    reason = page.index("is held")
    assert reason < page.index('class="avl-offers"') < page.index("Will no other time do?")
    found = WAY.findall(page)
    order = ["make_room", "swap", "wait", "another_prison", "in_person"]
    assert found == sorted(found, key=order.index)
    assert {"make_room", "another_prison", "in_person"} <= set(found)


def test_a_time_that_can_be_had_shows_no_ways(officer, place):
    assert WAY.findall(ask(officer, place)) == []


@pytest.mark.both_databases
def test_taking_a_place_moves_only_that_booking(officer, place):
    """Suite 2 is free: only Hēmi's booking stands in the way, in the courtroom."""
    one = request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)

    page = ask(officer, place)
    assert f'value="{one.reference}"' in page
    assert re.sub(r"<[^>]+>", "", page).count(f"Take the place of {one.reference}") == 2
    assert "Bail application, 10:00 am to 10:30 am. Only this one need move" in page
    answer = officer.post("/plans/room", data=fields(officer, place, taking=one.reference))

    plans = db.session.scalars(select(Plan)).all()
    moved = {move["reference"] for plan in plans for move in plan.moves["moves"]}
    assert moved == {one.reference}
    assert one.reference in officer.get(answer.location).text


def test_a_booking_marked_fixed_is_not_offered_to_swap(officer, place):
    one = request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)
    one.is_fixed = True
    db.session.commit()

    assert "swap" not in WAY.findall(ask(officer, place))


def test_another_courts_booking_is_not_offered_to_swap(officer, place):
    other = make.court("NSDC", short_name="North Shore", courtrooms=2)
    rooms = make.rooms(other, ResourceKind.COURTROOM)
    for suite, room in zip((place.suite, place.second_suite), rooms, strict=True):
        person = make.person("Ngata", "Wiremu", held_at=place.rimutaka)
        make.booking(
            person,
            at_court=other,
            room=room,
            suites=[suite],
            hearing=make.during("10:00", "10:30", TOMORROW),
        )

    page = ask(officer, place)

    assert "is held" in page
    assert "swap" not in WAY.findall(page)


def test_a_stay_ahead_leads_to_times_at_that_prison(officer, place, taken):
    stay = db.session.scalars(select(CustodyStay).filter_by(person_id=place.tane.id)).one()
    stay.ends_at = tomorrow("18:00")
    db.session.commit()
    make.stay(place.tane, place.arohata, since=tomorrow("18:00"))

    page = ask(officer, place)
    assert "Tāne RĀWIRI is at Arohata from Wed 25 Nov 2026" in page
    later = officer.post("/court/book/form", data=fields(officer, place, from_date="2026-11-26"))

    assert "Arohata, Suite 1" in officer.get(later.location).text


def test_in_person_is_recorded_in_one_click_and_a_name(officer, place, taken):
    led = officer.post("/court/book/form/in-person", data=fields(officer, place, why="taken"))
    page = officer.get(led.location)
    assert "Have Tāne RĀWIRI brought to court" in page.text
    assert "AVL cannot be had at the time needed: a room or person it needs is taken." in page.text

    sent = {
        "csrf_token": TOKEN.search(page.text)[1],
        "key": "form-key-1",
        "officer_name": "Judge Kahu",
        "role": "judicial_officer",
        "directed_on": "2026-11-24",
        "reason": "AVL cannot be had at the time needed.",
    }
    refused = officer.post("/court/book/in-person", data=sent | {"officer_name": ""})
    assert refused.status_code == 422
    assert "Enter the name of the officer" in refused.text
    done = officer.post("/court/book/in-person", data=sent)

    assert done.location == "/court"
    [direction] = db.session.scalars(select(Direction)).all()
    assert (direction.mode, direction.person_id) == ("in_person", place.tane.id)
    assert "Ask Rimutaka to bring Tāne RĀWIRI" in officer.get("/court").text


def test_in_person_with_an_unfinished_form_leads_back(officer, place):
    led = officer.post("/court/book/form/in-person", data=fields(officer, place, hearing_type=""))

    assert officer.get(led.location).location.startswith("/court/book/form?key=form-key-1")


def test_a_refused_move_shows_the_same_ways(officer, place, taken):
    mine = request_booking(place.request("14:00"), by=place.registrar)
    found = officer.get(ask_to_move(officer, place, mine)).text

    assert WAY.findall(found) == ["make_room", "swap", "wait", "another_prison", "in_person"]
    led = re.search(r'href="(/court/bookings/[^"]+/direction[^"]+)"', found)[1]
    direction = officer.get(led.replace("&amp;", "&")).text
    assert "AVL cannot be had at the time needed" in direction
    assert re.search(r'value="in_person" checked', direction)


def test_a_move_in_the_way_of_one_booking_leads_to_the_swap(officer, place):
    other = request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)
    mine = request_booking(place.request("14:00"), by=place.registrar)
    found = officer.get(ask_to_move(officer, place, mine)).text

    assert f"Swap with {other.reference}" in re.sub(r"<[^>]+>", "", found)
    swap = officer.get(f"/plans/swap/{mine.reference}?with={other.reference}").text
    assert "Swap both" in swap


def test_ways_out_ask_one_question_more(officer, place, taken):
    sent = fields(officer, place)
    with statements(db.engine) as seen:
        officer.post("/court/book/form/times", data=sent)

    assert len([one for one in seen if "freeze_minutes) AS max" in one]) == 1


def test_a_refused_move_asks_ten_questions_at_most(officer, place, taken):
    mine = request_booking(place.request("14:00"), by=place.registrar)
    address = ask_to_move(officer, place, mine)

    with statements(db.engine) as seen:
        page = officer.get(address).text

    assert "in_person" in WAY.findall(page)
    assert len(seen) <= 10


@pytest.fixture
def others(place):
    """Men are held at Rimutaka, Manawatū and Otago; women at Arohata and, nearest, at Remutaka."""
    place.rimutaka.subkind = "male"
    place.rimutaka.phone = "04 123 4567"
    place.rimutaka.latitude, place.rimutaka.longitude = -41.1383, 175.0502
    where = {"subkind": "male", "latitude": -40.3564, "longitude": 175.6111, "phone": "06 350 1111"}
    manawatu = make.prison("MAN", short_name="Manawatū", suites=2, **where)
    make.prison("OTA", short_name="Otago", subkind="male", latitude=-45.98, longitude=169.97)
    make.prison("WOM", short_name="Remutaka Women", subkind="female")
    db.session.commit()
    return manawatu


@pytest.fixture
def suites_taken(place):
    """Another court has both suites at Rimutaka at ten; our courtroom is free."""
    away = make.court("NSDC", short_name="North Shore", courtrooms=2)
    rooms = make.rooms(away, "courtroom")
    for suite, room in zip((place.suite, place.second_suite), rooms, strict=True):
        make.booking(
            make.person("Ngata", "Wiremu", held_at=place.rimutaka),
            at_court=away,
            room=room,
            suites=[suite],
            hearing=make.during("10:00", "10:30", TOMORROW),
        )
    return away


@pytest.mark.both_databases
def test_prisons_with_room_are_shown_nearest_first_with_whom_to_ask(
    officer,
    place,
    suites_taken,
    others,
):
    assert "See prisons" in ask(officer, place)
    led = officer.post("/court/book/form/prisons", data=fields(officer, place))

    with statements(db.engine) as seen:
        page = officer.get(led.location).text

    assert len(seen) <= 10
    assert "Tāne RĀWIRI is held at Rimutaka." in page
    assert "<strong>04 123 4567</strong>" in page
    assert page.index("Manawatū") < page.index("Otago")
    assert "06 350 1111" in page
    assert "Suite 1, Suite 2" in page
    assert "Remutaka Women" not in page
    assert "Arohata" not in page


LOOK = re.compile(r'hx-post="([^"]+/prisons/near)"')


def near(officer, page, sent):
    """The lines that the page asks for once it stands, and how many statements they took."""
    with statements(db.engine) as seen:
        answer = officer.post(LOOK.search(page)[1], data=sent)
    return answer, len(seen)


def test_prisons_with_room_come_into_the_page_in_their_place(officer, place, suites_taken, others):
    page = ask(officer, place)
    answer, asked = near(officer, page, fields(officer, place))

    assert asked <= 10
    assert re.findall(r'<li[^>]* id="([^"]+)"', page) == ["transfer-1"]
    assert re.findall(r'<li[^>]* id="([^"]+)" hx-swap-oob="true"', answer.text) == ["transfer-1"]
    assert WAY.findall(page)[-2:] == ["another_prison", "in_person"]
    words = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert "Manawatū , 99 km: Suite 1, Suite 2; AVL coordinator 06\u00a0350\u00a01111" in words
    assert words.index("Manawatū") < words.index("Otago")
    assert "Ask the AVL coordinator at Rimutaka on 04 123 4567" in words


def test_prisons_come_into_the_page_of_a_move_too(officer, place, suites_taken, others):
    mine = request_booking(place.request("14:00"), by=place.registrar)
    page = officer.get(ask_to_move(officer, place, mine)).text
    answer, asked = near(officer, page, move_fields(officer, place, mine))

    assert asked <= 10
    assert "Manawatū" in answer.text


def test_where_no_prison_would_do_the_line_says_why(officer, place, taken, others):
    answer, _ = near(officer, ask(officer, place), fields(officer, place))

    assert "No other prison near Rimutaka would do at that time." in answer.text


def test_prisons_are_not_looked_for_while_the_form_makes_no_sense(officer, place, others):
    answer = officer.post("/court/book/form/prisons/near", data=fields(officer, place, time="x"))

    assert (answer.status_code, answer.text) == (204, "")


def test_a_suite_that_is_taken_is_not_shown(officer, place, suites_taken, others):
    suites = make.rooms(others, "suite")
    there = make.person("Ngata", "Rua", held_at=others)
    make.booking(
        there,
        at_court=suites_taken,
        room=make.courtroom(suites_taken, "Courtroom 3"),
        suites=[suites[0]],
        hearing=make.during("10:00", "10:30", TOMORROW),
    )
    led = officer.post("/court/book/form/prisons", data=fields(officer, place))

    page = officer.get(led.location).text

    row = page[page.index("Manawatū") : page.index("Otago")]
    assert "Suite 2" in row
    assert "Suite 1" not in row


def test_nothing_can_be_booked_at_a_prison_where_nobody_is(
    officer,
    place,
    suites_taken,
    others,
):
    led = officer.post("/court/book/form/prisons", data=fields(officer, place))
    page = officer.get(led.location).text

    assert 'name="offer"' not in page
    assert "Manawatū" not in ask(officer, place)


def test_a_move_asks_about_other_prisons_too(officer, place, suites_taken, others):
    mine = request_booking(place.request("14:00"), by=place.registrar)
    base = f"/court/bookings/{mine.reference}/move"
    assert officer.get(f"{base}/prisons").location.startswith(base)
    led = officer.post(f"{base}/prisons", data=move_fields(officer, place, mine))

    with statements(db.engine) as seen:
        page = officer.get(led.location).text

    assert len(seen) <= 10
    assert "Manawatū" in page
    assert f'href="{base}?key=move-key#times"' in page


def test_without_a_time_the_form_asks_for_one(officer, place, others):
    led = officer.post("/court/book/form/prisons", data=fields(officer, place, time=""))

    back = officer.get(led.location)

    assert back.location.startswith("/court/book/form?key=form-key-1")
    assert "Enter the date and the time you need" in officer.get(back.location).text
    assert officer.get("/court/book/prisons").location.startswith("/court/book")


def test_where_the_courtroom_is_taken_too_no_prison_would_do(
    officer,
    place,
    taken,
    others,
):
    led = officer.post("/court/book/form/prisons", data=fields(officer, place))

    page = officer.get(led.location).text

    assert "No other prison near Rimutaka would do at that time." in page
    assert "At Manawatū: Courtroom 1 at Hutt Valley is held 10:00 am to 10:35 am" in page

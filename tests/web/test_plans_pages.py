"""Make room and swap through the pages, without JavaScript."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking, cancel_booking
from avl.models import Booking, Plan, User, db
from avl.web.frame import unbroken
from tests import make
from tests.scene import TOMORROW, overlaps, tomorrow
from tests.web.registry_desk import TOKEN, in_person_rule, press


@pytest.fixture
def taken(place):
    return request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)


@pytest.fixture
def ask(officer, place):
    """Press "Make room" in a form that asks for Tāne at ten; more overrides its fields."""

    def press(**more):
        token = TOKEN.search(officer.get(f"/court/book/form?person={place.tane.id}").text)[1]
        fields = {
            "csrf_token": token,
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
        }
        return officer.post("/plans/room", data=fields | more)

    return press


def test_make_room_shows_before_and_after_then_moves_and_books(officer, ask, taken, place):
    answer = ask()
    assert answer.status_code == 303
    page = officer.get(answer.location).text
    assert "Make room for Tāne RĀWIRI" in page
    assert "Moves 1 booking to another room, at the same time; nobody to another day." in page
    assert taken.reference in page
    assert "Rimutaka is asked to agree." in page

    plan_id = answer.location.rpartition("/")[2]
    done = press(officer, page, f"/plans/{plan_id}/apply")

    assert done.status_code == 303
    made = db.session.scalars(select(Booking).order_by(Booking.id.desc())).first()
    assert made.starts_at == tomorrow("10:00")
    assert made.reference in done.location
    assert made.form_key == "form-key-1"

    again = press(officer, page, f"/plans/{plan_id}/apply")

    assert again.location == f"/plans/{plan_id}"
    shown = officer.get(again.location).text
    assert "This plan has been applied already." in shown
    assert f"{made.reference}</a> is booked" in shown
    assert "Nothing is moved until" not in shown
    history = officer.get(done.location).text
    assert "Applied a plan that made room" in history
    assert f"For it, {taken.reference} moved" in history
    assert overlaps() == 0
    assert "is booked" in officer.get(answer.location).text


def test_make_room_near_the_time_says_why_not_then(officer, ask, taken):
    taken.is_fixed = True
    db.session.commit()

    page = officer.get(ask().location).text

    assert "Not at the very time you asked for" in page
    assert "9:15 am to 9:45 am" in page


def test_make_room_when_nothing_helps_says_why_and_leads_back(officer, ask, place):
    taken = request_booking(
        place.request("08:30", place.seat(place.hemi), minutes=240), by=place.registrar
    )
    taken.is_fixed = True
    db.session.commit()

    page = officer.get(ask().location).text

    assert "No room can be made" in page
    assert f"{taken.reference} may not be moved: it is marked fixed" in page
    assert 'href="/court/book/form?key=form-key-1"' in page


def test_make_room_without_a_time_goes_back_to_the_form(officer, ask, taken):
    answer = ask(time="")

    assert answer.location.startswith("/court/book/form?key=form-key-1")
    assert "Enter the date and the time you need" in officer.get(answer.location).text
    assert db.session.query(Plan).count() == 0


def test_make_room_with_a_wrong_field_goes_back_to_the_form(officer, ask, taken):
    answer = ask(minutes="7")

    assert "must be in steps of 5 minutes" in officer.get(answer.location).text


def test_make_room_without_the_direction_it_takes_asks_for_it_first(officer, ask, taken):
    in_person_rule()

    answer = ask(prison_notes="Kept word for word")

    page = officer.get(answer.location).text
    assert answer.location == "/court/book/form?key=form-key-1&direction="
    assert 'href="#officer_name">Enter the name of the officer who directed AVL.</a>' in page
    assert 'id="role-error"' in page
    assert "Kept word for word" in page
    assert db.session.query(Plan).count() == 0


def test_make_room_with_the_direction_it_takes_moves_and_books(officer, ask, taken):
    in_person_rule()
    directed = {"role": "registrar", "officer_name": "R Tamihana", "mode_reason": "No transport."}

    answer = ask(**directed)

    done = press(officer, officer.get(answer.location).text, f"{answer.location}/apply")
    assert done.location.startswith("/court/bookings/AVL-")


def test_a_plan_that_takes_a_direction_since_leads_to_its_fields(officer, ask, taken):
    address = ask().location
    page = officer.get(address).text
    in_person_rule()

    answer = press(officer, page, f"{address}/apply")

    shown = officer.get(answer.location).text
    assert "Nothing was changed." in shown
    assert 'href="#officer_name"' in shown


def test_a_plan_for_a_day_that_is_over_leads_back_to_the_form(officer, ask, taken, clock):
    address = ask().location
    clock.forward(days=9)
    make.sign_in(officer, db.session.query(User).filter_by(name="Ana Brown").one())

    answer = press(officer, officer.get(address).text, f"{address}/apply")

    assert answer.location == "/court/book/form?key=form-key-1"
    assert "This date has passed." in officer.get("/court").text


def test_apply_when_the_world_changed_says_what_and_plans_again(officer, ask, taken, place):
    address = ask().location
    page = officer.get(address).text
    amend_booking(taken.reference, by=place.registrar, staff_notes="new")

    answer = press(officer, page, f"{address}/apply")

    assert answer.status_code == 303
    assert answer.location != address
    fresh = officer.get(answer.location).text
    assert unbroken(f"Nothing was changed. {taken.reference} was changed meanwhile.") in fresh
    assert "Move 1 and book" in fresh
    assert "can no longer be applied" in officer.get(address).text


def test_swap_shows_both_and_changes_times(officer, taken, place):
    other = request_booking(place.request("11:00"), by=place.registrar)
    chooser = officer.get(f"/plans/swap/{taken.reference}").text
    assert other.reference in chooser

    page = officer.get(f"/plans/swap/{taken.reference}?with={other.reference}").text
    assert "Swap both" in page
    refused = press(officer, page, f"/plans/swap/{taken.reference}", **{"with": other.reference})
    assert refused.status_code == 422
    assert "Say why the bookings change times." in refused.text
    done = press(
        officer,
        page,
        f"/plans/swap/{taken.reference}",
        **{"with": other.reference, "reason": "Judge asked", "version": taken.version},
    )

    assert done.status_code == 303
    db.session.expire_all()
    assert (taken.starts_at, other.starts_at) == (tomorrow("11:00"), tomorrow("10:00"))


def test_swap_shows_the_other_booking_again_when_it_has_changed(officer, taken, place):
    other = request_booking(place.request("11:00", place.at_arohata()), by=place.registrar)
    path = f"/plans/swap/{taken.reference}"
    page = officer.get(f"{path}?with={other.reference}").text
    amend_booking(other.reference, by=place.registrar, staff_notes="Bring the file")
    asked = {"with": other.reference, "reason": "Judge asked"}

    stale = press(officer, page, path, **asked, **versions_in(page))
    assert stale.status_code == 409
    assert f"Booking {other.reference} was changed while you were looking at it" in stale.text
    assert "Judge asked" in stale.text

    assert press(officer, stale.text, path, **asked, **versions_in(stale.text)).status_code == 303


def versions_in(page: str) -> dict[str, str]:
    """The versions of both bookings that a page keeps."""
    return dict(re.findall(r'name="((?:second_)?version)" value="(\d+)"', page))


def test_swap_that_clashes_says_so_before_anything_is_done(officer, taken, place):
    long = request_booking(place.request("11:00", minutes=90), by=place.registrar)
    request_booking(place.request("13:00", place.at_arohata()), by=place.registrar)
    request_booking(place.request("10:40", place.at_arohata(), minutes=15), by=place.registrar)

    page = officer.get(f"/plans/swap/{taken.reference}?with={long.reference}").text

    assert "Courtroom 1 at Hutt Valley is held 10:40 am to 11:00 am" in page
    assert "Swap both" not in page

    # The list says so already, and names first what would do.
    chooser = officer.get(f"/plans/swap/{taken.reference}").text
    assert re.findall(r"(?:No: [^<]*|See the swap)", chooser)[:3] == [
        "See the swap",
        f"No: Courtroom 1 at Hutt Valley is held 11:00 am to 12:35 pm by {long.reference}.",
        "No: Courtroom 1 at Hutt Valley is held 10:00 am to 11:35 am.",
    ]
    assert f"with={long.reference}" not in chooser


def test_swap_says_which_rooms_change_before_and_after(officer, taken, place):
    seat = place.seat(make.person("Ngata", "Wiremu", held_at=place.rimutaka), place.second_suite)
    other = request_booking(place.request("11:00", seat), by=place.registrar)
    blocking = place.request("11:00", courtroom=place.second_courtroom)
    request_booking(blocking, by=place.registrar)  # Tāne, in the suite that Hemi has at ten
    rooms = "Rimutaka, Suite 2 instead of Rimutaka, Suite 1"
    said = f"{taken.reference} has {rooms}."
    path = f"/plans/swap/{taken.reference}"

    assert said in officer.get(path).text
    page = officer.get(f"{path}?with={other.reference}").text
    assert rooms in page
    mark = re.search(r'name="mark" value="(\w+)"', page)[1]
    asked = {"with": other.reference, "reason": "Judge asked"}
    assert press(officer, page, path, **asked, mark="0" * 16).status_code == 409
    done = press(officer, page, path, **asked, mark=mark)

    assert done.status_code == 303
    assert unbroken(said) in officer.get(done.location).text
    [seat] = db.session.get_one(Booking, taken.id, populate_existing=True).appearances
    assert seat.suite_id == place.second_suite.id


@pytest.mark.parametrize("typed", ["nonsense", "AVL-222222"])
def test_swap_with_nobody_keeps_what_was_typed(officer, taken, typed):
    answer = officer.get(f"/plans/swap/{taken.reference}?with={typed}")

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


@pytest.fixture
def mine(place):
    """Tāne at two, who would rather be heard at ten."""
    return request_booking(place.request("14:00"), by=place.registrar)


@pytest.fixture
def ask_move(officer, place, mine):
    """Press "Make room" in the form that moves Tāne's booking to ten."""

    def press(**more):
        token = TOKEN.search(officer.get(f"/court/bookings/{mine.reference}/move").text)[1]
        fields = {
            "csrf_token": token,
            "key": "move-key-1",
            "where": f"room-{place.courtroom.id}",
            "date": TOMORROW,
            "time": "10:00",
            "minutes": "30",
            "pre_minutes": "0",
            "post_minutes": "0",
        }
        return officer.post(f"/plans/room/{mine.reference}", data=fields | more)

    return press


def test_make_room_for_a_move_shows_both_and_moves_both(officer, ask_move, taken, mine):
    address = ask_move().location
    page = officer.get(address).text
    heading = f'Make room for Tāne RĀWIRI: <span class="avl-nowrap">{mine.reference}</span>'
    assert heading in page
    assert f"Besides {mine.reference}, moves 1 booking to another room" in page
    assert "2:00 pm to 2:30 pm" in page
    assert "Move these 2" in page
    assert f'href="/court/bookings/{mine.reference}/move?key=move-key-1"' in page

    unsaid = press(officer, page, f"{address}/apply", reason="")
    assert unsaid.status_code == 422
    assert "Say why the booking is moved." in unsaid.text
    done = press(officer, page, f"{address}/apply", reason="The judge asked.")

    assert done.status_code == 303
    assert unbroken(f"{mine.reference} is moved to") in officer.get(done.location).text
    db.session.expire_all()
    assert mine.starts_at == tomorrow("10:00")
    assert overlaps() == 0
    assert "is moved" in officer.get(address).text


def test_make_room_for_a_move_keeps_the_reason_typed_in_the_form(officer, ask_move, taken):
    page = officer.get(ask_move(reason="Counsel is overseas.").location).text

    assert "Counsel is overseas.</textarea>" in page


def test_make_room_for_a_move_without_a_time_goes_back_to_the_form(officer, ask_move, mine):
    answer = ask_move(time="")

    assert answer.location.startswith(f"/court/bookings/{mine.reference}/move?key=move-key-1")
    assert "Enter the date and the time you need" in officer.get(answer.location).text


def test_a_plan_for_a_booking_cancelled_meanwhile_leads_to_its_page(
    officer, ask_move, taken, mine, place
):
    address = ask_move(reason="The judge asked.").location
    page = officer.get(address).text
    cancel_booking(mine.reference, by=place.registrar, reason="Settled.")

    answer = press(officer, page, f"{address}/apply", reason="The judge asked.")

    assert answer.location == f"/court/bookings/{mine.reference}"
    assert "Nothing was changed." in officer.get(answer.location).text

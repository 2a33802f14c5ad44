"""The board of a court's and of a prison's day, without JavaScript, and what a try answers."""

from __future__ import annotations

import re

import pytest

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.models import db
from tests import make
from tests.counting import statements
from tests.scene import TOMORROW, tomorrow

HEADER = re.compile(r"X-CSRFToken&#34;: &#34;([^&]+)&#34;|X-CSRFToken&quot;: &quot;([^&]+)&quot;")


@pytest.fixture
def coordinator(app, place):
    who = make.user(Role.AVL_COORDINATOR, place.rimutaka, name="Rewi Hunt")
    return make.sign_in(app.test_client(), who)


@pytest.fixture
def booked(place):
    made = request_booking(place.request("10:00", pre=15, post=5), by=place.registrar)
    return confirm_booking(made.reference, by=place.coordinator)


def token_of(page):
    found = HEADER.search(page)
    return found[1] or found[2]


def attempt(who, page_address, address, **fields):
    """Ask what a move would come to, as the script on the page does."""
    headers = {"X-CSRFToken": token_of(who.get(page_address).text)}
    return who.post(address, data=fields, headers=headers)


def on_board(officer, booked, start, room):
    return attempt(
        officer,
        f"/court/board?date={TOMORROW}",
        "/court/board/try",
        reference=booked.reference,
        start=tomorrow(start).isoformat(),
        row=room.id,
    )


def in_suite(coordinator, booked, place, suite):
    return attempt(
        coordinator,
        f"/prison/RIM/board?date={TOMORROW}",
        "/prison/RIM/board/try",
        reference=booked.reference,
        row=suite.id,
        **{"from": booked.appearances[0].suite_id},
    )


def test_a_courts_board_is_a_table_of_courtrooms_with_move_links(officer, booked, place):
    page = officer.get(f"/court/board?date={TOMORROW}").text

    assert '<th scope="row" class="avl-board__room">Courtroom 1</th>' in page
    assert "avl-block avl-block--confirmed avl-at-24 avl-for-6" in page
    assert "avl-mark avl-mark--before avl-at-21 avl-for-3" in page
    assert "avl-mark avl-mark--after avl-at-30 avl-for-1" in page
    assert f'href="/court/bookings/{booked.reference}/move"' in page
    assert "10:00 am to 10:30 am, Tāne RĀWIRI" in page


def test_a_date_that_is_none_says_so_and_shows_today(officer, booked):
    page = officer.get("/court/board?date=tomorrowish").text

    assert "Enter a real date" in page
    assert "Tue 24 Nov 2026: board" in page


def test_trying_a_free_place_says_it_fits_and_leads_to_the_move(officer, booked, place):
    answer = on_board(officer, booked, "11:00", place.second_courtroom)

    assert answer.status_code == 200
    assert 'data-verdict="fits"' in answer.text
    href = re.search(r'href="(/court/bookings/[^"]+)"', answer.text)[1].replace("&amp;", "&")
    form = officer.get(href).text
    assert "The time you asked for" in form
    assert 'value="11:00"' in form
    assert booked.starts_at == tomorrow("09:45")


@pytest.mark.both_databases
def test_trying_a_taken_place_says_why_and_what_is_free_near_it(officer, booked, place):
    other = request_booking(
        place.request("11:00", place.seat(place.hemi, place.second_suite)), by=place.registrar
    )

    answer = on_board(officer, booked, "11:00", place.courtroom).text

    assert 'data-verdict="clash"' in answer
    assert "Courtroom 1 at Hutt Valley is held 11:00 am to" in answer
    assert f"by {other.reference}" in answer
    assert answer.count("data-avl-to") >= 2
    assert "See every way out" in answer


def test_trying_where_it_is_says_so(officer, booked, place):
    assert 'data-verdict="same"' in on_board(officer, booked, "10:00", place.courtroom).text


def test_trying_what_is_over_or_not_ours_is_refused(officer, booked, place, clock):
    other = make.court("NSDC", short_name="North Shore")
    theirs = make.booking(at_court=other, hearing=make.during("15:00", "15:30", TOMORROW))

    assert on_board(officer, theirs, "11:00", place.courtroom).status_code == 404
    assert on_board(officer, booked, "11:00", place.suite).status_code == 404
    clock.set(tomorrow("10:05"))
    make.sign_in(officer, make.user(Role.REGISTRY, place.court))
    late = on_board(officer, booked, "11:00", place.courtroom)
    assert (late.status_code, "has begun" in late.text) == (409, True)


@pytest.mark.parametrize("start", ["", "0001-01-01T00:00+13:00", "2026-11-24T11:00:00.5+13:00"])
def test_a_try_without_a_time_is_refused_in_words(officer, booked, place, start):
    answer = attempt(
        officer,
        "/court/board",
        "/court/board/try",
        reference=booked.reference,
        start=start,
        row=str(place.courtroom.id),
    )

    assert (answer.status_code, "It cannot be tried" in answer.text) == (422, True)


def test_a_prisons_board_is_a_table_of_suites_with_links_to_change(coordinator, booked, place):
    page = coordinator.get(f"/prison/RIM/board?date={TOMORROW}").text

    assert '<th scope="row" class="avl-board__room">Suite 2</th>' in page
    assert 'data-axis="rows"' in page
    assert f"/prison/bookings/{booked.reference}/suite?site=RIM" in page


def test_a_prison_officer_sees_the_board_and_moves_nothing(app, booked, place):
    officer = make.sign_in(app.test_client(), make.user(Role.PRISON_OFFICER, place.rimutaka))

    page = officer.get(f"/prison/RIM/board?date={TOMORROW}").text

    assert booked.reference in page
    assert "data-avl-board" not in page
    assert "/suite?" not in page
    refused = officer.get(f"/prison/bookings/{booked.reference}/suite").text
    assert "You may not move this booking." in refused


@pytest.mark.both_databases
def test_another_suite_is_tried_then_changed_with_a_reason(coordinator, booked, place):
    answer = in_suite(coordinator, booked, place, place.second_suite).text
    assert 'data-verdict="fits"' in answer
    href = re.search(r'href="(/prison/bookings/[^"]+)"', answer)[1].replace("&amp;", "&")
    form = coordinator.get(href).text
    sent = {
        name: re.search(f'name="{name}" value="([^"]*)"', form)[1]
        for name in ("csrf_token", "version", "appearance", "site", "now")
    }
    sent["to"] = str(place.second_suite.id)

    unreasoned = coordinator.post(f"/prison/bookings/{booked.reference}/suite", data=sent)
    assert (unreasoned.status_code, "Say why" in unreasoned.text) == (422, True)
    assert f'value="{place.second_suite.id}" selected' in unreasoned.text
    done = coordinator.post(
        f"/prison/bookings/{booked.reference}/suite", data=sent | {"reason": "Better sound."}
    )

    assert done.status_code == 303
    db.session.rollback()
    assert booked.appearances[0].suite_id == place.second_suite.id
    stale = coordinator.post(
        f"/prison/bookings/{booked.reference}/suite", data=sent | {"reason": "Again."}
    )
    assert stale.status_code == 409


def test_a_taken_suite_says_by_whom(coordinator, booked, place):
    other = request_booking(
        place.request(
            "10:00", place.seat(place.hemi, place.second_suite), courtroom=place.second_courtroom
        ),
        by=place.registrar,
    )

    answer = in_suite(coordinator, booked, place, place.second_suite).text

    assert 'data-verdict="clash"' in answer
    assert f"by {other.reference}" in answer


def test_a_board_takes_few_queries_and_stays_small_however_many_suites(officer, coordinator, place):
    for number in range(198):
        suite = make.suite(place.rimutaka, f"Suite {number + 3:03}", sort_order=number + 3)
        if number < 60:
            person = make.person("Ngata", f"W{number}", held_at=place.rimutaka)
            make.booking(
                person,
                at_court=place.court,
                room=make.courtroom(place.court, f"Room {number:02}", sort_order=number + 3),
                suites=[suite],
                hearing=make.during("10:00", "10:30", TOMORROW),
            )
    for who, address in (
        (coordinator, f"/prison/RIM/board?date={TOMORROW}"),
        (officer, f"/court/board?date={TOMORROW}"),
    ):
        who.get(address)
        with statements(db.engine) as seen:
            page = who.get(address)
        assert len(seen) <= 10, [one[:90] for one in seen]
        assert len(page.data) <= 150 * 1024
        assert page.text.count('scope="row"') == 16
    assert "Suite 1 to Suite 016" in coordinator.get(f"/prison/RIM/board?date={TOMORROW}").text

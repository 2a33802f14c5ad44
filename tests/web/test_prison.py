"""The prison's pages: what needs an answer, one booking, and running a link."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.changes import amend_booking
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.models import db
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.web.prison_desk import Desk, make_desk, said


def test_home_says_who_is_where_now_next_and_whom_to_fetch(desk: Desk) -> None:
    desk.book("Now", hearing=make.during("09:45", "10:30"), status=Status.CONNECTED)
    desk.book("Next", hearing=make.during("11:00", "11:30"), pre_minutes=15)
    desk.book("Gone", 1, hearing=make.during("11:00", "11:30"), status=Status.CANCELLED)

    page = desk.text("/prison")

    after = "10:45 am Tāne NEXT , conference with counsel first"
    assert f"Suite 1 Connected Tāne NOW until 10:30 am {after}" in page
    assert "Suite 2 Free Nobody more today" in page
    assert "Who to fetch next 10:30 am Tāne NEXT to Suite 1" in page


def test_home_offers_each_waiting_request_with_its_deadline(desk: Desk) -> None:
    deadline = make.at("16:00")
    booking = desk.book(status=Status.REQUESTED, expires_at=deadline)

    page = desk.get("/prison")

    assert "1 request waits" in said(page)
    assert "4:00 pm Tue 24 Nov 2026" in said(page)
    assert f'action="/prison/bookings/{booking.reference}/confirm"' in page


def test_home_of_an_officer_offers_no_answer(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED, expires_at=make.at("16:00"))
    make.sign_in(desk.client, make.user("prison_officer", desk.prison))

    page = desk.get("/prison")

    assert booking.reference in page
    assert "/confirm" not in page
    assert "/confirm" not in desk.get(f"/prison/bookings/{booking.reference}")
    assert "request waits for the AVL coordinator's answer." in said(page)
    assert "Answer needed" not in page


def test_confirm_agrees_and_goes_back_to_the_list(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)

    response = desk.post(booking, "confirm", version="1", back="home")

    assert (response.status_code, response.location) == (302, "/prison")
    assert booking.status is Status.CONFIRMED
    assert "is confirmed for your site" in desk.text("/prison")


def test_decline_without_a_reason_asks_for_one(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)

    response = desk.post(booking, "decline", decline_reason=" ")

    assert response.status_code == 422
    assert "Say why the request is declined" in response.get_data(as_text=True)
    assert booking.status is Status.REQUESTED


def test_decline_tells_the_reason_and_gives_the_suite_back(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)

    desk.post(booking, "decline", decline_reason="Suite is being painted")

    assert (booking.status, booking.end_reason) == (Status.DECLINED, "Suite is being painted")
    assert booking.holds == []
    assert "Why: Suite is being painted" in desk.text(f"/prison/bookings/{booking.reference}")


def test_decline_of_what_changed_meanwhile_keeps_what_was_typed(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)
    amend_booking(booking.reference, by=SYSTEM, prison_notes="bring glasses")

    response = desk.post(booking, "decline", decline_reason="No escort", version="1")

    assert response.status_code == 409
    assert 'value="No escort"' in response.get_data(as_text=True)
    assert booking.status is Status.REQUESTED


def test_link_is_run_from_connected_to_completed(desk: Desk) -> None:
    booking = desk.book()
    seen = []
    for action, form in (
        ("connect", {}),
        ("stand-down", {"stand_down_reason": "no picture"}),
        ("connect", {}),
        ("complete", {}),
    ):
        assert desk.post(booking, action, **form).status_code == 302
        seen.append(booking.status)

    assert seen == [Status.CONNECTED, Status.STOOD_DOWN, Status.CONNECTED, Status.COMPLETED]
    assert desk.post(booking, "connect").status_code == 409


def test_a_link_is_run_on_its_day_and_not_before(desk: Desk) -> None:
    booking = desk.book(hearing=make.during("10:00", "10:30", on="2026-11-27"))
    page = desk.text(f"/prison/bookings/{booking.reference}")
    assert "is run on Fri 27 Nov 2026, not before." in page
    assert "The link is up" not in page
    assert "Stand down" not in page

    early = desk.post(booking, "connect")
    also_early = desk.post(booking, "stand-down", stand_down_reason="At the doctor")

    assert (early.status_code, also_early.status_code) == (409, 409)
    assert "is run on Fri 27 Nov 2026, not before. Nothing is changed." in early.text
    assert booking.status is Status.CONFIRMED


def test_booking_page_shows_prison_notes_and_no_staff_notes(desk: Desk) -> None:
    booking = desk.book(prison_notes="bring glasses", staff_notes="judge wants him seen")

    page = desk.text(f"/prison/bookings/{booking.reference}")

    assert "bring glasses" in page
    assert "judge wants" not in page


def test_booking_with_somebody_elsewhere_shows_only_ours(desk: Desk) -> None:
    other = make.prison("AROH", short_name="Arohata")
    booking = make.booking(
        make.person("Ours", held_at=desk.prison),
        make.person("Theirs", held_at=other),
        suites=[desk.rooms[0], make.rooms(other, "suite")[0]],
        at_court=desk.court,
    )

    page = desk.text(f"/prison/bookings/{booking.reference}")

    assert "OURS" in page
    assert "THEIRS" not in page
    assert "Arohata" not in page
    assert "1 more person appears in this booking from elsewhere" in page


@pytest.mark.parametrize(
    "path",
    ["", "/day/2026-11-24", "/week/2026-11-24", "/run-sheet/2026-11-24", "/movements/2026-11-24"],
)
def test_pages_of_another_prison_do_not_exist(desk: Desk, path: str) -> None:
    make.prison("AROH")

    assert desk.client.get(f"/prison/AROH{path}").status_code == 404


def test_booking_of_another_prison_does_not_exist(desk: Desk) -> None:
    booking = make.booking(status=Status.REQUESTED)

    assert desk.client.get(f"/prison/bookings/{booking.reference}").status_code == 404
    assert desk.post(booking, "confirm").status_code == 404
    assert booking.status is Status.REQUESTED


def test_held_offer_is_not_shown(desk: Desk) -> None:
    booking = desk.book("Maybe", status=Status.HELD)

    assert "MAYBE" not in desk.get("/prison/RIMP/day/2026-11-24")
    assert desk.client.get(f"/prison/bookings/{booking.reference}").status_code == 404


@pytest.mark.parametrize("suites", [1, 40])
def test_pages_take_at_most_ten_queries_however_many_suites(
    session: Any, clock: Clock, client: FlaskClient, suites: int
) -> None:
    desk = make_desk(client, suites)
    for n in range(min(suites, 5)):
        desk.book(suite=n, changed_at=clock.now, hearing=make.during("10:30", "11:00"))
        desk.book(suite=n, status=Status.REQUESTED, hearing=make.during("14:00", "14:30"))
    asked = {}
    for path in ("", "/RIMP/day/2026-11-24", "/RIMP/week/2026-11-24", "/RIMP/run-sheet/2026-11-24"):
        with statements(db.engine) as seen:
            desk.get(f"/prison{path}")
        asked[path] = len(seen)

    assert max(asked.values()) <= 10, asked


@pytest.mark.both_databases
def test_pages_read_alike_on_both_databases(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)
    day = "/prison/RIMP/day/2026-11-24"
    tag = desk.client.get(day, headers={"HX-Request": "true"}).headers["ETag"]

    for path in ("", "/requests", "/RIMP/week/2026-11-24", f"/bookings/{booking.reference}"):
        assert "RĀWIRI" in desk.get(f"/prison{path}")
    asked = {"HX-Request": "true", "If-None-Match": tag}
    assert desk.client.get(day, headers=asked).status_code == 304

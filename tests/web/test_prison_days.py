"""The prison's days: by suite, by week, and on paper."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.changes import amend_booking
from avl.commands.publish import publish
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.models import Outage, db
from avl.web.prison.day import MOST_CARDS
from tests import make
from tests.conftest import Clock
from tests.web.prison_desk import Desk, make_desk, said


def test_day_is_a_board_and_the_same_facts_as_a_table(desk: Desk) -> None:
    booking = desk.book(hearing=make.during("10:15", "10:45"), pre_minutes=15)

    page = desk.get("/prison/RIMP/day/2026-11-24")

    # From 8:00, five-minute cells: the conference at 10:00 is cell 24, the hearing 27 to 33.
    assert "avl-slot--start-24 avl-slot--span-3 avl-slot--pre_conference" in page
    assert "avl-slot--start-27 avl-slot--span-6 avl-slot--confirmed" in page
    assert page.count(f"/prison/bookings/{booking.reference}") == 2
    line = "10:15 am to 10:45 am Conference with counsel before court, 10:00 am to 10:15 am"
    assert f"{line} Suite 1 Tāne RĀWIRI" in said(page)


@pytest.mark.parametrize(("until", "lines"), [("10:30", 0), ("10:35", 1), ("10:45", 2)])
def test_a_slot_says_no_more_than_it_has_whole_lines_for(
    desk: Desk, until: str, lines: int
) -> None:
    desk.book(hearing=make.during("10:15", until))

    page = desk.get("/prison/RIMP/day/2026-11-24")

    (slot,) = re.findall(r"<li[^>]*avl-slot--confirmed.*?</li>", page, re.S)
    assert slot.count("<br>") == lines


def test_day_says_what_is_out_of_use(desk: Desk) -> None:
    start = make.at("09:00")
    db.session.add(Outage(resource_id=desk.rooms[1].id, starts_at=start, reason="camera broken"))
    db.session.commit()

    assert "Out of use: camera broken" in desk.text("/prison/RIMP/day/2026-11-24")
    assert "Out of use camera broken" in desk.text("/prison")


def test_day_marks_what_the_printed_sheet_does_not_know(desk: Desk, clock: Clock) -> None:
    clock.set(make.at("08:00"))
    desk.book("Fresh", made_at=make.at("16:00", "2026-11-23"))
    known = desk.book("Known", 1)
    assert "1 since the run sheet" in desk.text("/prison/RIMP/day/2026-11-24")

    amend_booking(known.reference, by=SYSTEM, prison_notes="bring glasses")
    amend_booking(desk.book("Quiet", 2).reference, by=SYSTEM, staff_notes="not for prison")

    sheet = desk.text("/prison/RIMP/run-sheet/2026-11-24")
    assert re.search(r"Tāne FRESH PRN \d+ NEW", sheet)
    assert re.search(r"Tāne KNOWN PRN \d+ CHANGED", sheet)
    assert not re.search(r"Tāne QUIET PRN \d+ (NEW|CHANGED)", sheet)


def test_day_of_a_site_with_many_suites_is_a_table_with_boards_to_choose(
    session: Any, clock: Clock, client: FlaskClient
) -> None:
    desk = make_desk(client, suites=40)
    desk.book(suite=20)

    assert "avl-day__suite" not in desk.get("/prison/RIMP/day/2026-11-24")
    assert desk.get("/prison/RIMP/day/2026-11-24?suites=17").count("avl-day__suite") == 16
    assert "RĀWIRI" in desk.get("/prison/RIMP/day/2026-11-24?suites=17")


def test_day_of_800_bookings_fits_in_150_kib(
    session: Any, clock: Clock, client: FlaskClient
) -> None:
    desk = make_desk(client, suites=17)
    empty = len(desk.get("/prison/RIMP/day/2026-11-24"))
    count = MOST_CARDS + 1
    people = [make.person("Featherstone", held_at=desk.prison) for _ in range(17)]
    kind = make.hearing_type()
    for n in range(count):
        make.booking(
            people[n % 17],
            suites=[desk.rooms[n % 17]],
            room=desk.court_room(n % 17),
            kind=kind,
            hearing=make.span(make.at("07:00") + timedelta(minutes=10 * (n // 17)), 5),
        )

    page = desk.get("/prison/RIMP/day/2026-11-24")

    assert page.count("FEATHERSTONE") == count
    assert empty + (len(page.encode()) - empty) / count * 800 < 150 * 1024


def test_week_has_suites_down_and_days_across(desk: Desk) -> None:
    desk.book("Monday", hearing=make.during("09:00", "09:30", "2026-11-23"))
    desk.book("Sunday", 1, hearing=make.during("09:00", "09:30", "2026-11-29"))

    page = desk.text("/prison/RIMP/week/2026-11-26")

    assert "Mon 23 Nov 2026 1 booked" in page
    assert "Sun 29 Nov 2026 1 booked" in page
    assert "Sat 28 Nov 2026" not in page
    assert "Suite 1 9:00 am Tāne MONDAY" in page


def test_run_sheet_lists_by_fetching_time_and_warns_of_the_cancelled(desk: Desk) -> None:
    desk.book("Second", hearing=make.during("11:00", "11:30"))
    desk.book(
        "First",
        1,
        hearing=make.during("11:15", "11:45"),
        pre_minutes=30,
        interpreter_language="Tongan",
        interpreter_state="confirmed",
        prison_notes="wheelchair",
    )
    off = desk.book("Off", 2)
    off.status, off.version = Status.CANCELLED, 2
    publish(db.session(), off)
    db.session.commit()

    page = desk.text("/prison/RIMP/run-sheet/2026-11-24")

    first = page.index("10:30 am Tāne FIRST")
    assert first < page.index("10:45 am Tāne SECOND")
    talk = "With counsel until 11:15 am"
    assert f"10:45 am to 11:45 am {talk} 11:15 am to 11:45 am" in page
    assert "11:00 am to 11:30 am No conference with counsel" in page
    assert "Interpreter: Tongan wheelchair" in page
    assert "Printed Tue 24 Nov 2026, 10:00 am" in page
    assert page.index("Do not fetch") < page.index("Tāne OFF")
    assert "2 to bring to a suite" in page


def test_run_sheet_tells_the_conference_before_court_from_the_one_after(desk: Desk) -> None:
    desk.book(hearing=make.during("09:00", "09:15"), pre_minutes=10, post_minutes=15)

    page = desk.text("/prison/RIMP/run-sheet/2026-11-24")

    talks = "With counsel until 9:00 am and from 9:15 am"
    assert f"8:50 am to 9:30 am {talks} 9:00 am to 9:15 am" in page


def test_run_sheet_says_of_a_conference_after_court_alone_when_it_begins(desk: Desk) -> None:
    desk.book(hearing=make.during("09:00", "09:15"), post_minutes=15)

    page = desk.text("/prison/RIMP/run-sheet/2026-11-24")

    assert "9:00 am to 9:30 am With counsel from 9:15 am 9:00 am to 9:15 am" in page


def test_movements_stand_under_their_half_hour(desk: Desk) -> None:
    desk.book(hearing=make.during("11:00", "11:40"))

    page = desk.text("/prison/RIMP/movements/2026-11-24")

    assert "From 10:30 am: 1 movement 10:45 am Tāne RĀWIRI" in page
    assert "From 11:30 am: 1 movement 11:40 am Tāne RĀWIRI" in page


@pytest.mark.parametrize(("on", "hours"), [("2027-04-04", 25), ("2026-09-27", 23)])
def test_day_on_which_the_clocks_change_shows_every_hour(desk: Desk, on: str, hours: int) -> None:
    midnight = make.at("00:00", on)
    for hour in range(hours):
        start = midnight + timedelta(hours=hour)
        desk.book(f"Hour{hour}", hearing=make.span(start, 30))

    page = desk.get(f"/prison/RIMP/day/{on}")
    moves = desk.text(f"/prison/RIMP/movements/{on}")

    assert said(page).count("Tāne HOUR") == hours
    labels = re.findall(r"avl-day__hour [^>]*>(\d\d:00)<", page)
    assert labels[:5] == (
        ["00:00", "01:00", "02:00", "02:00", "03:00"]
        if hours == 25
        else ["00:00", "01:00", "03:00", "04:00", "05:00"]
    )
    # The board holds 16 hours and says that it leaves some out.
    assert "outside the hours drawn" in page
    assert moves.count("to Suite 1") == hours
    if hours == 25:
        assert "2:00 am (after the clocks go back)" in said(page)


def test_day_in_the_chatham_islands_is_told_by_their_clock(
    session: Any, clock: Clock, client: FlaskClient
) -> None:
    desk = make_desk(client, zone="Pacific/Chatham")
    desk.book(hearing=make.during("09:15", "09:45", zone="Pacific/Chatham"))

    page = desk.get("/prison/RIMP/day/2026-11-24")

    assert "9:15 am to 9:45 am" in said(page)
    assert "avl-slot--start-15 avl-slot--span-6" in page


def test_day_that_is_no_date_does_not_exist(desk: Desk) -> None:
    for day in ("tomorrow", "2026-13-01", "0001-01-01", "9999-12-31"):
        assert desk.client.get(f"/prison/RIMP/day/{day}").status_code == 404

"""The prison's pages: what needs an answer, the days by suite, run sheets, and running a link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.changes import amend_booking
from avl.commands.publish import publish
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.models import Booking, Outage, Site, User, db
from avl.web.prison.day import MOST_CARDS
from tests import make
from tests.conftest import Clock
from tests.counting import statements

TAGS = re.compile(r"<[^>]+>|\s+")


@dataclass
class Desk:
    """A coordinator at a prison with six suites, signed in."""

    client: FlaskClient
    prison: Site
    court: Site
    user: User
    rooms: list[Any] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> str:
        response = self.client.get(path, headers=headers)
        assert response.status_code == 200, response.status
        return response.get_data(as_text=True)

    def text(self, path: str) -> str:
        return said(self.get(path))

    def post(self, booking: Booking, action: str, **form: str) -> Any:
        return self.client.post(f"/prison/bookings/{booking.reference}/{action}", data=form)

    def book(self, name: str = "Rāwiri", suite: int = 0, **more: Any) -> Booking:
        person = make.person(name, "Tāne", held_at=self.prison)
        room = self.court_room(suite)
        return make.booking(person, suites=[self.rooms[suite]], room=room, **more)

    def court_room(self, n: int) -> Any:
        return make.rooms(self.court, "courtroom")[n]


def said(html: str) -> str:
    """What a reader of the page reads."""
    return " ".join(TAGS.sub(" ", html).split())


@pytest.fixture
def desk(session: Any, clock: Clock, client: FlaskClient) -> Desk:
    return make_desk(client)


def make_desk(client: FlaskClient, suites: int = 6, zone: str = "Pacific/Auckland") -> Desk:
    client.application.config["WTF_CSRF_ENABLED"] = False
    prison = make.prison("RIMP", short_name="Rimutaka", suites=suites, zone=zone)
    court = make.court("HUTDC", short_name="Hutt Valley", courtrooms=suites)
    user = make.user("avl_coordinator", prison)
    make.sign_in(client, user)
    return Desk(client, prison, court, user, make.rooms(prison, "suite"))


def test_home_says_who_is_where_now_next_and_whom_to_fetch(desk: Desk) -> None:
    desk.book("Now", hearing=make.during("09:45", "10:30"), status=Status.CONNECTED)
    desk.book("Next", hearing=make.during("11:00", "11:30"), pre_minutes=15)
    desk.book("Gone", 1, hearing=make.during("11:00", "11:30"), status=Status.CANCELLED)

    page = desk.text("/prison")

    assert "Suite 1 Connected Tāne NOW until 10:30 am 10:45 am Tāne NEXT , conference first" in page
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


def test_day_is_a_board_and_the_same_facts_as_a_table(desk: Desk) -> None:
    booking = desk.book(hearing=make.during("10:15", "10:45"), pre_minutes=15)

    page = desk.get("/prison/RIMP/day/2026-11-24")

    # From 8:00, five-minute cells: the conference at 10:00 is cell 24, the hearing 27 to 33.
    assert "avl-slot--start-24 avl-slot--span-3 avl-slot--pre_conference" in page
    assert "avl-slot--start-27 avl-slot--span-6 avl-slot--confirmed" in page
    assert page.count(f"/prison/bookings/{booking.reference}") == 2
    assert "10:15 am to 10:45 am conference 10:00 am Suite 1 Tāne RĀWIRI" in said(page)


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


def test_day_polled_with_its_tag_is_304_until_something_changes(desk: Desk) -> None:
    booking = desk.book()
    path, asked = "/prison/RIMP/day/2026-11-24", {"HX-Request": "true"}
    first = desk.client.get(path, headers=asked)
    tag = first.headers["ETag"]
    assert tag.strip('"') in first.get_data(as_text=True)
    assert "<html" not in first.get_data(as_text=True)

    assert desk.client.get(path, headers=asked | {"If-None-Match": tag}).status_code == 304
    desk.post(booking, "connect")

    assert desk.client.get(path, headers=asked | {"If-None-Match": tag}).status_code == 200


def test_day_polled_unchanged_takes_three_queries(desk: Desk) -> None:
    desk.book()
    path, asked = "/prison/RIMP/day/2026-11-24", {"HX-Request": "true"}
    tag = desk.client.get(path, headers=asked).headers["ETag"]

    with statements(db.engine) as seen:
        desk.client.get(path, headers=asked | {"If-None-Match": tag})

    assert len(seen) == 3  # the session, its grants, the day's versions


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
        prison_notes="wheelchair",
    )
    off = desk.book("Off", 2)
    off.status, off.version = Status.CANCELLED, 2
    publish(db.session(), off)
    db.session.commit()

    page = desk.text("/prison/RIMP/run-sheet/2026-11-24")

    first = page.index("10:30 am Tāne FIRST")
    assert first < page.index("10:45 am Tāne SECOND")
    assert "10:45 am to 11:45 am conference 10:45 am 11:15 am to 11:45 am" in page
    assert "Interpreter: Tongan wheelchair" in page
    assert "Printed Tue 24 Nov 2026, 10:00 am" in page
    assert page.index("Do not fetch") < page.index("Tāne OFF")
    assert "2 to bring to a suite" in page


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


@pytest.mark.both_databases
def test_pages_read_alike_on_both_databases(desk: Desk) -> None:
    booking = desk.book(status=Status.REQUESTED)
    day = "/prison/RIMP/day/2026-11-24"
    tag = desk.client.get(day, headers={"HX-Request": "true"}).headers["ETag"]

    for path in ("", "/requests", "/RIMP/week/2026-11-24", f"/bookings/{booking.reference}"):
        assert "RĀWIRI" in desk.get(f"/prison{path}")
    asked = {"HX-Request": "true", "If-None-Match": tag}
    assert desk.client.get(day, headers=asked).status_code == 304


def test_day_that_is_no_date_does_not_exist(desk: Desk) -> None:
    for day in ("tomorrow", "2026-13-01", "0001-01-01", "9999-12-31"):
        assert desk.client.get(f"/prison/RIMP/day/{day}").status_code == 404

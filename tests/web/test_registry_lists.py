"""The registry's first screen and lists: what is on them, for whom, and in how many questions."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.domain.waiting import WaitState
from avl.models import Sms, db
from avl.queries.lists import Filters, choices_for
from avl.web.frame import unbroken
from avl.web.registry.lists import safe_cell
from tests import make
from tests.counting import statements

LISTS = ("/court", "/court/today", "/court/week")
EMPTY = (*LISTS, "/court/requests")


@pytest.fixture
def court(session, clock):
    return make.court("HVDC", short_name="Hutt Valley")


@pytest.fixture
def officer(client, court):
    return make.sign_in(client, make.user(Role.REGISTRY, court))


def text_of(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("address", LISTS)
def test_lists_show_what_is_on_at_my_court_today(officer, court, address):
    booking = make.booking(make.person("Rāwiri", "Tāne"), at_court=court, by=make.counsel())

    page = text_of(officer.get(address))

    assert booking.reference in page
    assert "Tāne RĀWIRI" in page
    assert "10:00 am" in page
    assert "Mere Parata" in page


@pytest.mark.parametrize("address", [*LISTS, "/court/board"])
def test_hearings_stand_in_order_whatever_conferences_come_before(officer, court, address):
    first = make.booking(at_court=court)
    start = first.starts_at + timedelta(minutes=10)
    later = make.booking(
        at_court=court,
        room=make.courtroom(court),
        hearing=Interval(start, start + timedelta(minutes=10)),
        pre_minutes=30,
    )

    listed = text_of(officer.get(address)).rpartition("<thead>")[2]

    assert listed.index(first.reference) < listed.index(later.reference)


@pytest.mark.parametrize("address", LISTS)
def test_lists_leave_out_other_courts(officer, address):
    booking = make.booking(make.person("Smith", "Peter"))

    page = text_of(officer.get(address))

    assert booking.reference not in page
    assert "SMITH" not in page


@pytest.mark.parametrize("address", EMPTY)
def test_empty_lists_say_why_and_what_to_do(officer, address):
    page = text_of(officer.get(address))

    assert "avl-empty" in page
    assert 'href="/court/book"' in page or 'action="/court/book"' in page


def test_lists_leave_out_offers_that_somebody_only_kept(officer, court):
    held = make.booking(at_court=court, status=Status.HELD)
    given_back = make.booking(at_court=court, status=Status.CANCELLED, requested_at=None)

    page = text_of(officer.get("/court/today"))

    assert held.reference not in page
    assert given_back.reference not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=rawiri", ["one"]),
        ("q=parata", ["one"]),
        ("q=00000777", ["two"]),
        ("q=CRI-2026-96-1234", ["one"]),
        ("status=requested", ["two"]),
        ("status=nonsense", ["one", "two"]),
        ("type=CRS", ["two"]),
        ("q=nobody", []),
        ("on=2026-11-25", []),
        ("on=2026-11-24", ["one", "two"]),
    ],
)
def test_list_is_narrowed_by_the_address(officer, court, query, expected):
    rimutaka = make.prison(short_name="Rimutaka", suites=2)
    suites = make.rooms(rimutaka, "suite")
    tane = make.person("Rāwiri", "Tāne", held_at=rimutaka)
    bookings = {
        "one": make.booking(
            tane,
            at_court=court,
            suites=suites[:1],
            by=make.counsel("Mere Parata"),
            matter=make.matter(court, tane, number="CRI-2026-096-001234"),
        ),
        "two": make.booking(
            make.person("Smith", "John", prn="00000777", held_at=rimutaka),
            at_court=court,
            suites=suites[1:],
            hearing=make.during("11:00", "11:30"),
            status=Status.REQUESTED,
            kind=make.hearing_type("CRS", "Sentencing"),
        ),
    }

    page = text_of(officer.get(f"/court/today?{query}"))

    assert [name for name, booking in bookings.items() if booking.reference in page] == expected


def test_list_filters_by_reference_prison_and_courtroom(officer, court):
    booking = make.booking(at_court=court)
    other = make.booking(at_court=court, hearing=make.during("14:00", "14:30"))
    site = booking.appearances[0].site_id

    by_reference = text_of(officer.get(f"/court/today?q={booking.reference.lower()}"))
    by_prison = text_of(officer.get(f"/court/today?prison={site}"))

    assert booking.reference in by_reference
    assert other.reference not in by_reference.split("<tbody>")[1]
    assert other.reference not in by_prison


def test_list_offers_the_prisons_of_its_own_day_and_the_one_chosen(officer, court):
    today, later = make.prison(), make.prison()
    make.booking(at_court=court, at_prison=today)
    make.booking(
        at_court=court, at_prison=later, hearing=make.during("10:00", "10:30", "2026-12-03")
    )

    def offered(query=""):
        page = text_of(officer.get(f"/court/today?{query}"))
        return [one.id for one in (today, later) if f">{one.short_name}</option>" in page]

    assert offered() == [today.id]
    assert offered("on=2026-12-03") == [later.id]
    assert offered(f"prison={later.id}") == [today.id, later.id]


def test_prisons_offered_are_found_through_the_days_bookings_not_the_courts_history(session, court):
    day = make.during("00:00", "23:00")
    narrowed = Filters(prison_id=make.prison().id)
    with statements(db.engine) as seen:
        choices_for([court], day, narrowed)
    [asked] = [one for one in seen if "appearance" in one]

    nothing = (None,) * asked.count("?")
    read = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", nothing)

    steps = [row[-1] for row in read]
    assert any("ix_booking_court_starts (court_id=? AND starts_at" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]


def test_list_refuses_a_date_that_is_none_and_says_so(officer):
    page = text_of(officer.get("/court/today?on=31/02/2027"))

    assert "Enter a real date" in page


def test_csv_has_a_line_for_each_person_and_never_a_formula(officer, court):
    make.booking(make.person("=HYPERLINK(1)", ""), at_court=court, by=make.counsel("+64 Smith"))

    answer = officer.get("/court/today?as=csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    expected = 'attachment; filename="court-list-2026-11-24.csv"'
    assert answer.headers["Content-Disposition"] == expected
    assert [(row["Person"], row["Counsel"]) for row in rows] == [("'=HYPERLINK(1)", "'+64 Smith")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\t=", "  +", "\n@"])
def test_safe_cell_disarms_formulas(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["Smith", "O'Neill", "a=b", "", "Rāwiri-Parata"])
def test_safe_cell_leaves_words_alone(cell):
    assert safe_cell(cell) == cell


def test_first_screen_shows_what_waits_what_was_refused_and_whom_to_ring(officer, court):
    waiting = make.booking(
        at_court=court,
        hearing=make.during("10:00", "10:30", on="2026-11-27"),
        status=Status.REQUESTED,
    )
    waiting.expires_at = make.at("16:00", on="2026-11-25")
    db.session.commit()
    refused = make.booking(
        at_court=court,
        hearing=make.during("11:00", "11:30", on="2026-11-27"),
        status=Status.DECLINED,
        end_reason="No escort that day.",
    )
    failed = make.booking(
        at_court=court, hearing=make.during("15:00", "15:30"), by=make.counsel("Mere Parata")
    )
    failed_sms(failed)

    page = text_of(officer.get("/court"))

    requests = text_of(officer.get("/court/requests"))
    assert waiting.reference in requests
    assert f"until {unbroken('4:00 pm')} on" in requests
    assert waiting.reference in page
    assert f"/court/bookings/{refused.reference}" in page
    assert "No escort that day." in page
    assert "Ring counsel" in page
    assert "+64211234567" in page


def test_first_screen_drops_a_refusal_once_it_is_booked_again(officer, court):
    refused = make.booking(
        at_court=court,
        hearing=make.during("11:00", "11:30", on="2026-11-27"),
        status=Status.DECLINED,
    )
    make.booking(
        at_court=court,
        hearing=make.during("14:00", "14:30", on="2026-11-27"),
        previous_id=refused.id,
        status=Status.REQUESTED,
    )

    assert refused.reference not in text_of(officer.get("/court"))


@pytest.mark.parametrize("address", [*LISTS, "/court/today?as=csv"])
def test_lists_ask_the_same_few_questions_however_long_they_are(officer, court, address):
    counts = []
    for number in range(2):
        for _ in range(1 + 3 * number):
            make.booking(at_court=court, room=make.courtroom(court), by=make.counsel())
        with statements(db.engine) as seen:
            assert officer.get(address).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1]
    assert counts[0] <= 10, counts


def test_a_desk_with_something_of_everything_asks_at_most_ten_questions(officer, court):
    def ahead(hour, **more):
        hearing = make.during(f"{hour}:00", f"{hour}:30", on="2026-11-27")
        room = make.courtroom(court)
        return make.booking(at_court=court, room=room, hearing=hearing, by=make.counsel(), **more)

    failed_sms(ahead("09"))
    ahead("10", status=Status.REQUESTED, expires_at=make.at("09:00", on="2026-11-26"))
    ahead(
        "11",
        interpreter_language="Samoan",
        interpreter_state="wanted",
        interpreter_due_on=date(2026, 11, 24),
    )
    make.booking(at_court=court, room=make.courtroom(court))
    make.wait(ahead("12"))
    make.wait(ahead("13"), state=WaitState.LAPSED, ended_at=make.at("09:00"))
    with statements(db.engine) as seen:
        page = text_of(officer.get("/court"))

    assert "Samoan" in page
    assert "Waiting for a prison to answer" in page
    assert "(1 waiting)" in page
    assert len(seen) <= 10, [one[:90] for one in seen]


def failed_sms(booking):
    now = make.at("09:00")
    db.session.add(
        Sms(
            booking_id=booking.id,
            booking_version=1,
            time_version=1,
            counsel_id=booking.appearances[0].counsel_id,
            kind="booked",
            language="en",
            to_e164="+64211234567",
            body="AVL",
            ref="AB12CD34",
            due_at=now,
            expires_at=make.at("15:00"),
            state="undelivered",
            needs_staff=True,
            created_at=now,
            updated_at=now,
        )
    )
    db.session.commit()

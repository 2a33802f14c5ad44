"""A date without its year, or a weekday, is read the way that its field looks."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from avl.domain.access import Role
from avl.models import CustodyStay, Direction, Person, Site
from avl.web.frame import unbroken
from avl.web.registry.typed import Typed
from tests import make
from tests.conftest import Clock

# Now is Tue 24 Nov 2026, 10:00 am in Auckland.


def stays(session: Any, person: Person) -> list[tuple[datetime, datetime | None]]:
    session.rollback()
    found = select(CustodyStay).where(CustodyStay.person_id == person.id)
    rows = session.scalars(found.order_by(CustodyStay.starts_at))
    return [(row.starts_at, row.ends_at) for row in rows]


@pytest.mark.parametrize(
    ("typed", "on"),
    [("20 Nov", "2026-11-20"), ("yesterday", "2026-11-23"), ("26/11", "2026-11-26")],
)
def test_release_is_on_the_nearest_such_date(
    keeper: FlaskClient, session: Any, person: Person, typed: str, on: str
) -> None:
    sent = {"date": typed, "time": "09:00", "version": str(person.version)}

    done = keeper.post(f"/records/people/{person.id}/release", data=sent, follow_redirects=True)

    assert stays(session, person)[0][1] == make.at("09:00", on=on)
    assert f"{int(on[8:])} Nov 2026" in done.text


def test_release_on_a_weekday_asks_which(keeper: FlaskClient, person: Person) -> None:
    sent = {"date": "Friday", "time": "09:00", "version": str(person.version)}

    asked = keeper.post(f"/records/people/{person.id}/release", data=sent)

    assert asked.status_code == 422
    assert asked.text.count("Enter the date as well: Fri 20 Nov 2026 or Fri 27 Nov 2026.") == 2


@pytest.mark.parametrize(("typed", "on"), [("Monday", "2026-11-23"), ("20 Nov", "2026-11-20")])
def test_death_is_on_the_last_such_date(
    keeper: FlaskClient, session: Any, person: Person, typed: str, on: str
) -> None:
    sent = {"date": typed, "time": "09:00", "version": str(person.version)}

    done = keeper.post(f"/records/people/{person.id}/death", data=sent)

    assert done.status_code == 302
    assert stays(session, person)[0][1] == make.at("09:00", on=on)


def test_new_person_is_held_since_the_last_such_date(
    keeper: FlaskClient, session: Any, rimutaka: Site
) -> None:
    sent = {"prn": "90012345", "family_name": "Pōhatu", "site": str(rimutaka.id), "status": ""}
    typed = {"date": "20 Nov", "time": "09:15"}

    done = keeper.post("/records/people/new", data=sent | typed, follow_redirects=True)

    assert unbroken("is added, at Rimutaka Prison since Fri 20 Nov 2026, 9:15 am.") in done.text
    made = session.scalars(select(Person).where(Person.prn == "90012345")).one()
    assert stays(session, made)[0][0] == make.at("09:15", on="2026-11-20")


def test_what_is_saved_after_midnight_is_what_was_shown_before(
    client: FlaskClient, session: Any, clock: Clock, person: Person, arohata: Site
) -> None:
    late = make.during("10:00", "10:40", on="2026-11-26")
    make.booking(person, at_prison=person.stays[0].site, hearing=late)
    clock.set(make.at("23:55", on="2026-11-24"))
    keeper = make.sign_in(client, make.user(Role.AVL_COORDINATOR, person.stays[0].site))
    sent = {"date": "tomorrow", "time": "08:00", "site": str(arohata.id), "status": ""}
    path = f"/records/people/{person.id}/transfer"
    shown = keeper.post(path, data=sent | {"version": str(person.version)})
    assert "affects 1 booking." in shown.text
    form = shown.text.partition('name="step"')[0].rpartition("<form")[2]
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert kept["date"] == "2026-11-25"

    clock.forward(minutes=6)
    keeper.post(path, data=kept | {"step": "save"})

    assert stays(session, person)[1][0] == make.at("08:00", on="2026-11-25")


def test_direction_was_given_on_the_last_such_date(
    client: FlaskClient, session: Any, person: Person, rimutaka: Site
) -> None:
    booking = make.booking(person, at_prison=rimutaka)
    registrar = make.sign_in(client, make.user(Role.REGISTRY, booking.court))
    sent = {"mode": "avl", "role": "judicial_officer", "officer_name": "Judge Tamatea"}
    typed = {"reason": "Short", "directed_on": "20 Nov"}

    done = registrar.post(f"/court/bookings/{booking.reference}/direction", data=sent | typed)

    assert done.status_code == 303
    session.rollback()
    assert session.scalars(select(Direction.directed_on)).one().isoformat() == "2026-11-20"


@pytest.mark.parametrize(
    ("zone", "on"), [("Pacific/Auckland", "2026-11-25"), ("Pacific/Chatham", "2026-11-26")]
)
def test_tomorrow_in_the_booking_form_is_by_the_clock_of_the_court(
    app: Any, session: Any, clock: Clock, zone: str, on: str
) -> None:
    court = make.court(zone=zone)
    room = make.courtroom(court)
    clock.set(make.at("23:45", on="2026-11-24"))  # half past midnight in the Chatham Islands

    for where in (f"court-{court.id}", f"room-{room.id}"):
        form = MultiDict({"where": where, "date": "tomorrow"})
        assert Typed.from_form(form).date == on


def test_prison_day_names_what_is_no_date(keeper: FlaskClient) -> None:
    day = keeper.get("/prison/RIMP/day?on=9.10", follow_redirects=True)
    board = keeper.get("/prison/RIMP/board?date=9.10")

    for page in (day, board):
        assert page.status_code == 200
        assert "“9.10” is no date that this page knows." in page.text
        assert "24 Nov 2026" in page.text


DAYS = (
    "/court/today?on=",
    "/court/board?date=",
    "/prison/RIMP/day?on=",
    "/prison/RIMP/board?date=",
)
WEEKS = ("/court/week?on=", "/sittings?on=")


@pytest.mark.parametrize(
    ("typed", "day", "monday"),
    [
        ("20 Nov", "Fri 20 Nov 2026", "Mon 16 Nov 2026"),
        ("20/11", "Fri 20 Nov 2026", "Mon 16 Nov 2026"),
        ("4 Dec", "Fri 4 Dec 2026", "Mon 30 Nov 2026"),
        ("Friday", "Fri 27 Nov 2026", "Mon 23 Nov 2026"),
    ],
)
def test_pages_of_a_day_show_the_nearest_such_date_and_the_next_friday(
    client: FlaskClient,
    session: Any,
    person: Person,
    rimutaka: Site,
    typed: str,
    day: str,
    monday: str,
) -> None:
    court = make.court()
    make.courtroom(court)
    who = make.user(Role.REGISTRY, court)
    make.grant(who, Role.AVL_COORDINATOR, rimutaka)
    browser = make.sign_in(client, who)

    for path in (*DAYS, *WEEKS):
        page = browser.get(f"{path}{typed}", follow_redirects=True).text

        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
        assert heading is not None
        assert (day if path in DAYS else monday) in heading[1], path

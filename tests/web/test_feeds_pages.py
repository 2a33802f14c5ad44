"""Making and withdrawing feeds, and counsel's first page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.domain.booking import Status
from avl.models import AuditEvent, FeedToken, OptOut, db
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.web.test_prison import said


@pytest.fixture
def browser(session: Any, clock: Clock, client: FlaskClient) -> FlaskClient:
    """A browser whose forms carry no CSRF token."""
    client.application.config["WTF_CSRF_ENABLED"] = False
    return client


def test_feed_is_made_and_its_address_is_shown_once(browser: FlaskClient) -> None:
    prison = make.prison(short_name="Rimutaka", name="Rimutaka Prison", suites=2)
    make.sign_in(browser, make.user("prison_officer", prison))

    form = {"calendar": f"site-{prison.id}", "label": "Outlook at work"}
    answer = browser.post("/feeds/mine", data=form)

    assert (answer.status_code, answer.location) == (302, "/feeds/mine")
    page = browser.get("/feeds/mine").get_data(as_text=True)
    (address,) = re.findall(r"http://[^<]+/feeds/[\w-]{22,}\.ics", page)
    assert address not in browser.get("/feeds/mine").get_data(as_text=True)
    path = "/feeds/" + address.rpartition("/")[2]
    assert b"AVL Rimutaka Prison" in browser.get(path).data
    assert db.session.scalars(select(AuditEvent.action)).all() == ["make_feed"]


def test_feed_that_is_withdrawn_leaves_the_list(browser: FlaskClient) -> None:
    prison = make.prison()
    make.sign_in(browser, make.user("avl_coordinator", prison))
    browser.post("/feeds/mine", data={"calendar": f"site-{prison.id}", "label": "Old tablet"})
    feed = db.session.scalars(select(FeedToken)).one()

    answer = browser.post(f"/feeds/mine/{feed.id}/withdraw")

    assert answer.location == "/feeds/mine"
    assert feed.revoked_at is not None
    page = said(browser.get("/feeds/mine").get_data(as_text=True))
    assert "You have no calendar feeds yet" in page


def test_feed_of_somebody_else_cannot_be_withdrawn(browser: FlaskClient) -> None:
    prison = make.prison()
    make.sign_in(browser, make.user("avl_coordinator", prison))
    browser.post("/feeds/mine", data={"calendar": f"site-{prison.id}", "label": "Mine"})
    feed = db.session.scalars(select(FeedToken)).one()
    make.sign_in(browser, make.user("avl_coordinator", prison))

    assert browser.post(f"/feeds/mine/{feed.id}/withdraw").status_code == 404
    assert feed.revoked_at is None


@pytest.mark.parametrize(
    ("calendar", "label", "status"), [("", "x", 422), ("site-1x", "x", 422), ("site-9", "x", 404)]
)
def test_feed_of_no_calendar_of_mine_is_refused(
    browser: FlaskClient, calendar: str, label: str, status: int
) -> None:
    make.sign_in(browser, make.user("avl_coordinator", make.prison()))

    answer = browser.post("/feeds/mine", data={"calendar": calendar, "label": label})

    assert answer.status_code == status


def test_feed_without_a_label_keeps_what_was_chosen(browser: FlaskClient) -> None:
    prison = make.prison(suites=2)
    make.sign_in(browser, make.user("avl_coordinator", prison))
    suite = make.rooms(prison, "suite")[1]

    answer = browser.post("/feeds/mine", data={"calendar": f"suite-{suite.id}", "label": " "})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Say where you will use it" in page
    assert f'value="suite-{suite.id}" selected' in page


def test_feeds_page_says_that_a_feed_is_no_alert(browser: FlaskClient) -> None:
    make.sign_in(browser, make.user("registry", make.court()))

    page = said(browser.get("/feeds/mine").get_data(as_text=True))

    assert "A feed is not an alert" in page
    assert "Google Calendar every 12 to 24 hours" in page


def test_counsel_sees_own_next_appearances_with_the_conference(browser: FlaskClient) -> None:
    lawyer, other = make.counsel("Mere Parata"), make.counsel("Other")
    prison = make.prison(short_name="Rimutaka", suites=3)
    court = make.court(name="Hutt Valley District Court", courtrooms=3)
    rooms, courtrooms = make.rooms(prison, "suite"), make.rooms(court, "courtroom")
    for n, (name, by, status) in enumerate(
        (
            ("Mine", lawyer, Status.CONFIRMED),
            ("Theirs", other, Status.CONFIRMED),
            ("Off", lawyer, Status.CANCELLED),
        )
    ):
        make.booking(
            make.person(name, held_at=prison),
            suites=[rooms[n]],
            room=courtrooms[n],
            hearing=make.during("11:15", "11:45"),
            pre_minutes=15,
            by=by,
            status=status,
            staff_notes="hush",
        )
    make.sign_in(browser, make.user("counsel", counsel_id=lawyer.id))

    with statements(db.engine) as seen:
        page = said(browser.get("/counsel").get_data(as_text=True))

    # The day is for paper, where the row may stand on a sheet without the day's heading.
    assert "11:00 am Tue 24 Nov 2026 11:15 am to 11:45 am Tāne MINE" in page
    assert "THEIRS" not in page
    assert "hush" not in page
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("mobile", "more", "told"),
    [
        ("+64211234567", {}, "Texts about your appearances go to +64211234567 ."),
        ("", {}, "You get no texts: no mobile number of yours is recorded."),
        ("+64211234567", {"mobile_is_bad": True}, "You get no texts: +64211234567 does not work."),
    ],
)
def test_counsel_reads_where_their_texts_go(
    browser: FlaskClient, mobile: str, more: dict[str, bool], told: str
) -> None:
    lawyer = make.counsel(mobile=mobile, **more)
    make.sign_in(browser, make.user("counsel", counsel_id=lawyer.id))

    page = said(browser.get("/counsel").get_data(as_text=True))

    assert told.replace(" .", ".") in page.replace(" .", ".")


def test_counsel_who_asked_for_no_texts_reads_so(browser: FlaskClient) -> None:
    lawyer = make.counsel(mobile="+64211234567")
    db.session.add(OptOut(number=lawyer.mobile, source="reply", at=make.at("09:00")))
    db.session.commit()
    make.sign_in(browser, make.user("counsel", counsel_id=lawyer.id))

    page = said(browser.get("/counsel").get_data(as_text=True))

    assert "You get no texts: +64211234567 has asked for them to stop." in page


def test_counsel_is_told_what_came_off(browser: FlaskClient) -> None:
    lawyer = make.counsel()
    booking = make.booking(by=lawyer)
    booking.status, booking.version = Status.CANCELLED, 2
    db.session.commit()
    make.sign_in(browser, make.user("counsel", counsel_id=lawyer.id))

    assert f"Cancelled {booking.reference}" in said(browser.get("/counsel").get_data(as_text=True))

"""Waiting for a better time through the pages: from the refused move to the first screen."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking
from avl.commands.waitlist_serving import serve_waitlist
from avl.domain.access import Role
from avl.models import Booking, WaitlistEntry, db
from tests import make, waiting
from tests.counting import statements
from tests.scene import Scene, overlaps, tomorrow
from tests.waiting import only


@pytest.fixture
def browser(client: FlaskClient, scene: Scene) -> FlaskClient:
    return make.sign_in(client, make.user(Role.REGISTRY, scene.court))


@pytest.fixture
def mine(scene: Scene) -> Booking:
    """Aroha at two, from Arohata's only suite."""
    return request_booking(scene.request("14:00", scene.at_arohata()), by=scene.registrar)


@pytest.fixture
def in_the_way(scene: Scene) -> Booking:
    """Somebody else in that suite at ten."""
    return waiting.in_the_way(scene)


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", html.unescape(answer.get_data(as_text=True)))
    return " ".join(text.split())


def form_of(scene: Scene) -> dict[str, str]:
    return {
        "key": "k" * 22,
        "where": f"room-{scene.courtroom.id}",
        "date": "2026-11-25",
        "time": "10:00",
        "minutes": "30",
        "pre_minutes": "0",
        "post_minutes": "0",
        "reason": "The judge asked.",
    }


WINDOW = {
    "key": "k" * 22,
    "first": "25 Nov 2026",
    "last": "25 Nov 2026",
    "earliest": "10:00 am",
    "latest": "10:30 am",
    "deadline_date": "25 Nov 2026",
    "deadline_time": "9:00 am",
}


@pytest.fixture
def kept(browser: FlaskClient, scene: Scene, mine: Booking, in_the_way: Booking) -> WaitlistEntry:
    """Asked through the pages; ten o'clock has come free since."""
    base = f"/court/bookings/{mine.reference}/move"
    refused = browser.post(base, data=form_of(scene), follow_redirects=True)
    assert f'formaction="/court/waiting/move/{mine.reference}"' in refused.text
    led = browser.post(f"/court/waiting/move/{mine.reference}", data=form_of(scene))
    asked = browser.get(led.location)
    assert f"{mine.reference} keeps the time it has" in words(asked)
    assert 'value="10:00 am"' in asked.text
    address = f"/court/waiting/move/{mine.reference}/ask"
    done = browser.post(address, data=WINDOW, follow_redirects=True)
    assert f"{mine.reference} keeps its time, and waits for a better one." in words(done)
    cancel_booking(in_the_way.reference, by=scene.registrar, reason="Settled.")
    assert serve_waitlist(owner="w", working=timedelta(hours=1), may_go_on=lambda: True) == 1
    return only()


def test_what_came_free_stands_on_the_first_screen_and_is_moved_to(
    browser: FlaskClient, mine: Booking, kept: WaitlistEntry
) -> None:
    home = browser.get("/court")
    assert f"{mine.reference} has Wed 25 Nov 2026, 2:00 pm to 2:30 pm" in words(home)
    assert kept.booking is not None
    held = kept.booking.reference
    # What is kept is not a booking to make: its page leads to the wait.
    check = browser.get(f"/court/bookings/{held}/check")
    assert check.location == f"/court/waiting/{kept.id}"
    with statements(db.engine) as seen:
        page = browser.get(check.location)
    assert len(seen) <= 10
    assert "Aroha KEREAMA waits for a better time" in words(page)
    assert 'value="The judge asked."' in page.text

    path = f"/court/waiting/{kept.id}/take"
    version = only().version
    unsaid = browser.post(path, data={"version": version, "reason": ""})
    assert (unsaid.status_code, "Say why the booking is moved." in unsaid.text) == (422, True)
    done = browser.post(path, data={"version": version, "reason": "The judge asked."})

    assert done.location == f"/court/bookings/{mine.reference}"
    assert "is moved to Wed 25 Nov 2026, 10:00 am to 10:30 am" in words(browser.get(done.location))
    db.session.expire_all()
    assert (mine.starts_at, overlaps()) == (tomorrow("10:00"), 0)
    ended = words(browser.get("/court/waiting?state=ended"))
    assert f"Moved: {mine.reference}" in ended


def test_giving_it_back_keeps_the_booking_and_waits_on(
    browser: FlaskClient, mine: Booking, kept: WaitlistEntry
) -> None:
    assert kept.booking is not None
    back = browser.post(f"/court/bookings/{kept.booking.reference}/give-back")

    assert back.location == f"/court/waiting/{kept.id}"
    assert only().state == "waiting"
    assert mine.starts_at == tomorrow("14:00")
    assert f"{mine.reference} has Wed 25 Nov 2026" in words(browser.get("/court/waiting"))


def test_without_what_was_typed_it_leads_to_the_form(browser: FlaskClient, mine: Booking) -> None:
    answer = browser.get(f"/court/waiting/move/{mine.reference}")

    assert answer.location == f"/court/bookings/{mine.reference}/move"

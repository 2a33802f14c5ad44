"""The prison's, counsel's and feeds' pages in a real browser: looks, keyboard, no JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.agreement import connect_booking
from avl.commands.changes import cancel_booking
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.models import Booking, Site, db
from tests import make
from tests.browser.looking import enter
from tests.conftest import Clock

PHONE = {"width": 390, "height": 844}
DAY = "/prison/RIMP/day/2026-11-24"


@dataclass
class Today:
    """A prison's morning, and how to be somebody in a browser."""

    app: Flask
    address: str
    prison: Site
    request: Booking
    running: Booking

    def sign_in(self, page: Page, role: str, **more: Any) -> Page:
        who = make.user(role, self.prison if role != "counsel" else None, **more)
        enter(page, self.app, self.address, who)
        return page


@pytest.fixture
def today(app: Flask, session: Any, clock: Clock, live_server: str) -> Today:
    prison = make.prison("RIMP", short_name="Rimutaka", suites=3)
    court = make.court("HUTDC", short_name="Hutt Valley", courtrooms=3)
    suites, rooms = make.rooms(prison, "suite"), make.rooms(court, "courtroom")
    lawyer = make.counsel()

    def book(n: int, name: str, **more: Any) -> Booking:
        person = make.person(name, "Tāne", held_at=prison)
        return make.booking(person, suites=[suites[n]], room=rooms[n], by=lawyer, **more)

    running = book(0, "Running", hearing=make.during("09:45", "10:30"), pre_minutes=15)
    asked = book(
        1,
        "Asked",
        hearing=make.during("11:00", "11:30"),
        post_minutes=10,
        status=Status.REQUESTED,
        expires_at=make.at("10:45"),
        prison_notes="Bring glasses.",
        made_at=clock.now,
    )
    off = book(2, "Off", hearing=make.during("13:00", "14:00"))
    cancel_booking(off.reference, by=SYSTEM, reason="Pleaded by letter")
    return Today(app, live_server, prison, asked, running)


PAGES = [
    "/prison",
    "/prison/requests",
    DAY,
    "/prison/RIMP/week/2026-11-24",
    "/prison/RIMP/run-sheet/2026-11-24",
    "/prison/RIMP/movements/2026-11-24",
    "/feeds/mine",
]


def test_prison_pages_are_accessible_and_fit(
    page: Page, today: Today, assert_accessible: Callable[[Page], None]
) -> None:
    today.sign_in(page, "avl_coordinator")
    bookings = [f"/prison/bookings/{b.reference}" for b in (today.request, today.running)]
    for path in [*PAGES, *bookings]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        assert_accessible(page)
        expect(page.locator("h1")).to_have_count(1)
        page.set_viewport_size(PHONE)
        assert_accessible(page)
        too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(too_wide), path


def test_counsels_page_is_accessible(
    page: Page, today: Today, assert_accessible: Callable[[Page], None]
) -> None:
    lawyer = today.request.appearances[0].counsel_id
    today.sign_in(page, "counsel", counsel_id=lawyer)
    for path in ("/counsel", "/feeds/mine"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/counsel")
    expect(page.get_by_text("Tāne ASKED")).to_be_visible()


def test_request_is_confirmed_with_the_keyboard_alone(page: Page, today: Today) -> None:
    today.sign_in(page, "avl_coordinator")
    page.goto("/prison")
    wanted = f"Confirm {today.request.reference}"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == wanted:
            break
    page.keyboard.press("Enter")

    expect(page.get_by_text("is confirmed for your site")).to_be_visible()
    db.session.rollback()  # expiring alone would stay in the snapshot before the click
    assert today.request.status is Status.CONFIRMED


def test_request_is_declined_without_javascript(plain_page: Page, today: Today) -> None:
    page = today.sign_in(plain_page, "avl_coordinator")
    page.goto("/prison")
    page.get_by_role("link", name="Decline or look").click()
    page.get_by_role("button", name="Decline the request").click()
    expect(page.get_by_role("link", name="Say why the request is declined")).to_be_visible()

    page.get_by_label("Or decline").fill("Lock-down this morning")
    page.get_by_role("button", name="Decline the request").click()

    expect(page.get_by_text("Why: Lock-down this morning")).to_be_visible()


def test_day_keeps_itself_up_to_date(page: Page, today: Today) -> None:
    page.clock.install()
    today.sign_in(page, "avl_coordinator")
    page.goto(DAY)
    row = page.get_by_role("row").filter(has_text="Tāne RUNNING")
    expect(row).to_contain_text("Confirmed")
    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.fast_forward(15_000)

    connect_booking(today.running.reference, by=SYSTEM)
    with page.expect_response(lambda answer: answer.status == 200):
        page.clock.fast_forward(15_000)

    expect(row).to_contain_text("Connected")


def test_run_sheet_prints_only_what_belongs_on_paper(page: Page, today: Today) -> None:
    today.sign_in(page, "prison_officer")
    page.goto("/prison/RIMP/run-sheet/2026-11-24")
    page.emulate_media(media="print")

    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_text("Printed Tue 24 Nov 2026")).to_be_visible()
    for words in ("Bring glasses.", "Suite 2", "NEW", "Do not fetch"):
        expect(page.get_by_text(words).first).to_be_visible()


def test_feed_is_made_and_withdrawn(page: Page, today: Today) -> None:
    today.sign_in(page, "avl_coordinator")
    page.goto("/feeds/mine")
    page.get_by_label("Calendar").select_option("Rimutaka, Suite 2")
    page.get_by_label("Where you will use it").fill("Wall screen")
    page.get_by_role("button", name="Make feed").click()
    address = page.locator("code").inner_text()

    assert page.request.get(address).ok
    page.get_by_role("button", name="Withdraw Wall screen").click()
    expect(page.get_by_text("is withdrawn")).to_be_visible()
    assert "Please unsubscribe" in page.request.get(address).text()

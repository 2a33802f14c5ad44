"""The ways out of a refused move in a real browser, looked at by axe; tests/web tries the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking
from avl.commands.waitlist_serving import serve_waitlist
from avl.domain.access import Role
from avl.models import db
from tests import make
from tests.browser.looking import enter, shot
from tests.scene import TOMORROW, Scene

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def clerk(app: Flask, place: Scene, live_server: str, page: Page) -> Page:
    """The tab of an officer."""
    who = make.user(Role.REGISTRY, place.court, name="Ana Brown")
    enter(page, app, live_server, who)
    return page


@pytest.fixture
def look(clerk: Page, assert_accessible: Any) -> Any:
    """Look at a page as it is on a phone; keep pictures where somebody asked for them."""

    def at(name: str) -> None:
        shot(clerk, name)
        clerk.set_viewport_size(PHONE)  # type: ignore[arg-type]
        shot(clerk, f"{name}-phone")
        assert clerk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert_accessible(clerk)
        clerk.set_viewport_size(DESK)  # type: ignore[arg-type]

    return at


def press(page: Page, name: str) -> None:
    """Press the first button of this name."""
    page.get_by_role("button", name=name).first.click()


def test_a_refused_move_leads_to_room_to_prisons_and_to_a_wait(
    clerk: Page, plain_page: Page, place: Scene, look: Any
) -> None:
    place.rimutaka.subkind = "male"
    place.rimutaka.phone = "04 123 4567"
    place.rimutaka.latitude, place.rimutaka.longitude = -41.1383, 175.0502
    where = {"subkind": "male", "latitude": -40.3564, "longitude": 175.6111, "phone": "06 350 1111"}
    make.prison("MAN", short_name="Manawatū", suites=2, **where)
    db.session.commit()
    other = place.seat(make.person("Ngata", "Wiremu", held_at=place.rimutaka), place.second_suite)
    both_suites = place.request(
        "10:00", place.seat(place.hemi), other, courtroom=place.second_courtroom
    )
    in_the_way = request_booking(both_suites, by=place.registrar)
    mine = request_booking(place.request("14:00"), by=place.registrar)

    address = f"/court/bookings/{mine.reference}/move?date={TOMORROW}&time=10:00"
    clerk.goto(address)
    expect(clerk.get_by_role("heading", name="Make room at this time")).to_be_visible()
    clerk.get_by_label("Why is it moved?").fill("The judge asked.")

    press(clerk, "Make room")
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("Make room for Tāne RĀWIRI")
    clerk.get_by_role("link", name="Back to the form").click()
    transfer = clerk.locator("#transfer-1")
    expect(transfer).to_contain_text("Manawatū, 99 km: Suite 1, Suite 2")
    expect(clerk.locator("[data-way]").last).to_contain_text("In person")
    look("move-prisons")
    _without_a_script(clerk, plain_page, address)

    press(clerk, "Wait for this time")
    press(clerk, "Wait for a better time")
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("waits for a better time")
    cancel_booking(in_the_way.reference, by=place.registrar, reason="Settled.")
    serve_waitlist(owner="w", working=timedelta(hours=1), may_go_on=lambda: True)
    clerk.reload()
    look("move-wait-kept")
    press(clerk, "Move it there")

    expect(clerk.get_by_text("is moved to Wed 25 Nov 2026, 10:00 am to 10:30 am")).to_be_visible()


def _without_a_script(clerk: Page, plain: Page, address: str) -> None:
    """A button leads to the same prisons on a page of their own, and back to the times."""
    plain.context.add_cookies(clerk.context.cookies())  # type: ignore[arg-type]
    plain.goto(address)
    press(plain, "See prisons")
    expect(plain.get_by_role("row", name="Manawatū")).to_contain_text("99 km")
    plain.get_by_role("button", name="Back to the times offered").click()
    expect(plain.get_by_role("button", name="See prisons")).to_be_visible()

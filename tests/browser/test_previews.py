"""What a change would break, as it is shown before saving: read, seen on a phone, by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect

from avl.domain.access import Role
from avl.domain.interval import Interval
from avl.models import ResourceKind
from tests import make
from tests.browser.looking import shot, sign_in
from tests.browser.test_worklist import half_an_hour
from tests.conftest import Clock
from tests.scene import TOMORROW


def test_an_outage_of_fifteen_bookings_names_every_way_out(
    app: Flask,
    session: Any,
    clock: Clock,
    page: Page,
    live_server: str,
    assert_accessible: Callable[[Page], None],
) -> None:
    prison, court = make.prison("RIM", suites=3), make.court("HVDC", courtrooms=3)
    suites, rooms = (
        make.rooms(prison, ResourceKind.SUITE),
        make.rooms(court, ResourceKind.COURTROOM),
    )
    for number in range(15):
        starts = make.at(f"{9 + number % 8:02}:00", on=(TOMORROW, "2026-11-26")[number // 8])
        half_an_hour(number, starts, at_court=court, room=rooms[0], suite=suites[0])
    sign_in(page, app, live_server, (Role.AVL_COORDINATOR, prison))

    page.goto("/worklist/outage")
    page.get_by_label("Which room?").select_option(label="Suite 1")
    page.get_by_label("Why?").fill("no picture")
    page.get_by_role("button", name="See what this affects").click()

    expect(page.get_by_role("heading", level=2).first).to_contain_text("affects 15 bookings.")
    expect(page.get_by_text(", Suite 2").first).to_be_visible()
    assert_accessible(page)
    shot(page, "preview_outage")
    page.locator("summary", has_text="3 more").press("Enter")
    expect(page.locator("details li")).to_have_count(3)
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(page)
    shot(page, "preview_outage_phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_record_is_changed_by_keyboard_without_a_script(
    app: Flask,
    session: Any,
    clock: Clock,
    plain_page: Page,
    live_server: str,
) -> None:
    prison, court = make.prison("RIM"), make.court("HVDC")
    person = make.person("Pohatu", "Hemi", held_at=prison)
    for on in (TOMORROW, "2027-02-10"):
        hearing = Interval(make.at("10:00", on=on), make.at("10:30", on=on))
        make.booking(person, at_court=court, at_prison=prison, hearing=hearing)
    page = plain_page
    sign_in(page, app, live_server, (Role.REGISTRY, court))

    page.goto(f"/records/people/{person.id}")
    shot(page, "person")
    page.get_by_role("link", name="Change the record").press("Enter")
    page.get_by_label("Needs an interpreter").fill("Samoan")
    page.get_by_label("Needs an interpreter").press("Enter")

    expect(page.get_by_role("status")).to_contain_text("These bookings will need an interpreter")
    shot(page, "record_change")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "record_change_phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Change it").press("Enter")
    expect(page.get_by_text("2 bookings need an interpreter")).to_be_visible()
    shot(page, "record_changed")

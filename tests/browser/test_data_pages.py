"""The installation's data changed in a real browser: without scripts, whole on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.domain.access import Role
from tests import make
from tests.browser.looking import enter

WIDTH = 390


def test_week_is_changed_without_a_script(scene, app, live_server, plain_page: Page):
    request_booking(scene.request("16:00"), by=scene.registrar)
    who = make.user(Role.MANAGER, scene.rimutaka)
    enter(plain_page, app, live_server, who)
    plain_page.set_viewport_size({"width": WIDTH, "height": 900})
    plain_page.goto("/sites/RIM/hours")
    plain_page.get_by_role("button", name="Change the week").click()
    plain_page.get_by_label("From which date?").fill("25 Nov 2026")
    end = plain_page.get_by_label("End of opening 1")
    end.fill("3 pm")
    end.press("Enter")
    expect(plain_page.get_by_text("affects 1 booking.")).to_be_visible()
    plain_page.get_by_role("button", name="Save this week").click()
    expect(plain_page.get_by_text("1 booking needs a way out")).to_be_visible()
    assert plain_page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def test_pages_of_data_are_accessible(scene, app, live_server, page: Page, assert_accessible):
    make.mode_rule()
    who = make.user(Role.ADMINISTRATOR)
    enter(page, app, live_server, who)
    page.set_viewport_size({"width": WIDTH, "height": 900})
    site = ("hours", "hours/change", f"rooms/{scene.suite.id}")
    for path in (*(f"/sites/RIM/{one}" for one in site), "/admin/modes", "/admin/modes/ACT8-1"):
        page.goto(path)

        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def test_long_lists_are_short_on_a_phone(scene, app, live_server, page: Page):
    request_booking(scene.request("16:00"), by=scene.registrar)
    make.mode_rule()
    page.set_viewport_size({"width": WIDTH, "height": 900})
    administrator = make.user(Role.ADMINISTRATOR)
    registrar = make.user(Role.REGISTRY, scene.court)
    for who, path, drawn in (
        (administrator, "/admin/types", "block"),
        (administrator, "/admin/modes", "block"),
        (registrar, "/court/week", "grid"),
    ):
        enter(page, app, live_server, who)
        page.goto(path)
        heads = page.locator("main thead").first.bounding_box()
        row = page.locator("main tbody tr:has(td)").first
        dot = (
            row.locator("td").nth(1).evaluate("cell => getComputedStyle(cell, '::before').content")
        )

        # One of the two ways to be short, whole: no heads of columns, and dots only between words.
        assert heads is not None
        assert heads["height"] <= 1
        assert row.evaluate("row => getComputedStyle(row).display") == drawn
        assert ("·" in dot) == (drawn == "block")

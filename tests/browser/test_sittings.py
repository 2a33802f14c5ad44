"""Sittings in a real browser: without scripts, accessible, whole on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.commands.sittings import SittingTerms, add_sitting
from avl.domain.access import Role
from tests import make
from tests.browser.looking import enter, shot
from tests.scene import tomorrow


@pytest.mark.parametrize("width", [1280, 390])
def test_sitting_is_added_without_a_script(
    scene, app, live_server, plain_page: Page, page: Page, assert_accessible, width
):
    request_booking(scene.request("14:00"), by=scene.registrar)
    taken = SittingTerms(tomorrow("10:00"), tomorrow("12:00"), "Bail list", "Judge Tui")
    add_sitting(scene.second_courtroom.id, taken, by=scene.registrar)
    who = make.user(Role.REGISTRY, scene.court)
    for tab in (plain_page, page):
        enter(tab, app, live_server, who)
        tab.set_viewport_size({"width": width, "height": 900})
    plain_page.goto("/sittings")
    plain_page.get_by_role("button", name="Add a sitting").click()
    plain_page.get_by_label("Which courtroom?").select_option(str(scene.courtroom.id))
    plain_page.get_by_label("On which date?").fill("25 Nov 2026")
    plain_page.get_by_label("From").fill("10:00")
    plain_page.get_by_label("To", exact=True).fill("1 pm")
    plain_page.get_by_label("To", exact=True).press("Enter")
    expect(plain_page.get_by_text("affects 1 booking.")).to_be_visible()
    shot(plain_page, f"sittings-preview-{width}")
    plain_page.get_by_role("button", name="Add it").click()
    expect(plain_page.get_by_text("1 booking needs a way out")).to_be_visible()

    plain_page.goto("/sittings/import")
    rows = "date,courtroom,from,to\n25 Nov 2026,Courtroom 1,9:00,11:00\n25 Nov 2026,Courtroom 2,,"
    plain_page.get_by_label("Or its rows, pasted").fill(rows)
    plain_page.get_by_role("button", name="See what this affects").click()
    expect(plain_page.get_by_text("Sittings: 2 added, 2 removed, 0 unchanged.")).to_be_visible()
    shot(plain_page, f"sittings-roster-{width}")
    plain_page.get_by_label("Or its rows, pasted").fill(rows.replace("Courtroom 2", "Court 2"))
    plain_page.get_by_role("button", name="See again what this affects").click()
    expect(plain_page.get_by_role("cell", name="courtroom", exact=True)).to_be_visible()
    shot(plain_page, f"sittings-faults-{width}")
    plain_page.goto("/sittings")
    plain_page.get_by_role("link", name="Remove").first.click()
    shot(plain_page, f"sittings-remove-{width}")

    for path in ("/sittings", "/sittings/add", "/sittings/import"):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"sittings-{path.rpartition('/')[2]}-{width}")

"""Keeping two people apart in a real browser: without scripts, accessible, whole on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from avl.domain.access import Role
from tests import make
from tests.browser.looking import enter, shot
from tests.commands.test_company import of_hemi
from tests.commands.test_company import request_booking as book


@pytest.fixture
def two(scene):
    book(scene.request("10:00"), by=scene.registrar)
    book(of_hemi(scene, "10:00"), by=scene.registrar)
    return scene


@pytest.mark.parametrize("width", [1280, 390])
def test_two_people_are_kept_apart_without_a_script(
    app, live_server, plain_page: Page, page: Page, assert_accessible, two, width
):
    who = make.user(Role.REGISTRY, two.court)
    for tab in (plain_page, page):
        enter(tab, app, live_server, who)
        tab.set_viewport_size({"width": width, "height": 900})
    plain_page.goto(f"/records/people/{two.tane.id}")
    plain_page.get_by_role("link", name="Kept apart from").click()
    plain_page.get_by_label("PRN of the other person").fill(two.hemi.prn)
    plain_page.get_by_label("Why?").fill("Rival gangs")
    plain_page.get_by_label("Why?").press("Enter")
    expect(
        plain_page.get_by_text("Keeping Tāne Rāwiri and Hēmi Parata apart affects 2 bookings.")
    ).to_be_visible()
    shot(plain_page, f"apart-preview-{width}")
    plain_page.get_by_role("button", name="Keep them apart").click()
    expect(plain_page.get_by_text("2 bookings need a way out")).to_be_visible()

    page.goto(f"/records/people/{two.tane.id}/apart")

    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"apart-list-{width}")

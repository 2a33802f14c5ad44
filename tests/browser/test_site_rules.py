"""The rules of a site and the list of who is kept apart: accessible, and whole on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from avl.domain.access import Role
from tests import make
from tests.browser.looking import enter


@pytest.mark.parametrize("width", [1280, 390])
def test_rules_and_pairs_are_read_on_any_screen(
    app, scene, live_server, page: Page, assert_accessible, width
):
    make.keep_apart(scene.tane, scene.hemi)
    who = make.user(Role.AVL_COORDINATOR, scene.rimutaka)
    enter(page, app, live_server, who)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/prison")
    page.get_by_role("link", name="Rules of Rimutaka").click()
    expect(page.get_by_text("People under 18 are never in the AVL area")).to_be_visible()
    for path in ("/sites/RIM", "/sites", "/records/apart"):
        page.goto(path)

        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

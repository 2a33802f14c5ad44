"""A way out that takes a direction: opened, typed and accepted by keyboard; looked at by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.commands.closures import close_site
from avl.commands.disruptions import work_out_ways
from avl.domain.access import Role
from tests import make
from tests.browser.looking import shot, sign_in
from tests.scene import TOMORROW, Scene


def test_what_a_way_asks_is_typed_beside_it(
    app: Flask,
    scene: Scene,
    page: Page,
    live_server: str,
    assert_accessible: Callable[[Page], None],
) -> None:
    request_booking(scene.request("10:00"), by=scene.registrar)
    protocol = {"layer": "protocol", "mode": "in_person", "override_role": "registrar"}
    sentence = "bail is in person from then on."
    make.mode_rule("PROT-1", **protocol, from_on=date(2026, 11, 26), sentence=sentence)
    on = date.fromisoformat(TOMORROW)
    close_site(scene.court.id, on=on, reason="flood", by=scene.registrar)
    work_out_ways()
    sign_in(page, app, live_server, (Role.REGISTRY, scene.court))

    page.goto("/worklist")
    page.locator("summary", has_text="Accept with a direction").press("Enter")
    page.get_by_label("Officer’s name").fill("Registrar Tamatea")
    assert_accessible(page)
    shot(page, "directed")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "directed_phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Accept the way out").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Say who decided this")
    assert_accessible(page)
    expect(page.get_by_label("Officer’s name")).to_have_value("Registrar Tamatea")
    page.get_by_label("Registrar", exact=True).check()
    page.get_by_label("Reason").fill("Short hearing")
    page.get_by_label("Reason").press("Enter")
    expect(page.get_by_text("is dealt with. Everybody concerned has been told.")).to_be_visible()

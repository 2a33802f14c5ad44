"""Recorded twice, and a death: the two pages that cannot be hurried, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.domain.access import Role
from tests import make
from tests.browser.looking import shot, sign_in
from tests.scene import Scene


@pytest.mark.parametrize("width", [1280, 390])
def test_two_records_become_one_and_a_death_is_recorded(
    app: Flask,
    scene: Scene,
    page: Page,
    live_server: str,
    width: int,
    assert_accessible: Callable[[Page], None],
) -> None:
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka, prn="TWIN0001")
    make.keep_apart(twin, scene.hemi)
    request_booking(scene.request("10:00"), by=scene.registrar)
    beside = scene.seat(scene.hemi, scene.second_suite)
    other_room = scene.second_courtroom
    request_booking(scene.request("10:00", beside, courtroom=other_room), by=scene.registrar)
    make.person("Kereama", "Wiremu", held_at=scene.rimutaka, prn="ALIAS001")
    sign_in(page, app, live_server, (Role.AVL_COORDINATOR, scene.rimutaka))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/records/people/{scene.tane.id}/merge?prn=ALIAS001")
    page.get_by_role("button", name="Make them one").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The names are quite different")
    assert_accessible(page)
    shot(page, f"merge-doubt-{width}")
    page.get_by_role("link", name="The names are quite different").press("Enter")
    expect(page.get_by_label("They are one person")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Make them one").press("Enter")
    expect(page.get_by_text("They are one now")).to_be_visible()
    page.goto(f"/records/people/{scene.tane.id}")
    page.get_by_role("link", name="This person is recorded twice").click()
    page.get_by_label("PRN of the other record").fill("twin0001")
    page.get_by_role("button", name="See both").press("Enter")
    assert_accessible(page)
    shot(page, f"merge-{width}")
    page.get_by_role("button", name="Make them one").click()
    expect(page.get_by_role("heading", name="affects 2 bookings")).to_be_visible()
    assert_accessible(page)
    shot(page, f"merge-breaks-{width}")
    page.get_by_role("button", name="Make them one").click()
    expect(page.get_by_text("They are one now")).to_be_visible()
    assert_accessible(page)
    shot(page, f"person-{width}")

    page.get_by_role("link", name="Record a death").click()
    assert_accessible(page)
    shot(page, f"death-{width}")
    page.locator("#time").fill("09:00")
    page.get_by_role("button", name="Record the death").click()
    expect(page.get_by_text("Died on Tue 24 Nov 2026")).to_be_visible()
    assert_accessible(page)

"""Waiting for a time as an officer does it: with and without JavaScript, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.changes import cancel_booking
from avl.commands.waitlist_serving import serve_waitlist
from avl.domain.access import SYSTEM, Role
from tests import make
from tests import scene as scenes
from tests.browser.looking import shot, sign_in
from tests.scene import Scene

TEN = make.during("10:00", "10:30", on=scenes.TOMORROW)


def is_picker(page: Page) -> bool:
    return page.locator("#date").get_attribute("type") == "date"


def fill(page: Page, scene: Scene) -> None:
    """Ask for a time that cannot be had, without a mouse where a key will do."""
    page.goto(f"/court/book/form?person={scene.aroha.id}")
    page.get_by_label("Hearing type").select_option("CRB")
    page.locator("#date").fill("2026-11-25" if is_picker(page) else "25 Nov 2026")
    page.locator("#time").fill("10:00")
    page.get_by_label("Courtroom").select_option(f"court-{scene.court.id}")
    page.get_by_role("button", name="Find times").press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_wait_be_given_a_time_and_book_it(
    app: Flask,
    scene: Scene,
    session: Any,
    page: Page,
    live_server: str,
    width: int,
    assert_accessible: Callable[[Page], None],
) -> None:
    other = make.person("Ngata", "Ana", held_at=scene.arohata)
    taken = make.booking(
        other,
        room=scene.courtroom,
        suites=[scene.women_suite],
        hearing=TEN,
    )
    sign_in(page, app, live_server, (Role.REGISTRY, scene.court))
    page.set_viewport_size({"width": width, "height": 900})
    fill(page, scene)
    shot(page, f"wait-form-{width}")
    page.get_by_role("button", name="Wait for a time").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Wait for a time: Aroha KEREAMA")
    page.get_by_label("To", exact=True).fill("25 Nov 2026")
    page.get_by_label("From", exact=True).fill("25 Nov 2026")
    page.get_by_label("Not before").fill("10 am")
    page.get_by_label("Over by").fill("10:30")
    page.get_by_label("Date", exact=True).fill("25 Nov 2026")
    page.get_by_label("at", exact=True).fill("9 am")
    assert_accessible(page)
    shot(page, f"wait-ask-{width}")
    page.get_by_role("button", name="Wait for a time").press("Enter")
    expect(page.get_by_text("It is waiting.")).to_be_visible()
    assert_accessible(page)
    shot(page, f"wait-entry-{width}")
    page.goto("/court/waiting")
    assert_accessible(page)
    shot(page, f"wait-list-{width}")

    session.rollback()
    cancel_booking(taken.reference, by=SYSTEM, reason="Settled.")
    serve_waitlist(owner="w", working=timedelta(hours=1), may_go_on=lambda: True)
    page.goto("/court")
    assert_accessible(page)
    shot(page, f"wait-home-{width}")
    page.get_by_role("link", name="Aroha KEREAMA, Bail application").click()
    assert_accessible(page)
    shot(page, f"wait-offered-{width}")
    page.goto("/court")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_text("Booked and confirmed")).to_be_visible()
    page.goto("/court/waiting?state=ended")
    assert_accessible(page)
    shot(page, f"wait-ended-{width}")


def test_a_wait_can_be_asked_for_without_javascript(
    app: Flask, scene: Scene, plain_page: Page, live_server: str
) -> None:
    make.booking(room=scene.courtroom, suites=[scene.women_suite], hearing=TEN)
    page = plain_page
    sign_in(page, app, live_server, (Role.REGISTRY, scene.court))
    fill(page, scene)
    page.get_by_role("button", name="Wait for a time").click()
    page.get_by_label("To", exact=True).fill("some day")
    page.get_by_role("button", name="Wait for a time").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a real date")
    expect(page.get_by_label("To", exact=True)).to_have_value("some day")
    page.get_by_label("To", exact=True).fill("27 Nov 2026")
    page.get_by_role("button", name="Wait for a time").click()

    expect(page.get_by_text("1 of 1 at Hutt Valley")).to_be_visible()

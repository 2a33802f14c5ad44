"""On a phone as on a desk, no time of day stands with its "am" or "pm" on the next line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from avl.commands.outages import record_outage
from avl.domain.access import SYSTEM, Role
from avl.domain.booking import Status
from avl.models import Booking
from tests import make
from tests.browser.looking import shot, sign_in
from tests.conftest import Clock

BROKEN_TIMES = """() => {
  const broken = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    for (const found of node.data.matchAll(/\\d{1,2}:\\d\\d\\s[ap]m/g)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
      if (lines.size > 1) broken.push(node.data.trim());
    }
  }
  return broken;
}"""


@pytest.fixture
def booking(app: Flask, session: Any, clock: Clock, live_server: str, page: Page) -> Booking:
    """A request with both conferences and an interpreter to ask for, its suite out of use; who
    looks is of the registry, and a manager."""
    prison = make.prison("RIMP", short_name="Rimutaka")
    court = make.court("HUTDC", name="Hutt Valley District Court", short_name="Hutt Valley")
    booking = make.booking(
        at_court=court,
        at_prison=prison,
        by=make.counsel(),
        hearing=make.during("10:15", "11:45", on="2026-11-25"),
        pre_minutes=30,
        post_minutes=15,
        status=Status.REQUESTED,
        interpreter_language="Samoan",
        interpreter_state="wanted",
        interpreter_due_on=date(2026, 11, 20),
        expires_at=make.at("09:45", "2026-11-25"),
    )
    suite, out_from = booking.appearances[0].suite_id, make.at("08:00", "2026-11-25")
    record_outage(suite, start=out_from, end=None, reason="flood", by=SYSTEM)
    clock.set(make.at("08:30", "2026-11-25"))
    sign_in(page, app, live_server, (Role.REGISTRY, court), (Role.MANAGER, court))
    return booking


PAGES = [
    "/manage",
    "/court",
    "/court/requests",
    "/court/interpreters",
    "/court/bookings/{reference}",
    "/court/bookings/{reference}/print",
    "/court/bookings/{reference}/move",
    "/court/bookings/{reference}/amend",
    "/court/bookings/{reference}/cancel",
    "/court/bookings/{reference}/direction",
    "/court/bookings/{reference}/interpreter",
]


def test_no_time_of_day_is_broken_however_narrow_the_page(page: Page, booking: Booking) -> None:
    broken = set()
    for path in PAGES:
        page.set_viewport_size({"width": 390, "height": 844})
        answer = page.goto(path.format(reference=booking.reference))
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_load_state()
        assert page.locator("main").get_by_text("10:15 am").count() > 0, path
        shot(page, f"times{path.format(reference='').replace('/', '-')}")
        for width in range(320, 481, 8):
            page.set_viewport_size({"width": width, "height": 844})
            broken |= {(path, words) for words in page.evaluate(BROKEN_TIMES)}

    assert sorted(broken) == []

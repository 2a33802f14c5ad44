"""The console phones in a real browser: readable by everybody, in both languages."""

from __future__ import annotations

import pytest

from avl.jobs import run_job
from tests import make
from tests.browser.looking import shot
from tests.sms.carrying import tell


@pytest.fixture
def two_phones(app, session, clock) -> None:
    """One counsel who reads English and one who reads te reo, texted on the console."""
    for name, number, language in (
        ("Mere Parata", "+64211234567", "mi"),
        ("Ari Ngata", "+64217654321", "en"),
    ):
        counsel = make.counsel(name, mobile=number, language=language)
        for start in ("10:00", "14:00"):
            hearing = make.during(start, f"{start[:2]}:30", on="2026-11-27")
            tell(make.booking(by=counsel, hearing=hearing, pre_minutes=15).id)
    run_job(app, "dispatch")


def test_phones_show_their_texts_and_everybody_can_read_them(
    two_phones, live_server, page, assert_accessible
):
    page.goto(f"{live_server}/dev/phone")

    assert page.get_by_role("heading", level=1).inner_text() == "Console phones"
    assert page.locator(".avl-phone").count() == 2
    assert page.locator(".avl-phone__text").count() == 4
    assert page.locator('.avl-phone__body[lang="mi"]').count() == 2
    assert_accessible(page)
    shot(page, "phones", whole=False)


def test_empty_phones_page_says_what_to_do(app, live_server, plain_page):
    plain_page.goto(f"{live_server}/dev/phone")

    assert "No text has been sent yet" in plain_page.inner_text("main")

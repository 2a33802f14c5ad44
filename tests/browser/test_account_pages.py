"""Signing in, one's account, the manager's and the administrator's pages in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.security import generate_password_hash

from avl.commands import sign_in as entry
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import User
from tests import make
from tests.browser.looking import enter, shot
from tests.conftest import Clock

PASSWORD = "four plain words typed"


@pytest.fixture
def somebody(app: Flask, session: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> User:
    """A manager who also administers, with two bookings to count."""
    app.config["WTF_CSRF_ENABLED"] = True
    monkeypatch.setattr(entry, "PASSWORD_METHOD", "pbkdf2:sha512:1000")
    court, prison = make.court(short_name="Hutt Valley"), make.prison(short_name="Rimutaka")
    make.booking(at_court=court, at_prison=prison)
    make.booking(
        at_court=court,
        at_prison=prison,
        status=Status.DECLINED,
        hearing=make.during("14:00", "14:30"),
    )
    user = make.user(
        Role.MANAGER,
        email="hana@example.nz",
        name="Hana Tamihana",
        password_hash=generate_password_hash(PASSWORD, "pbkdf2:sha512:1000"),
    )
    make.grant(user, Role.ADMINISTRATOR)
    return user


def type_sign_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail address").fill("hana@example.nz")
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_signing_in_and_out_by_keyboard(
    page: Page, somebody: User, assert_accessible: Callable[[Page], None]
) -> None:
    page.goto("/manage")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert_accessible(page)
    shot(page, "sign-in")

    type_sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    expect(page.get_by_label("E-mail address")).to_have_value("hana@example.nz")
    assert_accessible(page)
    shot(page, "sign-in-wrong")

    type_sign_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("This week and last")
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.parametrize(
    "path",
    [
        "/manage",
        "/account",
        "/account/password",
        "/account/sign-out",
        "/admin",
        "/admin/users",
        "/admin/users/new",
        "/admin/users/1",
        "/admin/sites",
        "/nowhere",
    ],
)
def test_pages_are_accessible(
    app: Flask,
    page: Page,
    live_server: str,
    somebody: User,
    assert_accessible: Callable[[Page], None],
    path: str,
) -> None:
    enter(page, app, live_server, somebody)

    page.goto(path)

    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert_accessible(page)
    shot(page, path.strip("/").replace("/", "-"))


def test_a_role_is_given_and_taken_away_without_javascript(
    app: Flask, plain_page: Page, live_server: str, somebody: User
) -> None:
    other = make.user(name="Wiremu Parata")
    page = plain_page
    enter(page, app, live_server, somebody)
    page.goto("/admin/users")

    page.get_by_role("link", name="Wiremu Parata").click()
    page.get_by_label("Role").select_option("registry")
    page.get_by_label("Where").select_option(label="Hutt Valley Court")
    page.get_by_role("button", name="Give this role").click()
    expect(page.get_by_text("Wiremu Parata has the role now.")).to_be_visible()
    page.get_by_role("button", name="Take away Registry").click()

    expect(page.get_by_text("They have no role yet")).to_be_visible()
    assert other.id


def test_a_form_survives_the_end_of_a_session(
    app: Flask,
    page: Page,
    live_server: str,
    somebody: User,
    clock: Clock,
    assert_accessible: Callable[[Page], None],
) -> None:
    enter(page, app, live_server, somebody)
    page.goto("/admin/users/new")
    page.get_by_label("Name").fill("Aroha Kereama")
    page.get_by_label("E-mail address").fill("aroha@example.nz")
    clock.forward(hours=2)

    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    assert_accessible(page)
    shot(page, "session-ended")
    type_sign_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Carry on where you were")
    assert_accessible(page)
    page.get_by_role("button", name="Send it now").click()

    # A password is never carried along, so it alone is asked for again.
    expect(page.get_by_label("Name")).to_have_value("Aroha Kereama")
    expect(page.get_by_role("alert")).to_contain_text("Enter a first password")

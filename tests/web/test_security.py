"""What every answer carries and every request must pass."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from avl import create_app
from avl.domain.access import Role
from avl.queries import health
from tests import make
from tests.conftest import dispose, settings_for

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def browser(app: Flask, session: Any) -> FlaskClient:
    """A signed-in administrator's browser, with the forgery check switched on."""
    app.config["WTF_CSRF_ENABLED"] = True
    return make.sign_in(app.test_client(), make.user(Role.ADMINISTRATOR))


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    "path",
    ["/account/sign-in", "/nowhere", "/admin", "/health/live", "/api/openapi.json", "/api/v1/x"],
)
def test_every_answer_carries_the_headers(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers

    assert {name: headers[name] for name in EXPECTED} == EXPECTED
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_files_may_be_kept_by_browsers(client: FlaskClient) -> None:
    with client.get("/static/vendor/app.css") as answer:
        assert answer.headers["Cache-Control"] != "no-store"


def test_the_nonce_is_new_for_each_answer_and_on_its_scripts(browser: FlaskClient) -> None:
    nonces = []
    for _ in range(2):
        answer = browser.get("/admin")
        allowed = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
        assert allowed
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {allowed[1]}
        assert "style=" not in answer.text
        nonces.append(allowed[1])

    assert nonces[0] != nonces[1]


def test_a_form_needs_its_token(browser: FlaskClient) -> None:
    token = token_on(browser.get("/account/sign-out").text)

    assert browser.post("/account/sign-out").status_code == 400
    assert browser.post("/account/sign-out", data={"csrf_token": "made up"}).status_code == 400
    assert browser.post("/account/sign-out", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:81"])
def test_a_form_from_another_site_is_refused(browser: FlaskClient, origin: str) -> None:
    token = token_on(browser.get("/account/sign-out").text)
    form = {"csrf_token": token}

    assert (
        browser.post("/account/sign-out", data=form, headers={"Origin": origin}).status_code == 403
    )
    own = browser.post("/account/sign-out", data=form, headers={"Origin": "http://localhost"})
    assert own.status_code == 302


def test_a_token_is_of_no_use_in_another_session(app: Flask, browser: FlaskClient) -> None:
    other = make.sign_in(app.test_client(), make.user(Role.ADMINISTRATOR))
    token = token_on(other.get("/account/sign-out").text)

    assert browser.post("/account/sign-out", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_form_of_the_session_before_keeps_what_was_typed(
    browser: FlaskClient, is_signed_in: bool
) -> None:
    typed = {"name": "Aroha <b>", "password": "secret words", "csrf_token": "of another session"}
    if not is_signed_in:
        browser.delete_cookie("avl")

    ours = browser.post("/admin/users/new", data=typed, headers={"Origin": "http://localhost"})
    anybodys = browser.post("/admin/users/new", data=typed)

    assert ours.status_code == (400 if is_signed_in else 401)
    assert 'value="Aroha &lt;b&gt;"' in ours.text
    assert "secret words" not in ours.text
    assert ("Send it now" in ours.text) is is_signed_in
    assert "You were signed out before this was sent" in ours.text or is_signed_in
    # Without an Origin nobody vouches for where it came from, and no button of ours sends it on.
    assert (anybodys.status_code, "Aroha" in anybodys.text) == (400, False)


def test_an_input_that_decides_must_come_once(client: FlaskClient, session: Any) -> None:
    twice = {"email": ["a@example.nz", "b@example.nz"], "password": "x"}

    answer = client.post("/account/sign-in", data=twice)

    assert answer.status_code == 400
    assert "“email” was sent twice." in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/admin/users?q=%00",
        "/admin/users/99999999999999999999",
        f"/admin/users?q={'9' * 4_400}",
        "/admin/users?q=" + "9_" * 12 + "9",
    ],
)
def test_what_no_database_can_hold_is_refused_at_the_door(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code in (400, 404)


def test_a_megabyte_is_the_most_anybody_may_send(client: FlaskClient) -> None:
    answer = client.post("/account/sign-in", data=b"x" * 1_100_000, content_type="application/json")

    assert answer.status_code in (400, 413, 422)
    assert client.post("/api/v1/bookings", data=b"x" * 1_100_000).status_code in (401, 413)


def test_over_tls_the_cookie_is_bound_to_the_host(engine_url: str) -> None:
    settings = settings_for(engine_url, public_base_url="https://avl.example.nz", trusted_proxies=1)
    app = create_app(settings)
    client = app.test_client()
    sent = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}

    answer = client.get("/account/sign-in", base_url="http://avl.example.nz", headers=sent)

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-avl=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    wrong = client.get("/account/sign-in", base_url="http://evil.example", headers=sent)
    assert wrong.status_code == 400
    dispose(app)


def test_without_a_proxy_forwarded_headers_are_not_believed(client: FlaskClient) -> None:
    answer = client.get("/account/sign-in", headers={"X-Forwarded-Proto": "https"})

    assert "Strict-Transport-Security" not in answer.headers


def test_a_fault_of_ours_shows_a_number_and_nothing_else(
    app: Flask,
    browser: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError("the planted word zanzibar")

    monkeypatch.setitem(app.view_functions, "admin.sites", fail)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    with caplog.at_level(logging.ERROR, "avl"):
        page = browser.get("/admin/sites")
        problem = browser.get("/admin/sites", headers={"Accept": "application/problem+json"})

    assert page.status_code == problem.status_code == 500
    assert "zanzibar" not in page.text + problem.text
    assert "Traceback" not in page.text + problem.text
    number = re.search(r"<strong>([0-9A-F]{8})</strong>", page.text)
    assert number
    assert caplog.records[0].__dict__["number"] == number[1]
    assert caplog.records[0].exc_info
    assert problem.content_type == "application/problem+json"
    assert page.headers["X-Frame-Options"] == "DENY"


def test_a_database_that_is_away_says_try_again(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setitem(app.view_functions, "admin.sites", fail)

    answer = browser.get("/admin/sites")

    assert answer.status_code == 503
    assert "Nothing was changed; try again." in answer.text
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("path", ["/nowhere", "/court/bookings/AVL-222222"])
def test_a_page_that_is_not_there_says_so_in_words(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert "<h1" in answer.text
    problem = browser.get(path, headers={"Accept": "application/problem+json"})
    assert (problem.status_code, problem.content_type) == (404, "application/problem+json")


def test_health_tells_counts_and_no_names(client: FlaskClient, session: Any) -> None:
    make.booking()

    assert client.get("/health/live").text == "live\n"
    assert client.get("/health/ready").text == "ready\n"
    assert client.get("/health/worker").status_code == 503
    assert 'avl_bookings_ahead{status="confirmed"} ' in client.get("/metrics").text


def test_not_ready_until_the_tables_are_there(tmp_path: Any) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path}/empty.db"))

    answer = app.test_client().get("/health/ready")

    assert answer.status_code == 503
    assert answer.text == "not ready: the database does not answer, or holds no tables\n"
    dispose(app)


def test_ready_says_in_time_that_the_database_keeps_it_waiting(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0.5)
    app = create_app(settings_for(f"sqlite:///{tmp_path}/busy.db"))
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()

    # The second comes while the first look still waits for the lock, and takes no thread.
    answers = [app.test_client().get("/health/ready") for _ in range(2)]

    assert time.monotonic() - began < 4
    assert {(one.status_code, one.text) for one in answers} == {
        (503, "not ready: the database has not answered for 0.5 seconds\n")
    }
    assert [one.name for one in threading.enumerate()].count("ready") == 1
    other.rollback()
    other.close()
    for one in threading.enumerate():
        if one.name == "ready":
            one.join(15)
    dispose(app)


def test_search_engines_are_asked_to_keep_nothing(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")

    assert answer.text.endswith("User-agent: *\nDisallow: /\n")
    assert answer.content_type.startswith("text/plain")

"""Signing in and out, lock-outs, sessions, passwords, and what was typed when a session ended."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from avl.commands import accounts
from avl.commands import sign_in as entry
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import InvalidInput, NotAllowed
from avl.models import AuditEvent, SignInFailure, User, UserSession, db
from avl.queries.accounts import actor_of
from tests import make
from tests.conftest import Clock
from tests.counting import statements

PASSWORD = "four plain words typed"
CHEAP = "pbkdf2:sha512:1000"


@pytest.fixture
def fast_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard's 210,000 rounds are tried once, below; elsewhere they only take time."""
    monkeypatch.setattr(entry, "PASSWORD_METHOD", CHEAP)
    entry._nobodys_hash.cache_clear()


@pytest.fixture
def officer(session: Any, clock: Clock, fast_hashing: None) -> User:
    """A registry officer who knows their password."""
    return make.user(
        Role.REGISTRY,
        make.court(),
        email="officer@example.nz",
        password_hash=generate_password_hash(PASSWORD, CHEAP),
    )


def enter(
    client: FlaskClient, password: str = PASSWORD, email: str = "officer@example.nz", **more: str
) -> Any:
    return client.post("/account/sign-in", data={"email": email, "password": password} | more)


def test_signing_in_opens_the_first_page_of_the_role(client: FlaskClient, officer: User) -> None:
    answer = enter(client, email=" Officer@Example.NZ ")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/court")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.AVL_COORDINATOR, "/prison"),
        (Role.PRISON_OFFICER, "/prison"),
        (Role.COUNSEL, "/counsel"),
        (Role.MANAGER, "/manage"),
        (Role.ADMINISTRATOR, "/admin"),
    ],
)
def test_each_role_has_its_first_page(
    client: FlaskClient, session: Any, role: Role, page: str
) -> None:
    make.sign_in(client, make.user(role))

    assert client.get("/").headers["Location"] == page


def test_somebody_of_two_roles_finds_both_in_the_navigation(
    client: FlaskClient, officer: User
) -> None:
    make.grant(officer, Role.MANAGER)
    make.sign_in(client, officer)

    links = re.findall(r'service-navigation__link" href="([^"]+)"', client.get("/account").text)

    assert links == ["/court", "/records", "/manage", "/account", "/account/sign-out"]


def test_a_page_of_several_groups_stands_under_the_readers_first(
    client: FlaskClient, officer: User
) -> None:
    make.sign_in(client, officer)

    page = client.get("/worklist").text

    assert re.findall(r'href="([^"]+)" aria-current="true"', page) == ["/court"]


def test_the_cookie_and_the_table_do_not_hold_the_same_thing(
    client: FlaskClient, officer: User
) -> None:
    answer = enter(client)

    with client.session_transaction() as browser:
        token = browser["token"]
    kept = db.session.scalars(select(UserSession)).one()
    assert token not in kept.token_hash
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(client: FlaskClient, officer: User, target: str) -> None:
    assert enter(client, next=target).headers["Location"] == "/court"


def test_signing_in_leads_back_to_the_page_that_asked(client: FlaskClient, officer: User) -> None:
    asked = client.get("/court/today?status=held")

    assert asked.headers["Location"] == "/account/sign-in?next=/court/today?status%3Dheld"
    assert enter(client, next="/court/today?status=held").headers["Location"] == (
        "/court/today?status=held"
    )


def test_wrong_and_unknown_are_told_the_same(client: FlaskClient, officer: User) -> None:
    wrong = enter(client, "not the password at all")
    unknown = enter(client, "not the password at all", "nobody@example.nz")

    assert wrong.status_code == unknown.status_code == 422
    assert "The e-mail address or the password is not right." in wrong.text
    tidy = [
        re.sub(r'(nonce|value|name|content|hx-headers)="[^"]*"', "", page.text)
        for page in (wrong, unknown)
    ]
    assert tidy[0] == tidy[1]


@pytest.mark.parametrize("email", ["officer@example.nz", "nobody@example.nz"])
def test_the_fourth_try_is_refused_even_if_it_is_right(
    client: FlaskClient, officer: User, clock: Clock, email: str
) -> None:
    for _ in range(3):
        enter(client, "wrong", email)

    assert "too many wrong tries" in enter(client, email=email).text
    clock.forward(minutes=15, seconds=1)
    expected = 302 if email == officer.email else 422
    assert enter(client, email=email).status_code == expected


def test_one_address_cannot_try_account_after_account(client: FlaskClient, officer: User) -> None:
    for number in range(20):
        enter(client, "wrong", f"user{number}@example.nz")

    assert "too many wrong tries" in enter(client).text


def test_a_right_password_clears_the_count(client: FlaskClient, officer: User) -> None:
    for _ in range(2):
        enter(client, "wrong")
    enter(client)
    for _ in range(2):
        enter(client, "wrong")

    assert enter(client).status_code == 302


@pytest.mark.both_databases
def test_many_tries_at_once_get_no_more_than_three(
    app: Flask, session: Any, officer: User, clock: Clock
) -> None:
    results: list[str] = []

    def attempt() -> None:
        with app.app_context():
            try:
                entry.sign_in(officer.email, "wrong", address="192.0.2.1")
            except entry.SignInRefused as refusal:
                results.append(refusal.message)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results).count(entry.WRONG) == 3
    assert len(db.session.scalars(select(SignInFailure)).all()) == 3


def test_an_old_hash_is_renewed_at_sign_in(session: Any, clock: Clock, client: FlaskClient) -> None:
    user = make.user(email="old@example.nz", password_hash=generate_password_hash(PASSWORD, CHEAP))

    enter(client, email=user.email)

    db.session.expire_all()
    assert user.password_hash.startswith("pbkdf2:sha512:210000$")


def test_signing_out_ends_the_session_for_good(client: FlaskClient, officer: User) -> None:
    enter(client)
    with client.session_transaction() as browser:
        token = browser["token"]

    assert client.get("/account/sign-out").status_code == 200
    client.post("/account/sign-out")

    with client.session_transaction() as browser:
        browser["token"] = token
    assert client.get("/account").status_code == 302


def test_a_session_ends_after_an_idle_hour_and_after_twelve(
    client: FlaskClient, officer: User, clock: Clock
) -> None:
    enter(client)
    for _ in range(13):
        clock.forward(minutes=55)
        assert client.get("/account").status_code == 200
    clock.forward(minutes=6)
    assert client.get("/account").status_code == 302

    enter(client)
    clock.forward(minutes=61)
    assert client.get("/account").status_code == 302


def test_a_page_reads_who_asks_in_one_query_and_writes_once_a_minute(
    client: FlaskClient, officer: User, clock: Clock
) -> None:
    enter(client)
    clock.forward(minutes=2)

    def words() -> list[str]:
        with statements(db.engine) as seen:
            client.get("/account/sign-out")
        return [statement.split()[0] for statement in seen]

    assert words().count("UPDATE") == 0  # the page is open to all, so nobody is touched
    with statements(db.engine) as seen:
        client.get("/account/password")
    assert [one.split()[0] for one in seen] == ["SELECT", "UPDATE"]
    with statements(db.engine) as seen:
        client.get("/account/password")
    assert [one.split()[0] for one in seen] == ["SELECT"]


def test_shutting_somebody_out_ends_their_session_at_once(
    client: FlaskClient, officer: User
) -> None:
    enter(client)
    accounts.set_active(officer.id, False, by=SYSTEM)

    assert client.get("/account").status_code == 302
    assert enter(client).status_code == 422


def test_a_role_taken_away_is_gone_at_once(client: FlaskClient, officer: User) -> None:
    enter(client)
    accounts.revoke(officer.memberships[0].id, by=SYSTEM)

    assert client.get("/court").status_code == 404


def test_changing_the_password_ends_other_sessions(
    app: Flask, client: FlaskClient, officer: User
) -> None:
    elsewhere = app.test_client()
    enter(elsewhere)
    enter(client)
    new = "another four plain words"

    wrong = client.post("/account/password", data={"old": "x", "new": new, "again": new})
    short = client.post("/account/password", data={"old": PASSWORD, "new": "s", "again": "s"})
    right = client.post("/account/password", data={"old": PASSWORD, "new": new, "again": new})

    assert (wrong.status_code, short.status_code, right.status_code) == (422, 422, 302)
    assert "This is not your present password." in wrong.text
    assert "Use 16 characters or more" in short.text
    assert elsewhere.get("/account").status_code == 302
    assert client.get("/account").status_code == 200
    assert enter(app.test_client(), new).status_code == 302


def test_the_fourth_guess_at_the_present_password_is_refused_even_if_it_is_right(
    app: Flask, client: FlaskClient, officer: User, clock: Clock
) -> None:
    enter(client)
    new = "another four plain words"

    def guess(old: str) -> str:
        return client.post("/account/password", data={"old": old, "new": new, "again": new}).text

    for _ in range(3):
        assert "This is not your present password." in guess("a wrong guess")

    assert "too many wrong tries" in guess(PASSWORD)
    assert "too many wrong tries" in enter(app.test_client()).text
    clock.forward(minutes=15, seconds=1)
    guess(PASSWORD)
    assert enter(app.test_client(), new).status_code == 302


def test_what_was_typed_survives_a_session_that_ended(
    client: FlaskClient, officer: User, clock: Clock
) -> None:
    typed = {"reason": "Counsel is ill <b>", "csrf_token": "old"}

    stopped = client.post("/court/bookings/AVL-222222/cancel", data=typed)

    assert stopped.status_code == 401
    kept = dict(re.findall(r'name="(resume|kept_name|kept_value)" value="([^"]*)"', stopped.text))
    assert kept == {
        "resume": "/court/bookings/AVL-222222/cancel?",
        "kept_name": "reason",
        "kept_value": "Counsel is ill &lt;b&gt;",
    }
    page = enter(client, resume=kept["resume"], kept_name="reason", kept_value="Counsel is ill <b>")
    assert page.status_code == 200
    assert 'action="/court/bookings/AVL-222222/cancel?"' in page.text
    assert 'name="reason" value="Counsel is ill &lt;b&gt;"' in page.text


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(client: FlaskClient, officer: User) -> None:
    answer = client.get(
        "/court",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/court/today?x=1"},
    )

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/account/sign-in?next=/court/today"


def test_every_sign_in_and_refusal_is_in_the_audit(client: FlaskClient, officer: User) -> None:
    enter(client, "wrong")
    enter(client)
    client.post("/account/sign-out")

    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert list(actions) == ["sign_in_refused", "sign_in", "sign_out"]


def test_an_administrator_adds_somebody_and_gives_them_a_role(
    client: FlaskClient, session: Any, clock: Clock, fast_hashing: None
) -> None:
    court = make.court()
    make.sign_in(client, make.user(Role.ADMINISTRATOR))
    new = {"name": "Hana Tamihana", "email": "Hana@Example.nz", "password": "short"}

    assert client.post("/admin/users/new", data=new).status_code == 422
    made = client.post("/admin/users/new", data=new | {"password": PASSWORD})
    page = made.headers["Location"]
    client.post(page, data={"role": "registry", "place": f"site-{court.id}"})
    again = client.post(page, data={"role": "registry", "place": f"site-{court.id}"})

    assert again.status_code == 422
    assert "They have this role there already." in again.text
    user = db.session.scalars(select(User).where(User.email == "hana@example.nz")).one()
    assert actor_of(user).sites_as(Role.REGISTRY) == {court.id}
    client.post(f"{page}/roles/{user.memberships[0].id}/revoke")
    db.session.expire_all()
    assert actor_of(user).grants == ()


def test_only_an_administrator_gives_roles(session: Any, officer: User) -> None:
    with pytest.raises(NotAllowed):
        accounts.grant(officer.id, Role.MANAGER, by=actor_of(officer))


def test_an_administrator_cannot_shut_themselves_out(session: Any) -> None:
    admin = actor_of(make.user(Role.ADMINISTRATOR))
    assert admin.user_id is not None

    with pytest.raises(InvalidInput):
        accounts.set_active(admin.user_id, False, by=admin)


def test_an_unlocked_account_signs_in_at_once(client: FlaskClient, officer: User) -> None:
    for _ in range(3):
        enter(client, "wrong")
    accounts.unlock(officer.id, by=SYSTEM)

    assert enter(client).status_code == 302

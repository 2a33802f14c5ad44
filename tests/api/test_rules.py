"""Rules of every call: a token, one key for one request, the version read, readable bodies."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl import clock as time
from avl.commands.accounts import make_token, revoke_tokens, set_active
from avl.domain.access import SYSTEM, Role
from avl.models import ApiToken, AuditEvent, Booking, IdempotencyKey, db
from tests import make
from tests.api.conftest import Caller, asked, caller
from tests.conftest import Clock
from tests.scene import Scene

PROBLEM = "application/problem+json"


def test_without_a_valid_token_nothing_opens(app: Flask, scene: Scene, court: Caller) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api."):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule.replace("<reference>", "AVL-222222"))
        for method in (rule.methods or set()) & {"GET", "POST"}:
            for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": court.token}):
                answer = court.client.open(path, method=method, headers=header)
                assert (answer.status_code, answer.content_type) == (401, PROBLEM)
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_persons_cookie_does_not_open_the_api(app: Flask, scene: Scene) -> None:
    browser = make.sign_in(app.test_client(), make.user(Role.REGISTRY, scene.court))

    assert browser.get("/api/v1/sites").status_code == 401


def test_a_token_ends_when_revoked_expired_or_shut_out(
    app: Flask, scene: Scene, clock: Clock
) -> None:
    user = make.user(Role.REGISTRY, scene.court, is_service=True)
    soon = time.now() + timedelta(days=1)

    def opens(token: str) -> bool:
        return Caller(app.test_client(), token).get("/sites").status_code == 200

    short = make_token(user.email, "short", by=SYSTEM, expires_at=soon)
    assert opens(short)
    clock.forward(days=1)
    assert not opens(short)
    kept = make_token(user.email, "kept", by=SYSTEM)
    assert opens(kept)
    revoke_tokens(user.email, by=SYSTEM)
    assert not opens(kept)
    last = make_token(user.email, "last", by=SYSTEM)
    set_active(user.id, False, by=SYSTEM)
    assert not opens(last)


def test_an_operator_makes_a_token_with_an_end_and_ends_all_at_once(
    app: Flask, scene: Scene, clock: Clock
) -> None:
    user = make.user(Role.REGISTRY, scene.court, is_service=True)

    def run(*words: str) -> str:
        return app.test_cli_runner().invoke(args=["avl", *words]).output.strip()

    def opens(token: str) -> bool:
        return Caller(app.test_client(), token).get("/sites").status_code == 200

    first, short = run("token", user.email, "first"), run("token", user.email, "2", "--days", "2")
    assert (opens(first), opens(short)) == (True, True)
    clock.forward(days=2)
    assert (opens(first), opens(short)) == (True, False)
    assert run("revoke-tokens", user.email).startswith("Tokens ended: 2.")
    assert not opens(first)
    assert run("revoke-tokens", "nobody@example.nz") == (
        "Error: There is no user with this e-mail address."
    )


def test_a_token_is_kept_as_a_hash_and_its_use_noted_once_a_minute(
    court: Caller, clock: Clock
) -> None:
    court.get("/sites")
    first = db.session.scalars(select(ApiToken.last_used_at)).one()
    clock.forward(seconds=30)
    court.get("/sites")
    db.session.expire_all()

    assert db.session.scalars(select(ApiToken.last_used_at)).one() == first
    assert court.token not in db.session.scalars(select(ApiToken.token_hash)).one()


@pytest.mark.both_databases
def test_the_same_request_again_gets_the_same_answer(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene), Idempotency_Key="same")
    again = court.post("/bookings", asked(scene), Idempotency_Key="same")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert db.session.query(Booking).count() == 1


def test_a_repeat_of_a_change_is_answered_before_its_version_is_asked(
    scene: Scene, court: Caller
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    path, body = f"/bookings/{reference}/cancel", {"reason": "Vacated."}
    etag = court.get(f"/bookings/{reference}").headers["ETag"]

    first = court.post(path, body, Idempotency_Key="once", If_Match=etag)
    again = court.post(path, body, Idempotency_Key="once", If_Match=etag)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data
    actions = list(db.session.scalars(select(AuditEvent.action)))
    assert actions.count("cancel") == 1


def test_a_key_of_another_request_is_refused(scene: Scene, court: Caller) -> None:
    court.post("/bookings", asked(scene), Idempotency_Key="same")

    other = court.post("/bookings", asked(scene, "14:00"), Idempotency_Key="same")

    assert (other.status_code, other.content_type) == (422, PROBLEM)
    assert "used for another request" in other.json["detail"]


def test_a_refused_request_may_be_sent_again_with_its_key(
    scene: Scene, court: Caller, clock: Clock
) -> None:
    standing = court.post("/bookings", asked(scene)).json["reference"]
    assert court.post("/bookings", asked(scene), Idempotency_Key="try").status_code == 409
    court.change(f"/bookings/{standing}/cancel", {"reason": "Vacated."})

    assert court.post("/bookings", asked(scene), Idempotency_Key="try").status_code == 201


def test_two_users_may_choose_the_same_key(app: Flask, scene: Scene, court: Caller) -> None:
    second = caller(app, Role.REGISTRY, scene.court)

    assert court.post("/bookings", asked(scene), Idempotency_Key="k").status_code == 201
    assert second.post("/bookings", asked(scene, "14:00"), Idempotency_Key="k").status_code == 201


@pytest.mark.both_databases
def test_the_same_request_many_times_at_once_books_once(
    app: Flask, scene: Scene, court: Caller
) -> None:
    answers: list[Any] = []
    body = asked(scene)

    def send() -> None:
        mine = Caller(app.test_client(), court.token)
        answers.append(mine.post("/bookings", body, Idempotency_Key="race"))

    court.get("/sites")  # the token's use is noted before, so that only bookings race
    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 5
    assert db.session.query(Booking).count() == 1
    assert db.session.query(IdempotencyKey).count() == 1


@pytest.mark.parametrize("key", [None, "", "k" * 129, "with space", "māori"])
def test_a_change_needs_a_key(scene: Scene, court: Caller, key: str | None) -> None:
    answer = court.post("/bookings", asked(scene), Idempotency_Key=key)

    assert (answer.status_code, answer.content_type) == (400, PROBLEM)
    assert db.session.query(Booking).count() == 0


def test_a_change_needs_the_version_that_was_read(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    made = court.post("/bookings", asked(scene))
    path = f"/bookings/{made.json['reference']}"
    prison.change(f"{path}/confirm")
    body = {"reason": "Vacated."}

    missing = court.post(f"{path}/cancel", body)
    stale = court.post(f"{path}/cancel", body, If_Match=made.headers["ETag"])
    any_version = court.post(f"{path}/cancel", body, If_Match="*")

    assert [missing.status_code, stale.status_code, any_version.status_code] == [428, 412, 200]
    assert missing.content_type == stale.content_type == PROBLEM


def test_an_unchanged_booking_is_not_sent_again(scene: Scene, court: Caller) -> None:
    made = court.post("/bookings", asked(scene))
    path = f"/bookings/{made.json['reference']}"

    read = court.get(path).headers["ETag"]
    assert court.get(path, If_None_Match=read).status_code == 304
    assert court.get(path, If_None_Match='"999"').status_code == 200


def test_what_is_typed_wrong_is_named(scene: Scene, court: Caller) -> None:
    wrong = asked(scene, minutes=7, starts_at="2026-11-25T10:00:00", colour="blue")

    answer = court.post("/bookings", wrong)

    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert set(answer.json["errors"]) == {"minutes", "starts_at", "colour"}


@pytest.mark.parametrize("field", ["agency_id", "role", "version", "status", "reference"])
def test_what_is_not_the_callers_to_set_is_refused(scene: Scene, court: Caller, field: str) -> None:
    assert court.post("/bookings", asked(scene, **{field: 1})).status_code == 422


@pytest.mark.parametrize("text", ["nul \x00", "bell \x07", "half \ud800"])
def test_control_characters_are_refused(scene: Scene, court: Caller, text: str) -> None:
    assert court.post("/bookings", asked(scene, staff_notes=text)).status_code == 422


def test_odd_bodies_and_parameters_are_refused(scene: Scene, court: Caller) -> None:
    url, headers = "/api/v1/bookings", court.headers()

    broken = court.client.post(
        url, data="{", headers=headers | {"Content-Type": "application/json"}
    )
    form = court.client.post(url, data={"a": "b"}, headers=headers)
    twice = court.get("/resources?site=RIM&site=HVDC")
    unknown = court.get("/resources?colour=blue")
    too_long = court.get("/bookings?from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z")

    statuses = [a.status_code for a in (broken, form, twice, unknown, too_long)]
    assert statuses == [400, 415, 400, 422, 422]
    assert {a.content_type for a in (broken, form, twice, unknown, too_long)} == {PROBLEM}


@pytest.mark.parametrize(
    "body", [b"{", b'{"a": "\xff"}', b"[" * 100_000, b'{"a": ' + b"1" * 5_000 + b"}"]
)
def test_a_body_that_cannot_be_read_is_the_callers_fault(court: Caller, body: bytes) -> None:
    headers = court.headers() | {"Content-Type": "application/json"}

    refused = court.client.post("/api/v1/bookings", data=body, headers=headers)

    assert (refused.status_code, refused.content_type) == (400, PROBLEM)
    assert refused.get_json()["detail"].startswith("What was sent could not be read.")


def test_wrong_addresses_and_methods_are_problems_too(court: Caller) -> None:
    assert court.get("/nowhere").content_type == PROBLEM
    wrong = court.client.delete("/api/v1/sites", headers=court.headers())
    assert (wrong.status_code, wrong.content_type) == (405, PROBLEM)
    assert "GET" in wrong.headers["Allow"]


def test_roles_without_business_here_find_nothing(app: Flask, scene: Scene) -> None:
    officer = caller(app, Role.ADMINISTRATOR, scene.court)

    days = "from=2026-11-24T00:00:00Z&to=2026-11-26T00:00:00Z"
    assert officer.get(f"/bookings?{days}").json["bookings"] == []
    assert officer.get(f"/people?prn={scene.tane.prn}").status_code == 403
    assert officer.post("/bookings", asked(scene)).status_code == 422


def test_a_list_comes_in_pages(scene: Scene, court: Caller) -> None:
    made = [
        court.post("/bookings", asked(scene, start)).json["reference"]
        for start in ("09:00", "11:00", "13:00")
    ]
    days = "from=2026-11-24T11:00:00Z&to=2026-11-26T00:00:00Z&page_size=2"

    first, second = (court.get(f"/bookings?{days}&page={page}").json for page in (1, 2))

    assert [one["reference"] for one in first["bookings"] + second["bookings"]] == made
    assert (first["total"], len(first["bookings"])) == (3, 2)

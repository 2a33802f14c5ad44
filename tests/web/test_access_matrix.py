"""Every route x every role x one's own site and another's, generated from the map of addresses.

A route whose blueprint has no guard, or with a parameter this file cannot fill in, fails here:
whoever adds a route says whom it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import (
    Booking,
    Counsel,
    FeedToken,
    Matter,
    Membership,
    Plan,
    ResourceKind,
    Site,
    User,
    WaitlistEntry,
    db,
)
from avl.web.guards import GUARDS
from tests import make
from tests.conftest import Clock

TOKEN_IS_THE_PROOF = {"api", "api-docs", "static", "feeds.read_feed", "hooks"}
"""Blueprints and views that programs call; tests/api, tests/feeds and tests/sms try their doors."""

BELONGS_TO_A_PLACE = {"reference", "code", "feed_id", "matter_id", "plan_id", "day_id", "entry_id"}
"""Parameters that name something of one court, prison, counsel or person."""


@dataclass(frozen=True)
class Side:
    """One court with one prison and counsel, and everybody who works there."""

    court: Site
    prison: Site
    counsel: Counsel
    booking: Booking
    matter: Matter
    users: dict[Role, User]
    feeds: dict[Role, FeedToken]
    plan: Plan
    day: Plan
    wait: WaitlistEntry

    def fill(self, name: str, role: Role) -> object:
        """A value for a parameter that belongs to this side."""
        user = self.users[role]
        return {
            "reference": self.booking.reference,
            "code": self.prison.code,
            "site_code": self.prison.code,
            "day": make.TODAY,
            "user_id": user.id,
            "membership_id": db.session.query(Membership.id).filter_by(user_id=user.id).scalar(),
            "feed_id": self.feeds[role].id,
            "plan_id": self.plan.id,
            "day_id": self.day.id,
            "entry_id": self.wait.id,
            "person_id": self.booking.appearances[0].person_id,
            "counsel_id": self.counsel.id,
            "matter_id": self.matter.id,
            "room_id": make.rooms(self.prison, ResourceKind.SUITE)[0].id,
            "type_code": self.booking.hearing_type_code,
            "rule_code": make.mode_rule().code,
            "filename": "vendor/app.css",
        }[name]


def side() -> Side:
    """Make one side of the country."""
    court, prison, counsel = make.court(), make.prison(), make.counsel()
    places = {
        Role.REGISTRY: court,
        Role.AVL_COORDINATOR: prison,
        Role.PRISON_OFFICER: prison,
        Role.COUNSEL: None,
        Role.MANAGER: prison,
        Role.ADMINISTRATOR: None,
    }
    users = {
        role: make.user(role, place, counsel_id=counsel.id if role is Role.COUNSEL else None)
        for role, place in places.items()
    }
    booking = make.booking(
        at_court=court, at_prison=prison, by=counsel, status=Status.REQUESTED, staff_notes="secret"
    )
    matter = make.matter(court, booking.appearances[0].person, by=counsel)
    feeds = {role: _feed(user) for role, user in users.items()}
    plan, day, wait = make.plan(booking), make.day_plan(booking), make.wait(booking)
    return Side(court, prison, counsel, booking, matter, users, feeds, plan, day, wait)


def _feed(user: User) -> FeedToken:
    token = FeedToken(
        token_hash=f"hash of {user.id}",
        scope_kind="site",
        scope_id=1,
        label="Calendar",
        user_id=user.id,
        created_at=make.LONG_AGO,
        expires_at=make.LONG_AGO + timedelta(days=9999),
    )
    db.session.add(token)
    db.session.commit()
    return token


@pytest.fixture
def sides(session: Any, clock: Clock) -> tuple[Side, Side]:
    """Two sides that have nothing to do with each other."""
    return side(), side()


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address people visit, with each method it knows."""
    for rule in app.url_map.iter_rules():
        if TOKEN_IS_THE_PROOF & {rule.endpoint, rule.endpoint.partition(".")[0]}:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method


def address(app: Flask, rule: Rule, which: Side, role: Role) -> str:
    """The address of a route, about something of this side."""
    values = {name: which.fill(name, role) for name in rule.arguments}
    if rule.endpoint == "registry.form":
        values["person"] = which.booking.appearances[0].person_id
    with app.test_request_context():
        return app.url_map.bind("").build(rule.endpoint, values)


def test_every_route_belongs_to_a_group_with_a_guard(app: Flask) -> None:
    unguarded = [
        rule.endpoint for rule in app.url_map.iter_rules() if GUARDS.of(rule.endpoint) is None
    ]

    assert unguarded == []


def test_nobody_gets_past_a_guard_without_signing_in(
    app: Flask, client: FlaskClient, sides: tuple[Side, Side]
) -> None:
    faults = []
    for rule, method in routes(app):
        guard = GUARDS.of(rule.endpoint)
        assert guard is not None
        if guard.is_open(rule.endpoint):
            continue
        answer = client.open(address(app, rule, sides[0], Role.REGISTRY), method=method)
        expected = 302 if method == "GET" else 401
        to_sign_in = method == "POST" or "/account/sign-in" in answer.headers["Location"]
        if answer.status_code != expected or not to_sign_in:
            faults.append((method, rule.rule, answer.status_code))

    assert faults == []


def test_a_group_does_not_exist_for_other_roles(
    app: Flask, client: FlaskClient, sides: tuple[Side, Side]
) -> None:
    faults = []
    for role, user in sides[0].users.items():
        make.sign_in(client, user)
        for rule, method in routes(app):
            guard = GUARDS.of(rule.endpoint)
            assert guard is not None
            if guard.is_open(rule.endpoint) or not guard.roles or role in guard.roles:
                continue
            answer = client.open(address(app, rule, sides[0], role), method=method)
            if answer.status_code != 404:
                faults.append((role, method, rule.rule, answer.status_code))

    assert faults == []


def test_ones_own_pages_open_and_anothers_do_not_exist(
    app: Flask, client: FlaskClient, sides: tuple[Side, Side]
) -> None:
    own, other = sides
    faults = []
    for role, user in own.users.items():
        make.sign_in(client, user)
        for rule, method in routes(app):
            guard = GUARDS.of(rule.endpoint)
            assert guard is not None
            if guard.is_open(rule.endpoint) or (guard.roles and role not in guard.roles):
                continue
            if method == "GET":
                answer = client.get(address(app, rule, own, role))
                if answer.status_code in (401, 403, 404) or answer.status_code >= 500:
                    faults.append(("own", role, method, rule.rule, answer.status_code))
            if BELONGS_TO_A_PLACE & rule.arguments:
                answer = client.open(address(app, rule, other, role), method=method)
                if answer.status_code != 404:
                    faults.append(("other", role, method, rule.rule, answer.status_code))

    assert faults == []


def test_a_user_without_any_role_sees_their_account_and_nothing_else(
    app: Flask, client: FlaskClient, sides: tuple[Side, Side]
) -> None:
    make.sign_in(client, make.user())

    assert client.get("/").headers["Location"] == "/account"
    assert "You have no role at any site yet" in client.get("/account").text
    statuses = {
        client.get(address(app, rule, sides[0], Role.REGISTRY)).status_code
        for rule, method in routes(app)
        if method == "GET" and (found := GUARDS.of(rule.endpoint)) and found.roles
    }
    assert statuses == {404}


def test_somebody_elses_secrets_are_on_none_of_ones_pages(
    app: Flask, client: FlaskClient, sides: tuple[Side, Side]
) -> None:
    own, other = sides
    words = [other.booking.reference, "secret of the other court", "Zzyzx"]
    other.booking.staff_notes = words[1]
    other.booking.appearances[0].person.family_name = words[2]
    db.session.commit()
    found = []
    for role, user in own.users.items():
        make.sign_in(client, user)
        for rule, method in routes(app):
            if method != "GET" or rule.endpoint == "dev.phones":
                continue
            text = client.get(address(app, rule, own, role)).text
            found += [(role, rule.rule, word) for word in words if word in text]

    assert found == []

"""Every page there is, and how many questions it asks of the database."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import db
from avl.web.guards import GUARDS
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.web.test_access_matrix import address, routes, side

MOST = 10
"""Issue 2: queries per page, whatever the number of suites."""


def test_no_page_asks_more_than_ten_questions(
    app: Flask, client: FlaskClient, session: Session, clock: Clock
) -> None:
    clock.set(make.at("08:00"))
    which = side()
    # Early in the day and confirmed it may still be moved, so that no page stops half-way.
    which.booking.status = Status.CONFIRMED
    session.commit()
    too_many = []
    for role, user in which.users.items():
        make.sign_in(client, user)
        for rule, method in routes(app):
            if method != "GET" or reader_of(rule.endpoint) is not role:
                continue
            where = address(app, rule, which, role)
            with statements(db.engine) as asked:
                answer = client.get(where)
            assert answer.status_code < 400 or rule.endpoint == "health.worker", where
            if len(asked) > MOST:
                too_many.append((rule.rule, len(asked), [one[:90] for one in asked]))

    assert too_many == []


def reader_of(endpoint: str) -> Role:
    """Some role that may read the page."""
    guard = GUARDS.of(endpoint)
    assert guard is not None
    return next((role for role in Role if role in guard.roles), Role.REGISTRY)

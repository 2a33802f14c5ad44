"""An open day asks every 15 seconds whether anything changed: cheaply, and never too trustingly."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from avl.models import Membership, User, UserSession, db
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.web.prison_desk import Desk

DAY = "/prison/RIMP/day/2026-11-24"
ASKED = {"HX-Request": "true"}


@dataclass
class Poll:
    """A page that shows a day with one booking, and knows its tag."""

    desk: Desk
    tag: str

    def ask(self, path: str = DAY, **headers: str) -> TestResponse:
        return self.desk.client.get(path, headers=ASKED | {"If-None-Match": self.tag} | headers)


@pytest.fixture
def poll(desk: Desk) -> Poll:
    desk.book()
    return Poll(desk, desk.client.get(DAY, headers=ASKED).headers["ETag"])


def test_poll_is_304_until_something_changes(desk: Desk) -> None:
    booking = desk.book()
    first = desk.client.get(DAY, headers=ASKED)
    poll = Poll(desk, first.headers["ETag"])
    assert poll.tag.strip('"') in first.get_data(as_text=True)
    assert "<html" not in first.get_data(as_text=True)

    assert (poll.ask().status_code, poll.ask().data) == (304, b"")
    desk.post(booking, "connect")

    assert poll.ask().status_code == 200


def test_poll_is_answered_anew_as_the_day_grows_older(poll: Poll, clock: Clock) -> None:
    clock.forward(minutes=5)

    assert poll.ask().status_code == 200


def test_poll_of_an_unchanged_day_is_one_read(poll: Poll) -> None:
    with statements(db.engine) as seen:
        assert poll.ask().status_code == 304

    assert len(seen) == 1


def test_poll_of_the_whole_page_is_never_304(poll: Poll) -> None:
    restored = poll.ask(**{"HX-History-Restore-Request": "true"})
    loaded = poll.desk.client.get(DAY, headers={"If-None-Match": poll.tag})

    assert (restored.status_code, loaded.status_code) == (200, 200)


@pytest.mark.both_databases
def test_poll_ends_with_the_session(poll: Poll, clock: Clock) -> None:
    assert poll.ask().status_code == 304
    db.session.execute(update(UserSession).values(revoked_at=clock.now))
    db.session.commit()

    answer = poll.ask()

    assert (answer.status_code, "HX-Redirect" in answer.headers) == (401, True)


@pytest.mark.both_databases
def test_poll_ends_with_the_role(poll: Poll) -> None:
    db.session.execute(delete(Membership))
    db.session.commit()

    assert poll.ask().status_code == 404


def test_poll_ends_with_the_account(poll: Poll) -> None:
    db.session.execute(update(User).values(is_active=False))
    db.session.commit()

    assert poll.ask().status_code == 401


def test_poll_without_a_session_is_sent_to_sign_in(poll: Poll) -> None:
    poll.desk.client.delete_cookie("avl")

    assert poll.ask().status_code == 401


def test_poll_tells_other_sites_nothing(poll: Poll) -> None:
    other = make.prison("AROH", short_name="Arohata")
    make.sign_in(poll.desk.client, make.user("avl_coordinator", other))

    assert poll.ask().status_code == 404
    assert poll.ask("/prison/NONE/day/2026-11-24").status_code == 404
    assert poll.ask("/prison/RIMP/day/tomorrow").status_code == 404


@pytest.mark.parametrize("role", ["registry", "counsel", "manager", "administrator"])
def test_poll_is_for_the_prison_roles_alone(poll: Poll, role: str) -> None:
    make.sign_in(poll.desk.client, make.user(role, poll.desk.prison))

    assert poll.ask().status_code == 404


@pytest.mark.both_databases
def test_poll_is_for_everybody_whose_grant_reaches_the_site(poll: Poll) -> None:
    at_agency = make.user("avl_coordinator", at_agency=poll.desk.prison.agency)
    everywhere = make.user("prison_officer")

    for user in (at_agency, everywhere):
        make.sign_in(poll.desk.client, user)
        with statements(db.engine) as seen:
            assert poll.ask().status_code == 304
        assert len(seen) == 1


def test_poll_keeps_the_session_alive(poll: Poll, clock: Clock) -> None:
    for _ in range(4):
        clock.forward(minutes=25)
        poll.tag = poll.ask().headers["ETag"]

    assert poll.ask().status_code == 304


def test_poll_brings_the_time_at_which_it_was_so(poll: Poll, clock: Clock) -> None:
    assert 'id="printed" hx-swap-oob' not in poll.desk.get(DAY)
    clock.forward(minutes=5)

    answer = poll.ask().get_data(as_text=True)

    assert '<p id="printed" hx-swap-oob="true">Printed Tue 24 Nov 2026, 10:05 am</p>' in answer

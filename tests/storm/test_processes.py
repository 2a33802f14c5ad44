"""Never double-booked, through web processes that share nothing but the database."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from avl.commands.accounts import make_token
from avl.commands.audit import seal_audit
from avl.domain.access import SYSTEM, Role
from avl.models import AuditEvent, Booking, Hold, IdempotencyKey, Person, Resource, db
from avl.queries.audit import verify_audit
from tests import make
from tests.scene import overlaps
from tests.storm.crowd import CLIENTS, IS_STORM, at_once
from tests.storm.servers import Reply, Server, call, web_processes

pytestmark = pytest.mark.both_databases

ROUNDS = 100 if IS_STORM else 2


@dataclass(frozen=True)
class Court:
    """A court's own system, with a courtroom and a person for each of its clients."""

    token: str
    courtrooms: Sequence[Resource]
    suites: Sequence[Resource]
    people: Sequence[Person]

    def body(self, start: datetime, *, number: int, suite: int, person: int) -> dict[str, Any]:
        """What a client posts."""
        return {
            "courtroom_id": self.courtrooms[number].id,
            "hearing_type": "CRB",
            "starts_at": start.isoformat(),
            "minutes": 30,
            "pre_minutes": 0,
            "post_minutes": 0,
            "appearances": [{"prn": self.people[person].prn, "suite_id": self.suites[suite].id}],
        }

    def post(self, server: Server, body: object, key: str = "") -> Reply:
        """Ask one process for a booking."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key or uuid.uuid4().hex,
        }
        return call(server.port, "POST", "/api/v1/bookings", body, headers)


@pytest.fixture
def court(session: Any) -> Court:
    """Nothing here ever closes: the processes live by the real clock, on whatever day that is."""
    make.hearing_type()
    always = {"observes_holidays": False}
    place = make.court("HVDC", courtrooms=CLIENTS, **always)
    prison = make.prison("RIM", suites=CLIENTS, short_name="Rimutaka", **always)
    user = make.user(Role.REGISTRY, place, is_service=True)
    return Court(
        token=make_token(user.email, "storm", by=SYSTEM),
        courtrooms=make.rooms(place, "courtroom"),
        suites=make.rooms(prison, "suite"),
        people=[make.person(f"Person{n}", held_at=prison) for n in range(CLIENTS)],
    )


def starts() -> list[datetime]:
    """Mornings a week from now and later, at ten by the clock of Wellington."""
    first = (datetime.now(UTC) + timedelta(days=7)).date()
    return [make.at("10:00", on=str(first + timedelta(days=n))) for n in range(ROUNDS)]


def test_two_processes_accept_one_and_tell_the_rest_why(app: Flask, court: Court, engine_url: str):
    with web_processes(engine_url, 2) as servers:
        for start in starts():
            same_suite = [court.body(start, number=n, suite=0, person=n) for n in range(CLIENTS)]
            assert_one_wins(app, court, servers, same_suite)
            same_person = [
                court.body(start + timedelta(hours=2), number=n, suite=n, person=0)
                for n in range(CLIENTS)
            ]
            assert_one_wins(app, court, servers, same_person)
            overlapping = [
                court.body(
                    start + timedelta(hours=4, minutes=5 * (n % 6)), number=n, suite=0, person=n
                )
                for n in range(CLIENTS)
            ]
            assert_one_wins(app, court, servers, overlapping)


def assert_one_wins(
    app: Flask, court: Court, servers: Sequence[Server], bodies: Sequence[dict[str, Any]]
) -> None:
    replies = at_once(
        app, [posting(court, servers[n % len(servers)], body) for n, body in enumerate(bodies)]
    )

    statuses = sorted(reply.status for reply in replies)
    assert statuses == [201] + [409] * (len(bodies) - 1), statuses
    winner = next(reply.body["reference"] for reply in replies if reply.status == 201)
    for reply in replies:
        if reply.status == 409:
            assert winner in reply.body["detail"]
            assert reply.body["clashes"]
            assert reply.body["offers"]
    db.session.rollback()
    assert overlaps() == 0


def posting(court: Court, server: Server, body: object, key: str = "") -> Callable[[], Reply]:
    return lambda: court.post(server, body, key)


def test_one_request_sent_to_both_processes_is_one_booking(
    app: Flask, court: Court, engine_url: str
):
    body = court.body(starts()[0], number=0, suite=0, person=0)
    with web_processes(engine_url, 2) as servers:
        replies = at_once(
            app, [posting(court, servers[n % 2], body, "the-same-key") for n in range(CLIENTS)]
        )

    assert {reply.status for reply in replies} == {201}
    assert len({reply.body["reference"] for reply in replies}) == 1
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
    assert db.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


def test_process_killed_under_load_leaves_nothing_half_done(
    app: Flask, court: Court, engine_url: str
):
    """Clients whose connection broke send the same key to the other process."""
    replies: list[Reply] = []
    with web_processes(engine_url, 2) as servers:

        def keep_booking(number: int) -> None:
            for round_number in range(4):
                start = starts()[0] + timedelta(minutes=35 * round_number)
                body = court.body(start, number=number, suite=number // 2, person=number)
                key = uuid.uuid4().hex
                reply = court.post(servers[number % 2], body, key)
                while reply.status in (0, 503):
                    reply = court.post(servers[1], body, key)
                replies.append(reply)

        clients = [threading.Thread(target=keep_booking, args=(n,)) for n in range(8)]
        for client in clients:
            client.start()
        time.sleep(0.3)
        servers[0].kill()
        for client in clients:
            client.join(timeout=120)

    statuses = {reply.status for reply in replies}
    accepted = [reply.body["reference"] for reply in replies if reply.status == 201]
    assert (len(replies), statuses) == (32, {201, 409})
    assert (len(accepted), len(set(accepted))) == (16, 16)
    stand = db.session.scalars(select(Booking.reference)).all()
    assert sorted(stand) == sorted(accepted)
    holds = db.session.execute(
        select(Hold.booking_id, func.count()).group_by(Hold.booking_id)
    ).all()
    assert [count for _, count in holds] == [3] * 16
    actions = db.session.scalars(
        select(AuditEvent.action).where(AuditEvent.booking_id.is_not(None))
    ).all()
    assert sorted(actions) == ["hold"] * 16 + ["request"] * 16
    assert overlaps() == 0
    seal_audit()
    assert verify_audit(db.session()) == []

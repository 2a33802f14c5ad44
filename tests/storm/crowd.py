"""Many clients at one moment: threads that share nothing but the database.

Three rounds of twenty clients in `make test`; `AVL_STORM=1` (`make storm`) runs a hundred.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import Flask

from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.domain.access import Actor
from avl.domain.clashes import Rule
from avl.domain.errors import ResourceClash, Unavailable
from avl.domain.interval import Interval
from avl.models import Booking, Person, Resource, Site, db
from tests import make
from tests.scene import overlaps

IS_STORM = bool(os.environ.get("AVL_STORM"))
CLIENTS = 20
ROUNDS = 100 if IS_STORM else 3
SEED = int(os.environ.get("AVL_STORM_SEED", "20261124"))

Outcome = Any
"""What a client got: the command's result, or the exception it raised."""


def at_once(app: Flask, attempts: Sequence[Callable[[], Any]]) -> list[Outcome]:
    """Start every attempt at the same moment, each in an application context of its own.

    Returns:
        For each attempt, in order, what it returned or the exception that reached it.
    """
    # Whoever starts them waits here as long as they take, and PostgreSQL ends a transaction that
    # does nothing for half a minute.
    db.session.commit()
    gate = threading.Barrier(len(attempts))
    outcomes: list[Outcome] = [None] * len(attempts)

    def run(number: int) -> None:
        with app.app_context():
            gate.wait(timeout=30)
            try:
                outcomes[number] = attempts[number]()
            except Exception as error:  # a client sees whatever reaches it
                outcomes[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a client waits for ever"
    return outcomes


def patiently(attempt: Callable[[], Any], *, tries: int = 20) -> Callable[[], Any]:
    """Ask again when the system says that it is busy and nothing was changed, as people do.

    Twenty clients in one process share fifteen connections, so on a slow machine the last in
    the queue are sent away before their turn has come.
    """

    def ask() -> Any:
        for _ in range(tries - 1):
            try:
                return attempt()
            except Unavailable:
                db.session.remove()
        return attempt()

    return ask


@dataclass(frozen=True)
class Crowd:
    """A court with a courtroom, and a prison with a suite and a person, for every client.

    Clients ask by the ids, which are read once: rows belong to the session of whoever started the
    clients, and a row that has expired would be read again by all of them at once.
    """

    court: Site
    prison: Site
    courtrooms: Sequence[Resource]
    suites: Sequence[Resource]
    people: Sequence[Person]
    registrar: Actor
    coordinator: Actor

    def __post_init__(self) -> None:
        _ = self.court_id, self.prison_id, self.courtroom_ids, self.suite_ids, self.people_ids

    @cached_property
    def court_id(self) -> int:
        return self.court.id

    @cached_property
    def prison_id(self) -> int:
        return self.prison.id

    @cached_property
    def courtroom_ids(self) -> list[int]:
        return [room.id for room in self.courtrooms]

    @cached_property
    def suite_ids(self) -> list[int]:
        return [suite.id for suite in self.suites]

    @cached_property
    def people_ids(self) -> list[int]:
        return [person.id for person in self.people]

    def request(
        self,
        start: datetime,
        *,
        room: int,
        suite: int,
        person: int,
        minutes: int = 30,
        **more: Any,
    ) -> BookingRequest:
        """One person in one suite, each named by number."""
        return BookingRequest(
            court_id=self.court_id,
            courtroom_id=self.courtroom_ids[room],
            hearing_type="CRB",
            hearing=Interval(start, start + timedelta(minutes=minutes)),
            pre_minutes=more.pop("pre", 0),
            post_minutes=0,
            seats=(self.seat(person, suite),),
            **more,
        )

    def seat(self, person: int, suite: int) -> SeatRequest:
        return SeatRequest(self.people_ids[person], self.prison_id, self.suite_ids[suite])


def booking(request: BookingRequest, crowd: Crowd) -> Callable[[], Booking]:
    return patiently(lambda: request_booking(request, by=crowd.registrar))


def rounds() -> Iterator[datetime]:
    """A free start for each round, two hours apart; the last is ninety minutes before six."""
    for number in range(ROUNDS):
        day = make.at("08:30") + timedelta(days=1 + number % 20)
        yield day + timedelta(hours=2 * (number // 20))


def assert_one_wins(outcomes: list[Any], rule: Rule = Rule.TAKEN) -> Booking:
    """One accepted; everybody else told why."""
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ResourceClash)]
    assert (len(accepted), len(refused)) == (1, len(outcomes) - 1), outcomes
    assert all(rule in {clash.rule for clash in refusal.clashes} for refusal in refused)
    assert all(accepted[0].reference in refusal.message for refusal in refused)
    return accepted[0]


def assert_never_double_booked() -> None:
    db.session.rollback()
    assert overlaps() == 0

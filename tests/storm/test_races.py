"""Never double-booked, whoever asks at the same moment.

Three rounds of twenty clients in `make test`; `AVL_STORM=1` (`make storm`) runs a hundred.
Each race ends by asking the database itself how many exclusive holds overlap.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from avl.commands.agreement import confirm_booking, decline_booking
from avl.commands.bookings import (
    BookingRequest,
    hold_offer,
    request_booking,
    request_held,
)
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.swaps import swap_bookings
from avl.domain.access import Role
from avl.domain.errors import DomainError, ResourceClash, StaleVersion, Unavailable
from avl.domain.interval import Interval
from avl.models import Approval, AuditEvent, Booking, Hold, db
from tests import make
from tests.storm.crowd import (
    CLIENTS,
    IS_STORM,
    ROUNDS,
    SEED,
    Crowd,
    assert_never_double_booked,
    assert_one_wins,
    at_once,
    booking,
    patiently,
    rounds,
)

pytestmark = pytest.mark.both_databases

# --- The same thing at the same moment ---


def test_one_suite_and_time_exactly_one_is_accepted(app, crowd):
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=0, person=n) for n in range(CLIENTS)]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert_one_wins(outcomes)
        assert_never_double_booked()
    assert len(db.session.scalars(select(Booking)).all()) == ROUNDS
    assert len(db.session.scalars(select(AuditEvent)).all()) == 2 * ROUNDS


def test_one_suite_and_overlapping_times_exactly_one_is_accepted(app, crowd):
    chance = random.Random(SEED)
    for start in rounds():
        requests = [
            # Every one of these covers the minutes from 25 to 30, so any two overlap.
            crowd.request(
                start + timedelta(minutes=(early := chance.choice(range(0, 30, 5)))),
                room=n,
                suite=0,
                person=n,
                minutes=30 - early + chance.choice(range(0, 30, 5)),
            )
            for n in range(CLIENTS)
        ]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert_one_wins(outcomes)
        assert_never_double_booked()


def test_one_person_in_many_suites_exactly_one_is_accepted(app, crowd):
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=n, person=0) for n in range(CLIENTS)]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert_one_wins(outcomes)
        assert_never_double_booked()


def test_random_times_nobody_is_refused_without_cause(app, crowd):
    chance = random.Random(SEED)
    for start in rounds():
        requests = [
            crowd.request(
                start + timedelta(minutes=chance.choice(range(0, 70, 5))),
                room=n,
                suite=chance.randrange(3),
                person=n,
                minutes=chance.choice((10, 15, 20)),
            )
            for n in range(CLIENTS)
        ]

        outcomes = at_once(app, [booking(request, crowd) for request in requests])

        assert_never_double_booked()
        for request, outcome in zip(requests, outcomes, strict=True):
            if not isinstance(outcome, Booking):
                assert isinstance(outcome, ResourceClash)
                assert is_taken(request), "refused, and yet it is free"


def is_taken(request: BookingRequest) -> bool:
    occupied = request.hearing.widened(after=timedelta(minutes=5))
    return bool(
        db.session.scalars(
            select(Hold.id).where(
                Hold.resource_id == request.seats[0].suite_id,
                Hold.starts_at < occupied.end,
                Hold.ends_at > occupied.start,
            )
        ).first()
    )


def test_offers_held_and_booked_by_many_exactly_one_keeps_it(app, crowd):
    for start in rounds():
        requests = [crowd.request(start, room=n, suite=0, person=n) for n in range(CLIENTS)]

        def hold_and_book(request: BookingRequest) -> Booking:
            offer = hold_offer(request, by=crowd.registrar)
            return request_held(offer.reference, by=crowd.registrar)

        outcomes = at_once(
            app, [patiently(lambda request=request: hold_and_book(request)) for request in requests]
        )

        assert_one_wins(outcomes)
        assert_never_double_booked()


# --- The same request many times ---


def test_one_form_sent_many_times_is_one_hold(app, crowd):
    for number, start in enumerate(rounds()):
        request = crowd.request(start, room=0, suite=0, person=0, form_key=f"form-{number}")

        outcomes = at_once(
            app,
            [patiently(lambda request=request: hold_offer(request, by=crowd.registrar))] * CLIENTS,
        )

        assert [type(outcome) for outcome in outcomes] == [Booking] * CLIENTS, outcomes
        assert len({outcome.reference for outcome in outcomes}) == 1
        assert_never_double_booked()


def test_one_offer_booked_many_times_is_booked_once(app, crowd):
    offer = hold_offer(crowd.request(next(rounds()), room=0, suite=0, person=0), by=crowd.registrar)

    outcomes = at_once(app, [lambda: request_held(offer.reference, by=crowd.registrar)] * CLIENTS)

    assert {(type(outcome), outcome.version) for outcome in outcomes} == {(Booking, 2)}
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["hold", "request"]


def test_confirm_decline_and_cancel_at_once_end_in_one_state(app, crowd):
    for start in rounds():
        request = crowd.request(start, room=0, suite=0, person=0)
        reference = request_booking(request, by=crowd.registrar).reference
        answers: list[Callable[[], Any]] = [
            lambda r=reference: confirm_booking(r, by=crowd.coordinator, version=2),
            lambda r=reference: decline_booking(r, by=crowd.coordinator, reason="No", version=2),
            lambda r=reference: cancel_booking(r, by=crowd.registrar, reason="No", version=2),
        ]

        outcomes = at_once(app, answers * 3)

        version = select(Booking.version).where(Booking.reference == reference)
        assert db.session.scalar(version) == 3
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(refusal, DomainError) for refusal in refused), refused
        assert not any(isinstance(refusal, Unavailable) for refusal in refused)
        assert_never_double_booked()


# --- Moves, swaps and both lock orders ---


def test_no_deadlock_reaches_anybody(app, crowd):
    """Many clients want two suites and two people, named in both orders, and move and swap."""
    # All stand in one row, and the last must be served before a lock is given up after 5 seconds.
    clients = 32 if IS_STORM else 16
    chance = random.Random(SEED)
    both = (crowd.seat(0, 0), crowd.seat(1, 1))
    crossed = (crowd.seat(1, 0), crowd.seat(0, 1))
    start = next(rounds())
    standing = [
        request_booking(
            replace(
                crowd.request(start + timedelta(hours=n), room=n, suite=0, person=0), seats=seats
            ),
            by=crowd.registrar,
        ).reference
        for n, seats in enumerate((both, crossed))
    ]

    def attempt(number: int) -> Callable[[], Any]:
        when = start + timedelta(minutes=chance.choice(range(0, 150, 5)))
        seats = chance.choice((both, both[::-1], crossed, crossed[::-1]))
        request = replace(
            crowd.request(when, room=number % CLIENTS, suite=0, person=0), seats=seats
        )
        first, second = chance.sample(standing, 2)
        to = Move(hearing=Interval(when, when + timedelta(minutes=30)))
        return chance.choice(
            (
                lambda: request_booking(request, by=crowd.registrar),
                lambda: move_booking(first, to, by=crowd.registrar, reason="x"),
                lambda: swap_bookings(first, second, by=crowd.registrar, reason="x"),
            )
        )

    for _ in range(20 if IS_STORM else 2):
        outcomes = at_once(app, [attempt(number) for number in range(clients)])

        strange = [o for o in outcomes if not isinstance(o, Booking | ResourceClash | StaleVersion)]
        assert strange == []
        assert_never_double_booked()


def test_moves_into_one_gap_exactly_one_fits(app, crowd):
    start = next(rounds())
    references = [
        request_booking(
            crowd.request(start + timedelta(hours=4), room=n, suite=n, person=n),
            by=crowd.registrar,
        ).reference
        for n in range(1, 9)
    ]
    seats = dict(
        db.session.execute(
            text("SELECT b.reference, a.id FROM booking b JOIN appearance a ON a.booking_id = b.id")
        ).all()
    )
    gap = Interval(start, start + timedelta(minutes=30))

    outcomes = at_once(
        app,
        [
            lambda r=reference: move_booking(
                r,
                Move(hearing=gap, suites={seats[r]: crowd.suite_ids[0]}),
                by=crowd.registrar,
                reason="Judge is late",
            )
            for reference in references
        ],
    )

    assert_one_wins(outcomes)
    assert_never_double_booked()


def test_expired_offer_is_taken_by_one_while_its_officer_books_late(app, crowd, clock):
    for start in rounds():
        late = hold_offer(crowd.request(start, room=0, suite=0, person=0), by=crowd.registrar)
        clock.forward(minutes=11)

        outcomes = at_once(
            app,
            [
                lambda r=late.reference: request_held(r, by=crowd.registrar),
                *(
                    booking(crowd.request(start, room=n, suite=0, person=n), crowd)
                    for n in range(1, 6)
                ),
            ],
        )

        accepted = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
        assert (len(accepted), len(refused)) == (1, 5), outcomes
        assert not any(isinstance(refusal, Unavailable) for refusal in refused)
        assert_never_double_booked()


def test_self_service_prison_is_no_exception(app, session, clock):
    make.hearing_type()
    court = make.court("HVDC", courtrooms=8)
    prison = make.prison("ARO", approval=Approval.SELF_SERVICE)
    people = [make.person(f"Person{n}", held_at=prison) for n in range(8)]
    crowd = Crowd(
        court=court,
        prison=prison,
        courtrooms=make.rooms(court, "courtroom"),
        suites=make.rooms(prison, "suite"),
        people=people,
        registrar=make.actor(Role.REGISTRY, court),
        coordinator=make.actor(Role.AVL_COORDINATOR, prison),
    )
    requests = [crowd.request(next(rounds()), room=n, suite=0, person=n) for n in range(8)]

    winner = assert_one_wins(at_once(app, [booking(request, crowd) for request in requests]))

    assert winner.status == "confirmed"
    assert_never_double_booked()

"""Several workers and many officers want what has just come free: one gets it, and once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_held
from avl.commands.waitlist import ask_to_wait, withdraw_wait
from avl.commands.waitlist_moves import take_better_time
from avl.commands.waitlist_serving import keep_for, serve_waitlist
from avl.domain.booking import Status
from avl.domain.errors import DomainError
from avl.domain.local_time import local_day, to_local
from avl.domain.resources import Placement, Seat
from avl.domain.waiting import WaitState
from avl.models import AuditEvent, Booking, Hold, WaitlistEntry, db
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.queries.waiting import WaitRequest
from tests.storm.crowd import Crowd, assert_never_double_booked, at_once, booking, patiently, rounds

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)
WAITING, WORKERS, OFFICERS = 6, 3, 5


def waits(crowd: Crowd, start: datetime, person: int, moving: str = "") -> WaitlistEntry:
    """Somebody who waits for the first suite at one very time; a booking that would move there."""
    zone = crowd.court.zone
    on, at = local_day(start, zone), to_local(start, zone)
    room = RoomRequest(
        court_id=crowd.court.id,
        courtrooms=(),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(crowd.people[person].id, suites=(crowd.suites[0].id,)),),
        wanted_start=start,
        moving=moving,
        reason="The judge asked." if moving else "",
    )
    over = (at + timedelta(minutes=30)).time()
    request = WaitRequest(room, on, on, at.time(), over)
    return ask_to_wait(request, deadline_at=start, by=crowd.registrar)


def server(number: int) -> Any:
    """A worker that serves; the lease lets one of several at it, then the next."""
    return patiently(
        lambda: serve_waitlist(owner=f"worker {number}", working=HOUR, may_go_on=lambda: True)
    )


def keeper(crowd: Crowd, entry: WaitlistEntry, start: datetime, number: int) -> Any:
    """A worker whose lease ran out while it was thinking, and who keeps what it found."""
    person = next(one for one in crowd.people if one.id == entry.person_id)
    placement = Placement(
        court_id=crowd.court.id,
        courtroom=crowd.courtrooms[number].id,
        hearing_type="CRB",
        hearing=crowd.request(start, room=0, suite=0, person=0).hearing,
        pre_minutes=0,
        post_minutes=0,
        seats=(Seat(person.resource_id, crowd.prison.id, crowd.suites[0].id),),
    )
    key = entry.id
    return patiently(lambda: keep_for(key, placement, working=HOUR))


def told() -> Counter[str]:
    """How often each wait was given a time, as the audit has it."""
    subjects = select(AuditEvent.subject).where(AuditEvent.action == "offer_wait")
    return Counter(db.session.scalars(subjects))


def test_one_time_goes_to_one_whoever_is_fastest(app: Any, crowd: Crowd) -> None:
    for start in list(rounds())[:5]:
        entries = [waits(crowd, start, n) for n in range(WAITING)]
        attempts = [server(n) for n in range(WORKERS)]
        attempts += [keeper(crowd, one, start, n) for n, one in enumerate(entries[:3])]
        attempts += [
            booking(crowd.request(start, room=n, suite=0, person=n), crowd)
            for n in range(WAITING, WAITING + OFFICERS)
        ]

        outcomes = at_once(app, attempts)

        assert_never_double_booked()
        assert not [
            one
            for one in outcomes
            if isinstance(one, Exception) and not isinstance(one, DomainError)
        ]
        held = db.session.scalars(
            select(Hold.booking_id).where(
                Hold.resource_id == crowd.suites[0].id, Hold.starts_at == start
            )
        ).all()
        assert len(held) == 1
        offered = [
            db.session.get_one(WaitlistEntry, one.id, populate_existing=True)
            for one in entries
            if db.session.get_one(WaitlistEntry, one.id, populate_existing=True).state
            is WaitState.OFFERED
        ]
        assert [one.booking_id for one in offered] in ([], list(held))
        assert set(told().values()) <= {1}
        assert len(told()) == sum(1 for _ in all_offered())


def all_offered() -> Any:
    return db.session.scalars(
        select(WaitlistEntry.id).where(WaitlistEntry.state == WaitState.OFFERED)
    )


def test_taking_and_withdrawing_at_once_end_one_way(app: Any, crowd: Crowd) -> None:
    for start in list(rounds())[:5]:
        entry = waits(crowd, start, 0)
        server(0)()
        held = db.session.get_one(WaitlistEntry, entry.id, populate_existing=True).booking
        assert held is not None
        reference = held.reference

        at_once(
            app,
            [
                patiently(lambda ref=reference: request_held(ref, by=crowd.registrar)),
                patiently(lambda key=entry.id: withdraw_wait(key, by=crowd.registrar, reason="no")),
                server(1),
            ],
        )

        db.session.rollback()
        ended = db.session.get_one(WaitlistEntry, entry.id, populate_existing=True)
        status = db.session.get_one(Booking, held.id, populate_existing=True).status
        assert (ended.state, status) in (
            (WaitState.BOOKED, Status.REQUESTED),
            (WaitState.WITHDRAWN, Status.CANCELLED),
        )
        assert_never_double_booked()


def test_what_is_kept_beside_a_booking_is_nobodys_but_its_own(app: Any, crowd: Crowd) -> None:
    """A quarter of an hour later is kept for it while officers try for every part of the time."""
    quarter = timedelta(minutes=15)
    for number, start in enumerate(list(rounds())[:3]):
        mine = booking(crowd.request(start, room=0, suite=0, person=0), crowd)()
        entry = waits(crowd, start + quarter, 0, moving=mine.reference)
        later = [
            booking(crowd.request(start + n * quarter, room=n, suite=0, person=n), crowd)
            for n in range(1, 4)
        ]
        in_the_room = booking(crowd.request(start + 2 * quarter, room=0, suite=4, person=4), crowd)
        with_the_person = booking(
            crowd.request(start + 2 * quarter, room=5, suite=5, person=0), crowd
        )
        others = [*later, in_the_room, with_the_person]

        if number == 0:
            # Nobody else is there yet: what is tried here is the taking alone.
            server(0)()
        else:
            at_once(app, [server(0), *others])
        db.session.rollback()
        waited = db.session.get_one(WaitlistEntry, entry.id, populate_existing=True)
        was_kept = waited.state is WaitState.OFFERED
        assert was_kept or number
        take = patiently(lambda key=entry.id: take_better_time(key, by=crowd.registrar, reason=""))
        outcomes = at_once(app, [take, take, *others])

        assert_never_double_booked()
        db.session.rollback()
        now = db.session.get_one(Booking, mine.id, populate_existing=True)
        assert now.starts_at == start + (quarter if was_kept else timedelta())
        assert not [
            one
            for one in outcomes
            if isinstance(one, Exception) and not isinstance(one, DomainError)
        ]

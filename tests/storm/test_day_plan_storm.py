"""Plans of a whole day applied while others book and a room fails: whole or not at all."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import cycle
from threading import Lock
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.day_plans import apply_day_plan, want_day_plan
from avl.commands.outages import record_outage
from avl.commands.plans import PlanStale
from avl.commands.waitlist import ask_to_wait
from avl.domain.booking import LIVE
from avl.domain.disruption import still_broken
from avl.domain.errors import DomainError
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.waiting import WaitState
from avl.gateways.memory import MemorySms
from avl.jobs.plan_days import plan_days
from avl.jobs.shift import Shift
from avl.models import AuditEvent, Booking, Disruption, Plan, PlanStatus, WaitlistEntry, db
from avl.queries.day_plans import DayRequest, Movable
from avl.queries.disruptions import facts_about, with_parts
from avl.queries.placements import placement_of
from avl.queries.plans import placement_from_json
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.queries.waiting import WaitRequest
from tests.scene import overlaps
from tests.storm.crowd import IS_STORM, SEED, at_once
from tests.storm.town import (
    CLIENTS,
    Town,
    assert_holds_match_bookings,
    assert_nobody_told_in_vain,
)

pytestmark = pytest.mark.both_databases

ROUNDS = 24 if IS_STORM else 1
PLANNERS = 2
TRIES = 2
FIRST_DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No solver: how good a list is matters less here than how it is applied."""
    monkeypatch.setattr("avl.jobs.plan_days.is_available", lambda: False)
    monkeypatch.setattr("avl.queries.day_plans.SHORTEST_SECONDS", 0)
    monkeypatch.setattr("avl.jobs.plan_days.FOREVER", 2)


class StormyDay:
    """A morning with a suite out of use and more waiting than there is room for."""

    def __init__(self, town: Town, on: date) -> None:
        self.town, self.on = town, on
        self.starts = town.starts(str(on))
        self.desk = Lock()
        self.proposed = [self._filled()]

    def _filled(self) -> Plan:
        """Fill the morning, lose a suite, let some wait; returns what is proposed then."""
        suites, rooms = cycle(self.town.suites), cycle(self.town.rooms)
        for person, start in enumerate(self.starts[:6]):
            self._book(person, Interval(start, start + timedelta(minutes=10)), rooms, suites)
        end = self.starts[0] + timedelta(hours=2)
        self.lose(self.town.suites[0], Interval(self.starts[0] - timedelta(hours=1), end))
        for person in (10, 11):
            self._wait(person)
        return self._plan()

    def _book(self, person: int, hearing: Interval, rooms: Any, suites: Any) -> None:
        town = self.town
        counsel = town.counsel[person % len(town.counsel)]
        seat = SeatRequest(town.people[person], town.prison_id, next(suites), counsel)
        request = BookingRequest(town.court_id, next(rooms), "CRB", hearing, 0, 0, (seat,))
        request_booking(request, by=town.clerk)

    def _wait(self, person: int) -> None:
        town = self.town
        room = RoomRequest(
            court_id=town.court_id,
            courtrooms=(),
            hearing_type="CRB",
            minutes=20,
            pre_minutes=0,
            post_minutes=0,
            seats=(RoomSeat(town.people[person], town.counsel[person % 5]),),
            wanted_start=self.starts[2],
        )
        wish = WaitRequest(room, self.on, self.on)
        ask_to_wait(wish, deadline_at=self.starts[0], by=town.clerk)

    def _plan(self) -> Plan:
        """Ask for a plan and let a worker make it, as one desk does at a time."""
        with self.desk:
            request = DayRequest(self.town.court_id, self.on, movable=Movable.ALL, seconds=5)
            wanted = want_day_plan(request, by=self.town.clerk)
            plan_days(Shift(MemorySms(), "http://localhost", owner="worker:1"))
            return db.session.get_one(Plan, wanted.id, populate_existing=True)

    def planner(self) -> Callable[[], None]:
        """Apply a plan made when all was quiet; where it no longer fits, plan again."""

        def act() -> None:
            for _ in range(TRIES):
                plan = self.proposed.pop() if self.proposed else self._plan()
                with suppress(DomainError):
                    apply_day_plan(plan.id, by=self.town.clerk)
                    return

        return act

    def saboteur(self) -> Callable[[], None]:
        """Take out of use the suites that the proposed plan means to use."""
        after = _places(self.proposed[0])

        def act() -> None:
            for one in after[-2:]:
                self.lose(one.seats[0].suite, one.span)

        return act

    def calm(self) -> None:
        """The storm over, somebody waits; a plan is overtaken, and the next one is applied."""
        self._wait(12)
        overtaken = self._plan()
        for one in _places(overtaken):
            self.lose(one.seats[0].suite, one.span)
        with pytest.raises(PlanStale):
            apply_day_plan(overtaken.id, by=self.town.clerk)
        apply_day_plan(self._plan().id, by=self.town.clerk)

    def lose(self, suite: int, when: Interval) -> None:
        """A suite is out of use."""
        record_outage(
            suite, start=when.start, end=when.end, reason="flood", by=self.town.coordinator
        )


def _places(plan: Plan) -> list[Placement]:
    """Where a plan puts what it moves and what it books."""
    return [
        placement_from_json(one["after"]) for kind in ("moves", "new") for one in plan.moves[kind]
    ]


def test_day_plans_under_fire_are_whole_or_nothing(app, session, clock, record_property):
    town, under_fire = Town(), 0
    for number in range(ROUNDS):
        day = StormyDay(town, FIRST_DAY + timedelta(days=number))
        dices = [random.Random(f"{SEED}-{number}-{client}") for client in range(CLIENTS)]
        attempts = [day.planner() for _ in range(PLANNERS)]
        attempts += [day.saboteur()]
        attempts += [town.booker(dice, day.starts, times=3) for dice in dices[len(attempts) :]]
        before = len(applied())

        outcomes = at_once(app, attempts)

        assert outcomes == [None] * CLIENTS
        db.session.rollback()
        assert overlaps() == 0
        assert_what_is_broken_is_known()
        under_fire += len(applied()) - before
        day.calm()
        assert_what_is_broken_is_known()
    plans = db.session.scalars(select(Plan)).all()
    record_property("day_plans", f"{under_fire} of {len(plans)} applied under fire")
    # One round may well find a place for everybody who waits without moving anybody.
    assert applied()
    assert any(plan.moves["moves"] for plan in applied()) or not IS_STORM, "nobody was moved"
    assert under_fire >= ROUNDS // 4
    for plan in plans:
        assert_whole_or_nothing(plan)
    assert_holds_match_bookings()
    assert_nobody_told_in_vain()


def applied() -> list[Plan]:
    """The plans that were applied."""
    return list(db.session.scalars(select(Plan).where(Plan.status == PlanStatus.APPLIED)))


def assert_what_is_broken_is_known() -> None:
    """No booking stands where it cannot be, unless the worklist says so."""
    db.session.expire_all()
    known = set(
        db.session.scalars(select(Disruption.booking_id).where(Disruption.resolved_at.is_(None)))
    )
    live = list(db.session.scalars(with_parts(select(Booking).where(Booking.status.in_(LIVE)))))
    world = facts_about(db.session(), live)
    assert {one.id for one in live if still_broken(placement_of(one), world)} <= known


def assert_whole_or_nothing(plan: Plan) -> None:
    """An applied plan moved and booked all that is in it; any other plan left no trace."""
    marked = AuditEvent.reason.contains(f"(plan {plan.id})")
    moves = db.session.scalars(select(AuditEvent).where(marked)).all()
    done = select(AuditEvent).where(
        AuditEvent.action == "apply_plan", AuditEvent.subject == f"plan {plan.id}"
    )
    entries = [one["entry_id"] for one in plan.moves.get("new", ())]
    if plan.status is not PlanStatus.APPLIED:
        assert (moves, db.session.scalars(done).all()) == ([], [])
        return
    assert len(db.session.scalars(done).all()) == 1
    after = {one["booking_id"]: one["after"] for one in plan.moves["moves"]}
    assert sorted(event.booking_id for event in moves) == sorted(after)
    for event in moves:
        new = placement_from_json(after[event.booking_id]).hearing
        assert event.changes["hearing"][1].startswith(f"{new.start:%Y-%m-%dT%H:%MZ}")
    granted = db.session.scalars(
        select(WaitlistEntry).where(WaitlistEntry.id.in_(entries)).order_by(WaitlistEntry.id)
    ).all()
    assert [entry.state for entry in granted] == [WaitState.BOOKED] * len(entries)
    assert sorted(entry.booking.reference for entry in granted) == sorted(plan.progress["booked"])

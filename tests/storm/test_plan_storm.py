"""Plans applied while others book, move and cancel: whole or not at all, nobody told in vain."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.plans import apply_plan, propose_plans
from avl.domain.access import Role
from avl.domain.errors import DomainError
from avl.domain.interval import Interval
from avl.domain.local_time import say_time
from avl.models import Approval, AuditEvent, Booking, Hold, Plan, PlanStatus, Sms, db
from avl.queries.placements import placement_of
from avl.queries.plans import placement_from_json
from avl.queries.room_request import RoomRequest, RoomSeat
from tests import make
from tests.scene import overlaps
from tests.storm.crowd import at_once

pytestmark = [pytest.mark.both_databases, pytest.mark.xdist_group("storm")]

ROUNDS = 40 if os.environ.get("AVL_STORM") else 2
CLIENTS = 8
SEED = int(os.environ.get("AVL_STORM_SEED", "20261124"))


class Town:
    """One court with two courtrooms, one prison with three suites, many people with counsel."""

    def __init__(self) -> None:
        make.hearing_type()
        self.court = make.court("HVDC", courtrooms=2)
        self.prison = make.prison("RIM", suites=3, approval=Approval.SELF_SERVICE)
        self.rooms = [room.id for room in make.rooms(self.court, "courtroom")]
        self.suites = [suite.id for suite in make.rooms(self.prison, "suite")]
        self.people = [make.person(f"Person{n}", held_at=self.prison).id for n in range(40)]
        self.counsel = [make.counsel(f"Counsel {n}", mobile=f"+6421555{n:04}").id for n in range(5)]
        self.prison_id, self.court_id = self.prison.id, self.court.id
        self.clerk = make.actor(Role.REGISTRY, self.court)
        self.dice = random.Random(SEED)
        # Two hours of one morning: everybody wants the same few rooms.
        self.starts = [
            make.at("09:00", on="2026-11-25") + timedelta(minutes=15 * n) for n in range(8)
        ]

    def request(self, dice: random.Random) -> BookingRequest:
        start = dice.choice(self.starts)
        return BookingRequest(
            court_id=self.court_id,
            courtroom_id=dice.choice(self.rooms),
            hearing_type="CRB",
            hearing=Interval(start, start + timedelta(minutes=dice.choice([10, 20]))),
            pre_minutes=0,
            post_minutes=0,
            seats=(
                SeatRequest(
                    dice.choice(self.people),
                    self.prison_id,
                    dice.choice(self.suites),
                    dice.choice([None, *self.counsel]),
                ),
            ),
            warning_reason="the storm",
        )

    def room(self, dice: random.Random) -> RoomRequest:
        return RoomRequest(
            court_id=self.court_id,
            courtrooms=(dice.choice(self.rooms),),
            hearing_type="CRB",
            minutes=dice.choice([20, 30]),
            pre_minutes=0,
            post_minutes=0,
            seats=(RoomSeat(dice.choice(self.people), dice.choice(self.counsel)),),
            wanted_start=dice.choice(self.starts),
            near_minutes=0,
        )

    def planner(self, dice: random.Random) -> Callable[[], Any]:
        """Propose, then apply whatever came first."""

        def act() -> Any:
            for _ in range(2):
                plans = propose_plans(self.room(dice), by=self.clerk)
                if plans[0].status is PlanStatus.PROPOSED:
                    with suppress(DomainError):
                        apply_plan(plans[0].id, by=self.clerk)

        return act

    def booker(self, dice: random.Random) -> Callable[[], Any]:
        """Book, move and cancel at random."""

        def act() -> Any:
            for _ in range(6):
                try:
                    made = request_booking(self.request(dice), by=self.clerk)
                    if dice.random() < 0.4:
                        start = dice.choice(self.starts)
                        to = Interval(start, start + timedelta(minutes=10))
                        move_booking(
                            made.reference,
                            Move(hearing=to),
                            by=self.clerk,
                            reason="storm",
                            warning_reason="storm",
                        )
                    elif dice.random() < 0.3:
                        cancel_booking(made.reference, by=self.clerk, reason="storm")
                except DomainError:
                    pass

        return act


def test_plans_under_fire_are_whole_or_nothing(app, session, clock):
    town = Town()
    for number in range(ROUNDS):
        dices = [random.Random(f"{SEED}-{number}-{client}") for client in range(CLIENTS)]
        attempts = [
            town.planner(dice) if client < 3 else town.booker(dice)
            for client, dice in enumerate(dices)
        ]

        outcomes = at_once(app, attempts)

        assert outcomes == [None] * CLIENTS
        db.session.rollback()
        assert overlaps() == 0
    plans = db.session.scalars(select(Plan)).all()
    applied = [plan for plan in plans if plan.status is PlanStatus.APPLIED]
    assert any(plan.moves["moves"] for plan in applied), "no plan moved anything"
    for plan in plans:
        assert_whole_or_nothing(plan)
    assert_holds_match_bookings()
    assert_nobody_told_in_vain()


def assert_whole_or_nothing(plan: Plan) -> None:
    """An applied plan left its mark on every booking in it; any other plan on none."""
    mark = f"(plan {plan.id})"
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.reason.contains(mark))).all()
    moved = sorted(event.booking_id for event in events if event.action == "move")
    if plan.status is not PlanStatus.APPLIED:
        assert events == []
        return
    assert moved == sorted(move["booking_id"] for move in plan.moves["moves"])
    made = db.session.scalars(
        select(Booking).where(Booking.reference == plan.progress["booking"])
    ).one()
    booked = next(
        event
        for event in db.session.scalars(
            select(AuditEvent).where(AuditEvent.booking_id == made.id).order_by(AuditEvent.id)
        )
    )
    new = placement_from_json(plan.moves["new"]).hearing
    assert booked.changes["hearing"][1].startswith(f"{new.start:%Y-%m-%dT%H:%MZ}")


def assert_holds_match_bookings() -> None:
    """Whoever stands holds what it needs; whoever has ended holds nothing."""
    for booking in db.session.scalars(select(Booking)):
        held = set(
            db.session.scalars(select(Hold.resource_id).where(Hold.booking_id == booking.id))
        )
        wanted = set(placement_of(booking).resource_ids) if booking.status == "confirmed" else set()
        assert held == wanted


def assert_nobody_told_in_vain() -> None:
    """What stands in the outbox is what the bookings say: their own times, and no others."""
    for sms in db.session.scalars(select(Sms).where(Sms.state == "pending")):
        booking = db.session.get_one(Booking, sms.booking_id)
        kinds = {"cancelled"} if booking.status == "cancelled" else {"booked", "moved"}
        assert sms.kind in kinds or sms.kind.startswith("reminder")
        if booking.status == "confirmed":
            start = placement_of(booking).hearing.start
            assert say_time(start, "Pacific/Auckland") in sms.body

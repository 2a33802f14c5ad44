"""A small town in which everybody wants the same few rooms, and what must be true of it after."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.domain.access import Role
from avl.domain.errors import DomainError
from avl.domain.interval import Interval
from avl.domain.local_time import say_time
from avl.models import Approval, Booking, Hold, Sms, db
from avl.queries.placements import placement_of
from tests import make

CLIENTS = 8


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
        self.coordinator = make.actor(Role.AVL_COORDINATOR, self.prison)

    def starts(self, on: str = "2026-11-25") -> list[datetime]:
        """Two hours of one morning: everybody wants the same few rooms."""
        return [make.at("09:00", on=on) + timedelta(minutes=15 * n) for n in range(8)]

    def request(self, dice: random.Random, starts: list[datetime]) -> BookingRequest:
        """A booking at random."""
        start = dice.choice(starts)
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

    def booker(
        self, dice: random.Random, starts: list[datetime], *, times: int = 6
    ) -> Callable[[], Any]:
        """A client who books, moves and cancels at random."""

        def act() -> Any:
            for _ in range(times):
                try:
                    made = request_booking(self.request(dice, starts), by=self.clerk)
                    if dice.random() < 0.4:
                        start = dice.choice(starts)
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

"""Any sequence of commands, against a model of a few dozen lines of plain Python.

The model knows only what a registry officer would say: what each booking keeps and when, which
steps its state allows, and that two bookings never keep the same room or person at once. After
every step the database must hold exactly what the model holds.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from avl import clock
from avl.commands.agreement import (
    complete_booking,
    confirm_booking,
    connect_booking,
    decline_booking,
    lapse_due,
    stand_down_booking,
)
from avl.commands.bookings import hold_offer, release_hold, request_booking, request_held
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.swaps import swap_bookings
from avl.domain.booking import NEXT_STATUS, Action, Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, ResourceClash
from avl.models import Booking, db
from tests import make
from tests.stateful.model import Known, Plan, swapped
from tests.stateful.watched import Watched

pytestmark = pytest.mark.both_databases

IS_STORM = bool(os.environ.get("AVL_STORM"))
STARTS = [make.at("10:00", on="2026-11-25") + timedelta(minutes=5 * n) for n in range(0, 24, 3)]

starts = st.sampled_from(STARTS)
lengths = st.sampled_from([15, 30, 45])
conferences = st.sampled_from([0, 15])
who = st.sampled_from(["tane", "hemi", "aroha"])
rooms = st.sampled_from([0, 1])


class Bookings(Watched):
    """Book, hold, move, swap, confirm, decline, cancel, run and lapse, in any order."""

    # --- Making ---

    @rule(who=who, courtroom=rooms, suite=rooms, start=starts, minutes=lengths, pre=conferences)
    def hold(self, **wanted: Any) -> None:
        plan = Plan(**wanted)
        self.expire_in_the_way(plan)
        made = self.attempt(plan, lambda: hold_offer(self.asked(plan), by=self.scene.registrar))
        if made:
            ends = self.clock.now + timedelta(minutes=10)
            self.model[made.reference] = Known(plan, Status.HELD, 1, ends, actions=["hold"])

    @rule(who=who, courtroom=rooms, suite=rooms, start=starts, minutes=lengths, pre=conferences)
    def book(self, **wanted: Any) -> None:
        plan = Plan(**wanted)
        self.expire_in_the_way(plan)
        made = self.attempt(
            plan, lambda: request_booking(self.asked(plan), by=self.scene.registrar)
        )
        if made:
            known = Known(plan, Status.HELD, 1, actions=["hold"])
            self.model[made.reference] = known
            self.requested(known, "request")

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def request(self, data: st.DataObject) -> None:
        reference, known = self.some(data)
        if known.status in (Status.REQUESTED, Status.CONFIRMED):
            request_held(reference, by=self.scene.registrar)
        elif known.status is not Status.HELD:
            with pytest.raises(ActionNotAllowed):
                request_held(reference, by=self.scene.registrar)
        else:
            # Late or not: what nobody took meanwhile may still be booked.
            self.expire_in_the_way(known.plan, but=reference)
            request_held(reference, by=self.scene.registrar)
            self.requested(known, "request")

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        reference, known = self.some(data)
        release_hold(reference, by=self.scene.registrar)
        if known.status is Status.HELD:
            self.ended(known, Status.CANCELLED, "cancel")

    # --- Changing ---

    @precondition(lambda self: self.model)
    @rule(data=st.data(), start=starts, minutes=lengths, pre=conferences, courtroom=rooms)
    def move(self, data: st.DataObject, courtroom: int, **to: Any) -> None:
        reference, known = self.some(data)
        plan = replace(known.plan, courtroom=courtroom, **to)
        room = (self.scene.courtroom, self.scene.second_courtroom)[courtroom]
        change = Move(hearing=plan.hearing, courtroom_id=room.id, pre_minutes=plan.pre)

        def act() -> Booking:
            return move_booking(reference, change, by=self.scene.registrar, reason="Judge ill")

        if not self.permitted(known, Action.MOVE, act) or plan == known.plan:
            return
        self.expire_in_the_way(plan, but=reference)
        if self.attempt(plan, act, but={reference}):
            known.plan = plan
            self.requested(known, "move")

    @precondition(lambda self: len(self.model) > 1)
    @rule(data=st.data())
    def swap(self, data: st.DataObject) -> None:
        references = data.draw(st.permutations(list(self.model)))[:2]
        one, two = (self.model[reference] for reference in references)

        def act() -> Booking:
            return swap_bookings(*references, by=self.scene.registrar, reason="Interpreter")

        if not all((known.status, Action.MOVE) in NEXT_STATUS for known in (one, two)):
            with pytest.raises(ActionNotAllowed):
                act()
            return
        if not all(known.status in (Status.REQUESTED, Status.CONFIRMED) for known in (one, two)):
            with pytest.raises((ActionNotAllowed, InvalidInput)):
                act()  # What was stood down has begun.
            return
        if one.plan.hearing.start == two.plan.hearing.start:
            with pytest.raises(InvalidInput):
                act()
            return
        others = [
            known.plan
            for reference, known in self.model.items()
            if known.stands and not self.is_over(known) and reference not in references
        ]
        ways = swapped(one.plan, two.plan, others)
        if not ways:
            with pytest.raises(ResourceClash):
                act()
            return
        act()
        plans = tuple(self.placed(reference) for reference in references)
        assert plans in ways
        for known, plan, reference in zip((one, two), plans, references, strict=True):
            known.plan = plan
            self.requested(known, "move")
            self.expire_in_the_way(plan, but=reference)

    def placed(self, reference: str) -> Plan:
        """Where a booking stands in the database, whose times the invariants look after."""
        booking = db.session.scalars(
            select(Booking).where(Booking.reference == reference),
            execution_options={"populate_existing": True},
        ).one()
        [seat] = booking.appearances
        known = self.model[reference].plan
        room, suite = (self.names[key][-1] for key in (seat.courtroom_id, seat.suite_id))
        return replace(
            known,
            start=booking.starts_at + timedelta(minutes=known.pre),
            courtroom=int(room),
            suite=known.suite if known.who == "aroha" else int(suite),
        )

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        reference, known = self.some(data)

        def act() -> Booking:
            return cancel_booking(reference, by=self.scene.registrar, reason="Plea entered")

        if known.status is Status.CANCELLED:
            act()
        elif self.permitted(known, Action.CANCEL, act):
            act()
            self.ended(known, Status.CANCELLED, "cancel")

    # --- The prison's side ---

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        reference, known = self.some(data, at_rimutaka=True)
        if not reference:
            return

        def act() -> Booking:
            return confirm_booking(reference, by=self.scene.coordinator)

        if known.status is Status.CONFIRMED:
            act()
        elif self.permitted(known, Action.CONFIRM, act):
            act()
            known.expires_at = None
            self.changed(known, Status.CONFIRMED, "confirm")

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        reference, known = self.some(data, at_rimutaka=True)
        if not reference:
            return

        def act() -> Booking:
            return decline_booking(reference, by=self.scene.coordinator, reason="No staff")

        if self.permitted(known, Action.DECLINE, act):
            act()
            self.ended(known, Status.DECLINED, "decline")

    @precondition(lambda self: self.model)
    @rule(data=st.data(), action=st.sampled_from(["connect", "complete", "stand_down"]))
    def run(self, data: st.DataObject, action: str) -> None:
        reference, known = self.some(data)
        act = {
            "connect": lambda: connect_booking(reference, by=self.scene.registrar),
            "complete": lambda: complete_booking(reference, by=self.scene.registrar),
            "stand_down": lambda: stand_down_booking(
                reference, by=self.scene.registrar, reason="No line"
            ),
        }[action]
        # A link is run on its day.
        with clock.frozen(known.plan.hearing.start):
            if not self.permitted(known, Action(action), act):
                return
            act()
            self.changed(known, NEXT_STATUS[known.status, Action(action)], action)

    # --- Time ---

    @rule(minutes=st.sampled_from([4, 11, 400]))
    def wait(self, minutes: int) -> None:
        if self.clock.now + timedelta(minutes=minutes) < STARTS[0] - timedelta(hours=2):
            self.clock.forward(minutes=minutes)

    @rule()
    def lapse(self) -> None:
        due = [k for k in self.model.values() if k.expires_at and k.expires_at <= self.clock.now]
        assert lapse_due() == len(due)
        for known in due:
            self.ended(known, Status.LAPSED, "lapse")


def test_any_sequence_of_commands_keeps_the_model(session, clock):
    run_state_machine_as_test(
        lambda: Bookings(clock),
        settings=settings(
            max_examples=200 if IS_STORM else 12,
            stateful_step_count=50 if IS_STORM else 25,
            deadline=None,
            print_blob=True,
            # Shrinking replays hundreds of sequences against a real database; the whole sequence
            # that failed is printed instead. Take the line away to have it shortened.
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

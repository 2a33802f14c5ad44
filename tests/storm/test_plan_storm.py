"""Plans applied while others book, move and cancel: whole or not at all, nobody told in vain."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from avl.commands.plans import apply_plan, propose_plans
from avl.domain.errors import DomainError
from avl.models import AuditEvent, Booking, Plan, PlanStatus, db
from avl.queries.plans import placement_from_json
from avl.queries.room_request import RoomRequest, RoomSeat
from tests.scene import overlaps
from tests.storm.crowd import IS_STORM, SEED, at_once
from tests.storm.town import (
    CLIENTS,
    Town,
    assert_holds_match_bookings,
    assert_nobody_told_in_vain,
)

pytestmark = pytest.mark.both_databases

ROUNDS = 40 if IS_STORM else 2
MOST_ROUNDS = 6 * ROUNDS
"""Whether a plan that moves something is applied before others book its room is luck; a short storm
goes on until one was."""


def wish(town: Town, dice: random.Random) -> RoomRequest:
    """Room for somebody at a time when there is none."""
    return RoomRequest(
        court_id=town.court_id,
        courtrooms=(dice.choice(town.rooms),),
        hearing_type="CRB",
        minutes=dice.choice([20, 30]),
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(dice.choice(town.people), dice.choice(town.counsel)),),
        wanted_start=dice.choice(town.starts()),
        near_minutes=0,
    )


def proposed(town: Town, dice: random.Random) -> list[Plan]:
    """Ask for room; on a machine so busy that the search outlasts its connection, nothing comes of
    it and nothing was changed."""
    try:
        return propose_plans(wish(town, dice), by=town.clerk)
    except OperationalError as lost:
        if not lost.connection_invalidated:
            raise
        db.session.remove()
        return []


def planner(town: Town, dice: random.Random) -> Callable[[], Any]:
    """Propose, then apply whatever came first."""

    def act() -> Any:
        for _ in range(2):
            plans = proposed(town, dice)
            if plans and plans[0].status is PlanStatus.PROPOSED:
                with suppress(DomainError):
                    apply_plan(plans[0].id, by=town.clerk)

    return act


def test_plans_under_fire_are_whole_or_nothing(app, session, clock):
    town = Town()
    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and moved_something():
            break
        dices = [random.Random(f"{SEED}-{number}-{client}") for client in range(CLIENTS)]
        attempts = [
            planner(town, dice) if client < 3 else town.booker(dice, town.starts())
            for client, dice in enumerate(dices)
        ]

        outcomes = at_once(app, attempts)

        assert outcomes == [None] * CLIENTS
        db.session.rollback()
        assert overlaps() == 0
    assert moved_something(), "no plan moved anything"
    for plan in db.session.scalars(select(Plan)).all():
        assert_whole_or_nothing(plan)
    assert_holds_match_bookings()
    assert_nobody_told_in_vain()


def moved_something() -> bool:
    """Whether a plan that moves others was applied."""
    applied = db.session.scalars(select(Plan).where(Plan.status == PlanStatus.APPLIED))
    return any(plan.moves["moves"] for plan in applied)


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

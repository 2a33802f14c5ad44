"""What is looked for when a time is refused, and who must be kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from avl.domain.disruption import Cause
from avl.models import (
    Booking,
    Disruption,
    KeepApart,
    Person,
    Plan,
    PlanKind,
    PlanStatus,
    WaitlistEntry,
    WaitState,
    db,
)
from avl.queries.day_plans import DayRequest
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.queries.waiting import WaitRequest
from tests.making.basis import LONG_AGO, save


def outgrown(booking: Booking) -> Disruption:
    """The worklist's row of a booking of 30 minutes whose type takes 60 by now."""
    booking.hearing_type.typical_minutes = 60
    return save(
        Disruption(
            booking_id=booking.id,
            court_id=booking.court_id,
            site_id=booking.court_id,
            cause=Cause.LENGTH,
            sentence="The hearing has 30 minutes; the usual for “Bail” is now 60.",
            opened_at=booking.updated_at,
            due_at=booking.starts_at,
        )
    )


def plan(booking: Booking) -> Plan:
    """A search for room that found none."""
    request = RoomRequest(
        court_id=booking.court_id,
        courtrooms=(),
        hearing_type=booking.hearing_type_code,
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(booking.appearances[0].person_id),),
        wanted_start=booking.starts_at,
    )
    plan = Plan(
        kind=PlanKind.MAKE_ROOM,
        status=PlanStatus.IMPOSSIBLE,
        court_id=booking.court_id,
        made_at=booking.created_at,
        expires_at=booking.starts_at,
        wish=request.to_json(),
    )
    db.session.add(plan)
    db.session.commit()
    return plan


def day_plan(booking: Booking, **more: Any) -> Plan:
    """A plan of a booking's day that leaves it where it is."""
    fields = {
        "kind": PlanKind.DAY,
        "status": PlanStatus.PROPOSED,
        "court_id": booking.court_id,
        "made_at": booking.created_at,
        "expires_at": booking.starts_at,
        "wish": DayRequest(booking.court_id, booking.starts_at.date()).to_json(),
        "moves": {"moves": [], "new": [], "unplaced": [], "stays": 1},
        "cost": {
            **dict.fromkeys(("unplaced", "off", "moved", "unrest"), 0),
            **{"proven": 4, "bound": [0, 0, 0, 0], "has_solver": True},
        },
    }
    plan = Plan(**{**fields, **more})
    db.session.add(plan)
    db.session.commit()
    return plan


def wait(booking: Booking, **more: Any) -> WaitlistEntry:
    """A wish on the waitlist, for the first person of a booking at its court."""
    room = RoomRequest(
        court_id=booking.court_id,
        courtrooms=(),
        hearing_type=booking.hearing_type_code,
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(booking.appearances[0].person_id),),
        wanted_start=booking.starts_at,
        staff_notes=booking.staff_notes,
        prison_notes=booking.prison_notes,
    )
    on = booking.starts_at.date()
    request = WaitRequest(room, on, on + timedelta(days=9))
    usual = {
        "court_id": booking.court_id,
        "hearing_type_code": booking.hearing_type_code,
        "person_id": booking.appearances[0].person_id,
        "priority": 50,
        "wish": request.to_json(),
        "mark": request.mark,
        "state": WaitState.WAITING,
        "asked_at": booking.created_at,
        "made_at": booking.created_at,
        "deadline_at": booking.starts_at + timedelta(days=9),
    }
    return save(WaitlistEntry(**(usual | more)))


def keep_apart(one: Person, other: Person, *, gap: int = 30, all_day: bool = False) -> KeepApart:
    """Two people who must be kept apart from now on."""
    first, second = sorted((one.id, other.id))
    return save(
        KeepApart(
            first_id=first,
            second_id=second,
            gap_minutes=gap,
            other_site_too=all_day,
            reason="Planted reason",
            made_at=LONG_AGO,
        )
    )

"""Plans that make room: proposed, kept, and applied all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from avl import clock
from avl.commands.audit import record
from avl.commands.bookings import BookingRequest, SeatRequest, book
from avl.commands.changes import apply_move
from avl.commands.keeping import drop_holds
from avl.commands.modes import DirectionNote
from avl.commands.moving import change_to
from avl.commands.plan_rows import rows_of
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, may
from avl.domain.booking import Action, Status, allowed_actions
from avl.domain.errors import (
    ActionNotAllowed,
    DomainError,
    InvalidInput,
    ResourceClash,
)
from avl.domain.resources import Placement
from avl.models import (
    Appearance,
    Booking,
    Person,
    Plan,
    PlanKind,
    PlanStatus,
    Resource,
    db,
)
from avl.models.base import Json
from avl.queries.plans import get_plan, placement_from_json
from avl.queries.room import find_room, why_kept
from avl.queries.room_request import RoomRequest
from avl.queries.scope import visible_bookings

GOOD_FOR = timedelta(minutes=30)
"""How long a plan may be applied: it is verified again all the same."""


class PlanStale(DomainError):
    """The world changed since the plan was made; the message says how."""


def propose_plans(request: RoomRequest, *, by: Actor) -> list[Plan]:
    """Look for up to three plans and keep them; where there is none, keep the reason why.

    The search runs before the transaction: nobody waits for it, and applying verifies again.

    Raises:
        NotFound: the court, or the booking that is to be moved, is not the actor's.
        ActionNotAllowed: that booking can no longer be moved.
        InvalidInput: what is asked for makes no sense.
    """
    found = find_room(db.session(), by, request, now=clock.now())
    rows = rows_of(found)
    db.session.rollback()
    return _save(rows, request, by=by)


@command
def _save(
    session: Session, rows: Sequence[Mapping[str, Any]], request: RoomRequest, *, by: Actor
) -> list[Plan]:
    now = clock.now()
    plans = [
        Plan(
            kind=PlanKind.MAKE_ROOM,
            court_id=request.court_id,
            made_by_id=by.user_id,
            made_at=now,
            expires_at=now + GOOD_FOR,
            wish=request.to_json(),
            **row,
        )
        for row in rows
    ]
    session.add_all(plans)
    session.flush()
    return plans


@command
def apply_plan(session: Session, plan_id: int, *, by: Actor, reason: str = "") -> Booking:
    """Move every booking of a plan and make the new one, or change nothing at all.

    A plan for a booking that stands moves that one too. Everything is locked in one order, every
    version compared, all holds of the moved bookings lifted, and each placement judged again before
    it is written.

    Args:
        reason: why the booking is moved that room is made for, unless it was said before.

    Raises:
        PlanStale: something changed meanwhile; the message says what. Call `replan` next.
        JustTaken: somebody was faster by moments; likewise.
        InvalidInput: no reason for moving the booking that room is made for.
        ActionNotAllowed: it is applied already, or there was nothing to apply.
        NotFound: there is no such plan at the actor's courts.
    """
    plan = get_plan(session, by, plan_id)
    session.refresh(plan, with_for_update=True)
    check_open(plan)
    request = RoomRequest.from_json(plan.wish)
    request = replace(request, reason=reason.strip() or request.reason)
    if request.moving and not request.reason:
        raise InvalidInput("reason", "Say why the booking is moved.")
    moves: list[Json] = plan.moves["moves"]
    aim: Json | None = plan.moves.get("aim")
    new = placement_from_json(plan.moves["new"])
    every = [*moves, aim] if aim else moves
    bookings = lock_moves(session, every, [new], by)
    why = f"Makes room for another hearing (plan {plan.id})."
    for move in every:
        drop_holds(session, bookings[move["booking_id"]])
    try:
        for move in moves:
            booking = bookings[move["booking_id"]]
            after = placement_from_json(move["after"])
            change = change_to(booking, after)
            apply_move(session, booking, change, by=by, reason=why, warning_reason=why)
        if aim:
            made = bookings[aim["booking_id"]]
            _take_place(session, made, request, new, by=by)
        else:
            made = book(session, _booking_request(session, request, new, why), by=by)
    except ResourceClash as clash:
        raise PlanStale(f"The plan no longer fits. {clash.message}") from clash
    _settle(session, plan, made)
    record(
        session,
        "apply_plan",
        by=by,
        booking=made,
        subject=f"plan {plan.id}",
        changes={"moved": [None, [move["reference"] for move in moves]]},
    )
    return made


def _take_place(
    session: Session, booking: Booking, request: RoomRequest, placement: Placement, *, by: Actor
) -> None:
    """Move the booking that room was made for to where the plan puts it."""
    direction = DirectionNote(**request.direction) if request.direction else None
    change = change_to(booking, placement, direction=direction)
    apply_move(
        session,
        booking,
        change,
        by=by,
        reason=request.reason,
        warning_reason=request.warning_reason or request.reason,
    )


def check_open(plan: Plan) -> None:
    """Refuse a plan that was applied, put aside or kept too long.

    Raises:
        ActionNotAllowed: there is nothing to apply.
        PlanStale: it is too old.
    """
    if plan.status is PlanStatus.APPLIED:
        raise ActionNotAllowed("This plan has been applied already.")
    if plan.status is not PlanStatus.PROPOSED:
        again = "Plan the day again." if plan.kind is PlanKind.DAY else "Look for room again."
        raise ActionNotAllowed(f"This plan can no longer be applied. {again}")
    if plan.expires_at <= clock.now():
        raise PlanStale("The plan is more than half an hour old.")


def lock_moves(
    session: Session, moves: Sequence[Json], new: Iterable[Placement], by: Actor
) -> dict[int, Booking]:
    """Lock a plan's bookings, then every resource in it, each in id order.

    Args:
        new: where the plan places what is not booked yet.

    Raises:
        PlanStale: one of the bookings has changed, or may no longer be moved.
    """
    rows = session.scalars(
        visible_bookings(by)
        .where(Booking.id.in_([move["booking_id"] for move in moves]))
        .options(
            selectinload(Booking.legs),
            selectinload(Booking.appearances).options(
                joinedload(Appearance.person),
                joinedload(Appearance.counsel),
                joinedload(Appearance.site),
            ),
        )
        .order_by(Booking.id)
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    )
    bookings = {booking.id: booking for booking in rows}
    if changes := [said for move in moves if (said := _what_changed(move, bookings, by))]:
        raise PlanStale(" ".join(changes))
    placed = [placement_from_json(move[side]) for move in moves for side in _SIDES]
    wanted = {key for placement in (*new, *placed) for key in placement.resource_ids}
    session.execute(
        select(Resource.id)
        .where(Resource.id.in_(wanted))
        .order_by(Resource.id)
        .with_for_update(key_share=True)
    ).all()
    return bookings


_SIDES = ("before", "after")


def _what_changed(move: Mapping[str, Any], bookings: Mapping[int, Booking], by: Actor) -> str:
    """Say what has happened to a booking since the plan was made; "" when nothing has."""
    reference = move["reference"]
    booking = bookings.get(move["booking_id"])
    if booking is None or not may(by, Do.MOVE, booking):
        return f"{reference} is no longer yours to move."
    is_aim = move.get("is_aim", False)
    may_stand = Action.MOVE in allowed_actions(booking.status) if is_aim else _is_agreed(booking)
    if not may_stand:
        return f"{reference} is {booking.status.replace('_', ' ')} now."
    if booking.version != move["version"]:
        return f"{reference} was changed meanwhile."
    # Whoever moves a booking on purpose may do so while a plan for another would leave it alone.
    if not is_aim and (kept := why_kept(booking, clock.now())):
        return f"{reference} may not be moved any more: {kept}."
    return ""


def _is_agreed(booking: Booking) -> bool:
    return booking.status in (Status.REQUESTED, Status.CONFIRMED)


def _booking_request(
    session: Session, request: RoomRequest, placement: Placement, reason: str
) -> BookingRequest:
    people = {
        row.resource_id: row.id
        for row in session.execute(
            select(Person.id, Person.resource_id).where(
                Person.id.in_([seat.person_id for seat in request.seats])
            )
        )
    }
    asked = {seat.person_id: seat for seat in request.seats}
    seats = []
    for seat in placement.seats:
        one = asked[people[seat.person]]
        seats.append(
            SeatRequest(
                person_id=one.person_id,
                site_id=seat.site_id,
                suite_id=seat.suite,
                counsel_id=one.counsel_id,
                matter_id=one.matter_id,
                instruction_suite_id=seat.instruction_suite,
            )
        )
    return BookingRequest(
        court_id=request.court_id,
        courtroom_id=placement.courtroom,
        hearing_type=request.hearing_type,
        hearing=placement.hearing,
        pre_minutes=request.pre_minutes,
        post_minutes=request.post_minutes,
        seats=tuple(seats),
        staff_notes=request.staff_notes,
        prison_notes=request.prison_notes,
        direction=DirectionNote(**request.direction) if request.direction else None,
        warning_reason=request.warning_reason or reason,
        previous_reference=request.previous_reference,
        form_key=request.form_key,
        interpreter_language=request.interpreter_language,
    )


def _settle(session: Session, plan: Plan, made: Booking) -> None:
    """Note that a plan is applied; the others for the same hearing are of no use any more.

    They were found with it, or from the same form: applied later, they would book it once more.
    """
    form = str(plan.wish.get("form_key", ""))
    alike = Plan.made_at == plan.made_at
    if form:
        alike = or_(alike, Plan.wish["form_key"].as_string() == form)
    session.execute(
        update(Plan)
        .where(
            Plan.court_id == plan.court_id,
            Plan.made_at > clock.now() - 2 * GOOD_FOR,
            alike,
            Plan.made_by_id == plan.made_by_id,
            Plan.status == PlanStatus.PROPOSED,
            Plan.id != plan.id,
        )
        .values(status=PlanStatus.DISCARDED)
        .execution_options(synchronize_session=False)
    )
    plan.status = PlanStatus.APPLIED
    plan.applied_at = clock.now()
    plan.progress = {"booking": made.reference}


@command
def _mark_stale(session: Session, plan_id: int, why: str, *, by: Actor) -> RoomRequest:
    plan = get_plan(session, by, plan_id)
    if plan.status is PlanStatus.PROPOSED:
        plan.status = PlanStatus.STALE
        plan.reason = why[:600]
    return RoomRequest.from_json(plan.wish)


def replan(plan_id: int, stale: DomainError, *, by: Actor) -> list[Plan]:
    """Put a plan aside that no longer fits, with the reason, and look for room again."""
    return propose_plans(_mark_stale(plan_id, stale.message, by=by), by=by)

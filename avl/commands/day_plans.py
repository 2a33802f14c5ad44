"""Plans of a whole day: wanted, worked on under a lease, and applied all or nothing.

A worker takes a plan for a minute at a time and says every half second how far it is; one that is
killed leaves the best list it has noted, and the next goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.bookings import book
from avl.commands.changes import apply_move
from avl.commands.keeping import drop_holds
from avl.commands.moving import change_to
from avl.commands.plans import GOOD_FOR, PlanStale, check_open, lock_moves
from avl.commands.stale_plans import why_stale
from avl.commands.transaction import command
from avl.commands.waitlist_serving import request_for
from avl.domain.access import Actor
from avl.domain.errors import ActionNotAllowed, DomainError, ResourceClash
from avl.domain.resources import Placement
from avl.domain.waiting import WaitState
from avl.models import Booking, Plan, PlanKind, PlanStatus, WaitlistEntry, db
from avl.models.base import Json
from avl.queries.database_time import database_now
from avl.queries.day_plans import DayRequest, check_request
from avl.queries.day_scope import GONE
from avl.queries.plans import get_plan, placement_from_json
from avl.queries.sittings import sitting_at

LEASE = timedelta(seconds=30)
"""A worker that has said nothing for this long is taken for dead."""

TRIES = 3
"""How many workers may die over one plan before it is given up."""

BEING_MADE = (PlanStatus.WANTED, PlanStatus.COMPUTING)


@command
def want_day_plan(session: Session, request: DayRequest, *, by: Actor) -> Plan:
    """Ask for a plan of a court's day; a worker begins within seconds.

    Raises:
        NotFound: the court is not the actor's.
        InvalidInput: a date gone by, or a courtroom of another court.
    """
    now = clock.now()
    check_request(session, by, request, now)
    plan = Plan(
        kind=PlanKind.DAY,
        status=PlanStatus.WANTED,
        court_id=request.court_id,
        made_by_id=by.user_id,
        made_at=now,
        expires_at=now + GOOD_FOR,
        wish=request.to_json(),
        progress={},
    )
    session.add(plan)
    session.flush()
    return plan


@command
def stop_day_plan(session: Session, plan_id: int, *, by: Actor) -> Plan:
    """End the work on a plan; the best list found so far becomes the plan."""
    plan = get_plan(session, by, plan_id, kind=PlanKind.DAY)
    if plan.status in BEING_MADE:
        plan.stop_wanted = True
    return plan


@command
def discard_plan(session: Session, plan_id: int, *, by: Actor) -> Plan:
    """Put a plan aside. Nothing was changed by it, and nothing is."""
    plan = get_plan(session, by, plan_id, kind=PlanKind.DAY)
    session.refresh(plan, with_for_update=True)
    if plan.status is PlanStatus.APPLIED:
        raise ActionNotAllowed("This plan has been applied already.")
    plan.status = PlanStatus.DISCARDED
    plan.stop_wanted = True
    return plan


def is_day_plan_waiting() -> bool:
    """Whether there is work for a worker; takes no lock, so that asking often costs nothing."""
    session = db.session()
    found = session.scalars(_unclaimed(session).limit(1)).first() is not None
    session.rollback()
    return found


def _unclaimed(session: Session) -> Select[Plan]:
    over = and_(
        Plan.status == PlanStatus.COMPUTING,
        or_(Plan.lease_until.is_(None), Plan.lease_until <= database_now(session)),
    )
    return (
        select(Plan)
        .where(Plan.kind == PlanKind.DAY, or_(Plan.status == PlanStatus.WANTED, over))
        .order_by(Plan.id)
    )


@command
def take_day_plan(session: Session, owner: str) -> Plan | None:
    """Take the plan that has waited longest under a lease; None where there is none."""
    plan = session.scalars(_unclaimed(session).limit(1).with_for_update(skip_locked=True)).first()
    if plan is None:
        return None
    tries = plan.progress.get("tries", 0)
    if tries >= TRIES:
        plan.status = PlanStatus.IMPOSSIBLE
        plan.reason = "The day could not be planned: every attempt ended early. Try a shorter time."
        return None
    plan.status = PlanStatus.COMPUTING
    plan.progress = {**plan.progress, "tries": tries + 1}
    plan.lease_owner, plan.lease_until = owner, database_now(session) + LEASE
    return plan


@command
def note_progress(
    session: Session, plan_id: int, owner: str, progress: Json, *, best: Json | None = None
) -> bool:
    """Say how far the work is; returns whether it is to go on.

    Args:
        best: the best list so far, where it is better than the one noted last.
    """
    plan = session.get(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or plan.lease_owner != owner or plan.status is not PlanStatus.COMPUTING:
        return False
    plan.progress = {**plan.progress, **progress}
    if best is not None:
        plan.moves = {**plan.moves, "best": best}
    plan.lease_until = database_now(session) + LEASE
    return not plan.stop_wanted


@command
def give_back_day_plan(session: Session, plan_id: int, owner: str) -> None:
    """Give a plan back that this worker will not finish, because it is told to end."""
    session.execute(
        update(Plan)
        .where(Plan.id == plan_id, Plan.lease_owner == owner, Plan.status == PlanStatus.COMPUTING)
        .values(status=PlanStatus.WANTED, lease_until=None, lease_owner="")
        .execution_options(synchronize_session=False)
    )


@command
def finish_day_plan(
    session: Session,
    plan_id: int,
    owner: str,
    *,
    moves: Json,
    cost: Json,
    progress: Json,
    reason: str = "",
) -> None:
    """Propose a finished plan, or say why there is none (``reason``)."""
    plan = session.get(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or plan.lease_owner != owner or plan.status is not PlanStatus.COMPUTING:
        return
    stale = "" if reason else why_stale(session, plan, moves)
    done = PlanStatus.STALE if stale else PlanStatus.PROPOSED
    plan.status = PlanStatus.IMPOSSIBLE if reason else done
    plan.reason = (reason or stale)[:600]
    plan.moves, plan.cost = moves, cost
    plan.progress = {**plan.progress, **progress}
    plan.expires_at = clock.now() + GOOD_FOR
    plan.lease_until, plan.lease_owner = None, ""


@command
def apply_day_plan(session: Session, plan_id: int, *, by: Actor) -> Plan:
    """Move every booking of a day's plan and book who waits, or change nothing at all.

    Raises:
        PlanStale: something changed meanwhile; the message says what. Call `replan_day` next.
        ActionNotAllowed: it is applied already, there is nothing to apply, or its sitting is
            no longer there.
        NotFound: there is no such plan at the actor's courts.
    """
    plan = get_plan(session, by, plan_id, kind=PlanKind.DAY)
    session.refresh(plan, with_for_update=True)
    check_open(plan)
    asked = DayRequest.from_json(plan.wish)
    if asked.sitting_id is not None and sitting_at(asked.court_id, asked.sitting_id) is None:
        raise ActionNotAllowed(GONE)
    moves: list[Json] = plan.moves["moves"]
    waiting: list[Json] = plan.moves["new"]
    if not moves and not waiting:
        raise ActionNotAllowed("This plan changes nothing, so there is nothing to apply.")
    new = [placement_from_json(one["after"]) for one in waiting]
    bookings = lock_moves(session, moves, new, by)
    entries = _lock_entries(session, waiting)
    reason = f"The day's list was planned anew (plan {plan.id})."
    for move in moves:
        drop_holds(session, bookings[move["booking_id"]])
    try:
        made = []
        # Earliest first, as the plan was judged: which bridge ports are free depends on it.
        for after, one in sorted(_steps(plan), key=lambda step: step[0].span.start):
            if "entry_id" in one:
                entry = entries[one["entry_id"]]
                made.append(_grant(session, entry, after, reason, by=by))
            else:
                booking = bookings[one["booking_id"]]
                change = change_to(booking, after)
                apply_move(session, booking, change, by=by, reason=reason, warning_reason=reason)
    except ResourceClash as clash:
        raise PlanStale(f"The plan no longer fits. {clash.message}") from clash
    plan.status, plan.applied_at = PlanStatus.APPLIED, clock.now()
    plan.progress = {**plan.progress, "booked": [booking.reference for booking in made]}
    record(
        session,
        "apply_plan",
        by=by,
        subject=f"plan {plan.id}",
        changes={
            "moved": [None, [move["reference"] for move in moves]],
            "booked": [None, [booking.reference for booking in made]],
        },
    )
    return plan


def _steps(plan: Plan) -> list[tuple[Placement, Json]]:
    """Every move and every new booking of a plan, with where it goes."""
    rows = (*plan.moves["moves"], *plan.moves["new"])
    return [(placement_from_json(one["after"]), one) for one in rows]


def _lock_entries(session: Session, waiting: Sequence[Json]) -> Mapping[int, WaitlistEntry]:
    """Lock the wishes a plan grants.

    Raises:
        PlanStale: one of them waits no longer, or was changed.
    """
    rows = session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.id.in_([one["entry_id"] for one in waiting]))
        .order_by(WaitlistEntry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    entries = {entry.id: entry for entry in rows}
    for one in waiting:
        entry = entries.get(one["entry_id"])
        if entry is None or entry.state is not WaitState.WAITING:
            raise PlanStale("A hearing that was waiting has been booked or withdrawn meanwhile.")
        if entry.version != one["version"]:
            raise PlanStale("A hearing that was waiting has been changed meanwhile.")
    return entries


def _grant(
    session: Session, entry: WaitlistEntry, placement: Placement, reason: str, *, by: Actor
) -> Booking:
    """Book who waited."""
    request = request_for(session, entry, placement, warning_reason=reason)
    booking = book(session, request, by=by)
    entry.state, entry.booking_id, entry.ended_at = WaitState.BOOKED, booking.id, clock.now()
    entry.version += 1
    session.flush()
    return booking


@command
def _mark_stale(session: Session, plan_id: int, why: str, *, by: Actor) -> DayRequest:
    plan = get_plan(session, by, plan_id, kind=PlanKind.DAY)
    if plan.status is PlanStatus.PROPOSED:
        plan.status, plan.reason = PlanStatus.STALE, why[:600]
    return DayRequest.from_json(plan.wish)


def replan_day(plan_id: int, stale: DomainError, *, by: Actor) -> Plan:
    """Put a plan aside that no longer fits, with the reason, and ask for another."""
    return want_day_plan(_mark_stale(plan_id, stale.message, by=by), by=by)

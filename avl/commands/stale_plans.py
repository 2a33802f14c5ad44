"""Putting plans aside at once when the people in them are not where the plans need them.

Applying a plan judges everything again, so no plan that has gone stale could do harm. But a
registry that looks at one learns here why it has to ask again, not first when it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from avl import clock
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.models import Person, Plan, PlanStatus, Site
from avl.models.base import Json
from avl.queries.custody import load_stays
from avl.queries.plans import placement_from_json

ONE_PERSON = "Two records of one person in it have become one."

Placed = tuple[str, Placement]
"""The reference of a booking, "" for one not made yet, and where a plan puts it."""


def set_plans_aside(session: Session, person_ids: Collection[int]) -> None:
    """Mark stale the open plans that need one of these people where they will not be."""
    people = _resources(session, person_ids)
    for plan in lock_open_plans(session) if people else ():
        if plan.status is PlanStatus.PROPOSED:
            _mark(plan, _not_held(session, list(_placed(plan.moves)), people))


def set_merged_plans_aside(session: Session, person_ids: Collection[int]) -> None:
    """Mark stale the open plans with one of these people in them, whose records became one.

    A plan that a worker is making is told, and goes stale when it is finished with them in it.
    """
    people = _resources(session, person_ids)
    for plan in lock_open_plans(session):
        if plan.status is PlanStatus.COMPUTING:
            known = plan.progress.get("merged", [])
            plan.progress = {**plan.progress, "merged": sorted({*known, *people})}
        elif people & _people_in(plan.moves):
            _mark(plan, ONE_PERSON)


def why_stale(session: Session, plan: Plan, moves: Json) -> str:
    """Why a plan made a moment ago is of no use any more; "" when it is of use.

    The plan must be locked: whoever records where somebody is takes it after this, and sees it.
    """
    people = _people_in(moves)
    if people & set(plan.progress.get("merged", ())):
        return ONE_PERSON
    return _not_held(session, list(_placed(moves)), people)


def lock_open_plans(session: Session) -> Sequence[Plan]:
    """Plans somebody may still apply, and those being made, locked in id order."""
    return session.scalars(
        select(Plan)
        .where(
            or_(
                and_(Plan.status == PlanStatus.PROPOSED, Plan.expires_at > clock.now()),
                Plan.status == PlanStatus.COMPUTING,
            )
        )
        .order_by(Plan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _resources(session: Session, person_ids: Collection[int]) -> set[int]:
    wanted = select(Person.resource_id).where(Person.id.in_(sorted(person_ids)))
    return set(session.scalars(wanted))


def _placed(moves: Json) -> Iterator[Placed]:
    """Where a plan puts each booking; one that makes room has one new one, a day's has a list."""
    for move in moves.get("moves", ()):
        yield move["reference"], placement_from_json(move["after"])
    new = moves.get("new") or []
    moved = (moves.get("aim") or {}).get("reference", "")
    for one in new if isinstance(new, list) else [{"after": new}]:
        yield moved, placement_from_json(one["after"])


def _people_in(moves: Json) -> set[int]:
    """Resource ids of everybody a plan places."""
    return {seat.person for _, placement in _placed(moves) for seat in placement.seats}


def _not_held(session: Session, placed: Sequence[Placed], people: Collection[int]) -> str:
    """Say who of these people will not be where a plan needs them; "" when they all will."""
    wanted = [
        (reference, placement.span, seat)
        for reference, placement in placed
        for seat in placement.seats
        if seat.person in people
    ]
    if not wanted:
        return ""
    window = Interval(
        min(span.start for _, span, _ in wanted), max(span.end for _, span, _ in wanted)
    )
    stays = load_stays(session, {seat.person for _, _, seat in wanted}, window)
    for reference, span, seat in wanted:
        there = (stay for stay in stays.get(seat.person, ()) if stay.site_id == seat.site_id)
        if not any(stay.covers(span) for stay in there):
            site = session.get_one(Site, seat.site_id).short_name
            who = f"Somebody in {reference}" if reference else "Somebody who is to be booked"
            return f"{who} will not be at {site} then."
    return ""


def _mark(plan: Plan, why: str) -> None:
    if why:
        plan.status, plan.reason = PlanStatus.STALE, why[:600]

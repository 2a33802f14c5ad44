"""Plans as they are kept: written to JSON, read back, and shown to their court's registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.resources import Interpreter, Placement, Seat
from avl.domain.spoken import say_all
from avl.models import (
    Appearance,
    Booking,
    Person,
    Plan,
    PlanKind,
    Resource,
    ResourceKind,
    Site,
    db,
)
from avl.models.base import Json
from avl.queries.people import say_name
from avl.queries.room_request import RoomRequest
from avl.queries.scope import visible_bookings


def placement_to_json(placement: Placement) -> Json:
    """As it is kept in the database."""
    hearing = placement.hearing
    return {
        **asdict(placement),
        "hearing": [hearing.start.isoformat(), hearing.end.isoformat()],
    }


def placement_from_json(kept: Mapping[str, Any]) -> Placement:
    """Read it back."""
    start, end = (datetime.fromisoformat(at) for at in kept["hearing"])
    return Placement(
        **{
            **kept,
            "hearing": Interval(start, end),
            "seats": tuple(Seat(**seat) for seat in kept["seats"]),
            "interpreter": Interpreter(**kept["interpreter"]) if kept["interpreter"] else None,
        }
    )


@dataclass(frozen=True, slots=True)
class MoveSeen:
    """One booking of a plan, before and after, and who is told of it.

    Attributes:
        who: the people in it; empty for a reader who may not know.
    """

    reference: str
    who: str
    hearing_type: str
    before: Placement
    after: Placement
    told: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan as its court's registry reads it; ``who`` are the people room is made for.

    Attributes:
        aim: the booking room is made for, where it stands already; None for a new one.
        moves: the other bookings.
    """

    id: int
    status: str
    reason: str
    court_id: int
    court: str
    zone: str
    request: RoomRequest
    who: str
    placement: Placement | None
    aim: MoveSeen | None
    moves: tuple[MoveSeen, ...]
    told: tuple[str, ...]
    warnings: tuple[str, ...]
    cost: Mapping[str, Any]
    names: Mapping[int, str]
    expires_at: datetime
    booking_reference: str


def get_plan(
    session: Session, actor: Actor, plan_id: int, *, kind: PlanKind = PlanKind.MAKE_ROOM
) -> Plan:
    """The row of a plan of one kind at one of the actor's courts.

    Raises:
        NotFound: there is none.
    """
    plan = session.get(Plan, plan_id)
    if plan is None or plan.kind is not kind or not may(actor, Do.BOOK, SiteSubject(plan.court_id)):
        raise NotFound("There is no such plan at your courts.")
    return plan


def plan_seen(actor: Actor, plan_id: int) -> PlanSeen:
    """One plan with its bookings.

    Raises:
        NotFound: there is none at the actor's courts.
    """
    return _seen(actor, [get_plan(db.session(), actor, plan_id)])[0]


def plans_beside(actor: Actor, plan_id: int) -> list[PlanSeen]:
    """A plan and those found with it, the cheapest first."""
    plan = get_plan(db.session(), actor, plan_id)
    rows = db.session.scalars(
        select(Plan)
        .where(
            Plan.court_id == plan.court_id,
            Plan.made_at == plan.made_at,
            Plan.made_by_id == plan.made_by_id,
            Plan.kind == PlanKind.MAKE_ROOM,
        )
        .order_by(Plan.id)
    ).all()
    return _seen(actor, rows)


def _seen(actor: Actor, plans: Sequence[Plan]) -> list[PlanSeen]:
    ids = {move["booking_id"] for plan in plans for move in _every_move(plan)}
    rows = db.session.scalars(
        visible_bookings(actor)
        .where(Booking.id.in_(ids))
        .options(
            joinedload(Booking.hearing_type),
            selectinload(Booking.appearances).joinedload(Appearance.person),
        )
    )
    bookings = {booking.id: booking for booking in rows}
    court = db.session.get_one(Site, plans[0].court_id)
    rooms = db.session.execute(
        select(Resource.id, Resource.name, Resource.kind, Site.short_name)
        .join(Site, Site.id == Resource.site_id)
        .where(Resource.id.in_(_rooms_in(plans)))
    )
    names = {
        key: name if kind is ResourceKind.COURTROOM else f"{site}, {name}"
        for key, name, kind, site in rooms
    }
    asked = [RoomRequest.from_json(plan.wish) for plan in plans]
    wanted = {seat.person_id for request in asked for seat in request.seats}
    people = db.session.scalars(select(Person).where(Person.id.in_(wanted)))
    known = {person.id: say_name(person) for person in people}
    return [
        _plan(
            plan,
            court,
            bookings,
            names,
            request,
            say_all(known[seat.person_id] for seat in request.seats),
        )
        for plan, request in zip(plans, asked, strict=True)
    ]


def _every_move(plan: Plan) -> list[Json]:
    """The bookings a plan moves; the one that room is made for comes last."""
    aim = plan.moves.get("aim")
    return [*plan.moves.get("moves", ()), *([aim] if aim else [])]


def _rooms_in(plans: Sequence[Plan]) -> set[int]:
    found: set[int] = set()
    for plan in plans:
        kept = [plan.moves["new"]] if plan.moves.get("new") else []
        for move in _every_move(plan):
            kept += [move["before"], move["after"]]
        for placement in kept:
            found |= set(placement_from_json(placement).rooms)
    return found


def _plan(
    plan: Plan,
    court: Site,
    bookings: Mapping[int, Booking],
    names: Mapping[int, str],
    request: RoomRequest,
    who: str,
) -> PlanSeen:
    new, aim = plan.moves.get("new"), plan.moves.get("aim")
    return PlanSeen(
        id=plan.id,
        status=plan.status.value,
        reason=plan.reason,
        court_id=court.id,
        court=court.short_name,
        zone=court.zone,
        request=request,
        who=who,
        placement=placement_from_json(new) if new else None,
        aim=_move(aim, bookings) if aim else None,
        moves=tuple(_move(move, bookings) for move in plan.moves.get("moves", ())),
        told=tuple(plan.moves.get("told", ())),
        warnings=tuple(plan.moves.get("warnings", ())),
        cost=plan.cost,
        names=names,
        expires_at=plan.expires_at,
        booking_reference=plan.progress.get("booking", ""),
    )


def _move(kept: Mapping[str, Any], bookings: Mapping[int, Booking]) -> MoveSeen:
    booking = bookings.get(kept["booking_id"])
    people = [one.person for one in booking.appearances] if booking else []
    return MoveSeen(
        reference=kept["reference"],
        who=say_all(say_name(one) for one in people),
        hearing_type=booking.hearing_type.name if booking else "",
        before=placement_from_json(kept["before"]),
        after=placement_from_json(kept["after"]),
        told=tuple(kept["told"]),
        warnings=tuple(kept["warnings"]),
    )

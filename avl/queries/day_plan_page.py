"""A day's plan as its court's registry reads it: today's list and the planned one, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from avl.domain.access import Actor
from avl.domain.calendars import MOST_SHUT_DAYS, next_day_open
from avl.domain.local_time import day_interval, local_day, say_date
from avl.domain.resources import Placement
from avl.domain.spoken import say_all
from avl.models import (
    Appearance,
    Booking,
    Person,
    Plan,
    PlanKind,
    PlanStatus,
    Resource,
    ResourceKind,
    Site,
    User,
    WaitlistEntry,
    db,
)
from avl.queries.calendars import calendars_for
from avl.queries.day_plans import DayRequest
from avl.queries.day_scope import Scope, sitting_scope
from avl.queries.people import say_name
from avl.queries.placements import placement_of
from avl.queries.plans import get_plan, placement_from_json
from avl.queries.room import STANDING
from avl.queries.scope import visible_bookings
from avl.queries.sittings import sitting_at
from avl.queries.waiting import WaitRequest


@dataclass(frozen=True, slots=True)
class DayRow:
    """One hearing, as it stands and as it is planned.

    Attributes:
        change: "stays", "moved", "new" or "none" (it has no place); what the row is about.
        reference: of its booking; "" for a wish that waits.
        reason: which rule stops it, where it has no place.
    """

    change: str
    reference: str
    who: str
    hearing_type: str
    before: Placement | None
    after: Placement | None
    told: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reason: str = ""

    @property
    def at(self) -> datetime:
        """When it is to be, or was to be: what the list is ordered by."""
        placed = self.after or self.before
        assert placed is not None, "only rows with a place are put in order"
        return placed.hearing.start


@dataclass(frozen=True, slots=True)
class DaySeen:
    """A plan of a day; ``rows`` in the order of the planned list, those without a place last.

    Attributes:
        sitting: the one that is planned, in words; "" for the whole day.
    """

    id: int
    status: str
    reason: str
    court_id: int
    court: str
    zone: str
    on: date
    request: DayRequest
    stop_wanted: bool
    progress: Mapping[str, Any]
    cost: Mapping[str, Any]
    rows: tuple[DayRow, ...]
    names: Mapping[int, str]
    expires_at: datetime
    booked: tuple[str, ...]
    sitting: str = ""

    @property
    def heading(self) -> str:
        """What is planned: "Hutt Valley, Wed 25 Nov 2026", and which sitting if it is one."""
        day = f"{self.court}, {say_date(self.on)}"
        return f"{day}: {self.sitting}" if self.sitting else day

    @property
    def is_being_made(self) -> bool:
        """Whether a worker still has to do with it."""
        return self.status in ("wanted", "computing")

    def count(self, change: str) -> int:
        """How many rows there are of one kind."""
        return sum(1 for row in self.rows if row.change == change)

    @property
    def suites_alone(self) -> int:
        """How many that move keep their time and courtroom."""
        return sum(
            1
            for row in self.rows
            if row.change == "moved"
            and row.before
            and row.after
            and (row.before.hearing, row.before.courtroom)
            == (row.after.hearing, row.after.courtroom)
        )


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """A plan of a day that is being made, or that somebody has to apply or put aside."""

    id: int
    on: date
    is_of_sitting: bool
    is_being_made: bool
    made_at: datetime
    made_by: str


MOST_OPEN = 10


def open_plans(court_id: int, *, now: datetime) -> list[OpenPlan]:
    """A court's plans that nobody has decided about, the newest first (1 query).

    The caller has made sure that the court is one of the reader's own.
    """
    being_made = (PlanStatus.WANTED, PlanStatus.COMPUTING)
    rows = db.session.execute(
        select(Plan, User.name)
        .outerjoin(User, User.id == Plan.made_by_id)
        .where(
            Plan.court_id == court_id,
            Plan.kind == PlanKind.DAY,
            Plan.status.in_((*being_made, PlanStatus.PROPOSED)),
            Plan.expires_at > now,
        )
        .order_by(Plan.made_at.desc(), Plan.id.desc())
        .limit(MOST_OPEN)
    )
    return [
        OpenPlan(
            plan.id,
            wanted.on,
            wanted.sitting_id is not None,
            plan.status in being_made,
            plan.made_at,
            name or "a program",
        )
        for plan, name in rows
        for wanted in (DayRequest.from_json(plan.wish),)
    ]


def day_plan_seen(actor: Actor, plan_id: int) -> DaySeen:
    """One plan with every hearing of its day.

    Raises:
        NotFound: there is none at the actor's courts.
    """
    plan = get_plan(db.session(), actor, plan_id, kind=PlanKind.DAY)
    request = DayRequest.from_json(plan.wish)
    court = db.session.get_one(Site, plan.court_id)
    is_made = plan.status.value not in ("wanted", "computing", "impossible")
    scope, sitting = _planned(request, court)
    rows = _rows(actor, plan, request, court, scope) if is_made else ()
    rooms = {
        room
        for row in rows
        for placed in (row.before, row.after)
        if placed is not None
        for room in placed.rooms
    }
    return DaySeen(
        id=plan.id,
        status=plan.status.value,
        reason=plan.reason,
        court_id=court.id,
        court=court.short_name,
        zone=court.zone,
        on=request.on,
        request=request,
        stop_wanted=plan.stop_wanted,
        progress=plan.progress,
        cost=plan.cost or plan.progress.get("cost", {}),
        rows=rows,
        names=_names(rooms),
        expires_at=plan.expires_at,
        booked=tuple(plan.progress.get("booked", ())),
        sitting=sitting,
    )


def _planned(request: DayRequest, court: Site) -> tuple[Scope | None, str]:
    """How much of the day the plan's list shows, None for all; and the sitting in words."""
    if request.sitting_id is None:
        return None, ""
    seen = sitting_at(court.id, request.sitting_id)
    if seen is None:
        return Scope(()), "a sitting that has been removed"
    return sitting_scope(court.id, request.on, court.zone, seen.id), seen.words


def _rows(
    actor: Actor, plan: Plan, request: DayRequest, court: Site, scope: Scope | None
) -> tuple[DayRow, ...]:
    kept = plan.moves
    moves = {move["booking_id"]: move for move in kept.get("moves", ())}
    left = {one["booking_id"]: one for one in kept.get("unplaced", ()) if "booking_id" in one}
    known = {*moves, *left}
    bookings = [
        one
        for one in _bookings(actor, request, court, sorted(known))
        if scope is None or one.id in known or scope.takes(placement_of(one))
    ]
    rows = [_booking_row(one, moves.get(one.id), left.get(one.id)) for one in bookings]
    waiting = [one for part in ("new", "unplaced") for one in kept.get(part, ())]
    rows += _waiting_rows([one for one in waiting if "entry_id" in one])
    placed = [row for row in rows if row.change != "none"]
    unplaced = [row for row in rows if row.change == "none"]
    return (*sorted(placed, key=lambda row: row.at), *unplaced)


def _bookings(
    actor: Actor, request: DayRequest, court: Site, ids: Sequence[int]
) -> Sequence[Booking]:
    """The day's bookings, and those of the plan wherever they are by now."""
    day = day_interval(request.on, court.zone)
    return db.session.scalars(
        visible_bookings(actor)
        .where(
            (
                (Booking.court_id == court.id)
                & (Booking.starts_at >= day.start)
                & (Booking.starts_at < day.end)
                & Booking.status.in_(STANDING)
            )
            | Booking.id.in_(ids)
        )
        .options(
            selectinload(Booking.legs),
            joinedload(Booking.hearing_type),
            selectinload(Booking.appearances).options(
                joinedload(Appearance.person), joinedload(Appearance.counsel)
            ),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def _booking_row(
    booking: Booking, move: Mapping[str, Any] | None, left: Mapping[str, Any] | None
) -> DayRow:
    who = say_all(say_name(one.person) for one in booking.appearances)
    kind = booking.hearing_type.name
    if move is not None:
        return DayRow(
            "moved",
            booking.reference,
            who,
            kind,
            placement_from_json(move["before"]),
            placement_from_json(move["after"]),
            tuple(move["told"]),
            tuple(move["warnings"]),
        )
    now = placement_of(booking)
    if left is not None:
        return DayRow("none", booking.reference, who, kind, now, None, reason=left["reason"])
    return DayRow("stays", booking.reference, who, kind, now, now)


def _waiting_rows(kept: Sequence[Mapping[str, Any]]) -> list[DayRow]:
    ids = [one["entry_id"] for one in kept]
    rows = db.session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.id.in_(ids))
        .options(joinedload(WaitlistEntry.hearing_type))
    )
    entries = {entry.id: entry for entry in rows}
    asked = {key: WaitRequest.from_json(entry.wish) for key, entry in entries.items()}
    wanted = {seat.person_id for one in asked.values() for seat in one.room.seats}
    people = {
        person.id: say_name(person)
        for person in db.session.scalars(select(Person).where(Person.id.in_(sorted(wanted))))
    }
    found = []
    for one in kept:
        entry = entries.get(one["entry_id"])
        if entry is None:
            continue
        who = say_all(people[seat.person_id] for seat in asked[entry.id].room.seats)
        after = placement_from_json(one["after"]) if "after" in one else None
        found.append(
            DayRow(
                "new" if after else "none",
                "",
                who,
                entry.hearing_type.name,
                None,
                after,
                tuple(one.get("told", ())),
                tuple(one.get("warnings", ())),
                one.get("reason", ""),
            )
        )
    return found


def _names(rooms: set[int]) -> dict[int, str]:
    found = db.session.execute(
        select(Resource.id, Resource.name, Resource.kind, Site.short_name)
        .join(Site, Site.id == Resource.site_id)
        .where(Resource.id.in_(sorted(rooms)))
    )
    return {
        key: f"{site}, {name}" if kind is ResourceKind.SUITE else name
        for key, name, kind, site in found
    }


@dataclass(frozen=True, slots=True)
class CourtChoice:
    """A court whose day may be planned, with its courtrooms by id and name."""

    id: int
    name: str
    zone: str
    courtrooms: tuple[tuple[int, str], ...]


def court_choices(courts: Sequence[Site]) -> list[CourtChoice]:
    """The courts an officer may plan for, with their courtrooms."""
    rows = db.session.scalars(
        select(Resource)
        .where(
            Resource.site_id.in_([court.id for court in courts]),
            Resource.kind == ResourceKind.COURTROOM,
            Resource.is_active,
        )
        .order_by(Resource.sort_order, Resource.name)
    ).all()
    return [
        CourtChoice(
            court.id,
            court.short_name,
            court.zone,
            tuple((room.id, room.name) for room in rows if room.site_id == court.id),
        )
        for court in courts
    ]


TOO_LATE = timedelta(hours=1)
"""A day with no more than this of its opening hours left is hardly worth planning."""


def day_to_plan(court: CourtChoice, now: datetime) -> date:
    """The court's next day of which enough is left to plan: today, or the next it is open."""
    today = local_day(now, court.zone)
    calendars = calendars_for(
        db.session(), [court.id], today, today + timedelta(days=MOST_SHUT_DAYS)
    )
    return next_day_open(now, TOO_LATE, calendars[court.id])

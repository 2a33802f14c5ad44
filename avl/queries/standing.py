"""What the rules about mode and length say against bookings that stand, with three queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from avl import clock
from avl.domain.local_time import local_day
from avl.domain.modes import ModeDecision
from avl.domain.resources import GRID_MINUTES
from avl.domain.standing import Asked, Lengths, Outdated, outdated, what_avl_takes
from avl.models import Booking, Direction, HearingType, ModeRule, Resource, ResourceKind, Site
from avl.queries.disruptions import MOVABLE
from avl.queries.modes import decide_each
from avl.queries.placements import placement_of


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule that changes is about; None: every hearing type, or every court."""

    code: str | None = None
    court_id: int | None = None


def ruled_ids(session: Session, ruled: Sequence[Ruled]) -> set[int]:
    """Ids of the bookings still to end that some rules may concern."""
    if not ruled:
        return set()
    wanted = select(Booking.id).where(
        Booking.status.in_(MOVABLE), Booking.ends_at > clock.now(), _concerned(ruled)
    )
    return set(session.scalars(wanted))


def courtrooms_ruled(session: Session, ruled: Sequence[Ruled]) -> list[int]:
    """Resource ids of the courtrooms in which a booking that the rules concern could be made."""
    if not ruled:
        return []
    wanted = select(Resource.id).where(Resource.kind == ResourceKind.COURTROOM)
    courts = {one.court_id for one in ruled}
    if None not in courts:
        wanted = wanted.where(Resource.site_id.in_(sorted(key for key in courts if key)))
    return list(session.scalars(wanted))


def usual_of(kind: HearingType) -> Lengths:
    """What a hearing type usually has, in steps in which bookings are made."""
    hearing, pre, post = (
        -(-minutes // GRID_MINUTES) * GRID_MINUTES
        for minutes in (kind.typical_minutes, kind.pre_minutes, kind.post_minutes)
    )
    return Lengths(hearing, pre, post)


def outdated_in(session: Session, bookings: Sequence[Booking]) -> dict[int, tuple[Outdated, ...]]:
    """For each booking id, what is outdated about it by the rules as they are now."""
    return {
        booking.id: outdated(
            placement_of(booking),
            name=booking.hearing_type.name,
            usual=usual_of(booking.hearing_type),
            on=on,
            decisions=decisions,
        )
        for booking, on, decisions in _decided(session, bookings, {})
    }


def asked_in(
    session: Session, bookings: Sequence[Booking], starts: Mapping[int, datetime]
) -> dict[int, Asked]:
    """For each booking id that could go to another time, what AVL would take there; those for
    which it takes nothing are left out.

    Args:
        starts: by booking id, when the hearing would start.
    """
    moving = [booking for booking in bookings if booking.id in starts]
    found = {}
    for booking, _, decisions in _decided(session, moving, starts):
        if asked := what_avl_takes(decisions):
            found[booking.id] = asked
    return found


def _decided(
    session: Session, bookings: Sequence[Booking], starts: Mapping[int, datetime]
) -> Iterator[tuple[Booking, date, tuple[ModeDecision, ...]]]:
    """Each booking with its hearing's date at the court, and how each person appears then.

    Args:
        starts: by booking id, another start to ask about than its own.
    """
    if not bookings:
        return
    codes = {booking.hearing_type_code for booking in bookings}
    people = {one.person_id for booking in bookings for one in booking.appearances}
    courts = {booking.court_id for booking in bookings}
    rules = session.scalars(
        select(ModeRule)
        .where(or_(ModeRule.hearing_type_code.is_(None), ModeRule.hearing_type_code.in_(codes)))
        .order_by(ModeRule.id)
    ).all()
    directions = session.scalars(
        select(Direction)
        .where(Direction.person_id.in_(sorted(people)), Direction.hearing_type_code.in_(codes))
        .order_by(Direction.id)
    ).all()
    rows = session.execute(
        select(Site.id, Site.zone, Site.subkind).where(Site.id.in_(sorted(courts)))
    )
    sites = {key: (zone, subkind) for key, zone, subkind in rows}
    for booking in bookings:
        zone, subkind = sites[booking.court_id]
        start, kind = placement_of(booking).hearing.start, booking.hearing_type
        on = local_day(starts.get(booking.id, start), zone)
        decisions = decide_each(
            [one.person for one in booking.appearances],
            hearing_type=kind,
            court_id=booking.court_id,
            court_subkind=subkind,
            matters={one.person_id: one.matter_id for one in booking.appearances},
            rules=rules,
            directions=[one for one in directions if one.hearing_type_code == kind.code],
            on=on,
        )
        yield booking, on, tuple(decisions.values())


def _concerned(ruled: Sequence[Ruled]) -> ColumnElement[bool]:
    ways = []
    for one in ruled:
        parts: list[ColumnElement[bool]] = [Booking.id.is_not(None)]
        if one.code is not None:
            parts.append(Booking.hearing_type_code == one.code)
        if one.court_id is not None:
            parts.append(Booking.court_id == one.court_id)
        ways.append(and_(*parts))
    return or_(*ways)

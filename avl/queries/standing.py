"""What the rules about mode and length say against bookings that stand, with three queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from avl import clock
from avl.domain.local_time import local_day
from avl.domain.modes import ModeDecision
from avl.domain.resources import in_whole_steps
from avl.domain.standing import Asked, Lengths, Outdated, outdated, what_avl_takes
from avl.models import (
    Booking,
    Direction,
    HearingType,
    ModeRule,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
)
from avl.queries.disruptions import MOVABLE
from avl.queries.kept_country import RULE_COLUMNS
from avl.queries.modes import DIRECTION_COLUMNS, decide_each
from avl.queries.placements import placement_of

_RULES = select(*RULE_COLUMNS).order_by(ModeRule.id)
_DIRECTIONS = select(*DIRECTION_COLUMNS, Direction.hearing_type_code).order_by(Direction.id)


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


def rooms_ruled(session: Session, site_ids: Collection[int], ruled: Sequence[Ruled]) -> set[int]:
    """Resource ids of every room and port of some sites, and of the courtrooms in which a booking
    that the rules concern could be made."""
    wanted: ColumnElement[bool] = Resource.site_id.in_(sorted(site_ids))
    if ruled:
        courts = _of_courts(Resource.site_id, ruled)
        wanted = or_(wanted, and_(Resource.kind == ResourceKind.COURTROOM, courts))
    return set(session.scalars(select(Resource.id).where(wanted)))


def sites_ruled(session: Session, site_ids: Collection[int], ruled: Sequence[Ruled]) -> set[int]:
    """Ids of these sites, and of the courts that the rules concern."""
    if not ruled:
        return set(site_ids)
    courts = select(Site.id).where(Site.kind == SiteKind.COURT, _of_courts(Site.id, ruled))
    return {*site_ids, *session.scalars(courts)}


def _of_courts(column: InstrumentedAttribute[Any], ruled: Sequence[Ruled]) -> ColumnElement[bool]:
    """That a site is a court which some rules concern."""
    courts = {one.court_id for one in ruled}
    return true() if None in courts else column.in_(sorted(key for key in courts if key))


def usual_of(kind: HearingType) -> Lengths:
    """What a hearing type usually has, in steps in which bookings are made."""
    return Lengths(
        in_whole_steps(kind.typical_minutes),
        in_whole_steps(kind.pre_minutes),
        in_whole_steps(kind.post_minutes),
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """A hearing type as the rules about the mode look at it."""

    code: str
    act_class: str


@dataclass(frozen=True, slots=True)
class _Somebody:
    """A person as the rules about the mode look at them."""

    id: int
    born_on: date | None
    interpreter_language: str


@dataclass(frozen=True, slots=True)
class _Hearing:
    """A booking as the rules about the mode look at it; ``matters`` by the person's id."""

    kind: _Kind
    court_id: int
    court_subkind: str
    zone: str
    people: tuple[_Somebody, ...]
    matters: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class ModesRead:
    """What decides how people appear, as it was read.

    It answers for any date, and goes on doing so once the change in which it was read has been
    undone: no row that the database could take back is kept in it.
    """

    rules: Sequence[Any]
    directions: Sequence[Any]
    hearings: Mapping[int, _Hearing]

    def decide(self, booking_id: int, start: datetime) -> tuple[date, tuple[ModeDecision, ...]]:
        """The hearing's date at the court if it starts then, and how each person appears."""
        hearing = self.hearings[booking_id]
        on = local_day(start, hearing.zone)
        decisions = decide_each(
            hearing.people,
            hearing_type=hearing.kind,
            court_id=hearing.court_id,
            court_subkind=hearing.court_subkind,
            matters=hearing.matters,
            rules=self.rules,
            directions=[
                one for one in self.directions if one.hearing_type_code == hearing.kind.code
            ],
            on=on,
        )
        return on, tuple(decisions.values())

    def asked_at(self, starts: Mapping[int, datetime]) -> dict[int, Asked]:
        """For each booking id, what AVL would take if its hearing started then; those for which it
        takes nothing are left out."""
        found = {}
        for booking_id, start in starts.items():
            _, decisions = self.decide(booking_id, start)
            if asked := what_avl_takes(decisions):
                found[booking_id] = asked
        return found


def read_modes(session: Session, bookings: Sequence[Booking]) -> ModesRead:
    """What decides how people appear in some bookings, as it stands in this transaction."""
    if not bookings:
        return ModesRead((), (), {})
    codes = {booking.hearing_type_code for booking in bookings}
    people = {one.person_id for booking in bookings for one in booking.appearances}
    courts = {booking.court_id for booking in bookings}
    rules = session.execute(
        _RULES.where(
            or_(ModeRule.hearing_type_code.is_(None), ModeRule.hearing_type_code.in_(codes))
        )
    )
    directions = session.execute(
        _DIRECTIONS.where(
            Direction.person_id.in_(sorted(people)), Direction.hearing_type_code.in_(codes)
        )
    )
    rows = session.execute(
        select(Site.id, Site.subkind, Site.zone).where(Site.id.in_(sorted(courts)))
    )
    sites = {key: (subkind, zone) for key, subkind, zone in rows}
    return ModesRead(
        rules.all(),
        directions.all(),
        {one.id: _hearing(one, *sites[one.court_id]) for one in bookings},
    )


def _hearing(booking: Booking, subkind: str, zone: str) -> _Hearing:
    kind, seats = booking.hearing_type, booking.appearances
    people = (one.person for one in seats)
    return _Hearing(
        _Kind(kind.code, kind.act_class),
        booking.court_id,
        subkind,
        zone,
        tuple(_Somebody(one.id, one.born_on, one.interpreter_language) for one in people),
        {one.person_id: one.matter_id for one in seats},
    )


def outdated_in(session: Session, bookings: Sequence[Booking]) -> dict[int, tuple[Outdated, ...]]:
    """For each booking id, what is outdated about it by the rules as they are now."""
    modes = read_modes(session, bookings)
    found = {}
    for booking in bookings:
        placement, kind = placement_of(booking), booking.hearing_type
        on, decisions = modes.decide(booking.id, placement.hearing.start)
        found[booking.id] = outdated(
            placement, name=kind.name, usual=usual_of(kind), on=on, decisions=decisions
        )
    return found


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

"""Shared steps of every command that places a booking: lock, judge, hold, tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import randbits
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    and_,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from avl import clock
from avl.commands.interpreters import wanted_from, write_interpreter
from avl.commands.keeping import end_booking, presence
from avl.commands.modes import DirectionNote
from avl.commands.outbox import CALENDAR_DAYS
from avl.commands.writing import fresh
from avl.domain.access import Actor
from avl.domain.booking import HOLD_MINUTES, Action, Status, reference_from
from avl.domain.bridges import wanted_holds
from avl.domain.clashes import Verdict, judge
from avl.domain.custody import say_died
from avl.domain.errors import (
    InvalidInput,
    NotFound,
    ResourceClash,
)
from avl.domain.interpreters import LOOK_BACK, InterpreterState
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.domain.world import World
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    Direction,
    Leg,
    Person,
    PlaceStamp,
    Resource,
    ResourceKind,
)
from avl.queries.gathering import among
from avl.queries.plain import plain
from avl.queries.ready import Ready
from avl.queries.stamps import COUNTRY
from avl.queries.world import load_world

MARGIN = timedelta(hours=3)
"""How far around a placement holds are read: longer than any turnaround."""

# Built once: building these anew for each booking costs more than the database does to answer.
_PEOPLE_AND_COUNSEL = Ready(
    union_all(
        select(
            literal(True).label("is_person"),
            Person.id,
            Person.resource_id,
            Person.born_on,
            Person.interpreter_language,
            Person.died_on,
            select(Direction.id)
            .where(
                Direction.person_id == Person.id,
                Direction.hearing_type_code == bindparam("hearing_type"),
            )
            .exists()
            .label("is_directed"),
            select(PlaceStamp.stamp)
            .where(PlaceStamp.place_id == COUNTRY)
            .scalar_subquery()
            .label("country_stamp"),
        ).where(among(Person.id, "people", few=True)),
        select(
            literal(False),
            Counsel.id,
            Counsel.resource_id,
            cast(null(), Date),
            literal(""),
            cast(null(), Date),
            literal(False),
            cast(null(), BigInteger),
        ).where(among(Counsel.id, "counsel", few=True)),
    )
)
_NAMED = among(Resource.id, "ids", few=True)
_PORTS = and_(
    Resource.site_id == bindparam("bridge_of", type_=Integer),
    Resource.kind == ResourceKind.BRIDGE_PORT,
)
# Two statements: of one that leaves the ports open PostgreSQL keeps no plan, because those without
# are so much easier to find. Either locks all it does in id order.
_LOCK, _LOCK_WITH_PORTS = (
    Ready(select(Resource.id).where(wanted).order_by(Resource.id).with_for_update(key_share=True))
    for wanted in (_NAMED, or_(_NAMED, _PORTS))
)


@dataclass(frozen=True, slots=True)
class SeatRequest:
    """One person asked for. ``suite_id`` and ``instruction_suite_id`` are resource ids; the
    others are ids of their own tables."""

    person_id: int
    site_id: int
    suite_id: int
    counsel_id: int | None = None
    matter_id: int | None = None
    instruction_suite_id: int | None = None


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Everything a booking is made from.

    Attributes:
        courtroom_id: resource id.
        hearing: the hearing itself, aware UTC; conferences adjoin it.
        pre_minutes: counsel's conference before; ``post_minutes`` the one after.
        direction: the officer's direction, where in person would stand without one.
        warning_reason: why to book in spite of warnings (counsel wanted elsewhere).
        previous_reference: the booking this one is the next event of.
        interpreter_language: what has to be interpreted, "" for nothing; None for whatever the
            people's records say.
        form_key: one-time key of the form it was sent from, so that a double click is one hold.
    """

    court_id: int
    courtroom_id: int
    hearing_type: str
    hearing: Interval
    pre_minutes: int
    post_minutes: int
    seats: tuple[SeatRequest, ...]
    staff_notes: str = ""
    prison_notes: str = ""
    direction: DirectionNote | None = None
    warning_reason: str = ""
    previous_reference: str | None = None
    form_key: str = ""
    interpreter_language: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


def people_and_counsel(session: Session, request: BookingRequest) -> list[Any]:
    """A row for everybody a request names who is on record; a person's also knows the country's
    stamp, and whether there is a direction about them for this type of hearing."""
    people = {seat.person_id for seat in request.seats}
    counsel = {seat.counsel_id for seat in request.seats if seat.counsel_id is not None}
    asked = {"people": people, "counsel": counsel, "hearing_type": request.hearing_type}
    return _PEOPLE_AND_COUNSEL.rows(session, asked)


def placement_from(
    session: Session,
    request: BookingRequest,
    *,
    interpreter_days: int | None = None,
    rows: Sequence[Any] | None = None,
) -> tuple[Placement, list[Any]]:
    """Turn what was asked for into resource ids; returns the rows of the people as well.

    Args:
        interpreter_days: how far ahead the hearing type wants interpreters asked for, if it says.
        rows: from `people_and_counsel`, where they have been read already.

    Raises:
        InvalidInput: a person or counsel does not exist, or a person has died.
    """
    asked = {
        "person": {seat.person_id for seat in request.seats},
        "counsel": {seat.counsel_id for seat in request.seats if seat.counsel_id is not None},
    }
    if rows is None:
        rows = people_and_counsel(session, request)
    people = {row.id: row.resource_id for row in rows if row.is_person}
    spoken = {row.id: row.interpreter_language for row in rows if row.is_person}
    counsel = {row.id: row.resource_id for row in rows if not row.is_person}
    for what, found in (("person", people), ("counsel", counsel)):
        if missing := asked[what] - set(found):
            raise InvalidInput(
                what,
                f"There is no {what} with this number ({min(missing)}).",
                value=min(missing) if what == "counsel" else None,
            )
    if any(row.died_on is not None for row in rows):
        raise InvalidInput("person", say_died("One of the people"))
    placement = Placement(
        court_id=request.court_id,
        courtroom=request.courtroom_id,
        hearing_type=request.hearing_type,
        hearing=request.hearing,
        pre_minutes=request.pre_minutes,
        post_minutes=request.post_minutes,
        seats=tuple(
            Seat(
                person=people[seat.person_id],
                site_id=seat.site_id,
                suite=seat.suite_id,
                counsel=counsel[seat.counsel_id] if seat.counsel_id is not None else None,
                instruction_suite=seat.instruction_suite_id,
            )
            for seat in request.seats
        ),
        interpreter=wanted_from(
            request.interpreter_language,
            [spoken[seat.person_id] for seat in request.seats],
            interpreter_days,
        ),
    )
    return placement, [row for row in rows if row.is_person]


def lock_and_judge(
    session: Session, placement: Placement, *, by: Actor, ignoring: int | None = None
) -> tuple[Verdict, World]:
    """Lock every resource of a placement in id order, then judge it on what stands now.

    Locking in one order is what keeps two commands that want the same rooms from waiting for
    each other; the second one sees the first one's holds. Where nothing is in the way, offers
    whose ten minutes are over give theirs back here, should the worker be late.
    """
    lock_resources(session, placement)
    verdict, world = _judge(session, placement, viewer=None, ignoring=ignoring)
    if verdict.clashes:
        # Only who is refused needs to be told by whom, in words of their own.
        return _judge(session, placement, viewer=by, ignoring=ignoring)
    _clear_expired(session, placement, world, ignoring=ignoring)
    return verdict, world


def lock_resources(session: Session, *placements: Placement) -> None:
    """Lock every resource of some placements, in id order."""
    # On SQLite the command holds the only write lock there is since its first statement.
    if plain(session).engine == "sqlite":
        return
    # Two ends need no bridge, so its ports are locked only for those who may take some.
    bridged = [placement.court_id for placement in placements if len(placement.seats) > 1]
    ids = {key for placement in placements for key in placement.resource_ids}
    if not bridged:
        _LOCK.rows(session, {"ids": ids})
    for court_id in sorted({*bridged}):
        _LOCK_WITH_PORTS.rows(session, {"ids": ids, "bridge_of": court_id})


def _judge(
    session: Session, placement: Placement, *, viewer: Actor | None, ignoring: int | None
) -> tuple[Verdict, World]:
    window = placement.span.widened(before=MARGIN, after=MARGIN)
    world = load_world(
        session,
        viewer=viewer,
        court_id=placement.court_id,
        site_ids={seat.site_id for seat in placement.seats},
        rooms=placement.rooms,
        people=[seat.person for seat in placement.seats],
        counsel=[seat.counsel for seat in placement.seats if seat.counsel is not None],
        window=window,
        now=clock.now(),
        # Reminders, planned when it is booked, count working days back from the hearing, and so
        # does the notice of an interpreter.
        closures_from=window.start.date() - (LOOK_BACK if placement.interpreter else CALENDAR_DAYS),
        is_locking=True,
    )
    if placement.court_id not in world.sites:
        raise NotFound("There is no such court.")
    return judge(placement, world, ignoring=ignoring), world


def refuse_clashes(verdict: Verdict, *, warning_reason: str | None) -> None:
    """Raise when a verdict forbids the placement, or warns and no reason was given.

    Args:
        warning_reason: None where warnings are still to be answered (an offer only held).
    """
    if verdict.clashes:
        raise ResourceClash(verdict.clashes)
    if verdict.warnings and warning_reason is not None and not warning_reason.strip():
        sentences = " ".join(warning.sentence for warning in verdict.warnings)
        raise InvalidInput("warning_reason", f"{sentences} Give a reason to book it all the same.")


def _clear_expired(
    session: Session, placement: Placement, world: World, *, ignoring: int | None
) -> None:
    """Lapse the expired offers that stand where this placement goes.

    Args:
        ignoring: the booking being placed: a late officer may still book what nobody took.
    """
    if not world.expired and not world.lapsing:
        return
    in_the_way = {
        busy.booking_id
        for wanted in wanted_holds(placement, world, booking_id=ignoring)
        for busy in world.expired.get(wanted.resource_id, ())
        if wanted.is_exclusive and busy.is_exclusive and busy.interval.overlaps(wanted.occupied)
    }
    for booking in session.scalars(
        select(Booking)
        .where(Booking.id.in_((in_the_way | world.lapsing) - {ignoring}))
        .order_by(Booking.id)
    ):
        end_booking(session, booking, Action.LAPSE, reason="The ten minutes were over.")


def new_booking(
    request: BookingRequest, placement: Placement, world: World, *, by: Actor
) -> Booking:
    """Build a held booking with its legs and appearances (nothing is written yet)."""
    now = clock.now()
    booking = fresh(
        Booking,
        reference=reference_from(randbits(30)),
        uid=str(uuid.uuid4()),
        court_id=request.court_id,
        hearing_type_code=request.hearing_type,
        status=Status.HELD,
        starts_at=placement.span.start,
        ends_at=placement.span.end,
        version=1,
        time_version=1,
        staff_notes=request.staff_notes,
        prison_notes=request.prison_notes,
        warning_reason=request.warning_reason.strip(),
        expires_at=now + timedelta(minutes=HOLD_MINUTES),
        form_key=request.form_key or None,
        created_by_id=by.user_id,
        created_at=now,
        updated_at=now,
    )
    if placement.interpreter:
        write_interpreter(booking, placement.interpreter.language, InterpreterState.WANTED)
    appearances = [
        fresh(
            Appearance,
            person_id=seat.person_id,
            site_id=seat.site_id,
            suite_id=seat.suite_id,
            courtroom_id=request.courtroom_id,
            instruction_suite_id=seat.instruction_suite_id,
            matter_id=seat.matter_id,
            counsel_id=seat.counsel_id,
            **there,
        )
        for seat, there in zip(request.seats, presence(placement, world), strict=True)
    ]
    legs = [
        fresh(
            Leg,
            kind=leg.kind,
            starts_at=leg.interval.start,
            ends_at=leg.interval.end,
        )
        for leg in placement.legs
    ]
    # They are not told whose they are: each would keep the other alive until a collector of
    # garbage came by, and whoever asks gets the booking from the session without a question.
    set_committed_value(booking, "appearances", appearances)
    set_committed_value(booking, "legs", legs)
    return booking


def spell_times(interval: Interval) -> str:
    """An interval as it stands in the audit: UTC, to the minute."""
    start, end = (
        at.isoformat()[: len("2027-02-09T20:30")] for at in (interval.start, interval.end)
    )
    return f"{start}Z/{end}Z"


def names_of(appearances: Iterable[Appearance]) -> Sequence[int]:
    """The person ids of a booking, in order, for the audit (never names)."""
    return [appearance.person_id for appearance in appearances]

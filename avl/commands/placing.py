"""Shared steps of every command that places a booking: lock, judge, hold, tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from secrets import randbits
from typing import Any

from sqlalchemy import and_, or_, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from avl import clock
from avl.commands.booking_requests import (
    BookingRequest,
    people_asked,
    resources_asked,
    rooms_asked,
)
from avl.commands.interpreters import write_interpreter
from avl.commands.keeping import end_booking, presence
from avl.commands.outbox import CALENDAR_DAYS
from avl.commands.writing import fresh
from avl.domain.access import Actor
from avl.domain.booking import HOLD_MINUTES, HOLDING, Action, Status, reference_from
from avl.domain.bridges import wanted_holds
from avl.domain.clashes import Verdict, judge
from avl.domain.errors import InvalidInput, JustTaken, NotFound, ResourceClash
from avl.domain.interpreters import LOOK_BACK, InterpreterState
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.world import World
from avl.models import Appearance, Booking, Leg, Resource, ResourceKind
from avl.queries.gathering import among
from avl.queries.plain import plain
from avl.queries.ready import Ready
from avl.queries.world import load_world

MARGIN = timedelta(hours=3)
"""How far around a placement holds are read: longer than any turnaround."""

# Built once: building these anew for each booking costs more than the database does to answer.
_NAMED = among(Resource.id, "ids", few=True)
_PORTS = and_(
    among(Resource.site_id, "bridges_of", few=True),
    Resource.kind == ResourceKind.BRIDGE_PORT,
)
_ASKED = (
    select(Resource.id).where(among(Resource.id, "rooms", few=True)),
    *resources_asked(),
)
# Two statements for each: of one that leaves the ports open PostgreSQL keeps no plan, because those
# without are so much easier to find. Each locks all it does in id order, and is sent alone.
_LOCK, _LOCK_WITH_PORTS, _LOCK_ASKED, _LOCK_ASKED_WITH_PORTS = (
    Ready(select(Resource.id).where(wanted).order_by(Resource.id).with_for_update(key_share=True))
    for wanted in (
        _NAMED,
        or_(_NAMED, _PORTS),
        Resource.id.in_(union_all(*_ASKED)),
        Resource.id.in_(union_all(*_ASKED, select(Resource.id).where(_PORTS))),
    )
)


def lock_and_judge(
    session: Session, placement: Placement, *, by: Actor, ignoring: int | None = None
) -> tuple[Verdict, World]:
    """Lock every resource of a placement in id order, then judge it on what stands now.

    Locking in one order is what keeps two commands that want the same rooms from waiting for
    each other; the second one sees the first one's holds. Where nothing is in the way, offers
    whose ten minutes are over give theirs back here, should the worker be late.
    """
    lock_resources(session, placement)
    return judge_locked(session, placement, by=by, ignoring=ignoring)


def judge_locked(
    session: Session,
    placement: Placement,
    *,
    by: Actor,
    ignoring: int | None = None,
    known: Sequence[Any] = (),
) -> tuple[Verdict, World]:
    """Judge a placement all of whose resources are locked; see `lock_and_judge`.

    Args:
        known: what was read of its people and counsel once they were, if it was.
    """
    verdict, world = _judge(session, placement, viewer=None, ignoring=ignoring, known=known)
    if verdict.clashes:
        # Only who is refused needs to be told by whom, in words of their own.
        return _judge(session, placement, viewer=by, ignoring=ignoring, known=known)
    _clear_expired(session, placement, world, ignoring=ignoring)
    return verdict, world


def lock_asked(session: Session, request: BookingRequest) -> None:
    """Lock every resource of what somebody asks for, in id order.

    Which resources the people and counsel are is looked up by the same statement, so that what is
    read of them afterwards is what stands.
    """
    if plain(session).engine == "sqlite":
        return
    values = {**people_asked(request), "rooms": rooms_asked(request)}
    if len(request.seats) > 1:
        _LOCK_ASKED_WITH_PORTS.rows(session, values | {"bridges_of": {request.court_id}})
    else:
        _LOCK_ASKED.rows(session, values)


def lock_resources(session: Session, *placements: Placement) -> None:
    """Lock every resource of some placements, in id order."""
    # On SQLite the command holds the only write lock there is since its first statement.
    if plain(session).engine == "sqlite":
        return
    # Two ends need no bridge, so its ports are locked only for those who may take some.
    bridged = {placement.court_id for placement in placements if len(placement.seats) > 1}
    ids = {key for placement in placements for key in placement.resource_ids}
    if bridged:
        _LOCK_WITH_PORTS.rows(session, {"ids": ids, "bridges_of": bridged})
    else:
        _LOCK.rows(session, {"ids": ids})


def _judge(
    session: Session,
    placement: Placement,
    *,
    viewer: Actor | None,
    ignoring: int | None,
    known: Sequence[Any],
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
        known=known,
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
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ):
        if booking.status is Status.HELD:
            end_booking(session, booking, Action.LAPSE, reason="The ten minutes were over.")
        elif booking.status in HOLDING:
            # Its officer was late, and yet faster than this by moments.
            raise JustTaken


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
    # They are not told whose they are: each would keep the other alive until a collector of
    # garbage came by, and whoever asks gets the booking from the session without a question.
    appearances = _appearances_of(request, presence(placement, world))
    set_committed_value(booking, "appearances", appearances)
    set_committed_value(booking, "legs", _legs_of(placement))
    return booking


def _appearances_of(
    request: BookingRequest, presences: Iterable[Mapping[str, object]]
) -> list[Appearance]:
    """Who appears from where; ``presences``: when each of them is there, and as what."""
    return [
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
        for seat, there in zip(request.seats, presences, strict=True)
    ]


def _legs_of(placement: Placement) -> list[Leg]:
    """The legs of a placement as rows that are written by a statement: see `fresh`."""
    return [
        fresh(Leg, kind=leg.kind, starts_at=leg.interval.start, ends_at=leg.interval.end)
        for leg in placement.legs
    ]


def spell_times(interval: Interval) -> str:
    """An interval as it stands in the audit: UTC, to the minute."""
    start, end = (
        at.isoformat()[: len("2027-02-09T20:30")] for at in (interval.start, interval.end)
    )
    return f"{start}Z/{end}Z"


def names_of(appearances: Iterable[Appearance]) -> Sequence[int]:
    """The person ids of a booking, in order, for the audit (never names)."""
    return [appearance.person_id for appearance in appearances]

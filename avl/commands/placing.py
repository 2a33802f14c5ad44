"""Shared steps of every command that places a booking: lock, judge, hold, tell."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import randbelow

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import resolve_by
from avl.commands.modes import DirectionNote
from avl.commands.outbox import queue_news
from avl.commands.publish import publish
from avl.domain.access import Actor, Do, may
from avl.domain.booking import Action, Status, next_status, reference_from
from avl.domain.clashes import Verdict, judge
from avl.domain.errors import (
    InvalidInput,
    NotAllowed,
    NotFound,
    ResourceClash,
    StaleVersion,
)
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat, holds_for
from avl.domain.world import World
from avl.models import Appearance, Booking, Counsel, Hold, Leg, Person, Resource
from avl.models.base import Json
from avl.queries.scope import visible_bookings
from avl.queries.world import load_world

MARGIN = timedelta(hours=3)
"""How far around a placement holds are read: longer than any turnaround."""


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
    extra: Mapping[str, str] = field(default_factory=dict)


def load_for_change(
    session: Session, reference: str, *, by: Actor, do: Do, version: int | None
) -> Booking:
    """Lock and return a booking this actor may change in this way.

    Raises:
        NotFound: no such booking, or not this actor's to see.
        NotAllowed: may see it, may not do this.
        StaleVersion: somebody changed it since ``version`` was read.
    """
    booking = session.scalars(
        visible_bookings(by)
        .where(Booking.reference == reference)
        .options(selectinload(Booking.appearances), selectinload(Booking.legs))
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if booking is None:
        raise NotFound(f"There is no booking {reference}.")
    if not may(by, do, booking):
        raise NotAllowed(f"You may not {do.replace('_', ' ')} booking {reference}.")
    check_version(booking, version)
    return booking


def check_version(booking: Booking, version: int | None) -> None:
    """Refuse a change made on an old picture of a booking; None means any version will do.

    Raises:
        StaleVersion: somebody changed it since ``version`` was read.
    """
    if version is not None and version != booking.version:
        raise StaleVersion(
            f"Booking {booking.reference} was changed while you were looking at it."
            " Look at it again before you change it."
        )


def placement_from(session: Session, request: BookingRequest) -> Placement:
    """Turn what was asked for into resource ids.

    Raises:
        InvalidInput: a person or counsel does not exist.
    """
    people = _resource_ids(session, Person, [seat.person_id for seat in request.seats], "person")
    counsel = _resource_ids(
        session,
        Counsel,
        [seat.counsel_id for seat in request.seats if seat.counsel_id is not None],
        "counsel",
    )
    return Placement(
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
    )


def _resource_ids(
    session: Session, table: type[Person] | type[Counsel], ids: Collection[int], what: str
) -> dict[int, int]:
    if not ids:
        return {}
    rows = session.execute(select(table.id, table.resource_id).where(table.id.in_(ids)))
    found: dict[int, int] = {row.id: row.resource_id for row in rows}
    if missing := set(ids) - set(found):
        raise InvalidInput(what, f"There is no {what} with this number ({min(missing)}).")
    return found


def lock_and_judge(
    session: Session, placement: Placement, *, by: Actor, ignoring: int | None = None
) -> tuple[Verdict, World]:
    """Lock every resource of a placement in id order, then judge it on what stands now.

    Locking in one order is what keeps two commands that want the same rooms from waiting for
    each other; the second one sees the first one's holds.
    """
    session.execute(
        select(Resource.id)
        .where(Resource.id.in_(placement.resource_ids))
        .order_by(Resource.id)
        .with_for_update(key_share=True)
    ).all()
    around = placement.span.widened(before=MARGIN, after=MARGIN)
    clear_expired_holds(session, placement.resource_ids, around, ignoring=ignoring)
    world = load_world(
        session,
        viewer=by,
        court_id=placement.court_id,
        site_ids={seat.site_id for seat in placement.seats},
        rooms=placement.rooms,
        people=[seat.person for seat in placement.seats],
        counsel=[seat.counsel for seat in placement.seats if seat.counsel is not None],
        window=around,
        now=clock.now(),
    )
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


def clear_expired_holds(
    session: Session,
    resource_ids: Collection[int],
    interval: Interval,
    *,
    ignoring: int | None = None,
) -> None:
    """Let offers whose ten minutes are over go at once, should the worker be late.

    Args:
        ignoring: the booking being placed: a late officer may still book what nobody took.
    """
    expired = session.scalars(
        select(Booking)
        .join(Hold, Hold.booking_id == Booking.id)
        .where(
            Booking.status == Status.HELD,
            Booking.expires_at <= clock.now(),
            Booking.id != (ignoring or 0),
            Hold.resource_id.in_(resource_ids),
            Hold.starts_at < interval.end,
            Hold.starts_at > interval.start - timedelta(hours=24),
            Hold.ends_at > interval.start,
        )
        .distinct()
    ).all()
    for booking in expired:
        end_booking(session, booking, Action.LAPSE, reason="The ten minutes were over.")


def new_booking(
    request: BookingRequest, placement: Placement, world: World, *, by: Actor
) -> Booking:
    """Build a held booking with its legs, appearances and holds (nothing is written yet)."""
    now = clock.now()
    booking = Booking(
        reference=reference_from(randbelow(32**6)),
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
        warning_reason=request.warning_reason,
        created_by_id=by.user_id,
        created_at=now,
        updated_at=now,
    )
    booking.appearances = [
        Appearance(
            person_id=seat.person_id,
            site_id=seat.site_id,
            suite_id=seat.suite_id,
            courtroom_id=request.courtroom_id,
            instruction_suite_id=seat.instruction_suite_id,
            matter_id=seat.matter_id,
            counsel_id=seat.counsel_id,
        )
        for seat in request.seats
    ]
    booking.legs = [
        Leg(kind=leg.kind, starts_at=leg.interval.start, ends_at=leg.interval.end)
        for leg in placement.legs
    ]
    return booking


def add_holds(session: Session, booking: Booking, placement: Placement, world: World) -> None:
    """Write a booking's holds, all in one statement; its legs must have been flushed."""
    legs = {leg.kind: leg.id for leg in booking.legs}
    session.add_all(
        Hold(
            booking_id=booking.id,
            leg_id=legs[wanted.leg],
            resource_id=wanted.resource_id,
            starts_at=wanted.occupied.start,
            ends_at=wanted.occupied.end,
            is_exclusive=wanted.is_exclusive,
        )
        for wanted in holds_for(placement, world.turnarounds())
    )
    session.flush()


def drop_holds(session: Session, booking: Booking) -> None:
    """Give back everything a booking holds."""
    session.execute(
        delete(Hold).where(Hold.booking_id == booking.id),
        execution_options={"synchronize_session": False},
    )
    session.expire(booking, ["holds"])


def changed(
    session: Session,
    booking: Booking,
    action: Action,
    *,
    by: Actor,
    reason: str = "",
    changes: Json | None = None,
) -> None:
    """Count the change, write it down, publish it and tell whom it concerns."""
    booking.version += 1
    booking.updated_at = clock.now()
    session.flush()
    record(session, action, by=by, booking=booking, reason=reason, changes=changes)
    resolve_by(session, booking, action, by=by)
    publish(session, booking)
    queue_news(session, booking)


def end_booking(
    session: Session,
    booking: Booking,
    action: Action,
    *,
    by: Actor | None = None,
    reason: str,
) -> None:
    """Decline, lapse or cancel: the holds go, the memory stays."""
    from avl.domain.access import SYSTEM

    before = booking.status
    booking.status = next_status(before, action)
    booking.end_reason = reason[:300]
    booking.expires_at = None
    drop_holds(session, booking)
    changed(
        session,
        booking,
        action,
        by=by or SYSTEM,
        reason=reason,
        changes={"status": [before.value, booking.status.value]},
    )


def agree_where_self_service(
    booking: Booking, *, approval_sites: Mapping[int, tuple[bool, int]], now: datetime
) -> None:
    """Confirm what needs nobody's answer; otherwise set the deadline for the answer.

    Args:
        approval_sites: for each remote site, whether a person there must agree, and within how
            many hours.
    """
    waiting = []
    for appearance in booking.appearances:
        must_agree, hours = approval_sites[appearance.site_id]
        if must_agree:
            appearance.agreed_at = None
            waiting.append(hours)
        else:
            appearance.agreed_at = now
    if not waiting:
        booking.status = next_status(booking.status, Action.CONFIRM)
        booking.expires_at = None
        return
    # The answer must come before the people have to be fetched, whatever the site's usual time.
    deadline = now + timedelta(hours=min(waiting))
    booking.expires_at = min(deadline, max(booking.starts_at, now + timedelta(minutes=5)))


def spell_times(interval: Interval) -> str:
    """An interval as it stands in the audit: UTC, to the minute."""
    return f"{interval.start:%Y-%m-%dT%H:%MZ}/{interval.end:%Y-%m-%dT%H:%MZ}"


def names_of(appearances: Iterable[Appearance]) -> Sequence[int]:
    """The person ids of a booking, in order, for the audit (never names)."""
    return [appearance.person_id for appearance in appearances]

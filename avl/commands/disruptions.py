"""The worklist's ways out: found without a lock, kept, accepted one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from avl import clock
from avl.commands.audit import record
from avl.commands.changes import Move, apply_move
from avl.commands.disruption_steps import resolve, watch_bookings, what_else_is_wrong
from avl.commands.keeping import end_booking, load_for_change
from avl.commands.modes import DirectionNote
from avl.commands.ports import mend_links
from avl.commands.standing_again import mend_company
from avl.commands.transaction import command
from avl.domain.access import SYSTEM, Actor, Do, may
from avl.domain.booking import Action, Status
from avl.domain.disruption import OF_COMPANY, Cause, Resolution
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleVersion,
)
from avl.domain.interval import Interval
from avl.domain.standing import STANDING, lengthened
from avl.domain.way_out import Broken, WayKind, find_ways
from avl.models import Booking, Disruption, db
from avl.models.base import Json
from avl.queries.disruptions import with_parts, world_for_ways
from avl.queries.placements import placement_of
from avl.queries.previews import Search
from avl.queries.scope import sees
from avl.queries.standing import outdated_in, read_modes, usual_of
from avl.queries.ways_out import count_as_taken, spell_way, starts_asked
from avl.queries.worklist import is_acceptable, may_accept, seats_at, suites_changed_at

AGAIN_AFTER = timedelta(minutes=10)
"""A way found longer ago is looked for again: somebody may have booked what it wanted."""

OVER_AFTER = timedelta(days=1)
"""How long after its booking ended an unresolved disruption stays on the list."""


def work_out_ways(*, limit: int = 200, booking_ids: Collection[int] | None = None) -> int:
    """Find and keep a way out for open disruptions that have none, or an old one.

    Bookings are taken week by week, the earliest first. The search reads without holding any
    lock; a way is checked again when it is accepted.

    Args:
        booking_ids: only these bookings'.

    Returns:
        How many ways were found.
    """
    mend_links()
    mend_company()
    wanted = _without_way(limit, booking_ids)
    count = 0
    for _, week in groupby(wanted, key=lambda booking: booking.starts_at.isocalendar()[:2]):
        count += store_ways(_ways_for(list(week)))
    return count


def _without_way(limit: int, booking_ids: Collection[int] | None) -> list[Booking]:
    old = clock.now() - AGAIN_AFTER
    found = (
        select(Booking)
        .join(Disruption, Disruption.booking_id == Booking.id)
        .where(
            Disruption.resolved_at.is_(None),
            (Disruption.way_version.is_(None))
            | (Disruption.way_version != Booking.version)
            | (Disruption.way_found_at < old),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    )
    if booking_ids is not None:
        found = found.where(Booking.id.in_(sorted(booking_ids)))
    db.session.rollback()
    return list(db.session.scalars(with_parts(found)))


def _ways_for(bookings: list[Booking]) -> dict[int, tuple[int, Json]]:
    """For each booking id, the version looked at and the way as it is kept."""
    search = search_among(db.session(), bookings, {booking.id for booking in bookings})
    ways = find_ways(search.broken, search.world)
    asked = search.asked(starts_asked(ways, bookings))
    return {
        one.id: (one.version, spell_way(ways[one.id], one, search.world, asked.get(one.id)))
        for one in bookings
    }


def search_among(session: Session, bookings: list[Booking], besides: Collection[int]) -> Search:
    """Where ways out are looked for, for bookings whose disruptions are open.

    Args:
        besides: ids of bookings for which a kept way does not count, since another is looked for.
    """
    world = world_for_ways(session, SYSTEM, bookings)
    count_as_taken(session, world, except_for=besides)
    modes = read_modes(session, bookings)
    return Search(tuple(_broken(session, bookings)), world, modes.asked_at)


def _broken(session: Session, bookings: list[Booking]) -> list[Broken]:
    rows = session.execute(
        select(Disruption.booking_id, Disruption.sentence).where(
            Disruption.booking_id.in_([booking.id for booking in bookings]),
            Disruption.resolved_at.is_(None),
            Disruption.cause.in_(STANDING),
        )
    )
    said = {row.booking_id: row.sentence for row in rows}
    outdated = outdated_in(session, [one for one in bookings if one.id in said])
    found = []
    for booking in bookings:
        placement, kind = placement_of(booking), booking.hearing_type
        wrong = [one for one in outdated.get(booking.id, ()) if one.is_said_in(said[booking.id])]
        is_short = any(one.cause is Cause.LENGTH for one in wrong)
        found.append(
            Broken(
                booking.id,
                placement,
                kind.priority,
                is_in_person=any(one.cause is Cause.MODE for one in wrong),
                lengths=lengthened(placement, usual_of(kind), wrong) if is_short else None,
            )
        )
    return found


@command
def store_ways(session: Session, ways: Mapping[int, tuple[int, Json]]) -> int:
    """Keep ways for the bookings whose disruptions are still open; returns how many."""
    rows = session.scalars(
        select(Disruption).where(
            Disruption.booking_id.in_(sorted(ways)), Disruption.resolved_at.is_(None)
        )
    ).all()
    for row in rows:
        row.way_version, row.way = ways[row.booking_id]
        row.way_found_at = clock.now()
    return len(rows)


@command
def forget_way(session: Session, disruption_id: int) -> None:
    """Let a way that turned out impossible be looked for again."""
    row = session.get(Disruption, disruption_id)
    if row is not None and row.resolved_at is None:
        row.way, row.way_version, row.way_found_at = {}, None, None


@command
def accept_way(
    session: Session,
    disruption_id: int,
    *,
    by: Actor,
    mark: str | None = None,
    direction: DirectionNote | None = None,
) -> Booking:
    """Do what the way out says: move the booking, cancel it, or have the person brought.

    A booking that was only in the way of another, which has gone meanwhile, stays where it is.

    Args:
        mark: of the way the person looked at; None for whichever is kept.
        direction: that AVL stands at the way's time, where in person would.

    Raises:
        NotFound: no such disruption in this actor's scope.
        NotAllowed: the way changes more than this actor may.
        ActionNotAllowed: it is resolved already, or no way has been found.
        InvalidInput: in person stands at the way's time, and no direction says otherwise.
        StaleVersion: the booking or the way has changed.
        ResourceClash: somebody was faster.
    """
    row = _open_row(session, disruption_id, by)
    way = row.way
    if mark is not None and mark != way.get("mark"):
        raise StaleVersion("Another way out has been found meanwhile. Look at it, then decide.")
    do = _needed(row.booking, way, by)
    reference = row.booking.reference
    booking = load_for_change(session, reference, by=by, do=do, version=row.way_version)
    session.refresh(row)
    if row.resolved_at is not None:
        raise ActionNotAllowed(f"Booking {booking.reference} has been dealt with already.")
    if row.cause in OF_COMPANY and _stands_again(session, booking, by):
        return booking
    if not is_acceptable(way):
        raise ActionNotAllowed(way["why"])
    kind = WayKind(way["kind"])
    if kind is WayKind.MOVE:
        agreed = _agreed(booking, way, by)
        apply_move(
            session,
            booking,
            replace(_move_of(booking, way), direction=direction),
            by=by,
            reason=row.sentence,
            warning_reason=row.sentence[:300],
            agreed=agreed,
        )
    elif kind is WayKind.IN_PERSON:
        resolve(session, booking.id, Resolution.IN_PERSON, by=by)
        end_booking(session, booking, Action.CANCEL, by=by, reason=f"In person. {row.sentence}")
    else:
        end_booking(session, booking, Action.CANCEL, by=by, reason=row.sentence)
    return booking


def _stands_again(session: Session, booking: Booking, by: Actor) -> bool:
    """Let a booking stand that was only in the way of another which has gone."""
    return bool(watch_bookings(session, [booking.id]).sweep(session, by=by).mended)


@command
def keep_as_it_is(session: Session, disruption_id: int, *, by: Actor, reason: str) -> Booking:
    """Let a booking stand that a new usual length has made too short; nothing else may be wrong.

    Raises:
        NotFound: no such disruption in this actor's scope.
        NotAllowed: this actor may not decide about the booking's time.
        ActionNotAllowed: it is dealt with already, or something else is wrong with the booking.
        InvalidInput: no reason.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why the booking keeps its length.")
    reference = _open_disruption(session, disruption_id, by).booking.reference
    booking = load_for_change(session, reference, by=by, do=Do.MOVE, version=None)
    row = _open_disruption(session, disruption_id, by)
    session.refresh(row)
    if row.resolved_at is not None:
        raise ActionNotAllowed(f"Booking {reference} has been dealt with already.")
    if (why := what_else_is_wrong(session, booking, row.sentence)) or row.cause is not Cause.LENGTH:
        raise ActionNotAllowed(f"Booking {reference} cannot stay as it is. {why}".strip())
    resolve(session, booking.id, Resolution.KEPT, by=by)
    record(session, "keep", by=by, booking=booking, reason=reason.strip()[:300])
    return booking


@command
def end_what_is_over(session: Session) -> int:
    """Resolve disruptions whose booking's time is long past; returns how many."""
    over = session.scalars(
        select(Disruption)
        .join(Booking, Booking.id == Disruption.booking_id)
        .where(Disruption.resolved_at.is_(None), Booking.ends_at < clock.now() - OVER_AFTER)
        .limit(500)
    ).all()
    for row in over:
        row.resolution, row.resolved_at = Resolution.ENDED, clock.now()
    return len(over)


def _open_disruption(session: Session, disruption_id: int, by: Actor) -> Disruption:
    row = session.scalars(
        select(Disruption)
        .join(Booking, Booking.id == Disruption.booking_id)
        .where(Disruption.id == disruption_id, sees(by))
        .options(joinedload(Disruption.booking).selectinload(Booking.appearances))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such disruption.")
    if row.resolved_at is not None:
        raise ActionNotAllowed(f"Booking {row.booking.reference} has been dealt with already.")
    return row


def _open_row(session: Session, disruption_id: int, by: Actor) -> Disruption:
    row = _open_disruption(session, disruption_id, by)
    if not row.way:
        raise ActionNotAllowed("The way out is still being worked out. Try again in a minute.")
    if row.way["kind"] == WayKind.BY_HAND:
        raise ActionNotAllowed(row.way["why"])
    return row


def _needed(booking: Booking, way: Json, by: Actor) -> Do:
    """What one must be permitted, to accept this way.

    Raises:
        NotAllowed: a coordinator was about to decide for another prison, or for the court.
    """
    if way["kind"] != WayKind.MOVE:
        return Do.CANCEL
    if may(by, Do.MOVE, booking) or not way["is_suite_only"]:
        return Do.MOVE
    if not may_accept(by, booking, way):
        raise NotAllowed("Only the AVL coordinator of the prison concerned accepts this.")
    return Do.CHANGE_SUITE


def _agreed(booking: Booking, way: Json, by: Actor) -> set[int]:
    """Sites that need not be asked again: those untouched by a change of suites that had agreed,
    and those whose own coordinator accepts it."""
    if not way["is_suite_only"]:
        return set()
    touched = suites_changed_at(way)
    own = {site_id for site_id in touched if may(by, Do.CONFIRM, seats_at(booking, site_id))}
    if booking.status is Status.STOOD_DOWN:
        return own
    return own | {
        one.site_id for one in booking.appearances if one.agreed_at and one.site_id not in touched
    }


def _move_of(booking: Booking, way: Json) -> Move:
    start, end = (datetime.fromisoformat(at) for at in way["hearing"])
    return Move(
        hearing=Interval(start, end),
        courtroom_id=way["courtroom"],
        pre_minutes=way["conferences"][0],
        post_minutes=way["conferences"][1],
        suites={seat["appearance"]: seat["suite"] for seat in way["seats"]},
        sites={seat["appearance"]: seat["site"] for seat in way["seats"]},
    )

"""Changing bookings that stand: move, cancel, amend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.booking_requests import check_shape
from avl.commands.interpreters import seek_again
from avl.commands.keeping import (
    add_holds,
    agree_where_self_service,
    be_present,
    changed,
    check_version,
    drop_holds,
    end_booking,
    legs_of,
    load_for_change,
)
from avl.commands.modes import DirectionNote, settle_modes_of
from avl.commands.placing import lock_and_judge, refuse_clashes, spell_times
from avl.commands.transaction import command
from avl.commands.waitlist_steps import note_freed
from avl.domain.access import Actor, Do
from avl.domain.booking import Action, Status, next_status
from avl.domain.clashes import Rule, Verdict
from avl.domain.disruption import without_passing
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.resources import Placement, Seat
from avl.domain.way_out import keeps_time_and_site
from avl.domain.world import World
from avl.models import Booking, Counsel
from avl.models.base import Json
from avl.queries.placements import placement_of


@dataclass(frozen=True, slots=True)
class Move:
    """Where a booking should go. What is None stays as it is.

    Attributes:
        suites: a new suite (resource id) for an appearance id.
        sites: a new remote site for an appearance id (the person was transferred).
        instruction_suites: counsel's new room at court (None for none) for an appearance id.
        direction: needed when in person would stand on the new date without one.
    """

    hearing: Interval | None = None
    courtroom_id: int | None = None
    pre_minutes: int | None = None
    post_minutes: int | None = None
    suites: Mapping[int, int] = field(default_factory=dict)
    sites: Mapping[int, int] = field(default_factory=dict)
    instruction_suites: Mapping[int, int | None] = field(default_factory=dict)
    direction: DirectionNote | None = None


@command
def move_booking(
    session: Session,
    reference: str,
    move: Move,
    *,
    by: Actor,
    reason: str,
    version: int | None = None,
    warning_reason: str = "",
) -> Booking:
    """Give a booking another time or place, all or nothing.

    Sites that approve must agree again. A move to where it already is changes nothing.

    Raises:
        ResourceClash: it cannot go there.
        InvalidInput: no reason, or a warning without a reason.
        ActionNotAllowed: its state permits no move.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why the booking is moved.")
    booking = load_for_change(session, reference, by=by, do=Do.MOVE, version=version)
    apply_move(session, booking, move, by=by, reason=reason, warning_reason=warning_reason)
    return booking


def apply_move(
    session: Session,
    booking: Booking,
    move: Move,
    *,
    by: Actor,
    reason: str,
    warning_reason: str = "",
    agreed: Collection[int] = (),
) -> None:
    """Move a booking that the command has locked; a move to where it already is does nothing.

    Args:
        agreed: sites that have agreed already, and are not asked again.
    """
    next_status(booking.status, Action.MOVE)
    wanted = _moved(booking, placement_of(booking), move)
    if wanted != placement_of(booking):
        shift(
            session,
            booking,
            wanted,
            move,
            by=by,
            reason=reason,
            warning_reason=warning_reason,
            agreed=agreed,
        )


@command
def cancel_booking(
    session: Session, reference: str, *, by: Actor, reason: str, version: int | None = None
) -> Booking:
    """Cancel a booking, give back what it holds, and tell whom it concerns. Cancelling what is
    already cancelled changes nothing."""
    if not reason.strip():
        raise InvalidInput("reason", "Say why the booking is cancelled.")
    booking = load_for_change(session, reference, by=by, do=Do.CANCEL, version=None)
    if booking.status is Status.CANCELLED:
        return booking
    check_version(booking, version)
    end_booking(session, booking, Action.CANCEL, by=by, reason=reason.strip())
    return booking


@command
def amend_booking(
    session: Session,
    reference: str,
    *,
    by: Actor,
    version: int | None = None,
    staff_notes: str | None = None,
    prison_notes: str | None = None,
    counsel: Mapping[int, int | None] | None = None,
    is_fixed: bool | None = None,
    warning_reason: str = "",
) -> Booking:
    """Change notes or counsel without touching time or place.

    Args:
        counsel: a new counsel id, or None for nobody, for an appearance id.
        is_fixed: whether no plan may move it to make room for another.
    """
    booking = load_for_change(session, reference, by=by, do=Do.AMEND, version=version)
    next_status(booking.status, Action.AMEND)
    changes: Json = {}
    for name, value in (("staff_notes", staff_notes), ("prison_notes", prison_notes)):
        if value is not None and value != getattr(booking, name):
            setattr(booking, name, value)
            changes[name] = ["changed", "changed"]
    if is_fixed is not None and is_fixed != booking.is_fixed:
        changes["marked_fixed" if is_fixed else "set_free"] = [booking.is_fixed, is_fixed]
        booking.is_fixed = is_fixed
    if counsel and _replace_counsel(session, booking, counsel, changes):
        _hold_again(session, booking, by=by, warning_reason=warning_reason)
    if changes:
        changed(session, booking, Action.AMEND, by=by, changes=changes)
    return booking


def _replace_counsel(
    session: Session, booking: Booking, counsel: Mapping[int, int | None], changes: Json
) -> bool:
    if not set(counsel) <= {appearance.id for appearance in booking.appearances}:
        raise InvalidInput("counsel", "Choose counsel for somebody who is in this booking.")
    for appearance in booking.appearances:
        wanted = counsel.get(appearance.id, appearance.counsel_id)
        if wanted == appearance.counsel_id:
            continue
        if wanted is not None and session.get(Counsel, wanted) is None:
            raise InvalidInput("counsel", "Choose counsel from the list.", value=wanted)
        changes.setdefault("counsel", []).append([appearance.counsel_id, wanted])
        appearance.counsel_id = wanted
        session.flush()
        session.expire(appearance, ["counsel"])
    return "counsel" in changes


def _hold_again(session: Session, booking: Booking, *, by: Actor, warning_reason: str) -> None:
    placement = placement_of(booking)
    verdict, world = lock_and_judge(session, placement, by=by, ignoring=booking.id)
    verdict = verdict.without(Rule.INTERPRETER_LATE)
    refuse_clashes(verdict, warning_reason=warning_reason)
    booking.warning_reason = warning_reason.strip() if verdict.warnings else ""
    drop_holds(session, booking, stays=True)
    add_holds(session, booking, placement, world)


def _moved(booking: Booking, now: Placement, move: Move) -> Placement:
    known = {appearance.id for appearance in booking.appearances}
    if not {*move.suites, *move.sites, *move.instruction_suites} <= known:
        raise InvalidInput("suites", "Choose a suite for somebody who is in this booking.")
    seats = []
    for appearance, seat in zip(booking.appearances, now.seats, strict=True):
        seats.append(
            Seat(
                person=seat.person,
                site_id=move.sites.get(appearance.id, seat.site_id),
                suite=move.suites.get(appearance.id, seat.suite),
                counsel=seat.counsel,
                instruction_suite=move.instruction_suites.get(
                    appearance.id, seat.instruction_suite
                ),
            )
        )
    return replace(
        now,
        hearing=move.hearing or now.hearing,
        courtroom=move.courtroom_id or now.courtroom,
        pre_minutes=now.pre_minutes if move.pre_minutes is None else move.pre_minutes,
        post_minutes=now.post_minutes if move.post_minutes is None else move.post_minutes,
        seats=tuple(seats),
    )


def shift(
    session: Session,
    booking: Booking,
    wanted: Placement,
    move: Move,
    *,
    by: Actor,
    reason: str,
    warning_reason: str,
    agreed: Collection[int] = (),
) -> None:
    """Judge a booking that the command has locked, then exchange its old holds for new ones."""
    check_shape(wanted.hearing, wanted.pre_minutes, wanted.post_minutes)
    if booking.starts_at <= clock.now() and booking.status is not Status.STOOD_DOWN:
        raise NotAllowed("This booking has already begun, so it can no longer be moved.")
    before = placement_of(booking)
    agreed = {*agreed, *_agree_still(booking, before, wanted)}
    verdict, world = _judge_move(session, booking, before, wanted, by=by)
    refuse_clashes(verdict, warning_reason=warning_reason)
    # Another room or suite at the same time leaves the decision about the mode as it stands
    # (s 10 of the Act: until somebody varies it), and a broken suite varies nothing.
    if move.direction is not None or before.hearing != wanted.hearing:
        settle_modes_of(session, booking, wanted.hearing, world, note=move.direction, by=by)
    _rewrite(session, booking, wanted, world)
    _note_time(booking, before, wanted, world)
    booking.status = next_status(booking.status, Action.MOVE)
    agree_where_self_service(booking, world, agreed=agreed)
    booking.warning_reason = warning_reason.strip() if verdict.warnings else ""
    changed(
        session,
        booking,
        Action.MOVE,
        by=by,
        reason=reason.strip(),
        changes=_what_moved(before, wanted),
        world=world,
    )


def _agree_still(booking: Booking, before: Placement, wanted: Placement) -> set[int]:
    """The sites that need not be asked again: which room counsel confers from is the court's own
    affair, and any other change is theirs to agree to."""
    if _beyond_court(before) != _beyond_court(wanted):
        return set()
    return {one.site_id for one in booking.appearances if one.agreed_at}


def _note_time(booking: Booking, before: Placement, wanted: Placement, world: World) -> None:
    """Ask the interpreter anew for another hearing, and count a change of time or courtroom."""
    court = world.sites[booking.court_id]
    if before.hearing != wanted.hearing:
        seek_again(booking, local_day(wanted.hearing.start, court.zone), court.calendar)
    had = (before.span, before.hearing, before.courtroom)
    if had != (wanted.span, wanted.hearing, wanted.courtroom):
        booking.time_version += 1


def _judge_move(
    session: Session, booking: Booking, before: Placement, wanted: Placement, *, by: Actor
) -> tuple[Verdict, World]:
    """Judge where a booking should go, but not by what was in order when it was arranged."""
    verdict, world = lock_and_judge(session, wanted, by=by, ignoring=booking.id)
    if keeps_time_and_site(before, wanted):
        # The people are on their way already: another suite needs nobody's notice.
        verdict = without_passing(verdict)
    if before.hearing == wanted.hearing:
        # Whoever was asked to interpret was asked for this very time.
        verdict = verdict.without(Rule.INTERPRETER_LATE)
    return verdict, world


def _what_moved(before: Placement, after: Placement) -> Json:
    """Both placements for the audit: times and resource ids, never names."""
    return {
        "hearing": [spell_times(before.hearing), spell_times(after.hearing)],
        "suites": [[seat.suite for seat in one.seats] for one in (before, after)],
        "courtroom": [before.courtroom, after.courtroom],
        "instruction_suites": [
            [seat.instruction_suite for seat in one.seats] for one in (before, after)
        ],
    }


def _beyond_court(placement: Placement) -> Placement:
    """A placement without what concerns nobody but the court: counsel's rooms there."""
    return replace(
        placement, seats=tuple(replace(seat, instruction_suite=None) for seat in placement.seats)
    )


def _rewrite(session: Session, booking: Booking, wanted: Placement, world: World) -> None:
    # Old holds and legs go, and are flushed, before new ones come: the database would otherwise
    # see a booking that overlaps itself, because inserts are sent before deletes.
    drop_holds(session, booking)
    booking.legs.clear()
    session.flush()
    booking.legs = legs_of(wanted)
    if left := booking.remote_site_ids - {seat.site_id for seat in wanted.seats}:
        note_freed(session, left)
    for appearance, seat in zip(booking.appearances, wanted.seats, strict=True):
        appearance.site_id, appearance.suite_id = seat.site_id, seat.suite
        appearance.courtroom_id = wanted.courtroom
        appearance.instruction_suite_id = seat.instruction_suite
    be_present(booking, wanted, world)
    booking.starts_at, booking.ends_at = wanted.span.start, wanted.span.end
    # A waiting booking's deadline is set anew by whoever must agree; the CHECK wants one now.
    booking.expires_at = booking.expires_at or clock.now()
    session.flush()
    for appearance in booking.appearances:
        session.expire(appearance, ["suite", "courtroom", "site", "instruction_suite"])
    add_holds(session, booking, wanted, world)

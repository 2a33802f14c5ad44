"""Waiting for a time: asked for, changed, withdrawn, and read to the end by the registry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.keeping import end_booking, load_for_change
from avl.commands.modes import DirectionNote, check_modes
from avl.commands.record_steps import keep_records
from avl.commands.transaction import command
from avl.commands.waitlist_steps import end_entry, note_freed
from avl.domain.access import SYSTEM, Actor, Do, SiteSubject, may
from avl.domain.booking import Action, Status, next_status
from avl.domain.custody import say_died
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, StaleVersion
from avl.domain.local_time import local_day
from avl.domain.waiting import OPEN, URGENT, WaitState, say_crossed
from avl.domain.wish import check_near
from avl.models import Booking, HearingType, Person, Site, WaitlistEntry
from avl.queries.offers import search
from avl.queries.waiting import WaitRequest, get_entry, wish_of

LONGEST_REASON = 300


@command
def ask_to_wait(
    session: Session,
    request: WaitRequest,
    *,
    deadline_at: datetime,
    by: Actor,
    priority: int | None = None,
    reason: str = "",
) -> WaitlistEntry:
    """Let a wish wait until something fits. Asking twice for the same wish is asking once.

    A booking that stands may wait for a better time, and keeps its own meanwhile.

    Args:
        deadline_at: when to stop waiting.
        priority: higher than the hearing type's own, which needs a reason; None for its own.

    Raises:
        NotFound: the court, or the booking, is not the actor's.
        ActionNotAllowed: the booking can no longer be moved.
        InvalidInput: something in the wish, or the deadline, makes no sense.
    """
    room = request.room
    if not may(by, Do.BOOK, SiteSubject(room.court_id)):
        raise NotFound("There is no such court among yours.")
    moving = _to_move(session, request, by=by) if room.moving else None
    people = [seat.person_id for seat in room.seats]
    keep_records(session, people)
    dead = select(Person.id).where(Person.id.in_(people), Person.died_on.is_not(None))
    if session.scalars(dead).first() is not None:
        raise InvalidInput("person", say_died("One of the people"))
    mark = request.mark
    earlier = session.scalars(
        select(WaitlistEntry).where(WaitlistEntry.mark == mark, WaitlistEntry.ended_at.is_(None))
    ).first()
    if earlier is not None:
        return earlier
    hearing_type = session.get(HearingType, room.hearing_type)
    if hearing_type is None or not hearing_type.is_bookable:
        raise InvalidInput("hearing_type", "Choose a hearing type from the list.")
    entry = _entry(request, deadline_at, by=by)
    entry.moving_id = moving.id if moving else None
    entry.priority = _priority(priority, hearing_type, reason)
    entry.reason = reason.strip()
    entry.why = _check(session, request, hearing_type, entry, moving)
    session.add(entry)
    session.flush()
    record(session, "wait", by=by, booking=moving, subject=f"wait {entry.id}", reason=entry.reason)
    # It may fit already: whoever asks has looked at fewer days than they now say will do.
    note_freed(session, {room.court_id})
    return entry


def _to_move(session: Session, request: WaitRequest, *, by: Actor) -> Booking:
    """The booking that waits for a better time, locked so that it does not move meanwhile."""
    booking = load_for_change(session, request.room.moving, by=by, do=Do.MOVE, version=None)
    next_status(booking.status, Action.MOVE)
    if booking.starts_at <= clock.now():
        raise ActionNotAllowed("This booking has already begun, so it can no longer be moved.")
    people = {one.person_id for one in booking.appearances}
    if people != {seat.person_id for seat in request.room.seats}:
        raise InvalidInput("person", "A booking that is moved keeps its people.")
    return booking


def _entry(request: WaitRequest, deadline_at: datetime, *, by: Actor) -> WaitlistEntry:
    now = clock.now()
    return WaitlistEntry(
        court_id=request.room.court_id,
        hearing_type_code=request.room.hearing_type,
        person_id=request.room.seats[0].person_id,
        wish=request.to_json(),
        mark=request.mark,
        passed={},
        state=WaitState.WAITING,
        asked_at=now,
        deadline_at=deadline_at,
        made_by_id=by.user_id,
        made_at=now,
    )


@command
def change_wait(
    session: Session,
    entry_id: int,
    *,
    by: Actor,
    reason: str,
    deadline_at: datetime | None = None,
    priority: int | None = None,
    version: int | None = None,
) -> WaitlistEntry:
    """Give a wish another deadline, or another priority; both with a reason.

    Raises:
        NotFound: there is none at the actor's courts.
        ActionNotAllowed: it waits no longer.
        InvalidInput: no reason, or a deadline that has passed.
        StaleVersion: it was changed since ``version`` was read.
    """
    entry = lock_entry(session, entry_id, by, version)
    if not reason.strip():
        raise InvalidInput("reason", "Say why; others wait behind it.")
    changes = {}
    if deadline_at is not None and deadline_at != entry.deadline_at:
        _check_deadline(deadline_at, clock.now())
        changes["deadline"] = [entry.deadline_at.isoformat(), deadline_at.isoformat()]
        entry.deadline_at = deadline_at
    if priority is not None and priority != entry.priority:
        wanted = _priority(priority, entry.hearing_type, reason)
        changes["priority"] = [str(entry.priority), str(wanted)]
        entry.priority = wanted
    if changes:
        entry.version += 1
        entry.reason = reason.strip()[:LONGEST_REASON]
        record(
            session,
            "change_wait",
            by=by,
            subject=f"wait {entry.id}",
            reason=entry.reason,
            changes=changes,
        )
    return entry


@command
def withdraw_wait(
    session: Session, entry_id: int, *, by: Actor, reason: str, version: int | None = None
) -> WaitlistEntry:
    """End a wait because the time is no longer wanted; a time kept for it is given back.

    Withdrawing what is withdrawn already changes nothing.

    Raises:
        NotFound: there is none at the actor's courts.
        ActionNotAllowed: it has been booked, or has lapsed.
        InvalidInput: no reason.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why it is withdrawn.")
    entry = get_entry(session, by, entry_id)
    if entry.state is WaitState.WITHDRAWN:
        return entry
    booking, entry = _lock_both(session, entry, by, version)
    entry.version += 1
    end_entry(session, entry, WaitState.WITHDRAWN, reason=reason.strip(), by=by)
    if booking is not None and booking.status is Status.HELD:
        end_booking(session, booking, Action.CANCEL, by=by, reason=entry.reason)
    return entry


@command
def note_seen(session: Session, entry_id: int, *, by: Actor) -> WaitlistEntry:
    """Note that the registry has read that a wait ended without a booking."""
    entry = get_entry(session, by, entry_id)
    if entry.ended_at is not None and entry.seen_at is None:
        entry.seen_at = clock.now()
    return entry


def _lock_both(
    session: Session, entry: WaitlistEntry, by: Actor, version: int | None
) -> tuple[Booking | None, WaitlistEntry]:
    """Lock an entry, and the time that is kept for it; see `lock_kept` and `lock_entry`.

    Bookings are locked before entries, as by everything else that ends a kept time. A time may be
    kept, or given back, until the entry is locked: then both are let go and locked anew.
    """
    while True:
        attempt = session.begin_nested()
        kept_id = entry.booking_id
        booking = lock_kept(session, entry)
        entry = lock_entry(session, entry.id, by, version)
        if entry.booking_id == kept_id:
            attempt.commit()
            return booking, entry
        attempt.rollback()


def lock_kept(session: Session, entry: WaitlistEntry) -> Booking | None:
    """Lock the time that is kept for an entry; None where none is."""
    return session.scalars(
        select(Booking)
        .where(Booking.id == entry.booking_id)
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_entry(session: Session, entry_id: int, by: Actor, version: int | None) -> WaitlistEntry:
    """Lock an entry that still hopes for a time.

    Raises:
        NotFound: there is none at the actor's courts.
        ActionNotAllowed: it waits no longer.
        StaleVersion: it was changed since ``version`` was read.
    """
    entry = get_entry(session, by, entry_id)
    session.refresh(entry, with_for_update={"of": WaitlistEntry})
    if entry.state not in OPEN:
        raise ActionNotAllowed(f"This wait is over: it is {entry.state}.")
    if version is not None and version != entry.version:
        raise StaleVersion(
            "The wait was changed while you were looking at it. Look at it again, then decide."
        )
    return entry


def _priority(wanted: int | None, hearing_type: HearingType, reason: str) -> int:
    usual = hearing_type.priority
    if wanted is None or wanted == usual:
        return usual
    if not usual < wanted <= URGENT:
        raise InvalidInput(
            "priority", f"Choose a priority from {usual}, this type's own, to {URGENT}."
        )
    if not reason.strip():
        raise InvalidInput("reason", "Say why it goes ahead of others that wait.")
    if len(reason.strip()) > LONGEST_REASON:
        raise InvalidInput("reason", "The reason must have 300 characters or fewer.")
    return wanted


def _check_deadline(deadline_at: datetime, now: datetime) -> None:
    if deadline_at <= now:
        raise InvalidInput("deadline", "The deadline must lie in the future.")
    check_near(deadline_at, now, "deadline", "Choose a deadline within the next two years.")


def _check(
    session: Session,
    request: WaitRequest,
    hearing_type: HearingType,
    entry: WaitlistEntry,
    moving: Booking | None,
) -> str:
    """Refuse what could never be booked; return why nothing fits at present."""
    room, now = request.room, entry.made_at
    _check_deadline(entry.deadline_at, now)
    if request.last < request.first:
        raise InvalidInput("last", "The last date must not come before the first.")
    wish = wish_of(session, request, passed=(), now=now, moving=moving)
    if wish is None:
        raise InvalidInput("last", "The last date that will do has passed.")
    check_near(request.last, now, "last")
    zone = session.scalars(select(Site.zone).where(Site.id == room.court_id)).one()
    if bound := request.crossed(zone):
        raise InvalidInput("wanted_start", say_crossed(request.hearing, zone, bound))
    check_modes(
        session,
        court_id=room.court_id,
        hearing_type=hearing_type,
        matters={seat.person_id: seat.matter_id for seat in room.seats},
        on=max(request.first, local_day(now, zone)),
        note=DirectionNote(**room.direction) if room.direction else None,
    )
    found = search(session, SYSTEM, wish, now)
    return found.proof.sentence[:600] if found.proof else ""

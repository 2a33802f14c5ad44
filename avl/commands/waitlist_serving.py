"""Serving the waitlist: who can use what has come free, one after the other, each exactly once.

One worker serves at a time: it takes the marks under a lease, looks for everybody whom they may
concern in turn, keeps what it finds, and deletes the marks last. A worker that is killed leaves its
marks behind, and the next one looks again; who has been given a time meanwhile waits no longer, so
nobody is given two. The search reads without a lock, and the command that keeps a time judges it
again under the same locks as every other booking.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.bookings import BookingRequest, SeatRequest, keep
from avl.commands.modes import DirectionNote
from avl.commands.transaction import command
from avl.commands.waitlist_steps import KEPT_FOR_WAITLIST, KEPT_TO_MOVE, end_entry, note_freed
from avl.domain.access import SYSTEM
from avl.domain.errors import ActionNotAllowed, DomainError, ResourceClash, Unavailable
from avl.domain.resources import Placement
from avl.domain.waiting import WaitState, in_turn, kept_until
from avl.models import Booking, Person, RoomFreed, WaitlistEntry, db
from avl.queries.database_time import database_now
from avl.queries.waiting import WaitRequest, look, opened_from, waiting_for

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""How long a worker may serve before another takes over; a run's time box is 30 seconds."""

LOOK_AGAIN = timedelta(hours=1)
"""Everybody is looked for this often, whatever has been noted: one more guard against silence."""

TRIES = 3
"""How often a time is looked for anew when somebody else is faster by moments."""

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Marks:
    """What one worker has taken: the marks, and the sites they name (None: anywhere)."""

    ids: tuple[int, ...]
    sites: frozenset[int] | None


def serve_waitlist(*, owner: str, working: timedelta, may_go_on: Callable[[], bool]) -> int:
    """Give what has come free to those who wait; returns how many times were kept or waits ended.

    Args:
        owner: host and process of the worker.
        working: how much of the court's open time an officer gets to answer.
        may_go_on: whether there is time for one more search.
    """
    count = lapse_waits()
    marks = take_marks(owner)
    if marks is None:
        return count
    waiting = in_turn(waiting_for(db.session(), marks.sites), clock.now())
    for entry_id in [entry.id for entry in waiting]:
        if not may_go_on():
            return_marks(marks.ids, owner)
            return count
        count += _serve(entry_id, working)
    drop_marks(marks.ids, owner)
    return count


@command
def lapse_waits(session: Session) -> int:
    """End every wait whose deadline has passed, with the reason; returns how many.

    A time that is being kept for somebody is theirs to the end, whatever the deadline.
    """
    over = session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.state == WaitState.WAITING, WaitlistEntry.deadline_at <= clock.now())
        .order_by(WaitlistEntry.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for entry in over:
        reason = "Nothing came free before the deadline."
        if entry.why:
            reason = f"{reason} {entry.why}"
        end_entry(session, entry, WaitState.LAPSED, reason=reason)
    return len(over)


@command
def take_marks(session: Session, owner: str) -> Marks | None:
    """Take every mark there is under a lease; None where there is none, or another serves."""
    now = database_now(session)
    old = select(WaitlistEntry.id).where(
        WaitlistEntry.state == WaitState.WAITING,
        WaitlistEntry.looked_at < clock.now() - LOOK_AGAIN,
    )
    if session.scalars(old.limit(1)).first() is not None:
        note_freed(session, None)
    rows = session.scalars(
        select(RoomFreed).order_by(RoomFreed.id).limit(BATCH).with_for_update()
    ).all()
    if not rows or any(row.lease_until is not None and row.lease_until > now for row in rows):
        return None
    for row in rows:
        row.lease_until, row.lease_owner = now + LEASE, owner
    sites = {row.site_id for row in rows}
    named = frozenset(site_id for site_id in sites if site_id is not None)
    return Marks(tuple(row.id for row in rows), named if len(named) == len(sites) else None)


@command
def return_marks(session: Session, ids: Collection[int], owner: str) -> None:
    """Give marks back that were not worked through."""
    session.execute(
        update(RoomFreed)
        .where(RoomFreed.id.in_(ids), RoomFreed.lease_owner == owner)
        .values(lease_until=None, lease_owner="")
        .execution_options(synchronize_session=False)
    )


@command
def drop_marks(session: Session, ids: Collection[int], owner: str) -> None:
    """Forget marks that have been worked through, unless another has taken them over."""
    session.execute(
        delete(RoomFreed)
        .where(RoomFreed.id.in_(ids), RoomFreed.lease_owner == owner)
        .execution_options(synchronize_session=False)
    )


def _serve(entry_id: int, working: timedelta) -> bool:
    """Look for a time for one entry, and keep the first that fits; whether one is kept now."""
    why = ""
    for _ in range(TRIES):
        session = db.session()
        session.rollback()
        entry = session.get(WaitlistEntry, entry_id, populate_existing=True)
        if entry is None or entry.state is not WaitState.WAITING:
            return False
        try:
            if entry.moving is not None and entry.moving.starts_at <= clock.now():
                return end_too_late(entry_id, "The hearing began at the time it had.")
            found = look(session, entry, clock.now())
            if found is None:
                return end_too_late(entry_id, "The last date that would have done has passed.")
            if not found.offers:
                note_why(entry_id, found.proof.sentence if found.proof else "")
                return False
            return keep_for(entry_id, found.offers[0].placement, working=working)
        except ResourceClash as refusal:
            why = refusal.message
            continue
        except Unavailable:
            raise
        except DomainError as refusal:
            note_why(entry_id, refusal.message)
            return False
    note_why(entry_id, why)
    return False


@command
def keep_for(session: Session, entry_id: int, placement: Placement, *, working: timedelta) -> bool:
    """Keep a time for an entry that still waits; False where it does not.

    Raises:
        ResourceClash: somebody was faster.
        DomainError: it may not be booked at all.
    """
    moving = _lock_moving(session, entry_id)
    entry = session.get(
        WaitlistEntry, entry_id, with_for_update={"of": WaitlistEntry}, populate_existing=True
    )
    now = clock.now()
    if entry is None or entry.state is not WaitState.WAITING or entry.deadline_at <= now:
        return False
    before = placement.span.start
    if moving is not None:
        before = min(before, moving.starts_at)
    until = kept_until(now, opened_from(session, entry.court_id, now), working, before=before)
    request = request_for(session, entry, placement)
    booking = keep(session, request, until=until, by=SYSTEM, beside=moving)
    entry.state, entry.booking_id = WaitState.OFFERED, booking.id
    entry.offered_at = entry.looked_at = now
    entry.offers_made += 1
    entry.version += 1
    entry.why = ""
    record(session, "offer_wait", by=SYSTEM, booking=booking, subject=f"wait {entry.id}")
    return True


def _lock_moving(session: Session, entry_id: int) -> Booking | None:
    """Lock the booking that waits for a better time, before its entry as everywhere else, so
    that what is kept beside it is all that it does not hold itself."""
    asked = select(WaitlistEntry.moving_id).where(WaitlistEntry.id == entry_id)
    return session.scalars(
        select(Booking)
        .where(Booking.id == asked.scalar_subquery())
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


@command
def note_why(session: Session, entry_id: int, why: str) -> None:
    """Keep why nothing fits an entry at present."""
    session.execute(
        update(WaitlistEntry)
        .where(WaitlistEntry.id == entry_id, WaitlistEntry.state == WaitState.WAITING)
        .values(why=why[:600], looked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


@command
def end_too_late(session: Session, entry_id: int, reason: str) -> bool:
    """End a wait for which the time has gone by."""
    entry = session.get(WaitlistEntry, entry_id, with_for_update={"of": WaitlistEntry})
    if entry is None or entry.state is not WaitState.WAITING:
        return False
    end_entry(session, entry, WaitState.LAPSED, reason=reason)
    return True


def request_for(
    session: Session, entry: WaitlistEntry, placement: Placement, *, warning_reason: str = ""
) -> BookingRequest:
    """The booking that grants an entry's wish in one place.

    Raises:
        ActionNotAllowed: the place was found for other people's records than the wish names.
    """
    room = WaitRequest.from_json(entry.wish).room
    asked = {seat.person_id: seat for seat in room.seats}
    people = {
        row[0]: row[1]
        for row in session.execute(
            select(Person.resource_id, Person.id).where(Person.id.in_(sorted(asked)))
        )
    }
    if {seat.person for seat in placement.seats} != set(people):
        # The wish names the record that was kept since the time was found for the other one.
        raise ActionNotAllowed("Two records of somebody who waits have just been made one.")
    return BookingRequest(
        court_id=room.court_id,
        courtroom_id=placement.courtroom,
        hearing_type=room.hearing_type,
        hearing=placement.hearing,
        pre_minutes=room.pre_minutes,
        post_minutes=room.post_minutes,
        seats=tuple(
            SeatRequest(
                person_id=people[seat.person],
                site_id=seat.site_id,
                suite_id=seat.suite,
                counsel_id=asked[people[seat.person]].counsel_id,
                matter_id=asked[people[seat.person]].matter_id,
                instruction_suite_id=seat.instruction_suite,
            )
            for seat in placement.seats
        ),
        staff_notes=room.staff_notes,
        prison_notes=room.prison_notes,
        direction=DirectionNote(**room.direction) if room.direction else None,
        previous_reference=room.previous_reference,
        interpreter_language=room.interpreter_language,
        warning_reason=warning_reason,
        form_key=f"{KEPT_TO_MOVE if entry.moving_id else KEPT_FOR_WAITLIST}{entry.id}",
    )

"""Steps shared by every command that can free a room, and by those that end a kept time.

A command says that something may have come free; the worker looks who can use it. The mark is one
row, so that nobody who cancels a booking waits for the search.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.domain.access import SYSTEM, Actor
from avl.domain.booking import Action, Status
from avl.domain.errors import ActionNotAllowed
from avl.domain.interval import Interval
from avl.domain.waiting import ENDED_BY, WaitState, pass_on
from avl.models import Booking, RoomFreed, WaitlistEntry

FREEING = frozenset({Action.MOVE, Action.CANCEL, Action.DECLINE, Action.LAPSE, Action.COMPLETE})
"""What gives rooms back. A hearing that is stood down may be connected again at any moment, so it
keeps its rooms until it is moved, completed or cancelled."""

KEPT_FOR_WAITLIST = "waitlist-"
"""How the form key of a booking begins that was kept for the waitlist; the entry's id follows."""

KEPT_TO_MOVE = "waitmove-"
"""The same for a better time of a booking that stands: it is moved there, never booked."""

_FREED = cast(Table, RoomFreed.__table__)


def note_freed(session: Session, site_ids: Collection[int] | None) -> None:
    """Note that something may have come free at these sites (None: anywhere)."""
    at = clock.now()
    rows = [
        {"site_id": site_id, "freed_at": at, "lease_owner": ""}
        for site_id in (sorted(site_ids) if site_ids is not None else [None])
    ]
    if rows:
        session.execute(_FREED.insert(), rows)


def follow_waitlist(
    session: Session, booking: Booking, action: Action, *, by: Actor
) -> Sequence[Booking]:
    """Let what happens to a booking serve the waitlist, and end the waits it was kept for or asked.

    Returns:
        Times that were kept for it to move to, and are to be given back.

    Raises:
        ActionNotAllowed: it was kept for another booking to move to, and cannot be booked.
    """
    if action is Action.REQUEST and (booking.form_key or "").startswith(KEPT_TO_MOVE):
        raise ActionNotAllowed(
            "This time is kept for a booking to move to. Take it, or give it back, on the waitlist."
        )
    if action in FREEING:
        note_freed(session, {booking.court_id, *booking.remote_site_ids})
    if is_kept(booking):
        if action in (Action.REQUEST, *FREEING):
            _settle(session, booking, action, by=by)
        return ()
    return _end_waits_of(session, booking, action, by=by) if action in FREEING else ()


def _end_waits_of(
    session: Session, booking: Booking, action: Action, *, by: Actor
) -> Sequence[Booking]:
    """End what waits for a better time than a booking has no more."""
    asked = select(WaitlistEntry.id, WaitlistEntry.booking_id).where(
        WaitlistEntry.moving_id == booking.id, WaitlistEntry.ended_at.is_(None)
    )
    waits = session.execute(asked).all()
    if not waits:
        return ()
    # Bookings are locked before entries, as by everything else that ends a kept time.
    kept = session.scalars(
        select(Booking)
        .where(Booking.id.in_([booking_id for _, booking_id in waits if booking_id]))
        .order_by(Booking.id)
        .with_for_update(of=Booking, key_share=True)
    ).all()
    entries = session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.id.in_([entry_id for entry_id, _ in waits]))
        .order_by(WaitlistEntry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    reason = ENDED_BY[action].format(reference=booking.reference)
    for entry in entries:
        entry.version += 1
        end_entry(session, entry, WaitState.WITHDRAWN, reason=reason, by=by)
    return [one for one in kept if one.status is Status.HELD]


def is_kept(booking: Booking) -> bool:
    """Whether a booking was made by keeping a time for the waitlist."""
    return (booking.form_key or "").startswith((KEPT_FOR_WAITLIST, KEPT_TO_MOVE))


def _settle(session: Session, booking: Booking, action: Action, *, by: Actor) -> None:
    entry = session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.booking_id == booking.id, WaitlistEntry.state == WaitState.OFFERED)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if entry is None:
        return
    entry.version += 1
    if action is Action.REQUEST:
        entry.state, entry.ended_at = WaitState.BOOKED, clock.now()
        return
    put_back(session, entry, Interval(booking.starts_at, booking.ends_at), by=by)


def put_back(session: Session, entry: WaitlistEntry, span: Interval, *, by: Actor) -> None:
    """Let an entry whose time was not taken wait again, behind the others; or end it."""
    now = clock.now()
    passed = pass_on(offers_made=entry.offers_made, deadline_at=entry.deadline_at, now=now)
    spans = entry.passed.get("spans", [])
    entry.passed = {"spans": [*spans, [span.start.isoformat(), span.end.isoformat()]]}
    entry.booking_id = entry.offered_at = None
    entry.state, entry.asked_at = passed.state, now
    if passed.reason:
        end_entry(session, entry, passed.state, reason=passed.reason, by=by)
    session.flush()


def end_entry(
    session: Session,
    entry: WaitlistEntry,
    state: WaitState,
    *,
    reason: str,
    by: Actor = SYSTEM,
) -> None:
    """End a wait under a name, and write down why."""
    entry.state, entry.ended_at = state, clock.now()
    entry.booking_id = None
    entry.reason = reason[:300]
    session.flush()
    record(
        session,
        "lapse_wait" if state is WaitState.LAPSED else "withdraw_wait",
        by=by,
        subject=f"wait {entry.id}",
        reason=entry.reason,
    )

"""Steps shared by every command that can free a room, and by those that end a kept time.

A command says that something may have come free; the worker looks who can use it. The mark is one
row, so that nobody who cancels a booking waits for the search.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.domain.access import SYSTEM, Actor
from avl.domain.booking import Action
from avl.domain.interval import Interval
from avl.domain.waiting import WaitState, pass_on
from avl.models import Booking, RoomFreed, WaitlistEntry

FREEING = frozenset({Action.MOVE, Action.CANCEL, Action.DECLINE, Action.LAPSE, Action.COMPLETE})
"""What gives rooms back. A hearing that is stood down may be connected again at any moment, so it
keeps its rooms until it is moved, completed or cancelled."""

KEPT_FOR_WAITLIST = "waitlist-"
"""How the form key of a booking begins that was kept for the waitlist; the entry's id follows."""

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


def follow_waitlist(session: Session, booking: Booking, action: Action, *, by: Actor) -> None:
    """Let what happens to a booking serve the waitlist, and end the wait it was kept for."""
    if action in FREEING:
        note_freed(session, {booking.court_id, *booking.remote_site_ids})
    if is_kept(booking) and action in (Action.REQUEST, *FREEING):
        _settle(session, booking, action, by=by)


def is_kept(booking: Booking) -> bool:
    """Whether a booking was made by keeping a time for the waitlist."""
    return (booking.form_key or "").startswith(KEPT_FOR_WAITLIST)


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

"""Taking the better time that came free for a booking which stands: it moves there, in one step."""

from __future__ import annotations

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.changes import apply_move
from avl.commands.keeping import end_booking, load_for_change
from avl.commands.modes import DirectionNote
from avl.commands.moving import change_to
from avl.commands.transaction import command
from avl.commands.waitlist import lock_entry, lock_kept
from avl.domain.access import Actor, Do
from avl.domain.booking import Action, Status
from avl.domain.errors import ActionNotAllowed, InvalidInput
from avl.domain.waiting import WaitState
from avl.models import Booking
from avl.queries.placements import placement_of
from avl.queries.waiting import WaitRequest, get_entry


@command
def take_better_time(
    session: Session,
    entry_id: int,
    *,
    by: Actor,
    reason: str,
    version: int | None = None,
    warning_reason: str = "",
) -> Booking:
    """Move a booking to the time that is kept for it. Pressing twice moves it once.

    What is kept is given back and the booking moved in one transaction, so nobody comes between.
    Until then, and where this is refused, it keeps the time it has.

    Args:
        reason: why it is moved; what was said when it began to wait counts where this is empty.
        version: of the wait.

    Raises:
        NotFound: there is no such wait at the actor's courts.
        ActionNotAllowed: no better time is kept for it any more.
        ResourceClash: a closure or transfer came in between.
        InvalidInput: no reason.
    """
    entry = get_entry(session, by, entry_id)
    if entry.moving is None:
        raise ActionNotAllowed("This wait is for a new booking. Check it and book it.")
    if entry.state is WaitState.BOOKED:
        return entry.moving
    # The booking before what is kept for it, and both before the entry, as everywhere else.
    booking = load_for_change(session, entry.moving.reference, by=by, do=Do.MOVE, version=None)
    kept = lock_kept(session, entry)
    entry = lock_entry(session, entry_id, by, version)
    if kept is None or kept.status is not Status.HELD or entry.booking_id != kept.id:
        raise ActionNotAllowed("No better time is kept for it any more. It has the time it had.")
    room = WaitRequest.from_json(entry.wish).room
    reason = reason.strip() or room.reason
    if not reason:
        raise InvalidInput("reason", "Say why the booking is moved.")
    direction = DirectionNote(**room.direction) if room.direction else None
    change = change_to(booking, placement_of(kept), direction=direction)
    entry.state, entry.ended_at = WaitState.BOOKED, clock.now()
    entry.version += 1
    session.flush()
    taken = f"{booking.reference} moves there."
    end_booking(session, kept, Action.CANCEL, by=by, reason=taken)
    apply_move(
        session,
        booking,
        change,
        by=by,
        reason=reason,
        warning_reason=warning_reason or room.warning_reason,
    )
    record(session, "take_wait", by=by, booking=booking, subject=f"wait {entry.id}")
    return booking

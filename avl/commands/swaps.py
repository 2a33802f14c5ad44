"""Two bookings change times, all or nothing, each in its own rooms or in the other's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.changes import Move, shift
from avl.commands.keeping import drop_holds, load_for_change
from avl.commands.placing import lock_resources
from avl.commands.transaction import command
from avl.domain.access import Actor, Do
from avl.domain.errors import ActionNotAllowed, InvalidInput, ResourceClash, StaleVersion
from avl.domain.seen import CHANGED_MEANWHILE
from avl.domain.swaps import Swap, require_swappable
from avl.models import Booking
from avl.queries.placements import placement_of
from avl.queries.swaps import swap_of


class SwapStale(StaleVersion):
    """The two would not come to what whoever decided has seen."""

    def __init__(self) -> None:
        super().__init__(CHANGED_MEANWHILE)


@command
def swap_bookings(
    session: Session,
    first_reference: str,
    second_reference: str,
    *,
    by: Actor,
    reason: str,
    version: int | None = None,
    second_version: int | None = None,
    mark: str | None = None,
) -> Booking:
    """Let two bookings change times in one step: each takes the other's hearing start.

    Each keeps its people and lengths, and its rooms where they are free then; where they are not,
    it has the other's rooms at the same court or prison (see `find_swap`).

    Args:
        mark: of the swap that was shown to whoever decided; None for whichever will do.

    Raises:
        ResourceClash: one of them does not fit at the other's time, in its rooms or the other's.
        StaleVersion: somebody changed one of them since its version was read.
        SwapStale: the two come to other times, rooms or warnings by now.
        ActionNotAllowed: one of them may not be moved.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why the bookings change places.")
    if first_reference == second_reference:
        raise InvalidInput("with", "Choose another booking to change places with.")
    # Both are locked in one order, whichever way round they were named.
    versions = {first_reference: version, second_reference: second_version}
    loaded = {
        reference: load_for_change(
            session, reference, by=by, do=Do.MOVE, version=versions[reference]
        )
        for reference in sorted(versions)
    }
    first, second = loaded[first_reference], loaded[second_reference]
    for booking in (first, second):
        require_swappable(booking.reference, booking.status)
    swap = _agreed(session, first, second, by=by)
    if mark is not None and mark != swap.mark:
        raise SwapStale
    after = (side.after for side in swap.sides)
    # The earlier one first: which bridge ports are free for the later one depends on it.
    plans = sorted(
        zip((first, second), after, strict=True), key=lambda one: (one[1].span.start, one[0].id)
    )
    for booking, _ in plans:
        drop_holds(session, booking)
    for booking, wanted in plans:
        shift(session, booking, wanted, Move(), by=by, reason=reason, warning_reason=reason)
    return first


def _agreed(session: Session, first: Booking, second: Booking, *, by: Actor) -> Swap:
    """How the two change times, judged while nobody else can have their rooms or people."""
    one, other = placement_of(first), placement_of(second)
    # Locked together: one after the other would be in another order than a move takes them in.
    lock_resources(session, one, other)
    swap = swap_of(session, by, first, second, now=clock.now())
    for side in swap.sides:
        if side.kept:
            raise ActionNotAllowed(side.refusals[0])
    if not swap.is_possible:
        raise ResourceClash(swap.clashes)
    return swap

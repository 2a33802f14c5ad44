"""From a place that was found for a booking to the move that brings it there."""

from __future__ import annotations

from avl.commands.changes import Move
from avl.commands.modes import DirectionNote
from avl.domain.resources import Placement
from avl.models import Booking


def change_to(
    booking: Booking, after: Placement, *, direction: DirectionNote | None = None
) -> Move:
    """The move that brings a booking to a place, with everything in it as it is there.

    Raises:
        KeyError: somebody in the booking has no seat there.
    """
    seats = {seat.person: seat for seat in after.seats}
    mine = {one.id: seats[one.person.resource_id] for one in booking.appearances}
    return Move(
        hearing=after.hearing,
        courtroom_id=after.courtroom,
        pre_minutes=after.pre_minutes,
        post_minutes=after.post_minutes,
        suites={key: seat.suite for key, seat in mine.items()},
        sites={key: seat.site_id for key, seat in mine.items()},
        instruction_suites={key: seat.instruction_suite for key, seat in mine.items()},
        direction=direction,
    )

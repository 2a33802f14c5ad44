"""How a booking that stands is placed, in the words in which placements are judged."""

from __future__ import annotations

from avl.domain.booking import LegKind
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.models import Booking
from avl.queries.interpreters import interpreter_of


def placement_of(booking: Booking) -> Placement:
    """How a standing booking is placed (its legs, people and counsel are read with it)."""
    legs = {leg.kind: Interval(leg.starts_at, leg.ends_at) for leg in booking.legs}
    pre, post = legs.get(LegKind.PRE_CONFERENCE), legs.get(LegKind.POST_CONFERENCE)
    return Placement(
        court_id=booking.court_id,
        courtroom=booking.appearances[0].courtroom_id,
        hearing_type=booking.hearing_type_code,
        hearing=legs[LegKind.HEARING],
        pre_minutes=pre.minutes if pre else 0,
        post_minutes=post.minutes if post else 0,
        seats=tuple(
            Seat(
                person=one.person.resource_id,
                site_id=one.site_id,
                suite=one.suite_id,
                counsel=one.counsel.resource_id if one.counsel else None,
                instruction_suite=one.instruction_suite_id,
            )
            for one in booking.appearances
        ),
        interpreter=interpreter_of(booking),
    )

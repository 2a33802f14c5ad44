"""The ways out of what a change would break, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select

from avl.domain.access import SYSTEM, Actor
from avl.domain.way_out import Broken, WayKind, find_ways
from avl.models import Booking, db
from avl.queries.disruptions import Preview, with_parts, world_for_ways
from avl.queries.placements import placement_of
from avl.queries.ways_out import count_as_taken, spell_way
from avl.queries.worklist import Line, lines_of

MOST_AHEAD = 60
"""For so many bookings ways are looked for at once, the earliest first."""


@dataclass(frozen=True, slots=True)
class WayAhead:
    """What could be done about one booking once the change is saved."""

    kind: WayKind
    why: str
    lines: tuple[Line, ...]


def ways_ahead(actor: Actor, preview: Preview) -> Mapping[int, WayAhead]:
    """A way out for each booking a change would break, such that all of them can be taken.

    The worklist looks again when the change is saved, so another may stand there by then.

    Returns:
        By booking id; none for what the reader may not see.
    """
    session = db.session()
    seen = {one.booking_id for one in preview.affected if one.reference}
    ids = [one.booking_id for one in preview.affected][:MOST_AHEAD]
    if not seen.intersection(ids):
        return {}
    wanted = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.starts_at, Booking.id)
    found = {}
    for _, few in groupby(session.scalars(with_parts(wanted)).all(), key=_week):
        bookings = list(few)
        world = world_for_ways(session, SYSTEM, bookings)
        count_as_taken(session, world, except_for=ids)
        world = preview.change(world)
        ways = find_ways(
            (Broken(one.id, placement_of(one), one.hearing_type.priority) for one in bookings),
            world,
        )
        for booking in bookings:
            if booking.id in seen:
                way = spell_way(ways[booking.id], booking, world)
                lines = lines_of(actor, booking, way)
                found[booking.id] = WayAhead(WayKind(way["kind"]), way["why"], lines)
    return found


def _week(booking: Booking) -> tuple[int, int]:
    return booking.starts_at.isocalendar()[:2]

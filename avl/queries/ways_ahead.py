"""The ways out of what a change would break, before it is saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.access import SYSTEM, Actor
from avl.domain.way_out import Broken, WayKind, find_ways
from avl.models import Booking, db
from avl.queries.disruptions import with_parts, world_for_ways
from avl.queries.placements import placement_of
from avl.queries.previews import Preview, Search
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
    bookings = by_week(session, ids)
    standing = {one.id: one for week in bookings for one in week}
    found = {}
    for search in preview.searches or _searches(session, preview, bookings, ids):
        for booking_id, way in find_ways(search.broken, search.world).items():
            if booking_id in seen:
                spelt = spell_way(way, standing[booking_id], search.world)
                lines = lines_of(actor, standing[booking_id], spelt)
                found[booking_id] = WayAhead(way.kind, spelt["why"], lines)
    return found


def by_week(session: Session, ids: Collection[int]) -> list[list[Booking]]:
    """Bookings with all that placing them looks at, those of one week together, the earliest
    first."""
    wanted = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.starts_at, Booking.id)
    found = session.scalars(with_parts(wanted)).all()
    return [list(few) for _, few in groupby(found, key=lambda one: one.starts_at.isocalendar()[:2])]


def _searches(
    session: Session, preview: Preview, weeks: Sequence[list[Booking]], ids: Collection[int]
) -> Iterator[Search]:
    """The world as it is, with the change laid over it."""
    for bookings in weeks:
        world = world_for_ways(session, SYSTEM, bookings)
        count_as_taken(session, world, except_for=ids)
        broken = [Broken(one.id, placement_of(one), one.hearing_type.priority) for one in bookings]
        yield Search(tuple(broken), preview.change(world))

"""The ways out of what a change would break, before it is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.access import SYSTEM, Actor
from avl.domain.lifting import lay_known
from avl.domain.resources import Placement
from avl.domain.way_out import Broken, WayKind, find_ways
from avl.models import Booking, db
from avl.queries.disruptions import with_parts, world_for_ways
from avl.queries.placements import placement_of
from avl.queries.previews import MOST_AHEAD, Affected, Preview, Search, WayAhead
from avl.queries.redact import SHOWN_PARTS, BookingShown, shown
from avl.queries.standing import read_modes
from avl.queries.ways_out import count_as_taken, spell_way, starts_asked
from avl.queries.worklist import lines_of


def first_affected(affected: Sequence[Affected]) -> list[int]:
    """Ids of the bookings for which ways are looked for."""
    return [one.booking_id for one in affected[:MOST_AHEAD]]


def with_ways(actor: Actor, preview: Preview) -> Preview:
    """The same preview with a way out for each booking, looked for in the world as it is with
    the change laid over it."""
    if not (ids := first_affected(preview.affected)):
        return preview
    session = db.session()
    return found_in(actor, preview, _searches(session, preview, by_week(session, ids), ids))


def found_in(actor: Actor, preview: Preview, searches: Iterable[Search]) -> Preview:
    """The same preview with a way out for each booking, such that all of them can be taken, and
    with what the reader may know of each.

    The worklist looks again when the change is saved, so another may stand there by then.

    Args:
        searches: the bookings week by week, the earliest first.
    """
    session = db.session()
    seen = {one.booking_id for one in preview.affected if one.reference}
    found: dict[int, WayAhead] = {}
    kinds: Counter[WayKind] = Counter()
    taken: dict[int, Placement] = {}
    asking = 0
    for search in searches:
        for booking_id, placement in taken.items():
            lay_known(search.world, booking_id, placement)
        standing = {one.id: one for one in _standing(session, search.broken)}
        ways = find_ways(search.broken, search.world)
        asked = search.asked(starts_asked(ways, standing.values()))
        asking += len(asked)
        for booking_id, way in ways.items():
            kinds[way.kind] += 1
            if way.placement is not None:
                taken[booking_id] = way.placement
            if booking_id in seen and booking_id in standing:
                booking = standing[booking_id]
                spelt = spell_way(way, booking, search.world, asked.get(booking_id))
                lines, asks = lines_of(actor, booking, spelt), spelt.get("asks", {})
                found[booking_id] = WayAhead(way.kind, spelt["why"], lines, asks)
    seen_as = _shown(session, actor, preview)
    return replace(preview, ways=found, kinds=kinds, asking=asking, shown=seen_as)


def _shown(session: Session, actor: Actor, preview: Preview) -> dict[int, BookingShown]:
    """What the reader may know of the bookings that are named to them."""
    ids: set[int] = set()
    for told in (preview.affected, preview.warned, preview.less):
        ids.update([one.booking_id for one in told if one.reference][:MOST_AHEAD])
    if not ids:
        return {}
    wanted = select(Booking).where(Booking.id.in_(sorted(ids))).options(*SHOWN_PARTS)
    return {one.id: shown(actor, one) for one in session.scalars(wanted)}


def by_week(session: Session, ids: Collection[int]) -> list[list[Booking]]:
    """Bookings with all that placing them looks at, those of one week together, the earliest
    first."""
    found = _loaded(session, ids)
    return [list(few) for _, few in groupby(found, key=lambda one: one.starts_at.isocalendar()[:2])]


def _standing(session: Session, broken: Sequence[Broken]) -> Sequence[Booking]:
    return _loaded(session, [one.booking_id for one in broken])


def _loaded(session: Session, ids: Collection[int]) -> Sequence[Booking]:
    wanted = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.starts_at, Booking.id)
    return session.scalars(with_parts(wanted)).all()


def _searches(
    session: Session, preview: Preview, weeks: Sequence[list[Booking]], ids: Collection[int]
) -> Iterator[Search]:
    """The world as it is, with the change laid over it."""
    for bookings in weeks:
        world = world_for_ways(session, SYSTEM, bookings)
        count_as_taken(session, world, except_for=ids)
        broken = [Broken(one.id, placement_of(one), one.hearing_type.priority) for one in bookings]
        asked = read_modes(session, bookings).asked_at
        yield Search(tuple(broken), preview.change(world), asked)

"""A better time for a booking that stands: what counts as better, and what has to be kept for it.

A better time may overlap the one the booking has. Then only what the booking does not hold itself
is kept beside it: what it holds, nobody else can have, and it gives that up in the very step in
which it moves. So no two exclusive holds ever overlap, and nobody comes between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import time, timedelta
from typing import Protocol

from avl.domain.interval import Interval, subtract
from avl.domain.local_time import to_local
from avl.domain.resources import Placement, WantedHold
from avl.domain.wish import Wish


class Held(Protocol):
    """A hold that stands; a row satisfies it."""

    @property
    def resource_id(self) -> int: ...
    @property
    def interval(self) -> Interval: ...
    @property
    def is_exclusive(self) -> bool: ...


def left_to_keep(wanted: Iterable[WantedHold], own: Iterable[Held]) -> list[WantedHold]:
    """Return what must be kept for a better time beside what the booking holds already.

    Args:
        wanted: everything the better time takes.
        own: every hold of the booking that waits.

    Returns:
        Each wanted hold without the stretches that the booking itself holds of that resource; in
        several pieces where such a stretch lies within, and none where nothing is left.
    """
    mine: dict[int, list[Interval]] = {}
    for hold in own:
        if hold.is_exclusive:
            mine.setdefault(hold.resource_id, []).append(hold.interval)
    return [
        replace(want, occupied=piece)
        for want in wanted
        for piece in (
            subtract([want.occupied], mine.get(want.resource_id, ()))
            if want.is_exclusive
            else [want.occupied]
        )
    ]


def nearer_than(placement: Placement, wish: Wish, zone: str) -> timedelta | None:
    """How near the wanted start a better time must be; None where any that will do is better.

    Where the place a booking has would itself do, another is better only if its hearing starts
    nearer to the wanted start.

    Args:
        placement: where the booking is now.
        zone: the court's.
    """
    if not grants(placement, wish, zone):
        return None
    return abs(placement.hearing.start - wish.wanted_start)


def grants(placement: Placement, wish: Wish, zone: str) -> bool:
    """Whether a place is one of those that a wish says will do."""
    start, end = (to_local(at, zone) for at in (placement.hearing.start, placement.hearing.end))
    lengths = (placement.hearing.minutes, placement.pre_minutes, placement.post_minutes)
    seats = {seat.person: seat for seat in placement.seats}
    return (
        wish.first <= start.date() <= wish.last
        and (wish.earliest or time(0)) <= start.time()
        and (not wish.latest or (end.date() == start.date() and end.time() <= wish.latest))
        and lengths == (wish.minutes, wish.pre_minutes, wish.post_minutes)
        and (not wish.courtrooms or placement.courtroom in wish.courtrooms)
        and all(
            seat.suites is None or seats[seat.person].suite in seat.suites
            for seat in wish.seats
            if seat.person in seats
        )
    )

"""A world with some bookings lifted out of it and others laid into it: what a plan is judged by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from avl.domain.resources import Placement, holds_for
from avl.domain.world import Busy, World


def rearranged(
    world: World, *, lifted: Collection[int], laid: Mapping[int, Placement] | None = None
) -> World:
    """Return the world as it would be without some bookings, and with others where a plan puts
    them.

    Args:
        lifted: ids of bookings whose holds do not count.
        laid: placements by booking id (a negative id for a booking that does not exist yet).
    """
    gone = frozenset(lifted)
    busy = {
        key: [hold for hold in holds if hold.booking_id not in gone]
        for key, holds in world.busy.items()
    }
    turnarounds = world.turnarounds()
    touched = set()
    for booking_id, placement in (laid or {}).items():
        for wanted in holds_for(placement, turnarounds):
            hold = Busy(wanted.occupied, booking_id, wanted.is_exclusive)
            busy.setdefault(wanted.resource_id, []).append(hold)
            touched.add(wanted.resource_id)
    for key in touched:
        busy[key].sort(key=lambda hold: hold.interval)
    return replace(world, busy=busy)

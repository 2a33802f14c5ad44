"""A world with some bookings lifted out of it and others laid into it: what a plan is judged by."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from avl.domain.bridges import wanted_holds
from avl.domain.local_time import local_day
from avl.domain.resources import Placement, WantedHold
from avl.domain.world import Busy, Present, World


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
    after = replace(world, busy=busy)
    for booking_id, placement in in_order(laid or {}):
        # One after another: which bridge ports are free depends on who was laid before.
        lay_holds(busy, wanted_holds(placement, after, booking_id=booking_id), booking_id)
    present = {
        key: [one for one in there if one.booking_id not in gone]
        for key, there in world.present.items()
    }
    for booking_id, placement in (laid or {}).items():
        add_present(present, presence_of(booking_id, placement, world))
    return replace(world, busy=busy, present=present)


def in_order(laid: Mapping[int, Placement]) -> list[tuple[int, Placement]]:
    """Placements by their first leg, the earliest first.

    Laid in this order, bookings find bridge ports wherever no moment has too many on the bridge;
    in another, one in the middle might find each port taken for a part of its time.
    """
    return sorted(laid.items(), key=lambda one: (one[1].span.start, one[0]))


def lay_holds(busy: dict[int, list[Busy]], holds: Iterable[WantedHold], booking_id: int) -> None:
    """Put a booking's holds into a picture of what is busy, which stays earliest first."""
    for hold in holds:
        one = Busy(hold.occupied, booking_id, hold.is_exclusive)
        insort(busy.setdefault(hold.resource_id, []), one, key=lambda there: there.interval)


def presence_of(booking_id: int, placement: Placement, world: World) -> list[Present]:
    """Who is where for a booking at a place: one for each person who is to appear."""
    span, found = placement.span, []
    for seat in placement.seats:
        on = local_day(span.start, world.sites[seat.site_id].zone)
        is_young = world.is_young(seat.person, on)
        is_sentenced = world.is_sentenced(seat.person, span.start)
        found.append(
            Present(seat.person, seat.site_id, seat.suite, span, booking_id, is_young, is_sentenced)
        )
    return found


def add_present(present: dict[int, list[Present]], more: Iterable[Present]) -> None:
    """Put people into a picture of who is where, which stays earliest first."""
    for one in more:
        insort(present.setdefault(one.site_id, []), one, key=lambda there: there.span.start)


def lay_known(world: World, booking_id: int, placement: Placement) -> None:
    """Let a booking count as being somewhere, in a world that may know only a part of it: some of
    its places, or some of its time."""
    busy, present = world.busy, world.present
    assert isinstance(busy, dict)
    assert isinstance(present, dict)
    if all(seat.site_id in world.sites for seat in placement.seats):
        add_present(present, presence_of(booking_id, placement, world))
    known = [
        hold
        for hold in wanted_holds(placement, world, booking_id=booking_id)
        if hold.resource_id in world.resources and hold.occupied.overlaps(world.window)
    ]
    lay_holds(busy, known, booking_id)

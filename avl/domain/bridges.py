"""Bridge ports: a link of three ends or more runs over a bridge, and each end takes one port.

Two ends call each other directly. Which port an end has is all the same, so nobody chooses one:
a rule counts those that are free, and whoever writes the booking takes the first of them. A court
without ports on record has no limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from avl.domain.booking import LegKind
from avl.domain.free import Board, Use
from avl.domain.interval import Interval
from avl.domain.local_time import say_time
from avl.domain.proof import Steps
from avl.domain.resources import LegTime, Placement, WantedHold, holds_for
from avl.domain.spoken import say_all
from avl.domain.verdict import Clash, Rule
from avl.domain.world import ResourceFacts, World

PORT = "bridge_port"
BRIDGED = 3
"""From so many ends on, a link needs a bridge."""


NAMED = 4
"""So many bookings that have ports are named; of more, it is said how many there are."""


class _Seated(Protocol):
    """A seat, or a wish for one: whose counsel is who."""

    @property
    def counsel(self) -> int | None: ...


def ports_needed(seats: Sequence[_Seated], leg: LegKind) -> int:
    """How many ports one leg takes, all its links together.

    The hearing is one link of the courtroom and every suite. A conference is one link for each
    counsel, with the suites of all their clients.
    """
    links = [len(seats) + 1]
    if leg is not LegKind.HEARING:
        clients = Counter(seat.counsel for seat in seats if seat.counsel is not None)
        links = [count + 1 for count in clients.values()]
    return sum(ends for ends in links if ends >= BRIDGED)


def ports_of(court_id: int, world: World) -> list[ResourceFacts]:
    """A court's bridge ports that are in use, in id order."""
    found = [
        facts
        for facts in world.resources.values()
        if facts.kind == PORT and facts.site_id == court_id and facts.is_active
    ]
    return sorted(found, key=lambda facts: facts.id)


def bridge_full(placement: Placement, world: World, *, ignoring: int | None) -> Iterator[Clash]:
    """Say on which legs too few ports are free."""
    # Two ends need no bridge, and most bookings have no more.
    ports = ports_of(placement.court_id, world) if len(placement.seats) > 1 else []
    for leg in placement.legs if ports else ():
        needed = ports_needed(placement.seats, leg.kind)
        free = _free(ports, leg.interval, world, ignoring) if needed else []
        if len(free) < needed:
            words = _say_full(len(ports), len(free), needed, leg, placement.court_id, world)
            if needed <= len(ports):
                words += _say_holders(ports, leg.interval, placement.court_id, world, ignoring)
            yield Clash(Rule.BRIDGE_FULL, words, interval=leg.interval)


def _say_full(count: int, free: int, needed: int, leg: LegTime, court_id: int, world: World) -> str:
    court = world.sites[court_id]
    when = f"{say_time(leg.interval.start, court.zone)} to {say_time(leg.interval.end, court.zone)}"
    if count < needed:
        ports = f"{count} bridge port{'' if count == 1 else 's'}"
        return f"{court.name} has {ports}, and this booking needs {needed}."
    if free:
        said = f"Only {free} of the {count} bridge ports of {court.name}"
        return f"{said} {'is' if free == 1 else 'are'} free {when}; this booking needs {needed}."
    return f"All {count} bridge ports of {court.name} are in use {when}."


def _say_holders(
    ports: Sequence[ResourceFacts],
    interval: Interval,
    court_id: int,
    world: World,
    ignoring: int | None,
) -> str:
    """Name the bookings that have ports meanwhile, each with its time; "" where none may be said.

    One link may have a port early and another late, so that neither is free throughout.
    """
    zone = world.sites[court_id].zone
    there = {
        (busy.interval, busy.label)
        for port in ports
        for busy in world.busy_during(port.id, interval, ignoring=ignoring)
        if busy.is_exclusive and busy.label
    }
    if not there:
        return ""
    named = [
        f"{label} {say_time(when.start, zone)} to {say_time(when.end, zone)}"
        for when, label in sorted(there)
    ]
    if len(named) > NAMED:
        named[NAMED:] = [f"{len(named) - NAMED} more"]
    return f" Ports are held by {say_all(named)}."


def _free(
    ports: Sequence[ResourceFacts], interval: Interval, world: World, ignoring: int | None
) -> list[int]:
    return [
        port.id
        for port in ports
        if not any(outage.touches(interval) for outage in port.outages)
        and not any(
            hold.is_exclusive for hold in world.busy_during(port.id, interval, ignoring=ignoring)
        )
    ]


def first_free(interval: Interval, taken: Mapping[int, Sequence[Interval]]) -> int | None:
    """The first port, in id order, that nothing takes meanwhile; None where there is none.

    Args:
        taken: for each port when it cannot be had, in no order.
    """
    free = (
        port for port in sorted(taken) if not any(other.overlaps(interval) for other in taken[port])
    )
    return next(free, None)


def wanted_holds(
    placement: Placement,
    world: World,
    *,
    booking_id: int | None,
    known: Sequence[WantedHold] = (),
) -> tuple[WantedHold, ...]:
    """Every hold a placement needs, ports included; of those, as many as are free.

    Args:
        booking_id: whose own holds do not count, because it gives them back.
        known: all but the ports, where the placement has just been judged in this world.
    """
    found = list(known or holds_for(placement, world.turnarounds()))
    ports = ports_of(placement.court_id, world) if len(placement.seats) > 1 else []
    for leg in placement.legs if ports else ():
        needed = ports_needed(placement.seats, leg.kind)
        for port in _free(ports, leg.interval, world, booking_id)[:needed]:
            found.append(WantedHold(port, leg.kind, leg.interval, leg.interval))
    return tuple(found)


def lay_bridge(board: Board, steps: Steps, alive: int) -> int:
    """Return the starts at which enough ports are free for every leg of a wish."""
    wish, world = board.wish, board.world
    ports = ports_of(wish.court_id, world) if len(wish.seats) > 1 else []
    if not ports or not alive:
        return alive
    lengths, words = board.lengths, f"too few bridge ports of {world.sites[wish.court_id].name}"
    uses = {
        LegKind.PRE_CONFERENCE: Use(-lengths.pre, lengths.pre, lengths.pre),
        LegKind.HEARING: Use(0, lengths.hearing, lengths.hearing),
        LegKind.POST_CONFERENCE: Use(lengths.hearing, lengths.post, lengths.post),
    }
    for leg, use in uses.items():
        if use.used and (needed := ports_needed(wish.seats, leg)):
            free = board.free_throughout(ports, use)
            left = alive & _at_least(needed, free, board.grid.whole)
            alive = steps.note(Rule.BRIDGE_FULL, f"{words} are free", alive, left)
    return alive


def _at_least(needed: int, free: Sequence[int], whole: int) -> int:
    """The cells set in at least so many of these."""
    reached = [whole, *[0] * needed]
    for bits in free:
        for count in range(needed, 0, -1):
            reached[count] |= reached[count - 1] & bits
    return reached[needed]

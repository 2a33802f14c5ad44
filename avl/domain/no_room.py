"""Why no room can be made, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from avl.domain.clashes import Clash, Rule
from avl.domain.local_time import say_time
from avl.domain.plan_escorts import NeverEnough
from avl.domain.plans import NoRoom, Standing
from avl.domain.wish import Wish
from avl.domain.world import SiteFacts, World

NAMED = 3
"""So many bookings are named where any of many would have to make way."""


def nowhere(wish: Wish, world: World) -> str:
    """Say why there is no place at all to try."""
    for seat in wish.seats:
        if not world.stays.get(seat.person):
            return f"{world.resources[seat.person].name} is not recorded in custody then."
    return "There is no suite where the person is held then."


def explained(clash: Clash, empty: World, kept: Mapping[int, Standing]) -> Clash:
    """Say of a booking that stands in the way why it may not be moved.

    Args:
        empty: the world with everything lifted that may be moved.
    """
    if clash.rule is not Rule.TAKEN or clash.interval is None or clash.resource_id is None:
        return clash
    for busy in empty.busy_during(clash.resource_id, clash.interval):
        if busy.booking_id in kept:
            one = kept[busy.booking_id]
            sentence = f"{clash.sentence} {one.name} may not be moved: {one.kept}."
            return Clash(clash.rule, sentence, clash.resource_id, clash.interval)
    return clash


def beyond_help(clashes: Sequence[Clash]) -> NoRoom:
    """Say why even an empty day would not do, of the start that was wanted most.

    Args:
        clashes: what each way to start then met first.
    """
    # The rules are asked in one order; whichever way got furthest fell to the last of them.
    last = max(clashes, key=lambda clash: list(Rule).index(clash.rule))
    sentences = dict.fromkeys(clash.sentence for clash in clashes)
    said = " ".join(list(sentences)[:3])
    return NoRoom(last.rule, f"Moving other bookings cannot help: {said}")


def too_few(clashes: Sequence[Clash]) -> NoRoom:
    """Say why nobody can make way where what is short is shared: escorts, or bridge ports."""
    rule = clashes[0].rule if clashes else Rule.TAKEN
    said = " ".join(dict.fromkeys(clash.sentence for clash in clashes[:3]))
    return NoRoom(rule, f"{said} There is too little free time that day to move others.".strip())


def no_way_for(names: Sequence[str], most: int | None) -> NoRoom:
    """Say that those in the way cannot all go elsewhere.

    Args:
        most: how many bookings a plan may move, where more might help; None where it is proven
            that they would not.
    """
    if most is not None and len(names) > most:
        said = (
            f"{join(_some(names))} would have to move, and a plan moves {_bookings(most)} at most."
        )
    elif most is not None:
        said = (
            f"{join(names)} would have to move, and then others to make way for"
            f" {'it' if len(names) == 1 else 'them'}. A plan moves {_bookings(most)} at most, and"
            " no such plan makes enough room."
        )
    else:
        said = (
            f"{join(_some(names))} would have to move, and there is too little free time that day"
            f" for {'it' if len(names) == 1 else 'all of them'} and whatever else would then have"
            " to move."
        )
    return NoRoom(Rule.TAKEN, said)


def no_time_left(site: SiteFacts, free: int, wanted: int) -> NoRoom:
    """Say that a site's suites have too little time left, however others are moved.

    Args:
        free: minutes that day in which its suites are free, all together.
        wanted: minutes that the booking would take there, turnaround included.
    """
    left = f"free for {free} minutes" if free else "not free for a minute"
    return NoRoom(
        Rule.TAKEN,
        f"The suites of {site.name} are {left} that day, all together, and this booking takes"
        f" {wanted} minutes of them. However others are moved within the day, there is no room.",
    )


def _bookings(count: int) -> str:
    return "1 booking" if count == 1 else f"{count} bookings"


def _some(names: Sequence[str]) -> list[str]:
    """The first names, and how many others there are where there are many."""
    if len(names) <= NAMED + 1:
        return list(names)
    return [*names[:NAMED], f"{len(names) - NAMED} others"]


def no_escorts(site: SiteFacts, found: NeverEnough, names: Sequence[str]) -> NoRoom:
    """Say that a site's escorts can never suffice at a time.

    Args:
        names: of the bookings that have them then and may be moved.
    """
    capacity = site.escort_capacity or 0
    people = "1 person" if capacity == 1 else f"{capacity} people"
    return NoRoom(
        Rule.ESCORTS_BUSY,
        f"{site.name} can bring or take back {people} at once, and that would be too many"
        f" {_say_when(site, found)}. {_say_who(found, names, 'be brought')}.",
    )


def no_ports(site: SiteFacts, count: int, found: NeverEnough, names: Sequence[str]) -> NoRoom:
    """Say that a court's bridge ports can never suffice at a time.

    Args:
        count: how many it has.
        names: of the bookings that have them then and may be moved.
    """
    ports = "1 bridge port" if count == 1 else f"{count} bridge ports"
    return NoRoom(
        Rule.BRIDGE_FULL,
        f"{site.name} has {ports}, and that would be too few {_say_when(site, found)}."
        f" {_say_who(found, names, 'have them')}.",
    )


def _say_when(site: SiteFacts, found: NeverEnough) -> str:
    moving = found.shortage.movement
    return f"{say_time(moving.start, site.zone)} to {say_time(moving.end, site.zone)}"


def _say_who(found: NeverEnough, names: Sequence[str], doing: str) -> str:
    """Say who would have to make way, and that too few of them can."""
    most = found.shortage.crowd.most
    said = _some(names)
    who = f"{most} of {join(said)}" if most < len(names) else join(said)
    if len(names) == 1:
        outcome = f"it can {doing} at no other time"
    elif not found.leaving:
        outcome = f"none of them can {doing} at another time"
    else:
        outcome = f"only {found.leaving} of them can {doing} at another time"
    return f"{who} would have to make way, and {outcome}"


def join(names: Sequence[str]) -> str:
    """Join names as people do: "A, B and C"."""
    *first, last = names or ["Something"]
    return f"{', '.join(first)} and {last}" if first else last

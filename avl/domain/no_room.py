"""Why no room can be made, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from avl.domain.clashes import Clash, Rule
from avl.domain.plans import NoRoom
from avl.domain.ways import Way
from avl.domain.wish import Wish
from avl.domain.world import World


def nowhere(wish: Wish, world: World) -> str:
    """Say why there is no place at all to try."""
    for seat in wish.seats:
        if not world.stays.get(seat.person):
            return f"{world.resources[seat.person].name} is not recorded in custody then."
    return "There is no suite where the person is held then."


def beyond_help(refused: Sequence[tuple[Way, Clash]]) -> NoRoom:
    """Say why even an empty day would not do, of the start that was wanted most."""
    start = refused[0][0].placement.hearing.start
    there = [clash for way, clash in refused if way.placement.hearing.start == start]
    # The rules are asked in one order; whichever way got furthest fell to the last of them.
    last = max(there, key=lambda clash: list(Rule).index(clash.rule))
    sentences = dict.fromkeys(clash.sentence for clash in there)
    said = " ".join(list(sentences)[:3])
    return NoRoom(last.rule, f"Moving other bookings cannot help: {said}")


def too_few(clashes: Sequence[Clash]) -> NoRoom:
    """Say why nobody can make way where what is short is shared: escorts, or bridge ports."""
    rule = clashes[0].rule if clashes else Rule.TAKEN
    said = " ".join(dict.fromkeys(clash.sentence for clash in clashes[:3]))
    return NoRoom(rule, f"{said} There is too little free time that day to move others.".strip())


def join(names: Sequence[str]) -> str:
    """Join names as people do: "A, B and C"."""
    *first, last = names or ["Something"]
    return f"{', '.join(first)} and {last}" if first else last

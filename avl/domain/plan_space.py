"""Whether bookings that make way could have space enough at all, before it is tried to place them.

Once it is settled who leaves, what they leave and what was free beside it is all there is. Most
sets of bookings fail by that alone: a gap that is shorter than each of them is of use to none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from avl.domain.plan_kinds import Kind


def is_short(kinds: Iterable[Kind], lifted: int, crossing: int, suites: Mapping[int, int]) -> bool:
    """Whether the suites of a site have too few cells for all of these, wherever each one goes.

    Args:
        kinds: of each booking that is to be placed.
        lifted: who leaves, one bit each.
        crossing: how many of them may go to another day.
        suites: the cells of each site's suites.
    """
    needs: dict[int, list[tuple[int, int, bool]]] = {}
    space: dict[int, int] = {}
    for kind in kinds:
        if id(kind) not in space:
            space[id(kind)] = kind.space_within(lifted)
        for site_id, need in kind.needs.items():
            needs.setdefault(site_id, []).append((need, id(kind), kind.may_cross))
    return any(
        _is_short(wanted, space, crossing, suites[site_id]) for site_id, wanted in needs.items()
    )


def _is_short(
    needs: list[tuple[int, int, bool]], space: Mapping[int, int], crossing: int, suites: int
) -> bool:
    """Count the longest first: what only the short ones could use is of no use to them."""
    found, wanted = 0, 0
    for need, kind, may_cross in sorted(needs, reverse=True):
        found |= space[kind] & suites
        if may_cross and crossing:
            crossing -= 1
            continue
        wanted += need
        if wanted > found.bit_count():
            return True
    return False

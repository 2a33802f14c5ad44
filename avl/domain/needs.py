"""Which rooms could serve which seat, and how seats share them so that nobody sits twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from avl.domain.wish import Wish
from avl.domain.world import ResourceFacts, World

Choice = TypeVar("Choice")


class Need:
    """One room that one seat must have: a suite, or a room at court for counsel.

    Attributes:
        seat: the seat's place in the wish.
        kind: of the room: "suite" or "instruction_suite".
        preferred: the room to keep where it is free.
        words: all its rooms at once, as a sentence begins: "every suite at Rimutaka".
        rooms: the rooms to choose from, preferred first, by resource id.
        choices: for each room, the starts at which it was found to serve.
    """

    def __init__(
        self,
        seat: int,
        kind: str,
        words: str,
        rooms: Iterable[ResourceFacts],
        where: Mapping[int, int],
        preferred: int | None = None,
    ) -> None:
        """Begin with nothing found.

        Args:
            rooms: in the order they are liked.
            where: by site, the starts at which a room there is any use to the person.
        """
        self.seat = seat
        self.kind = kind
        self.words = words
        self.preferred = preferred
        usable = [room for room in rooms if room.kind == kind and where.get(room.site_id or 0)]
        usable.sort(key=lambda room: room.id != preferred)
        self.rooms = {room.id: room for room in usable}
        self._where = where
        self._at: dict[int, list[int]] = {}
        for room in usable:
            self._at.setdefault(room.site_id or 0, []).append(room.id)
        self.choices = dict.fromkeys(self.rooms, 0)

    def rooms_during(self, starts: int) -> list[ResourceFacts]:
        """Return the rooms that are any use for some of these starts."""
        there = {key for key in self._at if self._where[key] & starts}
        return [room for room in self.rooms.values() if (room.site_id or 0) in there]

    def served(self, left: Mapping[int, int]) -> int:
        """Return the starts for which some room is left."""
        starts = 0
        for site_id, rooms in self._at.items():
            some = last = 0
            for key in rooms:
                # Rooms that are alike have the very same bits, until holds tell them apart.
                if (bits := left.get(key, 0)) is not last:
                    some |= bits
                    last = bits
            starts |= some & self._where[site_id]
        return starts

    def settle(self, left: Mapping[int, int], starts: int) -> None:
        """Keep what each room can do among these starts."""
        for site_id, rooms in self._at.items():
            there = self._where[site_id] & starts
            for key in rooms:
                if bits := left.get(key, 0):
                    self.choices[key] |= bits & there

    def at(self, start: int) -> list[int]:
        """Return the rooms that can serve one start, preferred first."""
        return [key for key, starts in self.choices.items() if starts >> start & 1]


SuitesAt = Mapping[int, Sequence[ResourceFacts]]


def suites_at(world: World) -> SuitesAt:
    """Return every suite, by site."""
    found: dict[int, list[ResourceFacts]] = {}
    for room in world.resources.values():
        if room.kind == "suite" and room.site_id is not None:
            found.setdefault(room.site_id, []).append(room)
    return found


def suite_need(
    wish: Wish, seat: int, sites: Mapping[int, int], suites: SuitesAt, world: World
) -> Need:
    """Return a seat's need of a suite.

    Args:
        sites: where the person is, with the starts they are there and can be fetched in time.
    """
    wanted = wish.seats[seat]
    words = f"every suite at {site_names(sites, world)}"
    if wanted.suites is None:
        rooms = [room for site_id in sites for room in suites.get(site_id, ())]
    else:
        rooms = _chosen(wanted.suites, world)
    return Need(seat, "suite", words, rooms, sites, wanted.preferred_suite)


def instruction_need(wish: Wish, seat: int, starts: int, world: World) -> Need:
    """Return a seat's need of a room at court for counsel's conferences."""
    rooms = _chosen(wish.seats[seat].instruction_suites, world)
    words = f"every instruction suite at {world.sites[wish.court_id].name}"
    return Need(seat, "instruction_suite", words, rooms, {wish.court_id: starts})


def _chosen(ids: Sequence[int], world: World) -> list[ResourceFacts]:
    return [world.resources[key] for key in dict.fromkeys(ids) if key in world.resources]


def site_names(sites: Iterable[int], world: World) -> str:
    """Say the names of some sites: "Rimutaka or Arohata"."""
    return " or ".join(world.sites[site_id].name for site_id in sites) or "any site"


def share_out(wanted: Sequence[Sequence[Choice]]) -> list[Choice] | None:
    """Give each its own choice, all or nothing; None when there are not enough to go round.

    Each gets the first choice nobody before it has; where that fails, those before it are asked
    to move on to another (augmenting paths), so a way is found whenever there is one.
    """
    owner: dict[Choice, int] = {}
    for seat in range(len(wanted)):
        if not _find_place(seat, wanted, owner, set()):
            return None
    by_seat = {seat: choice for choice, seat in owner.items()}
    return [by_seat[seat] for seat in range(len(wanted))]


def _find_place(
    seat: int, wanted: Sequence[Sequence[Choice]], owner: dict[Choice, int], tried: set[Choice]
) -> bool:
    for choice in wanted[seat]:
        if choice not in owner:
            owner[choice] = seat
            return True
    for choice in wanted[seat]:
        if choice not in tried:
            tried.add(choice)
            if _find_place(owner[choice], wanted, owner, tried):
                owner[choice] = seat
                return True
    return False

"""Where the bookings of a plan all go, once it is settled which of them move.

The search is exact: every booking of the set is tried in every way that is open when all of them
are gone, the one with the fewest ways first, by branch and bound on the minutes of trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from avl.domain.clashes import Verdict
from avl.domain.plan_choices import Bundle, Choices
from avl.domain.plan_cost import WARNED
from avl.domain.plan_escorts import Crowd
from avl.domain.plan_kinds import Room
from avl.domain.resources import Placement


@dataclass(frozen=True, slots=True)
class Packed:
    """Where everybody of a set goes, judged as a whole.

    Attributes:
        minutes: all the trouble, warnings included.
    """

    laid: Mapping[int, Placement]
    verdicts: Mapping[int, Verdict]
    crossed: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Judging:
    """What else there is to ask of placements, beside who stands where.

    Attributes:
        is_watched: whether company matters at all.
        is_near: whether a placement is too near one of those laid down.
        crowd: who must make way for the people of a placement, given those laid and lifted.
        verdicts: of everything laid, in the world as the plan leaves it.
        in_the_way: the bookings, one bit each, that verdicts say others lack something for.
        tick: counts the steps, and stops the search when its time is over.
    """

    is_watched: bool
    is_near: Callable[[Placement, Iterable[Placement]], bool]
    crowd: Callable[[Placement, Sequence[Placement], int], Crowd]
    verdicts: Callable[[Mapping[int, Placement], int], dict[int, Verdict]]
    in_the_way: Callable[[Iterable[Verdict]], int]
    tick: Callable[[], None]


_Laid = tuple[tuple[int, Bundle], ...]


class Packing:
    """One set of bookings to be placed.

    Args:
        choices: of the new booking and every one of the set.
        lifted: the set, one bit each.
        crossing: how many of them may go to another day.
        limit: from how many minutes on nobody wants the plan any more.

    Attributes:
        best: the least trouble; None where the set cannot be placed for less than the limit.
        more: bookings beyond the set, one bit each, one of which at least would have to go too,
            where something that is shared is too little: courtrooms, escorts or bridge ports.
    """

    def __init__(
        self,
        choices: Mapping[int, Choices],
        lifted: int,
        judging: Judging,
        *,
        crossing: int,
        limit: int,
    ) -> None:
        self._choices, self._lifted, self._judging = choices, lifted, judging
        self._crossing, self._limit = crossing, limit
        self.best: Packed | None = None
        self.more = 0
        self.is_crossed = False
        self._ways = {key: one.open_within(lifted) for key, one in choices.items()}
        self._least_away = {key: _least(one.away()) for key, one in choices.items()}
        self._order = sorted(self._ways, key=lambda key: len(self._ways[key]))
        self._lay(0, (), (), 0, 0, 0, ())

    def _lay(
        self,
        place: int,
        laid: _Laid,
        rooms: tuple[Room, ...],
        cells: int,
        minutes: int,
        crossed: int,
        away: tuple[int, ...],
    ) -> None:
        """Place one after another within the day; those who go to another day come last.

        Args:
            crossed: how many go to another day, ``away`` among them, who are yet to be placed
                there; ``minutes`` has the least trouble that can be.
        """
        if place == len(self._order):
            self._send(away, laid, rooms, cells, minutes, crossed)
            return
        key = self._order[place]
        rest = self._rest(place + 1, cells, crossed)
        if rest is None:
            return
        for bundle in self._ways[key]:
            if minutes + bundle.minutes + rest >= self._limit:
                break
            if bundle.cells & cells:
                continue
            if crossed + bundle.crosses > self._crossing:
                self.is_crossed = True
                continue
            if (more := self._with(key, bundle, laid, rooms)) is not None:
                self._lay(
                    place + 1,
                    *more,
                    cells | bundle.cells,
                    minutes + bundle.minutes,
                    crossed + bundle.crosses,
                    away,
                )
        least = self._least_away[key]
        if least is None or minutes + least + rest >= self._limit:
            return
        if crossed == self._crossing:
            self.is_crossed = True
            return
        self._judging.tick()
        self._lay(place + 1, laid, rooms, cells, minutes + least, crossed + 1, (*away, key))

    def _send(
        self,
        away: tuple[int, ...],
        laid: _Laid,
        rooms: tuple[Room, ...],
        cells: int,
        minutes: int,
        crossed: int,
    ) -> None:
        """Place those who go to another day, one after another too."""
        if not away:
            self._finish(laid, rooms, minutes, crossed)
            return
        key, *others = away
        minutes -= self._least_away[key] or 0
        for bundle in self._choices[key].away():
            if minutes + bundle.minutes >= self._limit:
                return
            if bundle.cells & cells:
                continue
            if (more := self._with(key, bundle, laid, rooms)) is not None:
                taken = cells | bundle.cells
                self._send(tuple(others), *more, taken, minutes + bundle.minutes, crossed)

    def _with(
        self, key: int, bundle: Bundle, laid: _Laid, rooms: tuple[Room, ...]
    ) -> tuple[_Laid, tuple[Room, ...]] | None:
        """Lay down one more, with a courtroom for each; None where that cannot be."""
        self._judging.tick()
        if self._judging.is_watched and not self._is_fit(bundle, laid):
            return None
        more = (*laid, (key, bundle))
        found = self._roomed(more, rooms)
        return None if found is None else (more, found)

    def _rest(self, place: int, cells: int, crossed: int) -> int | None:
        """The least trouble of all who are yet to be placed; None where one has no place left."""
        least, left = 0, self._crossing - crossed
        for key in self._order[place:]:
            away = self._least_away[key]
            for bundle in self._ways[key]:
                if not bundle.cells & cells:
                    least += bundle.minutes if away is None else min(bundle.minutes, away)
                    break
            else:
                if away is not None and not left:
                    self.is_crossed = True
                if away is None or not left:
                    return None
                left -= 1
                least += away
        return least

    def _is_fit(self, bundle: Bundle, laid: _Laid) -> bool:
        there = [one.placement for _, one in laid]
        if self._judging.is_near(bundle.placement, there):
            return False
        crowd = self._judging.crowd(bundle.placement, there, self._lifted)
        self.more |= crowd.candidates if crowd.most else 0
        return not crowd.most

    def _roomed(self, laid: _Laid, rooms: tuple[Room, ...]) -> tuple[Room, ...] | None:
        """A courtroom for everybody laid, the last of whom has none yet; None where too few are."""
        _, last = laid[-1]
        taken = 0
        for _, part in rooms:
            taken |= part.cells
        for room in last.rooms:
            if not (room[1].cells & taken or room[1].blockers & ~self._lifted):
                return (*rooms, room)
        found = _shared_out([one.rooms_within(self._lifted) for _, one in laid], 0)
        if found is None:
            for key, one in laid:
                self.more |= self._choices[key].rooms_then(one.way.start)
            self.more &= ~self._lifted
        return found

    def _finish(self, laid: _Laid, rooms: tuple[Room, ...], minutes: int, crossed: int) -> None:
        places = {
            key: bundle.placed(room) for (key, bundle), (room, _) in zip(laid, rooms, strict=True)
        }
        verdicts = self._judging.verdicts(places, self._lifted)
        if not all(verdict.is_possible for verdict in verdicts.values()):
            self.more |= self._judging.in_the_way(verdicts.values()) & ~self._lifted
            return
        minutes += WARNED * sum(1 for verdict in verdicts.values() if verdict.warnings)
        if minutes < self._limit:
            self._limit = minutes
            self.best = Packed(places, verdicts, crossed, minutes)


def _least(bundles: Iterator[Bundle]) -> int | None:
    first = next(bundles, None)
    return None if first is None else first.minutes


def _shared_out(wanted: Sequence[Sequence[Room]], taken: int) -> tuple[Room, ...] | None:
    """One courtroom for each, so that none is wanted twice at a time; None where that cannot be."""
    if not wanted:
        return ()
    for room in wanted[0]:
        if not room[1].cells & taken:
            rest = _shared_out(wanted[1:], taken | room[1].cells)
            if rest is not None:
                return (room, *rest)
    return None

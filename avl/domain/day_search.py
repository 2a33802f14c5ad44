"""Making a day's list without a solver: a complete one at once, then better ones bit by bit.

First fit keeps what may stay and gives every other hearing, the most important first, the free
place nearest to its wanted time. The search then takes a few neighbours off the list again and
again and lays them anew in another order (large-neighbourhood search). What it does depends on
the seed and on how many rounds it is given, on nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost, DayProblem, Spots

FEWEST_LIFTED, MOST_LIFTED = 2, 9
"""How many hearings one round takes off the list, beside the one it is about."""


def first_fit(problem: DayProblem) -> DayList:
    """Return a complete list: what stands stays, the rest goes to the nearest free time."""
    day = DayList(problem)
    hearings = problem.hearings
    waiting = []
    for place, hearing in enumerate(hearings):
        if hearing.now is None:
            waiting.append(place)
        elif hearing.is_standing:
            day.lay(place, hearing.now)
        else:
            day.lay(place, hearing.now, left=True)
            waiting.append(place)
    for place in sorted(waiting, key=lambda one: (-hearings[one].priority, hearings[one].wanted)):
        _settle(day, place)
    return day


def list_of(problem: DayProblem, spots: Spots) -> DayList:
    """Lay a list that was found elsewhere; what does not fit is placed by first fit, if at all."""
    day = DayList(problem)
    waiting = []
    hearings = problem.hearings
    for place in range(len(hearings)):
        spot = spots.get(place)
        if spot is not None and day.may_lay(place, spot):
            day.lay(place, spot)
        else:
            waiting.append(place)
    for place in waiting:
        now = hearings[place].now
        if now is not None and not hearings[place].is_standing:
            if not day.may_lay(place, now, left=True):
                return first_fit(problem)
            day.lay(place, now, left=True)
    for place in sorted(waiting, key=lambda one: -hearings[one].priority):
        if not _settle(day, place):
            return first_fit(problem)
    return day


def improve(
    day: DayList,
    *,
    seed: int,
    rounds: int,
    is_over: Callable[[], bool] = lambda: False,
    found: Callable[[DayList], None] = lambda day: None,
) -> DayList:
    """Return a list at least as good.

    Args:
        rounds: how often to try something, at most.
        is_over: asked before every round.
        found: told of each better list.
    """
    return _Search(day, seed, found).run(rounds, is_over)


def _settle(day: DayList, place: int, *, skip: int = 0) -> bool:
    """Give a hearing a place, or leave it out where that is allowed; say whether it worked."""
    hearing = day.problem.hearings[place]
    was_left = place in day.left
    if was_left:
        day.lift(place)
    spot = day.nearest(place, skip=skip)
    if spot is not None:
        day.lay(place, spot)
        return True
    if hearing.now is None:
        return True
    if hearing.is_standing or not day.may_lay(place, hearing.now, left=True):
        return False
    day.lay(place, hearing.now, left=True)
    return True


class _Search:
    def __init__(self, day: DayList, seed: int, found: Callable[[DayList], None]) -> None:
        self.best = self.current = day
        self.best_cost = self.cost = day.cost()
        self.dice = random.Random(seed)
        self.found = found

    def run(self, rounds: int, is_over: Callable[[], bool]) -> DayList:
        places = range(len(self.current.problem.hearings))
        if not places:
            return self.best
        for _ in range(rounds):
            if is_over() or self.cost == DayCost():
                break
            self._try_once()
        return self.best

    def _try_once(self) -> None:
        lifted = self._choose()
        whole = frozenset(lifted)
        before = self.current.cost(whole)
        fresh = self.current.copy()
        for place in lifted:
            fresh.lift(place)
        for place in self._order(lifted):
            skip = self.dice.choice((0, 0, 0, 0, 0, 1, 2))
            if not _settle(fresh, place, skip=skip):
                return
        after = fresh.cost(whole)
        if after > before:
            return
        self.current = fresh
        if after < before:
            self.cost = fresh.cost()
            if self.cost < self.best_cost:
                self.best, self.best_cost = fresh, self.cost
                self.found(fresh)

    def _choose(self) -> list[int]:
        """One hearing that could be better off, with some that are in its way."""
        problem, day = self.current.problem, self.current
        first = self._unhappy()
        hearing = problem.hearings[first]
        spot = day.spots.get(first)
        near = day.met_by(first, hearing.wanted)
        if spot is not None and self.dice.random() < 0.4:
            near |= day.met_by(first, spot.start)
        near -= {first}
        count = self.dice.randint(FEWEST_LIFTED, MOST_LIFTED)
        others = sorted(near)
        if len(others) > count:
            others = self.dice.sample(others, count)
        return [first, *others]

    def _unhappy(self) -> int:
        """A hearing that is not where it is wanted, or now and then any hearing at all."""
        problem, spots = self.current.problem, self.current.spots
        count = len(problem.hearings)
        if self.dice.random() < 0.1:
            return self.dice.randrange(count)
        for _ in range(12):
            place = self.dice.randrange(count)
            spot = spots.get(place)
            if spot is None or spot.start != problem.hearings[place].wanted:
                return place
        return self.dice.randrange(count)

    def _order(self, lifted: Iterable[int]) -> list[int]:
        """The order to lay them in again: by chance, by length, or the unhappy one first."""
        order = list(lifted)
        hearings = self.current.problem.hearings
        way = self.dice.random()
        if way < 0.35:
            self.dice.shuffle(order)
        elif way < 0.6:
            order.sort(key=lambda place: (-hearings[place].span, hearings[place].wanted))
        elif way < 0.75:
            order.sort(key=lambda place: hearings[place].wanted)
        else:
            rest = order[1:]
            self.dice.shuffle(rest)
            order = [order[0], *rest]
        return order

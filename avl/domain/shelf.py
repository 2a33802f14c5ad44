"""Offers as they are picked: the best starts of each day first, and not too close together."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from avl.domain.cells import each
from avl.domain.clashes import Clash, judge
from avl.domain.free import Board, Holds
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_local
from avl.domain.needs import Need, share_out
from avl.domain.reasons import reasons_for
from avl.domain.resources import GRID_MINUTES, Placement, Seat
from avl.domain.wish import Wish
from avl.domain.world import World

APART = 15 // GRID_MINUTES
"""Offers of one day start at least this many cells apart, so that they are real alternatives."""

ODD_TIME, OTHER_COURTROOM, OTHER_SUITE, COUNSEL_ELSEWHERE = 15, 20, 5, 45
"""What is unwelcome besides waiting, in minutes of waiting that it is worth. An odd time is one
off the quarter hours, unless it was asked for; a courtroom costs for each one preferred to it."""


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """How good an offer is; the smaller the better, the first field weighing most.

    Attributes:
        days: between the wanted day and this one.
        is_earlier_day: of two days equally far, the later leaves more time to prepare.
        cost: minutes from the wanted time of day, and what else is unwelcome in minutes.
        start: so that two starts never rank the same.
    """

    days: int
    is_earlier_day: bool
    cost: int
    start: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A complete, verified way to place a booking.

    Attributes:
        reasons: why it is good, in people's words, the weightiest first.
        warnings: unwise, but allowed with a reason.
    """

    placement: Placement
    reasons: tuple[str, ...]
    rank: Rank
    warnings: tuple[Clash, ...] = ()


class Found(Protocol):
    """What a search has found out, and offers are made of.

    Attributes:
        courtrooms: by courtroom, the starts at which it is free; the preferred one first.
        counsel_free: the starts at which every counsel is wanted nowhere else.
        needs: rooms each seat needs, with the starts at which each can serve.
    """

    wish: Wish
    world: World
    holds: Holds
    board: Board
    zone: str
    courtrooms: dict[int, int]
    counsel_free: int
    needs: list[Need]

    def distance(self, on: date) -> tuple[int, bool]:
        """How far a day is from the wanted one, and whether it is before it."""
        ...


class Shelf:
    """Where offers are put, the best of each day in front, until there are enough."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._wish = found.wish
        self._taken: list[Offer] = []
        self._waiting: list[_Day] = []

    @property
    def is_full(self) -> bool:
        """Whether every offer asked for has been found."""
        return self._wish.limit is not None and len(self._taken) >= self._wish.limit

    @property
    def wanting(self) -> int:
        """How many of the offers asked for have not been found yet; none where all are wanted."""
        return max((self._wish.limit or 0) - len(self._taken), 0)

    def add_day(self, starts: int) -> None:
        """Take the best starts of one day; days come nearest first."""
        limit = self._wish.limit
        day = _Day(self._found, starts)
        if limit is None:
            self._taken += day.take(starts.bit_count())
            return
        quota = 1 if self._taken else (limit + 1) // 2
        self._taken += day.take(min(quota, limit - len(self._taken)))
        self._waiting.append(day)

    def offers(self) -> tuple[Offer, ...]:
        """Fill what room is left from the nearest days, and put all in order."""
        limit = self._wish.limit or 0
        for day in self._waiting:
            if len(self._taken) < limit:
                self._taken += day.take(limit - len(self._taken))
        return tuple(sorted(self._taken, key=lambda offer: offer.rank))


class _Day:
    """The starts of one day, handed out the best first and not too close together."""

    def __init__(self, found: Found, starts: int) -> None:
        self._found = found
        self._wish = found.wish
        self._wanted = to_local(self._wish.wanted_start, found.zone)
        self._wanted_minutes = self._wanted.hour * 60 + self._wanted.minute
        self._first = max((starts & -starts).bit_length() - 1, 0)
        self._counsel_free = found.counsel_free >> self._first
        self._given: list[int] = []
        self._ready: dict[int, Offer] = {}
        # A day's bits, and not a month's, are what each start is picked out of.
        all_starts = [start + self._first for start in each(starts >> self._first)]
        self._queue = [
            (self._cost(start, minutes), start)
            for start, minutes in zip(all_starts, self._wall_minutes(all_starts), strict=True)
        ]
        heapq.heapify(self._queue)

    def take(self, count: int) -> list[Offer]:
        """Return up to ``count`` more offers, the best first."""
        found: list[Offer] = []
        while self._queue and len(found) < count:
            cost, start = heapq.heappop(self._queue)
            if self._wish.limit is not None and self._is_close(start):
                continue
            offer = self._ready.pop(start, None) or self._offer(cost, start)
            if offer is None:
                continue
            if offer.rank.cost > cost:
                # Only now is it known that a suite cannot be kept, so another may be better.
                self._ready[start] = offer
                heapq.heappush(self._queue, (offer.rank.cost, start))
                continue
            found.append(offer)
            self._given.append(start)
        return found

    def _is_close(self, start: int) -> bool:
        return any(abs(start - given) < APART for given in self._given)

    def _wall_minutes(self, starts: list[int]) -> list[int]:
        """How many minutes after midnight the clock on the wall shows at each start of one day."""
        if not starts:
            return []
        ends = [self._minutes_at(start) for start in (starts[0], starts[-1])]
        if ends[1] - ends[0] != (starts[-1] - starts[0]) * GRID_MINUTES:
            return [self._minutes_at(start) for start in starts]  # The clocks change in between.
        return [ends[0] + (start - starts[0]) * GRID_MINUTES for start in starts]

    def _minutes_at(self, start: int) -> int:
        here = self._found.board.grid.at(start).astimezone(self._wanted.tzinfo)
        return here.hour * 60 + here.minute

    def _cost(self, start: int, minutes: int) -> int:
        """What is unwelcome about a start, if every seat can keep its preferred suite.

        Args:
            minutes: after midnight, on the wall.
        """
        cost = abs(minutes - self._wanted_minutes)
        if cost and minutes % 15:
            cost += ODD_TIME
        if not self._counsel_free >> start - self._first & 1:
            cost += COUNSEL_ELSEWHERE
        if len(self._wish.courtrooms) > 1:
            cost += OTHER_COURTROOM * self._wish.courtrooms.index(self._courtroom(start))
        return cost

    def _courtroom(self, start: int) -> int:
        """The most preferred courtroom that is free."""
        return next(key for key, bits in self._found.courtrooms.items() if bits >> start & 1)

    def _offer(self, cost: int, start: int) -> Offer | None:
        """Seat everybody and judge the result; None when there are not rooms enough."""
        needs = self._found.needs
        rooms = share_out([need.at(start) for need in needs])
        if rooms is None:
            return None
        placement = self._placement(start, dict(zip(needs, rooms, strict=True)))
        world = self._found.holds.around(placement)
        verdict = judge(placement, world, ignoring=self._wish.ignoring)
        if not verdict.is_possible:
            return None
        for need, room in zip(needs, rooms, strict=True):
            if need.preferred not in (None, room):
                cost += OTHER_SUITE
        on = local_day(placement.hearing.start, self._found.zone)
        return Offer(
            placement,
            reasons_for(self._wish, placement, world, warned=bool(verdict.warnings)),
            Rank(*self._found.distance(on), cost, placement.hearing.start),
            verdict.warnings,
        )

    def _placement(self, start: int, rooms: dict[Need, int]) -> Placement:
        wish, world = self._wish, self._found.world
        at = self._found.board.grid.at(start)
        seated = {(need.seat, need.kind): room for need, room in rooms.items()}
        return Placement(
            court_id=wish.court_id,
            courtroom=self._courtroom(start),
            hearing_type=wish.hearing_type,
            hearing=Interval(at, at + timedelta(minutes=wish.minutes)),
            pre_minutes=wish.pre_minutes,
            post_minutes=wish.post_minutes,
            seats=tuple(
                Seat(
                    person=seat.person,
                    site_id=world.resources[seated[place, "suite"]].site_id or 0,
                    suite=seated[place, "suite"],
                    counsel=seat.counsel,
                    instruction_suite=seated.get((place, "instruction_suite")),
                )
                for place, seat in enumerate(wish.seats)
            ),
            interpreter=wish.interpreter,
        )

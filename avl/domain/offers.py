"""Offers: complete, verified ways to place a booking, the best first; or the proof of none.

Two phases. What is fixed (the courtroom, the people, counsel) is laid over the whole window at
once; only for the days it leaves open are the suites looked at, nearest days first and in growing
chunks, until there are enough good offers. Every offer has been judged by `clashes.judge`, the
same function that judges it again when it is booked.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from avl.domain.cells import each
from avl.domain.clashes import Clash, Rule, judge
from avl.domain.company import lay_company
from avl.domain.errors import NotFound
from avl.domain.free import Board, HeldInMemory, Holds
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_local
from avl.domain.needs import Need, instruction_need, share_out, site_names, suite_need
from avl.domain.proof import Proof, Steps
from avl.domain.reasons import reasons_for
from avl.domain.resources import GRID_MINUTES, Placement, Seat
from avl.domain.starts import avoided, starts_by_day
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import ResourceFacts, World

__all__ = ["Offer", "Proof", "Rank", "Search", "Wish", "WishSeat", "find_offers"]

APART = 15 // GRID_MINUTES
"""Offers of one day start at least this many cells apart, so that they are real alternatives."""

LONGEST_GAP = timedelta(days=4)
"""Days left open that lie no further apart (a weekend) are read as one stretch."""

ODD_TIME, OTHER_COURTROOM, OTHER_SUITE, COUNSEL_ELSEWHERE = 15, 20, 5, 45
"""What is unwelcome besides waiting, in minutes of waiting that it is worth. An odd time is one
off the quarter hours, unless it was asked for; a courtroom costs for each one preferred to it."""

STATE = {
    Rule.NOT_PERMITTED: "may not be used by this court for this hearing type",
    Rule.OUT_OF_USE: "is out of use",
    Rule.CLOSED: "is closed",
    Rule.TAKEN: "is held or closed",
}


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


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found: offers, the best first, or else the proof that there is none."""

    offers: tuple[Offer, ...]
    proof: Proof | None = None


def find_offers(wish: Wish, world: World, holds: Holds | None = None) -> Search:
    """Find the best ways to grant a wish.

    About half the offers are on the best day, the others one a day on the days after it, and the
    rest wherever there is room. With no limit, every start that works is offered once, with its
    best courtroom and suites.

    Args:
        world: every place, person and room that may come into it. Its holds must cover
            ``wish.window(zone of the court)`` unless ``holds`` reads them.
        holds: where standing holds come from, when not from the world itself.

    Raises:
        NotFound: the world does not know the court.
    """
    if wish.court_id not in world.sites:
        raise NotFound("There is no such court.")
    return _Finder(wish, world, holds or HeldInMemory(world, wish.ignoring)).find()


class _Finder:
    """One search, from the wish to the offers."""

    def __init__(self, wish: Wish, world: World, holds: Holds) -> None:
        self.wish = wish
        self.world = world
        self.holds = holds
        self.zone = world.sites[wish.court_id].zone
        self.board = Board(wish, world, holds, self.zone)
        self.steps = Steps()
        self.days = starts_by_day(wish, self.board.grid, self.zone)
        self.courtrooms: dict[int, int] = {}
        self.counsel_free = self.board.grid.whole
        self.needs: list[Need] = []

    def find(self) -> Search:
        """Lay down what is fixed, then the rooms day by day until there are enough offers."""
        alive = self._lay_what_is_fixed()
        open_days = [on for on, starts in self.days.items() if starts & alive]
        shelf = _Shelf(self)
        for chunk in self._chunks(sorted(open_days, key=self.distance)):
            left = self._lay_rooms(chunk, alive)
            for on in chunk:
                shelf.add_day(left & self.days[on])
            if shelf.is_full:
                break
        offers = shelf.offers()
        return Search(offers, None if offers else self.steps.prove(self.days))

    def distance(self, on: date) -> tuple[int, bool]:
        """How far a day is from the wanted one, and whether it is before it."""
        days = (on - local_day(self.wish.wanted_start, self.zone)).days
        return abs(days), days < 0

    def _lay_what_is_fixed(self) -> int:
        """Return the starts that time, courtrooms and people leave, over the whole window."""
        window, alive = self.board.grid.window, 0
        for starts in self.days.values():
            alive |= starts
        in_time = alive & self.board.from_now()
        alive = self.steps.note(Rule.IN_THE_PAST, "the time has passed", alive, in_time)
        if self.wish.avoiding:
            left = alive & ~avoided(self.wish, self.board.grid)
            alive = self.steps.note(Rule.TAKEN, "it was kept for this already", alive, left)
        alive = self._lay_courtrooms(alive, window)
        free = self.board.free([seat.person for seat in self.wish.seats], window)
        there = []
        for place, seat in enumerate(self.wish.seats):
            sites, alive = self._lay_person(seat, free[seat.person], alive)
            there.append(sites)
            self.needs.append(suite_need(self.wish, place, sites, self.world))
            if seat.instruction_suites and self.board.lengths.has_conference:
                self.needs.append(instruction_need(self.wish, place, in_time, self.world))
        # Whoever has a room to keep chooses before those who do not mind.
        self.needs.sort(key=lambda need: need.preferred is None)
        counsel = {seat.counsel for seat in self.wish.seats if seat.counsel is not None}
        self.counsel_free = self.board.counsel_free(counsel, window)
        return lay_company(self.wish, self.world, self.board.grid, there, self.steps, alive)

    def _lay_courtrooms(self, alive: int, window: Interval) -> int:
        rooms = self._courtrooms()
        court = self.world.sites[self.wish.court_id].name
        if not rooms:
            words = f"there is no such courtroom at {court}"
            return self.steps.note(Rule.UNKNOWN_PLACE, words, alive, 0)
        what = rooms[0].name if len(rooms) == 1 else f"every courtroom at {court}"
        for rule, left in self.board.rooms(rooms, window).items():
            fits = 0
            for bits in left.values():
                fits |= bits
            alive = self.steps.note(rule, f"{what} {STATE[rule]}", alive, alive & fits)
            self.courtrooms = dict(left)
        return alive

    def _courtrooms(self) -> list[ResourceFacts]:
        ids = self.wish.courtrooms or self.world.resources
        known = (self.world.resources[key] for key in ids if key in self.world.resources)
        return [
            room
            for room in known
            if room.kind == "courtroom" and room.site_id == self.wish.court_id
        ]

    def _lay_person(self, seat: WishSeat, free: int, alive: int) -> tuple[dict[int, int], int]:
        """Keep the starts at which one person is somewhere, with notice enough, and free.

        Returns:
            The sites they are at, each with its starts; and the starts that are left of all.
        """
        facts = self.world.resources.get(seat.person)
        name = facts.name if facts and facts.kind == "person" else "this person"
        sites = self.board.sites_of(seat) if facts else {}
        note, somewhere, soon = self.steps.note, 0, 0
        for site_id, there in sites.items():
            somewhere |= there
            sites[site_id] = there & self.board.from_now(self.world.sites[site_id].notice)
            soon |= sites[site_id]
        words = f"{name} is not recorded at any site"
        alive = note(Rule.NOT_IN_CUSTODY_THERE, words, alive, alive & somewhere)
        words = f"it is too late to give {site_names(sites, self.world)} notice"
        alive = note(Rule.TOO_SOON, words, alive, alive & soon)
        return sites, note(Rule.TAKEN, f"{name} is not available", alive, alive & free)

    def _chunks(self, days: Sequence[date]) -> Iterator[Sequence[date]]:
        """Cut the days into chunks, each twice the one before; the first may well be enough."""
        size = len(days) if self.wish.limit is None else max(2, self.wish.limit // 2 + 1)
        first = 0
        while first < len(days):
            yield days[first : first + size]
            first, size = first + size, size * 2

    def _lay_rooms(self, days: Sequence[date], alive: int) -> int:
        """Lay suites and counsel's rooms over some days; return the starts all are served."""
        left_open = 0
        for together in _stretches(days):
            starts = 0
            for on in together:
                starts |= self.days[on] & alive
            left_open |= self._lay_rooms_over(self._around(together), starts)
        # Read only when nothing at all is found: then no start could seat everybody at once.
        words = "too few rooms are free at once"
        self.steps.note(Rule.SAME_TWICE, words, left_open, 0)
        return left_open

    def _lay_rooms_over(self, window: Interval, starts: int) -> int:
        for need in self.needs:
            if not need.rooms:
                words = need.words.replace("every", "there is no such", 1)
                starts = self.steps.note(Rule.UNKNOWN_PLACE, words, starts, 0)
        rooms = {room.id: room for need in self.needs for room in need.rooms_during(starts)}
        for rule, left in self.board.rooms(rooms.values(), window).items():
            for need in self.needs:
                words = f"{need.words} {STATE[rule]}"
                starts = self.steps.note(rule, words, starts, starts & need.served(left))
                if rule is Rule.TAKEN:
                    need.settle(left, starts)
        return starts

    def _around(self, days: Sequence[date]) -> Interval:
        """All the time that any leg or turnaround of a start on these days can touch."""
        return self.wish.window_of(min(days), max(days), self.zone)


def _stretches(days: Sequence[date]) -> list[list[date]]:
    """Gather days that lie close together, so that each stretch is read at once."""
    gathered: list[list[date]] = []
    for on in sorted(days):
        if gathered and on - gathered[-1][-1] <= LONGEST_GAP:
            gathered[-1].append(on)
        else:
            gathered.append([on])
    return gathered


class _Shelf:
    """Where offers are put, the best of each day in front, until there are enough."""

    def __init__(self, finder: _Finder) -> None:
        self._finder = finder
        self._wish = finder.wish
        self._taken: list[Offer] = []
        self._waiting: list[_Day] = []

    @property
    def is_full(self) -> bool:
        """Whether every offer asked for has been found."""
        return self._wish.limit is not None and len(self._taken) >= self._wish.limit

    def add_day(self, starts: int) -> None:
        """Take the best starts of one day; days come nearest first."""
        limit = self._wish.limit
        day = _Day(self._finder, starts)
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

    def __init__(self, finder: _Finder, starts: int) -> None:
        self._finder = finder
        self._wish = finder.wish
        self._wanted = to_local(self._wish.wanted_start, finder.zone)
        self._wanted_minutes = self._wanted.hour * 60 + self._wanted.minute
        self._first = max((starts & -starts).bit_length() - 1, 0)
        self._counsel_free = finder.counsel_free >> self._first
        self._given: list[int] = []
        self._ready: dict[int, Offer] = {}
        # A day's bits, and not a month's, are what each start is picked out of.
        all_starts = [start + self._first for start in each(starts >> self._first)]
        self._queue = [(self._cost(start), start) for start in all_starts]
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

    def _cost(self, start: int) -> int:
        """What is unwelcome about a start, if every seat can keep its preferred suite."""
        here = self._finder.board.grid.at(start).astimezone(self._wanted.tzinfo)
        minutes = here.hour * 60 + here.minute
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
        return next(key for key, bits in self._finder.courtrooms.items() if bits >> start & 1)

    def _offer(self, cost: int, start: int) -> Offer | None:
        """Seat everybody and judge the result; None when there are not rooms enough."""
        needs = self._finder.needs
        rooms = share_out([need.at(start) for need in needs])
        if rooms is None:
            return None
        placement = self._placement(start, dict(zip(needs, rooms, strict=True)))
        world = self._finder.holds.around(placement)
        verdict = judge(placement, world, ignoring=self._wish.ignoring)
        if not verdict.is_possible:
            return None
        for need, room in zip(needs, rooms, strict=True):
            if need.preferred not in (None, room):
                cost += OTHER_SUITE
        on = local_day(placement.hearing.start, self._finder.zone)
        return Offer(
            placement,
            reasons_for(self._wish, placement, world, warned=bool(verdict.warnings)),
            Rank(*self._finder.distance(on), cost, placement.hearing.start),
            verdict.warnings,
        )

    def _placement(self, start: int, rooms: dict[Need, int]) -> Placement:
        wish, world = self._wish, self._finder.world
        at = self._finder.board.grid.at(start)
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
        )

"""Offers: complete, verified ways to place a booking, the best first; or the proof of none.

What is known without asking who holds what (time, hours, custody, notice, who is in it) comes
first. Then what is fixed (the courtroom, the people, counsel) is laid over the whole window at
once, and only for the days it leaves open are the suites looked at: a few nearest days, then all
the others. Who else is at the prison is asked last, for the days on which there are suites.
Every offer has been judged by `clashes.judge`, the same function that judges it again when it is
booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from avl.domain.bridges import lay_bridge, ports_of
from avl.domain.clashes import Rule
from avl.domain.company import Company
from avl.domain.errors import NotFound
from avl.domain.free import Ask, Board, HeldInMemory, Holds
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.needs import Need, instruction_need, site_names, suite_need, suites_at
from avl.domain.proof import Proof, Steps
from avl.domain.shelf import Offer, Rank, Shelf
from avl.domain.starts import avoided, inside, nearer, starts_by_day
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import ResourceFacts, World

__all__ = ["Offer", "Proof", "Rank", "Search", "Wish", "WishSeat", "find_offers"]

LONGEST_GAP = timedelta(days=4)
"""Days left open that lie no further apart (a weekend) are read as one stretch."""

MANY_ROOM_DAYS = 1000
"""From so many rooms times days on, one need's rooms are read before those of the others."""

STATE = {
    Rule.NOT_PERMITTED: "may not be used by this court for this hearing type",
    Rule.OUT_OF_USE: "is out of use",
    Rule.CLOSED: "is closed",
    Rule.TAKEN: "is held or closed",
}


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
        self.company = Company(wish, world, self.board.grid, ())
        self.shelf = Shelf(self)

    def find(self) -> Search:
        """Lay down what is known, then what is fixed, then the rooms day by day."""
        alive = self._lay_what_is_known()
        self._expect(alive)
        alive = self._lay_what_is_fixed(alive)
        for chunk in self._chunks(alive):
            left = self._lay_rooms(chunk, alive)
            for on in chunk:
                self.shelf.add_day(left & self.days[on])
            if self.shelf.is_full:
                break
        offers = self.shelf.offers()
        return Search(offers, None if offers else self.steps.prove(self.days))

    def distance(self, on: date) -> tuple[int, bool]:
        """How far a day is from the wanted one, and whether it is before it."""
        days = (on - local_day(self.wish.wanted_start, self.zone)).days
        return abs(days), days < 0

    def _lay_what_is_known(self) -> int:
        """Return the starts that every rule but those about holds leaves."""
        alive = 0
        for starts in self.days.values():
            alive |= starts
        in_time = alive & self.board.from_now()
        alive = self.steps.note(Rule.IN_THE_PAST, "the time has passed", alive, in_time)
        if self.wish.avoiding:
            left = alive & ~avoided(self.wish, self.board.grid)
            alive = self.steps.note(Rule.TAKEN, "it was kept for this already", alive, left)
        words = "no time that will do lies inside the sitting"
        alive = self.steps.note(
            Rule.CLOSED, words, alive, alive & inside(self.wish, self.board.grid)
        )
        words = "no time is nearer to the one wanted than the one it has"
        near = alive & nearer(self.wish, self.board.grid)
        alive = self.steps.note(Rule.TAKEN, words, alive, near)
        alive = self._lay_courtrooms(alive)
        there, suites = [], suites_at(self.world)
        for place, seat in enumerate(self.wish.seats):
            sites, alive = self._lay_person(seat, alive)
            there.append(sites)
            self.needs.append(suite_need(self.wish, place, sites, suites, self.world))
            if seat.instruction_suites and self.board.lengths.has_conference:
                self.needs.append(instruction_need(self.wish, place, in_time, self.world))
        # Whoever has a room to keep chooses before those who do not mind.
        self.needs.sort(key=lambda need: need.preferred is None)
        self.company = Company(self.wish, self.world, self.board.grid, there)
        return self.company.lay_own(self.steps, alive)

    def _expect(self, alive: int) -> None:
        """Say what is fixed, and the rooms of the days nearest, before any of it is asked for."""
        if not alive:
            return
        people = [seat.person for seat in self.wish.seats]
        ports = [port.id for port in ports_of(self.wish.court_id, self.world)]
        fixed = [*self.courtrooms, *people, *self._counsel(), *ports]
        asks: list[Ask] = [(fixed, self.board.grid.window)]
        if self.wish.limit is None:
            self.holds.expect(asks)
            return
        nearest = self._stretches(next(iter(self._chunks(alive)), ()), alive)
        asks += [
            ([room.id for need in self.needs for room in need.rooms_during(starts)], window)
            for window, starts in nearest
        ]
        self.holds.expect(asks, [window for window, _ in nearest])

    def _lay_what_is_fixed(self, alive: int) -> int:
        """Return the starts at which the courtroom and everybody is free, over all the window."""
        window = self.board.grid.window
        if not alive:
            return 0
        self.courtrooms = self.board.free_rooms(self.courtrooms, window)
        what = f"{self._say_courtrooms()} {STATE[Rule.TAKEN]}"
        alive = self.steps.note(Rule.TAKEN, what, alive, alive & _any(self.courtrooms.values()))
        free = self.board.free([seat.person for seat in self.wish.seats], window)
        for seat in self.wish.seats:
            words = f"{self._name(seat.person)} is not available"
            alive = self.steps.note(Rule.TAKEN, words, alive, alive & free[seat.person])
        self.counsel_free = self.board.counsel_free(self._counsel(), window)
        return lay_bridge(self.board, self.steps, alive)

    def _counsel(self) -> set[int]:
        return {seat.counsel for seat in self.wish.seats if seat.counsel is not None}

    def _lay_courtrooms(self, alive: int) -> int:
        rooms = self._courtrooms()
        if not rooms:
            court = self.world.sites[self.wish.court_id].name
            words = f"there is no such courtroom at {court}"
            return self.steps.note(Rule.UNKNOWN_PLACE, words, alive, 0)
        for rule, left in self.board.rooms(rooms, self.board.grid.window).items():
            words = f"{self._say_courtrooms()} {STATE[rule]}"
            alive = self.steps.note(rule, words, alive, alive & _any(left.values()))
            self.courtrooms = dict(left)
        return alive

    def _say_courtrooms(self) -> str:
        rooms = self._courtrooms()
        court = self.world.sites[self.wish.court_id].name
        return rooms[0].name if len(rooms) == 1 else f"every courtroom at {court}"

    def _courtrooms(self) -> list[ResourceFacts]:
        ids = self.wish.courtrooms or self.world.resources
        known = (self.world.resources[key] for key in ids if key in self.world.resources)
        return [
            room
            for room in known
            if room.kind == "courtroom" and room.site_id == self.wish.court_id
        ]

    def _lay_person(self, seat: WishSeat, alive: int) -> tuple[dict[int, int], int]:
        """Keep the starts at which one person is somewhere, with notice enough.

        Returns:
            The sites they are at, each with its starts; and the starts that are left of all.
        """
        sites = self.board.sites_of(seat) if seat.person in self.world.resources else {}
        note, somewhere, soon = self.steps.note, 0, 0
        for site_id, there in sites.items():
            somewhere |= there
            sites[site_id] = there & self.board.from_now(self.world.sites[site_id].notice)
            soon |= sites[site_id]
        words = f"{self._name(seat.person)} is not recorded at any site"
        alive = note(Rule.NOT_IN_CUSTODY_THERE, words, alive, alive & somewhere)
        words = f"it is too late to give {site_names(sites, self.world)} notice"
        return sites, note(Rule.TOO_SOON, words, alive, alive & soon)

    def _name(self, person: int) -> str:
        facts = self.world.resources.get(person)
        return facts.name if facts and facts.kind == "person" else "this person"

    def _chunks(self, alive: int) -> Iterator[Sequence[date]]:
        """Cut the days left open into the few nearest, which may well do, and all the others.

        Where the nearest gave some offers, as many days more as offers are wanting, and one, may
        give the others. Where all would be very much to read, each chunk is twice the one before.
        """
        open_days = [on for on, starts in self.days.items() if starts & alive]
        open_days.sort(key=self.distance)
        limit = self.wish.limit
        size = len(open_days) if limit is None else max(2, limit // 2 + 1)
        is_first = True
        rooms = sum(len(need.rooms) for need in self.needs)
        while open_days:
            yield open_days[:size]
            open_days = open_days[size:]
            if is_first and 0 < self.shelf.wanting < (limit or 0):
                size = self.shelf.wanting + 1
            elif rooms * len(open_days) > MANY_ROOM_DAYS:
                size *= 2
            else:
                size = len(open_days)
            is_first = False

    def _stretches(self, days: Sequence[date], alive: int) -> list[tuple[Interval, int]]:
        """Gather days that lie close together, each stretch with its starts.

        Its window is all the time that any leg or turnaround of these starts can touch.
        """
        found = []
        for together in _close_together(days):
            starts = 0
            for on in together:
                starts |= self.days[on] & alive
            found.append((self.wish.window_of(together[0], together[-1], self.zone), starts))
        return found

    def _lay_rooms(self, days: Sequence[date], alive: int) -> int:
        """Lay suites and counsel's rooms over some days; return the starts all are served."""
        stretches = [
            _Stretch(window, *self._lay_hours(window, starts))
            for window, starts in self._stretches(days, alive)
        ]
        for needs in self._in_turn(stretches):
            self.holds.expect([(one.rooms_of(needs), one.window) for one in stretches])
            for one in stretches:
                self._lay_holds(one, needs)
        left_open = self._lay_company(days, _any(one.starts for one in stretches))
        # Read only when nothing at all is found: then no start could seat everybody at once.
        words = "too few rooms are free at once"
        self.steps.note(Rule.SAME_TWICE, words, left_open, 0)
        return left_open

    def _lay_company(self, days: Sequence[date], starts: int) -> int:
        """Return those of some days' starts at which nobody comes too near anybody."""
        open_days = [on for on in days if starts & self.days[on]]
        stretches = self._stretches(open_days, starts)
        self.holds.expect((), [window for window, _ in stretches])
        left = 0
        for window, some in stretches:
            left |= self.company.lay(self.holds.crowds(window), self.steps, some)
        return left

    def _in_turn(self, stretches: Sequence[_Stretch]) -> Iterator[Sequence[Need]]:
        """All needs at once where that is little to read, else the first, which may end it."""
        total = sum(len(one.rooms_of(self.needs)) * one.days for one in stretches)
        if total > MANY_ROOM_DAYS and self.wish.limit is not None:
            yield self.needs[:1]
            yield self.needs[1:]
        else:
            yield self.needs

    def _lay_hours(self, window: Interval, starts: int) -> tuple[int, Mapping[int, int]]:
        """Return what is left of some starts, and of each room, by every rule but holds."""
        for need in self.needs:
            if not need.rooms:
                words = need.words.replace("every", "there is no such", 1)
                starts = self.steps.note(Rule.UNKNOWN_PLACE, words, starts, 0)
        rooms = {room.id: room for need in self.needs for room in need.rooms_during(starts)}
        left: Mapping[int, int] = {}
        for rule, left in self.board.rooms(rooms.values(), window).items():
            for need in self.needs:
                words = f"{need.words} {STATE[rule]}"
                starts = self.steps.note(rule, words, starts, starts & need.served(left))
        return starts, left

    def _lay_holds(self, one: _Stretch, needs: Sequence[Need]) -> None:
        """Take away the starts at which some need has no room that is not held."""
        if not one.starts:
            return
        rooms = {key: one.opened[key] for key in one.rooms_of(needs)}
        left = self.board.free_rooms(rooms, one.window)
        for need in needs:
            words = f"{need.words} {STATE[Rule.TAKEN]}"
            left_open = one.starts & need.served(left)
            one.starts = self.steps.note(Rule.TAKEN, words, one.starts, left_open)
            need.settle(left, one.starts)


@dataclass
class _Stretch:
    """Days that lie close together, on their way through the rules.

    Attributes:
        starts: those left so far.
        opened: by room, the starts at which it is open and in use.
    """

    window: Interval
    starts: int
    opened: Mapping[int, int]

    @property
    def days(self) -> int:
        """How long it is."""
        return self.window.length.days

    def rooms_of(self, needs: Iterable[Need]) -> list[int]:
        """Rooms whose holds matter for these needs; none once no start is left."""
        if not self.starts:
            return []
        wanted = dict.fromkeys(key for need in needs for key in need.rooms)
        return [key for key in wanted if key in self.opened]


def _any(many: Iterable[int]) -> int:
    return reduce(or_, many, 0)


def _close_together(days: Sequence[date]) -> list[list[date]]:
    gathered: list[list[date]] = []
    for on in sorted(days):
        if gathered and on - gathered[-1][-1] <= LONGEST_GAP:
            gathered[-1].append(on)
        else:
            gathered.append([on])
    return gathered

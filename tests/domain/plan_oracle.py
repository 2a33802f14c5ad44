"""Small days in whole slots, and an oracle that tries everything.

The oracle shares nothing with the planner but the description of the day: it knows no instants,
no calendars and no `judge`, only slots of fifteen minutes counted from opening, as bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

SLOTS = 8
COURT, PRISON, SMALL_PRISON = 1, 2, 3
NEW = -1


BRIDGED_ENDS = 3
"""The ends of a link of a courtroom and two people, each of which takes a bridge port."""


@dataclass(frozen=True)
class Case:
    """One booking (or the new one) in slots.

    Attributes:
        mate: a second person, at ``mate_site``, perhaps the same; None where one appears alone.
        is_shared: the mate's counsel is the person's, so that they confer together.
    """

    id: int
    person: int
    site: int
    counsel: int | None
    pre: int
    length: int
    priority: int = 50
    kept: str = ""
    is_ours: bool = True
    mate: int | None = None
    mate_site: int = 0
    is_shared: bool = False

    @property
    def people(self) -> tuple[tuple[int, int], ...]:
        """Everybody in it, each with their site."""
        own = (self.person, self.site)
        return (own,) if self.mate is None else (own, (self.mate, self.mate_site))


@dataclass(frozen=True)
class Spot:
    """Where a booking is: day, first slot of the hearing, courtroom, suite, the mate's suite."""

    day: int
    start: int
    room: int
    suite: int
    mate_suite: int | None = None

    @property
    def suites(self) -> tuple[int, ...]:
        """Every suite it takes."""
        return (self.suite,) if self.mate_suite is None else (self.suite, self.mate_suite)


@dataclass
class Company:
    """Who may be near whom, in slots.

    Attributes:
        pickup: slots it takes to bring somebody, and to take them back.
        escorts: how many a prison can bring at once, by site; no entry for any number.
        young: people under 18; sites in ``apart_young`` keep them from adults.
        sentenced: True or False by person, where it is known; sites in ``apart_remand``.
        pairs: slots of gap between two people, or None for never on one day at one site.
    """

    pickup: int = 0
    escorts: dict[int, int] = field(default_factory=dict)
    young: frozenset[int] = frozenset()
    sentenced: dict[int, bool] = field(default_factory=dict)
    apart_young: frozenset[int] = frozenset()
    apart_remand: frozenset[int] = frozenset()
    pairs: dict[frozenset[int], int | None] = field(default_factory=dict)

    def splits(self, case: Case) -> bool:
        """Whether two people of one booking may not be at one site together at all."""
        if case.mate is None or case.mate_site != case.site:
            return False
        return frozenset({case.person, case.mate}) in self.pairs or self._waits_apart(
            case.person, case.mate, case.site
        )

    def forbids(self, one: Case, spot: Spot, other: Case, there: Spot) -> bool:
        """Whether two bookings bring people too near each other."""
        if spot.day != there.day:
            return False
        mine, theirs = self._slots(one, spot), self._slots(other, there)
        return any(
            site == elsewhere
            and person != near
            and self._too_near(person, near, site, mine, theirs)
            for person, site in one.people
            for near, elsewhere in other.people
        )

    def _too_near(
        self, person: int, near: int, site: int, mine: set[int], theirs: set[int]
    ) -> bool:
        pair = frozenset({person, near})
        if pair in self.pairs:
            gap = self.pairs[pair]
            if gap is None or any(abs(a - b) <= gap for a in mine for b in theirs):
                return True
        return bool(mine & theirs) and self._waits_apart(person, near, site)

    def _waits_apart(self, person: int, near: int, site: int) -> bool:
        if site in self.apart_young and len({person, near} & self.young) == 1:
            return True
        known = {self.sentenced.get(person), self.sentenced.get(near)}
        return site in self.apart_remand and known == {True, False}

    def is_beyond_escorts(
        self, case: Case, spot: Spot, others: Sequence[tuple[Case, Spot]]
    ) -> bool:
        """Whether somebody could not be brought, or taken back, with all the others."""
        for site in {site for _, site in case.people} & set(self.escorts):
            moving = [
                slot
                for other, there in others
                if there.day == spot.day
                for _, at in other.people
                if at == site
                for slot in self._moves(other, there)
            ]
            count = sum(1 for _, at in case.people if at == site)
            most = self.escorts[site]
            if any(moving.count(slot) + count > most for slot in self._moves(case, spot)):
                return True
        return False

    def _slots(self, case: Case, spot: Spot) -> set[int]:
        first = spot.start - case.pre
        return set(range(first - self.pickup, spot.start + case.length))

    def _moves(self, case: Case, spot: Spot) -> list[int]:
        first, end = spot.start - case.pre, spot.start + case.length
        return [*range(first - self.pickup, first), *range(end, end + self.pickup)]


@dataclass
class Puzzle:
    """A whole small day (or two), in slots.

    Attributes:
        suites: the site of each suite.
        shut: slots in which a resource cannot be used, as bits, by (day, resource).
        refused: resources this court may not use.
        leaves: (day, slot) from which a person is no longer there.
        transferred: people who are at another prison than their bookings say.
        booked_with: the turnaround of a suite when its bookings were made, where it is another by
            now; they are there for as long until they move.
        soonest: first slot of day 0 that has not passed and leaves notice.
        ports: bridge ports of the court; None for as many as anybody wants. Up to five, so that
            no two links of three ends run at once and it is all the same which ports are whose.
    """

    rooms: tuple[int, ...]
    suites: dict[int, int]
    turnaround: dict[int, int]
    shut: dict[tuple[int, int], int]
    refused: frozenset[int]
    leaves: dict[int, tuple[int, int]]
    soonest: int
    days: int
    cases: dict[int, Case] = field(default_factory=dict)
    spots: dict[int, Spot] = field(default_factory=dict)
    new: Case | None = None
    wanted: int = 0
    starts: tuple[int, ...] = ()
    only_room: int | None = None
    company: Company = field(default_factory=lambda: Company())
    ports: int | None = None
    transferred: frozenset[int] = frozenset()
    booked_with: dict[int, int] = field(default_factory=dict)

    # --- The rules, once more, in slots ---

    def use(self, case: Case, spot: Spot, *, stands: bool = False) -> dict[int, int]:
        """Which slots of which resources are kept, turnaround included; ``stands``: by a booking
        that has not moved."""
        hearing = stretch(spot.start, case.length)
        whole = stretch(spot.start - case.pre, case.pre + case.length)
        used = {spot.room: hearing, case.person: whole}
        for suite in spot.suites:
            after = self.turnaround[suite]
            if stands:
                after = self.booked_with.get(suite, after)
            cleared = stretch(spot.start + case.length, after, beyond=True)
            used[suite] = whole | cleared
        if case.mate is not None:
            used[case.mate] = whole
        return used

    def stands(self, case: Case, spot: Spot) -> bool:
        """Whether a spot is allowed when nobody else is there."""
        first, end = spot.start - case.pre, spot.start + case.length
        if first < 0 or end > SLOTS or (spot.day == 0 and first < self.soonest):
            return False
        seats = [
            (person, site, suite)
            for (person, site), suite in zip(case.people, spot.suites, strict=True)
        ]
        if {spot.room, *spot.suites} & self.refused or len(set(spot.suites)) < len(seats):
            return False
        if stretch(spot.start, case.length) & self.shut.get((spot.day, spot.room), 0):
            return False
        if self.ports_short(case) or self.company.splits(case):
            return False
        return all(self._can_sit(case, spot, seat, end) for seat in seats)

    def _can_sit(self, case: Case, spot: Spot, seat: tuple[int, int, int], end: int) -> bool:
        """Whether a person is there until the end, and the suite in use and at the same site."""
        person, site, suite = seat
        if person in self.transferred:
            return False
        day, slot = self.leaves.get(person, (99, 0))
        if self.suites[suite] != site or spot.day > day or (spot.day == day and end > slot):
            return False
        # An outage may not meet the turnaround either; `shut` of suites is outages only.
        return not self.use(case, spot)[suite] & self.shut.get((spot.day, suite), 0)

    def ports_short(self, case: Case) -> bool:
        """Whether there are too few ports for a booking even when nobody else has one."""
        return case.mate is not None and self.ports is not None and self.ports < BRIDGED_ENDS

    def share_bridge(self, case: Case, spot: Spot, other: Case, there: Spot) -> bool:
        """Whether two bookings want more ports at once than there are."""
        if self.ports is None or None in (case.mate, other.mate) or spot.day != there.day:
            return False
        return bool(_linked(case, spot) & _linked(other, there))

    def meet(self, case: Case, spot: Spot, other: Case, there: Spot) -> bool:
        """Whether two bookings want one thing at one time."""
        if spot.day != there.day:
            return False
        mine, theirs = self.use(case, spot), self.use(other, there)
        return any(bits & theirs.get(key, 0) for key, bits in mine.items())

    def is_warned(self, case: Case, spot: Spot, others: Sequence[tuple[Case, Spot]]) -> bool:
        """Whether its counsel is wanted elsewhere."""
        if case.counsel is None:
            return False
        whole = stretch(spot.start - case.pre, case.pre + case.length)
        return any(
            other.counsel == case.counsel
            and there.day == spot.day
            and whole & stretch(there.start - other.pre, other.pre + other.length)
            for other, there in others
        )

    # --- Everything tried ---

    def solve(self) -> list[tuple[int, int, tuple[int, ...], int]]:
        """Costs of the plans there are, the cheapest first, at most three.

        Each is (days crossed, moved, priorities, minutes), of different sets of bookings, none of
        which contains another.
        """
        for crossed in range(len(self.cases) + 1 if self.days > 1 else 1):
            if found := self._solve(crossed):
                return sorted(found.values())[:3]
        return []

    def _solve(self, crossed: int) -> dict[frozenset[int], tuple[int, int, tuple[int, ...], int]]:
        movable = [key for key, case in self.cases.items() if not case.kept and case.is_ours]
        found: dict[frozenset[int], tuple[int, int, tuple[int, ...], int]] = {}
        for count in range(len(movable) + 1):
            if len(found) >= 3:
                break
            smaller = list(found)
            for chosen in map(frozenset, combinations(movable, count)):
                if any(one <= chosen for one in smaller):
                    continue
                minutes = self._least(chosen, crossed)
                if minutes is not None:
                    weights = sorted((self.cases[key].priority for key in chosen), reverse=True)
                    found[chosen] = (crossed, count, tuple(weights), minutes)
        return found

    def _least(self, chosen: frozenset[int], crossed: int) -> int | None:
        """The fewest minutes for which the new booking and the chosen ones can all be placed."""
        assert self.new is not None
        still = [(case, self.spots[key]) for key, case in self.cases.items() if key not in chosen]
        taken = 0
        for case, spot in still:
            taken |= self._mask(case, spot, stands=True)
        self._best: int | None = None
        todo = [self.new, *(self.cases[key] for key in sorted(chosen))]
        self._lay(todo, taken, still, [], crossed, 0)
        return self._best

    def _mask(self, case: Case, spot: Spot, *, stands: bool = False) -> int:
        """All slots of all resources as one number."""
        width, bits = 2 * SLOTS, 0
        for key, slots in self.use(case, spot, stands=stands).items():
            bits |= slots << (width * (key * self.days + spot.day))
        return bits

    def _lay(
        self,
        todo: list[Case],
        taken: int,
        still: list[tuple[Case, Spot]],
        laid: list[tuple[Case, Spot]],
        crossings: int,
        minutes: int,
    ) -> None:
        if self._best is not None and minutes >= self._best:
            return
        if not todo:
            warned = sum(
                self.is_warned(case, spot, [*still, *(one for one in laid if one[0] is not case)])
                for case, spot in laid
            )
            if crossings == 0 and (self._best is None or minutes + 45 * warned < self._best):
                self._best = minutes + 45 * warned
            return
        case, *rest = todo
        for spot, days, price, mask in self.choices(case):
            if taken & mask or days > crossings:
                continue
            others = [*still, *laid]
            # More on the move is never fewer, so each is asked as it is laid down.
            is_near = any(
                self.company.forbids(case, spot, *other) or self.share_bridge(case, spot, *other)
                for other in others
            )
            if not is_near and not self.company.is_beyond_escorts(case, spot, others):
                more = [*laid, (case, spot)]
                self._lay(rest, taken | mask, still, more, crossings - days, minutes + price)

    def choices(self, case: Case) -> list[tuple[Spot, int, int, int]]:
        """Every spot a booking may go to, with days crossed, minutes of trouble and slots."""
        key = case.id
        if key not in self._choices:
            self._choices[key] = [(*one, self._mask(case, one[0])) for one in self._spots(case)]
        return self._choices[key]

    _choices: dict[int, list[tuple[Spot, int, int, int]]] = field(default_factory=dict)

    def seatings(self, case: Case) -> list[tuple[int, int | None]]:
        """Every suite for the person, with every suite for the mate where there is one."""
        return list(product(self.suites, [None] if case.mate is None else self.suites))

    def _spots(self, case: Case) -> Iterator[tuple[Spot, int, int]]:
        is_new = case.id == NEW
        for day in range(1 if is_new else self.days):
            for start in self.starts if is_new else range(SLOTS):
                for room in self.rooms:
                    if is_new and self.only_room not in (None, room):
                        continue
                    for suite, mate_suite in self.seatings(case):
                        spot = Spot(day, start, room, suite, mate_suite)
                        if not self.stands(case, spot):
                            continue
                        if is_new:
                            yield spot, 0, 15 * abs(start - self.wanted)
                            continue
                        now = self.spots[case.id]
                        if spot == now:
                            continue
                        price = 15 * abs(start - now.start) if day == now.day else 0
                        if day != now.day:
                            price = abs((day - now.day) * 1440 + 15 * (start - now.start))
                        price += 20 * (room != now.room) + 5 * (suite != now.suite)
                        price += 5 * (mate_suite != now.mate_suite)
                        yield spot, int(day != now.day), price


def stretch(start: int, length: int, *, beyond: bool = False) -> int:
    """So many slots from one on, as bits; none where they are not of this day."""
    if not beyond and (start < 0 or start + length > SLOTS):
        return 0
    return ((1 << length) - 1) << start if length else 0


def _linked(case: Case, spot: Spot) -> int:
    """The slots in which a booking of two people needs the bridge."""
    hearing = stretch(spot.start, case.length)
    return hearing | (stretch(spot.start - case.pre, case.pre) if case.is_shared else 0)

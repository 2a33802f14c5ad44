"""Random small days for the planner, and an oracle that tries everything in whole slots.

The oracle shares nothing with the planner but the description of the day: it knows no instants,
no calendars and no `judge`, only slots of fifteen minutes counted from opening, as bits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import combinations

from avl.domain.calendars import Break, Opening, SiteCalendar
from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.domain.planner import Aim, Standing
from avl.domain.resources import Placement, Seat, holds_for
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import (
    Apart,
    Busy,
    OutOfUse,
    Permit,
    PersonFacts,
    Present,
    ResourceFacts,
    SiteFacts,
    StayFact,
    World,
)

SLOTS = 8
SLOT = timedelta(minutes=15)
ZONE = "Pacific/Auckland"
DAY = date(2026, 11, 25)
COURT, PRISON, SMALL_PRISON = 1, 2, 3
FIRST_PERSON, FIRST_COUNSEL = 100, 200
NEW = -1


@dataclass(frozen=True)
class Case:
    """One booking (or the new one) in slots."""

    id: int
    person: int
    site: int
    counsel: int | None
    pre: int
    length: int
    priority: int = 50
    kept: str = ""
    is_ours: bool = True


@dataclass(frozen=True)
class Spot:
    """Where a booking is: day, first slot of the hearing, courtroom, suite."""

    day: int
    start: int
    room: int
    suite: int


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

    def forbids(self, one: Case, spot: Spot, other: Case, there: Spot) -> bool:
        """Whether two bookings bring people too near each other."""
        if one.site != other.site or spot.day != there.day or one.person == other.person:
            return False
        mine, theirs = self._slots(one, spot), self._slots(other, there)
        pair = frozenset({one.person, other.person})
        if pair in self.pairs:
            gap = self.pairs[pair]
            if gap is None or any(abs(a - b) <= gap for a in mine for b in theirs):
                return True
        if not mine & theirs:
            return False
        if one.site in self.apart_young and len(pair & self.young) == 1:
            return True
        known = {self.sentenced.get(one.person), self.sentenced.get(other.person)}
        return one.site in self.apart_remand and known == {True, False}

    def is_beyond_escorts(
        self, case: Case, spot: Spot, others: Sequence[tuple[Case, Spot]]
    ) -> bool:
        """Whether somebody could not be brought, or taken back, with all the others."""
        if case.site not in self.escorts:
            return False
        moving = [
            slot
            for other, there in others
            if other.site == case.site and there.day == spot.day
            for slot in self._moves(other, there)
        ]
        most = self.escorts[case.site]
        return any(moving.count(slot) + 1 > most for slot in self._moves(case, spot))

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
        soonest: first slot of day 0 that has not passed and leaves notice.
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

    # --- The rules, once more, in slots ---

    def use(self, case: Case, spot: Spot) -> dict[int, int]:
        """Which slots of which resources are kept, turnaround included."""
        hearing = _bits(spot.start, case.length)
        whole = _bits(spot.start - case.pre, case.pre + case.length)
        return {
            spot.room: hearing,
            spot.suite: whole
            | _bits(spot.start + case.length, self.turnaround[spot.suite], beyond=True),
            case.person: whole,
        }

    def stands(self, case: Case, spot: Spot) -> bool:
        """Whether a spot is allowed when nobody else is there."""
        first, end = spot.start - case.pre, spot.start + case.length
        if first < 0 or end > SLOTS or self.suites[spot.suite] != case.site:
            return False
        if {spot.room, spot.suite} & self.refused:
            return False
        if spot.day == 0 and first < self.soonest:
            return False
        day, slot = self.leaves.get(case.person, (99, 0))
        if spot.day > day or (spot.day == day and end > slot):
            return False
        hearing, whole = _bits(spot.start, case.length), _bits(first, case.pre + case.length)
        if hearing & self.shut.get((spot.day, spot.room), 0):
            return False
        cleared = self.use(case, spot)[spot.suite]
        # An outage may not meet the turnaround either; `shut` of suites is outages only.
        return not (cleared | whole) & self.shut.get((spot.day, spot.suite), 0)

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
        whole = _bits(spot.start - case.pre, case.pre + case.length)
        return any(
            other.counsel == case.counsel
            and there.day == spot.day
            and whole & _bits(there.start - other.pre, other.pre + other.length)
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
            taken |= self._mask(case, spot)
        self._best: int | None = None
        todo = [self.new, *(self.cases[key] for key in sorted(chosen))]
        self._lay(todo, taken, still, [], crossed, 0)
        return self._best

    def _mask(self, case: Case, spot: Spot) -> int:
        """All slots of all resources as one number."""
        width, bits = 2 * SLOTS, 0
        for key, slots in self.use(case, spot).items():
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
            is_near = any(self.company.forbids(case, spot, *other) for other in others)
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

    def _spots(self, case: Case) -> Iterator[tuple[Spot, int, int]]:
        is_new = case.id == NEW
        for day in range(1 if is_new else self.days):
            for start in self.starts if is_new else range(SLOTS):
                for room in self.rooms:
                    if is_new and self.only_room not in (None, room):
                        continue
                    for suite in self.suites:
                        spot = Spot(day, start, room, suite)
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
                        yield spot, int(day != now.day), price

    # --- The same for the planner ---

    def at(self, day: int, slot: int) -> datetime:
        """The instant a slot begins."""
        opens = to_utc(datetime.combine(DAY + timedelta(days=day), time(9)), ZONE)
        return opens + slot * SLOT

    def placement(self, case: Case, spot: Spot) -> Placement:
        """A spot as the rules see it."""
        start = self.at(spot.day, spot.start)
        return Placement(
            court_id=COURT,
            courtroom=spot.room,
            hearing_type="CRB",
            hearing=Interval(start, start + case.length * SLOT),
            pre_minutes=15 * case.pre,
            post_minutes=0,
            seats=(Seat(case.person, self.suites[spot.suite], spot.suite, case.counsel),),
        )

    def spot_of_new(self, room: int, suite: int) -> Placement:
        """The new booking at the very time wanted, in these rooms."""
        assert self.new is not None
        return self.placement(self.new, Spot(0, self.wanted, room, suite))

    def world(self) -> World:
        """The day as the rules see it."""
        hours = tuple(Opening(day, time(9), time(9 + SLOTS // 4)) for day in range(7))
        kept = SiteCalendar(name="open", zone=ZONE, openings=hours)
        sites = {
            COURT: SiteFacts(COURT, "the court", ZONE, kept, 1),
            PRISON: self._prison(PRISON, "Rimutaka", kept),
            SMALL_PRISON: self._prison(SMALL_PRISON, "Arohata", kept),
        }
        places = dict.fromkeys(self.rooms, ("courtroom", COURT))
        places |= {key: ("suite", site) for key, site in self.suites.items()}
        resources = {
            key: ResourceFacts(
                id=key,
                name=f"{kind} {key}",
                kind=kind,
                site_id=site,
                calendar=self._calendar(key) if kind == "courtroom" else kept,
                turnaround=self.turnaround.get(key, 0) * SLOT,
                outages=tuple(self._outages(key)) if kind == "suite" else (),
                permits=(Permit(court_id=77),) if key in self.refused else (),
            )
            for key, (kind, site) in places.items()
        }
        everybody = [*self.cases.values(), *([self.new] if self.new else [])]
        stays = {}
        for case in everybody:
            resources[case.person] = ResourceFacts(case.person, f"Person {case.person}", "person")
            until = self.leaves.get(case.person)
            end = self.at(*until) if until else None
            stays[case.person] = [StayFact(case.site, "there", self.at(-9, 0), end)]
            if case.counsel is not None:
                resources[case.counsel] = ResourceFacts(case.counsel, "Counsel", "counsel")
        world = World(
            now=self.at(0, self.soonest - 2),
            window=Interval(self.at(-1, 0), self.at(4, 0)),
            sites=sites,
            resources=resources,
            stays=stays,
            people={
                case.person: PersonFacts(
                    case.person in self.company.young, self.company.sentenced.get(case.person)
                )
                for case in everybody
            },
            present=self._present(),
            apart=self._apart(),
        )
        busy: dict[int, list[Busy]] = {}
        turnarounds = world.turnarounds()
        for key, case in self.cases.items():
            for hold in holds_for(self.placement(case, self.spots[key]), turnarounds):
                one = Busy(hold.occupied, key, hold.is_exclusive, f"AVL-{key}")
                busy.setdefault(hold.resource_id, []).append(one)
        for holds in busy.values():
            holds.sort(key=lambda hold: hold.interval)
        world.busy = busy
        return world

    def _calendar(self, room: int) -> SiteCalendar:
        """A courtroom's hours: its shut slots are breaks (the same every day)."""
        hours = tuple(Opening(day, time(9), time(9 + SLOTS // 4)) for day in range(7))
        bits = self.shut.get((0, room), 0)
        breaks = tuple(
            Break(None, _wall(slot), _wall(slot + 1), "lunch")
            for slot in range(SLOTS)
            if bits >> slot & 1
        )
        return SiteCalendar(name="open", zone=ZONE, openings=hours, breaks=breaks)

    def _outages(self, suite: int) -> Iterator[OutOfUse]:
        for (day, key), bits in self.shut.items():
            if key == suite:
                for slot in range(SLOTS + 4):
                    if bits >> slot & 1:
                        yield OutOfUse(self.at(day, slot), self.at(day, slot + 1), "broken")

    def _prison(self, key: int, name: str, kept: SiteCalendar) -> SiteFacts:
        return SiteFacts(
            key,
            name,
            ZONE,
            kept,
            2,
            2 * SLOT,
            escort_capacity=self.company.escorts.get(key),
            pickup=self.company.pickup * SLOT,
            separates_youth=key in self.company.apart_young,
            separates_remand=key in self.company.apart_remand,
        )

    def _present(self) -> dict[int, list[Present]]:
        found: dict[int, list[Present]] = {}
        for key, case in self.cases.items():
            spot, person = self.spots[key], case.person
            found.setdefault(case.site, []).append(
                Present(
                    person,
                    case.site,
                    spot.suite,
                    self.placement(case, spot).span,
                    key,
                    person in self.company.young,
                    self.company.sentenced.get(person),
                )
            )
        return {key: sorted(one, key=lambda here: here.span) for key, one in found.items()}

    def _apart(self) -> dict[int, tuple[Apart, ...]]:
        found: dict[int, tuple[Apart, ...]] = {}
        for pair, gap in self.company.pairs.items():
            first, second = sorted(pair)
            one = Apart(first, second, (gap or 0) * SLOT, gap is None)
            for person in pair:
                found[person] = (*found.get(person, ()), one)
        return found

    def standing(self) -> list[Standing]:
        """The bookings of our courts."""
        return [
            Standing(
                key, f"AVL-{key}", self.placement(case, self.spots[key]), case.priority, case.kept
            )
            for key, case in self.cases.items()
            if case.is_ours
        ]

    def aim(self) -> Aim:
        """What room is to be made for."""
        assert self.new is not None
        wish = Wish(
            court_id=COURT,
            courtrooms=() if self.only_room is None else (self.only_room,),
            hearing_type="CRB",
            minutes=15 * self.new.length,
            pre_minutes=15 * self.new.pre,
            post_minutes=0,
            seats=(WishSeat(self.new.person, self.new.counsel),),
            wanted_start=self.at(0, self.wanted),
            first=DAY,
            last=DAY,
        )
        return Aim(
            wish=wish,
            starts=tuple(self.at(0, slot) for slot in self.starts),
            days=tuple(DAY + timedelta(days=day) for day in range(self.days)),
            most_moves=9,
        )


def _bits(start: int, length: int, *, beyond: bool = False) -> int:
    if not beyond and (start < 0 or start + length > SLOTS):
        return 0
    return ((1 << length) - 1) << start if length else 0


def _wall(slot: int) -> time:
    return (datetime.combine(DAY, time(9)) + slot * SLOT).time()


def draw(seed: int, *, most: int = 6, days: int = 1) -> Puzzle:
    """A random crowded day: up to six bookings in three suites, and a wish that may not fit."""
    dice = random.Random(seed)
    rooms = (11, 12)[: dice.choice([1, 2, 2])]
    suites = dice.choice(
        [
            {21: PRISON},
            {21: PRISON, 22: PRISON},
            {21: PRISON, 22: PRISON, 23: PRISON},
            {21: PRISON, 22: PRISON, 31: SMALL_PRISON},
        ]
    )
    if days > 1:
        rooms, suites = (11,), {21: PRISON}
    puzzle = Puzzle(
        rooms=rooms,
        suites=suites,
        turnaround={suite: dice.choice([0, 0, 1]) for suite in suites},
        shut={},
        refused=frozenset(),
        leaves={},
        soonest=dice.choice([-20, -20, -20, 1, 2]),
        days=days,
    )
    for suite in suites:
        if dice.random() < 0.15:
            puzzle.shut[0, suite] = _bits(dice.randrange(SLOTS), 1)
    if dice.random() < 0.25:
        lunch = _bits(dice.randrange(SLOTS), 1)
        for day in range(days):
            puzzle.shut[day, rooms[0]] = lunch
    if dice.random() < 0.1 and len(rooms) > 1:
        puzzle.refused = frozenset({rooms[1]})
    if dice.random() < 0.1 and len(suites) > 1:
        puzzle.refused |= {22}
    _fill(puzzle, dice, dice.randint(most // 2, most))
    person, site, counsel = _somebody(puzzle, dice)
    puzzle.new = Case(NEW, person, site, counsel, dice.choice([0, 0, 1]), dice.choice([1, 1, 2, 3]))
    puzzle.wanted = dice.randrange(SLOTS)
    puzzle.wanted = max(puzzle.wanted, puzzle.new.pre)
    near = (puzzle.wanted - 1, puzzle.wanted, puzzle.wanted + 1)
    puzzle.starts = near if dice.random() < 0.3 else (puzzle.wanted,)
    puzzle.only_room = dice.choice([None, rooms[0]])
    puzzle.company = _company(puzzle, random.Random(-seed - 1))
    return puzzle


def _company(puzzle: Puzzle, dice: random.Random) -> Company:
    """In every other world, some who must not be near others, or few to bring them."""
    if dice.random() < 0.5:
        return Company()
    assert puzzle.new is not None
    people = sorted({case.person for case in [*puzzle.cases.values(), puzzle.new]})
    sites = frozenset({PRISON, SMALL_PRISON})
    company = Company(pickup=dice.choice([0, 1, 1]))
    kind = dice.choice(["pairs", "young", "remand", "escorts", "all"])
    if kind in ("pairs", "all") and len(people) > 1:
        for _ in range(dice.choice([1, 2])):
            pair = frozenset({puzzle.new.person, dice.choice(people)})
            if len(pair) == 2:
                company.pairs[pair] = dice.choice([0, 0, 1, None])
    if kind in ("young", "all"):
        company.young = frozenset(dice.sample(people, dice.choice([0, 1, 1, 2]) % len(people)))
        company.apart_young = sites
    if kind in ("remand", "all"):
        company.sentenced = {who: dice.random() < 0.5 for who in people if dice.random() < 0.7}
        company.apart_remand = sites
    # With more bookings, proving that escorts can never do takes the planner too long for a test.
    if kind in ("escorts", "all") and len(puzzle.cases) <= 4:
        company.escorts = {PRISON: dice.choice([1, 2, 2]), SMALL_PRISON: 1}
    return company


def _somebody(puzzle: Puzzle, dice: random.Random) -> tuple[int, int, int | None]:
    """Mostly somebody new; sometimes somebody who is in another booking already."""
    counsel = dice.choice([None, None, FIRST_COUNSEL, FIRST_COUNSEL + 1])
    if puzzle.cases and dice.random() < 0.15:
        known = dice.choice(list(puzzle.cases.values()))
        return known.person, known.site, counsel
    person = FIRST_PERSON + len(puzzle.cases)
    site = dice.choice(list(puzzle.suites.values()))
    if dice.random() < 0.12:
        puzzle.leaves[person] = (dice.randrange(puzzle.days), dice.randrange(1, SLOTS + 1))
    return person, site, counsel


def _fill(puzzle: Puzzle, dice: random.Random, most: int) -> None:
    for _ in range(40):
        if len(puzzle.cases) == most:
            return
        person, site, counsel = _somebody(puzzle, dice)
        kept = "it is marked fixed" if dice.random() < 0.1 else ""
        case = Case(
            id=len(puzzle.cases) + 1,
            person=person,
            site=site,
            counsel=counsel,
            pre=dice.choice([0, 0, 1]),
            length=dice.choice([1, 1, 1, 2]),
            priority=dice.choice([20, 60, 60, 90]),
            kept=kept,
            is_ours=dice.random() > 0.07,
        )
        fits = [
            spot
            for spot in (
                Spot(day, start, room, suite)
                for day in range(puzzle.days)
                for start in range(SLOTS)
                for room in puzzle.rooms
                for suite in puzzle.suites
            )
            if puzzle.stands(case, spot)
            and not any(
                puzzle.meet(case, spot, other, puzzle.spots[key])
                for key, other in puzzle.cases.items()
            )
        ]
        if fits:
            puzzle.cases[case.id] = case
            puzzle.spots[case.id] = dice.choice(fits)

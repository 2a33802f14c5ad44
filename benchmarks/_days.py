"""Court days to plan: eight prisons, shared counsel, people kept apart, some bookings pinned.

How full a day is decides what planning it means, so each kind is said plainly.

A *full* day is what a registry draws up: each courtroom has a list of its own, in which no two
hearings meet and something is left for whoever appears in person; and no prison is asked for much
more than its share, because nobody lists twice what the suites hold. About three quarters of the
suites' time is taken, turnaround included, and most of nine tenths at the prison that is asked
for most (`fullness`). What collides are the lists of different courtrooms: at suites, counsel,
escorts, bridge ports, people who appear twice or must be kept apart.

An *overfull* day asks twelve suites for what needs twenty-five. Much has to be left out, by
priority; how much is the question, and the gap to the proven bound is reported, not passed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from avl.domain.calendars import Break, Opening, SiteCalendar
from avl.domain.cells import cells_in
from avl.domain.day_build import Listed, build_day, placement_at, wish_of_booking
from avl.domain.day_search import first_fit, improve
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval, to_utc
from avl.domain.resources import GRID_MINUTES, Placement
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import (
    Apart,
    OutOfUse,
    PersonFacts,
    ResourceFacts,
    SiteFacts,
    StayFact,
    World,
)

ZONE = "Pacific/Auckland"
DAY = date(2026, 11, 25)
COURT, FIRST_PRISON = 1, 2
ROOM, SUITE, PORT, BOOTH, PERSON, COUNSEL = 1_000, 2_000, 3_000, 4_000, 10_000, 20_000
SHARES = {12: (3, 2, 2, 1, 1, 1, 1, 1), 30: (8, 6, 4, 4, 3, 2, 2, 1)}
OPENS, CLOSES, LUNCH = time(9), time(17), (time(13), time(13, 30))
SITTING_MINUTES = 450
TURNAROUND, PICKUP = timedelta(minutes=5), timedelta(minutes=10)
PER_ROOM = 13
"""Hearings by AVL in one courtroom: about a third of what a busy list court hears in a day."""

LENGTHS = (5, 5, 5, 10, 10, 10, 10, 15, 15, 30)
CONFERENCES = (0, 0, 0, 0, 5, 10)
PRIORITIES = (30, 30, 30, 50, 60, 80, 90)
PINNED, TWICE, APART, YOUNG = 0.15, 0.05, 0.06, 0.02
ASKED_ANEW = 0.15
DRAFT_ROUNDS = 500
SHARED = 0.04
"""Hearings of two people together, whose three ends need the bridge."""


@dataclass(frozen=True)
class CourtDay:
    """A day to plan.

    Attributes:
        listed: what the plan may place or move; pinned bookings stand in the world already.
        fullness: of the suites' time together, and at the prison that is asked for most.
    """

    world: World
    listed: tuple[Listed, ...]
    fullness: tuple[float, float]


def fresh_day(
    hearings: int, suites: int = 12, *, seed: int = 1, is_drafted: bool = True
) -> CourtDay:
    """Nothing is placed yet but what is pinned.

    Args:
        is_drafted: whether the wanted times come from a draft that looked at rooms.
    """
    world, wishes = _Draw(hearings, suites, seed).draw()
    if is_drafted:
        wishes = _drafted(world, wishes, random.Random(seed))
    placed = _placed(world, wishes[: int(hearings * PINNED)])
    full = _fullness(world, wishes)
    world = rearranged(world, lifted=(), laid=placed)
    return CourtDay(world, tuple(one for one in wishes if -one.id not in placed), full)


def broken_day(hearings: int, suites: int = 12, *, seed: int = 1) -> CourtDay:
    """A published list in which two suites fail for some hours and urgent hearings arrive."""
    world, wishes = _Draw(hearings, suites, seed).draw()
    wishes = _drafted(world, wishes, random.Random(seed))
    urgent = max(1, hearings // 20)
    placed = _placed(world, wishes[urgent:])
    full = _fullness(world, wishes)
    world = rearranged(world, lifted=(), laid=placed)
    dice = random.Random(seed)
    pinned = set(dice.sample(sorted(placed), int(len(placed) * PINNED)))
    listed = [
        replace(
            one,
            id=-one.id,
            wish=wish_of_booking(now, DAY, (now.courtroom,)),
            now=now,
        )
        for one in wishes
        if (now := placed.get(-one.id)) is not None and -one.id not in pinned
    ]
    return CourtDay(_with_outages(world), (*wishes[:urgent], *listed), full)


def _drafted(world: World, wishes: Sequence[Listed], dice: random.Random) -> list[Listed]:
    """The same hearings as a draft of the list has them, which looked at rooms and nothing else,
    but for those that somebody has asked to have at another time since."""
    sites = {
        key: replace(site, escort_capacity=None, separates_youth=False, separates_remand=False)
        for key, site in world.sites.items()
    }
    unaware = replace(world, sites=sites, apart={})
    draft = _placed(unaware, wishes, rounds=DRAFT_ROUNDS)
    found = []
    for one in wishes:
        start = draft[-one.id].hearing.start if -one.id in draft else one.wish.wanted_start
        if dice.random() < ASKED_ANEW:
            start += timedelta(minutes=GRID_MINUTES * dice.choice((-6, -4, -3, -2, 2, 3, 4, 6)))
        found.append(replace(one, wish=replace(one.wish, wanted_start=start)))
    return found


def _placed(world: World, wishes: Sequence[Listed], *, rounds: int = 0) -> dict[int, Placement]:
    problem = build_day(wishes, world, DAY)
    day = improve(first_fit(problem), seed=1, rounds=rounds)
    return {
        -problem.hearings[place].id: placement_at(problem, problem.hearings[place], spot)
        for place, spot in day.spots.items()
    }


def _with_outages(world: World) -> World:
    resources = dict(world.resources)
    suites = [key for key, facts in resources.items() if facts.kind == "suite"]
    broken = suites[0], next(key for key in suites if world.resources[key].site_id != FIRST_PRISON)
    for key, (start, end) in zip(broken, ((9, 12), (13, 15)), strict=True):
        out = OutOfUse(_at(start), _at(end), "being mended")
        resources[key] = replace(resources[key], outages=(out,))
    return replace(world, resources=resources)


def _at(hour: int, minute: int = 0) -> datetime:
    return to_utc(datetime.combine(DAY, time(hour, minute)), ZONE)


def _fullness(world: World, wishes: Sequence[Listed]) -> tuple[float, float]:
    """How much of the suites' time while the court sits the hearings ask for."""
    asked: dict[int, int] = {}
    for one in wishes:
        for seat in one.wish.seats:
            site = world.stays[seat.person][0].site_id
            minutes = one.wish.pre_minutes + one.wish.minutes
            asked[site] = asked.get(site, 0) + minutes + cells_in(TURNAROUND) * GRID_MINUTES
    there: dict[int, int] = {}
    for facts in world.resources.values():
        if facts.kind == "suite" and facts.site_id is not None:
            there[facts.site_id] = there.get(facts.site_id, 0) + SITTING_MINUTES
    most = max(minutes / there[site] for site, minutes in asked.items())
    return sum(asked.values()) / sum(there.values()), most


class _Draw:
    """A world, and what is wished for in it, drawn by chance."""

    def __init__(self, hearings: int, suites: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.hearings = hearings
        self.shares = SHARES[suites]
        self.rooms = -(-hearings // PER_ROOM)
        self.counsel = max(3, hearings // 6)
        self.booths = max(1, self.rooms // 3)
        self.sites: dict[int, SiteFacts] = {}
        self.resources: dict[int, ResourceFacts] = {}
        self.people: list[int] = []
        self.stays: dict[int, list[StayFact]] = {}

    def draw(self) -> tuple[World, list[Listed]]:
        self._court()
        self._prisons()
        self._custody()
        for n in range(self.counsel):
            self.resources[COUNSEL + n] = ResourceFacts(COUNSEL + n, f"Counsel {n}", "counsel")
        wishes = self._wishes()
        window = day_interval(DAY, ZONE).widened(
            before=timedelta(hours=6), after=timedelta(hours=24)
        )
        world = World(
            now=_at(0) - timedelta(days=2),
            window=window,
            sites=self.sites,
            resources=self.resources,
            stays=self.stays,
            people=self._facts(),
            apart=self._apart(),
        )
        return world, wishes

    def _court(self) -> None:
        hours = _calendar("the court", OPENS, CLOSES)
        self.sites[COURT] = SiteFacts(COURT, "Court", ZONE, hours, 1)
        for n in range(self.rooms):
            self._add(ROOM + n, f"Courtroom {n + 1}", "courtroom", COURT, hours)
        for n in range(self.booths):
            self._add(BOOTH + n, f"Instruction suite {n + 1}", "instruction_suite", COURT, hours)
        for n in range(6):
            self.resources[PORT + n] = ResourceFacts(
                PORT + n, f"Port {n + 1}", "bridge_port", COURT
            )

    def _add(self, key: int, name: str, kind: str, site: int, hours: SiteCalendar) -> None:
        after = TURNAROUND if kind == "suite" else timedelta(0)
        self.resources[key] = ResourceFacts(key, name, kind, site, hours, after)

    def _prisons(self) -> None:
        hours = _calendar("the prison", time(8), time(17, 30))
        number = SUITE
        for place, count in enumerate(self.shares):
            site = FIRST_PRISON + place
            self.sites[site] = SiteFacts(
                site,
                f"Prison {place + 1}",
                ZONE,
                hours,
                2,
                escort_capacity=2 * count,
                pickup=PICKUP,
                separates_youth=place == 1,
                separates_remand=place == len(self.shares) - 1,
            )
            for n in range(count):
                self._add(number, f"Suite {n + 1}", "suite", site, hours)
                number += 1

    def _custody(self) -> None:
        """Everybody's prison: each gets the share of the people that its suites are of all."""
        homes = [
            place
            for place, count in enumerate(self.shares)
            for _ in range(-(-self.hearings * count // sum(self.shares)))
        ]
        self.dice.shuffle(homes)
        for n, home in enumerate(homes[: self.hearings]):
            person, site = PERSON + n, FIRST_PRISON + home
            self.people.append(person)
            self.resources[person] = ResourceFacts(person, f"Person {n}", "person")
            is_sentenced = self.dice.random() < 0.2
            name = self.sites[site].name
            self.stays[person] = [StayFact(site, name, _at(0), None, is_sentenced)]

    def _wishes(self) -> list[Listed]:
        """Every courtroom's own list, shuffled together."""
        minutes = [self.dice.choice(LENGTHS) for _ in range(self.hearings)]
        starts = [0] * self.hearings
        for room in range(self.rooms):
            mine = list(range(room, self.hearings, self.rooms))
            for n, start in zip(mine, self._list_of([minutes[n] for n in mine]), strict=True):
                starts[n] = start
        order = list(range(self.hearings))
        self.dice.shuffle(order)
        return [self._wish(n, starts[n], minutes[n]) for n in order]

    def _list_of(self, lengths: Sequence[int]) -> Iterator[int]:
        """Starts of one courtroom's list, in minutes of its sitting: one hearing after another,
        with those who appear in person between them, and none across lunch."""
        idle = (SITTING_MINUTES - sum(lengths)) // GRID_MINUTES - max(lengths) // GRID_MINUTES
        cuts = sorted(self.dice.randrange(idle + 1) for _ in lengths)
        busy, late, morning = 0, 0, 240
        for cut, length in zip(cuts, lengths, strict=True):
            start = cut * GRID_MINUTES + busy + late
            if start < morning < start + length:
                late = morning - start
                start = morning
            yield start
            busy += length

    def _wish(self, n: int, start: int, minutes: int) -> Listed:
        dice = self.dice
        wanted = _at(9) + timedelta(minutes=start + (30 if start >= 240 else 0))
        person = self.people[n]
        people = [self.people[n - 1] if n and dice.random() < TWICE else person]
        if dice.random() < SHARED:
            people.append(self.people[n - 2])
        counsel = COUNSEL + dice.randrange(self.counsel)
        before = dice.choice(CONFERENCES)
        booths = tuple(BOOTH + number for number in range(self.booths)) if before else ()
        wish = Wish(
            court_id=COURT,
            courtrooms=(ROOM + n % self.rooms,),
            hearing_type="CRL",
            minutes=minutes,
            pre_minutes=before,
            post_minutes=0,
            seats=tuple(
                WishSeat(
                    one,
                    counsel if one is people[0] else None,
                    None,
                    None,
                    booths if one is people[0] else (),
                )
                for one in people
            ),
            wanted_start=wanted,
            first=DAY,
            last=DAY,
        )
        return Listed(-n - 1, f"wish {n + 1}", dice.choice(PRIORITIES), wish)

    def _facts(self) -> dict[int, PersonFacts]:
        return {
            person: PersonFacts(self.dice.random() < YOUNG, self.stays[person][0].is_sentenced)
            for person in self.people
        }

    def _apart(self) -> dict[int, tuple[Apart, ...]]:
        """People of one prison who must not meet there."""
        found: dict[int, tuple[Apart, ...]] = {}
        for _ in range(int(self.hearings * APART)):
            first = self.dice.choice(self.people)
            home = self.stays[first][0].site_id
            near = [one for one in self.people if self.stays[one][0].site_id == home != first]
            second = self.dice.choice(near)
            if first != second:
                pair = Apart(first, second, timedelta(minutes=30))
                found[first] = (*found.get(first, ()), pair)
                found[second] = (*found.get(second, ()), pair)
        return found


def _calendar(name: str, opens: time, closes: time) -> SiteCalendar:
    hours = tuple(Opening(day, opens, closes) for day in range(7))
    return SiteCalendar(name, ZONE, hours, breaks=(Break(None, *LUNCH, "lunch"),))

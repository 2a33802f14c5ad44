"""Court days to plan: eight prisons, shared counsel, people kept apart, some bookings pinned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from avl.domain.calendars import Break, Opening, SiteCalendar
from avl.domain.day_build import Listed, build_day, placement_at, wish_of_booking
from avl.domain.day_search import first_fit
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval, to_utc
from avl.domain.resources import Placement
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import (
    Apart,
    OutOfUse,
    ResourceFacts,
    SiteFacts,
    StayFact,
    World,
)

ZONE = "Pacific/Auckland"
DAY = date(2026, 11, 25)
COURT, FIRST_PRISON = 1, 2
ROOM, SUITE, PERSON, COUNSEL = 1_000, 2_000, 10_000, 20_000
SHARES = {12: (3, 2, 2, 1, 1, 1, 1, 1), 30: (8, 6, 4, 4, 3, 2, 2, 1)}
LENGTHS = (5, 5, 10, 10, 10, 10, 15, 15, 20, 30)
CONFERENCES = (0, 0, 0, 0, 5, 10)
PRIORITIES = (30, 30, 30, 50, 60, 80, 90)
PINNED = 0.15


@dataclass(frozen=True)
class CourtDay:
    """A day to plan.

    Attributes:
        listed: what the plan may place or move; pinned bookings stand in the world already.
    """

    world: World
    listed: tuple[Listed, ...]


def fresh_day(hearings: int, suites: int = 12, *, seed: int = 1) -> CourtDay:
    """Nothing is placed yet but what is pinned."""
    world, wishes = _empty_day(hearings, suites, seed)
    placed = _placed(world, wishes[: int(hearings * PINNED)])
    world = rearranged(world, lifted=(), laid=placed)
    return CourtDay(world, tuple(one for one in wishes if -one.id not in placed))


def broken_day(hearings: int, suites: int = 12, *, seed: int = 1) -> CourtDay:
    """A published list in which two suites fail for some hours and urgent hearings arrive."""
    world, wishes = _empty_day(hearings, suites, seed)
    urgent = max(1, hearings // 20)
    placed = _placed(world, wishes[urgent:])
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
    return CourtDay(_with_outages(world), (*wishes[:urgent], *listed))


def _placed(world: World, wishes: Sequence[Listed]) -> dict[int, Placement]:
    problem = build_day(wishes, world, DAY)
    day = first_fit(problem)
    return {
        -problem.hearings[place].id: placement_at(problem, problem.hearings[place], spot)
        for place, spot in day.spots.items()
    }


def _with_outages(world: World) -> World:
    resources = dict(world.resources)
    broken = [key for key, facts in resources.items() if facts.kind == "suite"][:4:2]
    for key, (start, end) in zip(broken, ((9, 12), (13, 15)), strict=False):
        out = OutOfUse(_at(start), _at(end), "being mended")
        resources[key] = replace(resources[key], outages=(out,))
    return replace(world, resources=resources)


def _at(hour: int, minute: int = 0) -> datetime:
    return to_utc(datetime.combine(DAY, time(hour, minute)), ZONE)


def _empty_day(hearings: int, suites: int, seed: int) -> tuple[World, list[Listed]]:
    dice = random.Random(seed)
    rooms = hearings // 13
    shares = SHARES[suites]
    court = _calendar("the court", time(9), time(17))
    prison = _calendar("the prison", time(8), time(17, 30))
    sites = {COURT: SiteFacts(COURT, "Court", ZONE, court, 1)}
    resources = {
        ROOM + n: ResourceFacts(ROOM + n, f"Courtroom {n + 1}", "courtroom", COURT, court)
        for n in range(rooms)
    }
    number = SUITE
    for place, count in enumerate(shares):
        site = FIRST_PRISON + place
        sites[site] = SiteFacts(
            site,
            f"Prison {place + 1}",
            ZONE,
            prison,
            2,
            escort_capacity=2 * count + 2,
            pickup=timedelta(minutes=10),
        )
        for n in range(count):
            resources[number] = ResourceFacts(
                number, f"Suite {n + 1}", "suite", site, prison, timedelta(minutes=5)
            )
            number += 1
    counsel = max(3, hearings // 6)
    for n in range(counsel):
        resources[COUNSEL + n] = ResourceFacts(COUNSEL + n, f"Counsel {n}", "counsel")
    listed, stays = [], {}
    homes = dice.choices(range(len(shares)), weights=shares, k=hearings)
    for n, home in enumerate(homes):
        person = PERSON + n
        resources[person] = ResourceFacts(person, f"Person {n}", "person")
        site = FIRST_PRISON + home
        stays[person] = [StayFact(site, sites[site].name, _at(0), None)]
        again = n and dice.random() < 0.05
        listed.append(_wish(dice, n, person - 1 if again else person, rooms, counsel))
    world = World(
        now=_at(0) - timedelta(days=2),
        window=day_interval(DAY, ZONE).widened(
            before=timedelta(hours=6), after=timedelta(hours=24)
        ),
        sites=sites,
        resources=resources,
        stays=stays,
        apart=_apart(dice, stays, hearings),
    )
    return world, listed


def _wish(dice: random.Random, n: int, person: int, rooms: int, counsel: int) -> Listed:
    wanted = _at(9) + timedelta(minutes=15 * dice.randrange(30))
    if time(13) <= wanted.astimezone().time() < time(14):
        wanted += timedelta(hours=1)
    wish = Wish(
        court_id=COURT,
        courtrooms=(ROOM + dice.randrange(rooms),),
        hearing_type="CRL",
        minutes=dice.choice(LENGTHS),
        pre_minutes=dice.choice(CONFERENCES),
        post_minutes=0,
        seats=(WishSeat(person, COUNSEL + dice.randrange(counsel)),),
        wanted_start=wanted,
        first=DAY,
        last=DAY,
    )
    return Listed(-n - 1, f"wish {n + 1}", dice.choice(PRIORITIES), wish)


def _apart(
    dice: random.Random, stays: dict[int, list[StayFact]], hearings: int
) -> dict[int, tuple[Apart, ...]]:
    found: dict[int, tuple[Apart, ...]] = {}
    for _ in range(hearings // 10):
        first, second = dice.sample(sorted(stays), 2)
        if stays[first][0].site_id == stays[second][0].site_id:
            pair = Apart(first, second, timedelta(minutes=30))
            found[first] = (*found.get(first, ()), pair)
            found[second] = (*found.get(second, ()), pair)
    return found


def _calendar(name: str, opens: time, closes: time) -> SiteCalendar:
    hours = tuple(Opening(day, opens, closes) for day in range(7))
    return SiteCalendar(name, ZONE, hours, breaks=(Break(None, time(13), time(13, 30), "lunch"),))

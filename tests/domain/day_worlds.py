"""Random small court days, and an oracle that tries every list of them.

The oracle shares nothing with the planner but the description of the day: it lays one placement
after another into the world and asks `judge` about all of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from itertools import pairwise, product

from avl.domain.calendars import Opening, SiteCalendar, room_within
from avl.domain.clashes import judge
from avl.domain.day_build import Listed, wish_of_booking
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval, to_utc
from avl.domain.resources import Placement, Seat
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
COURT, RIMUTAKA, AROHATA = 1, 2, 3
ROOMS, SUITES = (11, 12), {21: RIMUTAKA, 22: RIMUTAKA, 31: AROHATA}
COUNSEL = (51, 52)
FIRST_PERSON = 101
FIRST_PORT = 71
STEP = 2
SLOTS = 5
SLOT = timedelta(minutes=10)


def at(wall: str) -> datetime:
    return to_utc(datetime.combine(DAY, time.fromisoformat(wall)), ZONE)


OPENS = at("09:00")


def world(homes: Mapping[int, int], **more: object) -> World:
    """A short morning: the court sits from 9:00 to 9:50, the prisons are open around it.

    Args:
        homes: where each person is.
    """
    court = _calendar("the court", time(9), time(9, 50))
    prison = _calendar("the prison", time(8), time(11))
    sites = {
        COURT: SiteFacts(COURT, "the court", ZONE, court, 1),
        RIMUTAKA: SiteFacts(RIMUTAKA, "Rimutaka", ZONE, prison, 2),
        AROHATA: SiteFacts(AROHATA, "Arohata", ZONE, prison, 2),
    }
    resources = {key: ResourceFacts(key, f"Room {key}", "courtroom", COURT, court) for key in ROOMS}
    resources |= {
        key: ResourceFacts(key, f"Suite {key}", "suite", site, prison)
        for key, site in SUITES.items()
    }
    resources |= {key: ResourceFacts(key, f"Person {key}", "person") for key in homes}
    resources |= {key: ResourceFacts(key, f"Counsel {key}", "counsel") for key in COUNSEL}
    ever = OPENS - timedelta(days=99)
    stays = {key: [StayFact(site, sites[site].name, ever, None)] for key, site in homes.items()}
    plain = World(
        now=OPENS - timedelta(days=1),
        window=day_interval(DAY, ZONE).widened(before=timedelta(hours=9), after=timedelta(days=1)),
        sites=sites,
        resources=resources,
        stays=stays,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def _calendar(name: str, opens: time, closes: time) -> SiteCalendar:
    return SiteCalendar(name, ZONE, tuple(Opening(day, opens, closes) for day in range(7)))


def wish(number: int, *, slot: int = 0, **more: object) -> Listed:
    """Ten minutes in the first courtroom for one person, at the first slot."""
    fields = {
        "court_id": COURT,
        "courtrooms": (ROOMS[0],),
        "hearing_type": "CRB",
        "minutes": 10,
        "pre_minutes": 0,
        "post_minutes": 0,
        "seats": (WishSeat(FIRST_PERSON + number),),
        "wanted_start": OPENS + slot * SLOT,
        "first": DAY,
        "last": DAY,
    }
    priority = more.pop("priority", 50)
    return Listed(-1 - number, f"wish {number}", int(str(priority)), Wish(**{**fields, **more}))


@dataclass(frozen=True)
class Case:
    """A day to plan."""

    world: World
    listed: tuple[Listed, ...]


def draw(seed: int, *, most: int = 4) -> Case:
    """A random crowded morning, some of it published, some of that broken since."""
    dice, pairs = random.Random(seed), random.Random(-1 - seed)
    count = dice.randint(2, most)
    people = {FIRST_PERSON + n: dice.choice((RIMUTAKA, RIMUTAKA, AROHATA)) for n in range(count)}
    there = with_ports(world(people, **_rules(dice, people)), pairs.choice((0, 2, 3, 5)))
    roster = random.Random(1000 + seed)
    there, sitting = _with_sittings(there, roster)
    listed = []
    placed: dict[int, Placement] = {}
    for n in range(count):
        person = FIRST_PERSON + (n - 1 if n and dice.random() < 0.2 else n)
        one = wish(
            n,
            slot=dice.randrange(SLOTS),
            courtrooms=dice.choice((ROOMS[:1], ROOMS[:1], ROOMS)),
            minutes=dice.choice((10, 10, 20)),
            pre_minutes=dice.choice((0, 0, 10)),
            seats=(
                WishSeat(person, dice.choice((None, None, *COUNSEL))),
                *_with(person, people, pairs),
            ),
            priority=dice.choice((20, 60, 90)),
            within=sitting if roster.random() < 0.4 else None,
        )
        published = dice.random() < 0.5 and _published(one, there, placed, dice)
        if published:
            placed[n + 1] = published
            rooms = (published.courtroom,)
            booked = wish_of_booking(published, DAY, rooms)
            may_move = dice.random() < 0.85
            one = Listed(n + 1, f"AVL-{n}", one.priority, booked, published, may_move)
        listed.append(one)
    there = rearranged(there, lifted=(), laid=placed)
    if dice.random() < 0.4:
        there = _with_outage(there, dice)
    return Case(there, tuple(listed))


def _with(person: int, people: Mapping[int, int], dice: random.Random) -> Iterator[WishSeat]:
    """Now and then somebody else in the same hearing, which takes a bridge."""
    other = dice.choice(sorted(people))
    if other != person and dice.random() < 0.25:
        yield WishSeat(other)


def _with_sittings(there: World, dice: random.Random) -> tuple[World, Interval | None]:
    """Now and then a courtroom sits once, or twice with nothing in between; one of its sittings
    is given back too, because a wish may be held to it."""
    if dice.random() < 0.4:
        return there, None
    first, end = sorted(dice.sample(range(SLOTS + 1), 2))
    cut = dice.randrange(SLOTS + 1)
    parts = [(first, cut), (cut, end)] if first < cut < end else [(first, end)]
    sittings = [Interval(OPENS + start * SLOT, OPENS + stop * SLOT) for start, stop in parts]
    key = dice.choice(ROOMS)
    return sitting_in(there, key, *sittings), dice.choice(sittings)


def sitting_in(there: World, key: int, *sittings: Interval) -> World:
    """The same world, in which a courtroom keeps to its sittings."""
    facts = there.resources[key]
    assert facts.calendar is not None
    calendar = replace(room_within(facts.calendar, facts.name, "the court"), sittings=sittings)
    return replace(there, resources={**there.resources, key: replace(facts, calendar=calendar)})


def with_ports(there: World, count: int) -> World:
    """The court has so many bridge ports; none on record is no limit."""
    ports = {
        key: ResourceFacts(key, f"Port {key}", "bridge_port", COURT)
        for key in range(FIRST_PORT, FIRST_PORT + count)
    }
    return replace(there, resources={**there.resources, **ports})


def _rules(dice: random.Random, people: Mapping[int, int]) -> dict[str, object]:
    facts = {key: PersonFacts(dice.random() < 0.3, dice.random() < 0.5) for key in people}
    apart: dict[int, tuple[Apart, ...]] = {}
    if len(people) > 1 and dice.random() < 0.5:
        first, second = sorted(people)[:2]
        pair = Apart(first, second, timedelta(minutes=dice.choice((0, 10))), dice.random() < 0.2)
        apart = {first: (pair,), second: (pair,)}
    plain = world(people)
    pickup = timedelta(minutes=dice.choice((0, 10)))
    sites = dict(plain.sites)
    sites[RIMUTAKA] = replace(
        sites[RIMUTAKA],
        pickup=pickup,
        escort_capacity=dice.choice((None, 1, 2)),
        separates_youth=dice.random() < 0.3,
        separates_remand=dice.random() < 0.3,
    )
    resources = dict(plain.resources)
    for key in SUITES:
        after = timedelta(minutes=dice.choice((0, 0, 10)))
        resources[key] = replace(resources[key], turnaround=after)
    return {"people": facts, "apart": apart, "sites": sites, "resources": resources}


def _published(
    one: Listed, there: World, placed: Mapping[int, Placement], dice: random.Random
) -> Placement | None:
    now = rearranged(there, lifted=(), laid=placed)
    fits = [way for way in ways(one, now) if not judge(way, now).clashes]
    return dice.choice(fits) if fits else None


def _with_outage(there: World, dice: random.Random) -> World:
    key = dice.choice((*SUITES, ROOMS[1]))
    start = OPENS + SLOT * dice.randrange(SLOTS)
    out = OutOfUse(start, start + SLOT * 2, "broken")
    resources = {**there.resources, key: replace(there.resources[key], outages=(out,))}
    return replace(there, resources=resources)


def ways(one: Listed, there: World) -> Iterator[Placement]:
    """Every way to place a hearing, right or wrong."""
    starts = [OPENS + SLOT * n for n in range(SLOTS)]
    rooms = one.wish.courtrooms or ROOMS
    for start, room, suites in product(starts, rooms, product(SUITES, repeat=len(one.wish.seats))):
        hearing = Interval(start, start + timedelta(minutes=one.wish.minutes))
        if one.wish.within and not one.wish.within.contains(hearing):
            continue
        yield Placement(
            court_id=COURT,
            courtroom=room,
            hearing_type=one.wish.hearing_type,
            hearing=hearing,
            pre_minutes=one.wish.pre_minutes,
            post_minutes=one.wish.post_minutes,
            seats=tuple(
                Seat(seat.person, SUITES[suite], suite, seat.counsel)
                for seat, suite in zip(one.wish.seats, suites, strict=True)
            ),
        )


def _distance(one: Listed, way: Placement) -> timedelta:
    return abs(way.hearing.start - one.wish.wanted_start)


Cost = tuple[int, int, int, int]


@cache
def best_of(seed: int) -> Cost:
    """The least any list of a random day costs."""
    return best_cost(draw(seed))


def best_cost(case: Case) -> Cost:
    """The least any list costs, by trying all of them."""
    return _Oracle(case).best()


class _Oracle:
    def __init__(self, case: Case) -> None:
        self.world = case.world
        self.broken = {
            one.id
            for one in case.listed
            if one.now and judge(one.now, case.world, ignoring=one.id).clashes
        }
        self.listed = [
            one for one in case.listed if one.may_move or not one.now or one.id in self.broken
        ]
        self.kept = [one for one in case.listed if one not in self.listed]
        self.found: Cost | None = None
        gone = [one.id for one in self.listed if one.now]
        alone = rearranged(self.world, lifted=gone)
        # What does not do on an empty day never does: other hearings only take more away.
        self.ways = {
            one.id: sorted(
                (way for way in ways(one, alone) if not judge(way, alone).clashes),
                key=partial(_distance, one),
            )
            for one in self.listed
        }

    def best(self) -> Cost:
        self._go_on(0, {}, ())
        assert self.found is not None
        return self.found

    def _go_on(self, place: int, laid: dict[int, Placement], left: tuple[int, ...]) -> None:
        if self._is_dearer(laid, place) or not self._stands(laid, place):
            return
        if place == len(self.listed):
            cost = self.cost(laid)
            self.found = cost if self.found is None else min(cost, self.found)
            return
        one = self.listed[place]
        for way in self.ways[one.id]:
            self._go_on(place + 1, {**laid, one.id: way}, left)
        if one.now is None or one.id in self.broken:
            self._go_on(place + 1, laid, left)

    def _is_dearer(self, laid: Mapping[int, Placement], place: int) -> bool:
        """Whether what is laid so far costs more than a whole list that is known already; what
        people wait is not asked, because another hearing in between makes that less."""
        part = self.cost(laid, self.listed[:place])
        return self.found is not None and part[:3] > self.found[:3]

    def _stands(self, laid: Mapping[int, Placement], place: int) -> bool:
        """Whether what is laid so far breaks no rule, whatever comes of the rest."""
        still = {one.id for one in self.listed[place:] if one.now}
        gone = {one.id for one in self.listed if one.id in laid} | still
        there = rearranged(self.world, lifted=gone, laid=laid)
        for key, way in laid.items():
            verdict = judge(way, there, ignoring=key)
            if verdict.clashes or (verdict.warnings and not self._stays(key, way, laid, there)):
                return False
        return True

    def _stays(self, key: int, way: Placement, laid: Mapping[int, Placement], there: World) -> bool:
        """Counsel may be wanted in two places only where both hearings stand like that today."""
        as_today = {one.id: one.now for one in (*self.listed, *self.kept) if one.now}
        if as_today.get(key) != way:
            return False
        counsel = [seat.counsel for seat in way.seats if seat.counsel]
        others = {
            busy.booking_id
            for one in counsel
            for busy in there.busy_during(one, way.span, ignoring=key)
        }
        return all(laid.get(other, as_today.get(other)) == as_today.get(other) for other in others)

    def cost(self, laid: Mapping[int, Placement], listed: Sequence[Listed] | None = None) -> Cost:
        unplaced = off = moved = unrest = 0
        spans: dict[int, list[Interval]] = {}
        for one in self.listed if listed is None else listed:
            way = laid.get(one.id)
            if way is None:
                unplaced += one.priority
                continue
            off += abs(way.hearing.start - one.wish.wanted_start) // timedelta(minutes=1)
            if one.now:
                before = one.now.hearing.start, one.now.courtroom
                moved += before != (way.hearing.start, way.courtroom)
                pairs = zip(one.now.seats, way.seats, strict=True)
                unrest += 5 * sum(old.suite != new.suite for old, new in pairs)
            for seat in way.seats:
                spans.setdefault(seat.person, []).append(way.span)
        for one in self.kept:
            assert one.now
            for seat in one.now.seats:
                spans.setdefault(seat.person, []).append(one.now.span)
        mine = {seat.person for one in self.listed for seat in one.wish.seats}
        for person, legs in spans.items():
            legs.sort()
            if person in mine:
                for first, second in pairwise(legs):
                    unrest += (second.start - first.end) // timedelta(minutes=1)
        return unplaced, off, moved, unrest

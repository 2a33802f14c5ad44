"""A small day of slots as the planner sees it: instants, calendars, holds and people."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from avl.domain.bridges import PORT, wanted_holds
from avl.domain.calendars import Break, Opening, SiteCalendar
from avl.domain.interval import Interval, merge
from avl.domain.local_time import to_utc
from avl.domain.planner import Aim, Standing
from avl.domain.resources import Placement, Seat
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
from tests.domain.plan_oracle import COURT, PRISON, SLOTS, SMALL_PRISON, Case, Puzzle, Spot

SLOT = timedelta(minutes=15)
ZONE = "Pacific/Auckland"
DAY = date(2026, 11, 25)
FIRST_PORT = 51


@dataclass(frozen=True)
class Picture:
    """What the planner is given of a puzzle."""

    puzzle: Puzzle

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
            seats=self._seats(case, spot),
        )

    def _seats(self, case: Case, spot: Spot) -> tuple[Seat, ...]:
        suites = self.puzzle.suites
        own = Seat(case.person, suites[spot.suite], spot.suite, case.counsel)
        if case.mate is None or spot.mate_suite is None:
            return (own,)
        counsel = case.counsel if case.is_shared else None
        return own, Seat(case.mate, suites[spot.mate_suite], spot.mate_suite, counsel)

    def spot_of_new(self, room: int, suite: int) -> Placement:
        """The new booking at the very time wanted, in these rooms."""
        assert self.puzzle.new is not None
        return self.placement(self.puzzle.new, Spot(0, self.puzzle.wanted, room, suite))

    def world(self) -> World:
        """The day as the rules see it."""
        hours = tuple(Opening(day, time(9), time(9 + SLOTS // 4)) for day in range(7))
        kept = SiteCalendar(name="open", zone=ZONE, openings=hours)
        sites = {
            COURT: SiteFacts(COURT, "the court", ZONE, kept, 1),
            PRISON: self._prison(PRISON, "Rimutaka", kept),
            SMALL_PRISON: self._prison(SMALL_PRISON, "Arohata", kept),
        }
        places = dict.fromkeys(self.puzzle.rooms, ("courtroom", COURT))
        places |= {key: ("suite", site) for key, site in self.puzzle.suites.items()}
        resources = {
            key: ResourceFacts(
                id=key,
                name=f"{kind} {key}",
                kind=kind,
                site_id=site,
                calendar=self._calendar(key) if kind == "courtroom" else kept,
                turnaround=self.puzzle.turnaround.get(key, 0) * SLOT,
                outages=tuple(self._outages(key)) if kind == "suite" else (),
                permits=(Permit(court_id=77),) if key in self.puzzle.refused else (),
            )
            for key, (kind, site) in places.items()
        }
        for port in range(FIRST_PORT, FIRST_PORT + (self.puzzle.ports or 0)):
            resources[port] = ResourceFacts(port, f"Port {port}", PORT, COURT)
        everybody = [*self.puzzle.cases.values(), *([self.puzzle.new] if self.puzzle.new else [])]
        stays = {}
        for case in everybody:
            for person, site in case.people:
                resources[person] = ResourceFacts(person, f"Person {person}", "person")
                until = self.puzzle.leaves.get(person)
                end = self.at(*until) if until else None
                if person in self.puzzle.transferred:
                    site = PRISON + SMALL_PRISON - site
                stays[person] = [StayFact(site, "there", self.at(-9, 0), end)]
            if case.counsel is not None:
                resources[case.counsel] = ResourceFacts(case.counsel, "Counsel", "counsel")
        world = World(
            now=self.at(0, self.puzzle.soonest - 2),
            window=Interval(self.at(-1, 0), self.at(4, 0)),
            sites=sites,
            resources=resources,
            stays=stays,
            people={
                person: PersonFacts(
                    person in self.puzzle.company.young,
                    self.puzzle.company.sentenced.get(person),
                )
                for case in everybody
                for person, _ in case.people
            },
            present=self._present(),
            apart=self._apart(),
        )
        world.busy = self._busy(world)
        return world

    def _busy(self, world: World) -> dict[int, list[Busy]]:
        busy: dict[int, list[Busy]] = {}
        booked_with = {
            key: replace(world.resources[key], turnaround=slots * SLOT)
            for key, slots in self.puzzle.booked_with.items()
        }
        so_far = replace(world, busy=busy, resources={**world.resources, **booked_with})
        for key, case in self.puzzle.cases.items():
            place = self.placement(case, self.puzzle.spots[key])
            for hold in wanted_holds(place, so_far, booking_id=key):
                one = Busy(hold.occupied, key, hold.is_exclusive, f"AVL-{key}")
                insort(busy.setdefault(hold.resource_id, []), one, key=lambda it: it.interval)
        return busy

    def _calendar(self, room: int) -> SiteCalendar:
        """A courtroom's hours: its shut slots are breaks (the same every day), or it sits around
        them."""
        hours = tuple(Opening(day, time(9), time(9 + SLOTS // 4)) for day in range(7))
        bits = self.puzzle.shut.get((0, room), 0)
        if bits and room % 2:
            return SiteCalendar("open", ZONE, hours, sittings=tuple(self._sittings(bits)))
        breaks = tuple(
            Break(None, _wall(slot), _wall(slot + 1), "lunch")
            for slot in range(SLOTS)
            if bits >> slot & 1
        )
        return SiteCalendar(name="open", zone=ZONE, openings=hours, breaks=breaks)

    def _sittings(self, shut: int) -> Iterator[Interval]:
        open_slots = [slot for slot in range(SLOTS) if not shut >> slot & 1]
        for day in range(-1, 5):
            yield from merge(Interval(self.at(day, n), self.at(day, n + 1)) for n in open_slots)

    def _outages(self, suite: int) -> Iterator[OutOfUse]:
        for (day, key), bits in self.puzzle.shut.items():
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
            escort_capacity=self.puzzle.company.escorts.get(key),
            pickup=self.puzzle.company.pickup * SLOT,
            separates_youth=key in self.puzzle.company.apart_young,
            separates_remand=key in self.puzzle.company.apart_remand,
        )

    def _present(self) -> dict[int, list[Present]]:
        found: dict[int, list[Present]] = {}
        for key, case in self.puzzle.cases.items():
            spot = self.puzzle.spots[key]
            for (person, site), suite in zip(case.people, spot.suites, strict=True):
                found.setdefault(site, []).append(
                    Present(
                        person,
                        site,
                        suite,
                        self.placement(case, spot).span,
                        key,
                        person in self.puzzle.company.young,
                        self.puzzle.company.sentenced.get(person),
                    )
                )
        return {key: sorted(one, key=lambda here: here.span) for key, one in found.items()}

    def _apart(self) -> dict[int, tuple[Apart, ...]]:
        found: dict[int, tuple[Apart, ...]] = {}
        for pair, gap in self.puzzle.company.pairs.items():
            first, second = sorted(pair)
            one = Apart(first, second, (gap or 0) * SLOT, gap is None)
            for person in pair:
                found[person] = (*found.get(person, ()), one)
        return found

    def standing(self) -> list[Standing]:
        """The bookings of our courts."""
        return [
            Standing(
                key,
                f"AVL-{key}",
                self.placement(case, self.puzzle.spots[key]),
                case.priority,
                case.kept,
            )
            for key, case in self.puzzle.cases.items()
            if case.is_ours
        ]

    def aim(self) -> Aim:
        """What room is to be made for."""
        new = self.puzzle.new
        assert new is not None
        seats = [WishSeat(new.person, new.counsel)]
        if new.mate is not None:
            seats.append(WishSeat(new.mate, new.counsel if new.is_shared else None))
        wish = Wish(
            court_id=COURT,
            courtrooms=() if self.puzzle.only_room is None else (self.puzzle.only_room,),
            hearing_type="CRB",
            minutes=15 * new.length,
            pre_minutes=15 * new.pre,
            post_minutes=0,
            seats=tuple(seats),
            wanted_start=self.at(0, self.puzzle.wanted),
            first=DAY,
            last=DAY,
        )
        return Aim(
            wish=wish,
            starts=tuple(self.at(0, slot) for slot in self.puzzle.starts),
            days=tuple(DAY + timedelta(days=day) for day in range(self.puzzle.days)),
            most_moves=9,
        )


def _wall(slot: int) -> time:
    return (datetime.combine(DAY, time(9)) + slot * SLOT).time()

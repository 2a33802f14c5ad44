"""The rules between a day's hearings, as groups: who may not be near whom, and how many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from avl.domain.booking import LegKind
from avl.domain.bridges import ports_needed, ports_of
from avl.domain.cells import Grid, cells_in, each, stretch
from avl.domain.day_plan import Group, GroupKind, Hearing, Member, add_one
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.world import Apart, Present, ResourceFacts, SiteFacts, World


class Rules:
    """Collects the groups of a day, and each hearing's part in them."""

    def __init__(self, world: World, grid: Grid, hearings: Sequence[Hearing]) -> None:
        """Begin with no group.

        Args:
            world: as it is without the hearings of the plan.
        """
        self._world = world
        self._grid = grid
        self._hearings = hearings
        self.groups: list[Group] = []
        self.members: dict[int, list[Member]] = {}
        self._seats = _seats_at(world, hearings)

    def collect(self) -> None:
        """Look at every rule."""
        self._counsel()
        self._ports()
        for pair in sorted(self._pairs(), key=lambda pair: (pair.first, pair.second)):
            self._apart(pair)
        for site_id in sorted(self._seats):
            site = self._world.sites[site_id]
            self._escorts(site)
            if site.separates_youth:
                self._separate(site, self._youth_of)
            if site.separates_remand:
                self._separate(site, self._sentence_of)

    def _add(self, group: Group, members: Iterable[tuple[int, Member]]) -> None:
        self.groups.append(group)
        for place, member in members:
            self.members.setdefault(place, []).append(member)

    def _counsel(self) -> None:
        """Counsel in more than one hearing must not be wanted in two places at once."""
        by_counsel: dict[int, list[int]] = {}
        for place, hearing in enumerate(self._hearings):
            for key in {seat.counsel for seat in hearing.pattern.seats}:
                if key is not None:
                    by_counsel.setdefault(key, []).append(place)
        for _, places in sorted(by_counsel.items()):
            if len(places) > 1:
                number = len(self.groups)
                self._add(
                    Group(GroupKind.COUNSEL),
                    [
                        (place, Member(number, -self._hearings[place].pre, span))
                        for place in places
                        for span in [self._hearings[place].span]
                    ],
                )

    def _ports(self) -> None:
        """So many ends on a court's bridge at once, each leg taking as many ports as it has."""
        courts = {hearing.pattern.court_id for hearing in self._hearings}
        for court_id in sorted(courts):
            ports = ports_of(court_id, self._world)
            number = len(self.groups)
            members = [
                (place, Member(number, offset, length, needed))
                for place, hearing in enumerate(self._hearings)
                if ports and hearing.pattern.court_id == court_id
                for kind, offset, length in _legs(hearing)
                if length and (needed := ports_needed(hearing.pattern.seats, kind))
            ]
            if not members:
                continue
            base: dict[int, int] = {}
            levels: list[int] = []
            for port in ports:
                cells = self._grid.touched(_unusable(port, self._world))
                add_one(levels, cells)
                for cell in each(cells):
                    base[cell] = base.get(cell, 0) + 1
            group = Group(GroupKind.AT_MOST, len(ports), base, tuple(levels))
            self._add(group, members)

    def _member(
        self, group: int, place: int, side: int, seat: int, site: SiteFacts, *, after: int = 0
    ) -> Member:
        """Somebody in a site's area, from being fetched to some time after the last leg."""
        hearing = self._hearings[place]
        before = cells_in(site.pickup)
        length = before + hearing.span + after
        return Member(group, -hearing.pre - before, length, side, seat, site.id)

    def _pairs(self) -> set[Apart]:
        people = {seat.person: None for hearing in self._hearings for seat in hearing.pattern.seats}
        return {pair for person in people for pair in self._world.apart.get(person, ())}

    def _apart(self, pair: Apart) -> None:
        """Two people kept apart, at each site where both could be."""
        for site_id, seats in sorted(self._seats.items()):
            site = self._world.sites[site_id]
            before, after = cells_in(site.pickup), cells_in(pair.gap)
            number = len(self.groups)
            both = (pair.first, pair.second)
            members = []
            for place, seat in seats:
                person = self._hearings[place].pattern.seats[seat].person
                if person in both:
                    member = self._member(number, place, person, seat, site, after=after)
                    members.append((place, _all_day(member) if pair.all_day else member))
            fixed = [
                (one.person, self._cells(one.span, before, after, all_day=pair.all_day))
                for one in self._world.present.get(site_id, ())
                if one.person in both and self._is_today(one)
            ]
            if members:
                self._add(Group(GroupKind.SIDES, fixed=tuple(fixed)), members)

    def _escorts(self, site: SiteFacts) -> None:
        """So many movements at once: fetching before the first leg, taking back after the last."""
        trip = cells_in(site.pickup)
        if site.escort_capacity is None or not trip:
            return
        base: dict[int, int] = {}
        levels: list[int] = []
        for one in self._world.present.get(site.id, ()):
            for part in _trips(one.span, site.pickup):
                cells = self._grid.touched([part])
                add_one(levels, cells)
                for cell in each(cells):
                    base[cell] = base.get(cell, 0) + 1
        number = len(self.groups)
        members = []
        counts: dict[tuple[int, int], int] = {}
        for place, seat in self._seats[site.id]:
            first = counts.setdefault((place, site.id), 0)
            counts[place, site.id] = first + 1
            if first:
                continue
            hearing = self._hearings[place]
            together = sum(1 for other, _ in self._seats[site.id] if other == place)
            for offset in (-hearing.pre - trip, hearing.length + hearing.post):
                members.append((place, Member(number, offset, trip, together, seat, site.id)))
        self._add(Group(GroupKind.AT_MOST, site.escort_capacity, base, tuple(levels)), members)

    def _separate(self, site: SiteFacts, side_of: Callable[[Present], int | None]) -> None:
        number = len(self.groups)
        members, sides = [], set()
        for place, seat in self._seats[site.id]:
            side = side_of(self._present(place, seat, site.id))
            if side is not None:
                sides.add(side)
                member = self._member(number, place, side, seat, site)
                members.append((place, member))
        fixed = []
        for one in self._world.present.get(site.id, ()):
            side = side_of(one)
            if side is not None:
                sides.add(side)
                fixed.append((side, self._cells(one.span, cells_in(site.pickup), 0)))
        if len(sides) > 1 and members:
            self._add(Group(GroupKind.SIDES, fixed=tuple(fixed)), members)

    def _present(self, place: int, seat: int, site_id: int) -> Present:
        pattern = self._hearings[place].pattern
        person, at = pattern.seats[seat].person, pattern.hearing.start
        on = local_day(at, self._world.sites[site_id].zone)
        return Present(
            person,
            site_id,
            0,
            pattern.span,
            0,
            self._world.is_young(person, on),
            self._world.is_sentenced(person, at),
        )

    @staticmethod
    def _youth_of(one: Present) -> int | None:
        return int(one.is_young)

    @staticmethod
    def _sentence_of(one: Present) -> int | None:
        return None if one.is_sentenced is None else int(one.is_sentenced)

    def _cells(self, span: Interval, before: int, after: int, *, all_day: bool = False) -> int:
        if all_day:
            return self._grid.whole
        first, end = self._grid.floor(span.start), self._grid.ceil(span.end)
        return stretch(max(first - before, 0), end + after)

    def _is_today(self, one: Present) -> bool:
        zone = self._world.sites[one.site_id].zone
        return any(
            local_day(hearing.pattern.hearing.start, zone) == local_day(one.span.start, zone)
            for hearing in self._hearings[:1]
        )


def _all_day(member: Member) -> Member:
    return Member(member.group, 0, None, member.side, member.seat, member.site_id)


def _legs(hearing: Hearing) -> tuple[tuple[LegKind, int, int], ...]:
    """A hearing's legs, as offset from its start and length in cells."""
    return (
        (LegKind.PRE_CONFERENCE, -hearing.pre, hearing.pre),
        (LegKind.HEARING, 0, hearing.length),
        (LegKind.POST_CONFERENCE, hearing.length, hearing.post),
    )


def _unusable(port: ResourceFacts, world: World) -> Iterator[Interval]:
    """When a port is on another bridge already, or out of use, in the picture."""
    for hold in world.busy.get(port.id, ()):
        if hold.is_exclusive:
            yield hold.interval
    for outage in port.outages:
        if outage.touches(world.window):
            start, end = max(outage.start, world.window.start), world.window.end
            yield Interval(start, min(outage.end, end) if outage.end else end)


def _trips(span: Interval, pickup: timedelta) -> tuple[Interval, Interval]:
    return (
        Interval(span.start - pickup, span.start),
        Interval(span.end, span.end + pickup),
    )


def _seats_at(world: World, hearings: Sequence[Hearing]) -> Mapping[int, list[tuple[int, int]]]:
    """By site: the place of every hearing, and the seat in it, that could be served there."""
    found: dict[int, list[tuple[int, int]]] = {}
    for place, hearing in enumerate(hearings):
        for number, seat in enumerate(hearing.seats):
            suites = set(seat.suites)
            if hearing.now is not None:
                suites.add(hearing.now.suites[number])
            for site_id in sorted({world.resources[suite].site_id or 0 for suite in suites}):
                found.setdefault(site_id, []).append((place, number))
    return found

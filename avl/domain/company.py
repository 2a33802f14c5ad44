"""The rules of `separation` as bits: at which starts a wish would bring people too near others.

A person is at one site at a time, so what is wrong with a start is wrong with it whichever suite
is chosen there: whole starts fall. Who is in one booking together is known at once; who else is
there is asked only for the starts at which every seat has a suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from avl.domain.cells import CELL, Grid, stretch
from avl.domain.interval import SECOND, Seconds, seconds_since
from avl.domain.local_time import day_interval, local_day
from avl.domain.proof import Steps
from avl.domain.verdict import Rule
from avl.domain.wish import Wish
from avl.domain.world import Crowd, SiteFacts, World

There = Sequence[Mapping[int, int]]
"""For each seat of a wish, the sites the person is at, each with its starts."""

AMONG_THEMSELVES = {
    Rule.KEPT_APART: "two people who must be kept apart would both be at {}",
    Rule.YOUNG_APART: "somebody under 18 would be together with an adult at {}",
    Rule.REMAND_APART: "somebody on remand would be together with somebody sentenced at {}",
    Rule.ESCORTS_BUSY: "{} cannot bring so many people at once",
}
WITH_OTHERS = {
    Rule.KEPT_APART: "somebody must be kept apart from another person at {}",
    Rule.YOUNG_APART: "people under 18 must wait apart from adults at {}",
    Rule.REMAND_APART: "people on remand must wait apart from those serving a sentence at {}",
    Rule.ESCORTS_BUSY: "{} can bring no more people at once",
}
"""What each rule says when it leaves nothing else."""

_CELL_SECONDS = CELL // SECOND
_ALWAYS: Seconds = (-(1 << 40), 1 << 40)


class Company:
    """Who would be with whom, at each start of one wish."""

    def __init__(self, wish: Wish, world: World, grid: Grid, there: There) -> None:
        self._world, self._grid, self._there = world, grid, there
        self._sites = sorted({site_id for sites in there for site_id in sites})
        self._people = [seat.person for seat in wish.seats]
        self._before = 60 * wish.pre_minutes
        self._length = 60 * (wish.pre_minutes + wish.minutes + wish.post_minutes)
        # The second that a start at cell 0 counts from: that of its first leg.
        self._origin = seconds_since(grid.origin) - self._before

    def lay_own(self, steps: Steps, left: int) -> int:
        """Keep the starts at which the wish's own people may be together.

        Args:
            left: the starts that the rules before these have left.
        """
        sites = [key for key in self._sites if len(self._seats_at(key)) > 1]
        return self._lay(sites, {}, AMONG_THEMSELVES, steps, left)

    def lay(self, crowds: Mapping[int, Sequence[Crowd]], steps: Steps, left: int) -> int:
        """Keep the starts at which nobody comes too near others and escorts are to be had.

        Args:
            crowds: who else is there, by site.
            left: as for `lay_own`.
        """
        return self._lay(self._sites, crowds, WITH_OTHERS, steps, left)

    def _lay(
        self,
        sites: Sequence[int],
        crowds: Mapping[int, Sequence[Crowd]],
        words: Mapping[Rule, str],
        steps: Steps,
        left: int,
    ) -> int:
        for site_id in sites if left else ():
            site = self._world.sites[site_id]
            for rule, bad in self._at(site, crowds.get(site_id, ())):
                left = steps.note(rule, words[rule].format(site.name), left, left & ~bad)
        return left

    def _at(self, site: SiteFacts, crowds: Sequence[Crowd]) -> Iterator[tuple[Rule, int]]:
        """Each rule, and the starts it forbids."""
        yield Rule.KEPT_APART, self._kept_apart(site, crowds)
        if site.separates_youth:
            yield Rule.YOUNG_APART, self._young_apart(site, crowds)
        if site.separates_remand:
            yield Rule.REMAND_APART, self._remand_apart(site, crowds)
        if site.escort_capacity is not None:
            yield Rule.ESCORTS_BUSY, self._escorts_busy(site, crowds, site.escort_capacity)

    def _seats_at(self, site_id: int) -> list[tuple[int, int]]:
        """Each person, and the starts at which they are at a site."""
        starts = [sites.get(site_id, 0) for sites in self._there]
        return [(key, bits) for key, bits in zip(self._people, starts, strict=True) if bits]

    def _kept_apart(self, site: SiteFacts, crowds: Sequence[Crowd]) -> int:
        if not self._world.apart:
            return 0
        bad, here = 0, dict(self._seats_at(site.id))
        for person, bits in here.items():
            for apart in self._world.apart.get(person, ()):
                near = apart.other(person)
                bad |= bits & here.get(near, 0)
                for other in crowds:
                    if other.person != near:
                        continue
                    bad |= bits & self._near_any([other], site, apart.gap)
                    if apart.all_day:
                        bad |= bits & self._on_days_of(other, site)
        return bad

    def _young_apart(self, site: SiteFacts, crowds: Sequence[Crowd]) -> int:
        here = [(bits, self._young(person, site)) for person, bits in self._seats_at(site.id)]
        any_young = any_adult = 0
        for bits, young in here:
            any_young |= bits & young
            any_adult |= bits & ~young
        bad = any_young & any_adult
        if any_young:
            bad |= any_young & self._near_any((one for one in crowds if not one.is_young), site)
        if any_adult:
            bad |= any_adult & self._near_any((one for one in crowds if one.is_young), site)
        return bad

    def _remand_apart(self, site: SiteFacts, crowds: Sequence[Crowd]) -> int:
        any_sentenced = any_remand = 0
        for person, bits in self._seats_at(site.id):
            sentenced, remand = self._sentenced(person)
            any_sentenced |= bits & sentenced
            any_remand |= bits & remand
        bad = any_sentenced & any_remand
        for starts, unlike in ((any_sentenced, False), (any_remand, True)):
            if starts:
                there = (one for one in crowds if one.is_sentenced is unlike)
                bad |= starts & self._near_any(there, site)
        return bad

    def _escorts_busy(self, site: SiteFacts, crowds: Sequence[Crowd], capacity: int) -> int:
        if not site.pickup:
            return 0
        # How many of the wish's own people are there at each start: at least one, two, three.
        at_least: list[int] = []
        for _, bits in self._seats_at(site.id):
            moved_up = [bits, *(bits & fewer for fewer in at_least)]
            at_least = [
                more | before for more, before in zip(moved_up, [*at_least, 0], strict=True)
            ]
        pickup, length = site.pickup // SECOND, self._length
        steps = _moving(crowds, pickup)
        bad = 0
        for count, starts in enumerate(at_least, start=1):
            for since, until in _busier_than(steps, capacity - count) if starts else ():
                fetched = self._starting(since, until + pickup)
                back = self._starting(since - pickup - length, until - length)
                bad |= starts & (fetched | back)
        return bad

    def _near_any(
        self, crowds: Iterable[Crowd], site: SiteFacts, gap: timedelta = timedelta(0)
    ) -> int:
        """Starts at which one would be in the area together with any of these, or less than the
        gap apart."""
        apart = (site.pickup + gap) // SECOND
        near = 0
        for crowd in crowds:
            for start, end in crowd.times:
                near |= self._starting(start - apart - self._length, end + apart)
        return near

    def _on_days_of(self, crowd: Crowd, site: SiteFacts) -> int:
        bits = 0
        for start, _ in crowd.times:
            on = local_day(datetime.fromtimestamp(start, UTC), site.zone)
            day = day_interval(on, site.zone)
            bits |= self._from(day.start) & ~self._from(day.end)
        return bits

    def _young(self, person: int, site: SiteFacts) -> int:
        facts, whole = self._world.people.get(person), self._grid.whole
        if facts is None:
            return 0
        if facts.adult_on is None:
            return whole if facts.is_young else 0
        return whole & ~self._from(day_interval(facts.adult_on, site.zone).start)

    def _sentenced(self, person: int) -> tuple[int, int]:
        """Starts at which a person serves a sentence, and those at which they are on remand."""
        facts = self._world.people.get(person)
        found = {True: 0, False: 0}
        for stay in self._world.stays.get(person, ()):
            status = stay.is_sentenced
            if status is None and facts is not None:
                status = facts.is_sentenced
            if status is not None:
                until = self._from(stay.end) if stay.end is not None else 0
                found[status] |= self._from(stay.start) & ~until
        return found[True], found[False]

    def _from(self, at: datetime) -> int:
        """Starts whose first leg begins at that moment or later."""
        return self._grid.since(self._grid.ceil(at + timedelta(seconds=self._before)))

    def _starting(self, after: int, before: int) -> int:
        """Starts whose first leg begins later than one second and earlier than another."""
        first = (after - self._origin) // _CELL_SECONDS + 1
        end = -((self._origin - before) // _CELL_SECONDS)
        return stretch(self._grid.clip(first), self._grid.clip(end))


def _moving(crowds: Iterable[Crowd], pickup: int) -> list[tuple[int, int]]:
    """At which second so many more people are on the move, or so many fewer, earliest first."""
    more: dict[int, int] = {}
    for crowd in crowds:
        for (start, end), count in crowd.times.items():
            more[start - pickup] = more.get(start - pickup, 0) + count
            more[end] = more.get(end, 0) + count
    steps = dict(more)
    # Whoever sets out has arrived when the pick-up is over.
    for at, count in more.items():
        steps[at + pickup] = steps.get(at + pickup, 0) - count
    return sorted(steps.items())


def _busier_than(steps: Iterable[tuple[int, int]], most: int) -> Iterator[Seconds]:
    """Stretches in which more than so many people are on the move at once."""
    if most < 0:
        yield _ALWAYS
        return
    count, since = 0, None
    for at, step in steps:
        count += step
        if since is None and count > most:
            since = at
        elif since is not None and count <= most:
            yield since, at
            since = None

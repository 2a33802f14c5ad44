"""The rules of `separation` as bits: at which starts a wish would bring people too near others.

A person is at one site at a time, so what is wrong with a start is wrong with it whichever suite
is chosen there: whole starts fall. Who is in one booking together is known at once; who else is
there is asked only for the starts at which every seat has a suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from avl.domain.cells import CELL, Grid, stretch
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.proof import Steps
from avl.domain.verdict import Rule
from avl.domain.wish import Wish
from avl.domain.world import Crowd, Present, SiteFacts, World

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


class Company:
    """Who would be with whom, at each start of one wish."""

    def __init__(self, wish: Wish, world: World, grid: Grid, there: There) -> None:
        self._world, self._grid, self._there = world, grid, there
        self._sites = sorted({site_id for sites in there for site_id in sites})
        self._people = [seat.person for seat in wish.seats]
        self._before = timedelta(minutes=wish.pre_minutes)
        self._length = timedelta(minutes=wish.pre_minutes + wish.minutes + wish.post_minutes)

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
        others = [crowd.one for crowd in crowds]
        yield Rule.KEPT_APART, self._kept_apart(site, others)
        if site.separates_youth:
            yield Rule.YOUNG_APART, self._young_apart(site, others)
        if site.separates_remand:
            yield Rule.REMAND_APART, self._remand_apart(site, others)
        if site.escort_capacity is not None:
            yield Rule.ESCORTS_BUSY, self._escorts_busy(site, crowds, site.escort_capacity)

    def _seats_at(self, site_id: int) -> list[tuple[int, int]]:
        """Each person, and the starts at which they are at a site."""
        starts = [sites.get(site_id, 0) for sites in self._there]
        return [(key, bits) for key, bits in zip(self._people, starts, strict=True) if bits]

    def _kept_apart(self, site: SiteFacts, others: Sequence[Present]) -> int:
        bad, here = 0, dict(self._seats_at(site.id))
        for person, bits in here.items():
            for apart in self._world.apart.get(person, ()):
                near = apart.other(person)
                bad |= bits & here.get(near, 0)
                for other in others:
                    if other.person != near:
                        continue
                    bad |= bits & self._near(other, site, apart.gap)
                    if apart.all_day:
                        bad |= bits & self._on_day_of(other, site)
        return bad

    def _young_apart(self, site: SiteFacts, others: Sequence[Present]) -> int:
        here = [(bits, self._young(person, site)) for person, bits in self._seats_at(site.id)]
        any_young = any_adult = 0
        for bits, young in here:
            any_young |= bits & young
            any_adult |= bits & ~young
        bad = any_young & any_adult
        if any_young:
            bad |= any_young & self._near_any((one for one in others if not one.is_young), site)
        if any_adult:
            bad |= any_adult & self._near_any((one for one in others if one.is_young), site)
        return bad

    def _remand_apart(self, site: SiteFacts, others: Sequence[Present]) -> int:
        any_sentenced = any_remand = 0
        for person, bits in self._seats_at(site.id):
            sentenced, remand = self._sentenced(person)
            any_sentenced |= bits & sentenced
            any_remand |= bits & remand
        bad = any_sentenced & any_remand
        for starts, unlike in ((any_sentenced, False), (any_remand, True)):
            if starts:
                there = (one for one in others if one.is_sentenced is unlike)
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
        steps = _setting_out(crowds, site.pickup)
        bad = 0
        for count, starts in enumerate(at_least, start=1):
            for full in _busier_than(steps, capacity - count, self._grid.window):
                fetched = self._starting(full.start, full.end + site.pickup)
                back = self._starting(
                    full.start - site.pickup - self._length, full.end - self._length
                )
                bad |= starts & (fetched | back)
        return bad

    def _near_any(self, others: Iterable[Present], site: SiteFacts) -> int:
        """Starts at which one would be in the area together with any of these."""
        near = 0
        for other in others:
            near |= self._near(other, site)
        return near

    def _near(self, other: Present, site: SiteFacts, gap: timedelta = timedelta(0)) -> int:
        """Starts at which one would be in the area together, or less than the gap apart."""
        earliest = other.span.start - site.pickup - gap - self._length
        return self._starting(earliest, other.span.end + gap + site.pickup)

    def _on_day_of(self, other: Present, site: SiteFacts) -> int:
        day = day_interval(local_day(other.span.start, site.zone), site.zone)
        return self._from(day.start) & ~self._from(day.end)

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
        return self._grid.since(self._grid.ceil(at + self._before))

    def _starting(self, after: datetime, before: datetime) -> int:
        """Starts whose first leg begins later than one moment and earlier than another."""
        origin = self._grid.origin
        first = (after + self._before - origin) // CELL + 1
        end = -((origin - before - self._before) // CELL)
        return stretch(self._grid.clip(first), self._grid.clip(end))


def _setting_out(crowds: Iterable[Crowd], pickup: timedelta) -> list[tuple[datetime, int]]:
    """When so many more people are on the move, and when so many fewer, earliest first."""
    steps: list[tuple[datetime, int]] = []
    for crowd in crowds:
        span, count = crowd.one.span, crowd.count
        steps += (
            (span.start - pickup, count),
            (span.start, -count),
            (span.end, count),
            (span.end + pickup, -count),
        )
    return sorted(steps)


def _busier_than(
    steps: Iterable[tuple[datetime, int]], most: int, window: Interval
) -> Iterator[Interval]:
    """Stretches in which more than so many people are on the move at once."""
    if most < 0:
        day = timedelta(days=2)
        yield window.widened(before=day, after=day)
        return
    count, since = 0, None
    for at, step in steps:
        count += step
        if since is None and count > most:
            since = at
        elif since is not None and count <= most:
            if since < at:
                yield Interval(since, at)
            since = None

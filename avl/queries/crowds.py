"""Who is present at the prisons of a wish: read for the days that a search asks about, as crowds.

People who come and go at one time, and whom the rules see alike, need no row and no object each:
the database gathers their times into one line, and equal times are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, bindparam, case, literal_column, or_, select

from avl.domain.interval import Interval, Seconds, seconds_since
from avl.domain.world import AROUND, LONGEST, Crowd, Present, World
from avl.models import Appearance, Booking, Person
from avl.queries.company import is_over, present_ways, watched_in
from avl.queries.gathering import among
from avl.queries.spans import interval_of, seconds_of, spans, spelt

Found = tuple[int, int, int, bool, bool | None, Any]
"""A row: the place of its window among those asked for, its site, whom somebody must be kept apart
from (0: nobody), whether they are under 18 and whether they serve a sentence, and their times."""


class Crowds:
    """Who is present, as far as it has been read."""

    def __init__(self, world: World) -> None:
        """``world``: its people and their stays say who matters where."""
        self._watched = watched_in(world)
        self.asked = frozenset(self._watched)
        self._reach = _reach(world, is_somebody_near="near" in self._watched)
        self._read: list[tuple[Interval, list[Found]]] = []
        self._made: dict[Interval, dict[int, list[Crowd]]] = {}

    def missing(self, windows: Iterable[Interval]) -> list[Interval]:
        """The windows that have to be read; none where nobody matters."""
        return [window for window in windows if self._watched and self._found(window) is None]

    def values(self, windows: Sequence[Interval]) -> dict[str, Any]:
        """What `crowds_during` is to be executed with, besides ``now`` and ``ignoring``."""
        values: dict[str, Any] = dict(self._watched)
        for place, window in enumerate(windows):
            around = window.widened(before=self._reach, after=self._reach)
            values[f"from{place}"], values[f"to{place}"] = around.start, around.end
            values[f"came{place}"] = around.start - LONGEST
        return values

    def keep(self, windows: Sequence[Interval], rows: Iterable[Found]) -> None:
        """Remember what was read for these windows."""
        found: list[list[Found]] = [[] for _ in windows]
        for row in rows:
            found[row[0]].append(row)
        self._read += zip(windows, found, strict=True)

    def during(self, window: Interval) -> dict[int, list[Crowd]]:
        """Crowds by site: all that are there during the window, or near enough to it."""
        whole, rows = self._found(window) or (window, [])
        # Made only now: when no suite is free, nobody asks who is there.
        if whole not in self._made:
            self._made[whole] = _crowds(rows)
        return self._made[whole]

    def around(self, span: Interval) -> dict[int, list[Present]]:
        """Everybody who may matter to a placement there, by site, earliest first."""
        near = span.widened(before=self._reach, after=self._reach)
        after, before = seconds_since(near.start), seconds_since(near.end)
        return {
            site_id: _people(site_id, crowds, after, before)
            for site_id, crowds in self.during(span).items()
        }

    def _found(self, window: Interval) -> tuple[Interval, list[Found]] | None:
        return next((read for read in self._read if read[0].contains(window)), None)


def _crowds(rows: Iterable[Found]) -> dict[int, list[Crowd]]:
    found: dict[int, list[Crowd]] = defaultdict(list)
    for _, site_id, person, is_young, is_sentenced, times in rows:
        counts = Counter(spelt(times))
        seconds = dict(zip(map(seconds_of, counts), counts.values(), strict=True))
        found[site_id].append(Crowd(person, seconds, is_young, is_sentenced))
    return dict(found)


def _people(site_id: int, crowds: Iterable[Crowd], after: int, before: int) -> list[Present]:
    """Those in some crowds who are there between two seconds, earliest first."""
    found = [
        (time, crowd, count)
        for crowd in crowds
        for time, count in crowd.times.items()
        if time[0] < before and after < time[1]
    ]
    found.sort(key=_comes_at)
    people: list[Present] = []
    for time, crowd, count in found:
        span = interval_of(time)
        one = Present(crowd.person, site_id, 0, span, 0, crowd.is_young, crowd.is_sentenced)
        people += [one] * count
    return people


def _comes_at(found: tuple[Seconds, Crowd, int]) -> int:
    return found[0][0]


def _reach(world: World, *, is_somebody_near: bool) -> timedelta:
    """How long before and after a start's own time somebody matters to it.

    Who must be kept apart matters all day; who is on the move, or in the area, only while the
    wish's own people are, who are fetched before and taken back after.
    """
    if is_somebody_near:
        return AROUND
    return 2 * max((site.pickup for site in world.sites.values()), default=timedelta(0))


def crowds_during(asked: frozenset[str], place: int) -> Select[Any]:
    """The statement whose rows are `Found`, for one of the windows asked for.

    Args:
        asked: the names in what `watched_in` returns.
    """
    over = select(Booking.id).where(is_over())
    nobody: Any = literal_column("0", Integer)
    who = nobody
    if "near" in asked:
        who = case((among(Person.resource_id, "near"), Person.resource_id), else_=nobody)
    kinds = (Appearance.site_id, Appearance.is_young, Appearance.is_sentenced)
    found = select(
        literal_column(str(place), Integer).label("place"),
        Appearance.site_id.label("key"),
        who.label("who"),
        Appearance.is_young,
        Appearance.is_sentenced,
        spans(Appearance.present_from, Appearance.present_to).label("times"),
    ).where(
        or_(*present_ways(asked)),
        Appearance.present_from < bindparam(f"to{place}"),
        Appearance.present_from > bindparam(f"came{place}"),
        Appearance.present_to > bindparam(f"from{place}"),
        Appearance.booking_id != bindparam("ignoring"),
        Appearance.booking_id.not_in(over),
    )
    if "near" in asked:
        found = found.join(Person, Person.id == Appearance.person_id)
        # By its name: said twice, its values would be two, and perhaps not the same.
        return found.group_by("who", *kinds)
    return found.group_by(*kinds)

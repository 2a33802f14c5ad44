"""Who is present at the prisons of a wish: read for the days that a search asks about, as crowds.

People who come and go at one time, and whom the rules see alike, need no row and no object each:
the database gathers their times into one line, and equal times are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from avl.domain.interval import Interval
from avl.domain.world import AROUND, LONGEST, Crowd, Present, World
from avl.models import Appearance, Booking, Person
from avl.queries.company import is_over, present_ways, watched_in
from avl.queries.gathering import among
from avl.queries.ready import Ready


class CrowdsInDatabase:
    """Who is present, read when it is asked for and kept to judge offers by."""

    def __init__(self, session: Session, world: World, ignoring: int | None) -> None:
        """
        Args:
            world: its people and their stays say who matters where.
            ignoring: id of the booking being moved, whose own people do not count.
        """
        self._session = session
        self._now = world.now
        self._ignoring = ignoring or 0
        self._watched = watched_in(world)
        self._reach = _reach(world, is_somebody_near=bool(self._watched.get("near")))
        self._known: list[tuple[Interval, dict[int, list[Crowd]]]] = []

    def expect(self, windows: Sequence[Interval]) -> None:
        """Read in one statement whatever of this has not been read yet."""
        missing = [window for window in windows if self._find(window) is None]
        if missing and self._watched:
            self._load(missing)

    def during(self, window: Interval) -> Mapping[int, list[Crowd]]:
        """Crowds by site: all that are there during the window, or near enough to it."""
        self.expect([window])
        return self._find(window) or {}

    def around(self, span: Interval) -> dict[int, list[Present]]:
        """Everybody who may matter to a placement there, by site, earliest first."""
        near = span.widened(before=self._reach, after=self._reach)
        return {
            site_id: _people([each for each in crowds if each.one.span.overlaps(near)])
            for site_id, crowds in self.during(span).items()
        }

    def _find(self, window: Interval) -> dict[int, list[Crowd]] | None:
        return next((crowds for whole, crowds in self._known if whole.contains(window)), None)

    def _load(self, windows: Sequence[Interval]) -> None:
        values: dict[str, Any] = {**self._watched, "now": self._now, "ignoring": self._ignoring}
        found: list[dict[int, list[Crowd]]] = []
        for place, window in enumerate(windows):
            around = window.widened(before=self._reach, after=self._reach)
            values[f"start{place}"], values[f"end{place}"] = around.start, around.end
            values[f"earliest{place}"] = around.start - LONGEST
            found.append(defaultdict(list))
        statement = _statement(frozenset(self._watched), len(windows))
        for place, person, site_id, is_young, is_sentenced, spans in statement.rows(
            self._session, values
        ):
            spelt = spans.split(",") if isinstance(spans, str) else spans
            found[place][site_id] += [
                Crowd(Present(person, site_id, 0, span_of(one), 0, is_young, is_sentenced), count)
                for one, count in Counter(spelt).items()
            ]
        self._known += zip(windows, map(dict, found), strict=True)


def _people(crowds: list[Crowd]) -> list[Present]:
    crowds.sort(key=attrgetter("one.span.start"))
    return [one for crowd in crowds for one in [crowd.one] * crowd.count]


def _reach(world: World, *, is_somebody_near: bool) -> timedelta:
    """How long before and after a start's own time somebody matters to it.

    Who must be kept apart matters all day; who is on the move, or in the area, only while the
    wish's own people are, who are fetched before and taken back after.
    """
    if is_somebody_near:
        return AROUND
    return 2 * max((site.pickup for site in world.sites.values()), default=timedelta(0))


@cache
def _statement(asked: frozenset[str], windows: int) -> Ready:
    """The statement that reads crowds for so many windows, by what is asked of it.

    Built once for each: building it anew costs more than the database does to answer.
    """
    parts = [_part(asked, str(place)) for place in range(windows)]
    return Ready(parts[0] if windows == 1 else union_all(*parts))


def _part(asked: frozenset[str], part: str) -> Select[Any]:
    over = select(Booking.id).where(is_over())
    nobody: Any = literal_column("0", Integer)
    who = nobody
    if "near" in asked:
        who = case((among(Person.resource_id, "near"), Person.resource_id), else_=nobody)
    kinds = (Appearance.site_id, Appearance.is_young, Appearance.is_sentenced)
    found = select(
        literal_column(part, Integer).label("place"),
        who.label("who"),
        *kinds,
        spans(Appearance.present_from, Appearance.present_to).label("spans"),
    ).where(
        or_(*present_ways(asked)),
        Appearance.present_from < bindparam(f"end{part}"),
        Appearance.present_from > bindparam(f"earliest{part}"),
        Appearance.present_to > bindparam(f"start{part}"),
        Appearance.booking_id != bindparam("ignoring"),
        Appearance.booking_id.not_in(over),
    )
    if "near" in asked:
        found = found.join(Person, Person.id == Appearance.person_id)
        # By its name: said twice, its values would be two, and perhaps not the same.
        return found.group_by("who", *kinds)
    return found.group_by(*kinds)


class spans(FunctionElement[Any]):  # noqa: N801 - an SQL function, as `gathered` is
    """All times from one column to another, as `span_of` reads them.

    SQLite keeps moments as text, so text costs it nothing, in one line with commas. PostgreSQL
    reckons sooner than it spells: a list of numbers of whole seconds.
    """

    type = NullType()
    inherit_cache = True


LENGTHS = 1 << 17
"""What a second counts for in the number that stands for both ends of a time of at most a day."""


@compiles(spans, "sqlite")
def _spans_on_sqlite(element: spans, compiler: SQLCompiler, **more: Any) -> str:
    start, end = (compiler.process(part, **more) for part in element.clauses)
    return f"group_concat({start} || '/' || {end})"


@compiles(spans, "postgresql")
def _spans_on_postgresql(element: spans, compiler: SQLCompiler, **more: Any) -> str:
    start, end = (
        f"date_part('epoch', {compiler.process(part, **more)})" for part in element.clauses
    )
    return f"array_agg(({start} * {LENGTHS - 1} + {end})::bigint)"


def span_of(spelt: str | int) -> Interval:
    """A time as `spans` spells it."""
    if isinstance(spelt, int):
        start, length = divmod(spelt, LENGTHS)
        return Interval(_at(start), _at(start + length))
    first, _, last = spelt.partition("/")
    return Interval(*(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, last)))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

"""What stands in the way of a wish, read from the database as the search asks for it.

Holds become cells; people present become crowds (`queries/crowds.py`). The cost goes with the
window and never with history: every read is bounded on both sides of one index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, reduce
from operator import or_
from typing import Any

from sqlalchemy import (
    Boolean,
    Integer,
    Select,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy import or_ as sql_or
from sqlalchemy.orm import Session

from avl.domain.bridges import ports_of
from avl.domain.cells import Grid, stretch
from avl.domain.free import Ask
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.wish import Wish
from avl.domain.world import Busy, Crowd, Present, World
from avl.models import Hold
from avl.queries.crowds import Crowds, crowds_during
from avl.queries.gathering import among
from avl.queries.ready import Ready
from avl.queries.spans import Cells, Span, spans, spelt
from avl.queries.world import standing, standing_in


class HoldsInDatabase:
    """Standing holds as cells, and people present, read when they are asked for and kept to judge
    offers by."""

    def __init__(
        self, session: Session, world: World, wish: Wish, counsel: Collection[int], grid: Grid
    ) -> None:
        self._session = session
        self._world = world
        self._wish = wish
        self._counsel = frozenset(counsel)
        self._grid = grid
        self._ports = [port.id for port in ports_of(wish.court_id, world)]
        self._masks = _Masks(grid)
        self._crowds = Crowds(world)
        self._known: list[tuple[frozenset[int], Interval]] = []
        self._bits: dict[int, int] = {}
        self._kept: dict[int, list[Span]] = {}

    @property
    def world(self) -> World:
        """The picture without what is read here."""
        return self._world

    def expect(self, asks: Sequence[Ask], crowds: Sequence[Interval] = ()) -> None:
        """Read in one statement whatever of this has not been read yet."""
        missing = [(ids, window) for asked, window in asks if (ids := self._missing(asked, window))]
        windows = self._crowds.missing(crowds)
        if missing or windows:
            self._load(missing, windows)

    def crowds(self, window: Interval) -> Mapping[int, Sequence[Crowd]]:
        self.expect((), [window])
        return self._crowds.during(window)

    def present_around(self, span: Interval) -> dict[int, list[Present]]:
        """Everybody who may matter to a placement there, by site, but for the one that moves."""
        self.expect((), [span])
        return self._crowds.around(span)

    def taken(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        self.expect([(ids, window)])
        return {key: self._bits.get(key, 0) for key in ids}

    def _missing(self, ids: Collection[int], window: Interval) -> frozenset[int]:
        missing = frozenset(ids)
        for known, whole in self._known:
            if whole.contains(window):
                missing -= known
        return missing

    wanted = taken  # Holds that only warn are read for counsel, and for counsel alone.

    def around(self, placement: Placement) -> World:
        grid, known, span = self._grid, self._world.resources, placement.span
        first = grid.floor(span.start)
        until: dict[timedelta, int] = {}
        busy = {}
        for key in (*placement.resource_ids, *self._ports):
            if not (held := self._bits.get(key, 0)) or key not in known:
                continue
            # What begins after the room has been cleared is in nobody's way.
            after = known[key].turnaround
            if after not in until:
                until[after] = stretch(first, grid.ceil(span.end + after))
            if held & until[after]:
                busy[key] = self._busy(key, until[after])
        return replace(self._world, busy=busy, present=self.present_around(span))

    def _busy(self, resource_id: int, there: int) -> list[Busy]:
        is_exclusive = resource_id not in self._counsel
        near = [hold for hold in self._kept[resource_id] if self._masks[hold] & there]
        at = self._grid.at
        return [
            Busy(Interval(at(first), at(end)), 0, is_exclusive)
            for first, end in sorted(self._masks.cells(hold) for hold in near)
        ]

    def _load(
        self, asks: Sequence[tuple[frozenset[int], Interval]], windows: Sequence[Interval]
    ) -> None:
        values = {"counsel": self._counsel, "ignoring": self._wish.ignoring or 0}
        values |= self._crowds.values(windows) | {"now": self._world.now}
        for place, (ids, window) in enumerate(asks):
            values |= standing_in(ids, window, self._world.now, str(place))
        statement = _statement(len(asks), len(windows), self._crowds.asked)
        crowds = []
        for row in statement.rows(self._session, values):
            if row.place is None:
                self._keep(row.key, spelt(row.times))
            else:
                crowds.append(row)
        self._crowds.keep(windows, crowds)
        self._known += asks

    def _keep(self, resource_id: int, holds: list[Span]) -> None:
        self._kept.setdefault(resource_id, []).extend(holds)
        bits = self._bits.get(resource_id, 0)
        self._bits[resource_id] = reduce(or_, map(self._masks.__getitem__, holds), bits)


@cache
def _statement(asks: int, windows: int, asked: frozenset[str]) -> Ready:
    """The statement that reads holds for so many asks, and crowds for so many windows.

    Built once for each: building it anew costs more than the database does to answer.
    """
    parts = [_holds(str(place)) for place in range(asks)]
    parts += [crowds_during(asked, place) for place in range(windows)]
    return Ready(parts[0] if len(parts) == 1 else union_all(*parts))


def _holds(part: str) -> Select[Any]:
    """Exclusive holds, and counsel's of any kind, but for those of the booking being moved.

    Its rows look like those of crowds, but they have no place.
    """
    return (
        select(
            cast(null(), Integer).label("place"),
            Hold.resource_id.label("key"),
            literal_column("0", Integer).label("who"),
            cast(null(), Boolean).label("is_young"),
            cast(null(), Boolean).label("is_sentenced"),
            spans(Hold.starts_at, Hold.ends_at).label("times"),
        )
        .where(
            *standing(part),
            sql_or(Hold.is_exclusive, among(Hold.resource_id, "counsel")),
            Hold.booking_id != bindparam("ignoring"),
        )
        .group_by(Hold.resource_id)
    )


class _Masks(dict[Span, int]):
    """Holds, as the database spells them, to the cells they keep; each is worked out once."""

    def __init__(self, grid: Grid) -> None:
        self.cells = Cells(grid).of

    def __missing__(self, hold: Span) -> int:
        self[hold] = mask = stretch(*self.cells(hold))
        return mask

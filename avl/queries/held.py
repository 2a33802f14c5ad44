"""What stands in the way of a wish, read from the database as the search asks for it.

Holds become cells; people present become crowds (`queries/crowds.py`). The cost goes with the
window and never with history: every read is bounded on both sides of one index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Float,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import or_ as sql_or
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import NullType

from avl.domain.bridges import ports_of
from avl.domain.cells import CELL, Grid, stretch
from avl.domain.free import Ask
from avl.domain.interval import Interval
from avl.domain.resources import Placement
from avl.domain.wish import LONGEST_TURNAROUND, Wish
from avl.domain.world import Busy, Crowd, World
from avl.models import Hold
from avl.queries.crowds import CrowdsInDatabase
from avl.queries.gathering import among
from avl.queries.world import standing, standing_in


class HoldsInDatabase:
    """Standing holds as cells, and people present, read when they are asked for and kept to judge
    offers by.

    The database gathers each resource's holds into one line of text, because sending one row for
    each of sixteen thousand holds takes several times as long as finding them.
    """

    def __init__(
        self, session: Session, world: World, wish: Wish, counsel: Collection[int], grid: Grid
    ) -> None:
        self._session = session
        self._world = world
        self._wish = wish
        self._counsel = frozenset(counsel)
        self._grid = grid
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._ports = [port.id for port in ports_of(wish.court_id, world)]
        self._masks = _Masks(grid)
        self._crowds = CrowdsInDatabase(session, world, wish.ignoring)
        self._known: list[tuple[frozenset[int], Interval]] = []
        self._bits: dict[int, int] = {}
        self._kept: dict[int, list[str | int]] = {}

    def expect(self, asks: Sequence[Ask], crowds: Sequence[Interval] = ()) -> None:
        """Read in one statement for either whatever of this has not been read yet."""
        missing = [(ids, window) for asked, window in asks if (ids := self._missing(asked, window))]
        if missing:
            self._load(missing)
        self._crowds.expect(crowds)

    def crowds(self, window: Interval) -> Mapping[int, Sequence[Crowd]]:
        return self._crowds.during(window)

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
        world, grid = self._world, self._grid
        first = grid.floor(placement.span.start)
        there = stretch(first, grid.ceil(placement.span.end + LONGEST_TURNAROUND))
        busy = {
            key: self._busy(key, there)
            for key in (*placement.resource_ids, *self._ports)
            if self._bits.get(key, 0) & there
        }
        return replace(world, busy=busy, present=self._crowds.around(placement.span))

    def _busy(self, resource_id: int, there: int) -> list[Busy]:
        is_exclusive = resource_id not in self._counsel
        near = [hold for hold in self._kept[resource_id] if self._masks[hold] & there]
        at = self._grid.at
        return [
            Busy(Interval(at(first), at(end)), 0, is_exclusive)
            for first, end in sorted(self._masks.cells(hold) for hold in near)
        ]

    def _load(self, asks: Sequence[tuple[frozenset[int], Interval]]) -> None:
        values: dict[str, Any] = {
            "counsel": self._counsel,
            "ignoring": self._wish.ignoring or 0,
            "origin": self._grid.origin.timestamp(),
        }
        for place, (ids, window) in enumerate(asks):
            values |= standing_in(ids, window, self._world.now, str(place))
        for resource_id, found in self._session.execute(_holds(len(asks), self._is_sqlite), values):
            holds = found.split(",") if self._is_sqlite else found
            self._kept.setdefault(resource_id, []).extend(holds)
            bits = self._bits.get(resource_id, 0)
            self._bits[resource_id] = reduce(or_, map(self._masks.__getitem__, holds), bits)
        self._known += asks


@lru_cache(maxsize=64)
def _holds(asks: int, is_sqlite: bool) -> Executable:
    """Exclusive holds, and counsel's of any kind, but for those of the booking being moved."""
    gather = _as_text if is_sqlite else _as_cells
    parts = [
        select(Hold.resource_id, gather())
        .where(
            *standing(str(place)),
            sql_or(Hold.is_exclusive, among(Hold.resource_id, "counsel")),
            Hold.booking_id != bindparam("ignoring"),
        )
        .group_by(Hold.resource_id)
        for place in range(asks)
    ]
    return parts[0] if asks == 1 else union_all(*parts)


def _as_text() -> ColumnElement[Any]:
    """SQLite keeps moments as text, so text costs it nothing."""
    start, end = (type_coerce(moment, String) for moment in (Hold.starts_at, Hold.ends_at))
    return func.aggregate_strings(start + literal_column("'/'", String) + end, ",")


def _as_cells() -> ColumnElement[Any]:
    """PostgreSQL reckons sooner than it spells: first and last cell, as one number."""

    def cell(moment: InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
        since = func.date_part(literal_column("'epoch'"), moment) - bindparam("origin", type_=Float)
        return since / literal_column(str(CELL.seconds))

    first, end = func.floor(cell(Hold.starts_at)), func.ceil(cell(Hold.ends_at))
    number = cast(first * literal_column(str(_FIRST_CELL)) + end, BigInteger)
    return func.array_agg(number, type_=NullType())


_FIRST_CELL = 1 << 16
"""What a hold's first cell counts for in the number that stands for both its ends."""


class _Masks(dict[Any, int]):
    """Holds, as the database spells them, to the cells they keep; each is worked out once."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._origin = grid.origin.replace(tzinfo=None)

    def __missing__(self, hold: str | int) -> int:
        first, end = self.cells(hold)
        self[hold] = stretch(first, end)
        return self[hold]

    def cells(self, hold: str | int) -> tuple[int, int]:
        """Return the cells it touches, from the first up to, and not including, the last."""
        if isinstance(hold, int):
            first, end = divmod(hold, _FIRST_CELL)
        else:
            starts, _, ends = hold.partition("/")
            first = (datetime.fromisoformat(starts) - self._origin) // CELL
            end = -((self._origin - datetime.fromisoformat(ends)) // CELL)
        return self._grid.clip(first), self._grid.clip(end)

"""Offers from the database: the search of `domain/offers`, reading only what it asks for.

Facts about places and people are read once. Holds of what is fixed are read once over the whole
window, those of suites only for the days that are left open, chunk by chunk. The cost goes with
the window and never with history: every read is bounded on both sides of one index.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    String,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.cells import CELL, Grid, stretch
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.offers import Search, find_offers
from avl.domain.resources import GRID_MINUTES, Placement
from avl.domain.wish import LONGEST_TURNAROUND, Wish, WishSeat
from avl.domain.world import Busy, World
from avl.models import Hold, Site
from avl.queries.world import (
    LONGEST_HOLD,
    load_facts,
    load_stays,
    standing,
    standing_in,
    wanted_for,
)

DAYS_NEAR = 14
"""How many days after a refused time are searched for another."""

_CELLS_IN_LONGEST_HOLD = LONGEST_HOLD // CELL


def search(session: Session, actor: Actor, wish: Wish, now: datetime) -> Search:
    """Find offers for a wish.

    Raises:
        NotFound: there is no such court, or this actor does not book for it.
    """
    if not may(actor, Do.BOOK, SiteSubject(wish.court_id)):
        raise NotFound("There is no such court.")
    people = [seat.person for seat in wish.seats]
    counsel = {seat.counsel for seat in wish.seats if seat.counsel is not None}
    around = _around(wish)
    stays = load_stays(session, people, around)
    world = load_facts(
        session,
        site_ids={wish.court_id, *(stay.site_id for held in stays.values() for stay in held)},
        wanted=wanted_for(wish, stays),
        people=people,
        window=around,
        now=now,
        stays=stays,
    )
    holds = HoldsInDatabase(session, world, wish, counsel)
    rooms = [key for key, facts in world.resources.items() if facts.kind == "courtroom"]
    if wish.court_id in world.sites:
        grid = Grid.covering(wish.window(world.sites[wish.court_id].zone))
        holds.read([*rooms, *people, *counsel], grid.window, grid)
    return find_offers(wish, world, holds)


def offers_near(
    session: Session,
    actor: Actor,
    placement: Placement,
    *,
    now: datetime,
    limit: int = 5,
    ignoring: int | None = None,
) -> Search:
    """Find alternatives to a placement that was refused: the same, as near to it as can be.

    Args:
        ignoring: id of the booking being moved, whose own holds do not count.

    Raises:
        NotFound: as `search`.
    """
    zone = session.scalar(select(Site.zone).where(Site.id == placement.court_id))
    if zone is None:
        raise NotFound("There is no such court.")
    first = local_day(max(placement.hearing.start, now), zone)
    wish = Wish(
        court_id=placement.court_id,
        courtrooms=(placement.courtroom,),
        hearing_type=placement.hearing_type,
        minutes=_on_grid(placement.hearing.minutes),
        pre_minutes=_on_grid(placement.pre_minutes),
        post_minutes=_on_grid(placement.post_minutes),
        seats=tuple(
            WishSeat(
                person=seat.person,
                counsel=seat.counsel,
                preferred_suite=seat.suite,
                instruction_suites=(seat.instruction_suite,) if seat.instruction_suite else (),
            )
            for seat in placement.seats
        ),
        wanted_start=placement.hearing.start,
        first=first,
        last=first + timedelta(days=DAYS_NEAR - 1),
        limit=limit,
        ignoring=ignoring,
    )
    return search(session, actor, wish, now)


def _on_grid(minutes: int) -> int:
    return -(-minutes // GRID_MINUTES) * GRID_MINUTES


def _around(wish: Wish) -> Interval:
    """The wish's dates wherever in the world the court may be: its zone is not yet known."""

    def midnight(on: date) -> datetime:
        return datetime.combine(on, time(0), UTC)

    day = timedelta(days=1)
    return Interval(midnight(wish.first) - 2 * day, midnight(wish.last) + 3 * day)


class HoldsInDatabase:
    """Standing holds as cells, read when they are asked for and kept to judge offers by."""

    def __init__(
        self, session: Session, world: World, wish: Wish, counsel: Collection[int]
    ) -> None:
        self._session = session
        self._world = world
        self._wish = wish
        self._counsel = frozenset(counsel)
        self._read: set[int] = set()
        self._cells: dict[int, list[tuple[int, int]]] = {}
        self._bits: dict[int, int] = {}
        self._grid = Grid(world.window.start, 0)

    def read(self, ids: Collection[int], window: Interval, grid: Grid) -> None:
        """Read ahead, in one go, what will be asked for in several questions."""
        self._load(ids, window, grid)
        self._read.update(ids)

    def taken(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        if missing := [key for key in ids if key not in self._read]:
            self._load(missing, window, grid)
        return {key: self._bits.get(key, 0) for key in ids}

    wanted = taken  # Holds that only warn are read for counsel, and for counsel alone.

    def around(self, placement: Placement) -> World:
        world, span = self._world, placement.span
        first = self._grid.floor(span.start)
        end = self._grid.ceil(span.end + LONGEST_TURNAROUND)
        busy = {key: self._busy(key, first, end) for key in placement.resource_ids}
        return World(world.now, world.window, world.sites, world.resources, busy, world.stays)

    def _busy(self, resource_id: int, first: int, end: int) -> list[Busy]:
        cells = self._cells.get(resource_id, [])
        cells.sort()
        at, found = self._grid.at, []
        for start, stop in cells[bisect_left(cells, (first - _CELLS_IN_LONGEST_HOLD,)) :]:
            if start >= end:
                break
            if stop > first:
                interval = Interval(at(start), at(stop))
                found.append(Busy(interval, 0, is_exclusive=resource_id not in self._counsel))
        return found

    def _load(self, ids: Collection[int], window: Interval, grid: Grid) -> None:
        self._grid = grid
        statement = _HOLDS[self._session.get_bind().dialect.name == "sqlite"]
        values = standing_in(ids, window, self._world.now)
        values |= {"counsel": list(self._counsel), "ignoring": self._wish.ignoring or 0}
        rows = self._session.execute(statement, values)
        first, last = _Cells(grid.floor), _Cells(grid.ceil)
        found: dict[int, list[tuple[int, int]]] = {}
        for resource_id, start, end in rows:
            found.setdefault(resource_id, []).append((first[start], last[end]))
        base = grid.floor(window.start)
        for resource_id, cells in found.items():
            self._cells.setdefault(resource_id, []).extend(cells)
            bits = 0
            for start_cell, end_cell in cells:
                # Counted from the window's own beginning: a few days of bits, not all of them.
                bits |= stretch(max(start_cell - base, 0), end_cell - base)
            self._bits[resource_id] = self._bits.get(resource_id, 0) | bits << base


def _holds(start: ColumnElement[Any], end: ColumnElement[Any]) -> Select[Any]:
    """Exclusive holds, and counsel's of any kind, but for those of the booking being moved."""
    return select(Hold.resource_id, start, end).where(
        *standing(),
        or_(Hold.is_exclusive, Hold.resource_id.in_(bindparam("counsel", expanding=True))),
        Hold.booking_id != bindparam("ignoring"),
    )


_HOLDS = {
    # As the driver gives them fastest: SQLite's text as it stands, PostgreSQL's as a number.
    True: _holds(type_coerce(Hold.starts_at, String), type_coerce(Hold.ends_at, String)),
    False: _holds(
        func.date_part("epoch", Hold.starts_at, type_=Float),
        func.date_part("epoch", Hold.ends_at, type_=Float),
    ),
}


class _Cells(dict[Any, int]):
    """Moments, as the driver gives them, to cells; each is worked out once."""

    def __init__(self, cell_of: Callable[[datetime], int]) -> None:
        self._cell_of = cell_of

    def __missing__(self, moment: Any) -> int:
        if isinstance(moment, str):
            at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        else:
            at = datetime.fromtimestamp(moment, UTC)
        self[moment] = self._cell_of(at)
        return self[moment]

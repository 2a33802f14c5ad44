"""Offers from the database: the search of `domain/offers`, reading only what it asks for.

Facts about places and people are read once. Holds of what is fixed are read once over the whole
window, those of suites only for the days that are left open, chunk by chunk. The cost goes with
the window and never with history: every read is bounded on both sides of one index.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import or_

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import or_ as sql_or
from sqlalchemy.orm import InstrumentedAttribute, Session

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
from avl.queries.world import load_facts, load_stays, standing, standing_in, wanted_for

DAYS_NEAR = 14
"""How many days after a refused time are searched for another."""


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
    if wish.court_id not in world.sites:
        raise NotFound("There is no such court.")
    grid = Grid.covering(wish.window(world.sites[wish.court_id].zone))
    holds = HoldsInDatabase(session, world, wish, counsel, grid)
    rooms = [key for key, facts in world.resources.items() if facts.kind == "courtroom"]
    holds.read([*rooms, *people, *counsel], grid.window)
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
    """Standing holds as cells, read when they are asked for and kept to judge offers by.

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
        since = _since_text if self._is_sqlite else _since_seconds
        self._masks = _Masks(grid, since(grid.origin))
        self._read: set[int] = set()
        self._bits: dict[int, int] = {}
        self._kept: dict[int, list[str]] = {}

    def read(self, ids: Collection[int], window: Interval) -> None:
        """Read ahead, in one go, what will be asked for in several questions."""
        self._load(ids, window)
        self._read.update(ids)

    def taken(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        if missing := [key for key in ids if key not in self._read]:
            self._load(missing, window)
        return {key: self._bits.get(key, 0) for key in ids}

    wanted = taken  # Holds that only warn are read for counsel, and for counsel alone.

    def around(self, placement: Placement) -> World:
        world, grid = self._world, self._grid
        first = grid.floor(placement.span.start)
        there = stretch(first, grid.ceil(placement.span.end + LONGEST_TURNAROUND))
        busy = {
            key: self._busy(key, there)
            for key in placement.resource_ids
            if self._bits.get(key, 0) & there
        }
        return replace(world, busy=busy)

    def _busy(self, resource_id: int, there: int) -> list[Busy]:
        is_exclusive = resource_id not in self._counsel
        near = [hold for hold in self._kept[resource_id] if self._masks[hold] & there]
        at = self._grid.at
        return [
            Busy(Interval(at(first), at(end)), 0, is_exclusive)
            for first, end in sorted(self._masks.cells(hold) for hold in near)
        ]

    def _load(self, ids: Collection[int], window: Interval) -> None:
        values = standing_in(ids, window, self._world.now)
        values |= {"counsel": list(self._counsel), "ignoring": self._wish.ignoring or 0}
        for resource_id, text in self._session.execute(_HOLDS[self._is_sqlite], values):
            holds = text.split(",")
            self._kept.setdefault(resource_id, []).extend(holds)
            bits = self._bits.get(resource_id, 0)
            self._bits[resource_id] = reduce(or_, map(self._masks.__getitem__, holds), bits)


def _holds(hold: ColumnElement[str]) -> Select[int, str]:
    """Exclusive holds, and counsel's of any kind, but for those of the booking being moved."""
    return (
        select(Hold.resource_id, func.aggregate_strings(hold, ","))
        .where(
            *standing(),
            sql_or(Hold.is_exclusive, Hold.resource_id.in_(bindparam("counsel", expanding=True))),
            Hold.booking_id != bindparam("ignoring"),
        )
        .group_by(Hold.resource_id)
    )


def _seconds(moment: InstrumentedAttribute[datetime]) -> ColumnElement[str]:
    return cast(cast(func.date_part(literal_column("'epoch'"), moment), BigInteger), String)


def _text(moment: InstrumentedAttribute[datetime]) -> ColumnElement[str]:
    return func.substr(type_coerce(moment, String), 1, 19, type_=String)


_SLASH: ColumnElement[str] = literal_column("'/'", String)
_HOLDS = {
    # SQLite keeps text, so text costs it nothing; PostgreSQL spells a number sooner than a date.
    True: _holds(_text(Hold.starts_at) + _SLASH + _text(Hold.ends_at)),
    False: _holds(_seconds(Hold.starts_at) + _SLASH + _seconds(Hold.ends_at)),
}


class _Masks(dict[str, int]):
    """Holds, as the database spells them, to the cells they keep; each is worked out once."""

    def __init__(self, grid: Grid, since: Callable[[str], timedelta]) -> None:
        """``since`` reads a moment and returns how long after the grid's origin it is."""
        self._grid = grid
        self._since = since

    def __missing__(self, hold: str) -> int:
        first, end = self.cells(hold)
        self[hold] = stretch(first, end)
        return self[hold]

    def cells(self, hold: str) -> tuple[int, int]:
        """Return the cells it touches, from the first up to, and not including, the last."""
        start, _, end = hold.partition("/")
        first, last = self._since(start) // CELL, -(-self._since(end) // CELL)
        return self._grid.clip(first), self._grid.clip(last)


def _since_text(origin: datetime) -> Callable[[str], timedelta]:
    naive = origin.replace(tzinfo=None)
    return lambda moment: datetime.fromisoformat(moment) - naive


def _since_seconds(origin: datetime) -> Callable[[str], timedelta]:
    first = int(origin.timestamp())
    return lambda moment: timedelta(seconds=int(moment) - first)

"""Facts that hardly ever change, kept in the process for as long as their stamp stands.

Every place has a stamp in the database, and so has the country as a whole. Triggers draw a new one
whenever a row changes that says something about the place (migration 0005), in the transaction of
the change: who sees the change sees the new stamp, and nobody else does. So facts that were read
together with a stamp, in one statement, are right for everybody who sees that very stamp.
"""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from avl.models import PlaceStamp
from avl.queries.gathering import among
from avl.queries.plain import plain
from avl.queries.ready import Ready

Facts = TypeVar("Facts")

COUNTRY = 0
"""The place that stands for what is the same everywhere: hearing types, rules about the mode."""

STAMPED = (
    *("site", "opening_window", "closure", "resource", "permission", "outage", "sitting"),
    *("hearing_type", "mode_rule"),
)
"""The tables whose changes draw a stamp: only what is read from these may be kept."""

_STAMPS = Ready(
    select(PlaceStamp.place_id, PlaceStamp.stamp).where(
        among(PlaceStamp.place_id, "places", few=True)
    )
)


def stamps_of(session: Session, places: Collection[int]) -> dict[int, int]:
    """The stamps of places as this transaction sees them now.

    A command asks after it has locked: facts kept under the stamp it then sees are those that a
    change had left behind which was saved before the lock was had.
    """
    return {row.place_id: row.stamp for row in _STAMPS.rows(session, {"places": places})}


class Kept(Generic[Facts]):
    """Facts of one kind, by place; what was kept longest goes when there are too many."""

    def __init__(self, most: int) -> None:
        """``most``: how many places' facts one database's shelf may hold."""
        self._most = most
        # A process may speak with several databases, and tests with hundreds.
        self._shelves: WeakKeyDictionary[Engine, dict[int, tuple[int, Facts]]] = WeakKeyDictionary()
        self._turn = Lock()

    def get(self, session: Session, place: int, stamp: int | None) -> Facts | None:
        """What was kept under this stamp, if anything."""
        kept = self._shelves.get(_engine(session), {}).get(place)
        return kept[1] if kept is not None and kept[0] == stamp else None

    def all(self, session: Session, places: Collection[int]) -> dict[int, tuple[int, Facts]]:
        """What is kept of these places, each with the stamp it was read under."""
        shelf = self._shelves.get(_engine(session), {})
        return {place: kept for place in places if (kept := shelf.get(place)) is not None}

    def put(self, session: Session, place: int, stamp: int | None, facts: Facts) -> None:
        """Keep facts that were read together with this stamp; without one they are not kept."""
        if stamp is None:
            return
        with self._turn:
            shelf = self._shelves.setdefault(_engine(session), {})
            shelf.pop(place, None)
            shelf[place] = (stamp, facts)
            while len(shelf) > self._most:
                del shelf[next(iter(shelf))]


def _engine(session: Session) -> Engine:
    return plain(session).connection.engine

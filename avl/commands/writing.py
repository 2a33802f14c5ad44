"""New rows that a command keeps in hand: one statement for each table, none to read them back.

The session's unit of work would write the same rows with more statements and three times the
work of its own, which shows in the busiest commands there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from avl.models import Appearance, Base, Booking, Leg
from avl.queries.ready import Adding


def write_booking(session: Session, booking: Booking) -> None:
    """Write a booking that was just built, with its legs and appearances.

    Afterwards they have ids and belong to the session as if they had been read from it.
    """
    _insert(session, [booking], told_by="reference")
    parts: list[Leg | Appearance] = [*booking.legs, *booking.appearances]
    for part in parts:
        part.booking_id = booking.id
    _insert(session, booking.legs, told_by="kind")
    _insert(session, booking.appearances, told_by="person_id")
    for row in (*parts, booking):
        make_transient_to_detached(row)
    session.add(booking)


def _insert(session: Session, rows: Sequence[Any], *, told_by: str) -> None:
    # The ids may come back in any order, so each comes with what tells its row from the others.
    model: type[Base] = type(rows[0])
    added = _adding(model, told_by).rows(session, [columns_of(row) for row in rows])
    ids = {row[0]: row[1] for row in added}
    for row in rows:
        row.id = ids[getattr(row, told_by)]


def columns_of(row: Base) -> dict[str, Any]:
    """Everything a row is written with; what nobody has set gets its column's default."""
    kept = instance_dict(row)
    defaults = _defaults(type(row))
    for name, default in defaults.items():
        if name not in kept:
            set_committed_value(row, name, default)
    return {name: kept[name] for name in defaults}


# Found once for each table: building these anew costs more than the database does to answer.


@cache
def _adding(model: type[Base], told_by: str) -> Adding:
    return Adding(model, returning=(told_by, "id"))


@cache
def _defaults(model: type[Base]) -> dict[str, Any]:
    """Each column but the id, with its default; None where it has none."""
    columns: Any = cast(Table, model.__table__).columns
    return {
        column.key: column.default.arg if column.default is not None else None
        for column in columns
        if not column.primary_key
    }

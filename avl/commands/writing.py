"""Rows that a command keeps in hand: one statement for each table, none to read them back.

The session's unit of work would write the same rows with more statements and three times the
work of its own, which shows in the busiest commands there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ARRAY, Integer, Table, bindparam, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class

from avl.models import Appearance, Base, Booking, Leg
from avl.queries.lending import take_in
from avl.queries.plain import plain
from avl.queries.ready import Adding, Ready

Row = TypeVar("Row", bound=Base)

_NEW = "new_"

_NEXT = "SELECT nextval(pg_get_serial_sequence('{0}', 'id'))"
# Selected, a number is as little known to the planner as any other, so that it keeps its plan.
_SO_MANY = f", ARRAY({_NEXT} FROM generate_series(1, (SELECT CAST(:{{1}} AS integer)))) AS {{1}}"
_IDS = Ready(
    text(
        f"{_NEXT.format('booking')} AS booking"
        f"{_SO_MANY.format('leg', 'legs')}{_SO_MANY.format('appearance', 'appearances')}"
    )
    .bindparams(bindparam("legs", type_=Integer), bindparam("appearances", type_=Integer))
    .columns(booking=Integer, legs=ARRAY(Integer), appearances=ARRAY(Integer))
)
"""PostgreSQL's next ids: one for a booking, and as many as it has legs and appearances."""


def write_booking(session: Session, booking: Booking) -> None:
    """Write a booking that was just built, with its legs and appearances.

    Afterwards they have ids and belong to the session as if they had been read from it.
    """
    if is_server := plain(session).engine == "postgresql":
        _number(session, booking)
    _insert(session, [booking], None if is_server else "reference")
    parts: list[Leg | Appearance] = [*booking.legs, *booking.appearances]
    for part in parts:
        instance_dict(part)["booking_id"] = booking.id
    _insert(session, booking.legs, None if is_server else "kind")
    _insert(session, booking.appearances, None if is_server else "person_id")
    for row in (*parts, booking):
        take_in(session, row)


def _number(session: Session, booking: Booking) -> None:
    """Ask the server for all ids at once, so that no row has to wait for another's."""
    counts = {"legs": len(booking.legs), "appearances": len(booking.appearances)}
    ((booking.id, legs, appearances),) = _IDS.rows(session, counts)
    for leg, number in zip(booking.legs, legs, strict=True):
        leg.id = number
    for appearance, number in zip(booking.appearances, appearances, strict=True):
        appearance.id = number


def _insert(session: Session, rows: Sequence[Any], told_by: str | None) -> None:
    """Write rows; where they have no ids yet, they get those the database gives them.

    Args:
        told_by: what tells such rows apart: their ids may come back in any order.
    """
    model: type[Base] = type(rows[0])
    if told_by is None:
        _adding(model, None).rows(session, [columns_of(row) | {"id": row.id} for row in rows])
        return
    added = _adding(model, told_by).rows(session, [columns_of(row) for row in rows])
    ids = {row[0]: row[1] for row in added}
    for row in rows:
        kept = instance_dict(row)
        kept["id"] = ids[kept[told_by]]


def fresh(model: type[Row], **values: Any) -> Row:
    """A new row with all its columns, to be written by a statement here and not by the session.

    What is not given gets its column's default; what it refers to may be given along with its
    columns. Setting each attribute would note a change that nobody asks about, and took longer
    than writing the row.
    """
    manager = manager_of_class(model)
    row: Row = manager.new_instance()
    instance_dict(row).update(_defaults(model) | values)
    return row


def columns_of(row: Base) -> dict[str, Any]:
    """Everything a fresh row is written with."""
    kept = instance_dict(row)
    return {name: kept[name] for name in _defaults(type(row))}


def write_changes(session: Session, *rows: Base) -> None:
    """Write what was changed on rows of the session, one statement for each.

    Afterwards the session takes them for written, as they are.

    Args:
        rows: by ``id``, and only their columns were changed: what they refer to is not looked at.
    """
    written = []
    for row in rows:
        state, kept = instance_state(row), instance_dict(row)
        before = state.committed_state
        # What was given the value it had is left alone, and its index with it.
        names = tuple(sorted(name for name in before if before[name] != kept[name]))
        if names:
            values = {_NEW + name: kept[name] for name in names}
            written.append((type(row), names, values | {"row_id": kept["id"]}))
        # Before they are sent, because whoever sends has the session write what is not yet written.
        state._commit_all(kept, session.identity_map)
    for model, names, values in written:
        _changing(model, names).rows(session, values)


# Found once for each table: building these anew costs more than the database does to answer.


@cache
def _adding(model: type[Base], told_by: str | None) -> Adding:
    return Adding(model, returning=(told_by, "id") if told_by else ())


@cache
def _changing(model: type[Base], names: tuple[str, ...]) -> Ready:
    columns: Any = cast(Table, model.__table__).columns
    given = {name: bindparam(_NEW + name, type_=columns[name].type) for name in names}
    return Ready(update(model).where(columns.id == bindparam("row_id")).values(given))


@cache
def _defaults(model: type[Base]) -> dict[str, Any]:
    """Each column but the id, with its default; None where it has none."""
    columns: Any = cast(Table, model.__table__).columns
    return {
        column.key: column.default.arg if column.default is not None else None
        for column in columns
        if not column.primary_key
    }

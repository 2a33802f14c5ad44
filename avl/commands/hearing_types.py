"""Hearing types: added, changed, retired. Bookings made keep what they were booked with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from avl.commands.area_columns import HEARING_TYPES
from avl.commands.audit import record
from avl.commands.cells import CellsRefused, read_cells, spell_cells, what_changed
from avl.commands.csv_files import set_what_differs
from avl.commands.outages import PlaceChange
from avl.commands.publish import publish_kinds_again
from avl.commands.ruling import type_ruled, watch_rules
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, may
from avl.domain.errors import NotAllowed, NotFound
from avl.domain.seen import mark_of, require_seen
from avl.models import HearingType

BY_HAND = "added on a page"
"""The area of what no area's files brought in."""


@command
def add_hearing_type(session: Session, cells: Mapping[str, str], *, by: Actor) -> PlaceChange:
    """Add a hearing type; it concerns no booking yet.

    Args:
        cells: its columns as in hearing_types.csv.

    Raises:
        NotAllowed: the actor does not administer the system.
        CellsRefused: a column cannot be read, or the code is taken.
    """
    require_administrator(by)
    values = read_cells(HEARING_TYPES, cells)
    if session.get(HearingType, values["code"]) is not None:
        raise CellsRefused({"code": f"There is a hearing type {values['code']} already."})
    made = HearingType(**values, area=BY_HAND)
    session.add(made)
    session.flush()
    changes = what_changed({}, spell_cells(HEARING_TYPES, made))
    record(session, "add_hearing_type", by=by, subject=subject_of(made.code), changes=changes)
    watch = watch_rules(session, [], [])
    return PlaceChange(0, watch.sweep(session, by=by))


@command
def change_hearing_type(
    session: Session, code: str, cells: Mapping[str, str], *, mark: str | None = None, by: Actor
) -> PlaceChange:
    """Change a hearing type; every booking whose length or mode no longer stands goes on the
    worklist at once. One that may no longer be booked is retired: bookings of it stand.

    Args:
        cells: its columns as in hearing_types.csv, the code aside.
        mark: of the type as its author saw it.

    Raises:
        NotFound: there is no such type.
        NotAllowed: the actor does not administer the system.
        StaleVersion: somebody changed it meanwhile.
        CellsRefused: a column cannot be read.
    """
    require_administrator(by)
    there = session.get(HearingType, code, with_for_update={"key_share": True})
    if there is None:
        raise NotFound(f"There is no hearing type {code}.")
    before = spell_cells(HEARING_TYPES, there)
    require_seen(mark, mark_of(before))
    values = read_cells(HEARING_TYPES, {**cells, "code": code})
    watch = watch_rules(session, [], list(type_ruled(there, values)))
    was = there.access
    set_what_differs(there, values)
    session.flush()
    swept = watch.sweep(session, by=by)
    if there.access != was:
        publish_kinds_again(session, [code])
    if changes := what_changed(before, spell_cells(HEARING_TYPES, there)):
        record(session, "change_hearing_type", by=by, subject=subject_of(code), changes=changes)
    return PlaceChange(0, swept)


def subject_of(code: str) -> str:
    """How the audit names a hearing type."""
    return f"hearing type {code}"


def require_administrator(by: Actor) -> None:
    """Refuse whoever does not administer the system.

    Raises:
        NotAllowed: not an administrator.
    """
    if not may(by, Do.ADMINISTER, None):
        raise NotAllowed("Only an administrator may change this.")

"""Which bookings a changed hearing type, mode rule or area may concern, and watching them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.csv_files import what_differs
from avl.commands.disruption_steps import Watch, lock_rows
from avl.models import Booking, HearingType, ModeRule, Resource, Site
from avl.queries.disruptions import facts_about, standing_ids, with_parts
from avl.queries.placements import placement_of
from avl.queries.standing import Ruled, outdated_in, rooms_ruled, ruled_ids, sites_ruled

OF_A_BOOKING = ("act_class", "typical_minutes", "pre_minutes", "post_minutes", "access")
"""What about a hearing type decides whether a booking of it still stands, and who may read of it:
one made as the type is closed must not be published as if it were open."""


def type_ruled(there: HearingType | None, values: Mapping[str, Any]) -> Iterator[Ruled]:
    """What a hearing type concerns that is to have these values."""
    deciding = {name: values[name] for name in OF_A_BOOKING}
    if there is not None and what_differs(there, deciding):
        yield Ruled(there.code)


def rule_ruled(there: ModeRule | None, values: Mapping[str, Any]) -> Iterator[Ruled]:
    """What a mode rule concerns that is new, or is to have these values."""
    if there is None or what_differs(there, values):
        yield Ruled(values["hearing_type_code"], values["court_id"])
    if there is not None and what_differs(there, values):
        yield Ruled(there.hearing_type_code, there.court_id)


def watch_rules(session: Session, site_ids: Collection[int], ruled: Sequence[Ruled]) -> Watch:
    """Watch what holds the rooms of some sites, and every booking to come that some rules concern.

    The courtrooms concerned are locked as well, so that a booking made meanwhile waits for the
    rules as they will be. A site is locked by whoever adds a room to it, and last by a booking, and
    so it is here: should a room have been added before it was had, all is locked anew with it.
    """
    if not site_ids and not ruled:
        return Watch()
    rooms = rooms_ruled(session, site_ids, ruled)
    while True:
        attempt = session.begin_nested()
        watch = _watch_ruled(session, rooms, ruled)
        lock_rows(session, Site.id, sites_ruled(session, site_ids, ruled))
        locked, rooms = rooms, rooms_ruled(session, site_ids, ruled)
        if rooms <= locked:
            attempt.commit()
            return watch
        attempt.rollback()
        # What was read under locks that are given back may change before they are had again.
        session.expire_all()


def _watch_ruled(session: Session, rooms: Collection[int], ruled: Sequence[Ruled]) -> Watch:
    now = clock.now()

    def concerned() -> set[int]:
        return standing_ids(session, rooms, now) | ruled_ids(session, ruled)

    waiting = concerned()
    lock_rows(session, Booking.id, waiting)
    lock_rows(session, Resource.id, rooms)
    found = concerned()
    lock_rows(session, Booking.id, found - waiting)
    wanted = select(Booking).where(Booking.id.in_(sorted(found)))
    bookings = list(session.scalars(with_parts(wanted.order_by(Booking.starts_at, Booking.id))))
    if not bookings:
        return Watch()
    was = {booking.id: placement_of(booking) for booking in bookings}
    outdated = outdated_in(session, bookings) if ruled else None
    return Watch(bookings, facts_about(session, bookings), was, outdated)

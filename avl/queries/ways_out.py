"""Ways out as they are kept with a disruption, and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from avl.domain.interval import Interval
from avl.domain.lifting import lay_known
from avl.domain.local_time import say_when
from avl.domain.resources import Placement
from avl.domain.standing import Asked
from avl.domain.way_out import WayKind, WayOut, keeps_time_and_site
from avl.domain.world import World
from avl.models import Booking, Disruption
from avl.models.base import Json
from avl.queries.disruptions import with_parts
from avl.queries.placements import placement_of


def spell_way(way: WayOut, booking: Booking, world: World, asked: Asked | None = None) -> Json:
    """A way as JSON: ids to act on and words to read, never a name.

    ``mark`` is the same for the same way, so that nobody accepts another than they saw.

    Args:
        asked: what AVL takes at the way's time, where it does not stand there by itself.
    """
    spelt: Json = {"kind": way.kind.value, "why": way.why[:600]}
    if asked is not None:
        says = {"role": asked.role.value, "consent": asked.consent.value}
        spelt["asks"] = {"why": asked.why[:600], **says}
    if way.placement is not None:
        spelt |= _spell_move(placement_of(booking), way.placement, booking, world)
    text = json.dumps(spelt, sort_keys=True)
    return spelt | {"mark": hashlib.sha256(text.encode()).hexdigest()[:12]}


def starts_asked(ways: Mapping[int, WayOut], bookings: Iterable[Booking]) -> dict[int, datetime]:
    """By booking id, when the hearing would start of each that would go to another time: there
    the mode is decided anew."""
    return {
        booking.id: after.hearing.start
        for booking in bookings
        if (way := ways.get(booking.id)) is not None
        and (after := way.placement) is not None
        and after.hearing != placement_of(booking).hearing
    }


def _spell_move(before: Placement, after: Placement, booking: Booking, world: World) -> Json:
    zone = world.sites[before.court_id].zone

    def place(site_id: int, room: int) -> str:
        return f"{world.sites[site_id].name}, {world.resources[room].name}"

    return {
        "hearing": [after.hearing.start.isoformat(), after.hearing.end.isoformat()],
        "courtroom": after.courtroom,
        "conferences": [after.pre_minutes, after.post_minutes],
        "is_suite_only": keeps_time_and_site(before, after),
        "when": [say_when(before.hearing, zone), say_when(after.hearing, zone)],
        "around": [_say_around(before), _say_around(after)],
        "room": [world.resources[key].name for key in (before.courtroom, after.courtroom)],
        "seats": [
            {
                "appearance": appearance.id,
                "from_site": old.site_id,
                "site": new.site_id,
                "suite": new.suite,
                "before": place(old.site_id, old.suite),
                "after": place(new.site_id, new.suite),
            }
            for appearance, old, new in zip(
                booking.appearances, before.seats, after.seats, strict=True
            )
        ],
    }


def _say_around(placement: Placement) -> str:
    """The conferences around a hearing, in words."""
    return f"Conferences {placement.pre_minutes} min before, {placement.post_minutes} min after"


def count_as_taken(session: Session, world: World, *, except_for: Collection[int]) -> None:
    """Add the ways already kept for other bookings to the world, so that none collide."""
    rows = session.scalars(
        select(Disruption)
        .where(
            Disruption.resolved_at.is_(None),
            Disruption.way_version.is_not(None),
            Disruption.booking_id.not_in(sorted(except_for)),
        )
        .options(joinedload(Disruption.booking))
    ).all()
    wanted = {row.booking_id: row.way for row in rows if row.way.get("kind") == WayKind.MOVE}
    if not wanted:
        return
    bookings = session.scalars(with_parts(select(Booking).where(Booking.id.in_(sorted(wanted)))))
    for booking in bookings:
        lay_known(world, booking.id, _placed(booking, wanted[booking.id]))


def _placed(booking: Booking, way: Json) -> Placement:
    """Where a kept way would put a booking."""
    now = placement_of(booking)
    start, end = (datetime.fromisoformat(at) for at in way["hearing"])
    by_id = {seat["appearance"]: seat for seat in way["seats"]}
    seats = []
    for appearance, seat in zip(booking.appearances, now.seats, strict=True):
        to = by_id.get(appearance.id)
        seats.append(replace(seat, site_id=to["site"], suite=to["suite"]) if to else seat)
    return replace(
        now,
        hearing=Interval(start, end),
        courtroom=way["courtroom"],
        pre_minutes=way["conferences"][0],
        post_minutes=way["conferences"][1],
        seats=tuple(seats),
    )

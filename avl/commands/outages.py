"""A suite, courtroom or bridge port out of use, from a moment on, and back in use again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import Swept, watch_resources
from avl.commands.foreseeing import foresee
from avl.commands.ports import give_other_ports, ports_beside
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.contacts import require_text
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.domain.local_time import say_span
from avl.domain.wish import check_near
from avl.models import Outage, Resource, db
from avl.queries.place_facts import CAN_BE_OUT
from avl.queries.previews import Preview

LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """What a change to a place did to bookings.

    Attributes:
        id: of the outage or closure.
    """

    id: int
    swept: Swept


@command
def record_outage(
    session: Session,
    resource_id: int,
    *,
    start: datetime,
    end: datetime | None,
    reason: str,
    by: Actor,
) -> PlaceChange:
    """Take a room or port out of use; every booking this breaks goes on the worklist at once.

    A booking that kept the port takes another where one is free.

    Args:
        end: None until further notice.

    Raises:
        NotFound: there is no such room.
        NotAllowed: the actor does not keep the places of its site.
        InvalidInput: no reason, an end before the start or already past, or recorded already.
    """
    room, why = _check(session, resource_id, start, end, reason, by)
    ports = ports_beside(session, [room.id])
    watch = watch_resources(session, [room.id], start, end, beside=ports)
    _refuse_again(session, room, start, end)
    outage = Outage(resource_id=room.id, starts_at=start, ends_at=end, reason=why.rstrip("."))
    session.add(outage)
    session.flush()
    give_other_ports(session, ports)
    changes = {"start": start.isoformat(), "end": end.isoformat() if end else None}
    record(session, "record_outage", by=by, subject=f"room {room.id}", changes=changes, reason=why)
    return PlaceChange(outage.id, watch.sweep(session, by=by))


def foresee_outage(
    resource_id: int, *, start: datetime, end: datetime | None, reason: str, by: Actor
) -> Preview:
    """Say what taking a room or port out of use would break; nothing is changed.

    Raises:
        NotFound, NotAllowed, InvalidInput: as `record_outage` would.
    """
    room, _ = _check(db.session(), resource_id, start, end, reason, by)
    zone = room.site.zone if room.site else "UTC"
    return foresee(
        record_outage,
        resource_id,
        start=start,
        end=end,
        reason=reason,
        by=by,
        what=f"Closing {room.name} {say_span(start, end, zone)}",
        zone=zone,
    )


def _check(
    session: Session,
    resource_id: int,
    start: datetime,
    end: datetime | None,
    reason: str,
    by: Actor,
) -> tuple[Resource, str]:
    """The room, and the reason as it is kept."""
    room = _room(session, resource_id)
    require_keeper(by, room.site_id)
    why = require_text(reason, "reason", "The reason", longest=LONGEST_REASON)
    for field, at in (("date", start), ("end", end)):
        if at is not None:
            check_near(at, clock.now(), field)
    if end is not None and end <= start:
        raise InvalidInput("end", "The end must come after the start.")
    if end is not None and end <= clock.now():
        raise InvalidInput("end", "This outage is over already, so it changes nothing.")
    return room, why


def _refuse_again(session: Session, room: Resource, start: datetime, end: datetime | None) -> None:
    """A form that is sent twice must not leave two outages, of which one is ended in vain.

    The room is locked, so of two at once the second sees the first.
    """
    same = select(Outage.id).where(
        Outage.resource_id == room.id,
        Outage.starts_at == start,
        Outage.ends_at.is_not_distinct_from(end),
    )
    if session.scalar(same) is not None:
        zone = room.site.zone if room.site else "UTC"
        raise InvalidInput(
            "room", f"{room.name} is recorded as out of use {say_span(start, end, zone)} already."
        )


@command
def end_outage(session: Session, outage_id: int, *, by: Actor) -> PlaceChange:
    """Put a room back in use now; bookings that are possible again leave the worklist.

    Raises:
        NotFound: there is no such outage.
        ActionNotAllowed: it has ended already.
    """
    outage = session.scalars(
        select(Outage).where(Outage.id == outage_id).with_for_update()
    ).one_or_none()
    if outage is None:
        raise NotFound("There is no such outage.")
    room = _room(session, outage.resource_id)
    require_keeper(by, room.site_id)
    now, until = clock.now(), outage.ends_at
    if until is not None and until <= now:
        raise ActionNotAllowed(f"{room.name} is in use again already.")
    watch = watch_resources(session, [room.id], outage.starts_at, until)
    if outage.starts_at < now:
        outage.ends_at = now
    else:
        session.delete(outage)
    session.flush()
    record(session, "end_outage", by=by, subject=f"room {room.id}")
    return PlaceChange(outage_id, watch.sweep(session, by=by))


def require_keeper(by: Actor, site_id: int | None) -> None:
    """Refuse whoever does not keep the places of this site.

    Raises:
        NotAllowed: neither its registry nor its AVL coordinator.
    """
    if site_id is None or not may(by, Do.KEEP_PLACES, SiteSubject(site_id)):
        raise NotAllowed("Only a court's registry or a prison's AVL coordinator records this.")


def _room(session: Session, resource_id: int) -> Resource:
    room = session.scalars(
        select(Resource).where(Resource.id == resource_id, Resource.kind.in_(CAN_BE_OUT))
    ).one_or_none()
    if room is None:
        raise NotFound("There is no such room.")
    return room

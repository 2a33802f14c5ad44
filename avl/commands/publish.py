"""Keep every calendar a booking stands in up to date, inside the command's own transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session, aliased

from avl import clock
from avl.domain.booking import LIVE, LegKind, Status
from avl.domain.interval import Interval
from avl.domain.world import World
from avl.messages.calendar import Entry, render_entry, render_tombstone
from avl.models import Access, Appearance, Booking, FeedEvent, HearingType, Resource, Site
from avl.queries.ready import Adding, Ready

Scope = tuple[str, int]
"""A calendar: its kind (site, suite, court, counsel) and the id of what it belongs to."""

_Legs = tuple[tuple[LegKind, Interval], ...]
"""A booking's legs, earliest first."""

KEPT = timedelta(days=31)
"""How far back any calendar shows anything: cancelled bookings, and a day to spare."""

_SHOWN = LIVE | {Status.COMPLETED}
_EVENT = cast(Table, FeedEvent.__table__)
_ADD = Adding(FeedEvent)


def _seats() -> Ready:
    """Every appearance with the names of its places, in one read."""
    suite, courtroom, instruction = aliased(Resource), aliased(Resource), aliased(Resource)
    court, remote = aliased(Site), aliased(Site)
    return Ready(
        select(
            Appearance.site_id,
            Appearance.suite_id,
            Appearance.counsel_id,
            Booking.court_id,
            suite.name.label("suite"),
            remote.short_name.label("remote"),
            remote.zone.label("remote_zone"),
            courtroom.name.label("courtroom"),
            instruction.name.label("instruction"),
            court.name.label("court"),
            court.zone.label("court_zone"),
            HearingType.name.label("hearing_type"),
            HearingType.access,
        )
        .join(Booking, Booking.id == Appearance.booking_id)
        .join(HearingType, HearingType.code == Booking.hearing_type_code)
        .join(court, court.id == Booking.court_id)
        .join(remote, remote.id == Appearance.site_id)
        .join(suite, suite.id == Appearance.suite_id)
        .join(courtroom, courtroom.id == Appearance.courtroom_id)
        .outerjoin(instruction, instruction.id == Appearance.instruction_suite_id)
        .where(Appearance.booking_id == bindparam("booking_id"))
        .order_by(remote.short_name, suite.sort_order, suite.name, Appearance.id)
    )


# Built once: building these anew for each booking costs more than the database does to answer.
_SEATS = _seats()
_STANDING = Ready(
    select(
        _EVENT.c.scope_kind,
        _EVENT.c.scope_id,
        _EVENT.c.id,
        _EVENT.c.sequence,
        _EVENT.c.is_gone,
        _EVENT.c.starts_at,
        _EVENT.c.ends_at,
        _EVENT.c.body,
    ).where(_EVENT.c.booking_id == bindparam("booking_id"))
)


@dataclass(frozen=True, slots=True)
class _Published:
    """A booking as one calendar holds it, as far as it matters whether to write it again."""

    id: int
    sequence: int
    is_gone: bool
    interval: Interval
    body: bytes


def publish(
    session: Session, booking: Booking, *, is_new: bool = False, world: World | None = None
) -> None:
    """Bring every calendar this booking stands in, or stood in, up to its present version.

    The caller has set the booking's version and ``updated_at``. A held booking is nobody's
    business yet. A booking that left a calendar (another prison, suite or counsel) leaves a
    tombstone there, which knows neither the new place nor the new time. Nothing is written where
    nothing changed. Two reads, and at most two statements more.

    Args:
        is_new: made in this very transaction, so that it stands in no calendar yet.
        world: the picture a new booking was judged by, which knows the names of its places.
    """
    status = booking.status
    if status is Status.HELD:
        return
    session.flush()
    standing = {} if is_new else _published(session, booking.id)
    if is_new and world is not None:
        seats = _seats_in(world, booking)
    else:
        seats = _SEATS.rows(session, {"booking_id": booking.id})
    entries = _entries(booking, seats)
    is_shown = status in _SHOWN
    if not standing and not is_shown:
        return
    booking_id = booking.id
    rendered: dict[Entry, bytes] = {}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for scope, entry in entries.items():
        before = standing.pop(scope, None)
        if before is None and not is_shown:
            continue
        row = _row(entry, before, rendered)
        if before is None:
            kind, scope_id = scope
            new.append(row | {"scope_kind": kind, "scope_id": scope_id, "booking_id": booking_id})
        elif row["body"] != before.body:
            changed.append(row | {"id": before.id})
    changed.extend(
        _tombstone(booking, before) for before in standing.values() if not before.is_gone
    )
    if new:
        _ADD.rows(session, new)
    if changed:
        session.execute(update(FeedEvent), changed)


def publish_kinds_again(session: Session, codes: Collection[str]) -> None:
    """Rewrite what stands in calendars of these hearing types, past entries too.

    Called when a type becomes closed or private (or open): what was said of it must not go on
    being said. Each booking gets a new version, because readers ignore a change that does not
    count up. They are locked, so that none is published as it was before somebody moved it;
    `type_ruled` has those watched that are made meanwhile.
    """
    if not codes:
        return
    now = clock.now()
    session.flush()
    standing = select(FeedEvent.booking_id).where(FeedEvent.ends_at > now - KEPT)
    bookings = select(Booking).where(Booking.hearing_type_code.in_(codes), Booking.id.in_(standing))
    locked = bookings.order_by(Booking.id).with_for_update(of=Booking, key_share=True)
    for booking in session.scalars(locked.execution_options(populate_existing=True)).all():
        booking.version += 1
        booking.updated_at = now
        publish(session, booking)


def _row(entry: Entry, before: _Published | None, rendered: dict[Entry, bytes]) -> dict[str, Any]:
    # Whatever happened before, a changed entry counts up: calendars drop a change that does not.
    if before is not None and before.sequence >= entry.sequence:
        same = _render(dataclasses.replace(entry, sequence=before.sequence), rendered)
        if same != before.body:
            entry = dataclasses.replace(entry, sequence=before.sequence + 1)
        else:
            entry = dataclasses.replace(entry, sequence=before.sequence)
    return {
        "sequence": entry.sequence,
        "is_gone": entry.status not in _SHOWN,
        "starts_at": entry.interval.start,
        "ends_at": entry.interval.end,
        "updated_at": entry.changed_at,
        "body": _render(entry, rendered),
    }


def _render(entry: Entry, rendered: dict[Entry, bytes]) -> bytes:
    body = rendered.get(entry)
    if body is None:
        body = rendered[entry] = render_entry(entry)
    return body


def _tombstone(booking: Booking, before: _Published) -> dict[str, Any]:
    sequence = max(booking.version, before.sequence + 1)
    return {
        "id": before.id,
        "sequence": sequence,
        "is_gone": True,
        "starts_at": before.interval.start,
        "ends_at": before.interval.end,
        "updated_at": booking.updated_at,
        "body": render_tombstone(booking.uid, sequence, booking.updated_at, before.interval),
    }


def _published(session: Session, booking_id: int) -> dict[Scope, _Published]:
    found = _STANDING.rows(session, {"booking_id": booking_id})
    return {
        (row.scope_kind, row.scope_id): _Published(
            row.id, row.sequence, row.is_gone, Interval(row.starts_at, row.ends_at), row.body
        )
        for row in found
    }


class _Seat(NamedTuple):
    """An appearance with the names of its places; as `_SEATS` reads it."""

    site_id: int
    suite_id: int
    counsel_id: int | None
    court_id: int
    suite: str
    remote: str
    remote_zone: str
    courtroom: str
    instruction: str | None
    court: str
    court_zone: str
    hearing_type: str
    access: Access


def _seats_in(world: World, booking: Booking) -> list[_Seat]:
    """What `_SEATS` would read of a new booking, without reading it."""
    court, kind, rooms, sites = booking.court, booking.hearing_type, world.resources, world.sites
    listed = {key: place for place, key in enumerate(rooms)}
    in_order = sorted(
        booking.appearances, key=lambda one: (sites[one.site_id].name, listed[one.suite_id])
    )
    return [
        _Seat(
            one.site_id,
            one.suite_id,
            one.counsel_id,
            court.id,
            rooms[one.suite_id].name,
            sites[one.site_id].name,
            sites[one.site_id].zone,
            rooms[one.courtroom_id].name,
            rooms[one.instruction_suite_id].name if one.instruction_suite_id else None,
            court.name,
            court.zone,
            kind.name,
            kind.access,
        )
        for one in in_order
    ]


def _entries(booking: Booking, seats: Sequence[Any]) -> dict[Scope, Entry]:
    """What each calendar is to say. Each knows only the seats that are its business."""
    scopes: dict[Scope, list[Any]] = {}
    for seat in seats:
        scopes.setdefault(("site", seat.site_id), []).append(seat)
        scopes.setdefault(("suite", seat.suite_id), []).append(seat)
        scopes.setdefault(("court", seat.court_id), []).append(seat)
        if seat.counsel_id is not None:
            scopes.setdefault(("counsel", seat.counsel_id), []).append(seat)
    legs = tuple(
        sorted(
            [(leg.kind, Interval(leg.starts_at, leg.ends_at)) for leg in booking.legs],
            key=itemgetter(1),
        )
    )
    same = {
        "uid": booking.uid,
        "sequence": booking.version,
        "changed_at": booking.updated_at,
        "reference": booking.reference,
        "status": booking.status,
    }
    entries: dict[Scope, Entry] = {}
    alike: dict[tuple[str, tuple[int, ...]], Entry] = {}
    for scope, own in scopes.items():
        # A prison reads of its seats what their suite reads of them.
        voice = "remote" if scope[0] in ("site", "suite") else scope[0]
        key = (voice, tuple(map(id, own)))
        if key not in alike:
            alike[key] = _entry(same, legs, voice, own)
        entries[scope] = alike[key]
    return entries


def _entry(same: Mapping[str, Any], legs: _Legs, voice: str, seats: Sequence[Any]) -> Entry:
    """What one calendar is to say; ``same`` is what all of them do."""
    first = seats[0]
    if voice == "court":
        # The courtroom is not held for the conferences, so they are not in the court's calendar.
        legs = tuple(leg for leg in legs if leg[0] is LegKind.HEARING)
    is_hidden = first.access is not Access.OPEN
    places = [f"{seat.remote} {seat.suite}" for seat in seats]
    places.append(f"{first.court}, {first.courtroom}")
    if voice == "counsel":
        # Where to sit for the conference is nobody else's business.
        places += [f"conference in {seat.instruction}" for seat in seats if seat.instruction]
    return Entry(
        **same,
        interval=Interval(legs[0][1].start, max([i.end for _, i in legs])),
        kind="" if is_hidden else first.hearing_type,
        places=() if is_hidden else tuple(dict.fromkeys(places)),
        legs=() if is_hidden else legs,
        zone=first.remote_zone if voice == "remote" else first.court_zone,
        is_hidden=is_hidden,
    )

"""Bookings that stand, with all they hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from avl.commands.publish import publish
from avl.domain.booking import HOLDING, LegKind, Status, reference_from
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.resources import Placement, Seat, holds_for
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    HearingType,
    Hold,
    Leg,
    Matter,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from tests.making.basis import LONG_AGO, during, numbers, save
from tests.making.people import hearing_type, person
from tests.making.places import court, prison, rooms


def booking(
    *people: Person,
    at_court: Site | None = None,
    room: Resource | None = None,
    at_prison: Site | None = None,
    suites: Sequence[Resource] = (),
    hearing: Interval | None = None,
    pre_minutes: int = 0,
    post_minutes: int = 0,
    status: Status = Status.CONFIRMED,
    kind: HearingType | None = None,
    by: Counsel | None = None,
    matter: Matter | None = None,
    made_at: datetime = LONG_AGO,
    changed_at: datetime | None = None,
    is_published: bool = True,
    **more: Any,
) -> Booking:
    """One booking with legs, appearances, holds and calendar entries.

    Without people there is one, held at the prison. `suites` go with the people, in order; each
    suite's site is where that person appears from.
    """
    at_prison = at_prison or (_site_of(suites[0]) if suites else prison())
    suites = suites or rooms(at_prison, ResourceKind.SUITE)
    at_court = at_court or (_site_of(room) if room else court())
    room = room or rooms(at_court, ResourceKind.COURTROOM)[0]
    people = people or (person(held_at=at_prison),)
    placement = Placement(
        court_id=at_court.id,
        courtroom=room.id,
        hearing_type=(kind or hearing_type()).code,
        hearing=hearing or during("10:00", "10:30"),
        pre_minutes=pre_minutes,
        post_minutes=post_minutes,
        seats=tuple(
            Seat(who.resource_id, _id(where), where.id, by.resource_id if by else None)
            for who, where in zip(people, suites, strict=False)
        ),
    )
    found = Booking(
        reference=reference_from(next(numbers) + 32**5),
        uid=str(uuid.uuid4()),
        court_id=at_court.id,
        hearing_type_code=placement.hearing_type,
        status=status,
        starts_at=placement.span.start,
        ends_at=placement.span.end,
        created_at=made_at,
        updated_at=changed_at or made_at,
        **{
            "expires_at": placement.span.start,
            "requested_at": None if status is Status.HELD else made_at,
            **more,
        },
        legs=[
            Leg(kind=leg.kind, starts_at=leg.interval.start, ends_at=leg.interval.end)
            for leg in placement.legs
        ],
        appearances=[
            Appearance(
                person_id=who.id,
                site_id=_id(where),
                suite_id=where.id,
                courtroom_id=room.id,
                counsel_id=by.id if by else None,
                matter_id=matter.id if matter else None,
                agreed_at=None if status in (Status.HELD, Status.REQUESTED) else made_at,
            )
            for who, where in zip(people, suites, strict=False)
        ],
    )
    if status in HOLDING:
        for one, seat in zip(found.appearances, placement.seats, strict=True):
            zone = db.session.get_one(Site, seat.site_id).zone
            one.present_from, one.present_to = placement.span.start, placement.span.end
            one.present_on = local_day(placement.span.start, zone)
    save(found)
    if status in HOLDING:
        _hold(found, placement, suites)
    if is_published:
        publish(db.session(), found)
        db.session.commit()
    return found


def leg_of(booking: Booking, kind: LegKind) -> Leg:
    """A booking's leg of this kind."""
    return next(leg for leg in booking.legs if leg.kind is kind)


def _hold(booking: Booking, placement: Placement, suites: Iterable[Resource]) -> None:
    turnaround = {
        where.id: timedelta(minutes=db.session.get_one(Site, where.site_id).turnaround_minutes)
        for where in suites
    }
    legs = {leg.kind: leg.id for leg in booking.legs}
    save(
        *(
            Hold(
                booking_id=booking.id,
                leg_id=legs[wanted.leg],
                resource_id=wanted.resource_id,
                starts_at=wanted.occupied.start,
                ends_at=wanted.occupied.end,
                is_exclusive=wanted.is_exclusive,
            )
            for wanted in holds_for(placement, turnaround)
        )
    )


def _site_of(room: Resource) -> Site:
    return db.session.get_one(Site, room.site_id)


def _id(room: Resource) -> int:
    if room.site_id is None:
        raise ValueError("a room stands at a site")
    return room.site_id

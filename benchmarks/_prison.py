"""A prison with many suites and published bookings, added to a ground, and a browser in it."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, time, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, literal, select

from avl.commands.publish import publish
from avl.domain.booking import LegKind, Status, spelled
from avl.domain.local_time import to_utc
from avl.models import (
    Appearance,
    Booking,
    FeedEvent,
    HearingType,
    Leg,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from benchmarks._bulk import look_over, unhurried
from benchmarks.ground import Ground
from benchmarks.worldgen import FIRST_DAY, ZONE
from tests import make

AT = to_utc(datetime.combine(FIRST_DAY, time(10)), ZONE)
HALF_HOUR = timedelta(minutes=30)
_number = itertools.count(1)


def publish_history(ground: Ground) -> None:
    """Put every generated booking into its prison's calendar, so that history is in the way."""
    # The last of them: other benchmarks publish bookings of their own.
    last = FeedEvent.booking_id == ground.country.bookings
    if db.session.scalar(select(FeedEvent.id).where(last).limit(1)) is not None:
        return
    columns = (
        *("scope_kind", "scope_id", "booking_id", "sequence", "is_gone"),
        *("starts_at", "ends_at", "updated_at", "body"),
    )
    rows = (
        select(
            literal("site"),
            Appearance.site_id,
            Booking.id,
            literal(1),
            literal(False),
            Booking.starts_at,
            Booking.ends_at,
            Booking.updated_at,
            literal(b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"),
        )
        .join(Appearance, Appearance.booking_id == Booking.id)
        .where(Booking.id <= ground.country.bookings)
        .distinct()
    )
    unhurried(db.session.connection())
    db.session.execute(insert(FeedEvent).from_select(columns, rows))
    db.session.commit()
    look_over(db.engine)


def add_prison(suites: int, each: int, days: int = 1) -> Site:
    """A prison with so many suites, each with so many published bookings a day."""
    n = next(_number)
    prison = make.prison(f"BENCH{n}", short_name=f"Bench {n}", suites=0)
    court = make.court(f"BCOURT{n}", short_name="Bench court", courtrooms=1)
    kind = db.session.scalars(select(HearingType)).first() or make.hearing_type()
    rooms = [
        Resource(
            site_id=prison.id,
            kind=ResourceKind.SUITE,
            code=f"S{i}",
            name=f"Suite {i + 1}",
            sort_order=i,
        )
        for i in range(suites)
    ]
    people = [
        Person(
            prn=f"B{n:03}{i:05}",
            family_name=f"Tamihana{i}",
            given_names="Wiremu",
            search_name="x",
            resource=Resource(kind=ResourceKind.PERSON, name="x"),
        )
        for i in range(suites)
    ]
    db.session.add_all([*rooms, *people])
    db.session.flush()
    courtroom = make.rooms(court, ResourceKind.COURTROOM)[0]
    made = [
        _booking(n, i, AT + timedelta(days=day) + HALF_HOUR * 2 * turn, court, kind)
        for i, (day, turn, _) in enumerate(
            itertools.product(range(days), range(each), range(suites))
        )
    ]
    for i, booking in enumerate(made):
        booking.appearances = [
            Appearance(
                person_id=people[i % suites].id,
                site_id=prison.id,
                suite_id=rooms[i % suites].id,
                courtroom_id=courtroom.id,
                agreed_at=AT,
            )
        ]
    db.session.add_all(made)
    db.session.flush()
    for booking in made:
        publish(db.session(), booking)
    db.session.commit()
    return prison


def _booking(n: int, i: int, start: datetime, court: Site, kind: HearingType) -> Booking:
    hearing = start + HALF_HOUR / 2
    return Booking(
        # No booking made by a command is ever called so: 0 is none of the letters references have.
        reference="AVL-0" + spelled(n * 100_000 + i, 5),
        uid=str(uuid.uuid4()),
        court_id=court.id,
        hearing_type_code=kind.code,
        status=Status.CONFIRMED,
        starts_at=start,
        ends_at=start + HALF_HOUR,
        created_at=AT - timedelta(days=9),
        requested_at=AT - timedelta(days=9),
        updated_at=AT - timedelta(days=9),
        legs=[
            Leg(kind=LegKind.PRE_CONFERENCE, starts_at=start, ends_at=hearing),
            Leg(kind=LegKind.HEARING, starts_at=hearing, ends_at=start + HALF_HOUR),
        ],
    )


def signed_in(app: Flask, prison: Site) -> FlaskClient:
    """A coordinator's browser."""
    return make.sign_in(app.test_client(), make.user("avl_coordinator", prison))

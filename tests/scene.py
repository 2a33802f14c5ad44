"""A small stretch of the country in which commands are tried: one court, two prisons.

Rimutaka answers every request; Arohata serves itself. Tomorrow (Wednesday 25 November 2026) is
an ordinary day on which everything is open from 8 am to 6 pm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from avl.commands.bookings import BookingRequest, SeatRequest
from avl.domain.access import Actor, Role
from avl.domain.interval import Interval
from avl.models import (
    Approval,
    AuditEvent,
    Booking,
    Counsel,
    Disruption,
    Hold,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from avl.queries.room_request import RoomRequest, RoomSeat
from tests import make

TOMORROW = "2026-11-25"

OVERLAPS = text(
    """SELECT count(*) FROM hold a JOIN hold b
       ON a.resource_id = b.resource_id AND a.id < b.id AND a.is_exclusive AND b.is_exclusive
       AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""
)
"""How many pairs of exclusive holds share a moment: the number that must always be nought."""


def tomorrow(wall: str) -> datetime:
    """The instant of a wall-clock time tomorrow in Wellington."""
    return make.at(wall, on=TOMORROW)


@dataclass(frozen=True)
class Scene:
    """Everything and everybody a booking needs."""

    court: Site
    courtroom: Resource
    second_courtroom: Resource
    booth: Resource
    rimutaka: Site
    suite: Resource
    second_suite: Resource
    arohata: Site
    women_suite: Resource
    tane: Person
    hemi: Person
    aroha: Person
    mere: Counsel
    john: Counsel
    registrar: Actor
    other_registrar: Actor
    coordinator: Actor
    women_coordinator: Actor

    def seat(
        self,
        person: Person | None = None,
        suite: Resource | None = None,
        counsel: Counsel | None = None,
        **more: Any,
    ) -> SeatRequest:
        """One person asked for: Tāne in Suite 1 at Rimutaka, unless told otherwise."""
        person, suite = person or self.tane, suite or self.suite
        assert suite.site_id is not None
        return SeatRequest(
            person.id, suite.site_id, suite.id, counsel.id if counsel else None, **more
        )

    def request(
        self,
        start: str | datetime = "10:00",
        *seats: SeatRequest,
        minutes: int = 30,
        pre: int = 0,
        post: int = 0,
        courtroom: Resource | None = None,
        **more: Any,
    ) -> BookingRequest:
        """A request for tomorrow, for half an hour, unless told otherwise."""
        begins = tomorrow(start) if isinstance(start, str) else start
        return BookingRequest(
            court_id=self.court.id,
            courtroom_id=(courtroom or self.courtroom).id,
            hearing_type="CRB",
            hearing=Interval(begins, begins + timedelta(minutes=minutes)),
            pre_minutes=pre,
            post_minutes=post,
            seats=seats or (self.seat(),),
            **more,
        )

    def room(self, start: str | datetime = "10:00", *seats: RoomSeat, **more: Any) -> RoomRequest:
        """Room wanted for half an hour: for Tāne, tomorrow, in the first courtroom."""
        usual = {
            "court_id": self.court.id,
            "courtrooms": (self.courtroom.id,),
            "hearing_type": "CRB",
            "minutes": 30,
            "pre_minutes": 0,
            "post_minutes": 0,
            "seats": seats or (RoomSeat(self.tane.id),),
            "wanted_start": tomorrow(start) if isinstance(start, str) else start,
        }
        return RoomRequest(**{**usual, **more})

    def at_arohata(self, counsel: Counsel | None = None, **more: Any) -> SeatRequest:
        """Aroha in the suite that serves itself."""
        return self.seat(self.aroha, self.women_suite, counsel, **more)


def build() -> Scene:
    """Put the scene in the database."""
    make.hearing_type()
    court = make.court("HVDC", short_name="Hutt Valley", courtrooms=2)
    rimutaka = make.prison("RIM", short_name="Rimutaka", suites=2)
    arohata = make.prison("ARO", short_name="Arohata", approval=Approval.SELF_SERVICE)
    elsewhere = make.court("WNDC", short_name="Wellington")
    courtrooms, suites = (
        make.rooms(court, ResourceKind.COURTROOM),
        make.rooms(rimutaka, ResourceKind.SUITE),
    )
    return Scene(
        court=court,
        courtroom=courtrooms[0],
        second_courtroom=courtrooms[1],
        booth=make.instruction_suite(court, "Instruction suite 1"),
        rimutaka=rimutaka,
        suite=suites[0],
        second_suite=suites[1],
        arohata=arohata,
        women_suite=make.rooms(arohata, ResourceKind.SUITE)[0],
        tane=make.person("Rāwiri", "Tāne", held_at=rimutaka),
        hemi=make.person("Parata", "Hēmi", held_at=rimutaka),
        aroha=make.person("Kereama", "Aroha", held_at=arohata),
        mere=make.counsel("Mere Parata"),
        john=make.counsel("John Smith", mobile="+64217654321"),
        registrar=make.actor(Role.REGISTRY, court),
        other_registrar=make.actor(Role.REGISTRY, elsewhere),
        coordinator=make.actor(Role.AVL_COORDINATOR, rimutaka),
        women_coordinator=make.actor(Role.AVL_COORDINATOR, arohata),
    )


def overlaps() -> int:
    """Pairs of exclusive holds that overlap, asked of the database itself."""
    return int(db.session.scalar(OVERLAPS))


def held() -> list[tuple[int, datetime, datetime]]:
    """Every hold as (resource, start, end), in order."""
    rows = db.session.execute(
        select(Hold.resource_id, Hold.starts_at, Hold.ends_at).order_by(
            Hold.resource_id, Hold.starts_at
        )
    )
    return [(resource_id, start, end) for resource_id, start, end in rows]


def audited(booking: Booking | None = None) -> Sequence[str]:
    """The actions on record, of one booking or of all, in order."""
    query = select(AuditEvent.action).order_by(AuditEvent.id)
    if booking is not None:
        query = query.where(AuditEvent.booking_id == booking.id)
    return db.session.scalars(query).all()


def open_disruptions() -> list[Disruption]:
    """What no longer stands and nobody has settled yet."""
    db.session.expire_all()
    return list(db.session.scalars(select(Disruption).where(Disruption.resolved_at.is_(None))))

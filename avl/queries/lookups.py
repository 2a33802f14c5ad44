"""From the names programs use (codes, PRNs, file numbers) to rows, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.domain.interval import Interval
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    HearingType,
    Matter,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from avl.models.engines import one_read
from avl.queries.gathering import among
from avl.queries.people import PersonSeen, get_person
from avl.queries.place_facts import CAN_BE_OUT
from avl.queries.ready import Ready
from avl.queries.redact import SHOWN_PARTS, BookingShown, SeatNames, shown
from avl.queries.scope import visible_bookings

ROOMS = (ResourceKind.COURTROOM, ResourceKind.SUITE, ResourceKind.INSTRUCTION_SUITE)

LONGEST_BOOKING = timedelta(days=1)
"""No booking lasts longer (`hold_within_a_day`), so lists look back no further than this."""


# Built once: every booking by API asks these, and putting a statement together costs more than
# running it.
_KEPT = aliased(Person)
_PERSON_IDS = Ready(
    select(
        Person.prn,
        func.coalesce(_KEPT.id, Person.id),
        func.coalesce(_KEPT.resource_id, Person.resource_id),
        func.coalesce(_KEPT.interpreter_language, Person.interpreter_language),
    )
    .outerjoin(_KEPT, _KEPT.id == Person.merged_into_id)
    .where(among(Person.prn, "prns", kind=Text, few=True))
)
_SITE_OF_ROOMS = Ready(
    select(Resource.id, Resource.site_id).where(
        among(Resource.id, "ids", few=True),
        or_(*(Resource.kind == kind for kind in ROOMS)),
        Resource.site_id.is_not(None),
    )
)
_SUITE, _COURTROOM, _INSTRUCTION = aliased(Resource), aliased(Resource), aliased(Resource)
_SEAT_NAMES = Ready(
    select(
        Appearance.id,
        Person.prn,
        Person.family_name,
        Person.given_names,
        Site.code,
        Site.name,
        Site.zone,
        _SUITE.code,
        _SUITE.name,
        _COURTROOM.code,
        _COURTROOM.name,
        _INSTRUCTION.code,
        _INSTRUCTION.name,
        Matter.number,
        Matter.is_suppressed,
        Counsel.name,
        Counsel.firm,
    )
    .join(Person, Person.id == Appearance.person_id)
    .join(Site, Site.id == Appearance.site_id)
    .join(_SUITE, _SUITE.id == Appearance.suite_id)
    .join(_COURTROOM, _COURTROOM.id == Appearance.courtroom_id)
    .outerjoin(_INSTRUCTION, _INSTRUCTION.id == Appearance.instruction_suite_id)
    .outerjoin(Matter, Matter.id == Appearance.matter_id)
    .outerjoin(Counsel, Counsel.id == Appearance.counsel_id)
    .where(Appearance.booking_id == bindparam("booking_id"))
)
"""An appearance's id, then the fields of `SeatNames` in their order."""


def get_shown(actor: Actor, reference: str) -> BookingShown:
    """One booking as this actor may read it, in three queries.

    Raises:
        NotFound: there is none in the actor's scope.
    """
    booking = db.session.scalars(
        visible_bookings(actor).where(Booking.reference == reference).options(*SHOWN_PARTS)
    ).one_or_none()
    if booking is None:
        raise NotFound(f"There is no booking {reference}.")
    return shown(actor, booking)


def shown_after_change(actor: Actor, booking: Booking) -> BookingShown:
    """A booking that a command has just changed and still has in hand: one query for the names of
    everybody and everything in it."""
    rows = _SEAT_NAMES.rows(db.session(), {"booking_id": booking.id})
    return shown(actor, booking, {row[0]: SeatNames(*row[1:]) for row in rows})


def get_version(actor: Actor, reference: str) -> int:
    """How often a booking has changed.

    Raises:
        NotFound: there is none in the actor's scope.
    """
    version: int | None = db.session.scalar(
        visible_bookings(actor)
        .where(Booking.reference == reference)
        .with_only_columns(Booking.version)
    )
    if version is None:
        raise NotFound(f"There is no booking {reference}.")
    return version


@dataclass(frozen=True, slots=True)
class BookingPage:
    """One page of a list, and how many bookings the whole list has."""

    bookings: tuple[BookingShown, ...]
    total: int


def page_of_bookings(
    actor: Actor, during: Interval, *, site_code: str = "", page: int = 1, page_size: int = 50
) -> BookingPage:
    """Bookings with any moment in the interval, earliest first.

    Args:
        site_code: only those of this court or prison; "" for all in the actor's scope.
    """
    found = visible_bookings(actor).where(
        Booking.starts_at < during.end,
        Booking.starts_at > during.start - LONGEST_BOOKING,
        Booking.ends_at > during.start,
    )
    if site_code:
        site_id = db.session.scalar(select(Site.id).where(Site.code == site_code.upper()))
        if site_id is None:
            raise InvalidInput("site", f"There is no site {site_code}.")
        found = found.where(
            (Booking.court_id == site_id) | Booking.appearances.any(site_id=site_id)
        )
    total = db.session.scalar(found.with_only_columns(func.count(Booking.id)))
    rows = db.session.scalars(
        found.order_by(Booking.starts_at, Booking.id)
        .limit(page_size)
        .offset((page - 1) * page_size)
        .options(*SHOWN_PARTS)
    )
    return BookingPage(tuple(shown(actor, row) for row in rows), total or 0)


def active_sites() -> Sequence[Site]:
    """Every active site: where courts and prisons stand is no secret to anybody signed in."""
    return db.session.scalars(select(Site).where(Site.is_active).order_by(Site.code)).all()


def rooms(site_code: str = "", kind: str = "") -> Sequence[tuple[Resource, str]]:
    """Active courtrooms, suites and bridge ports with the code of their site, never people."""
    found = (
        select(Resource, Site.code)
        .join(Site, Site.id == Resource.site_id)
        .where(Resource.kind.in_(CAN_BE_OUT), Resource.is_active, Site.is_active)
        .order_by(Site.code, Resource.kind, Resource.sort_order, Resource.id)
    )
    if site_code:
        found = found.where(Site.code == site_code.upper())
    if kind:
        found = found.where(Resource.kind == kind)
    return [(room, code) for room, code in db.session.execute(found)]


def people_by_prn(actor: Actor, prn: str, *, now: datetime) -> list[PersonSeen]:
    """The person with exactly this PRN, or nobody.

    Raises:
        NotAllowed: this actor may not look for people.
    """
    if not may(actor, Do.SEARCH_PEOPLE):
        raise NotAllowed("Only a court registry or an AVL coordinator looks for people here.")
    wanted = "".join(prn.upper().split())
    kept = func.coalesce(Person.merged_into_id, Person.id)
    person_id = db.session.scalar(select(kept).where(Person.prn == wanted))
    return [] if person_id is None else [get_person(actor, person_id, now=now)]


@dataclass(frozen=True, slots=True)
class PersonIds:
    """A person's ids: of the person, and of the resource the calendar knows.

    Attributes:
        interpreter_language: what has to be interpreted for them; "" when nothing has.
    """

    id: int
    resource_id: int
    interpreter_language: str


def person_ids(prns: Collection[str]) -> Mapping[str, PersonIds]:
    """Each PRN's ids.

    Raises:
        InvalidInput: a PRN is nobody's.
    """
    with one_read(db.engine) as reading:
        rows = _PERSON_IDS.rows_on(reading, {"prns": prns})
    found = {prn: PersonIds(own, resource_id, said) for prn, own, resource_id, said in rows}
    if missing := sorted(set(prns) - set(found)):
        raise InvalidInput("prn", f"There is nobody with PRN {missing[0]}.", value=missing[0])
    return found


def counsel_resources(ids: Collection[int]) -> Mapping[int, int]:
    """Each counsel's resource id.

    Raises:
        InvalidInput: a number is nobody's.
    """
    if not ids:
        return {}
    rows = db.session.execute(select(Counsel.id, Counsel.resource_id).where(Counsel.id.in_(ids)))
    found = {int(counsel_id): int(resource_id) for counsel_id, resource_id in rows}
    if missing := sorted(set(ids) - set(found)):
        raise InvalidInput(
            "counsel_id", f"There is no counsel with number {missing[0]}.", value=missing[0]
        )
    return found


def matter_ids(numbers: Collection[str], *, court_id: int) -> Mapping[str, int]:
    """Each file number's matter at this court.

    Raises:
        InvalidInput: a number is not a file of this court.
    """
    if not numbers:
        return {}
    rows = db.session.execute(
        select(Matter.number, Matter.id).where(
            Matter.number.in_(numbers), Matter.court_id == court_id
        )
    )
    found = {str(number): int(matter_id) for number, matter_id in rows}
    if missing := sorted(set(numbers) - set(found)):
        raise InvalidInput("matter", f"This court has no file {missing[0]}.", value=missing[0])
    return found


def find_matter_id(number: str, court_id: int) -> int | None:
    """The matter that a court has under a file number, spelt as it is kept."""
    wanted = select(Matter.id).where(Matter.number == number, Matter.court_id == court_id)
    return db.session.scalar(wanted)


def site_of_rooms(ids: Collection[int]) -> Mapping[int, int]:
    """Each room's site.

    Raises:
        InvalidInput: a number is no room's.
    """
    with one_read(db.engine) as reading:
        rows = _SITE_OF_ROOMS.rows_on(reading, {"ids": ids})
    found = {room_id: site_id for room_id, site_id in rows if site_id is not None}
    if missing := sorted(set(ids) - set(found)):
        raise InvalidInput("room", f"There is no room with number {missing[0]}.", value=missing[0])
    return found


def hearing_type(code: str) -> HearingType:
    """The hearing type with this code, for its usual lengths.

    Raises:
        InvalidInput: there is none that can be booked.
    """
    found = db.session.get(HearingType, code)
    if found is None or not found.is_bookable:
        raise InvalidInput("hearing_type", "Choose a hearing type from the list.")
    return found


def interpreter_days(code: str) -> int | None:
    """How far ahead a hearing type wants interpreters asked for; None: as its court does."""
    return db.session.scalar(select(HearingType.interpreter_days).where(HearingType.code == code))


def court_ids(actor: Actor, code: str, do: Do = Do.BOOK) -> tuple[int, str]:
    """The id and zone of a court at which this actor may do this.

    Raises:
        InvalidInput: it is none of the actor's courts.
    """
    site = db.session.scalars(select(Site).where(Site.code == code.upper(), Site.is_active)).first()
    if site is None or not may(actor, do, SiteSubject(site.id)):
        raise InvalidInput("court", "There is no such court among yours.")
    return site.id, site.zone


def site_zone(site_id: int) -> str:
    """The zone of a site's clock.

    Raises:
        NotFound: there is no such site.
    """
    zone = db.session.scalar(select(Site.zone).where(Site.id == site_id))
    if zone is None:
        raise NotFound("There is no such site.")
    return zone

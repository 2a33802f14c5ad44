"""A court's lists: today, this week, and what the registry has to do something about."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, with_expression

from avl.domain.access import Actor, Role
from avl.domain.booking import LegKind, Status, normal_reference
from avl.domain.disruption import Cause, is_broken
from avl.domain.errors import InvalidInput
from avl.domain.folding import fold, matter_number, prns_typed
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
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
    Sms,
    db,
)
from avl.queries.broken import TROUBLE
from avl.queries.people import say_name
from avl.queries.redact import SHOWN_PARTS
from avl.queries.scope import sites_of, visible_bookings


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything."""

    court_id: int | None = None
    courtroom_id: int | None = None
    prison_id: int | None = None
    status: str = ""
    hearing_type: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One appearance in a list. ``instruction_suite``: counsel's room at court, or "".

    ``has_agreed``: whether the prison will host it; ``is_suppressed``: no name may be published."""

    name: str
    prn: str
    site: str
    suite: str
    instruction_suite: str
    counsel: str
    matter: str
    is_suppressed: bool
    has_agreed: bool


@dataclass(frozen=True, slots=True)
class BookingRow:
    """One booking in a list.

    Attributes:
        conference_at: when counsel's conference before the hearing starts, if there is one.
        zone: the court's zone, by whose clock the times are said.
        is_mine: whether the reader made it.
        trouble: why the worklist has it; None where it has not.
    """

    reference: str
    status: Status
    hearing_type: str
    hearing: Interval
    span: Interval
    conference_at: datetime | None
    zone: str
    court: str
    courtroom: str
    people: tuple[PersonRow, ...]
    expires_at: datetime | None
    end_reason: str
    is_mine: bool = False
    trouble: Cause | None = None

    @property
    def is_broken(self) -> bool:
        """It no longer stands as it is."""
        return is_broken(self.trouble)

    @property
    def on(self) -> date:
        """The date of the hearing on the court's wall."""
        return local_day(self.hearing.start, self.zone)

    @property
    def instruction_suites(self) -> tuple[str, ...]:
        """Counsel's rooms at court for the conference, each once."""
        rooms = [one.instruction_suite for one in self.people if one.instruction_suite]
        return tuple(dict.fromkeys(rooms))


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A text of which nobody can be sure that counsel knows it: somebody has to ring."""

    reference: str
    counsel: str
    mobile: str
    kind: str
    state: str
    hearing_at: datetime
    zone: str


class Choice(NamedTuple):
    """One entry of a filter or select."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    courts: tuple[Choice, ...] = ()
    courtrooms: tuple[Choice, ...] = ()
    prisons: tuple[Choice, ...] = ()
    hearing_types: tuple[Choice, ...] = ()


@dataclass
class Desk:
    """What the registry's first screen answers: what needs me now?

    Attributes:
        today: today's links at my courts, in order.
        waiting: requests that a prison has not answered yet.
        refused: bookings still to come that a prison declined or let lapse.
        kept: offers I am keeping and have not booked yet.
        messages: texts that failed: ring counsel.
    """

    today: list[BookingRow] = field(default_factory=list)
    waiting: list[BookingRow] = field(default_factory=list)
    refused: list[BookingRow] = field(default_factory=list)
    kept: list[BookingRow] = field(default_factory=list)
    messages: list[MessageRow] = field(default_factory=list)


def my_courts(actor: Actor) -> list[Site]:
    """The courts whose registry this actor is."""
    return list(db.session.scalars(sites_of(actor, Role.REGISTRY)))


def court_list(
    actor: Actor, interval: Interval, filters: Filters, *, limit: int | None = None
) -> list[BookingRow]:
    """Bookings at the actor's courts that touch the interval, in the order of their hearings."""
    query = (
        _at_my_courts(actor)
        .where(*_listed(interval), *_conditions(filters))
        .order_by(Booking.starts_at, Booking.id)
        .limit(limit)
    )
    rows = [_row(booking, actor) for booking in db.session.scalars(query)]
    return sorted(rows, key=lambda row: row.hearing.start)


def _listed(interval: Interval) -> tuple[ColumnElement[bool], ...]:
    """What a list of this time holds before it is narrowed."""
    return (
        Booking.starts_at < interval.end,
        # A booking lasts at most a day, so the read never grows with history.
        Booking.starts_at > interval.start - timedelta(days=1),
        Booking.ends_at > interval.start,
        # What was only ever an offer somebody kept for a while is nobody's business.
        Booking.requested_at.is_not(None),
    )


def desk_of(actor: Actor, today: Interval, *, now: datetime) -> Desk:
    """Everything for the first screen, in four queries."""
    coming = (Status.REQUESTED, Status.DECLINED, Status.LAPSED, Status.HELD)
    bookings = db.session.scalars(
        _at_my_courts(actor)
        .where(
            or_(
                and_(Booking.starts_at >= today.start, Booking.starts_at < today.end),
                and_(Booking.starts_at >= now, Booking.status.in_(coming)),
            ),
            or_(Booking.status == Status.HELD, Booking.requested_at.is_not(None)),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    replaced = {booking.previous_id for booking in bookings if booking.previous_id}
    desk = Desk(messages=_messages(actor, now))
    for booking in bookings:
        row = _row(booking, actor)
        if booking.status is Status.HELD:
            if row.is_mine and booking.expires_at and booking.expires_at > now:
                desk.kept.append(row)
            continue
        if today.contains(booking.starts_at):
            desk.today.append(row)
        if booking.status is Status.REQUESTED:
            desk.waiting.append(row)
        elif _is_refused(booking, now) and booking.id not in replaced:
            desk.refused.append(row)
    desk.today.sort(key=lambda row: row.hearing.start)
    return desk


def _is_refused(booking: Booking, now: datetime) -> bool:
    return booking.starts_at >= now and booking.status in (Status.DECLINED, Status.LAPSED)


def choices_for(courts: Sequence[Site], interval: Interval, filters: Filters) -> Choices:
    """What the filters of a list offer: what these courts, the reader's own, use.

    Of prisons those in the list as it is without filters, for every other one would empty it,
    and the one chosen already, so that another day does not silently let go of the choice.
    """
    ids = [court.id for court in courts]
    rooms = db.session.execute(
        select(Resource.id, Resource.name, Site.short_name)
        .join(Site, Site.id == Resource.site_id)
        .where(Resource.site_id.in_(ids), Resource.kind == ResourceKind.COURTROOM)
        .order_by(Site.short_name, Resource.sort_order, Resource.name)
    ).all()
    prisons = db.session.execute(
        select(Site.id, Site.short_name)
        .where(
            or_(
                Site.id.in_(
                    select(Appearance.site_id)
                    .join(Booking, Booking.id == Appearance.booking_id)
                    .where(Booking.court_id.in_(ids), *_listed(interval))
                ),
                Site.id == filters.prison_id,
            )
        )
        .order_by(Site.short_name)
    ).all()
    types = db.session.execute(
        select(HearingType.code, HearingType.name)
        .where(HearingType.is_bookable)
        .order_by(HearingType.name)
    ).all()
    several = len(courts) > 1
    return Choices(
        tuple(Choice(str(court.id), court.short_name) for court in courts),
        tuple(
            Choice(str(room_id), f"{name}, {site}" if several else name)
            for room_id, name, site in rooms
        ),
        tuple(Choice(str(site_id), name) for site_id, name in prisons),
        tuple(Choice(code, name) for code, name in types),
    )


def _at_my_courts(actor: Actor) -> Select[Booking]:
    trouble = with_expression(Booking.trouble, TROUBLE)
    return visible_bookings(actor).options(*SHOWN_PARTS, trouble).where(*_mine(actor))


def _mine(actor: Actor) -> list[ColumnElement[bool]]:
    """At a court whose registry the reader is, whatever else they may see elsewhere."""
    if Role.REGISTRY in actor.everywhere:
        return []
    return [Booking.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))]


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    if filters.court_id is not None:
        yield Booking.court_id == filters.court_id
    if filters.courtroom_id is not None:
        yield _some_appearance(Appearance.courtroom_id == filters.courtroom_id)
    if filters.prison_id is not None:
        yield _some_appearance(Appearance.site_id == filters.prison_id)
    if filters.status:
        yield Booking.status == filters.status
    if filters.hearing_type:
        yield Booking.hearing_type_code == filters.hearing_type
    if filters.text.strip():
        yield _mentions(filters.text)


def _some_appearance(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Appearance.id).where(Appearance.booking_id == Booking.id, condition).exists()


def _mentions(text: str) -> ColumnElement[bool]:
    """The text names the booking, a person, a PRN, counsel or a file number."""
    ways: list[ColumnElement[bool]] = []
    with contextlib.suppress(InvalidInput):
        ways.append(Booking.reference == normal_reference(text))
    if words := fold(text).split():
        prns = prns_typed(text)
        number = matter_number(text) or prns[-1]
        ways.append(
            select(Appearance.id)
            .join(Person, Person.id == Appearance.person_id)
            .outerjoin(Counsel, Counsel.id == Appearance.counsel_id)
            .outerjoin(Matter, Matter.id == Appearance.matter_id)
            .where(
                Appearance.booking_id == Booking.id,
                or_(
                    and_(*(_has_word(Person.search_name, word) for word in words)),
                    and_(*(_has_word(Counsel.search_name, word) for word in words)),
                    Person.prn.in_(prns),
                    Matter.number.contains(number, autoescape=True),
                ),
            )
            .exists()
        )
    return or_(*ways) if ways else Booking.id < 0


def _has_word(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    return or_(column.like(f"{word}%"), column.like(f"% {word}%"))


def _row(booking: Booking, actor: Actor) -> BookingRow:
    legs = {leg.kind: Interval(leg.starts_at, leg.ends_at) for leg in booking.legs}
    before = legs.get(LegKind.PRE_CONFERENCE)
    return BookingRow(
        reference=booking.reference,
        status=booking.status,
        hearing_type=booking.hearing_type.name,
        hearing=legs[LegKind.HEARING],
        span=Interval(booking.starts_at, booking.ends_at),
        conference_at=before.start if before else None,
        zone=booking.court.zone,
        court=booking.court.short_name,
        courtroom=booking.appearances[0].courtroom.name,
        people=tuple(_person(appearance) for appearance in booking.appearances),
        expires_at=booking.expires_at,
        end_reason=booking.end_reason,
        is_mine=booking.created_by_id is not None and booking.created_by_id == actor.user_id,
        trouble=booking.trouble,
    )


def _person(appearance: Appearance) -> PersonRow:
    return PersonRow(
        name=say_name(appearance.person),
        prn=appearance.person.prn,
        site=appearance.site.short_name,
        suite=appearance.suite.name,
        instruction_suite=appearance.instruction_suite.name if appearance.instruction_suite else "",
        counsel=appearance.counsel.name if appearance.counsel else "",
        matter=appearance.matter.number if appearance.matter else "",
        is_suppressed=bool(appearance.matter and appearance.matter.is_suppressed),
        has_agreed=appearance.agreed_at is not None,
    )


def _messages(actor: Actor, now: datetime) -> list[MessageRow]:
    """Texts of bookings still to come that did not surely arrive, newest of each kept."""
    rows = db.session.execute(
        select(Sms, Booking, Site.zone, Counsel)
        .join(Booking, Booking.id == Sms.booking_id)
        .join(Site, Site.id == Booking.court_id)
        .join(Counsel, Counsel.id == Sms.counsel_id)
        .where(
            Sms.needs_staff,
            Booking.ends_at > now,
            *_mine(actor),
        )
        .order_by(Booking.starts_at, Sms.id)
        .limit(50)
    )
    return [
        MessageRow(
            reference=booking.reference,
            counsel=counsel.name,
            mobile=sms.to_e164,
            kind=sms.kind,
            state=sms.state,
            hearing_at=booking.starts_at,
            zone=zone,
        )
        for sms, booking, zone, counsel in rows
    ]

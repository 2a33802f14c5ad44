"""The records the journey stands on: a person, their stays and bookings, matters.

People are found in the whole country; matters only at the reader's own courts, bookings only as
far as `visible_bookings` reaches.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, with_expression

from avl.domain.access import Actor, Do, Role, SiteSubject, may
from avl.domain.booking import LIVE, LegKind, Status
from avl.domain.disruption import Cause, is_broken
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.models import (
    Appearance,
    Booking,
    CustodyStay,
    Leg,
    Matter,
    MatterParty,
    Person,
    Site,
    SiteKind,
    db,
)
from avl.queries.broken import TROUBLE
from avl.queries.keeping_apart import may_keep_apart
from avl.queries.people import PersonSeen, StaySeen, get_person, say_name
from avl.queries.person_records import keeps, may_change
from avl.queries.scope import sites_of, visible_bookings

CUSTODY = frozenset({SiteKind.PRISON, SiteKind.YOUTH_RESIDENCE, SiteKind.POLICE, SiteKind.FORENSIC})
"""Kinds of site in which people are held."""

MOST_STAYS = 10
MOST_BOOKINGS = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A site where people are held; ``zone`` is its clock."""

    id: int
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Coming:
    """A booking still to come, as its reader may see it.

    Attributes:
        zone: the court's zone, by whose clock the times are said.
        is_misplaced: the person will not be at ``site`` for all of it.
        trouble: why the worklist has it; None where it has not.
        is_my_court: the reader is that court's registry.
    """

    reference: str
    status: Status
    hearing: Interval
    zone: str
    court: str
    kind: str
    site: str
    suite: str
    matter: str
    is_misplaced: bool
    is_my_court: bool
    trouble: Cause | None

    @property
    def is_broken(self) -> bool:
        """Whether it no longer stands as it is."""
        return is_broken(self.trouble)


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything about one person that a reader may know.

    Attributes:
        stays: where the person was, is and will be, the latest first.
        hidden_misplaced: bookings at the wrong place that others have to look after.
        may_move: the reader may record where the person goes.
        may_release: the reader keeps the stays of the place where the person is.
        may_correct_death: the reader may take back a death recorded by mistake.
        may_merge: the reader may make this record and another of the same person one.
        may_withdraw: the reader may take back the last step, a release or a move to come.
        may_add_matter: the reader may put the person on a matter.
        may_keep_apart: the reader may know from whom the person must be kept apart.
        may_change: the reader may change what else is recorded of the person.
    """

    person: PersonSeen
    stays: tuple[StaySeen, ...]
    coming: tuple[Coming, ...]
    hidden_misplaced: int
    may_move: bool
    may_release: bool
    may_withdraw: bool
    may_add_matter: bool
    may_correct_death: bool
    may_merge: bool
    may_keep_apart: bool
    may_change: bool

    @property
    def misplaced(self) -> tuple[Coming, ...]:
        """Bookings still to come at a place where the person will not be."""
        return tuple(booking for booking in self.coming if booking.is_misplaced)


@dataclass(frozen=True, slots=True)
class MatterPage:
    """A matter with one person on it. ``counsel_name`` is their counsel of record, or ""."""

    matter_id: int
    number: str
    court_name: str
    person_id: int
    person_name: str
    counsel_name: str


def person_page(actor: Actor, person_id: int, *, now: datetime) -> PersonPage:
    """One person, with everything this actor may know of them.

    Raises:
        NotFound: there is no such person, or this actor may not look for people.
    """
    person = get_person(actor, person_id, now=now)
    wrong = {part.booking_id for part in misplaced(db.session(), [person_id], now)}
    coming = _coming(actor, person_id, wrong, now)
    stays = _last_stays(person_id)
    last = stays[0] if stays else None
    is_released = last is not None and last.ends_at is not None and person.died_on is None
    is_planned = last is not None and last.starts_at > now
    return PersonPage(
        person,
        tuple(stays),
        coming,
        len(wrong) - sum(booking.is_misplaced for booking in coming),
        may_move=person.died_on is None and may(actor, Do.KEEP_STAYS),
        may_release=keeps(actor, person),
        may_withdraw=(is_released or is_planned)
        and any(
            may(actor, Do.KEEP_STAYS, SiteSubject(stay.site_id))
            for stay in stays[: 1 if is_released else 2]
        ),
        may_add_matter=may(actor, Do.KEEP_MATTERS),
        may_correct_death=person.died_on is not None
        and last is not None
        and may(actor, Do.KEEP_STAYS, SiteSubject(last.site_id)),
        may_merge=may(actor, Do.KEEP_STAYS),
        may_keep_apart=may_keep_apart(db.session(), actor, [person_id]),
        may_change=person.died_on is None and may_change(actor, person),
    )


def misplaced(session: Session, person_ids: Collection[int], now: datetime) -> list[Appearance]:
    """Appearances still to come at a place where the person will not be, earliest first.

    They stay booked until somebody resolves them, so whoever causes one is told at once.
    """
    is_there = (
        select(CustodyStay.id)
        .where(
            CustodyStay.person_id == Appearance.person_id,
            CustodyStay.site_id == Appearance.site_id,
            CustodyStay.starts_at <= Booking.starts_at,
            or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at >= Booking.ends_at),
        )
        .exists()
    )
    return list(
        session.scalars(
            select(Appearance)
            .join(Booking, Booking.id == Appearance.booking_id)
            .where(
                Appearance.person_id.in_(sorted(person_ids)),
                Booking.status.in_(LIVE),
                Booking.ends_at > now,
                ~is_there,
            )
            .order_by(Booking.starts_at, Booking.id)
            .options(joinedload(Appearance.booking))
        )
    )


def find_person_id(actor: Actor, prn: str) -> int | None:
    """The person with this PRN; None too for somebody who may not look for people."""
    if not may(actor, Do.SEARCH_PEOPLE):
        return None
    kept = func.coalesce(Person.merged_into_id, Person.id)
    return db.session.scalar(select(kept).where(Person.prn == prn))


def person_version(actor: Actor, prn: str) -> int:
    """How often the record of a person has changed.

    Raises:
        NotFound: there is none, or this actor may not look for people.
    """
    found = find_person_id(actor, prn)
    if found is None:
        raise NotFound("There is no such person.")
    return db.session.scalars(select(Person.version).where(Person.id == found)).one()


def custody_places(actor: Actor | None = None) -> list[Place]:
    """Sites where people are held, by name; with an actor, those whose stays they keep."""
    kinds = sorted(CUSTODY)
    found: Select[Site] = (
        select(Site).where(Site.kind.in_(kinds), Site.is_active).order_by(Site.name)
        if actor is None
        else sites_of(actor, Role.AVL_COORDINATOR, kinds=kinds)
    )
    return [Place(site.id, site.name, site.zone) for site in db.session.scalars(found)]


def places_for_new_people(actor: Actor) -> list[Place]:
    """Where this actor may say that a new person is held: a registry anywhere, a prison at home."""
    return custody_places(None if may(actor, Do.KEEP_MATTERS) else actor)


def matter_page(actor: Actor, matter_id: int, person_id: int) -> MatterPage:
    """A matter at one of the actor's courts, and one person on it.

    Raises:
        NotFound: there is no such matter at their courts, or the person is not on it.
    """
    row = db.session.scalars(
        select(MatterParty)
        .join(Matter, Matter.id == MatterParty.matter_id)
        .where(
            MatterParty.matter_id == matter_id,
            MatterParty.person_id == person_id,
            true()
            if Role.REGISTRY in actor.everywhere
            else Matter.court_id.in_(sorted(actor.sites_as(Role.REGISTRY))),
        )
        .options(
            joinedload(MatterParty.person),
            joinedload(MatterParty.counsel),
            joinedload(MatterParty.matter).joinedload(Matter.court),
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such matter at your courts.")
    return MatterPage(
        row.matter_id,
        row.matter.number,
        row.matter.court.name,
        row.person_id,
        say_name(row.person),
        row.counsel.name if row.counsel else "",
    )


def _last_stays(person_id: int) -> list[StaySeen]:
    rows = db.session.scalars(
        select(CustodyStay)
        .where(CustodyStay.person_id == person_id)
        .order_by(CustodyStay.starts_at.desc())
        .limit(MOST_STAYS)
        .options(joinedload(CustodyStay.site))
    )
    return [
        StaySeen(row.site_id, row.site.name, row.site.zone, row.status, row.starts_at, row.ends_at)
        for row in rows
    ]


def _coming(
    actor: Actor, person_id: int, wrong: Collection[int], now: datetime
) -> tuple[Coming, ...]:
    """The person's bookings still to come that this actor may see, earliest first (1 query)."""
    rows = db.session.execute(
        visible_bookings(actor)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .join(Leg, and_(Leg.booking_id == Booking.id, Leg.kind == LegKind.HEARING))
        .add_columns(Appearance, Leg)
        .where(Appearance.person_id == person_id, Booking.status.in_(LIVE), Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
        .limit(MOST_BOOKINGS)
        .options(
            joinedload(Booking.court),
            joinedload(Booking.hearing_type),
            joinedload(Appearance.site),
            joinedload(Appearance.suite),
            joinedload(Appearance.matter),
            with_expression(Booking.trouble, TROUBLE),
        )
    )
    return tuple(_coming_seen(actor, row, part, leg, row.id in wrong) for row, part, leg in rows)


def _coming_seen(
    actor: Actor, row: Booking, part: Appearance, leg: Leg, is_misplaced: bool
) -> Coming:
    is_my_court = may(actor, Do.KEEP_MATTERS, SiteSubject(row.court_id))
    return Coming(
        row.reference,
        row.status,
        Interval(leg.starts_at, leg.ends_at),
        row.court.zone,
        row.court.short_name,
        row.hearing_type.name,
        part.site.short_name,
        part.suite.name,
        part.matter.number if part.matter and is_my_court else "",
        is_misplaced,
        is_my_court,
        row.trouble,
    )

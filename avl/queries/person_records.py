"""What is recorded of a person besides where they are, for those who may change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from avl.domain.access import COURT_ROLES, Actor, Do, Role, SiteSubject, may
from avl.domain.errors import NotFound
from avl.models import Appearance, Booking, Matter, MatterParty, Person, db
from avl.queries.people import PersonSeen, get_person


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What is recorded of a person besides where they are.

    Attributes:
        has_birthday: whether a date of birth is recorded; which one is told to nobody.
        status: of custody, now.
        keeps_stays: the reader may change the status too.
    """

    person: PersonSeen
    has_birthday: bool
    interpreter_language: str
    status: str
    version: int
    keeps_stays: bool


def person_record(actor: Actor, person_id: int, *, now: datetime) -> PersonRecord:
    """What is recorded of a person besides where they are.

    Raises:
        NotFound: there is no such person, or they are not this actor's to change.
    """
    seen = get_person(actor, person_id, now=now)
    if seen.died_on is not None or not may_change(actor, seen):
        raise NotFound("There is no such person.")
    born_on = db.session.scalar(select(Person.born_on).where(Person.id == seen.person_id))
    return PersonRecord(
        seen,
        born_on is not None,
        seen.interpreter_language,
        seen.now_at.status if seen.now_at else "",
        seen.version,
        keeps_stays=keeps(actor, seen),
    )


def may_change(actor: Actor, person: PersonSeen) -> bool:
    """Whether this actor changes what is recorded of a person besides where they are."""
    return keeps(actor, person) or is_at_my_court(db.session(), actor, person.person_id)


def is_at_my_court(session: Session, actor: Actor, person_id: int) -> bool:
    """Whether a person has a matter or a booking at a court whose registry this actor is.

    Any registry finds anybody; of a person no case brings to its court it has nothing to correct.
    """
    if actor.is_system or Role.REGISTRY in actor.everywhere:
        return True
    if not (courts := sorted(actor.sites_as(*COURT_ROLES))):
        return False
    matters = (
        select(MatterParty.id)
        .join(Matter, Matter.id == MatterParty.matter_id)
        .where(MatterParty.person_id == person_id, Matter.court_id.in_(courts))
    )
    bookings = (
        select(Appearance.id)
        .join(Booking, Booking.id == Appearance.booking_id)
        .where(Appearance.person_id == person_id, Booking.court_id.in_(courts))
    )
    return bool(session.scalar(select(or_(matters.exists(), bookings.exists()))))


def keeps(actor: Actor, person: PersonSeen) -> bool:
    """Whether this actor keeps the stays of the place where a person is."""
    there = person.now_at
    return there is not None and may(actor, Do.KEEP_STAYS, SiteSubject(there.site_id))

"""What is recorded of a person besides where they are, for those who may change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from avl.domain.access import Actor, Do, PersonSubject, SiteSubject, may
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
    return may(actor, Do.CHANGE_RECORD, _subject(person))


def keeps(actor: Actor, person: PersonSeen) -> bool:
    """Whether this actor keeps the stays of the place where a person is."""
    there = person.now_at
    return there is not None and may(actor, Do.KEEP_STAYS, SiteSubject(there.site_id))


def _subject(person: PersonSeen) -> PersonSubject:
    there = person.now_at
    return as_subject(db.session(), person.person_id, there.site_id if there else None)


def as_subject(session: Session, person_id: int, held_at: int | None) -> PersonSubject:
    """A person as the rules about access know them.

    Args:
        held_at: the site where they are now; None where no stay says so.
    """
    matters = (
        select(Matter.court_id)
        .join(MatterParty, MatterParty.matter_id == Matter.id)
        .where(MatterParty.person_id == person_id)
    )
    bookings = (
        select(Booking.court_id)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .where(Appearance.person_id == person_id)
    )
    return PersonSubject(held_at, frozenset(session.scalars(union(matters, bookings))))

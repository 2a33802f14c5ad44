"""Court files: the people on them, and their counsel of record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.record_steps import keep_records
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.booking import LIVE
from avl.domain.contacts import read_matter_number
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    Matter,
    MatterParty,
    Person,
    Site,
    SiteKind,
)
from avl.queries.people import say_name


class SameMatter(InvalidInput):
    """The matter is recorded already, so the person would join those who are on it."""

    def __init__(self, matter: Matter) -> None:
        names = ", ".join(say_name(party.person) for party in matter.parties) or "nobody yet"
        super().__init__(
            "number", f"{matter.number} is already recorded at {matter.court.name}, with {names}."
        )
        self.matter_id = matter.id


@dataclass(frozen=True, slots=True)
class PartySet:
    """A person on a matter, and the coming bookings that still have other counsel."""

    matter_id: int
    number: str
    references: tuple[str, ...] = ()


@command
def add_matter(
    session: Session,
    typed: str,
    *,
    court_id: int | None,
    person_id: int | None = None,
    counsel_id: int | None = None,
    is_suppressed: bool = False,
    join: int | None = None,
    by: Actor,
) -> PartySet:
    """Record a matter at a court, with a person on it.

    Args:
        typed: the matter number as people type it.
        join: the id of the recorded matter that the person is to join, from `SameMatter`.

    Raises:
        SameMatter: it is recorded already at this court, and ``join`` does not name it.
        InvalidInput: the number, court, person or counsel cannot be used.
        NotAllowed: the actor is not that court's registry.
    """
    number = read_matter_number(typed)
    court = session.get(Site, court_id) if court_id is not None else None
    if court is None or court.kind is not SiteKind.COURT:
        raise InvalidInput("court", "Choose the court.")
    _require_court(by, court)
    matter = session.scalars(select(Matter).where(Matter.number == number)).first()
    if matter is not None:
        _require_same(by, matter, court, join=join)
    else:
        matter = Matter(number=number, court_id=court.id, is_suppressed=is_suppressed)
        session.add(matter)
        session.flush()
        record(session, "add_matter", by=by, subject=f"matter {matter.id}")
    if person_id is None:
        return PartySet(matter.id, matter.number)
    return _set_party(session, matter, person_id, counsel_id, by=by)


@command
def set_party(
    session: Session, matter_id: int, person_id: int, *, counsel_id: int | None, by: Actor
) -> PartySet:
    """Put a person on a matter, or change their counsel of record there.

    Bookings keep the counsel they have; those still to come with other counsel are named.

    Raises:
        NotFound: there is no such matter at the actor's courts, or no such person.
        InvalidInput: there is no such counsel, or the person's record has just become part of
            another one's.
    """
    matter = session.get(Matter, matter_id)
    if matter is None or not may(by, Do.KEEP_MATTERS, SiteSubject(matter.court_id)):
        raise NotFound("There is no such matter at your courts.")
    return _set_party(session, matter, person_id, counsel_id, by=by)


def _require_court(by: Actor, court: Site) -> None:
    if not may(by, Do.KEEP_MATTERS, SiteSubject(court.id)):
        raise NotAllowed(f"Only the registry of {court.name} keeps its matters.")


def _require_same(by: Actor, matter: Matter, court: Site, *, join: int | None) -> None:
    if matter.court_id != court.id:
        if may(by, Do.KEEP_MATTERS, SiteSubject(matter.court_id)):
            raise InvalidInput("number", f"{matter.number} is recorded at {matter.court.name}.")
        raise InvalidInput("number", f"{matter.number} belongs to another court. Check the number.")
    if join != matter.id:
        raise SameMatter(matter)


def _set_party(
    session: Session, matter: Matter, person_id: int, counsel_id: int | None, *, by: Actor
) -> PartySet:
    if session.get(Person, person_id) is None:
        raise NotFound("There is no such person.")
    if counsel_id is not None and session.get(Counsel, counsel_id) is None:
        raise InvalidInput("counsel", "There is no such counsel.")
    keep_records(session, [person_id])
    party = session.scalars(
        select(MatterParty)
        .where(MatterParty.matter_id == matter.id, MatterParty.person_id == person_id)
        .with_for_update()
    ).one_or_none()
    before = party.counsel_id if party else None
    if party is None:
        party = MatterParty(matter_id=matter.id, person_id=person_id)
        session.add(party)
    party.counsel_id = counsel_id
    session.flush()
    changes = {"person": person_id, "counsel": [before, counsel_id]}
    record(session, "set_party", by=by, subject=f"matter {matter.id}", changes=changes)
    return PartySet(matter.id, matter.number, _with_other_counsel(session, party))


def _with_other_counsel(session: Session, party: MatterParty) -> tuple[str, ...]:
    """Coming bookings of the party on this matter that have other counsel."""
    return tuple(
        session.scalars(
            select(Booking.reference)
            .join(Appearance, Appearance.booking_id == Booking.id)
            .where(
                Appearance.person_id == party.person_id,
                Appearance.matter_id == party.matter_id,
                Appearance.counsel_id.is_distinct_from(party.counsel_id),
                Booking.status.in_(LIVE),
                Booking.starts_at > clock.now(),
            )
            .order_by(Booking.starts_at, Booking.id)
        )
    )

"""Steps that typing a record and importing it share: making the rows, and what follows a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.csv_files import set_what_differs
from avl.commands.outbox import queue_news
from avl.domain.booking import LIVE
from avl.domain.errors import InvalidInput, StaleVersion
from avl.domain.folding import fold
from avl.domain.sms import SmsEvent, SmsState, next_state
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    CustodyStay,
    Person,
    Resource,
    ResourceKind,
    Sms,
)
from avl.queries.merging import people_named
from avl.queries.people import say_name

NOT_THERE = "There is no such person. Records may just have been made one: look again."


def make_person(
    *,
    prn: str,
    family_name: str,
    given_names: str = "",
    born_on: date | None = None,
    interpreter_language: str = "",
) -> Person:
    """A new person with the resource that bookings hold."""
    person = Person(
        prn=prn,
        born_on=born_on,
        interpreter_language=interpreter_language,
        resource=Resource(kind=ResourceKind.PERSON, name=""),
    )
    name_person(person, family_name=family_name, given_names=given_names)
    return person


def told_otherwise(
    people: Mapping[str, Person], stays: Collection[str], told: Mapping[str, Mapping[str, Any]]
) -> set[int]:
    """Ids of the people whose bookings a file may break: by their stays, or by another date of
    birth or language.

    Args:
        people: those known already, by PRN.
        stays: PRNs of those whose stays are given.
        told: what else is given of them, by PRN.
    """
    return {
        one.id
        for prn, one in people.items()
        if prn in stays
        or any(
            told.get(prn, {}).get(name, getattr(one, name)) != getattr(one, name)
            for name in ("born_on", "interpreter_language")
        )
    }


def name_person(person: Person, *, family_name: str, given_names: str) -> None:
    """Give a person a name, everywhere it is kept."""
    person.family_name, person.given_names = family_name, given_names
    person.search_name = fold(f"{family_name} {given_names}")[:200]
    person.resource.name = f"{given_names} {family_name}".strip()[:80]


def change_person(person: Person, values: Mapping[str, Any]) -> bool:
    """Bring a record in line with what a file says of the person; whether anything differed.

    The PRN that the file knows them by may be that of a record which was made one with theirs.
    """
    if not set_what_differs(person, {**values, "prn": person.prn}):
        return False
    name_person(person, family_name=values["family_name"], given_names=values["given_names"])
    person.version += 1
    return True


def tally(session: Session, person_ids: Collection[int]) -> None:
    """Count a change of these people's stays as one of their records."""
    people = session.scalars(select(Person).where(Person.id.in_(sorted(person_ids))))
    for person in people:
        person.version += 1


def check_person_version(person: Person, version: int | None) -> None:
    """Refuse a change made on an old picture of a record; None means any version will do.

    Raises:
        StaleVersion: somebody changed it since ``version`` was read.
    """
    if version is not None and version != person.version:
        raise StaleVersion(
            f"The record of {say_name(person)} was changed while you were looking at it. Look at"
            " it again, then decide."
        )


def make_counsel(name: str) -> Counsel:
    """New counsel with the resource that bookings hold."""
    counsel = Counsel(resource=Resource(kind=ResourceKind.COUNSEL, name=""), language="en")
    name_counsel(counsel, name)
    return counsel


def name_counsel(counsel: Counsel, name: str) -> None:
    """Give counsel a name, everywhere it is kept."""
    counsel.name, counsel.search_name = name, fold(name)[:200]
    counsel.resource.name = name[:80]


def lock_person(session: Session, person_id: int) -> Person | None:
    """A person, locked, so that two officers cannot record two places at once.

    Whoever is booking them may still refer to them: they have the resource that this waits for.
    """
    return session.scalars(
        select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    ).one_or_none()


def locked_named(session: Session, prns: Iterable[str]) -> dict[str, Person]:
    """Whom each PRN is of, locked in id order, so that what is read of them is what stands.

    Until they are locked two of them may be made one. A PRN of the other one leads to the one that
    was kept then, who is locked as well.
    """
    named, locked = list(prns), set[int]()
    while True:
        people = people_named(session, named)
        ids = {person.id for person in people.values()}
        if ids <= locked:
            return people
        wanted = select(Person.id).where(Person.id.in_(sorted(ids))).order_by(Person.id)
        session.execute(wanted.with_for_update(key_share=True)).all()
        locked |= ids
        # What was read before the locks were had may be old by now.
        session.expire_all()


def keep_records(session: Session, person_ids: Collection[int]) -> None:
    """Keep some people's records from becoming another one's until the transaction ends.

    Whoever records something of a person without booking them calls this first: a merge moves all
    there is, holding the same resources, and what came after it would be on a record that nobody
    finds. Resources are locked after bookings, as everywhere.

    Raises:
        InvalidInput: one of them is not there, or has just become part of another one's.
    """
    ids = sorted(set(person_ids))
    theirs = select(Person.resource_id).where(Person.id.in_(ids))
    locked = select(Resource.id).where(Resource.id.in_(theirs)).order_by(Resource.id)
    session.execute(locked.with_for_update(key_share=True)).all()
    there = select(Person.id).where(Person.id.in_(ids), Person.merged_into_id.is_(None))
    if len(session.scalars(there).all()) < len(ids):
        raise InvalidInput("person", NOT_THERE)


def stays_of(session: Session, person_id: int) -> list[CustodyStay]:
    """A person's stays, earliest first."""
    return list(
        session.scalars(
            select(CustodyStay)
            .where(CustodyStay.person_id == person_id)
            .order_by(CustodyStay.starts_at)
        )
    )


def set_reach(session: Session, counsel: Counsel, *, mobile: str, language: str) -> list[int]:
    """Change how counsel is texted, and bring the texts that have not left yet in line.

    Waiting texts go to the new number; without a number they are dropped. A first number, or
    another language, brings every coming booking up to date.

    Returns:
        The ids of the waiting texts that were given the new number or dropped.
    """
    had, spoke = counsel.mobile, counsel.language
    if (mobile, language) == (had, spoke):
        return []
    _lock_reach(session, counsel)
    counsel.mobile, counsel.language = mobile, language
    session.flush()
    # Bookings before texts, as every other command locks them.
    coming = _coming_bookings(session, counsel)
    touched = _readdress(session, counsel) if mobile != had else []
    if mobile and (not had or language != spoke):
        for booking in coming:
            queue_news(session, booking)
    return touched


def _lock_reach(session: Session, counsel: Counsel) -> None:
    """Wait for whoever is texting counsel, and let nobody read how to reach them meanwhile.

    Whoever changes a booking has locked it by then, and whoever books counsel their resource.
    """
    _coming_bookings(session, counsel)
    theirs = select(Resource.id).where(Resource.id == counsel.resource_id)
    session.execute(theirs.with_for_update(key_share=True))


def _readdress(session: Session, counsel: Counsel) -> list[int]:
    counsel.mobile_is_bad = False
    waiting = session.scalars(
        select(Sms)
        .where(Sms.counsel_id == counsel.id, Sms.state == SmsState.PENDING)
        .order_by(Sms.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for sms in waiting:
        if counsel.mobile:
            sms.to_e164 = counsel.mobile
        else:
            sms.state = next_state(SmsState(sms.state), SmsEvent.SUPERSEDED)
        sms.updated_at = clock.now()
    session.flush()
    return [sms.id for sms in waiting]


def _coming_bookings(session: Session, counsel: Counsel) -> list[Booking]:
    theirs = select(Appearance.booking_id).where(Appearance.counsel_id == counsel.id)
    return list(
        session.scalars(
            select(Booking)
            .where(Booking.id.in_(theirs), Booking.status.in_(LIVE), Booking.ends_at > clock.now())
            .order_by(Booking.id)
            .with_for_update()
        )
    )

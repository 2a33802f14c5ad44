"""What merging two records of one person would move, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import NotFound
from avl.domain.likeness import are_quite_different
from avl.domain.local_time import say_day
from avl.domain.merging import Stayed, join_stays
from avl.models import (
    Appearance,
    Booking,
    CustodyStay,
    Hold,
    KeepApart,
    MatterParty,
    Person,
    Site,
    db,
)
from avl.queries.people import PersonSeen, get_person, say_name
from avl.queries.scope import visible_bookings


@dataclass(frozen=True, slots=True)
class MergeSeen:
    """Two records side by side.

    Attributes:
        obstacles: why they cannot be merged as they stand; none when they can.
        doubts: what makes it unlikely that they are one person, each in a sentence, and has to be
            confirmed.
        bookings: how many of the other record's bookings move, ``matters`` and ``apart`` likewise.
        references: of those bookings, as far as the reader may see them, the latest first.
    """

    kept: PersonSeen
    other: PersonSeen
    obstacles: tuple[str, ...]
    bookings: int
    matters: int
    apart: int
    references: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def merge_seen(actor: Actor, kept_id: int, prn: str, *, now: datetime) -> MergeSeen:
    """What merging the record with this PRN into another would do.

    Raises:
        NotFound: there is nobody with this PRN, or this actor may not look for people.
    """
    session = db.session()
    wanted = "".join(prn.upper().split())
    other = session.scalars(
        select(Person).where(Person.prn == wanted, Person.merged_into_id.is_(None))
    ).first()
    kept = session.get(Person, kept_id)
    if other is None or kept is None or other.id == kept.id:
        raise NotFound("There is nobody else with this PRN.")
    return merge_of(actor, kept, other, now=now)


def merge_of(actor: Actor, kept: Person, other: Person, *, now: datetime) -> MergeSeen:
    """The same of two records that are known."""
    session = db.session()

    def count(column: object, condition: object) -> int:
        return session.scalar(select(func.count(column)).where(condition)) or 0  # type: ignore[arg-type]

    return MergeSeen(
        get_person(actor, kept.id, now=now),
        get_person(actor, other.id, now=now),
        tuple(obstacles_to(session, actor, kept, other)),
        count(Appearance.id, Appearance.person_id == other.id),
        count(MatterParty.id, MatterParty.person_id == other.id),
        count(KeepApart.id, or_(KeepApart.first_id == other.id, KeepApart.second_id == other.id)),
        tuple(session.scalars(_references(actor, other))),
        doubts_about(kept, other),
    )


def _references(actor: Actor, person: Person) -> Select[str]:
    """A person's bookings that this actor may see, the latest first."""
    return (
        visible_bookings(actor)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .where(Appearance.person_id == person.id)
        .order_by(Booking.starts_at.desc(), Booking.id.desc())
        .with_only_columns(Booking.reference)
    )


def may_merge(session: Session, actor: Actor, *people: Person) -> bool:
    """Whether an actor keeps the stays of a place where one of these people is, or last was."""
    if actor.is_system:
        return True
    last = (stays_of(session, person)[-1:] for person in people)
    return any(may(actor, Do.KEEP_STAYS, SiteSubject(one.site_id)) for few in last for one in few)


def stays_of(session: Session, person: Person) -> list[Stayed]:
    """A person's stays, earliest first."""
    rows = session.scalars(
        select(CustodyStay)
        .where(CustodyStay.person_id == person.id)
        .order_by(CustodyStay.starts_at)
    )
    return [Stayed(row.site_id, row.starts_at, row.ends_at, row.status) for row in rows]


def obstacles_to(session: Session, actor: Actor, kept: Person, other: Person) -> list[str]:
    """Why two records cannot be one person's as they stand, each in a sentence."""
    found = []
    if (kept.died_on is None) != (other.died_on is None):
        one = kept if kept.died_on else other
        found.append(
            f"Only {one.prn} is recorded as having died. Take that back first, or record the death"
            " of the other too."
        )
    if _are_kept_apart(session, kept, other):
        found.append(
            f"{kept.prn} and {other.prn} are kept apart, so they are two people. If they are one,"
            " end that first, under “Kept apart from”."
        )
    _, apart = join_stays(stays_of(session, kept), stays_of(session, other))
    names = {
        site.id: site
        for site in session.scalars(
            select(Site).where(Site.id.in_({one.site_id for pair in apart for one in pair}))
        )
    }
    for mine, theirs in apart:
        here, there = names[mine.site_id], names[theirs.site_id]
        day = say_day(max(mine.start, theirs.start), here.zone)
        found.append(
            f"{kept.prn} is recorded at {here.short_name} and {other.prn} at {there.short_name}"
            f" at once, from {day}. Put one of them right first, as by a transfer that was not"
            " recorded."
        )
    found += _bookings_in_the_way(session, actor, kept, other)
    return found


def doubts_about(kept: Person, other: Person) -> tuple[str, ...]:
    """What makes it unlikely that two records are one person's, each in a sentence.

    Only what everybody who may merge them sees anyway: a date of birth is told to nobody, so it
    makes no difference here either.
    """
    names = (f"{one.given_names} {one.family_name}" for one in (kept, other))
    if not are_quite_different(*names):
        return ()
    return (f"The names are quite different: {say_name(kept)} and {say_name(other)}.",)


def _are_kept_apart(session: Session, kept: Person, other: Person) -> bool:
    first, second = sorted((kept.id, other.id))
    pair = select(KeepApart.id).where(
        KeepApart.first_id == first, KeepApart.second_id == second, KeepApart.ended_at.is_(None)
    )
    return session.scalar(pair) is not None


def _bookings_in_the_way(session: Session, actor: Actor, kept: Person, other: Person) -> list[str]:
    """Bookings that one person could not both be in."""
    mine, theirs = aliased(Hold), aliased(Hold)
    pairs = set(
        session.execute(
            select(mine.booking_id, theirs.booking_id).where(
                mine.resource_id == kept.resource_id,
                theirs.resource_id == other.resource_id,
                mine.starts_at < theirs.ends_at,
                theirs.starts_at < mine.ends_at,
            )
        ).all()
    )
    one, two = aliased(Appearance), aliased(Appearance)
    pairs |= set(
        session.execute(
            select(one.booking_id, two.booking_id).where(
                one.booking_id == two.booking_id,
                one.person_id == kept.id,
                two.person_id == other.id,
            )
        ).all()
    )
    ids = {key for pair in pairs for key in pair}
    seen = visible_bookings(actor).where(Booking.id.in_(sorted(ids)))
    names = {booking.id: booking.reference for booking in session.scalars(seen)}

    def name(key: int) -> str:
        return names.get(key, "a booking that others look after")

    said = []
    for first, second in sorted((a, b) for a, b in pairs):
        if first == second:
            said.append(f"Both are in {name(first)}. Cancel it, or book it anew, first.")
        else:
            said.append(
                f"{name(first)} and {name(second)} are at the same time. Move or cancel one first."
            )
    return said


def say_both(kept: Person, other: Person) -> str:
    """Name what was merged: "Tāne RĀWIRI, PRN 1; PRN 2 leads there now"."""
    return f"{say_name(kept)}, PRN {kept.prn}; PRN {other.prn} leads there now"


def people_named(session: Session, prns: Iterable[str]) -> dict[str, Person]:
    """Whom each PRN is of; one that was merged into another is of the person that was kept."""
    kept = aliased(Person)
    named = (
        select(Person.prn, kept)
        .join(kept, kept.id == func.coalesce(Person.merged_into_id, Person.id))
        .where(Person.prn.in_(sorted(prns)))
    )
    return {row[0]: row[1] for row in session.execute(named)}

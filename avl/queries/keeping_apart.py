"""Who must be kept apart from whom, for those who may know; and what keeping two apart breaks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from avl import clock
from avl.domain.access import Actor, Do, Role, SiteSubject, may
from avl.domain.spoken import say_all
from avl.models import CustodyStay, KeepApart, Person, db


@dataclass(frozen=True, slots=True)
class PairSeen:
    """Two people who must be kept apart, from the side of one of them.

    Attributes:
        other_id: person id of the other.
        minutes: of gap between them; ``all_day``: never from one site on one day.
    """

    id: int
    other_id: int
    other_name: str
    other_prn: str
    minutes: int
    all_day: bool
    reason: str
    made_at: datetime


def may_keep_apart(session: Session, actor: Actor, person_ids: Collection[int]) -> bool:
    """Whether this actor keeps people like these apart: a registry, or the AVL coordinator of a
    place where one of them is held now or is to come to."""
    if actor.is_system or actor.holds(Role.REGISTRY):
        return True
    if not may(actor, Do.KEEP_APART):
        return False
    held = select(CustodyStay.site_id).where(
        CustodyStay.person_id.in_(sorted(person_ids)),
        or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > clock.now()),
    )
    return any(may(actor, Do.KEEP_APART, SiteSubject(site_id)) for site_id in session.scalars(held))


def pairs_of(actor: Actor, person_id: int) -> list[PairSeen] | None:
    """Whom a person must be kept apart from, by name; None for those who may not know."""
    session = db.session()
    if not may_keep_apart(session, actor, [person_id]):
        return None
    other = aliased(Person)
    rows = session.execute(
        select(KeepApart, other)
        .join(
            other,
            or_(
                (KeepApart.first_id == person_id) & (other.id == KeepApart.second_id),
                (KeepApart.second_id == person_id) & (other.id == KeepApart.first_id),
            ),
        )
        .where(KeepApart.ended_at.is_(None))
        .order_by(other.family_name, other.given_names, other.id)
    )
    return [
        PairSeen(
            pair.id,
            one.id,
            f"{one.given_names} {one.family_name}".strip(),
            one.prn,
            pair.gap_minutes,
            pair.other_site_too,
            pair.reason,
            pair.made_at,
        )
        for pair, one in rows
    ]


def say_pair(person_ids: Collection[int]) -> str:
    """Name two people, so that a PRN mistyped is seen before it keeps the wrong two apart."""
    names = db.session.execute(
        select(Person.given_names, Person.family_name)
        .where(Person.id.in_(sorted(person_ids)))
        .order_by(Person.id)
    )
    return say_all(f"{given} {family}".strip() for given, family in names)

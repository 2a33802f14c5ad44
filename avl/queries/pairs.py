"""Everybody who must be kept apart from somebody: the whole list, for those who may know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import aliased

from avl import clock
from avl.domain.access import Actor, Role
from avl.domain.errors import NotFound
from avl.models import CustodyStay, KeepApart, Person, Site, db

MOST = 200
"""So many pairs are read at once, the newest first."""


@dataclass(frozen=True, slots=True)
class OneOfPair:
    """One of two people; ``site`` is where they are held now, "" where nobody says."""

    person_id: int
    name: str
    prn: str
    site: str


@dataclass(frozen=True, slots=True)
class PairListed:
    """Two people who must be kept apart; ``minutes`` and ``all_day`` as in `keep_apart`."""

    id: int
    people: tuple[OneOfPair, OneOfPair]
    minutes: int
    all_day: bool
    reason: str
    made_at: datetime


def pairs_in_force(actor: Actor, *, most: int = MOST) -> list[PairListed]:
    """Pairs in force that this actor may know of, the newest first."""
    found = _pairs(actor).order_by(KeepApart.made_at.desc(), KeepApart.id.desc())
    return _listed(db.session.execute(found.limit(most)).all())


def pair_in_force(actor: Actor, pair_id: int) -> PairListed:
    """One pair.

    Raises:
        NotFound: it has ended, or is not this actor's to know of.
    """
    found = _listed(db.session.execute(_pairs(actor).where(KeepApart.id == pair_id)).all())
    if not found:
        raise NotFound("There is no such pair.")
    return found[0]


def pair_as_told(pair_id: int) -> PairListed:
    """One pair, in force or ended, for whoever has just changed it."""
    [found] = _listed(db.session.execute(_both().where(KeepApart.id == pair_id)).all())
    return found


_first, _second = aliased(Person), aliased(Person)


def _both() -> Select[KeepApart, Person, Person]:
    return (
        select(KeepApart, _first, _second)
        .join(_first, _first.id == KeepApart.first_id)
        .join(_second, _second.id == KeepApart.second_id)
    )


def _pairs(actor: Actor) -> Select[KeepApart, Person, Person]:
    return _both().where(KeepApart.ended_at.is_(None), _knows(actor))


def _knows(actor: Actor) -> ColumnElement[bool]:
    """As `may_keep_apart`: a registry, or the coordinator of where one is held or to come."""
    if actor.is_system or actor.holds(Role.REGISTRY) or Role.AVL_COORDINATOR in actor.everywhere:
        return true()
    held = select(CustodyStay.person_id).where(
        CustodyStay.site_id.in_(sorted(actor.sites_as(Role.AVL_COORDINATOR))),
        or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > clock.now()),
    )
    return or_(KeepApart.first_id.in_(held), KeepApart.second_id.in_(held))


def _listed(rows: Collection[Any]) -> list[PairListed]:
    where = _held_now({one.id for _, *both in rows for one in both})

    def seen(one: Person) -> OneOfPair:
        name = f"{one.given_names} {one.family_name}".strip()
        return OneOfPair(one.id, name, one.prn, where.get(one.id, ""))

    return [
        PairListed(
            pair.id,
            (seen(first), seen(second)),
            pair.gap_minutes,
            pair.other_site_too,
            pair.reason,
            pair.made_at,
        )
        for pair, first, second in rows
    ]


def _held_now(person_ids: Collection[int]) -> dict[int, str]:
    if not person_ids:
        return {}
    now = clock.now()
    rows = db.session.execute(
        select(CustodyStay.person_id, Site.short_name)
        .join(Site, Site.id == CustodyStay.site_id)
        .where(
            CustodyStay.person_id.in_(sorted(person_ids)),
            CustodyStay.starts_at <= now,
            or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > now),
        )
        .order_by(CustodyStay.starts_at)
    )
    return dict(rows.all())

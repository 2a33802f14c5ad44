"""Find a person in custody: where they are, what they have at my courts, and who appears with them.

A registry has to be able to book anybody in custody, so people are found in the whole country;
matters and counsel are shown only at the reader's own courts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from avl.domain.access import Actor, Do, Role, may
from avl.domain.errors import NotAllowed, NotFound
from avl.domain.folding import fold, matter_number, prns_typed
from avl.models import CustodyStay, Matter, MatterParty, Person, db

MOST = 20
"""How many people one search shows; more than that is a reason to type more."""


@dataclass(frozen=True, slots=True)
class StaySeen:
    """Where a person is held. ``ends_at`` None: until further notice."""

    site_id: int
    site_name: str
    zone: str
    status: str
    starts_at: datetime
    ends_at: datetime | None
    phone: str = ""
    site_code: str = ""


@dataclass(frozen=True, slots=True)
class PartySeen:
    """Somebody in custody on a matter."""

    person_id: int
    name: str
    prn: str


@dataclass(frozen=True, slots=True)
class MatterSeen:
    """A matter of the person's at one of the reader's courts.

    Attributes:
        others: co-defendants in custody, who can be booked together with the person.
    """

    matter_id: int
    number: str
    court_id: int
    court_name: str
    counsel_id: int | None
    counsel_name: str
    others: tuple[PartySeen, ...]
    court_code: str = ""


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person in custody as the registry finds them."""

    person_id: int
    prn: str
    name: str
    interpreter_language: str
    now_at: StaySeen | None
    next_at: StaySeen | None
    matters: tuple[MatterSeen, ...]
    died_on: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; ``has_more``: there were more than `MOST`."""

    people: tuple[PersonSeen, ...]
    has_more: bool


class Named(Protocol):
    """Whoever has a name: a person, or a row that has read one."""

    @property
    def given_names(self) -> str: ...
    @property
    def family_name(self) -> str: ...


def say_name(person: Named) -> str:
    """Say a person's name as the court calls it: "Tama NGATA-WHITE"."""
    return f"{person.given_names} {person.family_name.upper()}".strip()


def search_people(actor: Actor, typed: str, *, now: datetime) -> Found:
    """Find people by PRN, by name (in any order, macrons or not) or by matter number.

    Raises:
        NotAllowed: this actor may not look for people.
    """
    if not may(actor, Do.SEARCH_PEOPLE):
        raise NotAllowed("Only a court registry or an AVL coordinator looks for people here.")
    if not fold(typed):
        return Found((), has_more=False)
    rows = db.session.scalars(_matching(actor, typed).limit(MOST + 1)).all()
    return Found(tuple(_seen(actor, rows[:MOST], now)), has_more=len(rows) > MOST)


def get_person(actor: Actor, person_id: int, *, now: datetime) -> PersonSeen:
    """One person, as `search_people` shows them.

    Raises:
        NotFound: there is no such person, or this actor may not look for people.
    """
    asked = aliased(Person)
    # A record merged into another stands for the one that was kept.
    kept = select(func.coalesce(asked.merged_into_id, asked.id)).where(asked.id == person_id)
    rows = db.session.scalars(select(Person).where(Person.id == kept.scalar_subquery())).all()
    if not may(actor, Do.SEARCH_PEOPLE) or not rows:
        raise NotFound("There is no such person.")
    return _seen(actor, rows, now)[0]


def _matching(actor: Actor, typed: str) -> Select[Person]:
    # A record merged into another is found by its PRN, as the one that was kept.
    # Whoever has a matter at the reader's court is most likely meant.
    is_ours = _is_party(actor, true())
    found = (
        select(Person)
        .where(Person.merged_into_id.is_(None))
        .order_by(case((is_ours, 0), else_=1), Person.search_name, Person.prn)
    )
    merged = aliased(Person)
    if number := matter_number(typed):
        return found.where(_is_party(actor, Matter.number == number))
    prns = prns_typed(typed)
    ways: list[ColumnElement[bool]] = [
        Person.prn.in_(prns),
        Person.id.in_(select(merged.merged_into_id).where(merged.prn.in_(prns))),
        and_(*(_has_word(word) for word in fold(typed).split())),
    ]
    prn = prns[-1]
    if any(figure.isdigit() for figure in prn) and len(prn) >= 4:
        ways.append(Person.prn.startswith(prn, autoescape=True))
        ways.append(_is_party(actor, Matter.number.contains(prn, autoescape=True)))
    return found.where(or_(*ways))


def _has_word(word: str) -> ColumnElement[bool]:
    """Some word of the name starts with this one (folded words hold no LIKE signs)."""
    return or_(Person.search_name.like(f"{word}%"), Person.search_name.like(f"% {word}%"))


def _is_party(actor: Actor, matter_fits: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(MatterParty.id)
        .join(Matter, Matter.id == MatterParty.matter_id)
        .where(MatterParty.person_id == Person.id, matter_fits, _at_my_court(actor))
        .exists()
    )


def _at_my_court(actor: Actor) -> ColumnElement[bool]:
    if Role.REGISTRY in actor.everywhere:
        return true()
    return Matter.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))


def _seen(actor: Actor, people: Iterable[Person], now: datetime) -> list[PersonSeen]:
    people = list(people)
    ids = [person.id for person in people]
    stays = _stays(ids, now)
    matters = _matters(actor, ids)
    return [_person_seen(person, stays[person.id], matters[person.id], now) for person in people]


def _person_seen(
    person: Person, stays: list[StaySeen], matters: list[MatterSeen], now: datetime
) -> PersonSeen:
    current = next((stay for stay in stays if stay.starts_at <= now), None)
    coming = next((stay for stay in stays if stay.starts_at > now), None)
    return PersonSeen(
        person.id,
        person.prn,
        say_name(person),
        person.interpreter_language,
        current,
        coming,
        tuple(matters),
        person.died_on,
        person.version,
    )


def _stays(ids: Collection[int], now: datetime) -> dict[int, list[StaySeen]]:
    """Where each person is now and will be, earliest first."""
    rows = db.session.scalars(
        select(CustodyStay)
        .where(
            CustodyStay.person_id.in_(ids),
            or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > now),
        )
        .order_by(CustodyStay.starts_at)
        .options(joinedload(CustodyStay.site))
    )
    found: dict[int, list[StaySeen]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(
            StaySeen(
                row.site_id,
                row.site.short_name,
                row.site.zone,
                row.status,
                row.starts_at,
                row.ends_at,
                site_code=row.site.code,
            )
        )
    return found


def _matters(actor: Actor, ids: Collection[int]) -> dict[int, list[MatterSeen]]:
    """Each person's matters at the reader's courts, newest first."""
    rows = db.session.scalars(
        select(Matter)
        .where(
            _at_my_court(actor),
            Matter.id.in_(select(MatterParty.matter_id).where(MatterParty.person_id.in_(ids))),
        )
        .order_by(Matter.number.desc())
        .options(
            joinedload(Matter.court),
            selectinload(Matter.parties).joinedload(MatterParty.person),
            selectinload(Matter.parties).joinedload(MatterParty.counsel),
        )
    )
    found: dict[int, list[MatterSeen]] = defaultdict(list)
    for matter in rows:
        for party in matter.parties:
            found[party.person_id].append(_matter_seen(matter, party))
    return found


def _matter_seen(matter: Matter, party: MatterParty) -> MatterSeen:
    others = sorted(
        (other.person for other in matter.parties if other.person_id != party.person_id),
        key=lambda person: person.search_name,
    )
    return MatterSeen(
        matter.id,
        matter.number,
        matter.court_id,
        matter.court.name,
        party.counsel_id,
        party.counsel.name if party.counsel else "",
        tuple(PartySeen(other.id, say_name(other), other.prn) for other in others),
        matter.court.code,
    )

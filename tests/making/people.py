"""People in custody, their counsel and matters, and what is heard."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from avl.models import (
    Access,
    Counsel,
    CustodyStay,
    HearingType,
    Matter,
    MatterParty,
    ModeLayer,
    ModeRule,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from tests.making.basis import LONG_AGO, fold, numbers, save


def person(
    family_name: str = "Rāwiri",
    given_names: str = "Tāne",
    *,
    held_at: Site | None = None,
    prn: str | None = None,
    since: datetime = LONG_AGO,
    **more: Any,
) -> Person:
    """A person in custody; `held_at` records the stay."""
    n = next(numbers)
    found = Person(
        prn=prn or f"{n:08}",
        family_name=family_name,
        given_names=given_names,
        search_name=fold(f"{family_name} {given_names}"),
        resource=Resource(kind=ResourceKind.PERSON, name=f"{family_name}, {given_names}"),
        **more,
    )
    save(found)
    if held_at is not None:
        save(CustodyStay(person_id=found.id, site_id=held_at.id, starts_at=since))
    return found


def stay(
    of: Person, held_at: Site, *, since: datetime = LONG_AGO, until: datetime | None = None
) -> CustodyStay:
    """Where somebody is from one moment to another."""
    return save(CustodyStay(person_id=of.id, site_id=held_at.id, starts_at=since, ends_at=until))


def counsel(name: str = "Mere Parata", *, mobile: str = "+64211234567", **more: Any) -> Counsel:
    """A lawyer with a telephone."""
    resource = Resource(kind=ResourceKind.COUNSEL, name=name)
    return save(
        Counsel(name=name, search_name=fold(name), mobile=mobile, resource=resource, **more)
    )


def matter(
    at_court: Site,
    *parties: Person,
    number: str | None = None,
    by: Counsel | None = None,
    **more: Any,
) -> Matter:
    """A court file with its parties and counsel of record."""
    found = Matter(
        number=number or f"CRI-2026-096-{next(numbers):06}", court_id=at_court.id, **more
    )
    save(found)
    for party in parties:
        save(MatterParty(matter_id=found.id, person_id=party.id, counsel_id=by.id if by else None))
    return found


def hearing_type(
    code: str = "CRB", name: str = "Bail application", *, access: Access = Access.OPEN, **more: Any
) -> HearingType:
    """The hearing type of this code, made once."""
    found = db.session.get(HearingType, code)
    return found or save(
        HearingType(
            code=code,
            name=name,
            access=access,
            jurisdiction="criminal",
            **({"act_class": "criminal_procedural", "typical_minutes": 30} | more),
        )
    )


def mode_rule(code: str = "ACT8-1", **more: Any) -> ModeRule:
    """The mode rule of this code, made once: AVL for everybody, by statute."""
    found = db.session.query(ModeRule).filter_by(code=code).one_or_none()
    usual = {"layer": ModeLayer.STATUTE, "mode": "avl", "from_on": date(2017, 3, 1)}
    sentence = "a person in custody appears by AVL."
    return found or save(ModeRule(**({**usual, "code": code, "sentence": sentence} | more)))

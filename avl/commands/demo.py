"""Demonstration data: invented people, the same every time, in a week around today."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from avl import clock
from avl.commands.demo_names import COUNSEL, FAMILIES, MEN, WOMEN
from avl.commands.transaction import command
from avl.domain.access import Role
from avl.domain.folding import fold
from avl.models import (
    Counsel,
    CustodyStay,
    Matter,
    MatterParty,
    Membership,
    Person,
    Resource,
    ResourceKind,
    Site,
    User,
    db,
)

SEED = 20140414  # the April in which Hutt Valley's link went live
PASSWORD = "kia ora rimutaka 2014"
PEOPLE_PER_PRISON = 48

PAIRS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("HUTDC", ("RIMP", "RIMP", "RIMP", "AROH"), 16),
    ("WLGDC", ("RIMP", "RIMP", "AROH"), 10),
    ("PORDC", ("RIMP", "AROH"), 5),
    ("PPKDC", ("SHCF", "MECF", "ARWCF"), 7),
    ("HAMDC", ("SHCF", "WAIK", "WAIK"), 11),
    ("GISDC", ("HBRP", "HBRP", "ARWCF"), 5),
    ("AKLDC", ("MECF", "MECF", "ARWCF"), 8),
)
"""Court, the prisons its people come from (likelier ones repeated), bookings a day."""

SIGN_INS: tuple[tuple[str, str, Role, str | None, str], ...] = (
    ("registry@demo.example", "Tia Registry", Role.REGISTRY, "HUTDC", "Hutt Valley registry"),
    ("papakura@demo.example", "Paul Registry", Role.REGISTRY, "PPKDC", "Papakura registry"),
    ("coordinator@demo.example", "Rua Coordinator", Role.AVL_COORDINATOR, "RIMP", "Rimutaka AVL"),
    ("arohata@demo.example", "Ana Coordinator", Role.AVL_COORDINATOR, "AROH", "Arohata AVL"),
    ("officer@demo.example", "Owen Officer", Role.PRISON_OFFICER, "RIMP", "Rimutaka officer"),
    ("counsel@demo.example", "Mārama Te Whiu", Role.COUNSEL, None, "counsel"),
    ("manager@demo.example", "Mina Manager", Role.MANAGER, None, "national manager"),
    ("admin@demo.example", "Ari Administrator", Role.ADMINISTRATOR, None, "administrator"),
)
"""E-mail, name, role, site code (None: everywhere, or counsel's own), what they are."""

COLLEAGUES: tuple[tuple[str, str, Role, str], ...] = (
    ("wellington@demo.example", "Wini Registry", Role.REGISTRY, "WLGDC"),
    ("porirua@demo.example", "Pita Registry", Role.REGISTRY, "PORDC"),
    ("hamilton@demo.example", "Hana Registry", Role.REGISTRY, "HAMDC"),
    ("gisborne@demo.example", "Gwen Registry", Role.REGISTRY, "GISDC"),
    ("auckland@demo.example", "Aroha Registry", Role.REGISTRY, "AKLDC"),
    ("auckland.south@demo.example", "Sina Coordinator", Role.AVL_COORDINATOR, "SHCF"),
    ("mount.eden@demo.example", "Moana Coordinator", Role.AVL_COORDINATOR, "MECF"),
    ("wiri@demo.example", "Wiki Coordinator", Role.AVL_COORDINATOR, "ARWCF"),
    ("waikeria@demo.example", "Kauri Coordinator", Role.AVL_COORDINATOR, "WAIK"),
    ("hawkes.bay@demo.example", "Hemi Coordinator", Role.AVL_COORDINATOR, "HBRP"),
)
"""Who books and agrees elsewhere, so that every booking is its own court's and prison's. They can
sign in as well, and are not offered for it."""


def is_there() -> bool:
    """Whether demonstration data has been made in this database."""
    found = db.session.scalars(select(User.id).where(User.email == SIGN_INS[0][0])).first()
    return found is not None


@command
def add_cast(session: Session) -> None:
    """Add people in custody, where they are, their matters, counsel, and who signs in."""
    chance = random.Random(SEED)
    sites = {site.code: site for site in session.scalars(select(Site))}
    counsel = _add_counsel(session)
    session.flush()
    prisons = sorted({code for _, codes, _ in PAIRS for code in codes})
    courts_of = {
        prison: [court for court, codes, _ in PAIRS if prison in codes] for prison in prisons
    }
    number = 0
    for prison in prisons:
        for _ in range(PEOPLE_PER_PRISON):
            number += 1
            court = sites[chance.choice(courts_of[prison])]
            _add_person(session, chance, number, sites[prison], court, counsel)
    _add_users(session, sites, counsel)


def _add_counsel(session: Session) -> list[Counsel]:
    found = []
    for number, (name, firm, language) in enumerate(COUNSEL, start=1):
        resource = Resource(kind=ResourceKind.COUNSEL, name=name)
        found.append(
            Counsel(
                resource=resource,
                name=name,
                search_name=fold(name),
                firm=firm,
                mobile=f"+6421000{number:04d}",
                email=f"{fold(name).replace(' ', '.')}@demo.example",
                language=language,
            )
        )
    session.add_all(found)
    return found


def _add_person(
    session: Session,
    chance: random.Random,
    number: int,
    prison: Site,
    court: Site,
    counsel: list[Counsel],
) -> None:
    given = chance.choice(WOMEN if prison.subkind == "female" else MEN)
    family = chance.choice(FAMILIES)
    person = Person(
        resource=Resource(kind=ResourceKind.PERSON, name=f"{given} {family}"),
        prn=f"9{number:06d}",
        family_name=family,
        given_names=given,
        search_name=fold(f"{given} {family} {given}"),
        born_on=date(1998, 1, 1) - timedelta(days=chance.randrange(0, 12000)),
        interpreter_language="Samoan" if chance.random() < 0.02 else "",
    )
    person.stays = [
        CustodyStay(
            site_id=prison.id,
            starts_at=_midnight(-chance.randrange(30, 200)),
            ends_at=None,
            status=chance.choice(("remand_accused", "remand_accused", "remand_convicted")),
        )
    ]
    serial = 1000 + number
    matter = Matter(
        number=f"CRI-2026-{96 + court.id % 40:03d}-{serial:06d}",
        court_id=court.id,
        is_suppressed=chance.random() < 0.05,
    )
    session.add_all([person, matter])
    session.flush()
    session.add(
        MatterParty(matter_id=matter.id, person_id=person.id, counsel_id=chance.choice(counsel).id)
    )


def _add_users(session: Session, sites: dict[str, Site], counsel: list[Counsel]) -> None:
    # One hash for everybody: hashing takes a fifth of a second, on purpose.
    hashed = generate_password_hash(PASSWORD, "pbkdf2:sha256:600000")
    for email, name, role, code in (*(one[:4] for one in SIGN_INS), *COLLEAGUES):
        own = next((one.id for one in counsel if one.name == name), None)
        user = User(
            email=email,
            name=name,
            password_hash=hashed,
            counsel_id=own if role is Role.COUNSEL else None,
            created_at=clock.now(),
        )
        user.memberships = [Membership(role=role, site_id=sites[code].id if code else None)]
        session.add(user)


def _midnight(days: int) -> datetime:
    day = clock.now() + timedelta(days=days)
    return day.replace(hour=11, minute=0, second=0, microsecond=0)

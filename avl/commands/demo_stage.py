"""What the demonstration is made from: the country's sites and rooms, and the invented people."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from avl.commands.demo import SEED
from avl.domain.access import Actor, Grant, Role
from avl.domain.interval import Interval
from avl.models import (
    CustodyStay,
    Matter,
    MatterParty,
    Membership,
    Resource,
    ResourceKind,
    Site,
    User,
    db,
)

LENGTHS = {
    "LIST": (10, 10, 5),
    "BAIL": (20, 20, 10),
    "CASE_REVIEW": (10, 15, 5),
    "PLEA": (10, 15, 5),
    "CALLOVER": (10, 15, 5),
    "MONITOR": (10, 5, 5),
    "SUPPRESS": (15, 10, 5),
    "DISCLOSURE": (20, 10, 5),
}
"""Minutes of hearing, conference before and after."""

STARTS = [(hour, minute) for hour in (9, 10, 11, 12, 14, 15) for minute in (0, 15, 30, 45)]


@dataclass
class Stage:
    """What the demonstration is made from, read once."""

    sites: dict[str, Site]
    people: dict[tuple[int, int], list[tuple[int, int, int | None]]]
    rooms: dict[tuple[int, ResourceKind], list[int]]
    actors: dict[int, Actor]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    taken: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))


def set_stage() -> Stage:
    """Read what the commands before have put there."""
    sites = {site.code: site for site in db.session.scalars(select(Site))}
    rooms: dict[tuple[int, ResourceKind], list[int]] = defaultdict(list)
    for room in db.session.scalars(
        select(Resource).where(Resource.site_id.is_not(None), Resource.is_active)
    ):
        assert room.site_id is not None
        rooms[room.site_id, room.kind].append(room.id)
    people: dict[tuple[int, int], list[tuple[int, int, int | None]]] = defaultdict(list)
    rows = db.session.execute(
        select(
            Matter.court_id,
            CustodyStay.site_id,
            MatterParty.person_id,
            MatterParty.matter_id,
            MatterParty.counsel_id,
        )
        .join(Matter, Matter.id == MatterParty.matter_id)
        .join(CustodyStay, CustodyStay.person_id == MatterParty.person_id)
        .order_by(MatterParty.id)
    )
    for row in rows:
        people[row.court_id, row.site_id].append((row.person_id, row.matter_id, row.counsel_id))
    return Stage(sites, people, rooms, _actors())


def _actors() -> dict[int, Actor]:
    """Who books at each court, and who agrees at each prison, by their membership."""
    rows = db.session.execute(
        select(Membership.site_id, Membership.role, User)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.role.in_((Role.REGISTRY, Role.AVL_COORDINATOR)),
            Membership.site_id.is_not(None),
        )
        .order_by(Membership.id)
    )
    return {
        site_id: Actor(
            user_id=user.id,
            name=user.name,
            grants=(Grant(role, site_id),),
            sites=((role, frozenset({site_id})),),
        )
        for site_id, role, user in rows
        if site_id is not None
    }

"""Where people in custody are, and what of them the rules about company ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from avl.domain.custody import adult_on, is_sentenced
from avl.domain.interval import Interval
from avl.domain.world import PersonFacts, StayFact, World
from avl.models import CustodyStay, Person, Site
from avl.queries.gathering import among
from avl.queries.ready import Ready

_STAYS = Ready(
    select(
        Person.resource_id,
        CustodyStay.site_id,
        Site.short_name,
        CustodyStay.starts_at,
        CustodyStay.ends_at,
        CustodyStay.status,
    )
    .join(CustodyStay, CustodyStay.person_id == Person.id)
    .join(Site, Site.id == CustodyStay.site_id)
    .where(
        among(Person.resource_id, "people", few=True),
        CustodyStay.starts_at < bindparam("end"),
        or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > bindparam("start")),
    )
    .order_by(CustodyStay.starts_at)
)


def load_stays(
    session: Session, people: Collection[int], window: Interval
) -> dict[int, list[StayFact]]:
    """Custody stays that touch the window, earliest first, by the person's resource id."""
    values = {"people": people, "start": window.start, "end": window.end}
    rows = _STAYS.rows(session, values)
    found: dict[int, list[StayFact]] = defaultdict(list)
    for resource_id, site_id, name, start, end, status in rows:
        found[resource_id].append(StayFact(site_id, name, start, end, is_sentenced(status)))
    return dict(found)


def person_facts(resource_id: int, born_on: date | None, world: World) -> PersonFacts:
    """What the rules ask of one person, whose stays the world knows."""
    birthday, at = adult_on(born_on), world.window.start
    is_young = birthday is not None and at.date() < birthday
    return PersonFacts(is_young, world.is_sentenced(resource_id, at), birthday)

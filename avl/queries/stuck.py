"""What is known about a placement that was refused, for its ways out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select

from avl.domain.access import Actor
from avl.domain.clash_ways import Stuck, Trouble, Whereabouts
from avl.domain.elsewhere import Elsewhere
from avl.domain.local_time import local_day
from avl.domain.modes import Decider, Mode
from avl.domain.resources import Placement
from avl.domain.wish import wish_like
from avl.models import CustodyStay, HearingType, Person, Site, db
from avl.queries.elsewhere import prisons_with_room
from avl.queries.in_the_way import movable_among
from avl.queries.modes import decide_modes
from avl.queries.people import say_name


def stuck_at(
    actor: Actor,
    placement: Placement,
    trouble: Trouble,
    *,
    zone: str,
    matters: Mapping[int, int | None],
    has_offers: bool,
    moving: str,
    may_wait: bool,
    now: datetime,
    ignoring: int | None = None,
) -> Stuck:
    """Everything `ways_out_of` decides by (6 queries at most, 12 where a prison has no room).

    Args:
        zone: of the court.
        matters: the matter id each person appears on, by the person's resource id.
        moving: the reference of the booking being moved; "" for a new one. ``ignoring`` is its id.
    """
    session = db.session()
    people = {
        person.resource_id: person
        for person in session.scalars(
            select(Person).where(Person.resource_id.in_(seat.person for seat in placement.seats))
        )
    }
    known = _whereabouts(people.values(), now)
    kind = session.get(HearingType, placement.hearing_type)
    why, decider = "", Decider.NONE
    if kind is not None:
        decisions = decide_modes(
            session,
            court_id=placement.court_id,
            hearing_type=kind,
            matters={person.id: matters.get(key) for key, person in people.items()},
            on=local_day(placement.hearing.start, zone),
            people=list(people.values()),
        ).values()
        ranks = list(Decider)
        takes = [one.against_default(Mode.IN_PERSON).role for one in decisions if one.mode == "avl"]
        decider = max(takes, key=ranks.index, default=Decider.NONE)
        why = "" if takes else " ".join(dict.fromkeys(one.why for one in decisions))
    elsewhere: tuple[Elsewhere, ...] = ()
    if trouble.is_at_prison:
        on = local_day(placement.hearing.start, zone)
        wish = wish_like(placement, first=on, last=on, ignoring=ignoring)
        names = {key: known[person.id].name for key, person in people.items()}
        elsewhere = prisons_with_room(actor, wish, names=names, now=now)
    return Stuck(
        trouble,
        has_offers=has_offers,
        moving=moving,
        movable=movable_among(actor, trouble.alone, now=now, but=moving),
        people=tuple(known[person.id] for person in people.values()),
        elsewhere=elsewhere,
        may_wait=may_wait,
        in_person_by=decider,
        in_person_why=why,
    )


def _whereabouts(people: Collection[Person], now: datetime) -> dict[int, Whereabouts]:
    """Where each person is, and where next, by the person's id (1 query)."""
    found = {person.id: Whereabouts(say_name(person)) for person in people}
    rows = db.session.execute(
        select(CustodyStay.person_id, CustodyStay.starts_at, Site.short_name, Site.phone, Site.zone)
        .join(Site, Site.id == CustodyStay.site_id)
        .where(
            CustodyStay.person_id.in_(list(found)),
            or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > now),
        )
        .order_by(CustodyStay.starts_at)
    )
    for person_id, starts_at, site, phone, zone in rows:
        known = found[person_id]
        if starts_at <= now:
            found[person_id] = replace(known, site=site, phone=phone)
        elif known.next_at is None:
            found[person_id] = replace(known, next_site=site, next_at=starts_at, zone=zone)
    return found

"""Who is near whom: read only where a site's rule, or a person kept apart, asks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.separation import AROUND, LONGEST
from avl.domain.world import Apart, Present, SiteFacts, World
from avl.models import Appearance, Booking, KeepApart, Person, Site
from avl.queries.gathering import among
from avl.queries.ready import Ready


def load_company(
    session: Session,
    world: World,
    kept_apart: Collection[int],
    window: Interval,
    *,
    is_locking: bool = False,
) -> None:
    """Fill in who must be kept apart, and who is present where that may matter.

    Args:
        kept_apart: resource ids of those in the world who must be kept apart from somebody.
        is_locking: for a command about to write: what two bookings that could break a rule have
            in common is locked first, pairs before sites, each in id order.
    """
    pairs = _load_apart(session, world, kept_apart) if kept_apart else []
    sites = _sites_of(world)
    crowded = [site.id for site in sites if _needs_everybody(site, world, window)]
    if is_locking and session.get_bind().dialect.name != "sqlite":
        _lock(session, pairs, crowded)
    young = [one.id for one in sites if one.separates_youth and one.id not in crowded]
    near = {apart.other(key) for key in kept_apart for apart in world.apart.get(key, ())}
    wanted = {"crowded": crowded, "young": young, "near": near}
    if any(wanted.values()):
        _load_present(session, world, wanted, [site.id for site in sites], window)


def _sites_of(world: World) -> list[SiteFacts]:
    """The sites where somebody in the world is held."""
    ids = {stay.site_id for stays in world.stays.values() for stay in stays}
    return [world.sites[key] for key in sorted(ids) if key in world.sites]


def _needs_everybody(site: SiteFacts, world: World, window: Interval) -> bool:
    if site.escort_capacity is not None or site.separates_remand:
        return True
    on = local_day(window.start, site.zone)
    return site.separates_youth and any(one.young_on(on) for one in world.people.values())


def _load_apart(session: Session, world: World, kept_apart: Collection[int]) -> list[int]:
    """Read the pairs of which one is in the world; returns the ids of their rows."""
    first, second = aliased(Person), aliased(Person)
    ids = sorted(kept_apart)
    rows = session.execute(
        select(
            KeepApart.id,
            first.resource_id,
            second.resource_id,
            KeepApart.gap_minutes,
            KeepApart.other_site_too,
        )
        .join(first, first.id == KeepApart.first_id)
        .join(second, second.id == KeepApart.second_id)
        .where(
            KeepApart.ended_at.is_(None),
            or_(first.resource_id.in_(ids), second.resource_id.in_(ids)),
        )
        .order_by(KeepApart.id)
    ).all()
    found: dict[int, tuple[Apart, ...]] = defaultdict(tuple)
    for _, one, other, gap, all_day in rows:
        apart = Apart(one, other, timedelta(minutes=gap), all_day)
        for key in (one, other):
            found[key] = (*found[key], apart)
    world.apart = dict(found)
    return [row[0] for row in rows]


_LOCKS = tuple(
    Ready(select(key).where(among(key, "ids")).order_by(key).with_for_update(key_share=True))
    for key in (KeepApart.id, Site.id)
)


def _lock(session: Session, pairs: Collection[int], sites: Collection[int]) -> None:
    for lock, ids in zip(_LOCKS, (pairs, sites), strict=True):
        if ids:
            lock.rows(session, {"ids": ids})


@cache
def _present(asked: frozenset[str]) -> Ready:
    """The statement that reads who is present, by what is asked of it.

    Built once for each: building it anew costs more than the database does to answer.
    """
    ways = {
        "crowded": among(Appearance.site_id, "crowded"),
        "young": and_(among(Appearance.site_id, "young"), Appearance.is_young),
        "near": and_(among(Person.resource_id, "near"), among(Appearance.site_id, "here")),
    }
    is_over = and_(Booking.status == Status.HELD, Booking.expires_at <= bindparam("now"))
    return Ready(
        select(
            Person.resource_id,
            Appearance.site_id,
            Appearance.suite_id,
            Appearance.present_from,
            Appearance.present_to,
            Appearance.booking_id,
            Appearance.is_young,
            Appearance.is_sentenced,
            is_over.label("is_over"),
        )
        .join(Person, Person.id == Appearance.person_id)
        .join(Booking, Booking.id == Appearance.booking_id)
        .where(
            or_(*(ways[one] for one in sorted(asked))),
            Appearance.present_from < bindparam("end"),
            Appearance.present_from > bindparam("earliest"),
            Appearance.present_to > bindparam("start"),
        )
        .order_by(Appearance.present_from, Appearance.id)
    )


def _load_present(
    session: Session,
    world: World,
    wanted: Mapping[str, Collection[int]],
    here: Collection[int],
    window: Interval,
) -> None:
    around = window.widened(before=AROUND, after=AROUND)
    asked = {name: ids for name, ids in wanted.items() if ids}
    times = {"start": around.start, "end": around.end, "earliest": around.start - LONGEST}
    values = {**asked, **times, "now": world.now}
    if "near" in asked:
        values["here"] = here
    rows = _present(frozenset(asked)).rows(session, values)
    present: dict[int, list[Present]] = defaultdict(list)
    lapsing = set()
    for person, site_id, suite, start, end, booking_id, is_young, is_sentenced, over in rows:
        if over:
            lapsing.add(booking_id)
            continue
        assert start is not None
        assert end is not None
        span = Interval(start, end)
        present[site_id].append(
            Present(person, site_id, suite, span, booking_id, is_young, is_sentenced)
        )
    world.present, world.lapsing = dict(present), frozenset(lapsing)

"""Who is near whom: read only where a site's rule, or a person kept apart, asks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from avl.domain.booking import Status
from avl.domain.interval import Interval, merge
from avl.domain.local_time import local_day
from avl.domain.world import AROUND, LONGEST, Apart, Present, SiteFacts, World
from avl.models import Appearance, Booking, KeepApart, Person, Site
from avl.queries.gathering import among, unseen
from avl.queries.plain import plain
from avl.queries.ready import Ready


def load_company(
    session: Session, world: World, window: Interval, *, locking: Collection[int] | None = None
) -> None:
    """Fill in who is present where that may matter to somebody in the world.

    Args:
        window: as the rules judge it; who matters to a moment of it may be there long before.
        locking: for a command about to write: ids of pairs kept apart (`load_apart`). What two
            bookings that could break a rule have in common is locked first, pairs before sites,
            each in id order.
    """
    watched = watched_in(world)
    if locking is not None and plain(session).engine != "sqlite":
        _lock(session, locking, watched.get("crowded", ()))
    if watched:
        _load_present(session, world, watched, window)


def watched_in(world: World) -> dict[str, list[int]]:
    """Who in company matters to the people in the world; empty where nobody does.

    Returns:
        By name, and none that is empty: ``crowded``: sites where everybody matters; ``young``:
        sites where those under 18 do; ``near``: those whom somebody must be kept apart from, with
        ``here``, the sites at which they matter. People by resource id.
    """
    sites = _sites_of(world)
    crowded = [site.id for site in sites if _needs_everybody(site, world)]
    young = [one.id for one in sites if one.separates_youth and one.id not in crowded]
    near = {apart.other(key) for key in world.people for apart in world.apart.get(key, ())}
    # Whoever is held nowhere, as after a release, waits beside nobody.
    here = [site.id for site in sites] if near else []
    found = {"crowded": crowded, "young": young, "near": sorted(near) if here else [], "here": here}
    return {name: ids for name, ids in found.items() if ids}


def _sites_of(world: World) -> list[SiteFacts]:
    """The sites where somebody in the world is held."""
    ids = {stay.site_id for stays in world.stays.values() for stay in stays}
    return [world.sites[key] for key in sorted(ids) if key in world.sites]


def _needs_everybody(site: SiteFacts, world: World) -> bool:
    if site.escort_capacity is not None or site.separates_remand:
        return True
    on = local_day(world.window.start, site.zone)
    return site.separates_youth and any(one.young_on(on) for one in world.people.values())


def load_apart(session: Session, world: World, kept_apart: Collection[int]) -> list[int]:
    """Fill in who must be kept apart from whom.

    Args:
        kept_apart: resource ids of those in the world who must be kept apart from somebody.

    Returns:
        The ids of the pairs.
    """
    if not kept_apart:
        return []
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


_SEPARATES = or_(Site.separates_youth, Site.separates_remand)


def _to_come(
    person_ids: Collection[int], now: datetime, only_at: int | None
) -> list[ColumnElement[bool]]:
    """Conditions on `Appearance`: it is one of these people's, still to end, and at this site."""
    found = [Appearance.person_id.in_(sorted(person_ids)), Appearance.present_to > now]
    return found if only_at is None else [*found, Appearance.site_id == only_at]


def people_beside(
    session: Session, person_ids: Collection[int], now: datetime, *, only_at: int | None = None
) -> set[int]:
    """Whose bookings a change of some people's records may break beside their own.

    Those who must be kept apart from one of them; and, where a site keeps the young from adults or
    those on remand from the sentenced, those who are there when one of them still is to be.

    Args:
        only_at: the one site where they will be, for a change of nothing else: whoever must be kept
            apart from them must be so wherever they are held.

    Returns:
        Person ids, none of which are of those people.
    """
    ids = sorted(person_ids)
    found = _kept_apart_from(session, ids) if only_at is None else set()
    times = session.execute(
        select(Appearance.site_id, Appearance.present_from, Appearance.present_to).where(
            Appearance.site_id.in_(select(Site.id).where(_SEPARATES)),
            *_to_come(ids, now, only_at),
        )
    )
    spans: dict[int, list[Interval]] = defaultdict(list)
    for site_id, start, end in times:
        assert start is not None
        assert end is not None
        spans[site_id].append(Interval(start, end).widened(before=AROUND, after=AROUND))
    # Days near each other are one stretch of time, so an import asks no more for many people.
    for site_id, wide in spans.items():
        for span in merge(wide):
            found.update(session.scalars(_there(site_id, span)))
    return found - set(ids)


def _kept_apart_from(session: Session, person_ids: Collection[int]) -> set[int]:
    """The ids of these people and of whoever must be kept apart from one of them."""
    pairs = select(KeepApart.first_id, KeepApart.second_id).where(
        KeepApart.ended_at.is_(None),
        or_(KeepApart.first_id.in_(person_ids), KeepApart.second_id.in_(person_ids)),
    )
    return {key for pair in session.execute(pairs) for key in pair}


def _there(site_id: int, span: Interval) -> Select[int]:
    """The ids of whoever is at a site at some moment of a stretch of time."""
    return select(Appearance.person_id).where(
        Appearance.site_id == site_id,
        Appearance.present_from < span.end,
        Appearance.present_from > span.start - LONGEST,
        Appearance.present_to > span.start,
    )


def lock_separating(
    session: Session, person_ids: Collection[int], now: datetime, *, only_at: int | None = None
) -> None:
    """Lock the sites at which what these people are decides who may be beside them.

    A booking beside them locks such a site too, after its people and before it is written: until
    the transaction ends nobody is booked there by what these people were before it. Whoever calls
    this has locked the people already, and locks no booking and no resource after it.

    Args:
        only_at: see `people_beside`.
    """
    theirs = select(Appearance.site_id).where(*_to_come(person_ids, now, only_at))
    wanted = select(Site.id).where(Site.id.in_(theirs), _SEPARATES).order_by(Site.id)
    session.execute(wanted.with_for_update(key_share=True)).all()


_LOCKS = tuple(
    Ready(select(key).where(among(key, "ids")).order_by(key).with_for_update(key_share=True))
    for key in (KeepApart.id, Site.id)
)


def _lock(session: Session, pairs: Collection[int], sites: Collection[int]) -> None:
    for lock, ids in zip(_LOCKS, (pairs, sites), strict=True):
        if ids:
            lock.rows(session, {"ids": ids})


def present_ways(asked: Collection[str], *, few: bool = False) -> list[ColumnElement[bool]]:
    """Conditions on `Appearance` and `Person`, one for each of what `watched_in` returns.

    Args:
        few: see `among`.
    """
    at_site = partial(among, Appearance.site_id, few=few)
    ways = {
        "crowded": at_site("crowded"),
        "young": and_(at_site("young"), Appearance.is_young),
        "near": and_(among(Person.resource_id, "near", few=few), at_site("here")),
    }
    return [ways[one] for one in sorted(asked) if one in ways]


def is_over() -> ColumnElement[bool]:
    """Whether a booking was an offer whose time is over, at the moment called ``now``."""
    return and_(Booking.status == Status.HELD, Booking.expires_at <= bindparam("now"))


@cache
def _present(asked: frozenset[str]) -> Ready:
    """The statement that reads who is present, by what is asked of it.

    Built once for each: building it anew costs more than the database does to answer.
    """
    # Looked up for each of the few who are found. Joined, PostgreSQL would read all people in the
    # plan that it keeps for whatever times.
    who = aliased(Person)
    found = select(
        select(who.resource_id).where(who.id == Appearance.person_id).scalar_subquery(),
        Appearance.site_id,
        Appearance.suite_id,
        Appearance.present_from,
        Appearance.present_to,
        Appearance.booking_id,
        Appearance.is_young,
        Appearance.is_sentenced,
        select(is_over()).where(Booking.id == Appearance.booking_id).scalar_subquery(),
    ).where(
        or_(*present_ways(asked, few=True)),
        Appearance.present_from < unseen("end", Appearance.present_from),
        Appearance.present_from > unseen("earliest", Appearance.present_from),
        Appearance.present_to > unseen("start", Appearance.present_to),
    )
    if "near" in asked:
        found = found.join(Person, Person.id == Appearance.person_id)
    return Ready(found.order_by(Appearance.present_from, Appearance.id))


def _load_present(
    session: Session,
    world: World,
    watched: Mapping[str, Collection[int]],
    window: Interval,
) -> None:
    around = window.widened(before=AROUND, after=AROUND)
    times = {"start": around.start, "end": around.end, "earliest": around.start - LONGEST}
    values = {**watched, **times, "now": world.now}
    rows = _present(frozenset(watched)).rows(session, values)
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

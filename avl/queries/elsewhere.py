"""Prisons with a suite free at a time that is refused where the person is held.

Every prison of the same kind and for the same people as the one where somebody is held (men, women,
young people: a record says no more than that) is judged by the rules of every other placement, as
if they were there. Nothing can be booked by it: saving judges by custody stays, which only a
recorded transfer changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from avl.domain.access import Actor
from avl.domain.clashes import Verdict, judge
from avl.domain.elsewhere import Elsewhere, Point, PrisonNear, kilometres_between, nearest_first
from avl.domain.interpreters import LOOK_BACK
from avl.domain.interval import Interval
from avl.domain.wish import Wish
from avl.domain.world import StayFact, World
from avl.models import Site, db
from avl.queries.custody import load_stays
from avl.queries.form_offers import MARGIN, MOST_TRIED, placements_at
from avl.queries.world import load_busy, load_facts, wanted_for

MOST_PRISONS = 6
"""How many prisons are looked at for one person, the nearest first: a transfer across the country
for one link is nobody's way out."""


def prisons_with_room(
    actor: Actor, wish: Wish, *, names: Mapping[int, str], now: datetime
) -> tuple[Elsewhere, ...]:
    """For each person in a wish, the prisons that could have them at the wanted start (6 queries).

    Args:
        names: of the people, by resource id.
    """
    session = db.session()
    span = Interval(
        wish.wanted_start - timedelta(minutes=wish.pre_minutes),
        wish.wanted_start + timedelta(minutes=wish.minutes + wish.post_minutes),
    )
    window = span.widened(before=MARGIN, after=MARGIN)
    people = [seat.person for seat in wish.seats]
    stays = load_stays(session, people, window)
    homes = {person: _home(stays.get(person, ()), span) for person in people}
    sites = _sites_like(session, {home.site_id for home in homes.values() if home})
    near = {
        person: _prisons_near(sites, home.site_id) if home else [] for person, home in homes.items()
    }
    world = _world(session, actor, wish, stays, near, window, now)
    found = []
    for person, home in homes.items():
        name, site = names.get(person, ""), sites.get(home.site_id) if home else None
        if home is None or site is None:
            found.append(Elsewhere(name, "", ""))
            continue
        tried = [_tried(prison, person, home, wish, span, world) for prison in near[person]]
        found.append(
            Elsewhere(
                name,
                site.short_name,
                site.phone,
                tuple(prison for prison, _ in tried if prison.suites),
                next((f"At {prison.name}: {why}" for prison, why in tried if why), ""),
            )
        )
    return tuple(found)


def _home(stays: Sequence[StayFact], span: Interval) -> StayFact | None:
    """Where the person is then, or nearest to it."""
    return next((stay for stay in stays if stay.touches(span)), stays[-1] if stays else None)


def _sites_like(session: Session, homes: Iterable[int]) -> dict[int, Site]:
    """These sites, and all others in use that hold the same people."""
    home = aliased(Site)
    rows = session.scalars(
        select(Site)
        .join(home, and_(home.kind == Site.kind, home.subkind == Site.subkind))
        .where(home.id.in_(sorted(homes)), or_(Site.is_active, Site.id == home.id))
    )
    return {site.id: site for site in rows.unique()}


def _prisons_near(sites: Mapping[int, Site], home_id: int) -> list[PrisonNear]:
    home = sites[home_id]
    like = [
        _prison_near(home, site)
        for site in sites.values()
        if site.id != home_id and (site.kind, site.subkind) == (home.kind, home.subkind)
    ]
    return nearest_first(like)[:MOST_PRISONS]


def _prison_near(home: Site, site: Site) -> PrisonNear:
    here, there = _point(home), _point(site)
    return PrisonNear(
        site.id,
        site.code,
        site.short_name,
        site.phone,
        kilometres_between(here, there) if here and there else None,
        is_same_region=bool(site.region) and site.region == home.region,
    )


def _point(site: Site) -> Point | None:
    if site.latitude is None or site.longitude is None:
        return None
    return site.latitude, site.longitude


def _world(
    session: Session,
    actor: Actor,
    wish: Wish,
    stays: Mapping[int, list[StayFact]],
    near: Mapping[int, Sequence[PrisonNear]],
    window: Interval,
    now: datetime,
) -> World:
    """Everything the wish is judged by, at every prison that is looked at."""
    wanted = wanted_for(wish, stays)
    prisons = {prison.site_id for there in near.values() for prison in there}
    suites_of = frozenset(wanted.suites_of | prisons)
    world = load_facts(
        session,
        site_ids={wish.court_id, *suites_of},
        wanted=replace(wanted, suites_of=suites_of),
        people=[seat.person for seat in wish.seats],
        window=window,
        now=now,
        stays=stays,
        closures_from=window.start.date() - LOOK_BACK if wish.interpreter else None,
    )
    world.busy = load_busy(session, actor, list(world.resources), window, now)
    return world


def _tried(
    prison: PrisonNear, person: int, home: StayFact, wish: Wish, span: Interval, world: World
) -> tuple[PrisonNear, str]:
    """A prison with the suites in which the wish would fit; or why it would in none."""
    there = replace(
        home,
        site_id=prison.site_id,
        site_name=prison.name,
        start=world.window.start - timedelta(days=1),
        end=None,
    )
    moved = replace(world, stays={**world.stays, person: [there]})
    suites: dict[int, None] = {}
    best: Verdict | None = None
    for placement in islice(placements_at(wish, span, moved), MOST_TRIED):
        verdict = judge(placement, moved, ignoring=wish.ignoring)
        if verdict.is_possible:
            suites |= {seat.suite: None for seat in placement.seats if seat.person == person}
        elif best is None or len(verdict.clashes) < len(best.clashes):
            best = verdict
    found = replace(prison, suites=tuple(world.resources[key].name for key in suites))
    return found, "" if suites or best is None else best.clashes[0].sentence

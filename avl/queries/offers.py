"""Offers from the database: the search of `domain/offers`, reading only what it asks for.

Facts about places and people are read once. Holds of what is fixed are read once over the whole
window, those of suites only for the days that are left open, chunk by chunk, and who else is at
the prisons only for the days on which there are suites (`queries/held.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.cells import Grid
from avl.domain.errors import NotFound
from avl.domain.interpreters import LOOK_BACK
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.offers import Search, find_offers
from avl.domain.resources import Placement
from avl.domain.wish import Wish, wish_like
from avl.domain.world import StayFact
from avl.models import Site
from avl.queries.custody import load_stays
from avl.queries.held import HoldsInDatabase
from avl.queries.world import load_facts, wanted_for

DAYS_NEAR = 14
"""How many days after a refused time are searched for another."""


def search(session: Session, actor: Actor, wish: Wish, now: datetime) -> Search:
    """Find offers for a wish.

    Raises:
        NotFound: there is no such court, or this actor does not book for it.
    """
    return search_in_world(session, actor, wish, now)[0]


def search_in_world(
    session: Session,
    actor: Actor,
    wish: Wish,
    now: datetime,
    stays: Mapping[int, list[StayFact]] | None = None,
) -> tuple[Search, HoldsInDatabase]:
    """Find offers for a wish, and give back what they were found in.

    Args:
        stays: of everybody in the wish, from now on, when they have been read already.

    Raises:
        NotFound: as `search`.
    """
    if not may(actor, Do.BOOK, SiteSubject(wish.court_id)):
        raise NotFound("There is no such court.")
    people = [seat.person for seat in wish.seats]
    counsel = {seat.counsel for seat in wish.seats if seat.counsel is not None}
    around = _around(wish)
    if stays is None:
        stays = load_stays(session, people, around)
    world = load_facts(
        session,
        site_ids={wish.court_id, *(stay.site_id for held in stays.values() for stay in held)},
        wanted=wanted_for(wish, stays),
        people=people,
        window=around,
        now=now,
        stays=stays,
        closures_from=around.start.date() - LOOK_BACK if wish.interpreter else None,
        has_company=False,
    )
    if wish.court_id not in world.sites:
        raise NotFound("There is no such court.")
    grid = Grid.covering(wish.window(world.sites[wish.court_id].zone))
    holds = HoldsInDatabase(session, world, wish, counsel, grid)
    return find_offers(wish, world, holds), holds


def offers_near(
    session: Session,
    actor: Actor,
    placement: Placement,
    *,
    now: datetime,
    limit: int = 5,
    ignoring: int | None = None,
) -> Search:
    """Find alternatives to a placement that was refused: the same, as near to it as can be.

    Args:
        ignoring: id of the booking being moved, whose own holds do not count.

    Raises:
        NotFound: as `search`.
    """
    zone = session.scalar(select(Site.zone).where(Site.id == placement.court_id))
    if zone is None:
        raise NotFound("There is no such court.")
    first = local_day(max(placement.hearing.start, now), zone)
    last = first + timedelta(days=DAYS_NEAR - 1)
    wish = wish_like(placement, first=first, last=last, limit=limit, ignoring=ignoring)
    return search(session, actor, wish, now)


def _around(wish: Wish) -> Interval:
    """The wish's dates wherever in the world the court may be: its zone is not yet known."""

    def midnight(on: date) -> datetime:
        return datetime.combine(on, time(0), UTC)

    day = timedelta(days=1)
    return Interval(midnight(wish.first) - 2 * day, midnight(wish.last) + 3 * day)

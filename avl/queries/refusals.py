"""Why the very time somebody asked for cannot be had, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import and_, or_
from sqlalchemy.orm import Session

from avl.domain.access import Actor
from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.domain.wish import Wish
from avl.domain.world import World
from avl.models import Resource, ResourceKind
from avl.queries.world import load_busy, load_facts, load_stays

MARGIN = timedelta(hours=3)
"""How far around the time asked for things are read: longer than any turnaround."""

MOST_TRIED = 60
"""Ways of seating people that are judged; beyond that the sentence would be no better."""

ABOUT_A_ROOM = frozenset({Rule.TAKEN, Rule.OUT_OF_USE, Rule.NOT_PERMITTED})


def why_not(session: Session, actor: Actor, wish: Wish, wanted: datetime, *, now: datetime) -> str:
    """Judge every way of seating people at that time, and say what stops the best of them.

    Returns:
        One sentence or two; "" when nothing stops it.
    """
    span = Interval(
        wanted - timedelta(minutes=wish.pre_minutes),
        wanted + timedelta(minutes=wish.minutes + wish.post_minutes),
    )
    world = _load(session, actor, wish, span, now)
    verdicts = [
        (judge(placement, world, ignoring=wish.ignoring), placement)
        for placement in islice(_placements(wish, wanted, span, world), MOST_TRIED)
    ]
    verdict, placement = min(verdicts, key=lambda pair: len(pair[0].clashes))
    return _say(verdict, placement, world, ways=len(verdicts))


def _load(session: Session, actor: Actor, wish: Wish, span: Interval, now: datetime) -> World:
    window = span.widened(before=MARGIN, after=MARGIN)
    people = [seat.person for seat in wish.seats]
    stays = load_stays(session, people, window)
    sites = {stay.site_id for held in stays.values() for stay in held}
    named = {*wish.courtrooms, *people, *(seat.counsel for seat in wish.seats if seat.counsel)}
    ways = [
        Resource.id.in_(named),
        and_(Resource.site_id.in_(sites), Resource.kind == ResourceKind.SUITE),
    ]
    if not wish.courtrooms:
        is_room = Resource.kind == ResourceKind.COURTROOM
        ways.append(and_(Resource.site_id == wish.court_id, is_room))
    world = load_facts(
        session,
        site_ids={wish.court_id, *sites},
        is_wanted=or_(*ways),
        people=people,
        window=window,
        now=now,
        stays=stays,
    )
    world.busy = load_busy(session, actor, list(world.resources), window, now)
    return world


def _placements(wish: Wish, wanted: datetime, span: Interval, world: World) -> Iterator[Placement]:
    """Ways to seat everybody at that time: each courtroom with each turn of the suites."""
    courtrooms = wish.courtrooms or tuple(
        room.id for room in world.resources.values() if room.kind == "courtroom"
    )
    places = [_suites_for(seat.person, span, world) for seat in wish.seats]
    for turn in range(max((len(suites) for _, suites in places), default=1) or 1):
        seats = tuple(
            Seat(
                seat.person,
                site_id,
                suites[(turn + place) % len(suites)] if suites else 0,
                seat.counsel,
            )
            for place, (seat, (site_id, suites)) in enumerate(zip(wish.seats, places, strict=True))
        )
        for courtroom in courtrooms or (0,):
            yield Placement(
                court_id=wish.court_id,
                courtroom=courtroom,
                hearing_type=wish.hearing_type,
                hearing=Interval(wanted, wanted + timedelta(minutes=wish.minutes)),
                pre_minutes=wish.pre_minutes,
                post_minutes=wish.post_minutes,
                seats=seats,
            )


def _suites_for(person: int, span: Interval, world: World) -> tuple[int, Sequence[int]]:
    """Where the person is at that time (or nearest to it), with the suites there."""
    stays = world.stays.get(person, [])
    best = next((stay for stay in stays if stay.touches(span)), stays[-1] if stays else None)
    if best is None:
        return 0, ()
    return best.site_id, [
        room.id
        for room in world.resources.values()
        if room.kind == "suite" and room.site_id == best.site_id
    ]


def _say(verdict: Verdict, placement: Placement, world: World, *, ways: int) -> str:
    if not verdict.clashes:
        return ""
    for seat in placement.seats:
        if not world.stays.get(seat.person):
            return f"{world.resources[seat.person].name} is not recorded in custody then."
        if not seat.suite:
            return f"{world.sites[seat.site_id].name} has no AVL suite."
    said = " ".join(clash.sentence for clash in verdict.clashes[:2])
    if ways > 1 and all(_is_about_a_room(clash, placement) for clash in verdict.clashes):
        return f"No room is free for it then. The nearest to it: {said}"
    return said


def _is_about_a_room(clash: Clash, placement: Placement) -> bool:
    return clash.rule in ABOUT_A_ROOM and clash.resource_id in placement.rooms

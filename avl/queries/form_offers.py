"""Offers for a form, and an answer about the very time that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, product

from sqlalchemy.orm import Session

from avl.domain.access import Actor
from avl.domain.clash_ways import Trouble, alone_in_the_way, trouble_with
from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.custody import is_sentenced
from avl.domain.interval import Interval
from avl.domain.offers import Offer, Rank
from avl.domain.resources import Placement, Seat
from avl.domain.wish import Wish
from avl.domain.world import StayFact, World
from avl.models import db
from avl.queries.booking_form import Party
from avl.queries.held import HoldsInDatabase
from avl.queries.offers import search_in_world
from avl.queries.world import load_busy

MARGIN = timedelta(hours=3)
"""How far around the time asked for things are read: longer than any turnaround."""

MOST_TRIED = 60
"""Ways of seating people that are judged; beyond that the sentence would be no better."""

ABOUT_A_ROOM = frozenset({Rule.TAKEN, Rule.OUT_OF_USE, Rule.NOT_PERMITTED})


@dataclass(frozen=True)
class OffersFound:
    """Offers for a form.

    Attributes:
        names: of every room in them, with its site where that is not the court.
        refusal: why the very time asked for cannot be had, when it cannot.
        nothing: why there is no time at all, when there is none.
        trouble: what stands against the time asked for, or against all times.
    """

    offers: tuple[Offer, ...]
    names: Mapping[int, str]
    refusal: str = ""
    nothing: str = ""
    trouble: Trouble = field(default_factory=Trouble)


def offers_for(
    actor: Actor,
    wish: Wish,
    *,
    wanted: datetime | None,
    now: datetime,
    people: Sequence[Party] = (),
) -> OffersFound:
    """Look for offers, and say why the time asked for is not among them.

    Args:
        wanted: the exact start asked for, if one was.
        people: everybody in the wish, where a form has read already where they are.
    """
    session = db.session()
    found, seen = search_in_world(session, actor, wish, now, _stays_of(people) or None)
    offers, answer = found.offers, Answer()
    if wanted is not None and wanted not in {offer.placement.hearing.start for offer in offers}:
        answer = answer_to(session, actor, wish, seen)
        offers = (*([answer.offer] if answer.offer else []), *offers)
    nothing = found.proof.sentence if found.proof else ""
    trouble = answer.trouble
    if found.proof and not trouble.rules and answer.offer is None:
        trouble = Trouble(frozenset({found.proof.last_rule}))
    return OffersFound(offers, _room_names(offers, seen.world), answer.refusal, nothing, trouble)


def _stays_of(people: Sequence[Party]) -> dict[int, list[StayFact]]:
    return {
        party.resource_id: [
            StayFact(
                stay.site_id,
                stay.site_name,
                stay.starts_at,
                stay.ends_at,
                is_sentenced(stay.status),
            )
            for stay in party.stays
        ]
        for party in people
    }


def _room_names(offers: Sequence[Offer], world: World) -> dict[int, str]:
    rooms = {world.resources[key] for offer in offers for key in offer.placement.rooms}
    return {
        room.id: f"{world.sites[room.site_id or 0].name}, {room.name}"
        if room.kind == "suite"
        else room.name
        for room in rooms
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be said of the time asked for.

    Attributes:
        offer: how it can be had, with its warnings; None when it cannot.
        refusal: why it cannot, in one sentence or two; ``trouble`` the same for the ways out.
    """

    offer: Offer | None = None
    refusal: str = ""
    trouble: Trouble = field(default_factory=Trouble)


def answer_to(session: Session, actor: Actor, wish: Wish, seen: HoldsInDatabase) -> Answer:
    """Judge every way of seating people at the wanted start, and report on the best of them.

    Args:
        seen: what a search that covers that start has read.
    """
    span = Interval(
        wish.wanted_start - timedelta(minutes=wish.pre_minutes),
        wish.wanted_start + timedelta(minutes=wish.minutes + wish.post_minutes),
    )
    world = _around(session, actor, span, seen)
    ways = [
        (judge(placement, world, ignoring=wish.ignoring), placement)
        for placement in islice(placements_at(wish, span, world), MOST_TRIED)
    ]
    verdict, placement = min(ways, key=lambda way: (len(way[0].clashes), len(way[0].warnings)))
    if verdict.is_possible:
        rank = Rank(0, is_earlier_day=False, cost=0, start=wish.wanted_start)
        return Answer(Offer(placement, ("Same time",), rank, verdict.warnings))
    alone = alone_in_the_way([verdict.clashes for verdict, _ in ways])
    trouble = trouble_with(verdict.clashes, {seat.suite for seat in placement.seats}, alone=alone)
    rooms_vary = len(ways) > 1 and not _in_every_way([verdict for verdict, _ in ways])
    refusal = _say(verdict, placement, world, rooms_vary=rooms_vary)
    return Answer(refusal=refusal, trouble=trouble)


def _in_every_way(ways: Sequence[Verdict]) -> set[tuple[Rule, int | None]]:
    """What stands in the way however people are seated: the one courtroom asked for, say."""
    found = ({(clash.rule, clash.resource_id) for clash in verdict.clashes} for verdict in ways)
    return set.intersection(*found)


def _around(session: Session, actor: Actor, span: Interval, seen: HoldsInDatabase) -> World:
    """The part of a world around one time, with who holds what, as the actor may know it."""
    known, window = seen.world, span.widened(before=MARGIN, after=MARGIN)
    stays = {
        person: [stay for stay in held if stay.touches(window)]
        for person, held in known.stays.items()
    }
    sites = {stay.site_id for held in stays.values() for stay in held}
    resources = {
        key: facts
        for key, facts in known.resources.items()
        if facts.kind != "suite" or facts.site_id in sites
    }
    return replace(
        known,
        window=window,
        stays=stays,
        resources=resources,
        busy=load_busy(session, actor, list(resources), window, known.now),
        present=seen.present_around(span),
    )


def placements_at(wish: Wish, span: Interval, world: World) -> Iterator[Placement]:
    """Ways to seat everybody at the wanted time: each courtroom with each turn of the suites."""
    start = wish.wanted_start
    courtrooms = wish.courtrooms or tuple(
        room.id for room in world.resources.values() if room.kind == "courtroom"
    )
    places = [_suites_for(seat.person, span, world) for seat in wish.seats]
    turns = range(max((len(suites) for _, suites in places), default=1) or 1)
    for turn, rooms in product(turns, _instruction_rooms(wish)):
        seats = tuple(
            Seat(
                seat.person,
                site_id,
                suites[(turn + place) % len(suites)] if suites else 0,
                seat.counsel,
                rooms[place],
            )
            for place, (seat, (site_id, suites)) in enumerate(zip(wish.seats, places, strict=True))
        )
        for courtroom in courtrooms or (0,):
            yield Placement(
                court_id=wish.court_id,
                courtroom=courtroom,
                hearing_type=wish.hearing_type,
                hearing=Interval(start, start + timedelta(minutes=wish.minutes)),
                pre_minutes=wish.pre_minutes,
                post_minutes=wish.post_minutes,
                seats=seats,
                interpreter=wish.interpreter,
            )


def _instruction_rooms(wish: Wish) -> Iterator[Sequence[int | None]]:
    """Each turn of counsel's rooms at court, one room for each seat."""
    wanted = [seat.instruction_suites for seat in wish.seats]
    if not (wish.pre_minutes or wish.post_minutes) or not any(wanted):
        yield [None] * len(wanted)
        return
    for turn in range(max(map(len, wanted))):
        yield [
            rooms[(turn + place) % len(rooms)] if rooms else None
            for place, rooms in enumerate(wanted)
        ]


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


def _say(verdict: Verdict, placement: Placement, world: World, *, rooms_vary: bool) -> str:
    for seat in placement.seats:
        if not world.stays.get(seat.person):
            return f"{world.resources[seat.person].name} is not recorded in custody then."
        if not seat.suite:
            return f"{world.sites[seat.site_id].name} has no AVL suite."
    said = " ".join(clash.sentence for clash in verdict.clashes[:2])
    if rooms_vary and all(_is_about_a_room(clash, placement) for clash in verdict.clashes):
        return f"No room is free for it then. The nearest to it: {said}"
    return said


def _is_about_a_room(clash: Clash, placement: Placement) -> bool:
    return clash.rule in ABOUT_A_ROOM and clash.resource_id in placement.rooms

"""A finished day's list as it is kept: each move, each new booking, and why some have no place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from avl.domain.clashes import judge
from avl.domain.day_build import Listed, judge_day, placement_at
from avl.domain.day_list import DayList
from avl.domain.day_plan import DayCost, DayProblem, Hearing, Spot, Spots
from avl.domain.day_search import list_of
from avl.domain.errors import DomainError
from avl.domain.lifting import rearranged
from avl.domain.offers import find_offers
from avl.domain.world import World
from avl.queries.day_plans import Day
from avl.queries.plans import placement_to_json
from avl.queries.room import names_in
from avl.queries.told import told_of

Json = dict[str, Any]


def verified(day: DayList, world: World) -> DayList:
    """A list in which the rules permit everything.

    What the judge refuses is taken out, and placed anew or left out; a list never has to be shown
    that could not be booked.
    """
    for _ in range(10):
        verdicts = judge_day(day.problem, day.spots, world)
        refused = {key for key, verdict in verdicts.items() if not verdict.is_possible}
        if not refused:
            return day
        hearings = tuple(
            _without_spot(hearing, day.spots[place]) if hearing.id in refused else hearing
            for place, hearing in enumerate(day.problem.hearings)
        )
        kept = {
            place: spot for place, spot in day.spots.items() if hearings[place].id not in refused
        }
        day = list_of(replace(day.problem, hearings=hearings), kept)
    raise ValueError("the rules of the plan and of the judge do not agree")


def _without_spot(hearing: Hearing, spot: Spot) -> Hearing:
    bit = ~(1 << spot.start)
    rooms = {key: bits & bit for key, bits in hearing.courtrooms.items()}
    return replace(hearing, courtrooms=rooms)


def best_of(day: DayList) -> Json:
    """A list as another worker can take it up."""
    grid = day.problem.grid
    return {
        str(day.problem.hearings[place].id): [
            grid.at(spot.start).isoformat(),
            spot.courtroom,
            list(spot.suites),
            list(spot.booths),
        ]
        for place, spot in day.spots.items()
    }


def spots_from(problem: DayProblem, kept: Mapping[str, Any]) -> Spots:
    """Read such a list back; what is in it no longer is left out."""
    places = {str(hearing.id): place for place, hearing in enumerate(problem.hearings)}
    found = {}
    for key, (start, room, suites, booths) in kept.items():
        if key in places:
            cell = problem.grid.floor(datetime.fromisoformat(start))
            found[places[key]] = Spot(cell, room, tuple(suites), tuple(booths))
    return found


def cost_row(cost: DayCost, bound: DayCost, proven: int) -> Json:
    """What a list costs, and what no list could cost less than."""
    return {
        "unplaced": cost.unplaced,
        "off": cost.off,
        "moved": cost.moved,
        "unrest": cost.unrest,
        "bound": [bound.unplaced, bound.off, bound.moved, bound.unrest],
        "proven": proven,
    }


def rows_of(found: Day, day: DayList) -> Json:
    """Everything a plan's page shows and applying needs."""
    problem, world = day.problem, found.world
    verdicts = judge_day(problem, day.spots, world)
    after = _world_after(day, world)
    moves, new, unplaced, stays = [], [], [], 0
    for place, hearing in enumerate(problem.hearings):
        spot = day.spots.get(place)
        if spot is None:
            unplaced.append(_unplaced(found, hearing, after))
            continue
        placement = placement_at(problem, hearing, spot)
        warnings = [one.sentence for one in verdicts[hearing.id].warnings]
        if hearing.id < 0:
            entry = found.entries[-hearing.id]
            told = [f"{name} is booked" for name in _prisons(placement, world)]
            new.append(
                {
                    "entry_id": entry.id,
                    "version": entry.version,
                    "after": placement_to_json(placement),
                    "told": told,
                    "warnings": warnings,
                }
            )
        elif spot == hearing.now:
            stays += 1
        else:
            booking = found.bookings[hearing.id]
            moves.append(
                {
                    "booking_id": booking.id,
                    "reference": booking.reference,
                    "version": booking.version,
                    "before": placement_to_json(hearing.pattern),
                    "after": placement_to_json(placement),
                    "told": told_of(booking, hearing.pattern, placement),
                    "warnings": warnings,
                }
            )
    for key, why in sorted(found.unfit.items()):
        unplaced.append({"entry_id": key, "reason": why})
    return {"moves": moves, "new": new, "unplaced": unplaced, "stays": stays}


def _prisons(placement: Any, world: World) -> list[str]:
    names = names_in(world)
    return list(dict.fromkeys(names[seat.suite] for seat in placement.seats))


def _world_after(day: DayList, world: World) -> World:
    laid = {
        day.problem.hearings[place].id: placement_at(day.problem, day.problem.hearings[place], spot)
        for place, spot in day.spots.items()
    }
    return rearranged(world, lifted=[key for key in laid if key > 0], laid=laid)


def _unplaced(found: Day, hearing: Hearing, after: World) -> Json:
    """Say which rule stops a hearing that has no place."""
    listed = next(one for one in found.listed if one.id == hearing.id)
    reason = _why_not(listed, after)
    if hearing.id < 0:
        return {"entry_id": -hearing.id, "reason": reason}
    booking = found.bookings[hearing.id]
    return {"booking_id": booking.id, "reference": booking.reference, "reason": reason}


def _why_not(listed: Listed, after: World) -> str:
    ignoring = listed.id if listed.now else None
    try:
        search = find_offers(replace(listed.wish, limit=1, ignoring=ignoring), after)
    except DomainError as refusal:
        return refusal.message
    if search.proof is not None:
        return search.proof.sentence
    if listed.now is not None and (clashes := judge(listed.now, after, ignoring=ignoring).clashes):
        return f"{clashes[0].sentence} The list has no other place for it."
    offer = search.offers[0]
    if offer.warnings:
        return f"It would fit only against a warning: {offer.warnings[0].sentence}"
    return "It fits only at times that the plan did not look at. Book it by hand."

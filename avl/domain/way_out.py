"""The best way out of a disruption: other suite, other prison, other time, or none by AVL.

Each way is a verified placement. Several disruptions get ways that all fit together: they are
worked out one after another, the most important first, and each way found counts as taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, product

from avl.domain.bridges import wanted_holds
from avl.domain.clashes import judge
from avl.domain.disruption import is_released, still_broken
from avl.domain.interval import Interval
from avl.domain.lifting import add_present, lay_holds, presence_of
from avl.domain.local_time import local_day
from avl.domain.offers import find_offers
from avl.domain.reasons import say_warnings
from avl.domain.resources import Placement, Seat
from avl.domain.standing import Lengths
from avl.domain.verdict import Rule
from avl.domain.wish import Wish, wish_like
from avl.domain.world import World

DAYS_SEARCHED = 14
"""How many days from the booking's own are searched for another time."""

MOST_COMBINATIONS = 500
"""How many ways to seat co-defendants at the same time are tried before another time is."""


class WayKind(StrEnum):
    """What accepting a way does."""

    MOVE = "move"
    CANCEL = "cancel"
    IN_PERSON = "in_person"
    BY_HAND = "by_hand"
    STAY = "stay"


COMPANY_RULES = frozenset({Rule.KEPT_APART, Rule.ESCORTS_BUSY, Rule.YOUNG_APART, Rule.REMAND_APART})
"""Rules that break several bookings at once, of which only some have to go."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A booking that needs a way out.

    Attributes:
        priority: of its hearing type; the higher, the sooner it chooses.
        is_in_person: a rule about the mode no longer lets the person appear by AVL.
        lengths: what its parts should last, where a rule about them has changed.
    """

    booking_id: int
    placement: Placement
    priority: int = 50
    is_in_person: bool = False
    lengths: Lengths | None = None


@dataclass(frozen=True, slots=True)
class WayOut:
    """What could be done about a disruption.

    Attributes:
        placement: where the booking would go, when it can be moved.
        why: what is good about it, then what is unwise, without anybody's name.
    """

    kind: WayKind
    why: str
    placement: Placement | None = None


def find_ways(broken: Iterable[Broken], world: World) -> dict[int, WayOut]:
    """Find a way out for each of several bookings, such that all of them can be taken.

    Of bookings that are in nothing but each other's way only as many move as have to, those that
    matter least.

    Args:
        world: every suite of the prisons and every courtroom of the courts concerned, with their
            holds, from the earliest booking's day to `DAYS_SEARCHED` after the latest one's.

    Returns:
        A way for each booking id.
    """
    taken = replace(
        world,
        busy={key: list(holds) for key, holds in world.busy.items()},
        present={key: list(there) for key, there in world.present.items()},
    )
    found = {}
    ordered = sorted(broken, key=lambda one: (-one.priority, one.placement.span.start))
    staying = _staying(ordered, world)
    for one in ordered:
        if one.booking_id in staying:
            why = "It stands again once the other booking has gone."
            found[one.booking_id] = WayOut(WayKind.STAY, why)
            continue
        way = found[one.booking_id] = find_way(one, taken)
        if way.placement is not None:
            _take(taken, one.booking_id, way.placement)
    return found


def _staying(ordered: Sequence[Broken], world: World) -> set[int]:
    """Ids of the bookings that need not go if the rest of them do, whoever chooses first first."""
    leaving = {one.booking_id for one in ordered if one.lengths is None}
    staying = set()
    for one in ordered:
        key = one.booking_id
        if one.is_in_person or key not in leaving:
            continue
        rules = {clash.rule for clash in still_broken(one.placement, world, booking_id=key)}
        if not rules or not rules <= COMPANY_RULES:
            continue
        if stands(one.placement, _without(world, leaving - {key}), booking_id=key):
            leaving.discard(key)
            staying.add(key)
    return staying


def _without(world: World, booking_ids: Collection[int]) -> World:
    """The world in which nobody is anywhere for some bookings."""
    present = {
        key: [one for one in there if one.booking_id not in booking_ids]
        for key, there in world.present.items()
    }
    return replace(world, present=present)


def find_way(broken: Broken, world: World) -> WayOut:
    """Find the best way out for one booking, its own holds aside."""
    placement = broken.placement
    gone = [is_released(seat.person, placement, world) for seat in placement.seats]
    if all(gone):
        return WayOut(WayKind.CANCEL, "The person is no longer in custody by then.")
    if any(gone):
        return WayOut(
            WayKind.BY_HAND,
            "One of the people is no longer in custody by then. Book the others anew, then"
            " cancel this.",
        )
    if broken.is_in_person:
        return WayOut(
            WayKind.IN_PERSON,
            "The person is brought to court. To keep the AVL, record a direction for it.",
        )
    if broken.lengths is not None:
        return _longer(broken, broken.lengths, world)
    if (same := next(_at_same_time(broken, world), None)) is not None:
        return WayOut(WayKind.MOVE, _why(placement, same), same)
    return _at_another_time(broken, world)


def _longer(broken: Broken, lengths: Lengths, world: World) -> WayOut:
    """The same start with the new lengths where that fits, else the nearest place it does."""
    before = broken.placement
    end = before.hearing.start + timedelta(minutes=lengths.hearing)
    wanted = replace(
        before,
        hearing=Interval(before.hearing.start, end),
        pre_minutes=lengths.pre,
        post_minutes=lengths.post,
    )
    if judge(wanted, world, ignoring=broken.booking_id).is_possible:
        return WayOut(WayKind.MOVE, "The hearing starts when it did, with the new lengths.", wanted)
    longer = replace(broken, placement=wanted, lengths=None)
    if (same := next(_at_same_time(longer, world), None)) is not None:
        why = "The hearing starts when it did, in other rooms, with the new lengths."
        return WayOut(WayKind.MOVE, why, same)
    way = _at_another_time(longer, world)
    if way.kind is WayKind.MOVE or not stands(before, world, booking_id=broken.booking_id):
        return way
    # Nothing but its length is wrong with it: that alone ends no booking.
    return WayOut(
        WayKind.BY_HAND,
        f"With the new lengths it fits nowhere within {DAYS_SEARCHED} days. Keep it as it is, or"
        " move it by hand.",
    )


def keeps_time_and_site(before: Placement, after: Placement) -> bool:
    """Whether a move changes nothing but suites within the same sites."""
    return replace(after, seats=before.seats) == before and all(
        replace(new, suite=old.suite) == old
        for old, new in zip(before.seats, after.seats, strict=True)
    )


def stands(placement: Placement, world: World, *, booking_id: int) -> bool:
    """Whether a booking may be there, although it may be too late to make it anew."""
    return not still_broken(placement, world, booking_id=booking_id)


def _at_same_time(broken: Broken, world: World) -> Iterator[Placement]:
    """Every way to keep the time, the fewest changes first."""
    placement, key = broken.placement, broken.booking_id
    if placement.span.start <= world.now:
        return
    bad = {clash.resource_id for clash in still_broken(placement, world, booking_id=key)}
    courtrooms = _rooms(world, placement.court_id, "courtroom", placement.courtroom, bad)
    choices = [_seats(seat, placement, world, bad) for seat in placement.seats]
    combinations = product(courtrooms, product(*choices))
    for courtroom, seats in islice(combinations, MOST_COMBINATIONS):
        if len({seat.suite for seat in seats}) < len(seats):
            continue
        found = replace(placement, courtroom=courtroom, seats=seats)
        is_same_place = keeps_time_and_site(placement, found)
        is_free = (
            stands(found, world, booking_id=key)
            if is_same_place
            else judge(found, world, ignoring=key).is_possible
        )
        if is_free and found != placement:
            yield found


def _seats(seat: Seat, placement: Placement, world: World, bad: set[int | None]) -> list[Seat]:
    """Where a person could sit at that time: where they are held then, their own suite first."""
    stays = world.stays.get(seat.person, ())
    site_id = next((stay.site_id for stay in stays if stay.covers(placement.span)), None)
    if site_id is None:
        return []
    suites = _rooms(world, site_id, "suite", seat.suite, bad)
    return [replace(seat, site_id=site_id, suite=suite) for suite in suites]


def _rooms(world: World, site_id: int, kind: str, own: int, bad: set[int | None]) -> list[int]:
    """Rooms to choose from: the booking's own while nothing is wrong with it, else the others."""
    here = [
        key for key, one in world.resources.items() if one.site_id == site_id and one.kind == kind
    ]
    if own in here:
        return [own] if own not in bad else [key for key in here if key != own]
    return here


def _at_another_time(broken: Broken, world: World) -> WayOut:
    placement = broken.placement
    zone = world.sites[placement.court_id].zone
    first = local_day(max(placement.hearing.start, world.now), zone)
    found = find_offers(_wish(broken, world, first), world)
    if found.offers:
        best = found.offers[0]
        unwise = say_warnings(best.warnings, zone)
        why = " ".join((_why(placement, best.placement), *unwise))
        return WayOut(WayKind.MOVE, why, best.placement)
    proof = found.proof.sentence if found.proof else ""
    return WayOut(
        WayKind.IN_PERSON,
        f"No AVL is possible within {DAYS_SEARCHED} days. {proof}".strip(),
    )


def _wish(broken: Broken, world: World, first: date) -> Wish:
    placement = broken.placement
    others = _rooms(world, placement.court_id, "courtroom", -1, set())
    return wish_like(
        placement,
        first=first,
        last=first + timedelta(days=DAYS_SEARCHED - 1),
        courtrooms=tuple(dict.fromkeys((placement.courtroom, *others))),
        limit=1,
        ignoring=broken.booking_id,
    )


def _why(before: Placement, after: Placement) -> str:
    """What stays as it was, because that is why the way is good."""
    is_same_time = before.span == after.span
    sites = [seat.site_id for seat in before.seats] == [seat.site_id for seat in after.seats]
    if is_same_time and not sites:
        return "The same time at the place where the person is then."
    if is_same_time and before.courtroom != after.courtroom:
        return "The same time in another courtroom."
    if is_same_time:
        return "The same time in another suite."
    return "The nearest other time."


def _take(world: World, booking_id: int, placement: Placement) -> None:
    """Let a way found count as taken, for whoever chooses after it."""
    busy, present = world.busy, world.present
    assert isinstance(busy, dict)
    assert isinstance(present, dict)
    add_present(present, presence_of(booking_id, placement, world))
    lay_holds(busy, wanted_holds(placement, world, booking_id=booking_id), booking_id)

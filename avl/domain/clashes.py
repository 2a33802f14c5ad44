"""What collides and why: the one function that judges a placement, used wherever one is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from avl.domain.booking import is_reference
from avl.domain.bridges import bridge_full
from avl.domain.interpreters import interpreter_late
from avl.domain.interval import Interval
from avl.domain.local_time import say_day, say_time
from avl.domain.resources import Placement, Seat, WantedHold, holds_for
from avl.domain.separation import too_near
from avl.domain.verdict import Clash, Rule, Verdict
from avl.domain.world import ResourceFacts, StayFact, World

__all__ = ["Clash", "Rule", "Verdict", "judge", "may_be", "may_have"]


def judge(placement: Placement, world: World, *, ignoring: int | None = None) -> Verdict:
    """Judge a placement by every rule.

    Args:
        placement: where, when and who.
        world: facts that cover the placement's whole span and turnaround.
        ignoring: id of the booking being moved, whose own holds do not count.

    Returns:
        All clashes and warnings, the most telling first; no clash means it may be booked.
    """
    unknown = tuple(_unknown(placement, world))
    if unknown:
        return Verdict(unknown)
    known = world.resources
    used = [key for key in placement.resource_ids if key in known]
    # Of these alone: the picture may show hundreds of rooms.
    wanted = holds_for(placement, {key: known[key].turnaround for key in used})
    clashes = (
        *_too_late(placement, world),
        *_same_twice(placement, world),
        *_not_in_custody_there(placement, world),
        *_rooms_unusable(placement, placement.rooms, wanted, world),
        *_taken(placement, wanted, world, ignoring),
        *too_near(placement, world, ignoring=ignoring),
        *bridge_full(placement, world, ignoring=ignoring),
    )
    warnings = (
        *_counsel_elsewhere(placement, wanted, world, ignoring),
        *interpreter_late(placement, world),
    )
    return Verdict(_once(clashes), _once(warnings), wanted)


def may_have(placement: Placement, wanted: Sequence[WantedHold], world: World) -> bool:
    """Whether no rule is against one room or person of a placement, whatever else there is.

    Every clash that `judge` finds is either one of these or one of `may_be`, so that a search
    need not ask for each of the thousand ways in which a day's rooms go together.

    Args:
        wanted: the holds of that one room or person.
    """
    [resource_id] = {hold.resource_id for hold in wanted}
    if any(
        key == resource_id and not _stands(key, kind, site_id, world)
        for key, kind, site_id in _expected(placement)
    ):
        return False
    rooms = [resource_id] if resource_id in placement.rooms else []
    return not any(
        True
        for _ in chain(
            _rooms_unusable(placement, rooms, wanted, world),
            _taken(placement, wanted, world, None),
        )
    )


def may_be(placement: Placement, world: World) -> bool:
    """Whether no rule is against a placement but what `may_have` says of each of its rooms.

    Which courtroom and which suites it has makes no difference to the answer.
    """
    rooms = placement.rooms
    if any(clash.resource_id not in rooms for clash in _unknown(placement, world)):
        return False
    return not any(
        True
        for _ in chain(
            _too_late(placement, world),
            _same_twice(placement, world),
            _not_in_custody_there(placement, world),
            too_near(placement, world),
            bridge_full(placement, world, ignoring=None),
        )
    )


def _once(clashes: tuple[Clash, ...] | Iterator[Clash]) -> tuple[Clash, ...]:
    """Drop repeats: one closed day shuts three legs but is said once."""
    return tuple({clash.sentence: clash for clash in reversed(tuple(clashes))}.values())[::-1]


def _unknown(placement: Placement, world: World) -> Iterator[Clash]:
    """Ids that are not there, or rooms that stand somewhere else than the booking says."""
    sites = {placement.court_id, *(seat.site_id for seat in placement.seats)}
    if not placement.seats:
        yield Clash(Rule.UNKNOWN_PLACE, "The booking names nobody who is to appear.")
    if missing := sites - set(world.sites):
        yield Clash(Rule.UNKNOWN_PLACE, f"There is no such site ({len(missing)} not found).")
    for resource_id, kind, site_id in _expected(placement):
        if not _stands(resource_id, kind, site_id, world):
            words = kind.replace("_", " ")
            yield Clash(Rule.UNKNOWN_PLACE, f"There is no such {words} there.", resource_id)


def _expected(placement: Placement) -> list[tuple[int, str, int | None]]:
    """What each id of a placement should be, and where it should stand."""
    expected: list[tuple[int, str, int | None]] = [
        (placement.courtroom, "courtroom", placement.court_id)
    ]
    for seat in placement.seats:
        expected.append((seat.suite, "suite", seat.site_id))
        expected.append((seat.person, "person", None))
        if seat.instruction_suite is not None:
            expected.append((seat.instruction_suite, "instruction_suite", placement.court_id))
    return expected


def _stands(resource_id: int, kind: str, site_id: int | None, world: World) -> bool:
    """Whether there is such a resource, and it is what and where it should be."""
    facts = world.resources.get(resource_id)
    return facts is not None and facts.kind == kind and facts.site_id == site_id


def _too_late(placement: Placement, world: World) -> Iterator[Clash]:
    start = placement.span.start
    court = world.sites[placement.court_id]
    if start < world.now:
        when = f"{say_time(start, court.zone)} on {say_day(start, court.zone)}"
        yield Clash(Rule.IN_THE_PAST, f"{when} has already passed.", interval=placement.span)
        return
    for site_id in sorted({seat.site_id for seat in placement.seats}):
        site = world.sites[site_id]
        if start < world.now + site.notice:
            minutes = int(site.notice.total_seconds() // 60)
            yield Clash(
                Rule.TOO_SOON,
                f"{site.name} needs {minutes} minutes' notice to bring somebody to a suite.",
                interval=placement.span,
            )


def _same_twice(placement: Placement, world: World) -> Iterator[Clash]:
    for what in ("person", "suite", "instruction_suite"):
        used = [getattr(seat, what) for seat in placement.seats if getattr(seat, what) is not None]
        for resource_id in sorted({one for one in used if used.count(one) > 1}):
            name = world.resources[resource_id].name
            yield Clash(Rule.SAME_TWICE, f"{name} is in this booking twice.", resource_id)


def _not_in_custody_there(placement: Placement, world: World) -> Iterator[Clash]:
    span = placement.span
    for seat in placement.seats:
        stays = world.stays.get(seat.person, [])
        if not any(stay.site_id == seat.site_id and stay.covers(span) for stay in stays):
            yield Clash(
                Rule.NOT_IN_CUSTODY_THERE,
                _where_instead(placement, seat, stays, world),
                seat.person,
                span,
            )


def _where_instead(placement: Placement, seat: Seat, stays: list[StayFact], world: World) -> str:
    person, site = world.resources[seat.person].name, world.sites[seat.site_id]
    day = say_day(placement.span.start, site.zone)
    elsewhere = [stay for stay in stays if stay.touches(placement.span)]
    for stay in elsewhere:
        if stay.site_id != seat.site_id:
            if stay.start <= placement.span.start:
                return f"{person} is at {stay.site_name} on {day}."
            return f"{person} is at {stay.site_name} from {say_day(stay.start, site.zone)}."
    if elsewhere and elsewhere[-1].end is not None:
        until = elsewhere[-1].end
        return (
            f"{person} leaves {site.name} at {say_time(until, site.zone)}"
            f" on {say_day(until, site.zone)}."
        )
    return f"{person} is not recorded at {site.name} on {day}."


def _rooms_unusable(
    placement: Placement, rooms: Sequence[int], wanted: Sequence[WantedHold], world: World
) -> Iterator[Clash]:
    agency_id = world.sites[placement.court_id].agency_id
    for resource_id in rooms:
        room = world.resources[resource_id]
        if not room.is_active:
            sentence = f"{_where(room, world)} is no longer in use."
            yield Clash(Rule.OUT_OF_USE, sentence, resource_id)
        if room.permits and not any(
            permit.fits(placement.court_id, agency_id, placement.hearing_type)
            for permit in room.permits
        ):
            where = _where(room, world)
            yield Clash(
                Rule.NOT_PERMITTED,
                f"{where} may not be used by this court for this hearing type.",
                resource_id,
            )
    for hold in wanted:
        yield from _room_shut(placement, hold, world)


def _room_shut(placement: Placement, hold: WantedHold, world: World) -> Iterator[Clash]:
    room = world.resources[hold.resource_id]
    for outage in room.outages:
        if outage.touches(hold.occupied):
            yield Clash(
                Rule.OUT_OF_USE,
                f"{_where(room, world)} is out of use{_until(outage.end, room, world)}:"
                f" {outage.reason}.",
                room.id,
                hold.used,
            )
    if room.calendar and (why := room.calendar.why_shut(hold.used, placement.hearing_type)):
        yield Clash(Rule.CLOSED, f"{why}.".replace("..", "."), room.id, hold.used)


def _until(end: datetime | None, room: ResourceFacts, world: World) -> str:
    if end is None or room.site_id is None:
        return " until further notice"
    zone = world.sites[room.site_id].zone
    return f" until {say_time(end, zone)} on {say_day(end, zone)}"


def _taken(
    placement: Placement, wanted: Sequence[WantedHold], world: World, ignoring: int | None
) -> Iterator[Clash]:
    for hold in wanted:
        if not hold.is_exclusive:
            continue
        for busy in world.busy_during(hold.resource_id, hold.occupied, ignoring=ignoring):
            if busy.is_exclusive:
                facts = world.resources[hold.resource_id]
                when = _say_range(busy.interval, placement, facts, world)
                what = _say_taken(facts, when, busy.label, world)
                by = busy.label if is_reference(busy.label) else ""
                yield Clash(Rule.TAKEN, what, hold.resource_id, busy.interval, by)


def _say_taken(facts: ResourceFacts, when: str, label: str, world: World) -> str:
    if facts.kind != "person":
        by = f" by {label}" if label else ""
        return f"{_where(facts, world)} is held {when}{by}."
    if not label:
        # That the person appears somewhere may be more than this reader is to know.
        return f"{facts.name} is not available {when}."
    return f"{facts.name} already appears {when} ({label})."


def _counsel_elsewhere(
    placement: Placement, wanted: tuple[WantedHold, ...], world: World, ignoring: int | None
) -> Iterator[Clash]:
    for hold in wanted:
        if hold.is_exclusive:
            continue
        for busy in world.busy_during(hold.resource_id, hold.occupied, ignoring=ignoring):
            facts = world.resources[hold.resource_id]
            when = _say_range(busy.interval, placement, facts, world)
            yield Clash(
                Rule.COUNSEL_ELSEWHERE,
                f"{facts.name} is wanted elsewhere {when}.",
                hold.resource_id,
                busy.interval,
            )


def _where(room: ResourceFacts, world: World) -> str:
    site = world.sites.get(room.site_id) if room.site_id is not None else None
    return f"{room.name} at {site.name}" if site else room.name


def _say_range(interval: Interval, placement: Placement, facts: ResourceFacts, world: World) -> str:
    site_id = facts.site_id if facts.site_id is not None else placement.court_id
    zone = world.sites[site_id].zone
    return f"{say_time(interval.start, zone)} to {say_time(interval.end, zone)}"

"""Which standing bookings a change makes invalid: asked before it is saved and when it is.

There is no second set of rules. A booking is broken when `clashes.judge`, asked about where it
stands already, finds a clash in the world after the change that was not in the world before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from avl.domain.calendars import SiteCalendar, after_open_days, room_within
from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.resources import Placement
from avl.domain.world import World


class Cause(StrEnum):
    """What happened to a booking after it was made."""

    OUTAGE = "outage"
    CLOSURE = "closure"
    HOURS = "hours"
    TRANSFER = "transfer"
    RELEASE = "release"
    DEATH = "death"
    KEEP_APART = "keep_apart"
    RULE = "rule"
    MODE = "mode"
    LENGTH = "length"


def is_broken(trouble: Cause | None) -> bool:
    """Whether a booking cannot be as it is: one that is only shorter than usual now may be."""
    return trouble not in (None, Cause.LENGTH)


class Resolution(StrEnum):
    """How a disruption ended."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    IN_PERSON = "in_person"
    VALID_AGAIN = "valid_again"
    KEPT = "kept"
    ENDED = "ended"


OF_COMPANY = frozenset({Cause.KEEP_APART, Cause.RULE})
"""Causes that may pass because another booking goes."""

PASSING = frozenset({Rule.IN_THE_PAST, Rule.TOO_SOON})
"""The passing of time breaks nothing: these speak of making a booking, not of one that stands."""

ANSWER_WITHIN = timedelta(hours=24)
BEFORE_START = timedelta(hours=2)
AT_LEAST = timedelta(minutes=15)


def still_broken(
    placement: Placement, world: World, *, booking_id: int | None = None
) -> tuple[Clash, ...]:
    """Everything that makes a booking invalid where it stands."""
    return without_passing(judge(placement, world, ignoring=booking_id)).clashes


def without_passing(verdict: Verdict) -> Verdict:
    """A verdict on something that was arranged in time and only changes its place."""
    kept = tuple(clash for clash in verdict.clashes if clash.rule not in PASSING)
    return replace(verdict, clashes=kept)


def newly_broken(
    placement: Placement,
    before: World,
    after: World,
    *,
    booking_id: int | None = None,
    was: Placement | None = None,
) -> tuple[Clash, ...]:
    """The clashes that a change brings to a booking where it stands; none: it may stay.

    Args:
        before: the world as it is, covering the placement's span and turnaround.
        after: the same with the change in it.
        booking_id: the booking's own, whose holds are not in its way.
        was: how it was placed before, where the change is to whom it names.
    """
    after_all = still_broken(placement, after, booking_id=booking_id)
    if not after_all:
        return ()
    had = set(still_broken(was or placement, before, booking_id=booking_id))
    return tuple(clash for clash in after_all if clash not in had)


def cause_of(
    clash: Clash,
    placement: Placement,
    world: World,
    *,
    closed: Cause = Cause.CLOSURE,
    gone: Cause = Cause.RELEASE,
) -> Cause:
    """Name what happened, as the worklist shows it.

    Args:
        closed: what a closed place comes from: a closure, or a change of hours.
        gone: why somebody is in custody no longer: release, or death.
    """
    if clash.rule in (Rule.OUT_OF_USE, Rule.BRIDGE_FULL):
        return Cause.OUTAGE
    if clash.rule is Rule.CLOSED:
        return closed
    if clash.rule is Rule.NOT_IN_CUSTODY_THERE:
        person = clash.resource_id or 0
        return gone if is_released(person, placement, world) else Cause.TRANSFER
    return Cause.KEEP_APART if clash.rule is Rule.KEPT_APART else Cause.RULE


def is_released(person: int, placement: Placement, world: World) -> bool:
    """Whether a person has left custody by then and is not known to come back.

    Args:
        person: resource id; ``world.stays`` knows all that is recorded from the placement on.
    """
    start = placement.span.start
    stays = world.stays.get(person, ())
    return not any(stay.end is None or stay.end > start for stay in stays)


def due_by(opened_at: datetime, starts_at: datetime, calendar: SiteCalendar) -> datetime:
    """When somebody must have dealt with a disruption: within a day, and two hours before the
    booking begins, but never sooner than a quarter of an hour from now.

    Args:
        calendar: of the court, which decides; days on which it is shut are not counted.
    """
    answered = after_open_days(opened_at, ANSWER_WITHIN, calendar)
    return max(min(answered, starts_at - BEFORE_START), opened_at + AT_LEAST)


def nameless(world: World) -> World:
    """The same world, in which nobody's name gets into a sentence that is kept or sent on."""
    resources = {
        key: replace(facts, name="The person in custody") if facts.kind == "person" else facts
        for key, facts in world.resources.items()
    }
    return replace(world, resources=resources)


def with_sittings(
    world: World, courtroom: int, day: Interval, sittings: Sequence[Interval], *, is_idle: bool
) -> World:
    """The world in which a courtroom has these sittings on one day, and no others.

    Args:
        is_idle: it does not sit that day at all; else a day without sittings has opening hours.
    """
    facts = world.resources.get(courtroom)
    if facts is None or facts.calendar is None or facts.site_id is None:
        return world
    calendar = facts.calendar
    if calendar.within is None:
        calendar = room_within(calendar, facts.name, world.sites[facts.site_id].name)
    on = local_day(day.start, calendar.zone)
    others = [sitting for sitting in calendar.sittings if not sitting.overlaps(day)]
    idle = calendar.idle - {on} | ({on} if is_idle else set())
    calendar = replace(calendar, sittings=(*others, *sittings), idle=idle)
    sitting = replace(facts, calendar=calendar)
    return replace(world, resources={**world.resources, courtroom: sitting})

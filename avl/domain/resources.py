"""What a booking must hold: each leg keeps its own resources for the time it occupies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from avl.domain.booking import LegKind
from avl.domain.interval import Interval

GRID_MINUTES = 5
"""Every start and length is a multiple of this many minutes of wall-clock time."""

_NOTHING = timedelta(0)


def in_whole_steps(minutes: int) -> int:
    """The shortest length of whole steps, in minutes, in which so many minutes fit."""
    return -(-minutes // GRID_MINUTES) * GRID_MINUTES


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in custody taking part from one suite. All but ``site_id`` are resource ids."""

    person: int
    site_id: int
    suite: int
    counsel: int | None = None
    instruction_suite: int | None = None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What somebody has to interpret at a booking.

    Attributes:
        language: as people say it; several are joined by commas.
        working_days: how far ahead the hearing type wants it asked for; None: as its court does.
    """

    language: str
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class LegTime:
    """When one leg happens, turnaround not included."""

    kind: LegKind
    interval: Interval


@lru_cache(maxsize=1024)  # Judging and writing one placement asks for its legs ten times.
def _legs(hearing: Interval, pre_minutes: int, post_minutes: int) -> tuple[LegTime, ...]:
    found = [LegTime(LegKind.HEARING, hearing)]
    if pre_minutes:
        start = hearing.start - timedelta(minutes=pre_minutes)
        found.insert(0, LegTime(LegKind.PRE_CONFERENCE, Interval(start, hearing.start)))
    if post_minutes:
        end = hearing.end + timedelta(minutes=post_minutes)
        found.append(LegTime(LegKind.POST_CONFERENCE, Interval(hearing.end, end)))
    return tuple(found)


@lru_cache(maxsize=1024)
def _span(hearing: Interval, pre_minutes: int, post_minutes: int) -> Interval:
    legs = _legs(hearing, pre_minutes, post_minutes)
    return Interval(legs[0].interval.start, legs[-1].interval.end)


@dataclass(frozen=True, slots=True)
class Placement:
    """A complete way to place a booking: where, when, and who sits where. Not yet verified.

    Attributes:
        courtroom: resource id.
        hearing: the hearing itself; conferences adjoin it.
        pre_minutes: length of counsel's conference before, 0 for none.
        post_minutes: length of counsel's conference after, 0 for none.
        interpreter: what has to be interpreted; None when nothing has.
    """

    court_id: int
    courtroom: int
    hearing_type: str
    hearing: Interval
    pre_minutes: int
    post_minutes: int
    seats: tuple[Seat, ...]
    interpreter: Interpreter | None = None

    @property
    def legs(self) -> tuple[LegTime, ...]:
        """The legs in the order they happen."""
        return _legs(self.hearing, self.pre_minutes, self.post_minutes)

    @property
    def span(self) -> Interval:
        """From the first leg's start to the last leg's end."""
        return _span(self.hearing, self.pre_minutes, self.post_minutes)

    @property
    def rooms(self) -> tuple[int, ...]:
        """Resource ids of every room it uses."""
        found = [self.courtroom]
        for seat in self.seats:
            found.append(seat.suite)
            if seat.instruction_suite is not None:
                found.append(seat.instruction_suite)
        return tuple(dict.fromkeys(found))

    @property
    def instruction_suites(self) -> tuple[int, ...]:
        """Resource ids of the rooms at court from which counsel confers."""
        return tuple(
            seat.instruction_suite for seat in self.seats if seat.instruction_suite is not None
        )

    @property
    def link_rooms(self) -> tuple[int, ...]:
        """Resource ids of the rooms that the link joins: courtroom and suites."""
        return tuple(dict.fromkeys([self.courtroom, *(seat.suite for seat in self.seats)]))

    @property
    def resource_ids(self) -> tuple[int, ...]:
        """Every resource it uses, in id order: the order in which a command locks them."""
        people = [seat.person for seat in self.seats]
        counsel = [seat.counsel for seat in self.seats if seat.counsel is not None]
        return tuple(sorted({*self.rooms, *people, *counsel}))


@dataclass(frozen=True, slots=True)
class WantedHold:
    """One resource wanted for one leg.

    Attributes:
        leg: the leg it is wanted for.
        used: while the leg runs (what opening hours must cover).
        occupied: ``used`` and the turnaround after it (what nobody else may have).
        is_exclusive: False for counsel, whose overlap only warns.
    """

    resource_id: int
    leg: LegKind
    used: Interval
    occupied: Interval
    is_exclusive: bool = True


def holds_for(placement: Placement, turnaround: Mapping[int, timedelta]) -> tuple[WantedHold, ...]:
    """List every hold a placement needs, leg by leg.

    A conference holds the suite, the person, counsel and counsel's instruction suite, not the
    courtroom. Turnaround follows the last of the legs that use a resource back to back, because
    the room is cleared once, after the person has left.

    Args:
        turnaround: time each resource needs after use; absent means none.
    """
    wanted: list[WantedHold] = []
    used_again: dict[int, datetime] = {}
    # Backwards, so that a leg knows of each resource when the booking next uses it.
    for leg in reversed(placement.legs):
        # Most of what a leg uses needs the same time after it, so each interval is made once.
        occupied: dict[timedelta, Interval] = {}
        holds = []
        for resource_id, is_exclusive in _resources_of(placement, leg.kind).items():
            after = turnaround.get(resource_id, _NOTHING)
            if resource_id in used_again:
                # A booking does not wait for itself: not between legs that adjoin, and not where
                # a short hearing lies between two conferences in counsel's instruction suite.
                after = min(after, used_again[resource_id] - leg.interval.end)
            if after not in occupied:
                occupied[after] = leg.interval.widened(after=after)
            holds.append(
                WantedHold(resource_id, leg.kind, leg.interval, occupied[after], is_exclusive)
            )
            used_again[resource_id] = leg.interval.start
        wanted[:0] = holds
    return tuple(wanted)


def _resources_of(placement: Placement, kind: LegKind) -> dict[int, bool]:
    """Resource ids a leg uses, each with whether it is held exclusively."""
    found: dict[int, bool] = {}
    if kind is LegKind.HEARING:
        found[placement.courtroom] = True
    for seat in placement.seats:
        found[seat.suite] = True
        found[seat.person] = True
        if seat.counsel is not None:
            found[seat.counsel] = False
        if kind is not LegKind.HEARING and seat.instruction_suite is not None:
            found[seat.instruction_suite] = True
    return found

"""A court's day as a puzzle: the hearings to place, where each could go, and what a list costs.

Everything is counted in the five-minute cells of one grid (`domain/cells.py`). What a hearing
may not meet however the others lie (closed hours, outages, permissions, custody, the bookings no
plan may move) is in the bits of its possible starts already; what remains between the hearings
themselves is of two kinds. Rooms and people are held by one hearing at a time. `Group` says the
rest: so many at once, or never two sides together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from avl.domain.cells import Grid, stretch
from avl.domain.plan_cost import OTHER_SUITE
from avl.domain.resources import GRID_MINUTES, Placement


class GroupKind(StrEnum):
    """What the members of a group must not do.

    ``AT_MOST``: be more than ``limit`` at once (escorts, bridge ports). ``SIDES``: meet anybody of
    another side (people kept apart, the young and adults). ``COUNSEL``: meet at all, unless both
    stay where they stand today, because somebody has accepted that.
    """

    AT_MOST = "at_most"
    SIDES = "sides"
    COUNSEL = "counsel"


@dataclass(frozen=True, slots=True)
class Group:
    """A rule between hearings.

    Attributes:
        base: for ``AT_MOST``, how many the bookings outside the plan keep, cell by cell.
        levels: the same as bits: in the first the cells with one or more, then two or more, ...
        fixed: for ``SIDES``, the side and the cells of everybody outside the plan.
    """

    kind: GroupKind
    limit: int = 0
    base: Mapping[int, int] = field(default_factory=dict)
    levels: tuple[int, ...] = ()
    fixed: tuple[tuple[int, int], ...] = ()


def add_one(levels: list[int], cells: int) -> None:
    """Count one more in some cells, where counts are kept as bits (see `Group.levels`)."""
    for place, level in enumerate(levels):
        levels[place], cells = level | cells, level & cells
        if not cells:
            return
    levels.append(cells)


@dataclass(frozen=True, slots=True)
class Member:
    """A hearing's part in a group.

    Attributes:
        group: its place among the problem's groups.
        offset: from the start of the hearing, in cells; ``length`` None means all day.
        side: which side the hearing is on, where the group has sides; how many people it brings,
            where it counts them.
        seat: the seat it comes from, and ``site_id`` the site where it matters; None for both
            where it matters wherever the hearing is.
    """

    group: int
    offset: int
    length: int | None
    side: int = 0
    seat: int | None = None
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a hearing is put: the cell it starts in, and its rooms (resource ids), seat by seat."""

    start: int
    courtroom: int
    suites: tuple[int, ...]
    booths: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """One person of a hearing, with the starts at which each room could serve.

    Attributes:
        suites: by resource id, in the order they are liked.
        booths: rooms at court for counsel's conferences; none wanted when empty.
        today: the suite of the published list.
    """

    person: int
    suites: Mapping[int, int]
    booths: Mapping[int, int] = field(default_factory=dict)
    today: int | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """One hearing that the plan may place or move.

    Attributes:
        id: of its booking; negative for a wish that waits.
        name: how people know it.
        priority: the higher, the worse it is to leave it out.
        pre: length of the conference before, in cells; ``length`` of the hearing; ``post`` after.
        wanted: the cell it should start in: where it is published, or what was asked for.
        courtrooms: the starts at which each could serve, in the order they are liked.
        now: where it stands; None for a wish.
        is_standing: it stands where it may stay, so no list may leave it out.
        members: its part in the groups.
        pattern: what it needs, as a placement whose time and rooms are filled in by the plan.
    """

    id: int
    name: str
    priority: int
    pre: int
    length: int
    post: int
    wanted: int
    courtrooms: Mapping[int, int]
    seats: tuple[SeatChoice, ...]
    pattern: Placement
    now: Spot | None = None
    is_standing: bool = False
    members: tuple[Member, ...] = ()

    @property
    def span(self) -> int:
        """From the first leg's start to the last leg's end, in cells."""
        return self.pre + self.length + self.post


@dataclass(frozen=True)
class DayProblem:
    """Everything a day's list is made from.

    Attributes:
        after: turnaround of each room, in cells.
        site_of: where each suite stands.
        elsewhere: other appearances of the same people that no plan moves, as cells; they count
            when the time between somebody's legs does.
    """

    grid: Grid
    hearings: tuple[Hearing, ...]
    groups: tuple[Group, ...] = ()
    after: Mapping[int, int] = field(default_factory=dict)
    site_of: Mapping[int, int] = field(default_factory=dict)
    elsewhere: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def by_person(self) -> dict[int, list[int]]:
        """Places of the hearings of everybody who is in more than one, or has to wait between
        a hearing here and another elsewhere."""
        found: dict[int, list[int]] = {}
        for place, hearing in enumerate(self.hearings):
            for seat in hearing.seats:
                found.setdefault(seat.person, []).append(place)
        return {
            person: places
            for person, places in found.items()
            if len(places) + len(self.elsewhere.get(person, ())) > 1
        }


@dataclass(frozen=True, slots=True, order=True)
class DayCost:
    """What a list costs; the smaller the better, the first field weighing most.

    Attributes:
        unplaced: priorities of the hearings without a place, added up.
        off: minutes between the wanted and the planned starts, early or late, added up.
        moved: published hearings at another time or in another courtroom.
        unrest: minutes people wait between their own legs, and five for each other suite.
    """

    unplaced: int = 0
    off: int = 0
    moved: int = 0
    unrest: int = 0


Spots = Mapping[int, Spot]
"""A list: where each hearing is put, by its place among the problem's hearings."""


def own_cost(hearing: Hearing, spot: Spot | None) -> tuple[int, int, int, int]:
    """What one hearing adds to a list's cost, idle time between legs apart."""
    if spot is None:
        return hearing.priority, 0, 0, 0
    off = abs(spot.start - hearing.wanted) * GRID_MINUTES
    now = hearing.now
    moved = now is not None and (now.start, now.courtroom) != (spot.start, spot.courtroom)
    others = sum(
        1
        for seat, suite in zip(hearing.seats, spot.suites, strict=True)
        if seat.today not in (None, suite)
    )
    return 0, off, int(moved), others * OTHER_SUITE


def idle_minutes(spans: Iterable[tuple[int, int]]) -> int:
    """Minutes one person waits between the legs of one hearing and those of the next."""
    waits = 0
    ends = None
    for start, end in sorted(spans):
        if ends is not None and start > ends:
            waits += start - ends
        ends = end if ends is None else max(end, ends)
    return waits * GRID_MINUTES


def spans_of(
    problem: DayProblem, person: int, places: Iterable[int], spots: Spots
) -> list[tuple[int, int]]:
    """When one person appears in a list, as cells."""
    spans = list(problem.elsewhere.get(person, ()))
    for place in places:
        if (spot := spots.get(place)) is not None:
            hearing = problem.hearings[place]
            start = spot.start - hearing.pre
            spans.append((start, start + hearing.span))
    return spans


def covered(problem: DayProblem, hearing: Hearing, member: Member, start: int) -> int:
    """The cells a hearing takes up in a group when it starts here."""
    if member.length is None:
        return problem.grid.whole
    first = start + member.offset
    return stretch(max(first, 0), first + member.length)


def counts_at(problem: DayProblem, member: Member, spot: Spot) -> bool:
    """Whether a member matters where the hearing is put."""
    if member.seat is None or member.site_id is None:
        return True
    return problem.site_of.get(spot.suites[member.seat]) == member.site_id


def meets_itself(problem: DayProblem, hearing: Hearing, suites: Sequence[int]) -> bool:
    """Whether people of one hearing would be on two sides of a rule at one site."""
    if len(hearing.seats) < 2:
        return False
    sides: dict[int, int] = {}
    return any(
        sides.setdefault(member.group, member.side) != member.side
        for member in hearing.members
        if problem.groups[member.group].kind is GroupKind.SIDES
        and member.seat is not None
        and problem.site_of.get(suites[member.seat]) == member.site_id
    )


def uses_of(problem: DayProblem, hearing: Hearing, spot: Spot) -> list[tuple[int, int, int]]:
    """Every room and person a hearing keeps: resource id, first cell, number of cells."""
    after = problem.after
    first = spot.start - hearing.pre
    found = [(spot.courtroom, spot.start, hearing.length + after.get(spot.courtroom, 0))]
    for seat, suite, booth in zip(hearing.seats, spot.suites, spot.booths, strict=True):
        found.append((seat.person, first, hearing.span))
        found.append((suite, first, hearing.span + after.get(suite, 0)))
        if booth is not None:
            found += [
                (booth, spot.start + offset, length)
                for offset, length in booth_uses(hearing, after.get(booth, 0))
            ]
    return found


def booth_uses(hearing: Hearing, after: int) -> list[tuple[int, int]]:
    """When counsel's room at court is kept, as offset and length (see `resources.holds_for`)."""
    found = []
    if hearing.pre:
        between = min(after, hearing.length) if hearing.post else after
        found.append((-hearing.pre, hearing.pre + between))
    if hearing.post:
        found.append((hearing.length, hearing.post + after))
    return found

"""At which starts each resource could serve a wish: every rule as bits, one rule at a time.

The order of the rules is the order in which a proof names them, and the cheap ones come first.
What is worked out here says the same as `clashes.judge`; an offer is judged by that in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from avl.domain.calendars import SiteCalendar
from avl.domain.cells import Grid, cells_in, runs, shifted, stretch
from avl.domain.interval import Interval, seconds_since
from avl.domain.local_time import local_days
from avl.domain.resources import GRID_MINUTES, Placement
from avl.domain.verdict import Rule
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import Busy, Crowd, Present, ResourceFacts, World

Ask = tuple[Collection[int], Interval]
"""Resources whose holds are asked for, and the window for which they must be complete."""


class Holds(Protocol):
    """Where standing holds come from, and who is present: a picture in memory, or a database
    read as needed."""

    def expect(self, asks: Sequence[Ask], crowds: Sequence[Interval] = ()) -> None:
        """Hear what will be asked for next, so that it can be read in one go.

        Args:
            crowds: the windows for which `crowds` will be asked.
        """
        ...

    def taken(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        """Cells that exclusive holds keep, by resource id, complete for the window."""
        ...

    def wanted(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        """Cells that holds of any kind keep (for counsel, who are only warned about)."""
        ...

    def crowds(self, window: Interval) -> Mapping[int, Sequence[Crowd]]:
        """Who is present, by site, complete for whatever a rule asks of starts in the window."""
        ...

    def around(self, placement: Placement) -> World:
        """The picture to judge one placement by."""
        ...


class HeldInMemory:
    """The holds, and the people present, of a complete picture."""

    def __init__(self, world: World, ignoring: int | None) -> None:
        self._world = world
        self._ignoring = ignoring

    def expect(self, asks: Sequence[Ask], crowds: Sequence[Interval] = ()) -> None:
        """Nothing need be read."""

    def taken(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        return {
            key: grid.touched(hold.interval for hold in self._of(key) if hold.is_exclusive)
            for key in ids
        }

    def wanted(self, ids: Collection[int], window: Interval, grid: Grid) -> Mapping[int, int]:
        return {key: grid.touched(hold.interval for hold in self._of(key)) for key in ids}

    def crowds(self, window: Interval) -> Mapping[int, Sequence[Crowd]]:
        near, ignoring = self._world.present_near, self._ignoring
        return {
            site_id: [_alone(one) for one in near(site_id, window, ignoring=ignoring)]
            for site_id in self._world.present
        }

    def around(self, placement: Placement) -> World:
        return self._world

    def _of(self, resource_id: int) -> Iterable[Busy]:
        holds = self._world.busy.get(resource_id, ())
        return (hold for hold in holds if hold.booking_id != self._ignoring)


def _alone(one: Present) -> Crowd:
    time = seconds_since(one.span.start), seconds_since(one.span.end)
    return Crowd(one.person, {time: 1}, one.is_young, one.is_sentenced)


@dataclass(frozen=True, slots=True)
class Use:
    """One stretch for which a resource is needed, in cells from the start of the hearing.

    Attributes:
        offset: where it begins; negative before the hearing.
        used: how long the place must be open.
        occupied: how long nobody else may have it, turnaround included.
    """

    offset: int
    used: int
    occupied: int


class Lengths:
    """The lengths of a wish in cells, and how long each kind of resource is needed."""

    def __init__(self, wish: Wish) -> None:
        self.pre = wish.pre_minutes // GRID_MINUTES
        self.hearing = wish.minutes // GRID_MINUTES
        self.post = wish.post_minutes // GRID_MINUTES
        self.span = self.pre + self.hearing + self.post

    @property
    def has_conference(self) -> bool:
        """Whether counsel and client meet before or after."""
        return bool(self.pre or self.post)

    def uses(self, kind: str, turnaround: timedelta) -> tuple[Use, ...]:
        """Return the stretches for which a resource of this kind is needed."""
        after = cells_in(turnaround)
        if kind == "courtroom":
            return (Use(0, self.hearing, self.hearing + after),)
        if kind != "instruction_suite":
            return (Use(-self.pre, self.span, self.span + after),)
        found = []
        if self.pre:
            between = min(after, self.hearing) if self.post else after
            found.append(Use(-self.pre, self.pre, self.pre + between))
        if self.post:
            found.append(Use(self.hearing, self.post, self.post + after))
        return tuple(found)


class Board:
    """The starts at which each resource could serve a wish, on one grid."""

    def __init__(
        self, wish: Wish, world: World, holds: Holds, zone: str, grid: Grid | None = None
    ) -> None:
        """Prepare a board.

        Args:
            grid: one that covers the wish's window, where several boards share it.
        """
        self.wish = wish
        self.world = world
        self.grid = grid or Grid.covering(wish.window(zone))
        self.lengths = Lengths(wish)
        self.holds = holds
        self.agency_id = world.sites[wish.court_id].agency_id
        self._open: dict[tuple[int, date], tuple[int, int]] = {}
        self._uses: dict[tuple[str, timedelta], tuple[Use, ...]] = {}

    def from_now(self, notice: timedelta = timedelta(0)) -> int:
        """Starts whose first leg is not before now, or not sooner than a site's notice."""
        return self.grid.since(self.grid.ceil(self.world.now + notice) + self.lengths.pre)

    def at_site(self, person: int, site_id: int) -> int:
        """Starts at which a person is at that site from the first leg to the last."""
        bits = 0
        for stay in self.world.stays.get(person, ()):
            if stay.site_id == site_id:
                end = self.grid.size if stay.end is None else self.grid.floor(stay.end)
                there = stretch(self.grid.ceil(stay.start), end)
                bits |= self._starts(there, -self.lengths.pre, self.lengths.span)
        return bits

    def sites_of(self, seat: WishSeat) -> dict[int, int]:
        """Every known site the person is in during the window, with the starts there."""
        ids = dict.fromkeys(stay.site_id for stay in self.world.stays.get(seat.person, ()))
        there = {key: self.at_site(seat.person, key) for key in ids if key in self.world.sites}
        return {key: bits for key, bits in there.items() if bits}

    def free(self, ids: Collection[int], window: Interval) -> dict[int, int]:
        """Starts at which each person (who has no hours and no turnaround) is free."""
        taken = self.holds.taken(ids, window, self.grid)
        uses = self.lengths.uses("person", timedelta(0))
        whole = self.grid.whole
        return {key: self._unbroken(whole & ~taken[key], uses, whole) for key in ids}

    def counsel_free(self, ids: Collection[int], window: Interval) -> int:
        """Starts at which every one of these counsel is wanted nowhere else."""
        wanted = self.holds.wanted(ids, window, self.grid)
        uses = self.lengths.uses("counsel", timedelta(0))
        bits = whole = self.grid.whole
        for key in ids:
            bits &= self._unbroken(whole & ~wanted.get(key, 0), uses, whole)
        return bits

    def rooms(self, rooms: Iterable[ResourceFacts], window: Interval) -> dict[Rule, dict[int, int]]:
        """Return, rule after rule, the starts each room still has left, holds apart.

        Args:
            window: only starts whose every leg and turnaround lies inside it mean anything.
        """
        working, opened = {}, {}
        made: dict[tuple[object, ...], tuple[int, int]] = {}
        for room in rooms:
            if not self._is_permitted(room):
                continue
            # Rooms that keep their site's hours share its calendar, and the work on it.
            key = id(room.calendar), room.kind, room.turnaround, room.is_active, room.outages
            if key not in made:
                uses = self.uses(room)
                works = self._working(room, uses)
                made[key] = works, works & self._open_starts(room.calendar, uses, window)
            working[room.id], bits = made[key]
            if bits:
                opened[room.id] = bits
        return {
            Rule.NOT_PERMITTED: dict.fromkeys(working, self.grid.whole),
            Rule.OUT_OF_USE: working,
            Rule.CLOSED: opened,
        }

    def free_rooms(self, opened: Mapping[int, int], window: Interval) -> dict[int, int]:
        """Return the starts that holds leave to each room, of those it has.

        Args:
            opened: by room, the starts that no other rule takes.
        """
        taken = self.holds.taken(list(opened), window, self.grid)
        # A few days' bits, and not a month's, are what each of hundreds of rooms is reckoned in.
        first = self.grid.floor(window.start)
        cells, found = stretch(0, self.grid.ceil(window.end) - first), {}
        for key, bits in opened.items():
            if held := taken.get(key, 0) >> first & cells:
                uses = self.uses(self.world.resources[key])
                bits &= self._unbroken(cells & ~held, uses, cells) << first
            found[key] = bits
        return found

    def uses(self, room: ResourceFacts) -> tuple[Use, ...]:
        """Return the stretches for which a room is needed."""
        key = (room.kind, room.turnaround)
        if key not in self._uses:
            self._uses[key] = self.lengths.uses(*key)
        return self._uses[key]

    def free_throughout(self, things: Sequence[ResourceFacts], use: Use) -> list[int]:
        """For each thing without hours, the starts at which it works and is free all that while."""
        taken = self.holds.taken([one.id for one in things], self.grid.window, self.grid)
        whole = self.grid.whole
        return [
            self._working(one, (use,)) & self._unbroken(whole & ~taken[one.id], (use,), whole)
            for one in things
        ]

    def _is_permitted(self, room: ResourceFacts) -> bool:
        return not room.permits or any(
            permit.fits(self.wish.court_id, self.agency_id, self.wish.hearing_type)
            for permit in room.permits
        )

    def _open_starts(
        self, calendar: SiteCalendar | None, uses: tuple[Use, ...], window: Interval
    ) -> int:
        starts = self.grid.whole
        if calendar is None:
            return starts
        cells = other = 0
        for on in local_days(window, calendar.zone):
            first, second = self._open_on(calendar, on)
            cells |= first
            other |= second
        for use in uses:
            fits = self._starts(cells, use.offset, use.used)
            if other != cells:
                fits |= self._starts(other, use.offset, use.used)
            starts &= fits
        return starts

    def _open_on(self, calendar: SiteCalendar, on: date) -> tuple[int, int]:
        """The cells in which a place is open; every other sitting in a set of its own, so that no
        run of cells leads from one sitting into the next."""
        key = (id(calendar), on)
        if key not in self._open:
            hours = calendar.open_intervals(on, self.wish.hearing_type)
            if calendar.sits_on(on):
                self._open[key] = self.grid.inside(hours[::2]), self.grid.inside(hours[1::2])
            else:
                cells = self.grid.inside(hours)
                self._open[key] = cells, cells
        return self._open[key]

    def _working(self, room: ResourceFacts, uses: tuple[Use, ...]) -> int:
        if not room.is_active:
            return 0
        broken, whole = 0, self.grid.whole
        for outage in room.outages:
            end = self.grid.size if outage.end is None else self.grid.ceil(outage.end)
            broken |= stretch(self.grid.floor(outage.start), end)
        return self._unbroken(whole & ~broken, uses, whole) if broken else whole

    def _unbroken(self, cells: int, uses: tuple[Use, ...], whole: int) -> int:
        """The starts, among as many cells as the whole has, that every use leaves."""
        starts = whole
        for use in uses:
            starts &= shifted(runs(cells, use.occupied), -use.offset)
        return starts

    def _starts(self, cells: int, offset: int, length: int) -> int:
        """Starts of the hearing for which ``length`` cells from ``offset`` on are all set."""
        return shifted(runs(cells, length), -offset) & self.grid.whole

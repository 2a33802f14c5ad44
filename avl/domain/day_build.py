"""From the picture of a day to the puzzle of its list, and from a list back to placements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from avl.domain.bridges import lay_bridge
from avl.domain.cells import CELL, Grid, cells_in, stretch
from avl.domain.clashes import Rule, Verdict, judge
from avl.domain.day_plan import (
    DayProblem,
    Hearing,
    SeatChoice,
    Spot,
    Spots,
)
from avl.domain.day_rules import Rules
from avl.domain.free import Board, HeldInMemory
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.local_time import day_interval
from avl.domain.proof import Steps
from avl.domain.resources import Placement, Seat
from avl.domain.starts import avoided, inside, starts_by_day
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import ResourceFacts, World

BEFORE, AFTER = timedelta(hours=3), timedelta(hours=20)
"""How far the legs and turnarounds of a day's hearings reach beyond the day itself."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A hearing that the day's list is to hold.

    Attributes:
        id: of the booking; negative for a wish that waits.
        wish: what it needs; its dates are the day of the plan.
        now: how the booking is placed; None for a wish.
        may_move: whether the plan may move it although it may stay.
    """

    id: int
    name: str
    priority: int
    wish: Wish
    now: Placement | None = None
    may_move: bool = True


def wish_of_booking(now: Placement, on: date, rooms: Sequence[int]) -> Wish:
    """What a standing booking needs, were it to be placed anew: its own time and rooms best.

    Args:
        rooms: courtrooms it may be in, the one liked best first.
    """
    return Wish(
        court_id=now.court_id,
        courtrooms=tuple(rooms),
        hearing_type=now.hearing_type,
        minutes=now.hearing.minutes,
        pre_minutes=now.pre_minutes,
        post_minutes=now.post_minutes,
        seats=tuple(
            WishSeat(
                seat.person,
                seat.counsel,
                None,
                seat.suite,
                () if seat.instruction_suite is None else (seat.instruction_suite,),
            )
            for seat in now.seats
        ),
        wanted_start=now.hearing.start,
        first=on,
        last=on,
    )


def build_day(listed: Sequence[Listed], world: World, on: date, *, step: int = 1) -> DayProblem:
    """Turn the day's hearings into a puzzle.

    A booking that may not be moved and is valid where it stands is an obstacle like those of
    other courts. One that is no longer valid there may be moved whatever ``may_move`` says.

    Args:
        world: every room of the places concerned and everybody in them, with all their holds.
        step: how many cells apart the starts lie, counted from midnight on the court's wall.
    """
    return _Builder(listed, world, on, step).build()


def placement_at(problem: DayProblem, hearing: Hearing, spot: Spot) -> Placement:
    """A hearing as it would be booked."""
    start = problem.grid.at(spot.start)
    return replace(
        hearing.pattern,
        hearing=Interval(start, start + hearing.length * CELL),
        courtroom=spot.courtroom,
        seats=tuple(
            replace(
                seat,
                suite=suite,
                site_id=problem.site_of[suite],
                instruction_suite=booth,
            )
            for seat, suite, booth in zip(
                hearing.pattern.seats, spot.suites, spot.booths, strict=True
            )
        ),
    )


def judge_day(problem: DayProblem, spots: Spots, world: World) -> dict[int, Verdict]:
    """Judge every hearing of a list in the world as the list leaves it, by hearing id."""
    laid = {
        problem.hearings[place].id: placement_at(problem, problem.hearings[place], spot)
        for place, spot in spots.items()
    }
    after = rearranged(world, lifted=[key for key in laid if key > 0], laid=laid)
    return {key: judge(placement, after, ignoring=key) for key, placement in laid.items()}


class _Builder:
    def __init__(self, listed: Sequence[Listed], world: World, on: date, step: int) -> None:
        self.world = world
        self.on = on
        verdicts = {one.id: judge(one.now, world, ignoring=one.id) for one in listed if one.now}
        self.broken = {key for key, verdict in verdicts.items() if not verdict.is_possible}
        begun = {key for key, verdict in verdicts.items() if _is_passing(verdict)}
        self.listed = [
            one
            for one in listed
            if one.id not in begun and (one.may_move or one.id in self.broken or not one.now)
        ]
        self.empty = rearranged(world, lifted=[one.id for one in self.listed if one.now])
        court = self.listed[0].wish.court_id if self.listed else 0
        zone = world.sites[court].zone if self.listed else "UTC"
        day = day_interval(on, zone)
        self.zone = zone
        self.grid = Grid.covering(day.widened(before=BEFORE, after=AFTER))
        first, end = self.grid.ceil(day.start), self.grid.ceil(day.end)
        self.day_starts = sum(1 << cell for cell in range(first, end, step))
        self.holds = HeldInMemory(self.empty, None)

    def build(self) -> DayProblem:
        hearings = [self._hearing(one) for one in self.listed]
        rules = Rules(self.empty, self.grid, hearings)
        rules.collect()
        suites = {
            suite for hearing in hearings for seat in hearing.seats for suite in seat.suites
        } | {suite for hearing in hearings if hearing.now for suite in hearing.now.suites}
        facts = self.world.resources
        return DayProblem(
            grid=self.grid,
            hearings=tuple(
                replace(hearing, members=tuple(rules.members.get(place, ())))
                for place, hearing in enumerate(hearings)
            ),
            groups=tuple(rules.groups),
            after={key: cells_in(room.turnaround) for key, room in facts.items()},
            site_of={suite: facts[suite].site_id or 0 for suite in suites},
            elsewhere=self._elsewhere(),
        )

    def _hearing(self, one: Listed) -> Hearing:
        wish = one.wish
        board = Board(wish, self.world, self.holds, self.zone, self.grid)
        window = self.grid.window
        will_do = 0
        for starts in starts_by_day(wish, self.grid, self.zone).values():
            will_do |= starts
        alive = self.day_starts | 1 << self.grid.floor(wish.wanted_start)
        alive &= will_do & board.from_now() & ~avoided(wish, self.grid) & inside(wish, self.grid)
        free = board.free([seat.person for seat in wish.seats], window)
        for bits in free.values():
            alive &= bits
        counsel = {seat.counsel for seat in wish.seats if seat.counsel is not None}
        alive &= board.counsel_free(counsel, window)
        alive = lay_bridge(board, Steps(), alive)
        rooms = self._free_rooms(board, self._courtrooms(wish), alive)
        now = self._spot(one.now) if one.now else None
        is_standing = now is not None and one.id not in self.broken
        seats = tuple(self._seat(board, seat, alive) for seat in wish.seats)
        if is_standing and now is not None:
            rooms, seats = _with_today(rooms, seats, now)
        return Hearing(
            id=one.id,
            name=one.name,
            priority=one.priority,
            pre=board.lengths.pre,
            length=board.lengths.hearing,
            post=board.lengths.post,
            wanted=self.grid.floor(wish.wanted_start),
            courtrooms=rooms,
            seats=seats,
            pattern=one.now or _pattern(wish, self.grid),
            now=now,
            is_standing=is_standing,
        )

    def _free_rooms(
        self, board: Board, rooms: Collection[ResourceFacts], alive: int
    ) -> dict[int, int]:
        opened = board.rooms(rooms, self.grid.window)[Rule.CLOSED]
        left = board.free_rooms(opened, self.grid.window)
        return {room.id: bits for room in rooms if (bits := left.get(room.id, 0) & alive)}

    def _courtrooms(self, wish: Wish) -> list[ResourceFacts]:
        ids = wish.courtrooms or self.world.resources
        found = [self.world.resources[key] for key in ids if key in self.world.resources]
        return [one for one in found if one.kind == "courtroom" and one.site_id == wish.court_id]

    def _seat(self, board: Board, seat: WishSeat, alive: int) -> SeatChoice:
        sites = {
            key: bits & board.from_now(self.world.sites[key].notice) & alive
            for key, bits in board.sites_of(seat).items()
        }
        suites = [
            room
            for room in self.world.resources.values()
            if room.kind == "suite"
            and sites.get(room.site_id or 0)
            and (seat.suites is None or room.id in seat.suites)
        ]
        suites.sort(key=lambda room: room.id != seat.preferred_suite)
        free = self._free_rooms(board, suites, alive)
        free = {
            key: bits & sites[self.world.resources[key].site_id or 0] for key, bits in free.items()
        }
        booths = {}
        if seat.instruction_suites and board.lengths.has_conference:
            rooms = [
                self.world.resources[key]
                for key in seat.instruction_suites
                if key in self.world.resources
            ]
            booths = self._free_rooms(board, rooms, alive)
            booths = booths or {rooms[0].id: 0} if rooms else {}
        return SeatChoice(seat.person, free, booths, seat.preferred_suite)

    def _spot(self, now: Placement) -> Spot:
        has_conference = now.pre_minutes or now.post_minutes
        return Spot(
            self.grid.floor(now.hearing.start),
            now.courtroom,
            tuple(seat.suite for seat in now.seats),
            tuple(seat.instruction_suite if has_conference else None for seat in now.seats),
        )

    def _elsewhere(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """When the same people appear that day in bookings that stay as they are."""
        first = (self.day_starts & -self.day_starts).bit_length() - 1
        end = self.day_starts.bit_length()
        found = {}
        for one in self.listed:
            for seat in one.wish.seats:
                spans = [
                    (self.grid.floor(busy.interval.start), self.grid.ceil(busy.interval.end))
                    for busy in self.empty.busy.get(seat.person, ())
                ]
                spans = [span for span in spans if span[0] < end and span[1] > first]
                if spans:
                    found[seat.person] = tuple(spans)
        return found


def _is_passing(verdict: Verdict) -> bool:
    """Whether nothing but the time of day speaks against a booking that stands."""
    rules = {clash.rule for clash in verdict.clashes}
    return bool(rules) and rules <= {Rule.IN_THE_PAST, Rule.TOO_SOON}


def _with_today(
    rooms: Mapping[int, int], seats: Sequence[SeatChoice], now: Spot
) -> tuple[dict[int, int], tuple[SeatChoice, ...]]:
    """Let a valid booking stay where it is, even with counsel who is wanted elsewhere."""
    bit = stretch(now.start, now.start + 1)
    kept = dict(rooms)
    kept[now.courtroom] = kept.get(now.courtroom, 0) | bit
    seated = []
    for seat, suite, booth in zip(seats, now.suites, now.booths, strict=True):
        suites = {suite: seat.suites.get(suite, 0) | bit, **_without(seat.suites, suite)}
        booths = dict(seat.booths)
        if booth is not None:
            booths[booth] = booths.get(booth, 0) | bit
        seated.append(replace(seat, suites=suites, booths=booths))
    return kept, tuple(seated)


def _without(bits: Mapping[int, int], key: int) -> dict[int, int]:
    return {other: starts for other, starts in bits.items() if other != key}


def _pattern(wish: Wish, grid: Grid) -> Placement:
    return Placement(
        court_id=wish.court_id,
        courtroom=0,
        hearing_type=wish.hearing_type,
        hearing=Interval(wish.wanted_start, wish.wanted_start + timedelta(minutes=wish.minutes)),
        pre_minutes=wish.pre_minutes,
        post_minutes=wish.post_minutes,
        seats=tuple(Seat(seat.person, 0, 0, seat.counsel) for seat in wish.seats),
    )

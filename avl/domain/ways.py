"""Where a booking could go at all: every start, courtroom and suite, the least trouble first.

Nothing is judged here; `domain/planner.py` asks `clashes.judge` about each way it considers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product

from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.plan_cost import OTHER_COURTROOM, OTHER_SUITE, trouble
from avl.domain.resources import Placement, Seat
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import World

MOST_SEATINGS = 400
"""How many ways of sharing out suites are looked at for one start; reached only by bookings of
three people and more at big prisons, where one seating is as good as another."""


@dataclass(frozen=True, slots=True)
class Way:
    """One place a booking could go, not yet judged.

    Attributes:
        crosses: 1 when it is on another day than now, else 0.
        minutes: how unwelcome it is (see `plan_cost.trouble`).
    """

    placement: Placement
    crosses: int
    minutes: int


def ways_for_wish(wish: Wish, starts: Iterable[datetime], world: World) -> list[Way]:
    """Every way to grant a wish at one of these starts, the nearest to what was wanted first."""
    rooms = wish.courtrooms or _rooms(world, "courtroom", wish.court_id)
    found = []
    for start in starts:
        shift = int(abs(start - wish.wanted_start).total_seconds() // 60)
        hearing = Interval(start, start + timedelta(minutes=wish.minutes))
        span = Interval(
            start - timedelta(minutes=wish.pre_minutes),
            hearing.end + timedelta(minutes=wish.post_minutes),
        )
        for seats in _seatings(wish.seats, span, world):
            kept = sum(
                1
                for seat, wanted in zip(seats, wish.seats, strict=True)
                if wanted.preferred_suite not in (None, seat.suite)
            )
            for place, room in enumerate(rooms):
                placement = Placement(
                    court_id=wish.court_id,
                    courtroom=room,
                    hearing_type=wish.hearing_type,
                    hearing=hearing,
                    pre_minutes=wish.pre_minutes,
                    post_minutes=wish.post_minutes,
                    seats=seats,
                    interpreter=wish.interpreter,
                )
                unwelcome = OTHER_SUITE * kept
                if wish.courtrooms:
                    unwelcome += OTHER_COURTROOM * place
                found.append(Way(placement, 0, shift + unwelcome))
    return sorted(found, key=_rank)


def ways_for_booking(
    now: Placement, days: Sequence[date], step: timedelta, world: World
) -> list[Way]:
    """Every other way to place a booking that stands, the least trouble first.

    It keeps its people, their sites, its lengths and its court; its time, courtroom and suites
    may change.

    Args:
        days: dates on the court's wall it may be on.
        step: how far apart starts are looked at; they lie on the wall's own grid, and the start
            it has now is always among them.
    """
    zone = world.sites[now.court_id].zone
    today = local_day(now.hearing.start, zone)
    rooms = _rooms(world, "courtroom", now.court_id)
    seatings = list(_shared_out([_keeping_site(seat, world) for seat in now.seats]))
    found = []
    for on in days:
        for start in _starts(now, on, zone, step, world):
            hearing = Interval(start, start + now.hearing.length)
            for room, seats in product(rooms, seatings):
                placement = replace(now, hearing=hearing, courtroom=room, seats=seats)
                if placement != now:
                    found.append(Way(placement, int(on != today), trouble(now, placement)))
    return sorted(found, key=_rank)


def _rank(way: Way) -> tuple[int, int, datetime]:
    return way.crosses, way.minutes, way.placement.hearing.start


def _starts(
    now: Placement, on: date, zone: str, step: timedelta, world: World
) -> Iterator[datetime]:
    """Starts of one day at which at least one of the court's rooms is open."""
    calendars = {
        id(calendar): calendar
        for room in _rooms(world, "courtroom", now.court_id)
        if (calendar := world.resources[room].calendar) is not None
    }
    day = day_interval(on, zone)
    hours = [
        opening
        for calendar in calendars.values()
        for opening in calendar.open_intervals(on, now.hearing_type)
    ]
    if not calendars:
        hours = [day]
    at = day.start
    own = [now.hearing.start] if local_day(now.hearing.start, zone) == on else []
    while at < day.end:
        if at not in own and any(opening.contains(at) for opening in hours):
            yield at
        at += step
    yield from own


def _rooms(world: World, kind: str, site_id: int) -> list[int]:
    return [
        facts.id
        for facts in world.resources.values()
        if facts.kind == kind and facts.site_id == site_id
    ]


def _keeping_site(seat: Seat, world: World) -> list[Seat]:
    """The seat in every suite of the site it is at, its own suite first."""
    others = [suite for suite in _rooms(world, "suite", seat.site_id) if suite != seat.suite]
    return [seat, *(replace(seat, suite=suite) for suite in others)]


def _seatings(
    wanted: Sequence[WishSeat], span: Interval, world: World
) -> Iterator[tuple[Seat, ...]]:
    choices = []
    for seat in wanted:
        suites = [
            (stay.site_id, suite)
            for stay in world.stays.get(seat.person, [])
            if stay.touches(span)
            for suite in _rooms(world, "suite", stay.site_id)
            if seat.suites is None or suite in seat.suites
        ]
        rooms: Sequence[int | None] = seat.instruction_suites or (None,)
        choices.append(
            [
                Seat(seat.person, site_id, suite, seat.counsel, room)
                for site_id, suite in dict.fromkeys(suites)
                for room in rooms
            ]
        )
    return _shared_out(choices)


def _shared_out(choices: Sequence[Sequence[Seat]]) -> Iterator[tuple[Seat, ...]]:
    """Every way to give each person a suite of their own."""
    count = 0
    for seats in product(*choices):
        if len({seat.suite for seat in seats}) == len(seats):
            yield seats
            count += 1
            if count == MOST_SEATINGS:
                return

"""Where a booking could go at all: every start, courtroom and suite, the least trouble first.

Nothing is judged here; `domain/plan_options.py` finds out what the rules permit of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import TypeVar

from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.plan_cost import OTHER_COURTROOM, OTHER_SUITE, trouble
from avl.domain.resources import Placement, Seat
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import World

Thing = TypeVar("Thing")

MOST_SEATINGS = 400
"""How many ways of sharing out suites are looked at for one start; reached only by bookings of
three people and more at big prisons, where one seating is as good as another."""


@dataclass(frozen=True, slots=True)
class Group:
    """Ways that are alike in everything but which courtroom and which suites they take.

    Attributes:
        crosses: 1 when they are on another day than the booking is now, else 0.
        minutes: how unwelcome each of them is (see `plan_cost.trouble`).
        model: a placement at that time; the group's have rooms of their own.
        now: where the booking is, in a group of that very start.
        start: when their hearing starts.
    """

    crosses: int
    minutes: int
    model: Placement
    rooms: tuple[int, ...]
    seatings: tuple[tuple[Seat, ...], ...]
    now: Placement | None = None
    start: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.model.hearing.start)

    @property
    def lengths(self) -> tuple[timedelta, int, int]:
        """How long the hearing lasts, and the conferences before and after it in minutes."""
        return self.model.hearing.length, self.model.pre_minutes, self.model.post_minutes

    def is_now(self, room: int, seats: tuple[Seat, ...]) -> bool:
        """Whether one of them is where the booking is already, and so no way to move it."""
        now = self.now
        return now is not None and (room, seats) == (now.courtroom, now.seats)

    def placed(self, room: int, seats: tuple[Seat, ...]) -> Placement:
        """One of its ways."""
        return replace(self.model, courtroom=room, seats=seats)


def ways_for_wish(wish: Wish, starts: Iterable[datetime], world: World) -> list[Group]:
    """Every way to grant a wish at one of these starts, the nearest to what was wanted first."""
    rooms = wish.courtrooms or tuple(_rooms(world, "courtroom", wish.court_id))
    priced = {room: OTHER_COURTROOM * place for place, room in enumerate(wish.courtrooms)}
    found = []
    for start in starts:
        shift = int(abs(start - wish.wanted_start).total_seconds() // 60)
        hearing = Interval(start, start + timedelta(minutes=wish.minutes))
        span = Interval(
            start - timedelta(minutes=wish.pre_minutes),
            hearing.end + timedelta(minutes=wish.post_minutes),
        )
        seatings = _by_price(
            _seatings(wish.seats, span, world),
            lambda seats: OTHER_SUITE * _not_preferred(seats, wish.seats),
        )
        for at_court, together in _by_price(rooms, lambda room: priced.get(room, 0)).items():
            for inside, seats in seatings.items():
                model = Placement(
                    court_id=wish.court_id,
                    courtroom=together[0],
                    hearing_type=wish.hearing_type,
                    hearing=hearing,
                    pre_minutes=wish.pre_minutes,
                    post_minutes=wish.post_minutes,
                    seats=seats[0],
                    interpreter=wish.interpreter,
                )
                found.append(Group(0, shift + at_court + inside, model, together, seats))
    return sorted(found, key=_rank)


def ways_for_booking(
    now: Placement, days: Sequence[date], step: timedelta, world: World
) -> list[Group]:
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
    rooms = _by_price(
        _rooms(world, "courtroom", now.court_id),
        lambda room: trouble(now, replace(now, courtroom=room)),
    )
    seatings = _by_price(
        _shared_out([_keeping_site(seat, world) for seat in now.seats]),
        lambda seats: trouble(now, replace(now, seats=seats)),
    )
    found = []
    for on in days:
        for start in _starts(now, on, zone, step, world):
            moved = replace(now, hearing=Interval(start, start + now.hearing.length))
            shift, crosses = trouble(now, moved), int(on != today)
            is_then = now if start == now.hearing.start else None
            for (at_court, together), (inside, seats) in product(rooms.items(), seatings.items()):
                minutes = shift + at_court + inside
                found.append(Group(crosses, minutes, moved, together, seats, is_then))
    return sorted(found, key=_rank)


def _by_price(
    things: Iterable[Thing], price: Callable[[Thing], int]
) -> dict[int, tuple[Thing, ...]]:
    """Things that cost the same together, by what they cost."""
    found: dict[int, list[Thing]] = {}
    for thing in things:
        found.setdefault(price(thing), []).append(thing)
    return {key: tuple(found[key]) for key in sorted(found)}


def _not_preferred(seats: Sequence[Seat], wanted: Sequence[WishSeat]) -> int:
    return sum(
        1
        for seat, wish in zip(seats, wanted, strict=True)
        if wish.preferred_suite not in (None, seat.suite)
    )


def _rank(group: Group) -> tuple[int, int, datetime]:
    return group.crosses, group.minutes, group.model.hearing.start


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

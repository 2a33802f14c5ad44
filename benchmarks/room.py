"""Making room in a prison's day: each of its 12 suites is taken at the time that is wanted.

Then in days that are 80, 95 and 99 % full, for short hearings and long ones, of one person or of
co-defendants in two prisons. What is wanted there may prove impossible; it must prove so in time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from time import perf_counter_ns as time_ns

from avl import clock
from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.models import Person, ResourceKind, Site, db
from avl.queries.room import RoomFound, find_room
from avl.queries.room_request import RoomRequest, RoomSeat
from benchmarks._full_day import DAY_MINUTES, STEP, FullDay, at, full_day
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, p95, times
from benchmarks.worldgen import FIRST_DAY, ZONE
from tests import make

SUITES, SLOTS, WANTED_SLOT = 12, 9, 2
FULLNESS = 0.7
ROUNDS = 10
MOST_MS = 2000.0
FULL = (0.80, 0.95, 0.99)
LENGTHS = {"short": (15, 30), "long": (120, 180, 240)}
WISHES = 2
"""So many of one person, and as many of two, for each fullness and length."""
NOW = to_utc(datetime.combine(FIRST_DAY - timedelta(days=3), time(12)), ZONE)


def run(ground: Ground) -> Iterator[Row]:
    """How long a registry officer waits for the plans."""
    with ground.app.app_context(), clock.frozen(NOW):
        court, prison = make.court("ROOMC", courtrooms=SUITES + 1), make.prison("ROOMP", suites=12)
        booked = _fill(court, prison)
        person = make.person(prn="ROOM", held_at=prison)
        officer = make.actor("registry", court)
        request = _request(court, person)

        def find() -> RoomFound:
            db.session.rollback()
            db.session.expunge_all()
            return find_room(db.session(), officer, request, now=NOW)

        found = find()
        taken = times(find, ROUNDS)
    # What is not proven to be the least has missed its target, however soon it is there.
    is_proved = found.plans.is_proved
    said = "proven the cheapest" if is_proved else "not proven the cheapest"
    yield Row(
        f"make room, {SUITES} suites, one day",
        None,
        p50(taken),
        p95(taken) if is_proved else float("inf"),
        p95_at_most=MOST_MS,
        note=f"{booked} bookings, {len(found.plans.plans)} plans, {said}",
    )
    if ground.engine == "sqlite":
        # The search knows nothing of the database, so that one shows it all.
        with ground.app.app_context(), clock.frozen(NOW):
            for fullness in FULL:
                yield from _full(fullness)


def _full(fullness: float) -> Iterator[Row]:
    """Wishes in one nearly full day, at random times and of random lengths."""
    percent = round(100 * fullness)
    day = full_day(f"FULL{percent}", fullness)
    officer = make.actor("registry", day.court)
    here = make.person(prn=f"FULL{percent}-HERE", held_at=day.prison)
    there = make.person(prn=f"FULL{percent}-THERE", held_at=day.other)
    for kind, lengths in LENGTHS.items():
        chance = random.Random(percent)
        taken, proved, planned = [], 0, 0
        for people in ((here,), (here, there)) * WISHES:
            request = _wish(day, people, chance.choice(lengths), chance)
            db.session.rollback()
            db.session.expunge_all()
            begun = time_ns()
            plans = find_room(db.session(), officer, request, now=NOW).plans
            taken.append((time_ns() - begun) / 1e6)
            proved += plans.is_proved
            planned += bool(plans.plans)
        taken.sort()
        yield Row(
            f"make room, {percent} % full, {kind} hearings",
            None,
            p50(taken),
            p95(taken) if proved == len(taken) else float("inf"),
            p95_at_most=MOST_MS,
            note=f"{day.count} bookings; of {len(taken)} wishes {planned} planned,"
            f" {proved} proven; the slowest {taken[-1]:.0f} ms",
        )


def _wish(
    day: FullDay, people: Sequence[Person], minutes: int, chance: random.Random
) -> RoomRequest:
    latest = (DAY_MINUTES - minutes) // STEP
    return RoomRequest(
        court_id=day.court.id,
        courtrooms=(day.spare.id,),
        hearing_type="CRB",
        minutes=minutes,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(RoomSeat(person.id) for person in people),
        wanted_start=at(STEP * chance.randrange(latest)),
    )


def _fill(court: Site, prison: Site) -> int:
    """Put bookings into the day; returns how many. Every suite is taken at the wanted time."""
    chance, count = random.Random(1), 0
    suites = make.rooms(prison, ResourceKind.SUITE)
    courtrooms = make.rooms(court, ResourceKind.COURTROOM)
    for slot in range(SLOTS):
        for suite, courtroom in zip(suites, courtrooms, strict=False):
            if slot == WANTED_SLOT or chance.random() < FULLNESS:
                count += 1
                start = _start(slot)
                make.booking(
                    make.person(prn=f"ROOM{count}", held_at=prison),
                    room=courtroom,
                    suites=[suite],
                    hearing=Interval(start, start + timedelta(minutes=30)),
                    is_published=False,
                )
    return count


def _start(slot: int) -> datetime:
    return to_utc(datetime.combine(FIRST_DAY, time(9)) + slot * timedelta(minutes=45), ZONE)


def _request(court: Site, person: Person) -> RoomRequest:
    free = make.rooms(court, ResourceKind.COURTROOM)[-1]
    return RoomRequest(
        court_id=court.id,
        courtrooms=(free.id,),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(person.id),),
        wanted_start=_start(WANTED_SLOT),
        near_minutes=0,
    )

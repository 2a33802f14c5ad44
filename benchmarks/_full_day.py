"""Days that are nearly full: two prisons that share a court, their suites booked back to back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from unittest.mock import patch

from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.models import Resource, ResourceKind, Site, db
from benchmarks.worldgen import FIRST_DAY, ZONE
from tests import make

SUITES, OTHER_SUITES = 12, 4
DAY_MINUTES, STEP = 600, 15
"""The day of both prisons and the court, from 8 to 6, in steps on which hearings begin."""
LENGTHS = (15, 30, 30, 30, 45, 45, 60, 60, 90)
TOGETHER = 0.5
"""How often two hearings of one time, one in each prison, are one hearing of co-defendants."""

_Hearing = tuple[Resource, Interval]


@dataclass(frozen=True)
class FullDay:
    """A day's places.

    Attributes:
        spare: a courtroom in which nothing is booked, so that suites are what is short.
        count: how many bookings there are.
    """

    court: Site
    prison: Site
    other: Site
    spare: Resource
    count: int


def full_day(code: str, fullness: float, *, seed: int = 1) -> FullDay:
    """Make both prisons and their court, and book so much of every suite's day."""
    # What is made here is not what is measured, so it is written at once.
    with patch.object(db.session, "commit", db.session.flush):
        found = _made(code, fullness, random.Random(seed))
    db.session.commit()
    return found


def _made(code: str, fullness: float, chance: random.Random) -> FullDay:
    court = make.court(f"{code}C", courtrooms=SUITES + OTHER_SUITES + 1)
    prison = make.prison(f"{code}P", suites=SUITES, turnaround_minutes=0)
    other = make.prison(f"{code}Q", suites=OTHER_SUITES, turnaround_minutes=0)
    *courtrooms, spare = make.rooms(court, ResourceKind.COURTROOM)
    ours, theirs = (make.rooms(site, ResourceKind.SUITE) for site in (prison, other))
    rooms = {suite.id: room for suite, room in zip(ours + theirs, courtrooms, strict=True)}
    booked = list(
        _paired(_hearings(ours, fullness, chance), _hearings(theirs, fullness, chance), chance)
    )
    for count, (suites, hearing) in enumerate(booked):
        people = [
            make.person(prn=f"{code}{count}-{suite.id}", held_at=prison if suite in ours else other)
            for suite in suites
        ]
        room = rooms[suites[0].id]
        make.booking(*people, room=room, suites=suites, hearing=hearing, is_published=False)
    return FullDay(court, prison, other, spare, len(booked))


def _paired(
    here: list[_Hearing], there: list[_Hearing], chance: random.Random
) -> Iterator[tuple[list[Resource], Interval]]:
    """Make one hearing of some that are at one time in either prison."""
    for suite, hearing in there:
        mate = next((one for one in here if one[1] == hearing), None)
        if mate is not None and chance.random() < TOGETHER:
            here.remove(mate)
            yield [mate[0], suite], hearing
        else:
            yield [suite], hearing
    yield from (([suite], hearing) for suite, hearing in here)


def at(minutes: int) -> datetime:
    """So many minutes after the day begins."""
    return to_utc(datetime.combine(FIRST_DAY, time(8)), ZONE) + timedelta(minutes=minutes)


def _hearings(suites: list[Resource], fullness: float, chance: random.Random) -> list[_Hearing]:
    """What is booked in each of a prison's suites; the minutes left over are anywhere."""
    free = dict.fromkeys(suites, 0)
    for _ in range(round(len(suites) * DAY_MINUTES * (1 - fullness) / STEP)):
        free[chance.choice(suites)] += STEP
    return [
        (suite, hearing) for suite, minutes in free.items() for hearing in _booked(minutes, chance)
    ]


def _booked(free: int, chance: random.Random) -> Iterator[Interval]:
    """Hearings of one suite's day, back to back but for gaps that make up what is free."""
    lengths, left = [], DAY_MINUTES - free
    while left:
        lengths.append(min(left, chance.choice(LENGTHS)))
        left -= lengths[-1]
    gaps = [chance.randrange(len(lengths) + 1) for _ in range(free // STEP)]
    now = 0
    for place, minutes in enumerate(lengths):
        now += STEP * gaps.count(place)
        yield Interval(at(now), at(now + minutes))
        now += minutes

"""Who may be near whom, while eight clients book, move, swap and cancel at random.

Every person has a suite and every client finds a courtroom, so that nothing but company stands in
the way. What is counted afterwards is asked of the rows alone, and of none of our own rules.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.swaps import swap_bookings
from avl.domain.clashes import Rule
from avl.domain.errors import DomainError, ResourceClash
from avl.domain.interval import Interval
from avl.models import Appearance, Booking, CustodyStay, KeepApart, Person, db
from tests import make
from tests.storm.crowd import IS_STORM, SEED, Crowd, assert_never_double_booked, at_once

pytestmark = pytest.mark.both_databases

ROUNDS = 40 if IS_STORM else 2
CLIENTS, PEOPLE = 8, 14
PICKUP, CAPACITY = timedelta(minutes=15), 3
COMPANY = {Rule.KEPT_APART, Rule.YOUNG_APART, Rule.REMAND_APART, Rule.ESCORTS_BUSY}


@pytest.fixture
def company(crowd: Crowd) -> Crowd:
    """Two under 18, four sentenced, three on remand, and pairs that must be kept apart."""
    crowd.prison.escort_capacity = CAPACITY
    crowd.prison.pickup_minutes = int(PICKUP.total_seconds() // 60)
    crowd.prison.separates_youth = crowd.prison.separates_remand = True
    for young in crowd.people[:2]:
        young.born_on = date(2010, 1, 1)
    for number, person in enumerate(crowd.people[2:9]):
        stay = db.session.scalars(select(CustodyStay).where(CustodyStay.person_id == person.id))
        stay.one().status = "sentenced" if number % 2 else "remand"
    db.session.commit()
    people = crowd.people
    for one, other in ((9, 10), (9, 11), (10, 11), (12, 2)):
        make.keep_apart(people[one], people[other], gap=20)
    make.keep_apart(people[12], people[13], gap=0, all_day=True)
    return crowd


@dataclass
class Client:
    """One who books at random, and counts what came of it."""

    crowd: Crowd
    dice: random.Random
    starts: Sequence[datetime]
    counted: Counter[Any]

    def __call__(self) -> None:
        made: list[str] = []
        for _ in range(6):
            try:
                self._act(made)
                self.counted["accepted"] += 1
            except ResourceClash as refusal:
                self.counted.update({clash.rule for clash in refusal.clashes})
                self.counted["refused"] += 1
            except DomainError:
                self.counted["refused"] += 1

    def _act(self, made: list[str]) -> None:
        what, by = self.dice.random(), self.crowd.registrar
        if len(made) > 1 and what < 0.15:
            swap_bookings(*self.dice.sample(made, 2), by=by, reason="storm")
        elif made and what < 0.3:
            to = Interval(start := self.dice.choice(self.starts), start + timedelta(minutes=15))
            move_booking(self.dice.choice(made), Move(hearing=to), by=by, reason="storm")
        elif made and what < 0.4:
            cancel_booking(made.pop(), by=by, reason="storm")
        else:
            made.append(self._book())

    def _book(self) -> str:
        who = self.dice.randrange(PEOPLE)
        start, minutes = self.dice.choice(self.starts), self.dice.choice((15, 20, 30))
        request = self.crowd.request(start, room=who, suite=who, person=who, minutes=minutes)
        return request_booking(request, by=self.crowd.registrar).reference


def test_nobody_is_ever_brought_too_near_to_anybody(app, company, record_property):
    counted: Counter[Any] = Counter()
    for number in range(ROUNDS):
        start = make.at("09:00") + timedelta(days=1 + number % 25, hours=4 * (number // 25))
        starts = [start + timedelta(minutes=10 * n) for n in range(12)]
        clients: list[Callable[[], Any]] = [
            Client(company, random.Random(f"{SEED}-{number}-{n}"), starts, counted)
            for n in range(CLIENTS)
        ]

        outcomes = at_once(app, clients)

        assert outcomes == [None] * CLIENTS
        assert_never_double_booked()
    assert violations() == Counter()
    assert min(counted["accepted"], counted["refused"]) > ROUNDS
    record_property("company", str(counted))
    if IS_STORM:
        assert set(counted) >= COMPANY, "a rule was never met"


@dataclass(frozen=True)
class Stay:
    """One person waiting and appearing at the prison, as the rows have it."""

    person: Person
    start: datetime
    end: datetime
    status: str

    def meets(self, other: Stay, gap: timedelta = timedelta()) -> bool:
        mine, theirs = self.start - PICKUP, other.start - PICKUP
        return mine < other.end + gap and theirs < self.end + gap

    @property
    def moving(self) -> list[datetime]:
        """Every five minutes in which somebody brings or takes back this person."""
        steps = [timedelta(minutes=n) for n in range(0, int(PICKUP.total_seconds() // 60), 5)]
        return [begins + step for begins in (self.start - PICKUP, self.end) for step in steps]


def violations() -> Counter[str]:
    """How often each rule about company is broken by what stands in the database."""
    rows = db.session.execute(
        select(Person, Booking.starts_at, Booking.ends_at, CustodyStay.status)
        .join(Appearance, Appearance.person_id == Person.id)
        .join(Booking, Booking.id == Appearance.booking_id)
        .join(CustodyStay, CustodyStay.person_id == Person.id)
        .where(Booking.status.in_(("held", "requested", "confirmed")))
    )
    stays = [Stay(*row) for row in rows]
    pairs = {
        frozenset({pair.first_id, pair.second_id}): pair
        for pair in db.session.scalars(select(KeepApart))
    }
    found: Counter[str] = Counter()
    for one, other in combinations(stays, 2):
        if one.person.id != other.person.id:
            found.update(
                _broken(one, other, pairs.get(frozenset({one.person.id, other.person.id})))
            )
    movements = Counter(moment for stay in stays for moment in stay.moving)
    found.update("escorts" for count in movements.values() if count > CAPACITY)
    return found


def _broken(one: Stay, other: Stay, pair: KeepApart | None) -> list[str]:
    broken = []
    if pair and one.meets(other, timedelta(minutes=pair.gap_minutes)):
        broken.append("pair")
    if pair and pair.other_site_too and abs(one.start - other.start) < timedelta(hours=12):
        broken.append("pair all day")
    if one.meets(other) and bool(one.person.born_on) != bool(other.person.born_on):
        broken.append("young")
    if one.meets(other) and {one.status, other.status} == {"sentenced", "remand"}:
        broken.append("remand")
    return broken

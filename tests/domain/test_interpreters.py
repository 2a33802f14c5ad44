"""How far ahead interpreters are asked for, against somebody who crosses off days on a wall."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.calendars import Closure, Holiday, Opening, SiteCalendar
from avl.domain.clashes import Rule, judge
from avl.domain.interpreters import (
    LOOK_BACK,
    REO,
    Interpreted,
    InterpreterState,
    due_on,
    interpreted_after,
    interpreter_late,
    read_languages,
    working_day_before,
    working_days_ahead,
)
from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.domain.resources import Interpreter, Placement, Seat
from avl.domain.world import InterpreterNotice, ResourceFacts, SiteFacts, StayFact, World

ZONE = "Pacific/Auckland"
COURT, PRISON = 1, 2
COURTROOM, SUITE, PERSON = 11, 21, 31
HEARING_ON = date(2027, 2, 3)
WEEK = tuple(Opening(day, time(9), time(17)) for day in range(5))


def calendar(closed=(), holidays=()):
    return SiteCalendar(
        "The court",
        ZONE,
        WEEK,
        closures=tuple(Closure(on, None, None, "closed") for on in closed),
        holidays=tuple(Holiday(on, "a holiday") for on in holidays),
    )


dates = st.dates(HEARING_ON - timedelta(days=70), HEARING_ON)


@given(days=st.integers(0, 30), closed=st.sets(dates, max_size=12), holidays=st.sets(dates))
def test_working_days_are_counted_as_on_a_wall_calendar(days, closed, holidays):
    on, crossed_off = HEARING_ON, 0
    while crossed_off < days and on > HEARING_ON - LOOK_BACK:
        on -= timedelta(days=1)
        if on.weekday() < 5 and on not in closed and on not in holidays:
            crossed_off += 1

    assert working_day_before(HEARING_ON, days, calendar(closed, holidays)) == on


def test_an_anniversary_day_and_waitangi_day_are_no_working_days():
    # Auckland Anniversary Day 2027 is Monday 1 February, Waitangi Day is kept on the 8th.
    regional = calendar(holidays=[date(2027, 2, 1), date(2027, 2, 8)])

    assert working_day_before(date(2027, 2, 10), 10, calendar()) == date(2027, 1, 27)
    assert working_day_before(date(2027, 2, 10), 10, regional) == date(2027, 1, 25)


def world(now_on, notice):
    court = SiteFacts(COURT, "The court", ZONE, calendar(), 1, interpreters=notice)
    prison = SiteFacts(PRISON, "The prison", ZONE, calendar(), 2)
    now = to_utc(datetime.combine(now_on, time(12)), ZONE)
    rooms = [(COURTROOM, "courtroom", COURT), (SUITE, "suite", PRISON), (PERSON, "person", None)]
    start = to_utc(datetime.combine(HEARING_ON, time(0)), ZONE)
    return World(
        now,
        Interval(start, start + timedelta(days=1)),
        sites={COURT: court, PRISON: prison},
        resources={key: ResourceFacts(key, kind, kind, site) for key, kind, site in rooms},
        stays={PERSON: [StayFact(PRISON, "The prison", start - timedelta(days=99), None)]},
    )


def placement(interpreter):
    start = to_utc(datetime.combine(HEARING_ON, time(10)), ZONE)
    hearing = Interval(start, start + timedelta(minutes=30))
    seats = (Seat(PERSON, PRISON, SUITE),)
    return Placement(COURT, COURTROOM, "CRB", hearing, 0, 0, seats, interpreter)


@given(
    ago=st.integers(0, 60),
    usual=st.integers(0, 20),
    reo=st.integers(0, 20),
    own=st.one_of(st.none(), st.integers(0, 20)),
    language=st.sampled_from(["Samoan", REO, f"Tongan, {REO}"]),
)
def test_late_is_exactly_when_too_few_working_days_are_left(ago, usual, reo, own, language):
    today = HEARING_ON - timedelta(days=ago)
    left = sum(1 for n in range(1, ago + 1) if (HEARING_ON - timedelta(days=n)).weekday() < 5)
    spoken = usual if own is None else own
    needed = {"Samoan": spoken, REO: reo}.get(language, max(spoken, reo))

    found = interpreter_late(
        placement(Interpreter(language, own)), world(today, InterpreterNotice(usual, reo))
    )

    # Today counts while the office is open, so what is due today is not late yet.
    assert bool(found) == (left < needed)


def test_late_is_a_warning_that_says_what_to_do():
    verdict = judge(
        placement(Interpreter("Samoan")),
        world(date(2027, 2, 1), InterpreterNotice(10, 10)),
    )

    assert verdict.is_possible
    assert [(warning.rule, warning.sentence) for warning in verdict.warnings] == [
        (
            Rule.INTERPRETER_LATE,
            "An interpreter (Samoan) is asked for 10 working days ahead, so by Wed 20 Jan 2027."
            " Ring the Central Registry before you book, or choose a later date.",
        )
    ]
    assert not verdict.without(Rule.INTERPRETER_LATE).warnings


def test_te_reo_maori_has_its_own_notice_and_words():
    (late,) = interpreter_late(
        placement(Interpreter(REO)), world(date(2027, 2, 1), InterpreterNotice(0, 5))
    )

    assert late.sentence.startswith("The court wants 5 working days' notice of te reo Māori")
    assert working_days_ahead(Interpreter(REO, 2), InterpreterNotice(10, 5)) == 5


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("  none ", ""),
        ("English", ""),
        ("Samoan", "Samoan"),
        (" Samoan ,Tongan", "Samoan, Tongan"),
        ("Samoan, Samoan", "Samoan"),
        ("maori", REO),
        ("Te Reo Māori", REO),
        ("NZ Sign  Language; te reo", f"NZ Sign Language, {REO}"),
    ],
)
def test_languages_are_read_as_people_type_them(typed, read):
    assert read_languages(typed) == read


def test_what_is_due_depends_on_how_far_it_has_got():
    notice, samoan = InterpreterNotice(10, 10, 3), Interpreter("Samoan")
    due = {
        state: due_on(state, samoan, HEARING_ON, notice, calendar()) for state in InterpreterState
    }

    assert due == {
        InterpreterState.WANTED: date(2027, 1, 20),
        InterpreterState.ASKED: date(2027, 1, 29),
        InterpreterState.CONFIRMED: None,
        InterpreterState.NOT_NEEDED: None,
    }
    assert due_on(InterpreterState.WANTED, None, HEARING_ON, notice, calendar()) is None


NOBODY, WANTED, ASKED = (
    InterpreterState.NOT_NEEDED,
    InterpreterState.WANTED,
    InterpreterState.ASKED,
)


@pytest.mark.parametrize(
    ("asked", "state", "spoken", "after"),
    [
        ("", NOBODY, [("", "Samoan")], ("Samoan", True, (), ())),
        ("Samoan", WANTED, [("Samoan", "Tongan")], ("Tongan", True, ("Samoan",), ())),
        ("Samoan", WANTED, [("Samoan", "")], ("", False, ("Samoan",), ())),
        ("Samoan", ASKED, [("Samoan", "")], ("Samoan", False, (), ("Samoan",))),
        # Somebody else in the booking still speaks it, and what nobody's record ever named stays.
        ("Samoan", WANTED, [("Samoan", ""), ("Samoan", "Samoan")], ("Samoan", False, (), ())),
        ("Samoan", WANTED, [("Tongan", "")], ("Samoan", False, (), ())),
        # What the court has decided to do without is not asked for because of another language.
        ("", NOBODY, [("Samoan", "Samoan, Tongan")], ("Tongan", True, (), ())),
    ],
)
def test_a_booking_asks_for_what_its_peoples_records_name(asked, state, spoken, after):
    assert interpreted_after(asked, state, spoken) == Interpreted(*after)

"""Calendars against a minute-by-minute oracle, and the sentences they refuse with."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.calendars import (
    Break,
    Closure,
    Holiday,
    Opening,
    SiteCalendar,
    after_open_days,
    next_day_open,
    open_throughout,
)
from avl.domain.interval import Interval
from avl.domain.local_time import to_local, to_utc

AUCKLAND, CHATHAM = "Pacific/Auckland", "Pacific/Chatham"
WEEK = tuple(Opening(day, time(9), time(17)) for day in range(5))

clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
# Three days around each change of the clocks, and three ordinary days with a weekend in them.
dates = st.sampled_from(
    [
        *(date(2026, 9, day) for day in (26, 27, 28)),
        *(date(2027, 4, day) for day in (3, 4, 5)),
        *(date(2027, 2, day) for day in (5, 6)),
    ]
)
types = st.sampled_from([None, "BAIL", "FIRST_POLICE"])
weekdays = st.integers(0, 6)
optional_clocks = st.none() | clocks
edges = st.none() | dates
openings = st.lists(st.builds(Opening, weekdays, clocks, clocks, edges, edges), max_size=12).map(
    tuple
)
breaks = st.lists(
    st.builds(Break, st.none() | weekdays, clocks, clocks, st.just("lunch"), edges, edges),
    max_size=2,
).map(tuple)
closures = st.lists(
    st.builds(
        Closure,
        dates,
        optional_clocks,
        optional_clocks,
        st.just("strike"),
        st.sampled_from([frozenset(), frozenset({"FIRST_POLICE"})]),
    ),
    max_size=3,
).map(tuple)
holidays = st.lists(st.builds(Holiday, dates, st.just("Some Day")), max_size=2).map(tuple)
reopened = st.frozensets(dates, max_size=1)
zones = st.sampled_from([AUCKLAND, CHATHAM])


@st.composite
def calendars(draw):
    zone = draw(zones)
    site = SiteCalendar(
        "Court", zone, draw(openings), draw(breaks), draw(closures), draw(holidays), draw(reopened)
    )
    if draw(st.booleans()):
        own = draw(st.none() | openings)
        return SiteCalendar("Suite 3", zone, own, draw(breaks), draw(closures), within=site)
    return site


def shows(at: datetime, zone: str, starts: time | None, ends: time | None) -> bool:
    clock = to_local(at, zone).time()
    after_start = (starts or time(0)) <= clock
    return after_start and (ends in (None, time(0)) or clock < ends)


def stands(one: Opening | Break, on: date) -> bool:
    return (one.from_on or on) <= on <= (one.to_on or on)


def is_open_at(calendar: SiteCalendar, at: datetime, hearing_type: str | None) -> bool:
    """Decide one minute from the rules as a person reads them, and nothing else."""
    on, zone = to_local(at, calendar.zone).date(), calendar.zone
    if calendar.within and not is_open_at(calendar.within, at, hearing_type):
        return False
    if on not in calendar.reopened and any(holiday.on == on for holiday in calendar.holidays):
        return False
    for closure in calendar.closures:
        stopped = hearing_type not in closure.allowed_hearing_types
        if closure.on == on and stopped and shows(at, zone, closure.from_time, closure.to_time):
            return False
    for pause in calendar.breaks:
        on_that_day = pause.weekday in (None, on.weekday()) and stands(pause, on)
        if on_that_day and shows(at, zone, pause.from_time, pause.to_time):
            return False
    if calendar.openings is None:
        return True
    standing = [opening for opening in calendar.openings if stands(opening, on)]
    if calendar.within and calendar.openings and not standing:
        return True
    return any(
        opening.weekday == on.weekday() and shows(at, zone, opening.opens, opening.closes)
        for opening in standing
    )


@settings(max_examples=40, deadline=None)
@given(calendars(), dates, types)
def test_open_intervals_are_the_minutes_that_are_open(calendar, on, hearing_type):
    start = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=15)
    walk = (start + timedelta(minutes=n) for n in range(0, 45 * 60, 5))
    wanted = [
        at
        for at in walk
        if to_local(at, calendar.zone).date() == on and is_open_at(calendar, at, hearing_type)
    ]

    opened = calendar.open_intervals(on, hearing_type)

    assert [
        span.start + timedelta(minutes=n) for span in opened for n in range(0, span.minutes, 5)
    ] == wanted


@settings(max_examples=60, deadline=None)
@given(calendars(), dates, types, st.integers(0, 26 * 12), st.integers(1, 60))
def test_why_shut_is_silent_exactly_when_every_minute_is_open(
    calendar, on, hearing_type, offset, fives
):
    start = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=13)
    wanted = Interval(
        start + timedelta(minutes=5 * offset), start + timedelta(minutes=5 * (offset + fives))
    )
    every_five = (wanted.start + timedelta(minutes=n) for n in range(0, wanted.minutes, 5))
    is_open = all(is_open_at(calendar, at, hearing_type) for at in every_five)

    why = calendar.why_shut(wanted, hearing_type)

    assert (why is None) == is_open == calendar.is_open(wanted, hearing_type)
    assert why is None or why.endswith(".")


def at(day: date, clock: str, minutes: int, zone: str = AUCKLAND) -> Interval:
    start = to_utc(datetime.combine(day, time.fromisoformat(clock)), zone)
    return Interval(start, start + timedelta(minutes=minutes))


@pytest.fixture
def court() -> SiteCalendar:
    return SiteCalendar(
        "Hutt Valley District Court",
        AUCKLAND,
        WEEK,
        (Break(None, time(12, 30), time(13, 30), "lunch"),),
        (
            Closure(
                date(2026, 9, 23), time(10, 30), time(12, 30), "strike", frozenset({"FIRST_POLICE"})
            ),
            Closure(date(2026, 12, 24), time(15), None, "summer closure"),
        ),
        (Holiday(date(2026, 1, 19), "Wellington Anniversary Day"),),
    )


@pytest.mark.parametrize(
    ("year", "month", "day", "clock", "sentence"),
    [
        (2026, 1, 19, "10:00", "is closed on Mon 19 Jan 2026: Wellington Anniversary Day."),
        (2026, 9, 23, "10:15", "is closed on Wed 23 Sep 2026, 10:30 am to 12:30 pm: strike."),
        (2026, 12, 24, "14:45", "is closed on Thu 24 Dec 2026 from 3:00 pm: summer closure."),
        (2026, 1, 24, "10:00", "is not open on Saturdays (Sat 24 Jan 2026)."),
        (2026, 1, 20, "12:15", "is not available 12:30 pm to 1:30 pm on Tue 20 Jan 2026: lunch."),
        (2026, 1, 20, "16:45", "is open only 9:00 am to 5:00 pm on Tue 20 Jan 2026."),
        (2026, 1, 20, "08:45", "is open only 9:00 am to 5:00 pm on Tue 20 Jan 2026."),
    ],
)  # fmt: skip
def test_refusal_names_the_rule_in_words(court, year, month, day, clock, sentence):
    assert (
        court.why_shut(at(date(year, month, day), clock, 30))
        == f"Hutt Valley District Court {sentence}"
    )


def test_arrest_court_sits_through_a_strike(court):
    wanted = at(date(2026, 9, 23), "10:15", 30)

    assert court.why_shut(wanted, "BAIL") is not None
    assert court.why_shut(wanted, "FIRST_POLICE") is None


def test_holiday_can_be_reopened_for_arrest_court_only(court):
    holiday = date(2026, 1, 19)
    arrests = SiteCalendar(
        court.name,
        court.zone,
        WEEK,
        closures=(Closure(holiday, None, None, "arrest court only", frozenset({"FIRST_POLICE"})),),
        holidays=court.holidays,
        reopened=frozenset({holiday}),
    )

    assert arrests.why_shut(at(holiday, "10:00", 30), "FIRST_POLICE") is None
    assert arrests.why_shut(at(holiday, "10:00", 30), "BAIL") == (
        "Hutt Valley District Court is closed on Mon 19 Jan 2026: arrest court only."
    )


def test_suite_narrows_its_prison_and_the_prison_answers_first(court):
    mornings = tuple(Opening(day, time(8), time(12)) for day in range(5))
    suite = SiteCalendar("Suite 3 at Rimutaka", AUCKLAND, mornings, within=court)
    tuesday = date(2026, 1, 20)

    assert suite.open_intervals(tuesday) == (at(tuesday, "09:00", 180),)
    assert suite.why_shut(at(tuesday, "08:00", 30)) == court.why_shut(at(tuesday, "08:00", 30))
    assert suite.why_shut(at(tuesday, "14:00", 30)) == (
        "Suite 3 at Rimutaka is open only 8:00 am to 12:00 pm on Tue 20 Jan 2026."
    )


def test_custody_unit_open_day_and_night_sits_across_midnight():
    nights = tuple(Opening(day, time(0), time(0)) for day in range(7))
    unit = SiteCalendar("Custody unit", CHATHAM, nights)

    assert unit.why_shut(at(date(2027, 4, 3), "23:45", 60 * 27, CHATHAM)) is None


def test_hours_that_start_later_leave_earlier_dates_alone():
    site = SiteCalendar(
        "Court",
        AUCKLAND,
        (
            Opening(1, time(9), time(17), to_on=date(2027, 1, 31)),
            Opening(1, time(10), time(15), from_on=date(2027, 2, 1)),
        ),
    )

    assert site.open_intervals(date(2027, 1, 26)) == (at(date(2027, 1, 26), "09:00", 480),)
    assert site.open_intervals(date(2027, 2, 2)) == (at(date(2027, 2, 2), "10:00", 300),)


def test_both_ends_count_even_in_different_zones():
    tuesday = date(2027, 2, 2)
    chatham = SiteCalendar("Chatham Islands District Court", CHATHAM, WEEK)
    prison = SiteCalendar("Rimutaka Prison", AUCKLAND, WEEK)

    shared = open_throughout((chatham, prison), tuesday, tuesday)

    assert at(tuesday, "09:00", 435) in shared  # 4:15 pm at the prison is 5 pm on the Chathams


@pytest.mark.parametrize(
    ("now", "hours", "until"),
    [
        ("2026-12-01T10:00", 24, "2026-12-02T10:00"),
        ("2026-12-04T16:00", 24, "2026-12-07T16:00"),
        ("2026-12-04T16:00", 48, "2026-12-08T16:00"),
        ("2026-12-06T09:00", 24, "2026-12-08T00:00"),
        ("2026-12-24T12:00", 24, "2026-12-29T12:00"),
        ("2027-04-02T12:00", 24, "2027-04-05T12:00"),
    ],
    ids=["weekday", "friday", "two days", "sunday", "christmas", "the clocks go back"],
)
def test_a_deadline_does_not_count_days_on_which_the_place_is_shut(now, hours, until):
    weekdays = tuple(Opening(day, time(8), time(16)) for day in range(5))
    christmas = (
        Holiday(date(2026, 12, 25), "Christmas Day"),
        Holiday(date(2026, 12, 28), "Boxing"),
    )
    prison = SiteCalendar("Rimutaka", AUCKLAND, weekdays, holidays=christmas)
    begins, ends = (to_utc(datetime.fromisoformat(at), AUCKLAND) for at in (now, until))

    assert after_open_days(begins, timedelta(hours=hours), prison) == ends


def test_a_deadline_at_a_place_that_is_never_open_is_the_time_itself():
    now, day = datetime(2026, 12, 1, 10, tzinfo=UTC), timedelta(hours=24)

    assert after_open_days(now, day, SiteCalendar("Unit", AUCKLAND, ())) == now + day


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2026-12-03T08:00", "2026-12-03"),
        ("2026-12-03T15:59", "2026-12-03"),
        ("2026-12-03T16:00", "2026-12-04"),
        ("2026-12-04T20:00", "2026-12-07"),
        ("2026-12-05T12:00", "2026-12-07"),
    ],
    ids=["before it opens", "an hour and a minute left", "an hour left", "friday", "saturday"],
)
def test_the_next_day_open_is_the_first_with_more_than_that_left(now, on):
    begins = to_utc(datetime.fromisoformat(now), AUCKLAND)

    found = next_day_open(begins, timedelta(hours=1), SiteCalendar("Court", AUCKLAND, WEEK))

    assert found == date.fromisoformat(on)


def test_a_place_that_is_never_open_has_no_next_day_but_today():
    now = datetime(2026, 12, 1, 10, tzinfo=UTC)

    assert next_day_open(now, timedelta(), SiteCalendar("Unit", AUCKLAND, ())) == date(2026, 12, 1)

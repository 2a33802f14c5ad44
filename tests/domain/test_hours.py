"""Weeks that follow one another, against what stands on every single date."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.errors import InvalidInput
from avl.domain.hours import (
    BREAK,
    OPEN,
    Hours,
    check_week,
    mark_of_hours,
    read_weekdays,
    say_hours,
    spell_days,
    weekdays,
    weeks_from,
    with_week,
)

FIRST = date(2027, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(12)]
EDGES = [None, *DAYS]


@st.composite
def lines(draw):
    from_on, to_on = draw(st.sampled_from(EDGES)), draw(st.sampled_from(EDGES))
    if from_on and to_on and to_on <= from_on:
        to_on = None
    hour = draw(st.integers(8, 9))
    kind = draw(st.sampled_from([OPEN, BREAK]))
    return Hours(kind, draw(st.integers(0, 1)), time(hour), time(17), "", from_on, to_on)


def standing(hours, on):
    """Each line that stands on a date, without its dates; twice the same counts once."""
    return {(one.kind, one.weekday, one.opens_at) for one in hours if one.stands_on(on)}


@settings(max_examples=200)
@given(st.lists(lines(), max_size=6), st.lists(lines(), max_size=3), st.sampled_from(DAYS))
def test_new_week_stands_until_the_next_change_and_nothing_else_moves(hours, week, from_on):
    after = with_week(hours, week, from_on)

    edges = {on for one in hours for on in (one.from_on, one.to_on) if on and on > from_on}
    until = min(edges, default=date.max)
    wanted = {(one.kind, one.weekday, one.opens_at) for one in week}
    for on in [FIRST - timedelta(days=9), *DAYS, DAYS[-1] + timedelta(days=9)]:
        expected = wanted if from_on <= on < until else standing(hours, on)
        assert standing(after, on) == expected
    assert all(not (one.from_on and one.to_on) or one.to_on > one.from_on for one in after)


@settings(max_examples=100)
@given(st.lists(lines(), max_size=6), st.sampled_from(DAYS))
def test_weeks_say_what_stands_on_every_date_to_come(hours, today):
    weeks = weeks_from(hours, today)

    assert weeks[-1].to_on is None
    for on in [day for day in DAYS if day >= today]:
        mine = [one for one in weeks if one.to_on is None or on < one.to_on]
        assert standing(mine[0].hours, on) == standing(hours, on)


def test_week_changed_and_changed_back_leaves_the_record_as_it_was():
    before = [Hours(OPEN, day, time(8), time(17)) for day in range(5)]
    short = [Hours(OPEN, day, time(8), time(15)) for day in range(5)]

    changed = with_week(before, short, DAYS[3])

    assert with_week(changed, before, DAYS[3]) == before
    assert mark_of_hours(changed) != mark_of_hours(before) == mark_of_hours(before[::-1])


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_are_read_as_they_are_spelt(days):
    assert set(weekdays(spell_days(days))) == days
    assert set(read_weekdays(spell_days(days).lower())) == days


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("Monday to Friday", range(5)),
        ("mon - fri", range(5)),
        ("Tue, Thu and Sat", (1, 3, 5)),
        ("every day", range(7)),
        ("Sunday", (6,)),
    ],
)
def test_days_are_read_as_people_type_them(typed, days):
    assert read_weekdays(typed) == tuple(days)


@pytest.mark.parametrize("typed", ["", "Fri-Mon", "someday"])
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match="day"):
        read_weekdays(typed)


def test_hours_that_end_before_they_start_are_refused():
    with pytest.raises(InvalidInput, match="5:00 pm to 8:00 am"):
        check_week([Hours(OPEN, 0, time(17), time(8))])


def test_a_week_is_spelt_for_the_record():
    week = [Hours(OPEN, day, time(8, 30), time(17)) for day in range(5)]
    week.append(Hours(BREAK, 2, time(12), time(13), "lunch"))

    assert say_hours(week) == ["open Mon-Fri 08:30-17:00", "break Wed 12:00-13:00 lunch"]

"""Wall clock and UTC, above all on the two weekends when they disagree."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import (
    RepeatedTime,
    SkippedTime,
    clock_intervals,
    day_interval,
    local_days,
    say_day,
    say_span,
    say_time,
    say_when,
    to_local,
    to_utc,
    wall_times,
    zone_named,
)

AUCKLAND, CHATHAM = "Pacific/Auckland", "Pacific/Chatham"
FORWARD, BACK = date(2026, 9, 27), date(2027, 4, 4)
zones = st.sampled_from([AUCKLAND, CHATHAM])
change_days = st.sampled_from([FORWARD, BACK])
days = st.one_of(change_days, st.dates(date(2020, 1, 1), date(2035, 12, 31)))


def wall(text: str) -> datetime:
    """Read what the clock on the wall shows; naive on purpose."""
    return datetime.fromisoformat(text)


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 15, 30, 45, 59]))


@given(st.datetimes(wall("2020-01-01"), wall("2035-01-01")), zones)
def test_every_moment_survives_the_way_to_the_wall_and_back(moment, zone):
    at = moment.replace(tzinfo=UTC)

    local = to_local(at, zone)

    assert to_utc(local.replace(tzinfo=None, fold=0), zone, fold=local.fold) == at


@given(change_days, clocks, zones)
def test_wall_time_names_as_many_moments_as_a_walk_through_the_day_finds(on, clock, zone):
    wall = datetime.combine(on, clock)
    found = [at for at in minutes_of_day(on, zone) if shown(at, zone) == wall]

    if not found:
        with pytest.raises(SkippedTime):
            to_utc(wall, zone)
    elif len(found) == 2:
        with pytest.raises(RepeatedTime):
            to_utc(wall, zone)
        assert [to_utc(wall, zone, fold=0), to_utc(wall, zone, fold=1)] == found
    else:
        assert [to_utc(wall, zone)] == found


@given(days, clocks, clocks, zones)
def test_clock_intervals_cover_exactly_the_minutes_the_clock_shows(on, starts, ends, zone):
    wanted = [
        at
        for at in minutes_of_day(on, zone)
        if starts <= to_local(at, zone).time()
        and (ends == time(0) or to_local(at, zone).time() < ends)
    ]

    spans = clock_intervals(on, starts, ends, zone)

    covered = [span.start + timedelta(minutes=n) for span in spans for n in range(span.minutes)]
    assert covered == wanted


@given(days, zones, st.sampled_from([5, 10, 15, 30, 60]))
def test_wall_times_are_the_moments_the_clock_shows_a_round_time(on, zone, step):
    wanted = [
        at
        for at in minutes_of_day(on, zone)
        if (to_local(at, zone).hour * 60 + to_local(at, zone).minute) % step == 0
    ]

    assert wall_times(on, zone, timedelta(minutes=step)) == wanted


@pytest.mark.parametrize("zone", [AUCKLAND, CHATHAM])
@pytest.mark.parametrize(("on", "hours"), [(FORWARD, 23), (BACK, 25), (date(2027, 2, 3), 24)])
def test_day_has_23_25_or_24_hours(on, hours, zone):
    assert day_interval(on, zone).minutes == hours * 60


def test_skipped_time_says_what_to_do():
    with pytest.raises(SkippedTime) as refusal:
        to_utc(wall("2026-09-27 02:30"), AUCKLAND)

    assert refusal.value.message == (
        "There is no 2:30 am on Sun 27 Sep 2026: the clocks go forward from 2:00 am to 3:00 am."
        " Choose a time before 2:00 am, or 3:00 am or later."
    )


def test_skipped_time_on_the_chathams_is_at_a_quarter_to():
    with pytest.raises(SkippedTime, match="from 2:45 am to 3:45 am"):
        to_utc(wall("2026-09-27 03:00"), CHATHAM)
    assert to_utc(wall("2026-09-27 02:30"), CHATHAM) == datetime(2026, 9, 26, 13, 45, tzinfo=UTC)


def test_repeated_time_asks_which_is_meant():
    with pytest.raises(RepeatedTime, match="Say whether you mean the first"):
        to_utc(wall("2027-04-04 02:30"), AUCKLAND)
    assert to_utc(wall("2027-04-04 02:30"), AUCKLAND, fold=1) == datetime(
        2027, 4, 3, 14, 30, tzinfo=UTC
    )


def test_time_that_carries_a_zone_and_moment_that_lacks_one_are_refused():
    with pytest.raises(ValueError, match="naive"):
        to_utc(datetime(2027, 2, 3, 10, tzinfo=UTC), AUCKLAND)
    with pytest.raises(ValueError, match="aware"):
        to_local(wall("2027-02-03 10:00"), AUCKLAND)


def test_unknown_zone_is_refused_in_words():
    with pytest.raises(InvalidInput, match="Use Pacific/Auckland"):
        zone_named("Pacific/Atlantis")


def test_people_read_the_sites_own_clock():
    start = datetime(2027, 2, 2, 21, 15, tzinfo=UTC)
    booked = Interval(start, start + timedelta(minutes=30))

    assert say_time(start, AUCKLAND) == "10:15 am"
    assert say_time(start, CHATHAM) == "11:00 am"
    assert say_day(start, AUCKLAND) == "Wed 3 Feb 2027"
    assert say_when(booked, AUCKLAND) == "Wed 3 Feb 2027, 10:15 am to 10:45 am"


def test_when_over_midnight_names_both_days_and_noon_and_midnight_are_12():
    start = to_utc(wall("2027-02-03 12:00"), AUCKLAND)
    until_midnight = Interval(start, start + timedelta(hours=12))

    assert say_when(until_midnight, AUCKLAND) == (
        "Wed 3 Feb 2027, 12:00 pm to Thu 4 Feb 2027, 12:00 am"
    )
    assert local_days(until_midnight, AUCKLAND) == [date(2027, 2, 3)]


def test_repeated_hour_is_said_with_which_of_the_two_it_is():
    first = to_utc(wall("2027-04-04 02:30"), AUCKLAND, fold=0)

    assert say_time(first, AUCKLAND) == "2:30 am (before the clocks go back)"
    assert say_time(first + timedelta(hours=1), AUCKLAND) == "2:30 am (after the clocks go back)"


def minutes_of_day(on: date, zone: str) -> list[datetime]:
    """Walk a generous stretch of UTC and keep the minutes whose local date is this one."""
    start = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=15)
    walk = (start + timedelta(minutes=n) for n in range(45 * 60))
    return [at for at in walk if to_local(at, zone).date() == on]


def shown(at: datetime, zone: str) -> datetime:
    return to_local(at, zone).replace(tzinfo=None, fold=0)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-25T00:00", "2026-11-25T23:55", "on Wed 25 Nov 2026, all day"),
        ("2026-11-25T00:00", "2026-11-26T00:00", "on Wed 25 Nov 2026, all day"),
        ("2026-09-27T00:00", "2026-09-28T00:00", "on Sun 27 Sep 2026, all day"),
        (
            "2026-11-25T00:00",
            "2026-11-27T23:55",
            "from Wed 25 Nov 2026 to the end of Fri 27 Nov 2026",
        ),
        ("2026-11-25T09:00", "2026-11-25T23:55", "on Wed 25 Nov 2026, 9:00 am to 11:55 pm"),
    ],
)
def test_a_whole_day_is_said_without_its_midnights(first, last, words):
    start, end = (to_utc(datetime.fromisoformat(at), AUCKLAND) for at in (first, last))

    assert say_span(start, end, AUCKLAND) == words

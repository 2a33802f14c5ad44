"""A courtroom sits: a hearing lies inside one sitting, and the refusal says when it sits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.calendars import Break, Holiday, Opening, SiteCalendar, room_within
from avl.domain.disruption import newly_broken, with_sittings
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, to_utc
from avl.domain.resources import Placement, Seat
from avl.domain.sittings import is_of_sitting
from tests.domain import small_worlds as small

ZONE = "Pacific/Auckland"
DAY = date(2026, 11, 25)


def at(first: str, last: str, on: date = DAY) -> Interval:
    start, end = (
        to_utc(datetime.combine(on, time.fromisoformat(wall)), ZONE) for wall in (first, last)
    )
    return Interval(start, end)


def courtroom(*sittings: Interval) -> SiteCalendar:
    """Courtroom 1 of a court open from 9 to 5, with lunch from 12 to 1."""
    hours = tuple(Opening(day, time(9), time(17)) for day in range(5))
    lunch = (Break(None, time(12), time(13), "lunch"),)
    court = SiteCalendar("Hutt Valley District Court", ZONE, hours, lunch)
    room = room_within(court, "Courtroom 1", "Hutt Valley")
    return SiteCalendar(room.name, ZONE, None, within=court, sittings=sittings)


def test_hearing_outside_every_sitting_is_told_when_the_courtroom_sits() -> None:
    calendar = courtroom(at("14:15", "17:00"), at("10:00", "12:00"))

    assert calendar.why_shut(at("10:00", "12:00")) is None
    assert calendar.why_shut(at("11:30", "11:45")) is None
    assert calendar.why_shut(at("13:30", "14:00")) == (
        "Courtroom 1 at Hutt Valley sits 10:00 am to 12:00 pm and 2:15 pm to 5:00 pm"
        " on Wed 25 Nov 2026. A hearing lies inside one sitting."
    )


def test_hearing_cannot_run_on_from_one_sitting_into_the_next() -> None:
    calendar = courtroom(at("10:00", "11:00"), at("11:00", "12:00"))

    assert calendar.open_intervals(DAY) == (at("10:00", "11:00"), at("11:00", "12:00"))
    assert calendar.why_shut(at("10:30", "11:00")) is None
    assert not calendar.is_open(at("10:45", "11:15"))
    assert "inside one sitting" in (calendar.why_shut(at("10:45", "11:15")) or "")


def test_day_without_a_sitting_keeps_to_the_opening_hours() -> None:
    calendar = courtroom(at("10:00", "11:00"))
    next_day = date(2026, 11, 26)

    assert calendar.is_open(at("15:00", "16:00", next_day))
    assert not calendar.is_open(at("15:00", "16:00"))


@pytest.mark.parametrize(
    ("hearing", "reason"),
    [
        (at("12:15", "12:45"), "lunch"),
        (at("17:00", "17:30"), "is open only 9:00 am to 5:00 pm"),
    ],
)
def test_sitting_does_not_open_a_court_that_is_shut(hearing: Interval, reason: str) -> None:
    calendar = courtroom(at("10:00", "18:00"))

    assert reason in (calendar.why_shut(hearing) or "")
    assert calendar.open_intervals(DAY) == (at("10:00", "12:00"), at("13:00", "17:00"))


def test_holiday_comes_before_a_sitting() -> None:
    calendar = SiteCalendar(
        "Court", ZONE, None, holidays=(Holiday(DAY, "Show Day"),), sittings=(at("10:00", "12:00"),)
    )

    assert calendar.why_shut(at("10:00", "11:00")) == (
        "Court is closed on Wed 25 Nov 2026: Show Day."
    )


@given(st.sets(st.integers(0, 4)), st.integers(0, 4), st.booleans())
def test_courtroom_is_shut_on_the_days_on_which_it_does_not_sit_and_no_others(
    days: set[int], number: int, has_sitting: bool
) -> None:
    week = [date(2026, 11, 23) + timedelta(days=n) for n in range(5)]
    usual = courtroom(*([at("10:00", "11:00", week[0])] if has_sitting else []))
    idle = frozenset(week[n] for n in days if n or not has_sitting)
    on = week[number]

    found = replace(usual, idle=idle).open_intervals(on)

    assert found == (() if on in idle else usual.open_intervals(on))


def test_shortened_sitting_breaks_what_lies_outside_it_and_nothing_else() -> None:
    scene = small.quiet_scene()
    day = day_interval(scene.on, scene.zone)
    room = small.COURTROOMS[0]
    placed = Placement(
        court_id=small.COURT,
        courtroom=room,
        hearing_type="CRB",
        hearing=Interval(scene.at(12), scene.at(18)),
        pre_minutes=0,
        post_minutes=0,
        seats=(Seat(small.PEOPLE[0], small.RIMUTAKA, small.SUITES[small.RIMUTAKA][0]),),
    )
    lay = partial(with_sittings, courtroom=room, day=day, is_idle=False)
    whole = lay(scene.world, sittings=[Interval(scene.at(0), scene.at(36))])
    short = lay(whole, sittings=[Interval(scene.at(0), scene.at(15))])

    assert newly_broken(placed, scene.world, whole) == ()
    (clash,) = newly_broken(placed, whole, short)
    assert clash.sentence == (
        "Courtroom 1 at Hutt Valley sits 9:00 am to 10:15 am on Tue 24 Nov 2026."
    )
    hours = lay(whole, sittings=[])
    assert newly_broken(placed, whole, hours) == ()
    idle = with_sittings(whole, room, day, [], is_idle=True)
    (clash,) = newly_broken(placed, hours, idle)
    assert clash.sentence == "Courtroom 1 at Hutt Valley does not sit on Tue 24 Nov 2026."
    assert newly_broken(placed, idle, lay(idle, sittings=[])) == ()


def test_sitting_takes_what_touches_its_hours_and_what_lies_in_no_sitting() -> None:
    hours, others = at("10:00", "12:00"), [at("12:00", "13:00"), at("14:00", "16:00")]

    assert is_of_sitting(at("10:30", "11:00"), hours, others)
    assert is_of_sitting(at("11:45", "12:15"), hours, others)
    assert is_of_sitting(at("13:15", "13:45"), hours, others)
    assert not is_of_sitting(at("12:00", "12:30"), hours, others)
    assert not is_of_sitting(at("13:45", "14:15"), hours, others)

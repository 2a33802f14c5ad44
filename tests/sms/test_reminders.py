"""When reminders are due: by the court's own calendar and clock, over the clock changes too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.booking import Status
from avl.domain.local_time import to_local, to_utc
from avl.domain.news import Arrangement, decide_news
from avl.domain.reminders import plan_reminders, wall_to_utc, working_day_before
from avl.domain.sms import SmsKind

ZONE = "Pacific/Auckland"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def on_weekdays(on: date) -> bool:
    return on.weekday() < 5


def at(said: str, zone: str = ZONE) -> datetime:
    return to_utc(datetime.fromisoformat(said), zone)


def arranged(said: str, conference: str | None = None, zone: str = ZONE) -> Arrangement:
    return Arrangement("Court", zone, at(said, zone), at(conference, zone) if conference else None)


def test_reminders_come_at_4_pm_the_working_day_before_and_two_hours_before():
    planned = plan_reminders(
        arranged("2026-11-25T10:15", "2026-11-25T10:00"),
        now=LONG_AGO,
        is_working_day=on_weekdays,
    )

    assert [(r.kind, r.due_at, r.expires_at) for r in planned] == [
        (SmsKind.REMINDER_DAY_BEFORE, at("2026-11-24T16:00"), at("2026-11-25T08:00")),
        (SmsKind.REMINDER_TWO_HOURS, at("2026-11-25T08:00"), at("2026-11-25T10:00")),
    ]


@pytest.mark.parametrize(
    ("hearing", "reminded"),
    [
        ("2026-11-23T09:00", "2026-11-20T16:00"),  # Monday: on Friday
        ("2026-11-22T09:00", "2026-11-20T16:00"),  # Sunday: on Friday
        ("2026-09-28T09:00", "2026-09-25T16:00"),  # the clocks go forward in between
        ("2026-09-27T09:00", "2026-09-25T16:00"),  # on the day they go forward
        ("2027-04-05T09:00", "2027-04-02T16:00"),  # the clocks go back in between
    ],
)
def test_reminder_crosses_weekends_and_clock_changes(hearing, reminded):
    assert working_day_before(at(hearing), ZONE, on_weekdays) == at(reminded)


def test_reminder_skips_days_the_court_is_closed():
    easter = {date(2027, 3, 26), date(2027, 3, 29)}

    def is_working(on: date) -> bool:
        return on_weekdays(on) and on not in easter

    assert working_day_before(at("2027-03-30T10:00"), ZONE, is_working) == at("2027-03-25T16:00")


def test_reminder_on_the_chatham_islands_keeps_their_clock():
    due = working_day_before(
        at("2026-11-25T00:30", "Pacific/Chatham"), "Pacific/Chatham", on_weekdays
    )

    assert to_local(due, "Pacific/Chatham").isoformat() == "2026-11-24T16:00:00+13:45"


def test_two_hours_are_two_hours_although_the_clocks_change():
    planned = plan_reminders(arranged("2026-09-27T04:00"), now=LONG_AGO, is_working_day=on_weekdays)

    assert to_local(planned[-1].due_at, ZONE).time() == time(1, 0)


def test_a_court_that_never_works_still_reminds_the_day_before():
    due = working_day_before(at("2026-11-25T10:00"), ZONE, lambda on: False)

    assert due == at("2026-11-24T16:00")


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        ("2026-11-24T14:59", [SmsKind.REMINDER_DAY_BEFORE, SmsKind.REMINDER_TWO_HOURS]),
        ("2026-11-24T15:00", [SmsKind.REMINDER_TWO_HOURS]),
        ("2026-11-25T06:59", [SmsKind.REMINDER_TWO_HOURS]),
        ("2026-11-25T07:30", []),
        ("2026-11-25T12:00", []),
    ],
)
def test_reminders_too_close_to_the_news_are_left_out(now, kinds):
    planned = plan_reminders(arranged("2026-11-25T10:00"), now=at(now), is_working_day=on_weekdays)

    assert [r.kind for r in planned] == kinds


def test_the_place_for_quiet_hours_may_move_or_withhold_a_reminder():
    hearing = arranged("2026-11-25T10:00")
    earlier = plan_reminders(
        hearing,
        now=LONG_AGO,
        is_working_day=on_weekdays,
        allowed=lambda due, expires: due - timedelta(minutes=30),
    )
    never = plan_reminders(
        hearing, now=LONG_AGO, is_working_day=on_weekdays, allowed=lambda due, expires: None
    )

    assert earlier[0].due_at == at("2026-11-24T15:30")
    assert never == []


@given(
    st.integers(0, 4 * 366 * 24 * 12).map(lambda n: FIRST + timedelta(minutes=5 * n)),
    st.sampled_from(["Pacific/Auckland", "Pacific/Chatham", "UTC"]),
)
def test_reminders_always_come_before_what_they_remind_of(start, zone):
    hearing = Arrangement("Court", zone, start, None)
    for reminder in plan_reminders(hearing, now=LONG_AGO, is_working_day=on_weekdays):
        assert reminder.due_at < reminder.expires_at <= hearing.hearing_at


def test_times_nobody_chose_need_nobody_to_be_asked():
    skipped = wall_to_utc(date(2026, 9, 27), time(2, 30), ZONE)
    repeated = wall_to_utc(date(2027, 4, 4), time(2, 30), ZONE)

    assert to_local(skipped, ZONE).isoformat() == "2026-09-27T03:00:00+13:00"
    assert to_local(repeated, ZONE).isoformat() == "2027-04-04T02:30:00+13:00"


OLD, NEW = arranged("2026-11-25T10:00"), arranged("2026-11-26T10:00")


@pytest.mark.parametrize(
    ("told", "status", "true", "news"),
    [
        (None, Status.HELD, NEW, None),
        (None, Status.REQUESTED, NEW, None),
        (None, Status.CONFIRMED, NEW, SmsKind.BOOKED),
        (NEW, Status.CONFIRMED, NEW, None),
        (OLD, Status.CONFIRMED, NEW, SmsKind.MOVED),
        (OLD, Status.REQUESTED, NEW, None),
        (OLD, Status.CANCELLED, OLD, SmsKind.CANCELLED),
        (OLD, Status.DECLINED, NEW, SmsKind.CANCELLED),
        (OLD, Status.LAPSED, NEW, SmsKind.CANCELLED),
        (None, Status.CANCELLED, OLD, None),
        (OLD, Status.CONFIRMED, None, SmsKind.CANCELLED),
        (None, Status.CONFIRMED, None, None),
        (OLD, Status.COMPLETED, OLD, None),
    ],
)
def test_news_is_the_difference_between_what_was_told_and_what_is_true(told, status, true, news):
    assert decide_news(told, status, true) is news

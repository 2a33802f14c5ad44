"""Dates as people type them: read one way wherever they are typed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avl.domain.dates_typed import Meant, read_date
from avl.domain.errors import InvalidInput

MONDAY = date(2026, 11, 23)
MONTHS_OF_2027 = [date(2027, month, 1) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("typed", "on"),
    [
        ("today", MONDAY),
        (" Tomorrow ", date(2026, 11, 24)),
        ("yesterday", date(2026, 11, 22)),
        ("Tue", date(2026, 11, 24)),
        ("thurs", date(2026, 11, 26)),
        ("Sunday", date(2026, 11, 29)),
        ("monday", date(2026, 11, 30)),  # today is "today"
        ("3 Feb", date(2027, 2, 3)),
        ("23/11", MONDAY),
        ("24th nov", date(2026, 11, 24)),
        ("Tue 24 Nov", date(2026, 11, 24)),
        ("Tue, 24 Nov 2026", date(2026, 11, 24)),
        ("Wednesday 3/2/2027", date(2027, 2, 3)),
        ("Fri 2026-11-27", date(2026, 11, 27)),
        ("24.11.2026", date(2026, 11, 24)),
    ],
)
def test_a_date_said_from_today_is_read(typed: str, on: date) -> None:
    assert read_date(typed, MONDAY) == on


@pytest.mark.parametrize(
    "typed",
    [
        "Mon 24 Nov 2026",
        "mo",
        "29 Feb",
        "sun 32/1",
        "tomorrow week",
        "31/2",
        "day",
        "3 mayhem",
        "9.10",
    ],
)
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_date(typed, MONDAY)


@pytest.mark.parametrize("typed", ["tomorrow", "Friday", "3 Feb", "3/2"])
def test_a_file_or_a_birthday_says_its_dates_in_full(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_date(typed)


@given(today=st.dates(date(1990, 1, 1), date(2180, 1, 1)), days=st.integers(1, 7))
def test_a_weekday_is_the_next_one(today: date, days: int) -> None:
    on = date.fromordinal(today.toordinal() + days)

    assert read_date(f"{on:%A}", today) == on


@given(today=st.dates(date(1990, 1, 1), date(2180, 1, 1)), days=st.integers(0, 364))
@example(today=date(2027, 12, 1), days=90)  # 29 February 2028
def test_a_date_without_a_year_is_the_next_such(today: date, days: int) -> None:
    on = today + timedelta(days=days)

    assert read_date(f"{on.day} {on:%B}", today) == on


@given(today=st.dates(date(1990, 1, 1), date(2180, 1, 1)), days=st.integers(0, 364))
@example(today=date(2028, 12, 1), days=276)  # 29 February 2028
def test_in_a_field_about_the_past_it_is_the_last_such(today: date, days: int) -> None:
    on = today - timedelta(days=days)

    assert read_date(f"{on.day} {on:%b}", today, Meant.PAST) == on


@given(today=st.dates(date(1990, 1, 1), date(2180, 1, 1)), days=st.integers(-182, 182))
def test_in_a_field_that_looks_both_ways_it_is_the_nearest(today: date, days: int) -> None:
    on = today + timedelta(days=days)

    assert read_date(f"{on.day}/{on.month}", today, Meant.NEAREST) == on
    assert read_date(f"{on.day}/{on.month}", today, Meant.SHOWN) == on


@given(today=st.dates(date(1990, 1, 1), date(2180, 1, 1)), days=st.integers(0, 6))
def test_a_weekday_in_the_past_is_the_last_one_until_today(today: date, days: int) -> None:
    on = today - timedelta(days=days)

    assert read_date(f"{on:%a}", today, Meant.PAST) == on


def test_a_weekday_that_may_be_either_is_asked_about() -> None:
    with pytest.raises(InvalidInput, match="as well: Fri 20 Nov 2026 or Fri 27 Nov 2026"):
        read_date("Friday", MONDAY, Meant.NEAREST)

    assert read_date("Fri 20 Nov", MONDAY, Meant.NEAREST) == date(2026, 11, 20)


def test_a_weekday_to_be_shown_is_the_next_one() -> None:
    assert read_date("Friday", MONDAY, Meant.SHOWN) == date(2026, 11, 27)


@pytest.mark.parametrize("words", [(f"{one:%B}", one) for one in MONTHS_OF_2027])
def test_a_month_is_its_name_or_how_that_begins(words: tuple[str, date]) -> None:
    name, first = words

    for length in range(3, len(name) + 1):
        assert read_date(f"1 {name[:length]} 2027") == first
    with pytest.raises(InvalidInput):
        read_date(f"1 {name[:3]}x 2027")

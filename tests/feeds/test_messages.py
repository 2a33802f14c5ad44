"""One VEVENT, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.booking import LegKind, Status
from avl.domain.interval import Interval
from avl.messages.calendar import (
    Entry,
    clean,
    render_calendar,
    render_entry,
    render_notice,
    render_tombstone,
)
from tests.feeds.lint import faults

START = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
HEARING = Interval(START, START + timedelta(minutes=30))


def entry(kind: str = "Bail hearing", place: str = "Suite 1", **more: object) -> Entry:
    values = {
        "uid": "0b5b2a40-0000-4000-8000-000000000000",
        "sequence": 1,
        "changed_at": START,
        "interval": HEARING,
        "reference": "AVL-7K3F9C",
        "status": Status.CONFIRMED,
        "kind": kind,
        "places": (place,),
        "legs": ((LegKind.HEARING, HEARING),),
        "zone": "Pacific/Auckland",
    }
    return Entry(**(values | more))  # type: ignore[arg-type]


@given(kind=st.text(), place=st.text())
def test_entry_of_any_text_has_no_fault_and_reads_back(kind: str, place: str) -> None:
    feed = render_calendar(place, [render_entry(entry(kind, place))])

    assert faults(feed) == []
    (event,) = icalendar.Calendar.from_ical(feed).walk("VEVENT")
    assert str(event["SUMMARY"]) == clean(f"AVL-7K3F9C {kind}")
    assert str(event.get("LOCATION", "")) == clean(place)


@given(kind=st.text(), place=st.text(), status=st.sampled_from(Status), is_hidden=st.booleans())
def test_entry_is_written_as_the_library_would(
    kind: str, place: str, status: Status, is_hidden: bool
) -> None:
    written = render_entry(entry(kind, place, status=status, is_hidden=is_hidden))

    assert icalendar.Event.from_ical(written).to_ical() == written


def test_tombstone_and_notice_are_written_as_the_library_would() -> None:
    for written in (
        render_tombstone("0b5b2a40", 3, START, HEARING),
        render_notice("withdrawn feed 1", START, START.date()),
    ):
        assert icalendar.Event.from_ical(written).to_ical() == written


@pytest.mark.parametrize(
    ("status", "word", "title"),
    [
        (Status.REQUESTED, "TENTATIVE", "Requested: AVL-7K3F9C Bail hearing"),
        (Status.CONFIRMED, "CONFIRMED", "AVL-7K3F9C Bail hearing"),
        (Status.CONNECTED, "CONFIRMED", "AVL-7K3F9C Bail hearing"),
        (Status.COMPLETED, "CONFIRMED", "AVL-7K3F9C Bail hearing"),
        (Status.STOOD_DOWN, "TENTATIVE", "Stood down: AVL-7K3F9C Bail hearing"),
        (Status.DECLINED, "CANCELLED", "CANCELLED: AVL-7K3F9C Bail hearing"),
        (Status.LAPSED, "CANCELLED", "CANCELLED: AVL-7K3F9C Bail hearing"),
        (Status.CANCELLED, "CANCELLED", "CANCELLED: AVL-7K3F9C Bail hearing"),
    ],
)
def test_entry_in_each_state(status: Status, word: str, title: str) -> None:
    event = icalendar.Event.from_ical(render_entry(entry(status=status)))

    assert (event["STATUS"], event["SUMMARY"]) == (word, title)
    assert event["TRANSP"] == ("TRANSPARENT" if word == "CANCELLED" else "OPAQUE")


def test_entry_says_its_legs_by_the_clock_on_the_wall() -> None:
    talk = Interval(START - timedelta(minutes=15), START)
    legs = ((LegKind.PRE_CONFERENCE, talk), (LegKind.HEARING, HEARING))

    event = icalendar.Event.from_ical(render_entry(entry(legs=legs)))

    assert event["DESCRIPTION"] == (
        "AVL-7K3F9C. Conference 9:45 am to 10:00 am. Hearing 10:00 am to 10:30 am. Confirmed."
    )

"""The feed as programs that are not ours read it, on the weekends the clocks change too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from avl.commands.publish import publish
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.models import db
from tests import make
from tests.conftest import Clock
from tests.feeds.conftest import Fed

ROOT = Path(__file__).resolve().parents[2]
CLOCKS_GO_BACK, CLOCKS_GO_FORWARD = "2027-04-04", "2026-09-27"

Found = dict[str, tuple[datetime, datetime, str, str, int]]


def by_icalendar(body: bytes) -> Found:
    return {
        str(e["UID"]): (e.start, e.end, str(e["SUMMARY"]), str(e["STATUS"]), int(e["SEQUENCE"]))
        for e in icalendar.Calendar.from_ical(body).walk("VEVENT")
    }


def by_recurring(body: bytes) -> Found:
    calendar = icalendar.Calendar.from_ical(body)
    events = recurring_ical_events.of(calendar).between((2026, 1, 1), (2028, 1, 1))
    return {
        str(e["UID"]): (e.start, e.end, str(e["SUMMARY"]), str(e["STATUS"]), int(e["SEQUENCE"]))
        for e in events
    }


def by_node(library: str) -> Callable[[bytes], Found]:
    """A reader from npm, in a zone that keeps other clock changes than ours."""

    def read(body: bytes) -> Found:
        node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
        if node is None or not (ROOT / "node_modules" / library).exists():
            pytest.skip(f"{library} needs Node and `npm ci`")
        ran = subprocess.run(
            [node, str(Path(__file__).parent / "read.mjs"), library],
            input=body,
            capture_output=True,
            check=True,
            env=os.environ | {"TZ": "America/New_York"},
            timeout=60,
        )
        return {
            e["uid"]: (
                datetime.fromisoformat(e["start"]),
                datetime.fromisoformat(e["end"]),
                e["summary"],
                e["status"],
                e["sequence"],
            )
            for e in json.loads(ran.stdout)
        }

    return read


READERS: dict[str, Callable[[bytes], Found]] = {
    "icalendar": by_icalendar,
    "recurring-ical-events": by_recurring,
    "ical.js": by_node("ical.js"),
    "node-ical": by_node("node-ical"),
}


def hours_around_the_changes() -> list[Interval]:
    """Half-hour bookings each hour through both nights on which the clocks change, by UTC so
    that the skipped hour is left out and the repeated one is there twice."""
    found = []
    for on in (CLOCKS_GO_FORWARD, CLOCKS_GO_BACK):
        start = make.at("00:00", on)
        for hour in range(6):
            at = datetime.fromtimestamp(start.timestamp() + 3600 * hour, UTC)
            found.append(Interval(at, datetime.fromtimestamp(at.timestamp() + 1800, UTC)))
    return found


@pytest.fixture
def served(fed: Fed, fetch: Callable[..., Any], clock: Clock) -> tuple[bytes, Found]:
    """The feed's bytes, and what is true."""
    clock.set(make.at("09:00", "2026-10-08"))
    truth: Found = {}
    people = [make.person(held_at=fed.prison) for _ in range(2)]
    kind = make.hearing_type("LONG", "Whānau, bail; " + "Ū" * 70)
    for n, interval in enumerate(hours_around_the_changes()):
        booking = make.booking(
            people[n % 2], at_prison=fed.prison, at_court=fed.court, hearing=interval, kind=kind
        )
        status, title = "CONFIRMED", f"{booking.reference} {kind.name}"
        if n % 5 == 4:
            booking.status, booking.version = Status.CANCELLED, 2
            publish(db.session(), booking)
            db.session.commit()
            status, title = "CANCELLED", f"CANCELLED: {title}"
        uid = f"{booking.uid}@court-avl-scheduler"
        truth[uid] = (interval.start, interval.end, title, status, booking.version)
    # One fetch on a day on which both weekends lie in the window.
    clock.set(make.at("09:00", "2026-10-08"))
    return fetch().data, truth


@pytest.mark.parametrize("reader", READERS)
def test_feed_is_read_as_it_was_meant(reader: str, served: tuple[bytes, Found]) -> None:
    body, truth = served

    assert len(truth) == 12
    assert READERS[reader](body) == truth

"""A prison that loses a quarter of its suites, and two hundred people transferred at once."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from sqlalchemy import func, select

from avl.commands.accepting import accept_ways
from avl.commands.closures import foresee_closure
from avl.commands.disruptions import work_out_ways
from avl.commands.outages import foresee_outage, record_outage
from avl.commands.people_import import import_people
from avl.domain.access import SYSTEM, Role
from avl.domain.disruption import Cause, Resolution
from avl.domain.interval import Interval
from avl.models import Booking, Disruption, Resource, ResourceKind, Site, db
from avl.queries.worklist import worklist
from tests import make
from tests.conftest import TUESDAY_10_AM, Clock
from tests.scene import TOMORROW, open_disruptions, overlaps

COMPUTING_SECONDS = 10
LOOKING_SECONDS = 5
"""Measured: a third of a second. The test machine may be much slower and busy besides."""


def fill(prison: Site, court: Site, count: int, on: str, *, first: int = 0) -> list[Booking]:
    """So many half hours, suite after suite and hour after hour."""
    suites = make.rooms(prison, ResourceKind.SUITE)
    rooms = make.rooms(court, ResourceKind.COURTROOM)
    found = []
    for number in range(count):
        hour, suite = divmod(number, len(suites))
        starts = make.at(f"{9 + hour:02}:00", on=on)
        found.append(
            make.booking(
                make.person(f"Person {first + number}", held_at=prison, prn=f"{first + number:08}"),
                at_court=court,
                room=rooms[suite % len(rooms)],
                suites=[suites[suite]],
                hearing=Interval(starts, starts + timedelta(minutes=30)),
                is_published=False,
            )
        )
    return found


def test_a_prison_of_twelve_suites_loses_three_for_a_day_of_sixty_bookings(
    session: Any, clock: Clock
) -> None:
    prison, court = make.prison("RIM", suites=12), make.court("HVDC", courtrooms=12)
    fill(prison, court, 60, TOMORROW)
    coordinator = make.actor(Role.AVL_COORDINATOR, prison)
    lost: list[Resource] = make.rooms(prison, ResourceKind.SUITE)[:3]
    day = (make.at("08:00", on=TOMORROW), make.at("18:00", on=TOMORROW))
    terms: dict[str, Any] = {"start": day[0], "end": day[1], "reason": "flood", "by": coordinator}
    previews = [foresee_outage(suite.id, **terms) for suite in lost]
    began = process_time()

    for suite in lost:
        record_outage(suite.id, **terms)
    work_out_ways()
    rows = worklist(coordinator, site_id=prison.id, now=TUESDAY_10_AM)
    computing = process_time() - began

    assert [len(preview.affected) for preview in previews] == [5, 5, 5]
    assert [len(preview.ways) for preview in previews] == [5, 5, 5]
    assert len(rows) == 15
    assert all(row.way is not None and row.lines for row in rows)
    assert computing < COMPUTING_SECONDS
    # Sixty bookings fill twelve suites for five hours: nine suites hold forty-five of them at
    # their time, the others go to hours that are free.
    registrar = make.actor(Role.REGISTRY, court)
    outcomes = accept_ways({row.id: row.mark for row in rows}, by=registrar)
    assert [outcome.refused for outcome in outcomes] == [""] * 15
    assert open_disruptions() == []
    assert overlaps() == 0


def test_ways_for_the_first_sixty_are_named_at_once_and_the_rest_is_told_of(
    session: Any, clock: Clock
) -> None:
    prison, court = make.prison("RIM", suites=12), make.court("HVDC", courtrooms=12)
    fill(prison, court, 62, TOMORROW)
    began = process_time()

    seen = foresee_closure(prison.id, on=date.fromisoformat(TOMORROW), reason="flood", by=SYSTEM)

    assert process_time() - began < LOOKING_SECONDS
    assert (len(seen.affected), len(seen.ways)) == (62, 60)
    assert seen.later == (
        "Ways out are looked for here for the first 60 bookings. The other 2 get their way out on"
        " the worklist, a few minutes after this is saved."
    )
    assert seen.outlook == "60 can be moved."


def test_two_hundred_transferred_in_one_import_all_get_a_way(
    session: Any, clock: Clock, tmp_path: Path
) -> None:
    old, new = make.prison("RIM", suites=12), make.prison("ARO", suites=12)
    court = make.court("HVDC", courtrooms=12)
    days = ["2026-11-26", "2026-11-27", "2026-12-01", "2026-12-08", "2027-01-12"]
    bookings = [
        booking
        for number, on in enumerate(days)
        for booking in fill(old, court, 40, on, first=40 * number)
    ]
    with (tmp_path / "stays.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["prn", "site", "from", "to", "status"])
        for number in range(200):
            writer.writerow([f"{number:08}", "RIM", "2020-01-01 13:00", "2026-11-25 06:00", ""])
            writer.writerow([f"{number:08}", "ARO", "2026-11-25 06:00", "", ""])
    began = process_time()

    import_people(tmp_path, by=SYSTEM)
    opened = open_disruptions()
    found = work_out_ways()
    computing = process_time() - began

    assert {row.booking_id for row in opened} == {booking.id for booking in bookings}
    assert {row.cause for row in opened} == {Cause.TRANSFER}
    assert found == 200
    ways = [row.way for row in open_disruptions()]
    assert {way["why"] for way in ways} == {"The same time at the place where the person is then."}
    assert computing < 2 * COMPUTING_SECONDS
    assert _places(ways) == 200  # no two ways want one suite at one time

    some = {row.id: row.way["mark"] for row in open_disruptions()[:10]}
    outcomes = accept_ways(some, by=make.actor(Role.REGISTRY, court))
    assert not any(outcome.refused for outcome in outcomes)
    moved = select(func.count()).where(Disruption.resolution == Resolution.MOVED)
    assert db.session.scalar(moved) == 10
    assert {seat.site_id for row in bookings[:10] for seat in row.appearances} <= {old.id, new.id}


def _places(ways: list[Any]) -> int:
    return len({(way["hearing"][0], way["seats"][0]["suite"]) for way in ways})

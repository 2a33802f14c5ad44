"""Whatever brings somebody to another time, a site's rules about company are kept.

A swap, an import, and the way out of a disruption, at a prison that moves one person at a time or
keeps people on remand apart from those serving a sentence. The database is asked at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from avl.commands.accepting import accept_ways
from avl.commands.bookings import request_booking
from avl.commands.closures import close_site
from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.commands.people_import import import_people
from avl.commands.swaps import swap_bookings
from avl.domain.access import SYSTEM
from avl.domain.booking import HOLDING
from avl.domain.clashes import Rule
from avl.domain.errors import ResourceClash
from avl.domain.interval import Interval
from avl.models import Appearance, Booking, Disruption, Person, Resource, db
from tests import make
from tests.commands.test_company import set_site, set_status
from tests.scene import TOMORROW, Scene, overlaps, tomorrow

pytestmark = pytest.mark.both_databases

ZONE = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def ari(scene: Scene) -> Person:
    """A third person at Rimutaka."""
    return make.person("Wikaira", "Ari", held_at=scene.rimutaka)


def book(scene: Scene, who: Person, suite: Resource, start: str, **more: Any) -> Booking:
    """Whoever sits in Suite 1 is in Courtroom 1, so that only company is in the way."""
    room = scene.courtroom if suite is scene.suite else scene.second_courtroom
    wanted = scene.request(start, scene.seat(who, suite), courtroom=room, **more)
    return request_booking(wanted, by=scene.registrar)


def standing(scene: Scene) -> Sequence[Appearance]:
    """Everybody who appears from Rimutaka, as the database has it."""
    db.session.expire_all()
    return db.session.scalars(
        select(Appearance)
        .join(Booking, Booking.id == Appearance.booking_id)
        .where(Appearance.site_id == scene.rimutaka.id, Booking.status.in_(HOLDING))
        .order_by(Appearance.present_from)
    ).all()


def spans(scene: Scene) -> list[tuple[Appearance, Interval]]:
    found = []
    for one in standing(scene):
        assert one.present_from
        assert one.present_to
        found.append((one, Interval(one.present_from, one.present_to)))
    return found


def most_moving(scene: Scene) -> int:
    """The most people on the move at any one moment, counted minute by minute."""
    lead = timedelta(minutes=scene.rimutaka.pickup_minutes)
    moving = [
        part
        for _, span in spans(scene)
        for part in (Interval(span.start - lead, span.start), Interval(span.end, span.end + lead))
    ]
    return max(
        sum(one.contains(other.start + timedelta(minutes=minute)) for one in moving)
        for other in moving
        for minute in range(15)
    )


def mixed(scene: Scene) -> list[tuple[int, int]]:
    """Who on remand is in the area while somebody serving a sentence is."""
    lead = timedelta(minutes=scene.rimutaka.pickup_minutes)
    areas = [(one, span.widened(before=lead)) for one, span in spans(scene)]
    return [
        (one.person_id, other.person_id)
        for one, mine in areas
        for other, theirs in areas
        if one.is_sentenced is False and other.is_sentenced is True and mine.overlaps(theirs)
    ]


def swap(scene: Scene, first: Booking, second: Booking) -> None:
    swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Judge asks.")


def accept_all(scene: Scene) -> None:
    """Accept every way out at once, as the worklist's button does."""
    work_out_ways()
    rows = db.session.scalars(select(Disruption).where(Disruption.resolved_at.is_(None))).all()
    assert rows
    assert all(row.way for row in rows)
    refused = [
        one
        for one in accept_ways(dict.fromkeys(row.id for row in rows), by=scene.registrar)
        if one.refused
    ]
    left = select(Disruption.id).where(Disruption.resolved_at.is_(None))
    # Somebody took what another way wanted: the next one is worked out at once. What only had to
    # wait for another to go stands again by now.
    if refused and db.session.scalars(left).first():
        accept_all(scene)


# --- Changing places ---


def test_a_swap_never_asks_for_more_escorts_than_there_are(scene: Scene, ari: Person) -> None:
    set_site(scene, escort_capacity=1)
    short = book(scene, scene.tane, scene.suite, "10:00")
    long = book(scene, scene.hemi, scene.second_suite, "14:00", minutes=60)
    book(scene, ari, scene.suite, "11:10")  # fetched while the long one would be taken back

    with pytest.raises(ResourceClash) as refusal:
        swap(scene, short, long)

    assert {clash.rule for clash in refusal.value.clashes} == {Rule.ESCORTS_BUSY}
    assert most_moving(scene) == 1
    assert short.starts_at == tomorrow("10:00")
    set_site(scene, escort_capacity=2)
    swap(scene, short, long)
    assert most_moving(scene) == 2


def test_two_alone_may_change_places_where_one_is_moved_at_a_time(scene: Scene) -> None:
    set_site(scene, escort_capacity=1)
    first = book(scene, scene.tane, scene.suite, "10:00")
    second = book(scene, scene.hemi, scene.second_suite, "11:00")

    swap(scene, first, second)

    assert (first.starts_at, second.starts_at) == (tomorrow("11:00"), tomorrow("10:00"))
    assert most_moving(scene) == 1


def test_a_swap_never_brings_remand_and_sentenced_together(scene: Scene, ari: Person) -> None:
    set_site(scene, separates_remand=True)
    set_status(scene.tane, "Remand")
    for who in (scene.hemi, ari):
        set_status(who, "Sentenced")
    first = book(scene, scene.tane, scene.suite, "10:00")
    second = book(scene, scene.hemi, scene.second_suite, "13:00")
    book(scene, ari, scene.suite, "13:40")

    with pytest.raises(ResourceClash) as refusal:
        swap(scene, first, second)

    assert {clash.rule for clash in refusal.value.clashes} == {Rule.REMAND_APART}
    assert mixed(scene) == []


# --- Imports ---


def import_files(folder: Path, people: str, stays: str) -> None:
    (folder / "people.csv").write_text(
        "prn,family_name,given_names,born_on,interpreter_language\n" + people, encoding="utf-8"
    )
    (folder / "stays.csv").write_text("prn,site,from,to,status\n" + stays, encoding="utf-8")
    import_people(folder, by=SYSTEM)


def test_a_sentence_imported_breaks_what_it_brings_together_and_the_way_out_parts_them(
    scene: Scene, tmp_path: Path
) -> None:
    set_site(scene, separates_remand=True, escort_capacity=1)
    for who in (scene.tane, scene.hemi):
        set_status(who, "Remand")
    book(scene, scene.tane, scene.suite, "10:00")
    book(scene, scene.hemi, scene.second_suite, "10:15")
    hemi = scene.hemi

    import_files(
        tmp_path,
        f"{hemi.prn},Parata,Hēmi,1990-02-03,\n",
        f"{hemi.prn},RIM,{make.LONG_AGO.astimezone(ZONE):%Y-%m-%d %H:%M},,Sentenced\n",
    )

    assert len(mixed(scene)) == 1
    accept_all(scene)
    assert mixed(scene) == []
    assert most_moving(scene) == 1
    assert overlaps() == 0


def test_a_birthday_imported_breaks_what_it_brings_together(scene: Scene, tmp_path: Path) -> None:
    book(scene, scene.tane, scene.suite, "10:00")
    second = book(scene, scene.hemi, scene.second_suite, "10:15")
    assert not second.appearances[0].is_young

    import_files(tmp_path, f"{scene.hemi.prn},Parata,Hēmi,2010-02-03,\n", "")

    assert [one.is_young for one in standing(scene)] == [False, True]
    rows = db.session.scalars(select(Disruption).where(Disruption.resolved_at.is_(None))).all()
    assert rows
    assert "under 18" in " ".join(row.sentence for row in rows)


# --- The way out of a disruption ---


def test_the_way_out_of_an_outage_waits_for_an_escort(scene: Scene, ari: Person) -> None:
    set_site(scene, escort_capacity=1)
    book(scene, scene.tane, scene.suite, "10:00")
    book(scene, scene.hemi, scene.second_suite, "10:15", minutes=60)
    book(scene, ari, scene.second_suite, "12:00")
    record_outage(
        scene.suite.id,
        start=tomorrow("08:00"),
        end=tomorrow("18:00"),
        reason="no picture",
        by=scene.coordinator,
    )

    accept_all(scene)

    assert len(standing(scene)) == 3
    assert {one.suite_id for one in standing(scene)} == {scene.second_suite.id}
    assert most_moving(scene) == 1
    assert overlaps() == 0


def test_the_ways_out_of_a_closure_keep_remand_from_sentenced(scene: Scene, ari: Person) -> None:
    set_site(scene, separates_remand=True, escort_capacity=1)
    set_status(scene.tane, "Remand")
    for who in (scene.hemi, ari):
        set_status(who, "Sentenced")
    book(scene, scene.tane, scene.suite, "10:00")
    book(scene, scene.hemi, scene.second_suite, "11:00")
    book(scene, ari, scene.suite, "14:00")
    close_site(
        scene.rimutaka.id,
        on=date.fromisoformat(TOMORROW),
        reason="lock-down",
        by=scene.coordinator,
    )

    accept_all(scene)

    assert len(standing(scene)) == 3
    assert all(one.present_from > tomorrow("18:00") for one in standing(scene))
    assert mixed(scene) == []
    assert most_moving(scene) == 1

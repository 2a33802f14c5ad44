"""What merging two records breaks of other people's bookings: foreseen, swept, and named."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.merging import foresee_merge, merge_people
from avl.commands.person_records import Recorded, change_record
from avl.models import Booking, CustodyStay, Disruption, KeepApart, Person, Site, db
from avl.queries.company import people_beside
from tests import make
from tests.counting import statements
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


def beside(scene: Scene, one: Person, other: Person) -> tuple[Booking, Booking]:
    """Two people in two suites of one prison at one time."""
    first = request_booking(scene.request("10:00", scene.seat(one)), by=scene.registrar)
    seat = scene.seat(other, scene.second_suite)
    second = request_booking(
        scene.request("10:00", seat, courtroom=scene.second_courtroom), by=scene.registrar
    )
    return first, second


def broken() -> dict[int, str]:
    db.session.rollback()
    return {row.booking_id: row.sentence for row in db.session.scalars(select(Disruption))}


def merge_as_foreseen(scene: Scene, twin: Person) -> dict[int, str]:
    """Merge, and give what that broke, which is what was said to break."""
    seen = foresee_merge(scene.tane.id, twin.id, by=scene.coordinator)
    assert broken() == {}

    merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    found = broken()
    assert found == {one.booking_id: one.sentence for one in seen.affected}
    return found


@pytest.mark.parametrize("is_kept_record_named", [False, True])
def test_both_of_a_pair_that_the_other_record_brings_are_broken(
    scene: Scene, twin: Person, is_kept_record_named: bool
) -> None:
    named, booked = (scene.tane, twin) if is_kept_record_named else (twin, scene.tane)
    pair = beside(scene, scene.hemi, booked)
    first, second = sorted((named.id, scene.hemi.id))
    db.session.add(KeepApart(first_id=first, second_id=second, made_at=make.LONG_AGO))
    db.session.commit()

    assert set(merge_as_foreseen(scene, twin)) == {one.id for one in pair}


def test_who_is_near_neither_record_is_not_broken(scene: Scene, twin: Person) -> None:
    for person in (scene.tane, scene.hemi, twin):
        person.born_on = date(2010, 3, 1) if person is twin else None
    db.session.get_one(Site, scene.rimutaka.id).separates_youth = True
    db.session.commit()
    request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)
    request_booking(scene.request("15:00", scene.seat(scene.tane)), by=scene.registrar)

    assert merge_as_foreseen(scene, twin) == {}


def test_who_waits_beside_a_person_found_to_be_young_is_broken_too(
    scene: Scene, twin: Person
) -> None:
    twin.born_on = date(2010, 3, 1)
    scene.tane.born_on, scene.hemi.born_on = None, date(1980, 1, 1)
    db.session.get_one(Site, scene.rimutaka.id).separates_youth = True
    db.session.commit()
    pair = beside(scene, scene.hemi, scene.tane)

    assert set(merge_as_foreseen(scene, twin)) == {one.id for one in pair}


def test_who_waits_beside_a_person_whose_birth_date_is_corrected_is_broken_too(
    scene: Scene,
) -> None:
    scene.hemi.born_on = date(1980, 1, 1)
    db.session.get_one(Site, scene.rimutaka.id).separates_youth = True
    db.session.commit()
    pair = beside(scene, scene.hemi, scene.tane)

    change_record(scene.tane.id, Recorded(born_on=date(2010, 3, 1)), by=scene.coordinator)

    assert set(broken()) == {one.id for one in pair}
    change_record(scene.tane.id, Recorded(born_on=date(1990, 3, 1)), by=scene.coordinator)
    assert all(row.resolved_at for row in db.session.scalars(select(Disruption)))


def test_who_waits_beside_a_person_found_to_be_sentenced_is_broken_too(
    scene: Scene, twin: Person
) -> None:
    db.session.get_one(Site, scene.rimutaka.id).separates_remand = True
    for person, status in ((scene.tane, "sentenced"), (scene.hemi, "remand"), (twin, "remand")):
        for stay in db.session.scalars(
            select(CustodyStay).where(CustodyStay.person_id == person.id)
        ):
            stay.status = status
    db.session.commit()
    pair = beside(scene, scene.hemi, twin)

    assert set(merge_as_foreseen(scene, twin)) == {one.id for one in pair}


def test_who_is_beside_is_asked_once_for_all_times_near_each_other(
    scene: Scene, twin: Person
) -> None:
    db.session.get_one(Site, scene.rimutaka.id).separates_youth = True
    db.session.commit()
    later = make.person("Wikaira", "Ari", held_at=scene.rimutaka)
    between = make.person("Moana", "Rua", held_at=scene.rimutaka)
    for who, on in ((scene.hemi, "11-25"), (between, "12-02"), (later, "12-09")):
        at = make.at("15:00", on=f"2026-{on}")
        request_booking(scene.request(at, scene.seat(who)), by=scene.registrar)

    def ask() -> tuple[set[int], int]:
        with statements(db.engine) as sent:
            found = people_beside(db.session(), [scene.tane.id, twin.id], make.at("08:00"))
        return found, len(sent)

    request_booking(scene.request("10:00"), by=scene.registrar)
    found, once = ask()
    assert found == {scene.hemi.id}

    for who, start in ((scene.tane, "09:00"), (scene.tane, "13:00"), (twin, "11:00")):
        request_booking(scene.request(start, scene.seat(who)), by=scene.registrar)
    assert ask() == ({scene.hemi.id}, once)

    far_off = make.at("10:00", on="2026-12-09")
    request_booking(scene.request(far_off), by=scene.registrar)
    assert ask() == ({scene.hemi.id, later.id}, once + 1)

"""A custody status that changes: the stay stays one, and what is planned after it follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.deaths import record_death
from avl.commands.foreseeing import foresee
from avl.commands.people_import import import_people
from avl.commands.person_records import Recorded, change_record
from avl.commands.records import record_release, record_transfer
from avl.domain.access import SYSTEM
from avl.domain.disruption import Cause
from avl.models import AuditEvent, CustodyStay, Person, db
from tests import make
from tests.conftest import Clock
from tests.scene import Scene, open_disruptions, tomorrow

pytestmark = pytest.mark.both_databases

SENTENCED = Recorded(None, "", "sentenced")
REMAND = "remand_accused"


def stays_of(person: Person) -> list[tuple[int, str]]:
    db.session.expire_all()
    rows = select(CustodyStay).where(CustodyStay.person_id == person.id)
    found = db.session.scalars(rows.order_by(CustodyStay.starts_at))
    return [(stay.site_id, stay.status) for stay in found]


def test_a_status_leaves_a_link_under_way_where_it_is(scene: Scene, clock: Clock) -> None:
    request_booking(scene.request(make.at("13:00", on="2026-11-24")), by=scene.registrar)
    clock.set(make.at("13:10", on="2026-11-24"))

    seen = foresee(change_record, scene.tane.id, SENTENCED, by=scene.coordinator, what="It")
    done = change_record(scene.tane.id, SENTENCED, by=scene.coordinator)

    assert (seen.sentence, done.swept.opened, done.references) == ("It affects no booking.", (), ())
    assert open_disruptions() == []
    assert stays_of(scene.tane) == [(scene.rimutaka.id, "sentenced")]
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.changes == {"changed": ["status"], "status": ["", "sentenced"]}


@pytest.mark.parametrize("what", ["transfer", "release", "death"])
def test_a_move_before_the_status_was_changed_is_recorded_late(
    scene: Scene, clock: Clock, what: str
) -> None:
    key, by, earlier = scene.tane.id, scene.coordinator, make.at("09:30", on="2026-11-24")
    change_record(key, SENTENCED, by=by)
    clock.forward(minutes=30)

    if what == "transfer":
        record_transfer(key, site_id=scene.arohata.id, at=earlier, by=by)
    else:
        (record_release if what == "release" else record_death)(key, at=earlier, by=by)

    later = [(scene.arohata.id, "sentenced")] if what == "transfer" else []
    assert stays_of(scene.tane) == [(scene.rimutaka.id, "sentenced"), *later]


def test_a_custody_file_is_imported_again_after_a_status_was_changed(
    scene: Scene, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text(
        "prn,family_name,given_names,born_on,interpreter_language\n90012345,Smith,Al,,\n"
    )
    (tmp_path / "stays.csv").write_text(
        f"prn,site,from,to,status\n90012345,{scene.rimutaka.code},2026-11-02 14:00,,{REMAND}\n"
    )
    import_people(tmp_path, by=SYSTEM)
    person = db.session.scalars(select(Person).where(Person.prn == "90012345")).one()
    change_record(person.id, SENTENCED, by=scene.coordinator)

    import_people(tmp_path, by=SYSTEM)

    # The file is whoever keeps it speaking again: what it says stands.
    assert stays_of(person) == [(scene.rimutaka.id, REMAND)]


def test_what_is_planned_has_the_new_status_and_breaks_company_there(scene: Scene) -> None:
    scene.arohata.separates_remand = True
    db.session.commit()
    going, key = tomorrow("06:00"), scene.tane.id
    record_transfer(key, site_id=scene.arohata.id, at=going, status=REMAND, by=scene.coordinator)
    change_record(key, Recorded(None, "", REMAND), by=scene.coordinator)
    change_record(scene.aroha.id, Recorded(None, "", REMAND), by=scene.women_coordinator)
    seat = scene.seat(scene.tane, scene.women_suite)
    other = scene.seat(scene.aroha, make.suite(scene.arohata))
    mine = request_booking(scene.request("10:00", seat), by=scene.registrar)
    room = scene.second_courtroom
    theirs = request_booking(scene.request("10:00", other, courtroom=room), by=scene.registrar)

    change_record(key, SENTENCED, by=scene.coordinator)

    assert stays_of(scene.tane) == [
        (scene.rimutaka.id, "sentenced"),
        (scene.arohata.id, "sentenced"),
    ]
    assert {row.cause for row in open_disruptions()} == {Cause.RULE}
    assert {row.booking_id for row in open_disruptions()} == {mine.id, theirs.id}


def test_what_is_planned_with_another_status_keeps_it(scene: Scene) -> None:
    key, by = scene.tane.id, scene.coordinator
    change_record(key, Recorded(None, "", REMAND), by=by)
    going = tomorrow("06:00")
    record_transfer(key, site_id=scene.arohata.id, at=going, status="remand_convicted", by=by)

    change_record(key, SENTENCED, by=by)

    assert stays_of(scene.tane) == [
        (scene.rimutaka.id, "sentenced"),
        (scene.arohata.id, "remand_convicted"),
    ]

"""A record that changes after a booking was made: birth, language, custody status, two made one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.foreseeing import foresee
from avl.commands.interpreters import set_interpreter
from avl.commands.merging import merge_people
from avl.commands.people_import import import_people
from avl.commands.person_records import Recorded, change_record
from avl.domain.access import SYSTEM, Role
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import InvalidInput, NotAllowed, StaleVersion
from avl.domain.interpreters import InterpreterState
from avl.domain.way_out import WayKind
from avl.models import AuditEvent, Booking, Disruption, Person, db
from avl.queries.interpreters import interpreters_to_settle
from tests import make
from tests.commands.test_company import set_site
from tests.conftest import TUESDAY_10_AM
from tests.scene import Scene, audited, open_disruptions

pytestmark = pytest.mark.both_databases

SAMOAN = Recorded(None, "Samoan", "")
FAR_OFF = make.at("10:00", on="2027-03-10")

LATE = (
    "An interpreter (Samoan) should have been asked for by Sun 15 Nov 2026. Ring the Central"
    " Registry today, or move the booking."
)
STILL = (
    "It still asks for Samoan, because somebody was asked already. If nobody needs it, tell whom"
    " you asked, and take it off."
)
IN_TIME = "An interpreter (Samoan) must be asked for by Sun 28 Feb 2027."


def both(scene: Scene) -> tuple[Booking, Booking]:
    """Tāne tomorrow, and in the year to come."""
    return (
        request_booking(scene.request("10:00"), by=scene.registrar),
        request_booking(scene.request(FAR_OFF), by=scene.registrar),
    )


def again(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def test_language_that_a_record_gains_is_asked_for_and_the_registry_told(scene: Scene) -> None:
    soon, later = both(scene)
    key, by = scene.tane.id, scene.registrar

    seen = foresee(change_record, key, SAMOAN, by=by, what="It")

    assert seen.sentence == "It leaves every booking possible."
    assert [(one.reference, one.sentence) for one in seen.warned] == [
        (soon.reference, LATE),
        (later.reference, IN_TIME),
    ]
    assert again(soon).interpreter_state is InterpreterState.NOT_NEEDED

    done = change_record(key, SAMOAN, by=by)

    assert dict(done.swept.warned) == {soon.id: LATE, later.id: IN_TIME}
    assert open_disruptions() == []
    for booking in (soon, later):
        assert again(booking).interpreter_language == "Samoan"
        assert again(booking).interpreter_state is InterpreterState.WANTED
    rows = interpreters_to_settle(by, now=TUESDAY_10_AM)
    assert [(row.reference, row.due_on) for row in rows] == [
        (soon.reference, date(2026, 11, 15)),
        (later.reference, date(2027, 2, 28)),
    ]
    assert audited(soon)[-1] == "amend"


def test_what_is_settled_for_a_booking_is_kept(scene: Scene) -> None:
    soon, later = both(scene)
    asked, by = InterpreterState.CONFIRMED, scene.registrar
    set_interpreter(soon.reference, asked, language="Samoan", note="CR 12", by=by)
    set_interpreter(later.reference, asked, language="Tongan", note="CR 13", by=by)

    done = change_record(scene.tane.id, SAMOAN, by=by)

    assert list(done.swept.warned) == [later.id]
    assert (again(soon).interpreter_state, again(soon).interpreter_note) == (asked, "CR 12")
    assert again(later).interpreter_language == "Tongan, Samoan"
    assert again(later).interpreter_state is InterpreterState.WANTED
    assert again(later).interpreter_note == "CR 13"

    lost = change_record(scene.tane.id, Recorded(None, "", ""), by=by).swept

    assert not lost.warned
    assert dict(lost.less) == {soon.id: STILL, later.id: "It asks for Samoan no longer."}
    assert (again(soon).interpreter_language, again(soon).interpreter_state) == ("Samoan", asked)
    assert again(later).interpreter_language == "Tongan"


def test_language_that_is_corrected_is_asked_for_instead(scene: Scene) -> None:
    soon, later = both(scene)
    key, by = scene.tane.id, scene.registrar
    change_record(key, SAMOAN, by=by)
    set_interpreter(soon.reference, InterpreterState.ASKED, by=by)

    done = change_record(key, Recorded(None, "Tongan", ""), by=by).swept

    assert again(soon).interpreter_language == "Samoan, Tongan"
    assert done.warned[soon.id].endswith(STILL)
    assert again(later).interpreter_language == "Tongan"
    assert done.warned[later.id] == IN_TIME.replace("Samoan", "Tongan")
    seen = foresee(change_record, key, Recorded(None, "", ""), by=by, what="It")
    assert (seen.warned, [one.reference for one in seen.less]) == (
        (),
        [soon.reference, later.reference],
    )
    assert seen.sentence == "It leaves every booking possible."
    change_record(key, Recorded(None, "", ""), by=by)
    assert again(later).interpreter_language == ""
    assert again(later).interpreter_state is InterpreterState.NOT_NEEDED
    assert again(later).interpreter_due_on is None


def test_offer_being_held_asks_for_what_the_record_gains_meanwhile(scene: Scene) -> None:
    key, by = scene.tane.id, scene.registrar
    held = hold_offer(scene.request("10:00"), by=by)
    read = held.version

    done = change_record(key, SAMOAN, by=by)

    assert not done.swept.warned
    with pytest.raises(StaleVersion):
        request_held(held.reference, by=by, version=read)
    with pytest.raises(InvalidInput, match="An interpreter"):
        request_held(held.reference, by=by)
    booked = request_held(held.reference, by=by, warning_reason="The registry has rung.")
    assert booked.interpreter_language == "Samoan"
    assert booked.interpreter_state is InterpreterState.WANTED


def test_need_that_a_mode_rule_speaks_of_leaves_the_hearing_in_person(scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    sentence = "who needs an interpreter comes to court."
    make.mode_rule(
        "PROT-9", layer="protocol", mode="in_person", trigger="interpreter", sentence=sentence
    )

    seen = foresee(change_record, scene.tane.id, SAMOAN, by=scene.registrar, what="It")
    change_record(scene.tane.id, SAMOAN, by=scene.registrar)

    assert seen.ways[booking.id].kind is WayKind.IN_PERSON
    (row,) = open_disruptions()
    assert (row.booking_id, row.cause) == (booking.id, Cause.MODE)
    change_record(scene.tane.id, Recorded(None, "", ""), by=scene.registrar)
    assert open_disruptions() == []
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_age_and_status_that_part_two_people_open_disruptions(scene: Scene) -> None:
    set_site(scene, separates_youth=True, separates_remand=True)
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    seat = scene.seat(scene.hemi, scene.second_suite)
    room = scene.second_courtroom
    second = request_booking(scene.request("10:00", seat, courtroom=room), by=scene.registrar)
    adult = Recorded(date(1990, 2, 3), "", "")
    change_record(scene.hemi.id, adult, by=scene.coordinator)
    young = Recorded(date(2010, 2, 3), "", "")

    seen = foresee(change_record, scene.tane.id, young, by=scene.registrar, what="It")
    change_record(scene.tane.id, young, by=scene.registrar)

    assert {one.booking_id for one in seen.affected} == {
        row.booking_id for row in open_disruptions()
    }
    assert first.id in {row.booking_id for row in open_disruptions()}
    assert {row.cause for row in open_disruptions()} == {Cause.RULE}

    change_record(scene.tane.id, adult, by=scene.coordinator)
    assert open_disruptions() == []
    for person, status in ((scene.tane, "remand_accused"), (scene.hemi, "sentenced")):
        change_record(person.id, Recorded(None, "", status), by=scene.coordinator)
    assert second.id in {row.booking_id for row in open_disruptions()}


def test_who_may_not_change_it_is_refused_and_the_same_again_changes_nothing(
    scene: Scene,
) -> None:
    key = scene.tane.id
    make.matter(scene.court, scene.tane)

    for stranger in (scene.women_coordinator, scene.other_registrar):
        with pytest.raises(NotAllowed, match="Only a registry with a matter or booking"):
            change_record(key, SAMOAN, by=stranger)
    with pytest.raises(NotAllowed, match="Only the AVL coordinator"):
        change_record(key, Recorded(None, "", "sentenced"), by=scene.registrar)
    with pytest.raises(NotAllowed):
        change_record(key, SAMOAN, by=make.actor(Role.PRISON_OFFICER, scene.rimutaka))
    with pytest.raises(InvalidInput, match="real date of birth"):
        change_record(key, Recorded(date(2030, 1, 1), "", ""), by=scene.registrar)
    with pytest.raises(StaleVersion):
        change_record(key, SAMOAN, by=scene.registrar, version=7)
    same = change_record(key, Recorded(None, "", ""), by=scene.registrar)
    assert same.sentence == "The record of Tāne RĀWIRI says that already."
    assert db.session.get_one(Person, key, populate_existing=True).version == 1
    assert audited() == []


def test_a_date_of_birth_that_is_right_is_answered_like_one_that_is_not(scene: Scene) -> None:
    key, by = scene.tane.id, scene.coordinator
    born = Recorded(date(1990, 2, 3))

    def answer(what: Recorded) -> tuple[str, int, str]:
        done = change_record(key, what, by=by)
        version = db.session.get_one(Person, key, populate_existing=True).version
        said = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert said is not None
        return (done.sentence, version, str(said.changes))

    first, same, other = answer(born), answer(born), answer(Recorded(date(1990, 2, 4)))

    assert [one[1] for one in (first, same, other)] == [2, 3, 4]
    assert {(one[0], one[2]) for one in (first, same, other)} == {
        ("The record of Tāne RĀWIRI is changed.", "{'changed': ['born_on']}")
    }


def test_what_is_left_out_stays_as_it_is_when_it_is_written(scene: Scene) -> None:
    key, by = scene.tane.id, scene.coordinator
    change_record(key, Recorded(None, "Samoan", "sentenced"), by=by)

    change_record(key, Recorded(date(1990, 2, 3)), by=by)
    change_record(key, Recorded(interpreter_language="Tongan"), by=by)

    person = db.session.get_one(Person, key, populate_existing=True)
    assert (person.born_on, person.interpreter_language) == (date(1990, 2, 3), "Tongan")
    assert [stay.status for stay in person.stays] == ["sentenced"]


def test_import_and_merging_ask_for_a_language_too(scene: Scene, tmp_path: Path) -> None:
    soon, _ = both(scene)
    (tmp_path / "people.csv").write_text(
        "prn,family_name,given_names,born_on,interpreter_language\n"
        f"{scene.tane.prn},Rāwiri,Tāne,,Samoan\n",
        encoding="utf-8",
    )

    done = import_people(tmp_path, by=SYSTEM)

    assert str(done).endswith("Bookings that need an interpreter now: 2.")
    assert again(soon).interpreter_language == "Samoan"

    twin = make.person("Parata", "Hemi", held_at=scene.rimutaka, interpreter_language="Tongan")
    seat = scene.seat(scene.hemi, scene.second_suite)
    theirs = request_booking(scene.request("14:00", seat), by=scene.registrar)
    merged = merge_people(scene.hemi.id, twin.id, by=scene.coordinator)
    assert list(merged.swept.warned) == [theirs.id]
    assert again(theirs).interpreter_language == "Tongan"

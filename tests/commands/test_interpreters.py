"""Interpreters: written with a booking, chased, and sought again after a move."""

from __future__ import annotations

from datetime import date

import pytest

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.interpreters import set_interpreter
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, StaleVersion
from avl.domain.interpreters import InterpreterState
from avl.models import AuditEvent, Booking, HearingType, db
from avl.queries.interpreters import interpreters_to_settle
from tests import make

pytestmark = pytest.mark.both_databases

FAR = "2026-12-16"
"""Sixteen working days ahead in a scene that works every day of the week."""


@pytest.fixture
def place(scene):
    scene.tane.interpreter_language = "Samoan"
    db.session.commit()
    return scene


def far(place, wall="10:00", **more):
    return request_booking(place.request(make.at(wall, on=FAR), **more), by=place.registrar)


def again(booking):
    db.session.expire_all()
    return db.session.get_one(Booking, booking.id)


def test_a_booking_takes_the_language_from_the_persons_record(place):
    made = far(place)

    assert made.interpreter_language == "Samoan"
    assert made.interpreter_state is InterpreterState.WANTED
    assert made.interpreter_due_on == date(2026, 12, 6)


def test_what_was_asked_for_stands_above_the_record(place):
    assert far(place, interpreter_language="te reo").interpreter_language == "te reo Māori"
    assert far(place, "11:00", interpreter_language="").interpreter_language == ""


def test_too_late_wants_a_reason_and_urgent_bail_is_still_possible(place):
    with pytest.raises(InvalidInput, match="Ring the Central Registry") as refused:
        request_booking(place.request("10:00"), by=place.registrar)
    assert refused.value.field == "warning_reason"
    held = hold_offer(place.request("10:00"), by=place.registrar)
    with pytest.raises(InvalidInput, match="Give a reason"):
        request_held(held.reference, by=place.registrar)

    made = request_held(held.reference, by=place.registrar, warning_reason="Bail is urgent.")

    assert made.warning_reason == "Bail is urgent."
    assert made.interpreter_state is InterpreterState.WANTED


def test_a_hearing_type_may_want_less_notice(place):
    kind = db.session.get_one(HearingType, "CRB")
    kind.interpreter_days = 0
    db.session.commit()

    made = request_booking(place.request("10:00"), by=place.registrar)

    assert made.warning_reason == ""


def test_holidays_of_the_region_are_no_working_days(place):
    # Wellington's anniversary is kept on Monday 25 January 2027.
    start = make.at("10:00", on="2027-01-27")
    made = request_booking(place.request(start), by=place.registrar)

    assert made.interpreter_due_on == date(2027, 1, 16)


def test_from_wanted_to_confirmed_is_on_record_and_leaves_the_list(place, clock):
    made = far(place)
    assert [row.reference for row in listed(place)] == [made.reference]

    asked = set_interpreter(made.reference, InterpreterState.ASKED, by=place.registrar)
    assert asked.interpreter_due_on == date(2026, 12, 13)
    confirmed = set_interpreter(
        made.reference,
        InterpreterState.CONFIRMED,
        by=place.registrar,
        note="Central Registry 4711",
        version=asked.version,
    )

    assert confirmed.interpreter_due_on is None
    assert listed(place) == []
    events = db.session.query(AuditEvent).filter_by(booking_id=made.id).order_by(AuditEvent.id)
    changes = [event.changes.get("interpreter") for event in events]
    assert changes[-2:] == [["wanted", "asked"], ["asked", "confirmed"]]
    assert "4711" not in str([event.changes for event in events])


def test_the_same_again_changes_nothing(place):
    made = far(place)

    same = set_interpreter(made.reference, InterpreterState.WANTED, by=place.registrar)

    assert same.version == made.version


def test_not_needed_clears_the_language(place):
    made = far(place)

    ended = set_interpreter(made.reference, InterpreterState.NOT_NEEDED, by=place.registrar)

    assert (ended.interpreter_language, ended.interpreter_due_on) == ("", None)
    with pytest.raises(InvalidInput, match="Enter the language"):
        set_interpreter(made.reference, InterpreterState.ASKED, by=place.registrar)


def test_another_time_seeks_the_interpreter_again_and_another_suite_does_not(place):
    made = far(place)
    set_interpreter(made.reference, InterpreterState.CONFIRMED, by=place.registrar, note="4711")
    seat = made.appearances[0].id

    move = Move(suites={seat: place.second_suite.id})
    move_booking(made.reference, move, by=place.registrar, reason="Screen")
    assert again(made).interpreter_state is InterpreterState.CONFIRMED

    later = make.during("14:00", "14:30", on=FAR)
    move_booking(made.reference, Move(hearing=later), by=place.registrar, reason="Judge")
    moved = again(made)
    assert moved.interpreter_state is InterpreterState.WANTED
    assert moved.interpreter_note == ""
    assert moved.interpreter_due_on == date(2026, 12, 6)


def test_a_move_to_a_time_too_soon_wants_a_reason_and_one_of_the_suite_does_not(place):
    made = far(place)
    sooner = Move(hearing=make.during("10:00", "10:30", on="2026-11-30"))

    with pytest.raises(InvalidInput, match="Ring the Central Registry"):
        move_booking(made.reference, sooner, by=place.registrar, reason="Judge")
    moved = move_booking(
        made.reference, sooner, by=place.registrar, reason="Judge", warning_reason="Rung them"
    )
    confirm_booking(moved.reference, by=place.coordinator)

    suites = Move(suites={moved.appearances[0].id: place.second_suite.id})
    assert move_booking(made.reference, suites, by=place.registrar, reason="Screen")


def test_only_the_bookings_own_registry_may_say_so(place):
    made = far(place)

    with pytest.raises(NotFound):
        set_interpreter(made.reference, InterpreterState.ASKED, by=place.other_registrar)
    assert interpreters_to_settle(place.other_registrar, now=made.created_at) == []
    with pytest.raises(StaleVersion):
        set_interpreter(made.reference, InterpreterState.ASKED, by=place.registrar, version=99)
    cancel_booking(made.reference, by=place.registrar, reason="Pleaded")
    with pytest.raises(ActionNotAllowed):
        set_interpreter(made.reference, InterpreterState.ASKED, by=place.registrar)
    assert listed(place) == []


def test_a_note_or_a_language_too_long_is_refused(place):
    made = far(place)
    for more, words in (({"note": "x" * 201}, "note"), ({"language": "x" * 801}, "characters")):
        with pytest.raises(InvalidInput, match=words):
            set_interpreter(made.reference, InterpreterState.ASKED, by=place.registrar, **more)


def listed(place, **more):
    return interpreters_to_settle(place.registrar, now=make.at("10:00"), **more)


def test_the_list_shows_what_is_due_first(place):
    later, sooner = far(place, "15:00"), far(place, "09:00")
    set_interpreter(sooner.reference, InterpreterState.ASKED, by=place.registrar)

    assert [row.reference for row in listed(place)] == [later.reference, sooner.reference]
    assert [row.reference for row in listed(place, due_by=date(2026, 12, 7))] == [later.reference]
    assert listed(place, due_by=date(2026, 12, 5)) == []

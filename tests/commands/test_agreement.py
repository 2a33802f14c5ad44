"""The prison's answers, the running of the link, and what lapses by itself."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from sqlalchemy import select

from avl.commands.agreement import (
    complete_booking,
    confirm_booking,
    connect_booking,
    decline_booking,
    lapse_due,
    stand_down_booking,
)
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.domain.booking import HOLDING, NEXT_STATUS, Action, Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound, StaleVersion
from avl.models import AuditEvent, Booking, FeedEvent, Sms, db
from tests import make
from tests.scene import TOMORROW, audited, held


@pytest.mark.both_databases
def test_confirm_by_the_one_prison_confirms_and_tells_counsel(scene):
    booking = request_booking(
        scene.request("10:00", scene.seat(counsel=scene.mere)), by=scene.registrar
    )
    assert db.session.scalars(select(Sms)).all() == []

    confirm_booking(booking.reference, by=scene.coordinator)

    found = db.session.get_one(Booking, booking.id)
    assert (found.status, found.expires_at, found.version) == (Status.CONFIRMED, None, 3)
    assert "booked" in db.session.scalars(select(Sms.kind)).all()
    assert audited(found) == ["hold", "request", "confirm"]


def test_confirm_twice_changes_nothing_the_second_time(scene):
    booking = request_booking(scene.request(), by=scene.registrar)
    confirm_booking(booking.reference, by=scene.coordinator)

    again = confirm_booking(booking.reference, by=scene.coordinator, version=2)

    assert again.version == 3


@pytest.mark.both_databases
def test_confirm_by_one_of_two_prisons_waits_for_the_other(scene):
    waikeria = make.prison("WAI", short_name="Waikeria")
    room = make.rooms(waikeria, "suite")[0]
    wiremu = make.person("Hohepa", "Wiremu", held_at=waikeria)
    booking = request_booking(
        scene.request("10:00", scene.seat(), scene.seat(wiremu, room)), by=scene.registrar
    )

    half = confirm_booking(booking.reference, by=scene.coordinator)
    waiting = half.status
    whole = confirm_booking(booking.reference, by=make.actor("avl_coordinator", waikeria))

    assert (waiting, whole.status) == (Status.REQUESTED, Status.CONFIRMED)
    assert audited(booking) == ["hold", "request", "confirm", "confirm"]


def test_confirm_again_by_the_same_prison_while_the_other_thinks_changes_nothing(scene):
    waikeria = make.prison("WAI", short_name="Waikeria")
    room = make.rooms(waikeria, "suite")[0]
    wiremu = make.person("Hohepa", "Wiremu", held_at=waikeria)
    booking = request_booking(
        scene.request("10:00", scene.seat(), scene.seat(wiremu, room)), by=scene.registrar
    )
    confirm_booking(booking.reference, by=scene.coordinator)

    again = confirm_booking(booking.reference, by=scene.coordinator)

    assert (again.status, again.version) == (Status.REQUESTED, 3)


def test_confirm_and_decline_belong_to_the_prison(scene):
    booking = request_booking(scene.request(), by=scene.registrar)

    for actor, refusal in (
        (scene.registrar, NotAllowed),
        (make.actor("prison_officer", scene.rimutaka), NotAllowed),
        (scene.women_coordinator, NotFound),
        (scene.other_registrar, NotFound),
    ):
        with pytest.raises(refusal):
            confirm_booking(booking.reference, by=actor)
        with pytest.raises(refusal):
            decline_booking(booking.reference, by=actor, reason="No staff")
    assert audited(booking) == ["hold", "request"]


def test_confirm_of_an_old_version_is_refused(scene):
    booking = request_booking(scene.request(), by=scene.registrar)

    with pytest.raises(StaleVersion):
        confirm_booking(booking.reference, by=scene.coordinator, version=1)


@pytest.mark.both_databases
def test_decline_gives_everything_back_and_says_why(scene):
    booking = request_booking(scene.request(), by=scene.registrar)

    decline_booking(booking.reference, by=scene.coordinator, reason="No escort staff")

    found = db.session.get_one(Booking, booking.id)
    assert (found.status, found.end_reason) == (Status.DECLINED, "No escort staff")
    assert held() == []
    assert {event.is_gone for event in db.session.scalars(select(FeedEvent))} == {True}


def test_decline_without_a_reason_is_refused(scene):
    booking = request_booking(scene.request(), by=scene.registrar)

    with pytest.raises(InvalidInput):
        decline_booking(booking.reference, by=scene.coordinator, reason=" ")


@pytest.mark.both_databases
def test_link_runs_stands_down_and_completes(scene, clock):
    booking = request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)
    clock.set(booking.starts_at)
    reference, officer = booking.reference, make.actor("prison_officer", scene.arohata)

    seen = [
        connect_booking(reference, by=scene.registrar).status,
        stand_down_booking(reference, by=officer, reason="The line dropped").status,
        connect_booking(reference, by=officer).status,
    ]
    before = held()
    seen.append(complete_booking(reference, by=scene.registrar).status)

    assert seen == ["connected", "stood_down", "connected", "completed"]
    assert (before != [], held()) == (True, [])
    assert audited(booking)[2:] == ["connect", "stand_down", "connect", "complete"]


@pytest.mark.parametrize("run", [connect_booking, partial(stand_down_booking, reason="No line")])
def test_a_link_is_run_on_its_day_and_not_before(scene, clock, run):
    booking = request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)

    with pytest.raises(ActionNotAllowed, match="is run on Wed 25 Nov 2026, not before"):
        run(booking.reference, by=scene.registrar)

    clock.set(make.at("00:00", on=TOMORROW))
    assert run(booking.reference, by=scene.registrar).version == 3


def test_stand_down_without_a_reason_is_refused(scene):
    booking = request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)

    with pytest.raises(InvalidInput):
        stand_down_booking(booking.reference, by=scene.registrar, reason="")


STEPS = {
    Action.CONFIRM: lambda scene, ref: confirm_booking(ref, by=scene.coordinator),
    Action.DECLINE: lambda scene, ref: decline_booking(ref, by=scene.coordinator, reason="No"),
    Action.CONNECT: lambda scene, ref: connect_booking(ref, by=scene.registrar),
    Action.COMPLETE: lambda scene, ref: complete_booking(ref, by=scene.registrar),
    Action.STAND_DOWN: lambda scene, ref: stand_down_booking(ref, by=scene.registrar, reason="No"),
    Action.CANCEL: lambda scene, ref: cancel_booking(ref, by=scene.registrar, reason="No"),
    Action.MOVE: lambda scene, ref: move_booking(
        ref,
        Move(hearing=make.during("15:00", "15:30", on=TOMORROW)),
        by=scene.registrar,
        reason="No",
    ),
}
# What is asked a second time is answered as the first time, and these two say so themselves.
REPEATED = {(Status.CONFIRMED, Action.CONFIRM), (Status.CANCELLED, Action.CANCEL)}


@pytest.mark.parametrize(
    ("status", "action"),
    [
        pair
        for pair in itertools.product(Status, STEPS)
        if pair not in NEXT_STATUS and pair not in REPEATED and pair[0] is not Status.HELD
    ],
)
def test_step_outside_the_table_is_refused_and_changes_nothing(scene, status, action):
    booking = make.booking(
        scene.tane,
        room=scene.courtroom,
        suites=[scene.suite],
        status=status,
        hearing=make.during("10:00", "10:30", on=TOMORROW),
        is_published=False,
    )

    with pytest.raises(ActionNotAllowed):
        STEPS[action](scene, booking.reference)

    found = db.session.get_one(Booking, booking.id)
    assert (found.status, found.version) == (status, 1)
    assert (held() != []) == (status in HOLDING)
    assert audited() == []


@pytest.mark.both_databases
def test_lapse_ends_offers_and_requests_whose_time_is_over(scene, clock):
    offer = hold_offer(scene.request("10:00"), by=scene.registrar)
    request = request_booking(scene.request("14:00"), by=scene.registrar)
    kept = request_booking(scene.request("15:00", scene.at_arohata()), by=scene.registrar)
    assert (lapse_due(), lapse_due()) == (0, 0)

    clock.forward(minutes=10)
    first = lapse_due()
    clock.set(make.at("10:30", on="2026-11-26"))
    second = lapse_due()

    status = {b.id: (b.status, b.end_reason) for b in db.session.scalars(select(Booking))}
    assert (first, second, lapse_due()) == (1, 1, 0)
    assert status[offer.id] == (
        Status.LAPSED,
        "The ten minutes for which the offer was kept are over.",
    )
    assert status[request.id] == (Status.LAPSED, "Nobody at the prison answered in time.")
    assert status[kept.id][0] is Status.CONFIRMED
    assert {event.user_name for event in db.session.scalars(select(AuditEvent))} == {
        scene.registrar.name,
        "the system",
    }


def test_lapse_of_one_that_cannot_lapse_keeps_no_other_waiting(scene, clock, monkeypatch):
    offers = [
        hold_offer(scene.request("10:00"), by=scene.registrar),
        hold_offer(scene.request("11:00"), by=scene.registrar),
    ]
    clock.forward(minutes=11)
    cancel_booking(offers[0].reference, by=scene.registrar, reason="Not needed")

    assert lapse_due() == 1

"""Moving, cancelling and amending bookings that stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.changes import (
    Move,
    amend_booking,
    cancel_booking,
    move_booking,
)
from avl.domain.booking import LegKind, Status
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotAllowed,
    NotFound,
    ResourceClash,
    StaleVersion,
)
from avl.domain.interval import Interval
from avl.models import AuditEvent, Booking, CustodyStay, FeedEvent, Sms, db
from tests import make
from tests.scene import TOMORROW, Scene, audited, held, overlaps, tomorrow


def at(start: str, end: str) -> Interval:
    return make.during(start, end, on=TOMORROW)


def move(scene: Scene, booking: Booking, to: Move, **more: Any) -> Booking:
    return move_booking(
        booking.reference, to, **({"by": scene.registrar, "reason": "Judge is late"} | more)
    )


@pytest.mark.both_databases
@pytest.mark.parametrize("start", ["10:15", "09:45", "10:05", "14:00"])
def test_move_a_little_does_not_clash_with_itself(scene, start):
    booking = request_booking(scene.request("10:00", pre=15), by=scene.registrar)
    count = len(held())

    hearing = Interval(tomorrow(start), tomorrow(start) + timedelta(minutes=30))
    move(scene, booking, Move(hearing=hearing))

    moved = db.session.get_one(Booking, booking.id)
    assert [leg.kind for leg in moved.legs] == [LegKind.PRE_CONFERENCE, LegKind.HEARING]
    assert moved.legs[1].starts_at == tomorrow(start)
    assert (moved.starts_at, moved.ends_at) == (moved.legs[0].starts_at, hearing.end)
    assert (len(held()), overlaps()) == (count, 0)
    assert (moved.version, moved.time_version) == (3, 2)
    assert audited(moved) == ["hold", "request", "move"]


@pytest.mark.both_databases
def test_move_confirmed_booking_asks_the_prison_again(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    confirm_booking(booking.reference, by=scene.coordinator)

    moved = move(scene, booking, Move(hearing=at("11:00", "11:30")))

    assert moved.status is Status.REQUESTED
    assert moved.appearances[0].agreed_at is None
    assert moved.expires_at is not None


def test_move_where_the_prison_serves_itself_stays_confirmed_and_tells_counsel(scene):
    booking = request_booking(
        scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar
    )
    for sms in db.session.scalars(select(Sms)):
        sms.state = "delivered"
    db.session.commit()

    moved = move(scene, booking, Move(hearing=at("11:00", "11:30")))

    assert moved.status is Status.CONFIRMED
    assert "moved" in db.session.scalars(select(Sms.kind)).all()
    sequences = set(db.session.scalars(select(FeedEvent.sequence)).all())
    assert sequences == {moved.version}


def test_move_to_another_room_suite_and_site(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    seat = booking.appearances[0]
    db.session.execute(CustodyStay.__table__.update().values(ends_at=tomorrow("00:00")))
    db.session.add(
        CustodyStay(person_id=scene.tane.id, site_id=scene.arohata.id, starts_at=tomorrow("00:00"))
    )
    db.session.commit()

    moved = move(
        scene,
        booking,
        Move(
            courtroom_id=scene.second_courtroom.id,
            suites={seat.id: scene.women_suite.id},
            sites={seat.id: scene.arohata.id},
        ),
    )

    assert {resource for resource, *_ in held()} == {
        scene.second_courtroom.id,
        scene.women_suite.id,
        scene.tane.resource_id,
    }
    assert (moved.appearances[0].site_id, moved.status) == (scene.arohata.id, Status.CONFIRMED)
    assert moved.appearances[0].courtroom_id == scene.second_courtroom.id


@pytest.mark.both_databases
def test_move_onto_another_booking_is_refused_and_keeps_the_old_time(scene):
    standing = request_booking(scene.request("10:00"), by=scene.registrar)
    booking = request_booking(scene.request("11:00"), by=scene.registrar)
    before = held()

    with pytest.raises(ResourceClash) as refusal:
        move(scene, booking, Move(hearing=at("10:15", "10:45")))

    assert standing.reference in refusal.value.message
    assert held() == before
    assert db.session.get_one(Booking, booking.id).version == 2


def test_move_to_where_it_is_changes_nothing(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    same = move(scene, booking, Move(hearing=at("10:00", "10:30")))

    assert same.version == 2
    assert audited(same) == ["hold", "request"]


def test_move_adding_a_conference_holds_it(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    move(scene, booking, Move(pre_minutes=15))

    assert (scene.suite.id, tomorrow("09:45"), tomorrow("10:00")) in held()


@pytest.mark.parametrize(
    ("to", "field"),
    [
        (Move(hearing=at("10:03", "10:30")), "time"),
        (Move(hearing=make.during("10:00", "10:30", on="2028-11-28")), "date"),
        (Move(pre_minutes=500), "pre_minutes"),
        (Move(suites={999: 1}), "suites"),
        (Move(sites={999: 1}), "suites"),
    ],
)
def test_move_of_an_impossible_shape_names_the_field(scene, to, field):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(InvalidInput) as refusal:
        move(scene, booking, to)

    assert refusal.value.field == field


def test_move_without_a_reason_is_refused(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(InvalidInput) as refusal:
        move(scene, booking, Move(hearing=at("11:00", "11:30")), reason=" ")

    assert refusal.value.field == "reason"


def test_move_of_an_old_version_is_refused(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(StaleVersion):
        move(scene, booking, Move(hearing=at("11:00", "11:30")), version=1)


def test_move_by_the_prison_is_not_allowed(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(NotAllowed):
        move(scene, booking, Move(hearing=at("11:00", "11:30")), by=scene.coordinator)
    with pytest.raises(NotFound):
        move(scene, booking, Move(hearing=at("11:00", "11:30")), by=scene.women_coordinator)


def test_move_after_it_began_is_refused(scene, clock):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    clock.set(tomorrow("10:05"))

    with pytest.raises(NotAllowed):
        move(scene, booking, Move(hearing=at("14:00", "14:30")))


def test_move_of_a_held_offer_is_refused(scene):
    offer = hold_offer(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(ActionNotAllowed):
        move(scene, offer, Move(hearing=at("11:00", "11:30")))


@pytest.mark.both_databases
def test_cancel_gives_everything_back_and_keeps_the_memory(scene):
    booking = request_booking(
        scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar
    )

    cancel_booking(booking.reference, by=scene.registrar, reason="Plea entered")

    gone = db.session.get_one(Booking, booking.id)
    assert (gone.status, gone.end_reason, gone.version) == (Status.CANCELLED, "Plea entered", 3)
    assert held() == []
    assert gone.appearances[0].suite_id == scene.women_suite.id
    assert audited(gone) == ["hold", "request", "cancel"]
    assert {event.is_gone for event in db.session.scalars(select(FeedEvent))} == {True}
    assert set(db.session.scalars(select(Sms.state))) == {"dropped"}
    request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)


def test_cancel_twice_changes_nothing_the_second_time(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    cancel_booking(booking.reference, by=scene.registrar, reason="Plea entered")

    again = cancel_booking(booking.reference, by=scene.registrar, reason="Again", version=1)

    assert (again.version, again.end_reason) == (3, "Plea entered")


def test_cancel_refusals(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    with pytest.raises(InvalidInput):
        cancel_booking(booking.reference, by=scene.registrar, reason="  ")
    with pytest.raises(StaleVersion):
        cancel_booking(booking.reference, by=scene.registrar, reason="Plea", version=1)
    with pytest.raises(NotAllowed):
        cancel_booking(booking.reference, by=scene.coordinator, reason="Plea")
    with pytest.raises(NotFound):
        cancel_booking(booking.reference, by=scene.other_registrar, reason="Plea")
    with pytest.raises(NotFound):
        cancel_booking("AVL-222222", by=scene.registrar, reason="Plea")
    assert audited(booking) == ["hold", "request"]


@pytest.mark.both_databases
def test_amend_counsel_holds_the_new_one_and_frees_the_old(scene):
    booking = request_booking(
        scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar
    )

    seat = booking.appearances[0]
    amend_booking(booking.reference, by=scene.registrar, counsel={seat.id: scene.john.id})

    counsel = {scene.mere.resource_id, scene.john.resource_id}
    assert {resource for resource, *_ in held()} & counsel == {scene.john.resource_id}
    assert db.session.get_one(Booking, booking.id).version == 3
    kinds = db.session.execute(select(Sms.counsel_id, Sms.kind, Sms.state)).all()
    assert (scene.john.id, "booked", "pending") in kinds
    assert {state for who, _, state in kinds if who == scene.mere.id} == {"dropped"}


@pytest.mark.both_databases
def test_amend_counsel_wanted_elsewhere_wants_a_reason(scene):
    request_booking(scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar)
    booking = request_booking(
        scene.request("10:00", courtroom=scene.second_courtroom), by=scene.registrar
    )
    new = {booking.appearances[0].id: scene.mere.id}

    with pytest.raises(InvalidInput) as refusal:
        amend_booking(booking.reference, by=scene.registrar, counsel=new)
    unchanged = db.session.get_one(Booking, booking.id)
    assert (refusal.value.field, unchanged.appearances[0].counsel_id) == ("warning_reason", None)
    amended = amend_booking(
        booking.reference, by=scene.registrar, counsel=new, warning_reason="A junior comes."
    )

    assert amended.appearances[0].counsel_id == scene.mere.id
    assert amended.warning_reason == "A junior comes."


def test_amend_taking_counsel_off_frees_them(scene):
    booking = request_booking(
        scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar
    )

    amend_booking(booking.reference, by=scene.registrar, counsel={booking.appearances[0].id: None})

    assert scene.mere.resource_id not in {resource for resource, *_ in held()}


def test_amend_notes_never_writes_them_in_the_audit(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    amend_booking(
        booking.reference, by=scene.registrar, staff_notes="Ring Ms P.", prison_notes="Wheelchair"
    )
    amend_booking(booking.reference, by=scene.registrar, staff_notes="Ring Ms P.")

    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert audited(booking) == ["hold", "request", "amend"]
    assert set(event.changes) == {"staff_notes", "prison_notes"}
    assert "Ring" not in str(event.changes)


@pytest.mark.parametrize("counsel", [{999: None}, {None: 999}])
def test_amend_of_somebody_unknown_is_refused(scene, counsel):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    wanted = {seat or booking.appearances[0].id: who for seat, who in counsel.items()}

    with pytest.raises(InvalidInput) as refusal:
        amend_booking(booking.reference, by=scene.registrar, counsel=wanted)

    assert refusal.value.field == "counsel"

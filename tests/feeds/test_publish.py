"""What each calendar holds after a booking is published, moved, cancelled."""

from __future__ import annotations

from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from avl.commands.publish import publish
from avl.domain.booking import Status
from avl.models import Access, Booking, FeedEvent, db
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.usefixtures("session")


def entries(booking: Booking) -> dict[tuple[str, int], Any]:
    """The booking's entry in each calendar, read back by the library."""
    rows = db.session.scalars(select(FeedEvent).where(FeedEvent.booking_id == booking.id))
    return {(r.scope_kind, r.scope_id): icalendar.Event.from_ical(r.body) for r in rows}


def republish(booking: Booking) -> None:
    booking.version += 1
    publish(db.session(), booking)
    db.session.commit()


def test_publish_confirmed_booking_stands_in_each_calendar() -> None:
    lawyer, prison, court = make.counsel(), make.prison(), make.court()

    booking = make.booking(at_prison=prison, at_court=court, by=lawyer, pre_minutes=15)

    found = entries(booking)
    seat = booking.appearances[0]
    assert set(found) == {
        ("site", prison.id),
        ("suite", seat.suite_id),
        ("court", court.id),
        ("counsel", lawyer.id),
    }
    assert {str(e["UID"]) for e in found.values()} == {f"{booking.uid}@court-avl-scheduler"}
    assert found["site", prison.id].start == make.at("09:45")
    assert found["court", court.id].start == make.at("10:00")
    assert found["site", prison.id]["STATUS"] == "CONFIRMED"


def test_publish_held_booking_writes_nothing() -> None:
    assert entries(make.booking(status=Status.HELD)) == {}


def test_publish_hold_that_lapses_writes_nothing() -> None:
    booking = make.booking(status=Status.HELD)

    booking.status = Status.LAPSED
    republish(booking)

    assert entries(booking) == {}


def test_publish_twice_without_a_change_writes_once() -> None:
    booking = make.booking()
    before = {key: e.to_ical() for key, e in entries(booking).items()}

    publish(db.session(), booking)

    assert {key: e.to_ical() for key, e in entries(booking).items()} == before


def test_publish_cancelled_booking_keeps_it_and_frees_the_time() -> None:
    booking = make.booking()

    booking.status = Status.CANCELLED
    republish(booking)

    for entry in entries(booking).values():
        assert entry["STATUS"] == "CANCELLED"
        assert entry["TRANSP"] == "TRANSPARENT"
        assert entry["SUMMARY"] == f"CANCELLED: {booking.reference} Bail application"
        assert entry["SEQUENCE"] == 2
    assert all(row.is_gone for row in db.session.scalars(select(FeedEvent)))


def test_publish_booking_moved_away_leaves_a_tombstone_that_knows_nothing() -> None:
    old, new = make.prison(short_name="Rimutaka"), make.prison(short_name="Arohata")
    booking = make.booking(at_prison=old, kind=make.hearing_type("SENT", "Sentencing"))
    old_suite = booking.appearances[0].suite_id

    seat = booking.appearances[0]
    seat.site_id, seat.suite_id = new.id, make.rooms(new, "suite")[0].id
    for leg in booking.legs:
        leg.starts_at, leg.ends_at = make.at("14:00"), make.at("14:30")
    booking.starts_at, booking.ends_at = make.at("14:00"), make.at("14:30")
    republish(booking)

    found = entries(booking)
    for scope in (("site", old.id), ("suite", old_suite)):
        left = found[scope].to_ical().decode()
        assert "SUMMARY:CANCELLED: AVL booking\r\n" in left
        assert found[scope].start == make.at("10:00")
        assert not [w for w in ("Arohata", "Sentencing", "Suite", booking.reference) if w in left]
        assert found[scope]["SEQUENCE"] == 2
    assert found["site", new.id].start == make.at("14:00")


def test_publish_tombstone_comes_after_all_that_was_published() -> None:
    """A hearing type's new name is published too, and is no new version of the booking."""
    booking = make.booking()
    kind, place = "suite", booking.appearances[0].suite_id
    row = db.session.scalars(select(FeedEvent).where(FeedEvent.scope_kind == kind)).one()
    row.sequence = 7
    booking.appearances[0].suite_id = make.suite(booking.appearances[0].site).id

    republish(booking)

    assert row.sequence == entries(booking)[kind, place]["SEQUENCE"] == 8


def test_publish_booking_that_comes_back_lives_again_under_the_same_uid() -> None:
    old, new = make.prison(), make.prison()
    booking = make.booking(at_prison=old)
    seat = booking.appearances[0]
    first_suite = seat.suite_id
    for place, room in ((new, make.rooms(new, "suite")[0].id), (old, first_suite)):
        seat.site_id, seat.suite_id = place.id, room
        republish(booking)

    entry = entries(booking)["site", old.id]

    assert (entry["STATUS"], entry["SEQUENCE"]) == ("CONFIRMED", 3)


def test_publish_private_type_is_only_a_booking() -> None:
    kind = make.hearing_type("LEGAL", "Legal conference", access=Access.PRIVATE)

    booking = make.booking(kind=kind, by=make.counsel())

    for entry in entries(booking).values():
        assert entry["SUMMARY"] == "AVL booking"
        assert not {"LOCATION", "DESCRIPTION"} & set(entry)


def test_publish_co_defendants_in_two_prisons_each_prison_sees_its_own() -> None:
    one, two = make.prison(short_name="Rimutaka"), make.prison(short_name="Arohata")
    rooms = [*make.rooms(one, "suite"), *make.rooms(two, "suite")]

    booking = make.booking(
        make.person("A", held_at=one), make.person("B", held_at=two), suites=rooms
    )

    found = entries(booking)
    assert "Arohata" not in found["site", one.id]["LOCATION"]
    assert "Rimutaka" not in found["site", two.id]["LOCATION"]
    assert "Arohata" in found["court", booking.court_id]["LOCATION"]


@pytest.mark.parametrize("seats", [1, 3])
def test_publish_takes_few_statements(seats: int) -> None:
    place = make.prison(suites=seats)
    people = [make.person(held_at=place) for _ in range(seats)]
    booking = make.booking(*people, at_prison=place, is_published=False)
    _ = booking.legs

    with statements(db.engine) as seen:
        publish(db.session(), booking)

    assert len(seen) == 3

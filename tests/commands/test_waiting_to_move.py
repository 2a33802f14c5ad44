"""Waiting for a better time while keeping the present one: kept, taken, passed on, ended."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.agreement import lapse_due
from avl.commands.bookings import release_hold, request_booking, request_held
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.waitlist import ask_to_wait, withdraw_wait
from avl.commands.waitlist_moves import take_better_time
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.interval import Interval
from avl.domain.waiting import WaitState
from avl.models import Booking, RoomFreed, Sms, WaitlistEntry, db
from avl.queries.room_request import RoomSeat
from avl.queries.waiting import WaitRequest
from tests import scene as scenes
from tests import waiting
from tests.conftest import Clock
from tests.scene import Scene, audited, overlaps, tomorrow
from tests.waiting import fresh, serve

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def mine(scene: Scene) -> Booking:
    """Aroha at two, from Arohata's only suite."""
    seat = scene.at_arohata(scene.mere)
    return request_booking(scene.request("14:00", seat), by=scene.registrar)


@pytest.fixture
def in_the_way(scene: Scene) -> Booking:
    """Somebody else in that suite at ten."""
    return waiting.in_the_way(scene)


def rather(scene: Scene, booking: Booking, **more: Any) -> WaitRequest:
    """The same booking between ten and half past."""
    seats = [RoomSeat(one.person_id) for one in booking.appearances]
    usual = {"courtrooms": (), "moving": booking.reference, "reason": "The judge asked."}
    room = scene.room("10:00", *seats, **{**usual, **more})
    return WaitRequest(room, WEDNESDAY, WEDNESDAY, time(10), time(10, 30))


def ask(scene: Scene, booking: Booking, **more: Any) -> WaitlistEntry:
    usual = {"deadline_at": tomorrow("09:00"), "by": scene.registrar}
    return ask_to_wait(rather(scene, booking), **(usual | more))


@pytest.fixture
def kept(scene: Scene, mine: Booking, in_the_way: Booking) -> WaitlistEntry:
    """Ten o'clock has come free and is kept for the booking at two."""
    entry = ask(scene, mine)
    assert serve() == 0
    cancel_booking(in_the_way.reference, by=scene.registrar, reason="Settled.")
    assert serve() == 1
    return entry


@pytest.mark.both_databases
def test_what_came_free_is_kept_and_taking_it_moves_the_booking(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    held = fresh(kept).booking
    assert held is not None
    assert (held.status, held.starts_at) == (Status.HELD, tomorrow("10:00"))
    assert (mine.status, mine.starts_at) == (Status.CONFIRMED, tomorrow("14:00"))

    moved = take_better_time(kept.id, by=scene.registrar, reason="")

    assert moved.reference == mine.reference
    db.session.expire_all()
    assert (mine.status, mine.starts_at) == (Status.CONFIRMED, tomorrow("10:00"))
    assert held.status is Status.CANCELLED
    assert fresh(kept).state is WaitState.BOOKED
    assert audited(mine)[-2:] == ["move", "take_wait"]
    assert overlaps() == 0
    # What it had is free again for whoever waits.
    assert db.session.scalars(select(RoomFreed)).first() is not None
    assert take_better_time(kept.id, by=scene.registrar, reason="").starts_at == tomorrow("10:00")
    assert audited(mine).count("move") == 1


def test_counsel_hears_of_it_when_it_moves_and_not_when_it_is_kept(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    def news() -> list[tuple[int | None, str]]:
        rows = db.session.scalars(select(Sms).order_by(Sms.id)).all()
        told = [sms for sms in rows if sms.state != "dropped" and "remind" not in sms.kind]
        return [(sms.booking_id, sms.kind) for sms in told]

    assert news() == [(mine.id, "booked")]
    take_better_time(kept.id, by=scene.registrar, reason="")

    # The first text had not gone out yet: the one that tells of the new time takes its place.
    assert [booking_id for booking_id, _ in news()] == [mine.id]


def test_letting_it_lapse_keeps_the_booking_where_it_is(
    scene: Scene, mine: Booking, kept: WaitlistEntry, clock: Clock
) -> None:
    clock.forward(minutes=61)
    assert lapse_due() == 1

    assert fresh(kept).state is WaitState.WAITING
    assert (mine.status, mine.starts_at) == (Status.CONFIRMED, tomorrow("14:00"))
    with pytest.raises(ActionNotAllowed):
        take_better_time(kept.id, by=scene.registrar, reason="")


def test_giving_it_back_lets_it_wait_on(scene: Scene, mine: Booking, kept: WaitlistEntry) -> None:
    held = fresh(kept).booking
    assert held is not None
    release_hold(held.reference, by=scene.registrar)

    assert fresh(kept).state is WaitState.WAITING


def test_what_is_kept_for_a_move_cannot_be_booked_beside_it(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    held = fresh(kept).booking
    assert held is not None

    with pytest.raises(ActionNotAllowed, match="kept for a booking to move to"):
        request_held(held.reference, by=scene.registrar)

    assert fresh(kept).state is WaitState.OFFERED


@pytest.mark.both_databases
def test_a_booking_that_moves_or_ends_waits_no_longer_and_gives_back_what_was_kept(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    held = fresh(kept).booking
    assert held is not None
    later = Interval(tomorrow("15:00"), tomorrow("15:30"))

    move_booking(mine.reference, Move(later), by=scene.registrar, reason="Counsel asked.")

    assert fresh(kept).state is WaitState.WITHDRAWN
    assert fresh(kept).reason == f"{mine.reference} was moved while it waited for a better time."
    assert db.session.get_one(Booking, held.id).status is Status.CANCELLED
    again = ask(scene, mine)
    cancel_booking(mine.reference, by=scene.registrar, reason="Settled.")
    assert fresh(again).reason == f"{mine.reference} was cancelled."


def test_withdrawing_gives_back_what_is_kept_and_keeps_the_booking(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    withdraw_wait(kept.id, by=scene.registrar, reason="Not needed.")

    assert fresh(kept).state is WaitState.WITHDRAWN
    assert [row[1] for row in scenes.held()] == [tomorrow("14:00")] * 4


def test_it_waits_no_longer_than_until_its_hearing_begins(
    scene: Scene, mine: Booking, in_the_way: Booking, clock: Clock
) -> None:
    entry = ask(scene, mine, deadline_at=tomorrow("23:00"))
    clock.set(tomorrow("14:00"))

    assert serve() == 1

    assert fresh(entry).state is WaitState.LAPSED
    assert fresh(entry).reason == "The hearing began at the time it had."


def test_two_of_the_same_people_may_wait_for_the_same_time(scene: Scene, mine: Booking) -> None:
    other = request_booking(scene.request("16:00", scene.at_arohata()), by=scene.registrar)

    assert ask(scene, mine).id == ask(scene, mine).id
    assert ask(scene, mine).id != ask(scene, other).id


def test_only_its_own_court_and_people_may_wait_with_it(scene: Scene, mine: Booking) -> None:
    with pytest.raises(NotFound):
        ask(scene, mine, by=scene.other_registrar)
    strangers = rather(scene, mine, seats=(RoomSeat(scene.tane.id),))
    with pytest.raises(InvalidInput, match="keeps its people"):
        ask_to_wait(strangers, deadline_at=tomorrow("09:00"), by=scene.registrar)
    cancel_booking(mine.reference, by=scene.registrar, reason="Settled.")
    with pytest.raises(ActionNotAllowed):
        ask(scene, mine)

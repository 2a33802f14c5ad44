"""What frees a time, who is given it, and when it passes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from avl.commands.agreement import complete_booking, lapse_due, stand_down_booking
from avl.commands.bookings import release_hold, request_booking, request_held
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.outages import end_outage, record_outage
from avl.commands.waitlist import note_seen, withdraw_wait
from avl.commands.waitlist_serving import serve_waitlist, take_marks
from avl.domain.access import SYSTEM
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.domain.waiting import WaitState
from avl.models import Outage, RoomFreed, db
from tests import make
from tests.conftest import Clock
from tests.scene import Scene, held, tomorrow
from tests.waiting import HOUR, another, ask, fresh, in_the_way, kept, serve, wanting


def test_what_a_cancellation_frees_is_kept_for_whoever_waits(scene: Scene) -> None:
    booking = in_the_way(scene)
    entry = ask(scene)
    assert "Arohata" in entry.why
    assert serve() == 0

    cancel_booking(booking.reference, by=scene.registrar, reason="Settled.")
    assert serve() == 1

    held = kept(entry)
    assert fresh(entry).state is WaitState.OFFERED
    assert (held.status, held.starts_at) == (Status.HELD, tomorrow("10:00"))
    # Ten in the morning: an hour of the court's time is until eleven today.
    assert held.expires_at == make.at("11:00")
    assert [one.id for one in held.appearances] == [held.appearances[0].id]
    assert serve() == 0
    assert db.session.scalars(select(RoomFreed)).all() == []


def test_booking_what_was_kept_ends_the_wait(scene: Scene) -> None:
    entry = ask(scene)
    serve()

    booked = request_held(kept(entry).reference, by=scene.registrar)

    assert booked.status is Status.CONFIRMED
    assert fresh(entry).state is WaitState.BOOKED
    assert fresh(entry).booking_id == booked.id


def test_a_time_nobody_takes_goes_to_the_next_and_the_first_waits_behind(
    scene: Scene, clock: Clock
) -> None:
    booking = in_the_way(scene)
    first = ask(scene)
    clock.forward(minutes=1)
    second = ask(scene, wanting(scene, another(scene, "Tama")))
    cancel_booking(booking.reference, by=scene.registrar, reason="Settled.")
    serve()
    assert (fresh(first).state, fresh(second).state) == (WaitState.OFFERED, WaitState.WAITING)

    clock.forward(minutes=61)
    assert lapse_due() == 1
    assert fresh(first).state is WaitState.WAITING
    assert fresh(first).asked_at > fresh(second).asked_at
    serve()

    assert (fresh(first).state, fresh(second).state) == (WaitState.WAITING, WaitState.OFFERED)
    release_hold(kept(second).reference, by=scene.registrar)
    serve()
    # Both have had it, so it is free for everybody.
    assert (fresh(first).state, fresh(second).state) == (WaitState.WAITING, WaitState.WAITING)
    assert "kept" in fresh(first).why


def test_the_higher_priority_goes_first_whoever_asked_earlier(scene: Scene, clock: Clock) -> None:
    booking = in_the_way(scene)
    usual = ask(scene)
    clock.forward(minutes=5)
    urgent = ask(
        scene, wanting(scene, another(scene, "Tama")), priority=100, reason="Parole tomorrow."
    )
    cancel_booking(booking.reference, by=scene.registrar, reason="Settled.")

    serve()

    assert (fresh(usual).state, fresh(urgent).state) == (WaitState.WAITING, WaitState.OFFERED)


def test_who_does_not_fit_does_not_keep_others_waiting(scene: Scene) -> None:
    booking = in_the_way(scene, "10:00", 30)
    in_the_way(scene, "10:35", 80)
    hour = wanting(scene, between=("10:00", "12:00"))
    long = ask(
        scene,
        replace(hour, room=replace(hour.room, minutes=60)),
        priority=100,
        reason="Trial.",
    )
    short = ask(scene, wanting(scene, another(scene, "Tama")))
    cancel_booking(booking.reference, by=scene.registrar, reason="Settled.")

    serve()

    assert (fresh(long).state, fresh(short).state) == (WaitState.WAITING, WaitState.OFFERED)


def test_past_the_deadline_a_wait_lapses_with_its_reason(scene: Scene, clock: Clock) -> None:
    in_the_way(scene)
    entry = ask(scene)

    clock.set(tomorrow("09:00"))
    assert serve() == 1

    assert fresh(entry).state is WaitState.LAPSED
    assert fresh(entry).reason.startswith("Nothing came free before the deadline.")
    assert fresh(entry).seen_at is None
    assert note_seen(entry.id, by=scene.registrar).seen_at == tomorrow("09:00")


def test_what_is_being_kept_outlives_the_deadline_but_is_not_kept_again(
    scene: Scene, clock: Clock
) -> None:
    entry = ask(scene, deadline_at=make.at("10:30"))
    serve()

    clock.set(make.at("10:45"))
    serve()
    assert fresh(entry).state is WaitState.OFFERED
    clock.set(make.at("11:00"))
    lapse_due()

    assert fresh(entry).state is WaitState.LAPSED
    assert "not booked by the deadline" in fresh(entry).reason


def test_a_time_is_kept_three_times_and_no_more(scene: Scene, clock: Clock) -> None:
    entry = ask(scene, wanting(scene, between=("09:00", "17:00")))
    for _ in range(3):
        serve()
        release_hold(kept(entry).reference, by=scene.registrar)

    assert fresh(entry).state is WaitState.LAPSED
    assert fresh(entry).reason == "A time was kept for it 3 times, and nobody booked it."


def test_a_move_frees_what_it_left(scene: Scene) -> None:
    booking = in_the_way(scene)
    entry = ask(scene)
    serve()
    later = Interval(tomorrow("15:00"), tomorrow("15:30"))

    move_booking(booking.reference, Move(later), by=scene.registrar, reason="Judge away.")
    serve()

    assert fresh(entry).state is WaitState.OFFERED


def test_an_outage_that_ends_serves_the_waitlist(scene: Scene) -> None:
    record_outage(
        scene.women_suite.id,
        start=make.at("10:00"),
        end=None,
        reason="no picture",
        by=scene.women_coordinator,
    )
    entry = ask(scene)
    assert serve() == 0
    outage = db.session.scalars(select(Outage)).one()

    end_outage(outage.id, by=scene.women_coordinator)
    serve()

    assert fresh(entry).state is WaitState.OFFERED


def test_something_freed_elsewhere_wakes_nobody(scene: Scene, clock: Clock) -> None:
    in_the_way(scene)
    entry = ask(scene)
    serve()
    looked_at = fresh(entry).looked_at
    clock.forward(minutes=1)
    elsewhere = make.booking(status=Status.CONFIRMED)

    cancel_booking(elsewhere.reference, by=SYSTEM, reason="Settled.")
    assert serve() == 0
    assert fresh(entry).looked_at == looked_at

    clock.forward(minutes=60)
    serve()
    assert fresh(entry).looked_at > looked_at


def test_a_worker_that_died_leaves_its_marks_to_the_next(scene: Scene, clock: Clock) -> None:
    entry = ask(scene)
    assert take_marks("the one that dies") is not None

    assert serve("another") == 0
    assert fresh(entry).state is WaitState.WAITING
    clock.forward(minutes=2)
    assert serve("another") == 1
    assert fresh(entry).state is WaitState.OFFERED


def test_marks_not_worked_through_are_taken_up_again(scene: Scene) -> None:
    entry = ask(scene)
    assert serve_waitlist(owner="busy", working=HOUR, may_go_on=lambda: False) == 0
    assert serve("next") == 1
    assert fresh(entry).state is WaitState.OFFERED


@pytest.mark.both_databases
def test_the_whole_way_on_both_databases(scene: Scene, clock: Clock) -> None:
    booking = in_the_way(scene)
    entry = ask(scene)
    cancel_booking(booking.reference, by=scene.registrar, reason="Settled.")
    serve()
    assert kept(entry).expires_at == datetime.fromisoformat("2026-11-23T22:00:00+00:00")
    clock.forward(minutes=60)
    lapse_due()
    serve()
    assert fresh(entry).state is WaitState.WAITING
    withdraw_wait(entry.id, by=scene.registrar, reason="Over.")
    assert fresh(entry).state is WaitState.WITHDRAWN


@pytest.mark.parametrize("end", ["complete", "cancel"])
def test_what_is_stood_down_keeps_its_rooms_until_it_is_over(
    scene: Scene, clock: Clock, end: str
) -> None:
    booking = request_booking(scene.request("10:00", scene.at_arohata()), by=scene.registrar)
    clock.set(booking.starts_at)
    stand_down_booking(booking.reference, by=scene.registrar, reason="No picture.")
    assert db.session.scalars(select(RoomFreed)).all() == []
    assert len(held()) == 3

    if end == "complete":
        complete_booking(booking.reference, by=scene.registrar)
    else:
        cancel_booking(booking.reference, by=scene.registrar, reason="Vacated.")

    assert {row.site_id for row in db.session.scalars(select(RoomFreed))} == {
        scene.court.id,
        scene.arohata.id,
    }
    assert held() == []

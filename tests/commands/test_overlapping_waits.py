"""A better time that overlaps the one a booking has: kept beside it, and taken in one step."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking
from avl.commands.waitlist import ask_to_wait
from avl.commands.waitlist_moves import take_better_time
from avl.domain.booking import Status
from avl.domain.errors import ResourceClash
from avl.domain.local_time import to_local
from avl.domain.waiting import WaitState
from avl.models import Booking, Hold, WaitlistEntry, db
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.queries.waiting import WaitRequest
from tests import make
from tests.scene import Scene, overlaps, tomorrow
from tests.waiting import fresh, serve

ZONE = "Pacific/Auckland"
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def mine(scene: Scene) -> Booking:
    """Mere from ten to half past, from Arohata's only suite."""
    seat = scene.at_arohata(scene.mere)
    return request_booking(scene.request("10:00", seat), by=scene.registrar)


def another(scene: Scene, start: str) -> Booking:
    """Somebody else in that suite and another courtroom."""
    other = make.person("Ngata", f"Ana {start}", held_at=scene.arohata)
    seat = scene.seat(other, scene.women_suite)
    wanted = scene.request(start, seat, courtroom=scene.second_courtroom)
    return request_booking(wanted, by=scene.registrar)


def ask(scene: Scene, booking: Booking, start: str, **more: Any) -> WaitlistEntry:
    """Let it wait for half an hour from this start, or as ``more`` says."""
    wanted = tomorrow(start)
    first = time.fromisoformat(start)
    window = {"earliest": first, "latest": time(first.hour, first.minute + 30)} | more
    room = RoomRequest(
        court_id=scene.court.id,
        courtrooms=(scene.courtroom.id,),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(RoomSeat(one.person_id) for one in booking.appearances),
        wanted_start=wanted,
        moving=booking.reference,
        reason="The judge asked.",
    )
    request = WaitRequest(room, WEDNESDAY, WEDNESDAY, **window)
    return ask_to_wait(request, deadline_at=tomorrow("09:30"), by=scene.registrar)


def holds_on(resource: Any) -> list[tuple[str, str]]:
    """From when to when a resource is held, on the wall's clock."""
    rows = db.session.execute(
        select(Hold.starts_at, Hold.ends_at)
        .where(Hold.resource_id == resource.id)
        .order_by(Hold.starts_at)
    )
    return [tuple(f"{to_local(at, ZONE):%H:%M}" for at in row) for row in rows]  # type: ignore[misc]


@pytest.fixture
def kept(scene: Scene, mine: Booking) -> WaitlistEntry:
    """A quarter past ten has come free and is kept for the booking at ten."""
    in_the_way = another(scene, "10:35")
    entry = ask(scene, mine, "10:15")
    assert serve() == 0
    assert "every suite at Arohata is held" in fresh(entry).why
    cancel_booking(in_the_way.reference, by=scene.registrar, reason="Settled.")
    assert serve() == 1
    return entry


@pytest.mark.both_databases
def test_only_what_the_booking_does_not_hold_is_kept_and_one_press_moves_it(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    # Half past ten and the turnaround are the booking's own; the rest is kept beside it.
    assert holds_on(scene.women_suite) == [("10:00", "10:35"), ("10:35", "10:50")]
    assert overlaps() == 0

    moved = take_better_time(kept.id, by=scene.registrar, reason="")

    db.session.expire_all()
    assert (moved.reference, mine.starts_at) == (mine.reference, tomorrow("10:15"))
    assert fresh(kept).state is WaitState.BOOKED
    assert holds_on(scene.women_suite) == [("10:15", "10:50")]
    assert overlaps() == 0


@pytest.mark.both_databases
def test_nobody_else_can_have_any_of_it_meanwhile(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    for start in ("09:50", "10:10", "10:15", "10:35", "10:45"):
        with pytest.raises(ResourceClash):
            another(scene, start)

    assert another(scene, "10:50").status is Status.CONFIRMED
    take_better_time(kept.id, by=scene.registrar, reason="")
    assert another(scene, "09:40").status is Status.CONFIRMED


def test_when_the_booking_goes_what_was_kept_beside_it_goes_too(
    scene: Scene, mine: Booking, kept: WaitlistEntry
) -> None:
    cancel_booking(mine.reference, by=scene.registrar, reason="Settled.")

    assert fresh(kept).state is WaitState.WITHDRAWN
    assert holds_on(scene.women_suite) == []


def test_the_time_it_has_is_never_kept_for_it(scene: Scene, mine: Booking) -> None:
    entry = ask(scene, mine, "10:00", earliest=time(9), latest=time(12))

    assert serve() == 0
    assert "no time is nearer to the one wanted than the one it has" in fresh(entry).why


def test_a_time_no_nearer_is_not_kept_where_the_one_it_has_would_do(
    scene: Scene, mine: Booking
) -> None:
    another(scene, "10:50")
    entry = ask(scene, mine, "10:20", earliest=time(9), latest=time(12))

    assert serve() == 1
    kept = fresh(entry).booking
    assert kept is not None
    # Twenty past is taken for its end; a quarter past is nearest to it of what is free.
    assert kept.starts_at == tomorrow("10:15")


def test_where_the_escorts_are_too_few_for_both_it_waits_on_and_says_why(
    scene: Scene, mine: Booking
) -> None:
    scene.arohata.escort_capacity, scene.arohata.pickup_minutes = 1, 20
    db.session.commit()
    entry = ask(scene, mine, "10:15")

    assert serve() == 0
    assert fresh(entry).state is WaitState.WAITING
    assert "Arohata can bring" in fresh(entry).why

"""What the tests of the waitlist ask for and look at."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from avl.commands.bookings import request_booking
from avl.commands.waitlist import ask_to_wait
from avl.commands.waitlist_serving import serve_waitlist
from avl.models import Booking, Person, WaitlistEntry, db
from avl.queries.room_request import RoomSeat
from avl.queries.waiting import WaitRequest
from tests import make
from tests.scene import Scene, tomorrow

WEDNESDAY = date(2026, 11, 25)
HOUR = timedelta(hours=1)


def wanting(
    scene: Scene,
    who: Person | None = None,
    *,
    start: str = "10:00",
    last: date = WEDNESDAY,
    between: tuple[str, str] = ("10:00", "10:30"),
    **more: Any,
) -> WaitRequest:
    """Somebody from Arohata, tomorrow between these times; Arohata has one suite."""
    room = scene.room(start, RoomSeat((who or scene.aroha).id), **{"courtrooms": (), **more})
    earliest, latest = (time.fromisoformat(one) for one in between)
    return WaitRequest(room, WEDNESDAY, last, earliest, latest)


def ask(scene: Scene, request: WaitRequest | None = None, **more: Any) -> WaitlistEntry:
    usual = {"deadline_at": tomorrow("09:00"), "by": scene.registrar}
    return ask_to_wait(request or wanting(scene), **(usual | more))


def serve(owner: str = "worker", working: timedelta = HOUR) -> int:
    return serve_waitlist(owner=owner, working=working, may_go_on=lambda: True)


def another(scene: Scene, name: str) -> Person:
    return make.person(name, "Ana", held_at=scene.arohata)


def in_the_way(scene: Scene, start: str = "10:00", minutes: int = 30) -> Booking:
    """Somebody else's booking in Arohata's only suite."""
    other = another(scene, "Ngata")
    seat = scene.seat(other, scene.women_suite)
    return request_booking(scene.request(start, seat, minutes=minutes), by=scene.registrar)


def fresh(entry: WaitlistEntry) -> WaitlistEntry:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(WaitlistEntry, entry.id)


def kept(entry: WaitlistEntry) -> Booking:
    booking = fresh(entry).booking
    assert booking is not None
    return booking


def only() -> WaitlistEntry:
    """The one wait there is, as it now stands."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(WaitlistEntry).one()

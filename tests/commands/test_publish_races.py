"""A hearing type is closed as a booking of it is made or moved: no calendar names it afterwards,
and each shows where the booking is."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import bookings, publish
from avl.commands.area_columns import HEARING_TYPES
from avl.commands.bookings import request_booking
from avl.commands.cells import spell_cells
from avl.commands.changes import Move, move_booking
from avl.commands.hearing_types import change_hearing_type
from avl.domain.access import SYSTEM
from avl.domain.interval import Interval
from avl.models import Booking, FeedEvent, HearingType, db
from tests.commands.elsewhere import Elsewhere
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases


def closing() -> Any:
    """The scene's only hearing type is closed."""
    closed = spell_cells(HEARING_TYPES, db.session.get_one(HearingType, "CRB"))
    return partial(change_hearing_type, "CRB", closed | {"access": "closed"}, by=SYSTEM)


def published() -> list[FeedEvent]:
    return list(db.session.scalars(select(FeedEvent)))


def test_a_booking_made_as_its_type_is_closed_is_named_in_no_calendar(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, spread = closing(), bookings.spread

    def spread_and_linger(*args: Any, **more: Any) -> None:
        spread(*args, **more)
        elsewhere.begin(close)

    monkeypatch.setattr(bookings, "spread", spread_and_linger)

    request_booking(scene.request("10:00"), by=scene.registrar)

    assert not isinstance(elsewhere.end(), Exception), elsewhere.answer
    assert published()
    assert not any(b"Bail application" in one.body for one in published())


def test_a_booking_moved_as_its_type_is_closed_is_shown_where_it_is(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calendars are written anew for bookings of the past too, which no change of a type watches:
    this one stands for them, as if it were not watched."""
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    close, write = closing(), publish.publish
    later = Interval(tomorrow("14:00"), tomorrow("14:30"))
    move = partial(
        move_booking, booking.reference, Move(later), by=scene.registrar, reason="Judge is late."
    )
    monkeypatch.setattr("avl.commands.ruling.OF_A_BOOKING", ())

    def write_later(*args: Any, **more: Any) -> None:
        if elsewhere.thread is None:
            elsewhere.begin(move)
        write(*args, **more)

    monkeypatch.setattr(publish, "publish", write_later)

    close()

    moved = elsewhere.end()
    assert isinstance(moved, Booking), moved
    now = db.session.get_one(Booking, booking.id)
    assert {one.starts_at for one in published()} == {now.starts_at} == {later.start}
    assert now.version == 4

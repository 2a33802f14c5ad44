"""Bookings that a feed shows, and what came of them."""

from __future__ import annotations

from typing import Any

import icalendar

from avl.commands.publish import publish
from avl.models import Booking, db
from tests import make
from tests.feeds.conftest import Fed


def book(fed: Fed, **more: Any) -> Booking:
    return make.booking(at_prison=fed.prison, at_court=fed.court, **more)


def events(response: Any) -> list[Any]:
    assert response.status_code == 200
    return icalendar.Calendar.from_ical(response.data).walk("VEVENT")


def change(booking: Booking, **values: Any) -> None:
    for name, value in values.items():
        setattr(booking, name, value)
    booking.version += 1
    publish(db.session(), booking)
    db.session.commit()

"""A name that may not be published is marked wherever a court reads it out or pins it up."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from avl.commands.bookings import request_booking
from avl.commands.outages import record_outage
from avl.domain.access import Role
from tests import make
from tests.conftest import Clock
from tests.scene import Scene, tomorrow

MARK = "Name suppressed"


def pages_about(
    scene: Scene, client: FlaskClient, clock: Clock, *, is_suppressed: bool
) -> dict[str, str]:
    """What a registry reads on the day of Tāne's booking, which an outage breaks."""
    file = make.matter(scene.court, scene.tane, is_suppressed=is_suppressed)
    seat = scene.seat(matter_id=file.id)
    booking = request_booking(scene.request("10:00", seat), by=scene.registrar)
    record_outage(
        scene.suite.id,
        start=tomorrow("08:00"),
        end=tomorrow("17:00"),
        reason="No picture",
        by=scene.coordinator,
    )
    clock.set(tomorrow("08:00"))
    registry = make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    show = f"/court/bookings/{booking.reference}"
    addresses = {
        "list of the day": "/court/today",
        "list of the week": "/court/week",
        "file": "/court/week?as=csv",
        "booking": show,
        "booking on paper": f"{show}/print",
        "worklist": "/worklist",
    }
    return {name: registry.get(address).text for name, address in addresses.items()}


@pytest.mark.parametrize("is_suppressed", [True, False])
def test_every_page_of_a_court_that_names_somebody_marks_a_suppressed_name(
    scene: Scene, client: FlaskClient, clock: Clock, *, is_suppressed: bool
) -> None:
    pages = pages_about(scene, client, clock, is_suppressed=is_suppressed)

    assert {name for name, page in pages.items() if "RĀWIRI" not in page.upper()} == set()
    assert ("RĀWIRI,yes," in pages["file"]) is is_suppressed
    said = {name for name, page in pages.items() if "may not be named in anything" in page}
    assert said == ({"booking", "booking on paper"} if is_suppressed else set())
    marked = {name for name, page in pages.items() if MARK in page} - {"file"}
    assert marked == (set(pages) - {"file"} if is_suppressed else set())

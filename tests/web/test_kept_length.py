"""Bookings that a new usual length made too short: kept as they are, for a reason."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.domain.disruption import Cause, Resolution
from avl.models import Disruption, db
from avl.web.frame import unbroken
from tests import make
from tests.scene import Scene, tomorrow
from tests.web.test_worklist import as_coordinator, as_registry, booked


def test_a_booking_that_a_new_usual_length_made_too_short_may_keep_its_length_for_a_reason(
    client: FlaskClient, scene: Scene
) -> None:
    booking = booked(scene)
    row = make.outgrown(booking)
    work_out_ways()
    as_registry(client, scene)
    assert "Keep as it is" in client.get("/worklist").text

    sent = {"disruption": str(row.id), "reason": " "}
    unsaid = client.post("/worklist/keep", data=sent)
    assert unsaid.status_code == 422
    assert f'href="#reason-{row.id}"' in unsaid.text

    done = client.post(
        "/worklist/keep", data=sent | {"reason": "Counsel agrees."}, follow_redirects=True
    )
    assert unbroken(f"{booking.reference} stays as it is.") in done.text
    db.session.expire_all()
    assert db.session.get_one(Disruption, row.id).resolution is Resolution.KEPT

    again = client.post("/worklist/keep", data=sent | {"reason": "Counsel agrees."})
    assert again.status_code == 409
    assert client.post("/worklist/keep", data={"reason": "x"}).status_code == 404


def test_what_is_wrong_besides_its_length_is_not_kept_and_no_prison_decides_about_time(
    client: FlaskClient, scene: Scene
) -> None:
    booking = booked(scene)
    record_outage(
        scene.suite.id,
        start=tomorrow("09:00"),
        end=tomorrow("17:00"),
        reason="no picture",
        by=scene.coordinator,
    )
    row = db.session.scalars(select(Disruption)).one()
    row.cause = Cause.LENGTH
    db.session.commit()
    sent = {"disruption": str(row.id), "reason": "Counsel agrees."}
    as_registry(client, scene)

    answer = client.post("/worklist/keep", data=sent)
    assert answer.status_code == 409
    assert f"Booking {booking.reference} cannot stay as it is." in answer.text

    as_coordinator(client, scene)
    assert "Keep as it is" not in client.get("/worklist").text
    assert client.post("/worklist/keep", data=sent).status_code == 403

"""A plan put aside says why on its page, and leads back to the form."""

from __future__ import annotations

from flask.testing import FlaskClient

from avl import clock as time
from avl.commands.bookings import request_booking
from avl.commands.plans import propose_plans
from avl.commands.records import record_release
from avl.domain.access import Role
from tests import make
from tests.scene import Scene


def test_a_plan_put_aside_says_why_and_leads_on(client: FlaskClient, scene: Scene) -> None:
    request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)
    [plan] = propose_plans(scene.room(near_minutes=0), by=scene.registrar)
    record_release(scene.tane.id, at=time.now(), by=scene.coordinator)
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))

    page = client.get(f"/plans/{plan.id}").text

    assert "Somebody who is to be booked will not be at Rimutaka then." in page
    assert "Ask again from the form" in page
    assert f"/plans/{plan.id}/apply" not in page

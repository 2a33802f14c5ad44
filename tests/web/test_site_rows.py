"""The pages of a site's own rules and rooms, through the client."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.cells import spell_cells
from avl.commands.site_rows import SITE_RULES
from avl.domain.access import Role
from avl.models import Resource, db
from avl.web.frame import unbroken
from tests import make
from tests.counting import statements
from tests.scene import Scene


@pytest.fixture
def scene(scene: Scene, client: FlaskClient) -> Scene:
    make.sign_in(client, make.user(Role.MANAGER, scene.rimutaka))
    return scene


def mark_in(page: str) -> str:
    return page.split('name="mark" value="')[1].split('"')[0]


def test_room_is_looked_at_and_switched_off(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    path = f"/sites/RIM/rooms/{scene.suite.id}"
    data = {"name": "Suite One", "sort_order": "1", "is_active": "no"}
    data["mark"] = mark_in(client.get(path).text)

    seen = client.post(path, data=data).text
    assert "Changing Suite 1 affects 1 booking." in seen
    assert f"<strong>{unbroken('Rimutaka, Suite 2')}</strong>" in seen
    assert booking.reference in seen

    saved = client.post(path, data=data | {"step": "save"}, follow_redirects=True).text
    assert "1 booking needs a way out" in saved
    assert "No, switched off" in saved
    assert "Name: Suite 1 → Suite One" in saved
    assert client.post(path, data=data | {"step": "save"}).status_code == 409


def test_room_is_added_and_errors_keep_what_was_typed(client: FlaskClient, scene: Scene) -> None:
    path = "/sites/RIM/rooms/new"
    data = {"code": "S9", "kind": "courtroom", "name": "Suite Nine", "is_active": "yes"}
    wrong = client.post(path, data=data)
    assert (wrong.status_code, wrong.text.count("Only a court has courtrooms.")) == (422, 2)
    assert 'value="Suite Nine"' in wrong.text

    saved = client.post(path, data=data | {"kind": "suite"}, follow_redirects=True).text
    assert "Suite Nine is added." in saved
    assert db.session.scalars(select(Resource.name).where(Resource.code == "S9")).one()


def test_rules_of_a_site_are_changed(client: FlaskClient, scene: Scene) -> None:
    path = "/sites/RIM/rules/change"
    page = client.get(path).text
    typed = spell_cells(SITE_RULES, scene.rimutaka) | {"mark": mark_in(page)}
    assert client.post(path, data=typed | {"pickup_minutes": "x"}).status_code == 422

    data = typed | {"pickup_minutes": "25", "step": "save"}
    assert "A person is fetched 25 minutes before" in client.post(
        path, data=data, follow_redirects=True
    ).text.replace("\n", " ")
    assert "15 → 25" in client.get(path).text


def test_another_sites_rooms_and_rules_are_not_there(client: FlaskClient, scene: Scene) -> None:
    for path in ("rooms", "rooms/new", f"rooms/{scene.women_suite.id}", "rules/change"):
        assert client.get(f"/sites/ARO/{path}").status_code == 404
        assert client.post(f"/sites/ARO/{path}", data={}).status_code in (404, 405)
    assert client.get(f"/sites/RIM/rooms/{scene.courtroom.id}").status_code == 404


def test_pages_cost_few_queries(client: FlaskClient, scene: Scene) -> None:
    for path in ("rooms", "rooms/new", f"rooms/{scene.suite.id}", "rules/change"):
        with statements(db.engine) as seen:
            assert client.get(f"/sites/RIM/{path}").status_code == 200
        assert len(seen) <= 10

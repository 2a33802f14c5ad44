"""The pages of a site's weekly hours, through the client."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.models import Window, db
from tests import make
from tests.counting import statements
from tests.scene import Scene

CHANGE = "/sites/RIM/hours/change"


def typed(client: FlaskClient, **more: str) -> dict[str, str]:
    """What the form is sent with: the mark it was opened with, and a short week."""
    page = client.get(CHANGE).text
    mark = page.split('name="mark" value="')[1].split('"')[0]
    week = {"open-1-days": "every day", "open-1-from": "8 am", "open-1-to": "3 pm"}
    return {"from_on": "25 Nov 2026", "mark": mark, "source": "memo", **week, **more}


def test_week_is_looked_at_and_saved(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("16:00"), by=scene.registrar)
    make.sign_in(client, make.user(Role.MANAGER, scene.rimutaka))
    assert 'value="Mon-Sun"' in client.get(CHANGE).text

    data = typed(client)
    seen = client.post(CHANGE, data=data | {"step": "preview"}).text
    assert "from Wed 25 Nov 2026, affects 1 booking." in seen
    assert "each with this best way out. Why: The nearest other time." in seen
    assert booking.reference in seen
    assert db.session.scalars(select(Window).where(Window.from_on.is_not(None))).all() == []

    saved = client.post(CHANGE, data=data | {"step": "save"}, follow_redirects=True).text
    # Whoever changes hours has no worklist to look at.
    assert "1 booking needs a way out, and stands on the worklists of the courts and" in saved
    assert "From Wed 25 Nov 2026" in saved
    assert "open Mon-Sun 08:00-18:00 → open Mon-Sun 08:00-15:00" in saved


def test_bookings_that_are_not_ones_own_are_counted(client: FlaskClient, scene: Scene) -> None:
    booking = request_booking(scene.request("16:00"), by=scene.registrar)
    make.sign_in(client, make.user(Role.ADMINISTRATOR))

    seen = client.post(CHANGE, data=typed(client) | {"step": "preview"}).text

    assert "1 booking that you may not look into" in seen
    assert booking.reference not in seen


def test_two_tabs_do_not_undo_each_other(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.rimutaka))
    first, second = typed(client), typed(client, **{"open-1-to": "4 pm"})
    client.post(CHANGE, data=first | {"step": "save"})

    answer = client.post(CHANGE, data=second | {"step": "save"})

    assert answer.status_code == 409
    assert "Somebody has changed this since you opened the page" in answer.text
    assert 'value="4 pm"' in answer.text
    fresh = answer.text.split('name="mark" value="')[1].split('"')[0]
    again = client.post(CHANGE, data=second | {"step": "save", "mark": fresh})
    assert again.status_code == 303


def test_what_was_typed_is_kept_beside_each_error(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.ADMINISTRATOR))
    wrong = {"open-1-days": "someday", "open-2-days": "Sat", "open-2-from": "9 am"}
    wrong |= {"open-3-days": "Sun", "open-3-from": "5 pm", "open-3-to": "9 am", "from_on": "x"}

    answer = client.post(CHANGE, data=typed(client, **wrong))

    assert answer.status_code == 422
    for words in (
        "“someday” is no day or days such as Mon-Fri, the earlier one first.",
        "Enter a time, such as 8:30 am.",
        "5:00 pm to 9:00 am: the end must come after the start.",
        "Enter a real date, such as 3 Feb 2027.",
    ):
        assert answer.text.count(words) == 2
    assert 'value="someday"' in answer.text


def test_room_has_hours_of_its_own(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.rimutaka))
    room = {"room": str(scene.suite.id)}
    page = client.get(CHANGE, query_string=room).text
    mark = page.split('name="mark" value="')[1].split('"')[0]
    week = {"open-1-days": "Mon-Fri", "open-1-from": "9", "open-1-to": "midnight"}
    data = {"from_on": "25/11/2026", "mark": mark, "step": "save", **week}

    saved = client.post(CHANGE, query_string=room, data=data, follow_redirects=True).text

    assert "From 25 Nov 2026: open Mon-Fri 9:00 am to midnight." in saved
    assert client.get(CHANGE, query_string={"room": str(scene.courtroom.id)}).status_code == 404
    assert client.get(CHANGE, query_string={"room": "x"}).status_code == 404


def test_hours_are_read_by_all_and_changed_by_who_looks_after_the_site(
    client: FlaskClient, scene: Scene
) -> None:
    for role, place, may in (
        (Role.REGISTRY, scene.court, False),
        (Role.AVL_COORDINATOR, scene.rimutaka, False),
        (Role.MANAGER, scene.court, False),
        (Role.MANAGER, scene.rimutaka, True),
        (Role.ADMINISTRATOR, None, True),
    ):
        make.sign_in(client, make.user(role, place))
        page = client.get("/sites/RIM/hours")
        assert (page.status_code, "Change the week" in page.text) == (200, may)
        assert client.get(CHANGE).status_code == (200 if may else 404)
        assert client.post(CHANGE, data={"from_on": "x"}).status_code == (422 if may else 404)


def test_pages_of_hours_cost_few_queries(client: FlaskClient, scene: Scene) -> None:
    make.sign_in(client, make.user(Role.MANAGER, scene.rimutaka))
    for path in ("/sites/RIM/hours", CHANGE):
        with statements(db.engine) as seen:
            client.get(path)
        assert len(seen) <= 10

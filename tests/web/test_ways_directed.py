"""A way out at a time when somebody appears in person by default: asked before it is accepted."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.accepting import accept_ways
from avl.commands.bookings import request_booking
from avl.commands.closures import close_site, foresee_closure
from avl.commands.disruptions import work_out_ways
from avl.commands.modes import DirectionNote
from avl.domain.access import Role
from avl.models import Booking, Direction, Disruption, db
from tests import make
from tests.api.conftest import caller
from tests.scene import TOMORROW, Scene

NOTE = DirectionNote("judicial_officer", "Judge Tamatea", "Short hearing", date(2026, 11, 24))


@pytest.fixture
def ruled(scene: Scene) -> Booking:
    """A booking for tomorrow; from the day after bail is in person."""
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    protocol = {"layer": "protocol", "mode": "in_person", "override_role": "judicial_officer"}
    sentence = "bail is in person from then on."
    make.mode_rule("PROT-1", **protocol, from_on=date(2026, 11, 26), sentence=sentence)
    return booking


@pytest.fixture
def directed(scene: Scene, ruled: Booking) -> Booking:
    """The same, when its court is closed tomorrow."""
    on = date.fromisoformat(TOMORROW)
    close_site(scene.court.id, on=on, reason="flood", by=scene.registrar)
    work_out_ways()
    return ruled


def row_of(booking: Booking) -> Disruption:
    db.session.expire_all()
    return db.session.scalars(select(Disruption).where(Disruption.booking_id == booking.id)).one()


@pytest.mark.both_databases
def test_way_says_what_accepting_takes_and_takes_it(scene: Scene, directed: Booking) -> None:
    row = row_of(directed)
    asks = row.way["asks"]
    assert (asks["role"], asks["consent"]) == ("judicial_officer", "no")
    assert asks["why"].endswith("bail is in person from then on.")

    (refused,) = accept_ways({row.id: row.way["mark"]}, by=scene.registrar)
    assert refused.field == "direction"
    assert "record who directed it and why" in refused.refused
    assert row_of(directed).way["mark"] == row.way["mark"]

    marks = {row.id: row.way["mark"]}
    (done,) = accept_ways(marks, by=scene.registrar, directions={row.id: NOTE})

    assert (done.refused, done.reference) == ("", directed.reference)
    assert row_of(directed).resolved_at is not None
    assert db.session.scalars(select(Direction.officer_name)).one() == "Judge Tamatea"


@pytest.mark.both_databases
def test_way_at_the_same_date_asks_for_nothing(scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    on = date.fromisoformat(TOMORROW)
    close_site(scene.rimutaka.id, on=on, reason="flood", by=scene.coordinator)
    work_out_ways()

    assert "asks" not in row_of(booking).way


def test_page_asks_beforehand_keeps_what_was_typed_and_leaves_it_out_of_all(
    client: FlaskClient, scene: Scene, directed: Booking
) -> None:
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    row = row_of(directed)
    way = f"{row.id}:{row.way['mark']}"

    page = client.get("/worklist").text

    assert "Needs a direction" in page
    assert "Accepting this takes a direction by a judicial officer, with the reason." in page
    assert "Accept all" not in page
    booking_page = client.get(f"/court/bookings/{directed.reference}").text
    assert "The worklist has the fields for it." in booking_page

    typed = {"way": way, "role": "judicial_officer", "officer_name": "", "mode_reason": "Short"}
    nameless = client.post("/worklist/accept", data=typed)
    assert nameless.status_code == 422
    assert f'href="#officer_name-{row.id}"' in nameless.text
    assert nameless.text.count("Enter the name of the officer who directed AVL.") == 2
    assert 'value="Short"' in nameless.text
    empty = client.post(
        "/worklist/accept", data=typed | {"officer_name": "Judge Tamatea", "mode_reason": ""}
    )
    assert (empty.status_code, f'href="#mode_reason-{row.id}"' in empty.text) == (422, True)
    assert 'value="Judge Tamatea"' in empty.text

    done = client.post("/worklist/accept", data=typed | {"officer_name": "Judge Tamatea"})

    assert done.status_code == 303
    assert row_of(directed).resolved_at is not None


def test_direction_typed_outlives_a_way_that_is_no_longer_the_best(
    client: FlaskClient, scene: Scene, directed: Booking
) -> None:
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    row = row_of(directed)
    typed = {"role": "judicial_officer", "officer_name": "Judge Tamatea", "mode_reason": "Short"}

    stale = client.post("/worklist/accept", data=typed | {"way": f"{row.id}:000000000000"})

    assert stale.status_code == 409
    assert "Another way out has been found meanwhile." in stale.text
    assert 'value="Judge Tamatea"' in stale.text
    assert 'value="Short"' in stale.text
    assert re.search(r"<details[^>]* open>\s*<summary[^>]*><span[^>]*>Accept with", stale.text)


@pytest.mark.both_databases
def test_what_a_way_takes_is_said_before_the_change_that_needs_it(
    app: Flask, client: FlaskClient, scene: Scene, ruled: Booking
) -> None:
    on, why = date.fromisoformat(TOMORROW), "flood"
    seen = foresee_closure(scene.court.id, on=on, reason=why, by=scene.registrar)
    sent = {"site": "HVDC", "on": TOMORROW, "reason": why}
    (told,) = (
        caller(app, Role.REGISTRY, scene.court).post("/closures/preview", sent).json["affected"]
    )
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    typed = {"site": "HVDC", "date": "25/11/2026", "reason": why, "step": "preview"}
    page = client.post("/worklist/closure", data=typed).text

    close_site(scene.court.id, on=on, reason=why, by=scene.registrar)
    work_out_ways()

    asks = row_of(ruled).way["asks"]
    assert [way.asks for way in seen.ways.values()] == [asks]
    assert told["way"]["asks"] == asks
    assert seen.outlook == "1 can be moved. Of these, 1 needs a direction."
    assert "Needs a direction" in page
    assert "Accepting this takes a direction by a judicial officer, with the reason." in page

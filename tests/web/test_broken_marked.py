"""A booking that no longer stands says so wherever somebody acts on it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from avl.commands.bookings import request_booking
from avl.commands.keeping_apart import end_keep_apart, keep_apart
from avl.commands.records import record_release, record_transfer
from avl.domain.access import Role
from avl.domain.disruption import Cause
from avl.models import Booking, db
from tests import make
from tests.scene import TOMORROW, Scene, open_disruptions, tomorrow

ASK = "ask the AVL coordinator before fetching"


@pytest.fixture
def both(scene: Scene) -> tuple[Booking, int]:
    """Tāne's booking, which may not be beside Hēmi's any more, and what keeps the two apart."""
    tane = request_booking(scene.request("10:00"), by=scene.registrar)
    seat = scene.seat(scene.hemi, scene.second_suite)
    hemi = scene.request("10:00", seat, courtroom=scene.second_courtroom)
    request_booking(hemi, by=scene.registrar)
    pair = keep_apart(scene.tane.id, scene.hemi.id, reason="Gang", by=scene.registrar)
    return tane, pair.id


def as_role(client: FlaskClient, role: Role, scene: Scene) -> FlaskClient:
    place = scene.court if role is Role.REGISTRY else scene.rimutaka
    return make.sign_in(client, make.user(role, place))


def test_paper_and_day_of_the_prison_say_it_until_it_is_settled(client, scene, both):
    officer = as_role(client, Role.PRISON_OFFICER, scene)
    site, day = scene.rimutaka.code, TOMORROW
    pages = [f"/prison/{site}/{one}/{day}" for one in ("run-sheet", "movements", "day")]

    said = [officer.get(page).text.count("No longer stands") for page in pages]

    assert said == [2, 4, 2]
    assert f"2 no longer stand: {ASK}." in officer.get(pages[0]).text
    end_keep_apart(both[1], reason="Reconciled", by=scene.registrar)
    assert not any("No longer stands" in officer.get(page).text for page in pages)
    assert ASK not in officer.get(pages[0]).text


def test_the_booking_says_it_to_each_as_they_may_know(client, scene, both):
    tane, _ = both
    address = f"/prison/bookings/{tane.reference}"

    seen = as_role(client, Role.PRISON_OFFICER, scene).get(address).text
    assert "This booking no longer stands" in seen
    assert "Ask the AVL coordinator before you bring anybody to the suite." in seen
    assert "kept apart" not in seen

    seen = as_role(client, Role.AVL_COORDINATOR, scene).get(address).text
    assert "must be kept apart from another person" in seen.replace("\N{NO-BREAK SPACE}", " ")
    assert "See its best way out on the worklist" in seen


def test_the_courts_lists_say_it(client, scene, both):
    registry = as_role(client, Role.REGISTRY, scene)

    assert registry.get(f"/court/today?on={TOMORROW}").text.count("No longer stands") == 2
    assert registry.get("/court/week").text.count("No longer stands") == 2


def test_one_that_is_only_shorter_than_usual_now_is_fetched_as_ever(client, scene, both):
    for row in open_disruptions():
        row.cause = Cause.LENGTH
    db.session.commit()
    officer = as_role(client, Role.PRISON_OFFICER, scene)

    sheet = officer.get(f"/prison/{scene.rimutaka.code}/run-sheet/{TOMORROW}").text
    own = officer.get(f"/prison/bookings/{both[0].reference}").text

    assert sheet.count("On the worklist") == 2
    assert "No longer stands" not in sheet
    assert ASK not in sheet
    assert "no longer stands" not in own


@pytest.mark.parametrize(("is_release", "wrong"), [(False, 1), (True, 0)])
def test_the_page_of_a_person_says_it_and_no_place_is_wrong_for_the_released(
    client: FlaskClient, scene: Scene, *, is_release: bool, wrong: int
):
    for hour in ("10:00", "11:00"):
        request_booking(scene.request(hour), by=scene.registrar)
    registry = as_role(client, Role.REGISTRY, scene)
    address = f"/records/people/{scene.tane.id}"
    assert "No longer stands" not in registry.get(address).text

    at = tomorrow("10:40")
    if is_release:
        record_release(scene.tane.id, at=at, by=scene.coordinator)
    else:
        record_transfer(scene.tane.id, site_id=scene.arohata.id, at=at, by=scene.women_coordinator)

    page = registry.get(address).text
    assert (page.count("No longer stands"), page.count("Wrong place")) == (1, wrong)

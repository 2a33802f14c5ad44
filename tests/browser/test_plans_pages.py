"""Make room and swap in a real browser; tests/web tries them without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.commands.bookings import request_booking
from avl.commands.plans import propose_plans
from avl.domain.access import Role
from avl.models import Booking
from avl.queries.room_request import RoomRequest, RoomSeat
from tests import make
from tests.browser.looking import enter, shot
from tests.scene import Scene

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def crowded(place: Scene) -> list[Booking]:
    """Both courtrooms and both of Rimutaka's suites are in use at ten."""
    first = place.request("10:00", place.seat(place.hemi, counsel=place.mere), minutes=45, pre=15)
    other = make.person("Ngata", "Wiremu", held_at=place.rimutaka)
    second = place.request(
        "10:00", place.seat(other, place.second_suite), courtroom=place.second_courtroom
    )
    return [request_booking(one, by=place.registrar) for one in (first, second)]


@pytest.fixture
def clerk(app: Flask, place: Scene, live_server: str) -> Any:
    who = make.user(Role.REGISTRY, place.court, name="Ana Brown")

    def sign_in(page: Page) -> Page:
        enter(page, app, live_server, who)
        return page

    return sign_in


def room_for(place: Scene, **more: Any) -> RoomRequest:
    seat = RoomSeat(place.tane.id, place.john.id)
    return place.room("10:00", seat, **{"minutes": 20, "pre_minutes": 15, **more})


def test_plans_are_readable_and_applied_with_one_press(
    page, clerk, place, crowded, assert_accessible
):
    by = make.actor(Role.REGISTRY, place.court)
    plans = propose_plans(room_for(place), by=by)
    clerk(page)
    page.goto(f"/plans/{plans[0].id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make room for Tāne RĀWIRI")
    shot(page, "plans")
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    shot(page, "plans-phone")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_role("button", name="plan 1").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Tāne RĀWIRI")
    expect(page.get_by_text("Room is made, and")).to_be_visible()


def test_no_room_says_why(page, clerk, place, crowded, session, assert_accessible):
    for booking in crowded:
        booking.is_fixed = True
    session.commit()
    by = make.actor(Role.REGISTRY, place.court)
    [plan] = propose_plans(room_for(place, near_minutes=0), by=by)

    clerk(page).goto(f"/plans/{plan.id}")

    expect(page.get_by_role("heading", name="No room can be made")).to_be_visible()
    shot(page, "plans-none")
    assert_accessible(page)


def test_swap_from_the_booking_to_both_swapped(page, clerk, place, crowded, assert_accessible):
    request = place.request("13:00", place.at_arohata(), courtroom=place.second_courtroom)
    later = request_booking(request, by=place.registrar)
    # Each finds its own courtroom taken at the other's time, so that they have each other's.
    request_booking(
        place.request("13:15", place.seat(None, place.second_suite)), by=place.registrar
    )
    clerk(page)
    page.goto(f"/court/bookings/{crowded[0].reference}")
    page.get_by_role("button", name="Swap").click()
    shot(page, "swap-choose")
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    shot(page, "swap-choose-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name=f"See the swap with {later.reference}").click()
    shot(page, "swap")
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    shot(page, "swap-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_label("Why do they change times?").fill("The judge asked")
    page.get_by_role("button", name="Swap both").click()

    expect(page.get_by_text("have changed times")).to_be_visible()

"""The board in a real browser: dragging, arrow keys, a phone, and no JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from avl.commands.agreement import confirm_booking
from avl.commands.bookings import request_booking
from avl.domain.access import Role
from avl.models import Booking
from tests import make
from tests.browser.looking import enter, shot
from tests.scene import TOMORROW, Scene, tomorrow

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 900}


@pytest.fixture
def booked(place: Scene) -> Booking:
    made = request_booking(place.request("10:00", pre=15, post=5), by=place.registrar)
    return confirm_booking(made.reference, by=place.coordinator)


@pytest.fixture
def other(place: Scene) -> Booking:
    return request_booking(
        place.request("11:00", place.seat(place.hemi, place.second_suite)), by=place.registrar
    )


@pytest.fixture
def sign_in(app: Flask, place: Scene, live_server: str) -> Any:
    def come(page: Page, role: Role = Role.REGISTRY) -> Page:
        at = place.court if role is Role.REGISTRY else place.rimutaka
        who = make.user(role, at, name="Ana Brown")
        enter(page, app, live_server, who)
        page.set_viewport_size(LAPTOP)
        return page

    return come


def block(page: Page, booking: Booking) -> Locator:
    return page.locator(f'[data-reference="{booking.reference}"]')


def line(page: Page, name: str) -> Locator:
    return page.locator(f'[data-name="{name}"]')


def test_a_booking_is_dragged_checked_and_moved(
    page, sign_in, place, booked, other, session, assert_accessible
):
    sign_in(page).goto(f"/court/board?date={TOMORROW}")
    shot(page, "board")
    assert_accessible(page)
    it, there = block(page, booked), line(page, "Courtroom 2")
    start, row = it.bounding_box(), there.bounding_box()
    hour = row["width"] / 9

    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10 + 2 * hour, row["y"] + 10, steps=6)
    page.mouse.up()

    panel = page.get_by_role("status")
    expect(panel).to_contain_text("12:00 pm on Wed 25 Nov 2026, Courtroom 2")
    expect(panel).to_contain_text("It fits")
    expect(there.locator(".avl-block--fits")).to_have_count(1)
    expect(page).to_have_url(f"/court/board?date={TOMORROW}")
    shot(page, "board-dragged")
    assert_accessible(page)
    page.get_by_role("button", name="Check and move").click()
    page.get_by_label("Why is it moved?").fill("The judge asks.")
    page.get_by_role("button", name="Move here").first.click()
    expect(page.get_by_text("is moved to")).to_be_visible()
    session.rollback()
    session.refresh(booked)
    assert booked.starts_at == tomorrow("11:45")


def test_what_was_tried_is_said_within_the_row_even_where_names_are_crowded(
    page, sign_in, place, assert_accessible
):
    short = request_booking(place.request("10:00", minutes=10), by=place.registrar)
    beside = place.request("10:20", place.seat(place.hemi, place.second_suite), minutes=10)
    request_booking(beside, by=place.registrar)
    sign_in(page).goto(f"/court/board?date={TOMORROW}")
    it = block(page, short)
    it.focus()

    page.keyboard.press("ArrowDown")

    expect(page.locator(".avl-block--fits")).to_have_count(1)
    its, says = it.bounding_box(), it.locator(".avl-block__more").bounding_box()
    assert says["y"] + says["height"] <= its["y"] + its["height"]
    assert_accessible(page)


def test_a_clash_is_said_at_once_and_a_free_time_beside_it_is_taken(
    page, sign_in, place, booked, other, assert_accessible
):
    sign_in(page).goto(f"/court/board?date={TOMORROW}")
    it = block(page, booked)
    it.focus()

    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")

    panel = page.get_by_role("status")
    expect(panel).to_contain_text("11:00 am")
    expect(panel).to_contain_text("It clashes")
    expect(panel).to_contain_text(other.reference)
    expect(it).to_be_focused()
    expect(page.locator(".avl-block--offer").first).to_be_visible()
    shot(page, "board-clash")
    assert_accessible(page)
    page.locator("[data-avl-to]").first.click()
    expect(panel).to_contain_text("It fits")
    expect(panel).to_be_focused()


def test_keys_move_check_and_undo(page, sign_in, place, booked, other):
    sign_in(page).goto(f"/court/board?date={TOMORROW}")
    it = block(page, booked)
    it.focus()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(line(page, "Courtroom 2").locator("[data-reference]")).to_have_count(1)
    expect(it).to_be_focused()
    page.keyboard.press("Enter")
    panel = page.get_by_role("status")
    expect(panel).to_contain_text("9:55 am on Wed 25 Nov 2026, Courtroom 2")
    expect(panel).to_be_focused()
    page.keyboard.press("Escape")

    expect(panel).to_be_hidden()
    expect(it).to_be_focused()
    expect(line(page, "Courtroom 1").locator("[data-reference]")).to_have_count(2)
    page.keyboard.press("Enter")  # not moved, it is a link like any other
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Move {booked.reference}")


def test_a_coordinator_drags_to_another_suite_only(
    page, sign_in, place, booked, session, assert_accessible
):
    sign_in(page, Role.AVL_COORDINATOR).goto(f"/prison/RIM/board?date={TOMORROW}")
    shot(page, "prison-board")
    assert_accessible(page)
    it, there = block(page, booked), line(page, "Suite 2")
    start, row = it.bounding_box(), there.bounding_box()

    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 300, row["y"] + 10, steps=6)
    page.mouse.up()

    expect(page.get_by_role("status")).to_contain_text("Suite 2 at 10:00 am")
    assert abs(it.bounding_box()["x"] - start["x"]) < 1
    page.get_by_role("button", name="Check and change suite").click()
    shot(page, "prison-suite")
    assert_accessible(page)
    page.get_by_label("Why is it changed?").fill("The camera is better.")
    page.get_by_role("button", name="Change the suite").click()
    expect(page.get_by_text("has another suite")).to_be_visible()
    session.rollback()
    session.refresh(booked.appearances[0])
    assert booked.appearances[0].suite_id == place.second_suite.id


def test_a_phone_shows_the_list_instead(page, sign_in, place, booked, assert_accessible):
    sign_in(page)
    page.set_viewport_size(PHONE)
    page.goto(f"/court/board?date={TOMORROW}")
    expect(page.locator(".avl-board")).to_be_hidden()
    expect(page.get_by_role("link", name=f"Move {booked.reference}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shot(page, "board-phone")
    assert_accessible(page)


def test_a_coordinators_phone_changes_a_suite_from_the_list(
    page, sign_in, place, booked, assert_accessible
):
    sign_in(page, Role.AVL_COORDINATOR)
    page.set_viewport_size(PHONE)
    page.goto(f"/prison/RIM/board?date={TOMORROW}")
    expect(page.locator(".avl-board")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(page)
    page.get_by_role("link", name=f"Change the suite of {booked.reference}").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Change the suite of")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shot(page, "prison-suite-phone")
    assert_accessible(page)


def test_without_a_script_blocks_are_links_and_no_key_is_promised(
    plain_page, sign_in, place, booked
):
    sign_in(plain_page).goto(f"/court/board?date={TOMORROW}")

    expect(plain_page.locator("[data-avl-board-hint]")).to_be_hidden()
    block(plain_page, booked).click()

    expect(plain_page.get_by_role("heading", level=1)).to_contain_text(f"Move {booked.reference}")


def test_the_ways_out_are_reached_by_keyboard_in_order(
    page, sign_in, place, booked, other, assert_accessible
):
    sign_in(page).goto(f"/court/book/form?person={place.hemi.id}")
    page.get_by_label("Hearing type").select_option("CRB")
    page.get_by_label("Preferred date").fill(TOMORROW)
    page.get_by_label("Preferred start").fill("10:00")
    page.get_by_label("Courtroom", exact=True).select_option(label="Courtroom 1")
    page.get_by_role("button", name="Find times").click()
    expect(page.get_by_role("heading", name="Will no other time do?")).to_be_visible()
    shot(page, "ways")
    assert_accessible(page)

    reached = []
    page.locator("#times").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    first = next(place for place, text in enumerate(reached) if text.startswith("Make room"))
    assert reached[0].startswith("Keep this time")
    assert all(text.startswith("Keep this time") for text in reached[:first])
    assert reached[first + 1].startswith("Take its place")
    page.set_viewport_size(PHONE)
    shot(page, "ways-phone")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Record a direction").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Have Hēmi PARATA brought to court")
    shot(page, "in-person-phone")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

"""A registry officer's whole journey in a real browser: mouse, keyboard alone, and no scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import Booking, db
from tests import make, scene
from tests.browser.looking import enter
from tests.web.registry_desk import newest

AT_TEN = re.compile("10:00 am to 10:30 am")
A_BOOKING = re.compile(r"/court/bookings/AVL-\w+$")


@pytest.fixture
def place(place):
    make.hearing_type("CRS", "Sentencing", typical_minutes=45, pre_minutes=20, post_minutes=10)
    make.matter(place.court, place.tane, place.hemi, number="CRI-2026-096-001234", by=place.mere)
    return place


@pytest.fixture
def officer(place, app, live_server):
    """Signs a page in as an officer of the court's registry."""
    user = make.user(Role.REGISTRY, place.court, name="Ana Brown")

    def sign_in(page: Page) -> Page:
        enter(page, app, live_server, user)
        return page

    return sign_in


def search(page: Page, typed: str) -> None:
    page.goto("/court")
    page.get_by_role("searchbox").fill(typed)
    page.get_by_role("button", name="Find").click()


def find_and_open_form(page: Page, typed: str = "rawiri") -> None:
    search(page, typed)
    page.get_by_role("button", name=re.compile("Book Tāne")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Book an AVL: Tāne RĀWIRI")
    page.wait_for_load_state()


def open_notes(page: Page) -> None:
    page.get_by_text("Interpreter, and notes for").click()


def inputs_shown(page: Page) -> int:
    fields = page.locator("main").locator("input, select, textarea").all()
    return sum(1 for one in fields if one.is_visible())


def first_offer(page: Page):
    return page.get_by_role("button", name=re.compile("Keep this time")).first


def test_the_whole_journey_with_a_mouse(page, officer, assert_accessible):
    officer(page)
    page.goto("/court")
    assert_accessible(page)
    search(page, "rawiri")
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("Book Tāne")).click()
    page.wait_for_load_state()
    assert_accessible(page)

    page.get_by_label("Hearing type").select_option("CRS")
    expect(page.get_by_label("Hearing", exact=True)).to_have_value("45")
    page.get_by_label("Hearing type").select_option("CRB")
    expect(page.get_by_label("Hearing", exact=True)).to_have_value("30")
    page.get_by_label("Preferred date").fill("2026-11-25")
    page.get_by_label("Preferred start").fill("10:00")
    expect(first_offer(page)).to_have_accessible_name(AT_TEN)
    expect(page.locator("#times")).to_contain_text("The time you asked for")
    assert_accessible(page)
    open_notes(page)
    assert_accessible(page)
    page.get_by_label("Notes for the prison").fill("Civilian clothes")
    first_offer(page).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check and book")
    expect(page.locator("main")).to_contain_text("Kept for you until 10:10 am")
    assert_accessible(page)
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url(A_BOOKING)

    booking = newest()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{booking.reference}: Tāne RĀWIRI")
    assert booking.status is Status.REQUESTED
    assert_accessible(page)


def test_a_booking_takes_three_pages_and_ten_inputs(page, officer, place):
    make.matter(place.court, place.aroha, number="CRI-2026-096-005678", by=place.mere)
    officer(page)
    page.goto("/court")
    inputs = page.get_by_role("searchbox").count()
    search(page, "kereama")
    page.get_by_role("button", name=re.compile("^Book ")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Book an AVL")
    page.wait_for_load_state()
    page.get_by_label("Hearing type").select_option("CRB")
    expect(first_offer(page)).to_be_visible()
    inputs += inputs_shown(page)
    first_offer(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and book")
    inputs += inputs_shown(page)
    page.get_by_role("button", name="Book", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(newest().reference)
    assert inputs <= 10


def test_times_that_could_not_be_checked_again_say_so_until_they_are(page, officer):
    # A tab of its own: what htmx writes about a failure to the console is no fault here.
    tab = officer(page).context.new_page()
    find_and_open_form(tab)
    tab.get_by_label("Hearing type").select_option("CRB")
    expect(first_offer(tab)).to_be_visible()
    out_of_date = tab.locator("#times").get_by_text("could not be brought up to date")

    tab.route("**/times", lambda route: route.fulfill(status=503))
    tab.get_by_label("Preferred date").fill("2026-11-25")
    tab.get_by_label("Preferred start").fill("10:00")
    expect(out_of_date).to_be_visible()
    tab.unroute("**/times")
    tab.get_by_label("Preferred start").fill("14:00")
    tab.get_by_label("Preferred start").blur()

    expect(out_of_date).to_have_count(0)
    expect(tab.locator("#times")).to_contain_text("The time you asked for")


def test_the_rest_of_a_bookings_life(page, officer, place, assert_accessible):
    officer(page)
    made = make.booking(
        place.tane,
        at_court=place.court,
        suites=[place.suite],
        hearing=make.during("10:00", "10:30", on=scene.TOMORROW),
        by=place.mere,
    )
    page.goto(f"/court/bookings/{made.reference}")

    page.get_by_role("button", name="Move").click()
    page.wait_for_load_state()
    page.get_by_label("Preferred start").fill("14:00")
    expect(page.locator("#times")).to_contain_text("The time you asked for")
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("Move here")).first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Say why the booking is moved.")
    assert_accessible(page)
    page.get_by_label("Why is it moved?").fill("Judge unwell")
    page.get_by_role("button", name=re.compile("Move here")).first.click()
    expect(page.get_by_role("alert")).to_contain_text("is moved to Wed 25 Nov 2026, 2:00 pm")

    page.get_by_role("button", name="Change notes or counsel").click()
    assert_accessible(page)
    page.get_by_label("Notes for court staff only").fill("Judge Aru")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Judge Aru")

    page.get_by_role("link", name="Print").click()
    assert_accessible(page)
    page.go_back()
    page.get_by_role("link", name="Record a direction").click()
    assert_accessible(page)
    page.get_by_role("button", name="Record the direction").click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose AVL or in person.")
    assert_accessible(page)
    page.get_by_role("link", name="Record nothing").click()
    page.get_by_role("button", name="Cancel").click()
    assert_accessible(page)
    page.get_by_label("Why is it cancelled?").fill("Pleaded early")
    page.get_by_role("button", name="Cancel the booking").click()
    expect(page.get_by_role("button", name="Book again")).to_be_visible()
    assert_accessible(page)
    assert newest().status is Status.CANCELLED


def test_the_whole_journey_without_scripts(plain_page, officer):
    page = officer(plain_page)
    find_and_open_form(page)
    page.get_by_label("Hearing type").select_option("CRS")
    page.get_by_label("Preferred date").fill("2026-11-25")
    page.get_by_label("Preferred start").fill("10:00")
    open_notes(page)
    page.get_by_label("Notes for court staff only").fill("Judge Wills")
    page.get_by_role("button", name="Find times").click()

    expect(page.get_by_label("Hearing", exact=True)).to_have_value("45")
    expect(page.locator("#times")).to_contain_text("The time you asked for")
    first_offer(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and book")

    page.go_back()
    expect(page.get_by_label("Notes for court staff only")).to_have_value("Judge Wills")
    page.get_by_role("link", name="Check and book it").click()
    page.get_by_role("button", name="Book", exact=True).click()
    page.wait_for_url(A_BOOKING)

    assert [booking.status for booking in db.session.query(Booking)] == [Status.REQUESTED]


def test_the_whole_journey_with_the_keyboard_alone(page, officer):
    officer(page)
    page.goto("/court")
    keys = page.keyboard

    keys.press("/")
    keys.type("RAWIRI")
    keys.press("Enter")
    page.wait_for_url("**/court/book?*")
    tab_to(page, re.compile("^Book Tāne"))
    keys.press("Enter")
    page.wait_for_url("**/court/book/form*")
    tab_to(page, re.compile("^Hearing type"))
    keys.type("Bail")
    tab_to(page, re.compile("^Preferred date"))
    page.get_by_label("Preferred date").fill("2026-11-25")  # typed order differs by locale
    expect(page.locator("#times")).to_contain_text("On the day you asked for")
    tab_to(page, re.compile("^Find times"))
    keys.press("Enter")
    page.wait_for_url("**key=*#times")
    tab_to(page, re.compile("^Keep this time"))
    keys.press("Enter")
    page.wait_for_url("**/check")
    tab_to(page, re.compile("^Book$"))
    keys.press("Enter")
    page.wait_for_url(A_BOOKING)

    assert newest().status is Status.REQUESTED


def test_the_back_button_and_a_double_click_make_one_booking(page, officer):
    officer(page)
    find_and_open_form(page)
    page.get_by_label("Hearing type").select_option("CRB")
    first_offer(page).dblclick()
    page.wait_for_url("**/check")
    page.get_by_role("button", name="Book", exact=True).dblclick()
    page.wait_for_url(A_BOOKING)
    page.go_back()
    page.go_back()
    page.go_forward()

    assert [booking.status for booking in db.session.query(Booking)] == [Status.REQUESTED]
    assert scene.overlaps() == 0


def test_the_browsers_own_back_finds_what_was_typed(page, officer):
    officer(page)
    find_and_open_form(page)
    page.get_by_label("Hearing type").select_option("CRB")
    open_notes(page)
    page.get_by_label("Notes for court staff only").fill("Judge Wills")
    first_offer(page).click()
    page.wait_for_url("**/check")

    page.go_back()

    expect(page.get_by_label("Notes for court staff only")).to_have_value("Judge Wills")


def test_lists_are_accessible_and_fit_the_screen(page, officer, place, assert_accessible):
    officer(page)
    for number in range(6):
        make.booking(
            make.person(f"Rāwiri-Parata{number}", "Tāne Hēmi", held_at=place.rimutaka),
            at_court=place.court,
            room=make.courtroom(place.court),
            suites=[make.suite(place.rimutaka)],
            kind=make.hearing_type("LONG", "First appearance in Corrections custody (no lawyer)"),
            by=place.mere,
            status=Status.REQUESTED if number % 2 else Status.CONFIRMED,
            hearing=make.during("15:00", "15:30"),
        )
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("/court", "/court/today", "/court/week", "/court/requests"):
            page.goto(address)
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_laptop_shows_25_links_without_scrolling(page, officer, place):
    officer(page)
    for _ in range(25):
        make.booking(
            at_court=place.court,
            room=make.courtroom(place.court),
            suites=[make.suite(place.rimutaka)],
            by=place.mere,
        )
    page.set_viewport_size({"width": 1280, "height": 800})

    page.goto("/court/today")

    last = page.locator("tbody tr").nth(24).bounding_box()
    assert last["y"] + last["height"] <= 800


def tab_to(page: Page, name: re.Pattern[str], most: int = 60) -> None:
    """Press Tab until what has the focus has this name: everything is reached that way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(
            """() => {
              const at = document.activeElement;
              const label = at.labels && at.labels[0];
              return (at.ariaLabel || (label || at).textContent || "").trim();
            }"""
        )
        if name.search(said):
            return
    raise AssertionError(f"Tab never reaches {name.pattern}")

"""The records' pages in a real browser: reachable, accessible, and whole on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from avl.domain.access import Role
from tests import make
from tests.browser.looking import enter, shot

Check = Callable[[Page], None]

WIDTHS = (1280, 390)


@dataclass
class Scene:
    """Somebody in custody with a matter and bookings, at one court and one prison."""

    app: Flask
    address: str
    court: Any
    prison: Any
    other: Any
    person: Any
    matter: Any
    counsel: Any
    booking: Any

    def sign_in(self, page: Page, *grants: tuple[Role, Any]) -> None:
        """Sign a browser in as somebody with these roles."""
        who = make.user()
        for role, place in grants:
            make.grant(who, role, place)
        enter(page, self.app, self.address, who)

    def registry(self, page: Page) -> None:
        """Sign in at the court."""
        self.sign_in(page, (Role.REGISTRY, self.court))

    def coordinator(self, page: Page) -> None:
        """Sign in at the prison."""
        self.sign_in(page, (Role.AVL_COORDINATOR, self.prison))


@pytest.fixture
def scene(app, session, clock, live_server):
    court = make.court("HUTDC", name="Hutt Valley District Court", short_name="Hutt Valley")
    prison = make.prison("RIMP", name="Rimutaka Prison", short_name="Rimutaka", suites=2)
    other = make.prison("AROH", name="Arohata Prison", short_name="Arohata")
    person = make.person(
        "Ngāta-White", "Tama", held_at=prison, prn="90012345", interpreter_language="Samoan"
    )
    with_them = make.person("Pōhatu", "Hēmi", held_at=prison, prn="90012346")
    counsel = make.counsel("Māia Tuhoe", firm="Te Ao Chambers", email="maia@teao.nz")
    make.counsel("Rewi Hohepa", mobile="+64275550199", mobile_is_bad=True)
    matter = make.matter(court, person, with_them, by=counsel, number="CRI-2026-096-001234")
    booking = make.booking(
        person,
        at_court=court,
        at_prison=prison,
        by=counsel,
        matter=matter,
        hearing=make.during("10:00", "10:30", on="2026-12-02"),
    )
    return Scene(app, live_server, court, prison, other, person, matter, counsel, booking)


def look(page: Page, name: str, assert_accessible: Check) -> None:
    """Check the page at both widths; nothing may stick out of a phone."""
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert_accessible(page)
        shot(page, f"{name}-{width}")


REGISTRY_PAGES = {
    "people": "/records/people",
    "people-found": "/records/people?q=ngata",
    "people-nobody": "/records/people?q=Zealand",
    "new-person": "/records/people/new",
    "person": "/records/people/{person}",
    "new-matter": "/records/people/{person}/matters/new",
    "counsel-of-record": "/records/matters/{matter}/people/{person}",
    "counsel": "/records/counsel",
    "counsel-nobody": "/records/counsel?q=Zealand",
    "new-counsel": "/records/counsel/new",
    "edit-counsel": "/records/counsel/{counsel}",
    "find-nobody": "/court/book?q=Zealand",
}


@pytest.mark.parametrize("name", REGISTRY_PAGES)
def test_registrys_records_are_accessible(page, scene, assert_accessible, name):
    scene.registry(page)
    ids = {"person": scene.person.id, "matter": scene.matter.id, "counsel": scene.counsel.id}

    answer = page.goto(REGISTRY_PAGES[name].format(**ids))

    assert answer.status == 200
    look(page, name, assert_accessible)


def test_a_long_address_stays_inside_counsels_card_on_a_phone(page, scene):
    make.counsel("Ani Te Wiata", email="ani.te.wiata@tewiataanddaughtersbarristers.example.nz")
    scene.registry(page)
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto("/records/counsel")

    # The frame around the table would scroll, so that the page is no wider for it.
    expect(page.get_by_text("ani.te.wiata@")).to_be_visible()
    sticks_out = "frame => frame.scrollWidth > frame.clientWidth"
    assert not page.locator(".avl-scroll").evaluate(sticks_out)


def test_registry_adds_a_person_and_a_matter_with_the_keyboard(page, scene, assert_accessible):
    scene.registry(page)
    page.goto("/court/book?q=Mere+Zealand")
    page.get_by_role("link", name="Add this person").click()

    page.get_by_role("button", name="Add this person").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter the PRN")
    look(page, "new-person-refused", assert_accessible)
    page.get_by_label("PRN").fill("rx 900123")
    page.get_by_label("Place").select_option(label="Rimutaka Prison")
    page.get_by_label("PRN").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mere ZEALAND")

    page.get_by_role("link", name="Add a matter").first.click()
    page.get_by_label("Matter number").fill("CRI 2026 96 1234")
    page.get_by_label("Counsel of record").fill("maia tuhoe")
    page.get_by_label("Matter number").press("Enter")
    expect(page.get_by_text("Put Mere ZEALAND on it as well?")).to_be_visible()
    look(page, "matter-recorded-already", assert_accessible)
    page.get_by_role("button", name="Yes, put them on this matter").click()

    expect(page.get_by_role("heading", name="CRI-2026-096-001234")).to_be_visible()
    expect(page.get_by_text("Counsel of record: Māia Tuhoe.")).to_be_visible()


def test_coordinator_records_a_transfer_without_scripts(plain_page, scene):
    scene.coordinator(plain_page)
    plain_page.goto(f"/records/people/{scene.person.id}")
    plain_page.get_by_role("button", name="Record a transfer").click()

    plain_page.get_by_label("Where they go").select_option(label="Arohata Prison")
    plain_page.get_by_label("Date").fill("2026-12-01")
    plain_page.get_by_label("Time").fill("09:00")
    plain_page.get_by_role("button", name="Record a transfer").click()

    shown = plain_page.locator("main")
    expect(shown).to_contain_text("affects 1 booking.")
    plain_page.get_by_role("button", name="Record a transfer").click()

    expect(shown).to_contain_text("1 booking needs a way out: see the worklist.")
    expect(shown).to_contain_text("Booked where this person will not be")


def test_every_label_of_a_records_form_is_bold(page, scene):
    scene.coordinator(page)
    address = f"/records/people/{scene.person.id}"
    for path in ("/records/people/new", f"{address}/transfer", f"{address}/change"):
        page.goto(path)
        labels = page.locator("main form label.govuk-label")

        weights = labels.evaluate_all(
            "all => all.map(one => [one.innerText, getComputedStyle(one).fontWeight])"
        )

        assert len(weights) >= 3, path
        assert [text for text, weight in weights if weight != "700"] == [], path


def test_coordinators_records_are_accessible(page, scene, assert_accessible):
    scene.coordinator(page)
    address = f"/records/people/{scene.person.id}"
    for what in ("transfer", "release"):
        page.goto(f"{address}/{what}")
        look(page, what, assert_accessible)

    page.goto(f"{address}/transfer")
    page.get_by_label("Where they go").select_option(label="Arohata Prison")
    page.get_by_role("button", name="Record a transfer").click()
    look(page, "transfer-ahead", assert_accessible)
    page.get_by_role("button", name="Record a transfer").click()
    look(page, "person-misplaced", assert_accessible)

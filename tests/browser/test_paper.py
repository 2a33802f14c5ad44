"""What comes out of the printer, sheet by sheet: pinned to a wall, carried into a courtroom.

The browser prints each page to PDF, and what is asserted is read from there; sizes and lines are
measured in the page as it is set for paper.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from pypdf import PdfReader

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import Booking, Counsel, Person, Site
from tests import make
from tests.browser.looking import enter, shot
from tests.conftest import Clock

PRINTED = "Printed Tue 24 Nov 2026, 10:00 am"
ACROSS = {"width": 1032, "height": 680}
"""What the margins leave of A4 on its side, in CSS pixels."""

OTHER_PAPER = """rule => {
  const [sheet] = document.styleSheets;
  sheet.insertRule(rule, sheet.cssRules.length);
}"""


@dataclass
class Office:
    """A court and a prison with a full day between them, and somebody to print its pages."""

    app: Flask
    address: str
    page: Page
    court: Site
    prison: Site
    lawyer: Counsel
    free: Iterator[tuple[int, Any]]
    booked: list[tuple[Person, Booking]]

    def book(self, **more: Any) -> Booking:
        """One booking more, in the next free suite and courtroom of the day."""
        n, start = next(self.free)
        person = make.person("Featherstone", "Maximilian", held_at=self.prison)
        booking = make.booking(
            person,
            suites=[make.rooms(self.prison, "suite")[n]],
            room=make.rooms(self.court, "courtroom")[n],
            hearing=make.span(start + timedelta(minutes=10), 10),
            pre_minutes=10,
            post_minutes=5,
            by=self.lawyer,
            **more,
        )
        self.booked.append((person, booking))
        return booking

    def sign_in(self, role: Role) -> None:
        place = {Role.COUNSEL: None, Role.REGISTRY: self.court}.get(role, self.prison)
        lawyer = {"counsel_id": self.lawyer.id} if role is Role.COUNSEL else {}
        enter(self.page, self.app, self.address, make.user(role, place, name="Ana Brown", **lawyer))

    def sheets(self, path: str, role: Role, height: int = 0) -> list[str]:
        """The words of each sheet, in their order, as somebody of this role prints the page.

        ``height``: of the paper in millimetres, where it is not A4.
        """
        self.sign_in(role)
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        if height:
            self.page.evaluate(OTHER_PAPER, f"@page {{ size: 210mm {height}mm }}")
        pdf = PdfReader(io.BytesIO(self.page.pdf(prefer_css_page_size=True)))
        # A font may draw two letters as one, "ﬁ", and the PDF then keeps it so.
        return [
            " ".join(unicodedata.normalize("NFKC", sheet.extract_text()).split())
            for sheet in pdf.pages
        ]

    def set_for_paper(self, path: str, role: Role) -> None:
        self.sign_in(role)
        self.page.set_viewport_size(ACROSS)  # type: ignore[arg-type]
        self.page.goto(path)
        self.page.emulate_media(media="print")


@pytest.fixture
def office(app: Flask, session: Any, clock: Clock, live_server: str, page: Page) -> Office:
    prison = make.prison("RIMP", short_name="Rimutaka", suites=6)
    court = make.court("HUTDC", name="Hutt Valley District Court", short_name="Hutt Valley")
    for n in range(2, 7):
        make.courtroom(court, f"Courtroom {n}")
    first = make.at("10:30")
    free = ((n % 6, first + timedelta(minutes=30 * (n // 6))) for n in range(60))
    return Office(app, live_server, page, court, prison, make.counsel(), free, [])


@pytest.fixture
def full(office: Office) -> Office:
    """Thirty bookings: more than any sheet holds. One is new to whoever printed this morning."""
    for _ in range(29):
        office.book(prison_notes="Civilian clothes, please.")
    office.book(made_at=make.at("09:30"), status=Status.REQUESTED, expires_at=make.at("10:15"))
    return office


DAY = "Tue 24 Nov 2026"
PAGES = [
    (Role.PRISON_OFFICER, "/prison/RIMP/run-sheet/2026-11-24", f"Rimutaka, {DAY}: run sheet"),
    (Role.PRISON_OFFICER, "/prison/RIMP/movements/2026-11-24", f"Rimutaka, {DAY}: movements"),
    (Role.PRISON_OFFICER, "/prison/RIMP/day/2026-11-24", f"Rimutaka, {DAY}: by suite"),
    (Role.PRISON_OFFICER, "/prison/RIMP/week/2026-11-24", "Rimutaka, week of Mon 23 Nov 2026"),
    (Role.REGISTRY, "/court/today", f"Hutt Valley, {DAY}: court list"),
    (
        Role.REGISTRY,
        "/court/week",
        "Hutt Valley, Mon 23 Nov 2026 to Sun 29 Nov 2026: court list",
    ),
    (Role.COUNSEL, "/counsel", "Next appearances of Ana Brown"),
]


@pytest.mark.parametrize(("role", "path", "name"), PAGES)
def test_every_sheet_says_what_it_is_which_page_and_when_it_was_printed(
    full: Office, role: Role, path: str, name: str
) -> None:
    sheets = full.sheets(path, role)

    assert len(sheets) > 1
    for number, words in enumerate(sheets, 1):
        assert words.count(name) == 1, words
        assert words.count(PRINTED) == 1, words
        assert f"Page {number} of {len(sheets)}" in words
        # No sheet is empty but for its heading.
        assert "FEATHERSTONE" in words


HEADS = [
    (Role.PRISON_OFFICER, "/prison/RIMP/run-sheet/2026-11-24", "Fetch at Who To In the suite"),
    (Role.PRISON_OFFICER, "/prison/RIMP/movements/2026-11-24", "At Who From and to"),
    (Role.REGISTRY, "/court/today", "Hearing Conf. Person From State"),
    (Role.COUNSEL, "/counsel", "Conference Hearing Client Court"),
]


@pytest.mark.parametrize(("role", "path", "head"), HEADS)
def test_columns_are_named_on_every_sheet(full: Office, role: Role, path: str, head: str) -> None:
    assert {words.count(head) for words in full.sheets(path, role)} == {1}


def test_no_row_of_a_run_sheet_is_broken_across_sheets(office: Office) -> None:
    for _ in range(12):
        office.book(prison_notes="Civilian clothes, please, and the glasses. " * 7)

    sheets = office.sheets("/prison/RIMP/run-sheet/2026-11-24", Role.PRISON_OFFICER)

    # The number stands at the top of a row, the reference below the notes.
    assert len(sheets) > 1
    for person, booking in office.booked:
        (words,) = (words for words in sheets if booking.reference in words)
        assert words.count(f"PRN {person.prn}") == 1


def test_a_half_hour_is_not_named_at_the_foot_of_a_sheet(full: Office) -> None:
    path = "/prison/RIMP/movements/2026-11-24"
    # One of these heights ends just below the name of a half hour.
    for height in range(120, 204, 6):
        for words in full.sheets(path, Role.PRISON_OFFICER, height):
            assert "FEATHERSTONE" in words[words.rindex("movements") :], height


def test_a_row_of_a_week_says_its_day(full: Office) -> None:
    sheets = full.sheets("/court/week", Role.REGISTRY)

    for words in sheets:
        assert words.count("AVL-") <= words.count(DAY) - 1  # one is of the printing


@pytest.mark.parametrize("path", ["/court/today", "/court/week"])
def test_a_short_court_list_is_one_sheet(office: Office, path: str) -> None:
    office.book()

    (words,) = office.sheets(path, Role.REGISTRY)

    assert "FEATHERSTONE" in words


def test_a_prisons_quiet_week_is_one_sheet(office: Office) -> None:
    office.book()

    (words,) = office.sheets("/prison/RIMP/week/2026-11-24", Role.PRISON_OFFICER)

    assert "FEATHERSTONE" in words


def test_a_narrowed_list_says_so_on_paper(office: Office) -> None:
    office.book(status=Status.REQUESTED)
    office.book()

    (words,) = office.sheets("/court/today?status=requested&q=feather", Role.REGISTRY)

    assert "Only Requested and “feather”." in words
    assert "1 booking fits the filters." in words


def test_a_matters_number_stands_on_one_line(office: Office) -> None:
    person = make.person("Featherstonehaugh-Wriothesley", "Maximilian", held_at=office.prison)
    matter = make.matter(office.court, person, number="CRI-2026-096-001234")
    booking = make.booking(person, at_court=office.court, at_prison=office.prison, matter=matter)

    (words,) = office.sheets(f"/court/bookings/{booking.reference}/print", Role.REGISTRY)

    assert f"{booking.reference}, {DAY}, Hutt Valley District Court {PRINTED}" in words
    assert "CRI-2026-096-001234" in words


LARGER_THAN_ITS_ROW = """marks => marks
  .map(mark => [mark.innerText, ...[mark, mark.parentElement].map(one =>
    parseFloat(getComputedStyle(one).fontSize))])
  .filter(([text, own, around]) => own > around)"""


@pytest.mark.parametrize(("role", "path", "name"), PAGES)
def test_marks_are_no_larger_than_their_row_and_nothing_is_coloured(
    full: Office, role: Role, path: str, name: str
) -> None:
    full.set_for_paper(path, role)

    marks = full.page.locator(".avl-state:visible")
    if "movements" not in path:
        assert marks.count() > 0
    assert marks.evaluate_all(LARGER_THAN_ITS_ROW) == []
    inks = full.page.locator("main *:visible").evaluate_all(
        "all => [...new Set(all.map(one => getComputedStyle(one).color))]"
    )
    assert inks == ["rgb(0, 0, 0)"]
    shot(full.page, f"paper-{path.split('/')[-2]}-{path.split('/')[-1]}")


LINES = """cells => cells.map(cell => Math.round(
  cell.getBoundingClientRect().height / parseFloat(getComputedStyle(cell).lineHeight)))"""


def test_times_of_a_run_sheet_stand_on_one_line(full: Office) -> None:
    full.set_for_paper("/prison/RIMP/run-sheet/2026-11-24", Role.PRISON_OFFICER)

    cells = {
        column: full.page.locator(f".avl-run-sheet tbody td:nth-child({column}) div")
        for column in (4, 5)
    }
    lines = {column: set(found.evaluate_all(LINES)) for column, found in cells.items()}

    # In the suite: from when to when, below it the words for the conferences, and on a line of its
    # In the suite: from when to when, and below it until and from when with counsel. Then the
    # hearing.
    assert lines == {4: {2}, 5: {1}}
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not full.page.evaluate(too_wide)

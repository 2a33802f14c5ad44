"""The worklist as people use it: few clicks, keyboard and screen reader, phone too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.domain.access import Role
from avl.domain.disruption import Cause
from avl.domain.interval import Interval
from avl.models import Booking, Disruption, ModeLayer, ModeRule, Resource, ResourceKind
from tests import make
from tests.browser.looking import shot, sign_in
from tests.conftest import Clock
from tests.scene import TOMORROW


def half_an_hour(number: int, starts: datetime, *, suite: Resource, **more: Any) -> Booking:
    """A booking of somebody else for each number, in this suite."""
    return make.booking(
        make.person(f"Person {number}", held_at=suite.site),
        suites=[suite],
        hearing=Interval(starts, starts + timedelta(minutes=30)),
        **more,
    )


def test_everything_is_settled_in_under_five_clicks(
    app: Flask,
    session: Any,
    clock: Clock,
    page: Page,
    live_server: str,
    assert_accessible: Callable[[Page], None],
) -> None:
    prison, court = make.prison("RIM", suites=6), make.court("HVDC", courtrooms=6)
    suites = make.rooms(prison, ResourceKind.SUITE)
    for number in range(12):
        half_an_hour(
            number,
            make.at(f"{9 + number // 3:02}:00", on=TOMORROW),
            at_court=court,
            room=make.rooms(court, ResourceKind.COURTROOM)[number % 3],
            suite=suites[number % 3],
        )
    coordinator = make.actor(Role.AVL_COORDINATOR, prison)
    day = {"start": make.at("08:00", on=TOMORROW), "end": make.at("17:00", on=TOMORROW)}
    for suite in suites[:2]:
        record_outage(suite.id, **day, reason="no picture", by=coordinator)
    work_out_ways()
    sign_in(page, app, live_server, (Role.AVL_COORDINATOR, prison))

    page.goto("/prison")
    page.get_by_role("link", name="8 bookings no longer stand").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your sites: 8 bookings need a way out"
    )
    assert_accessible(page)
    shot(page, "worklist")
    page.get_by_role("button", name="Accept all 8 ways out").click()

    expect(page.get_by_text("8 bookings are dealt with.")).to_be_visible()
    assert_accessible(page)
    session.rollback()
    assert session.scalars(select(Disruption).where(Disruption.resolved_at.is_(None))).all() == []


def test_an_outage_is_recorded_with_its_preview(
    app: Flask,
    session: Any,
    clock: Clock,
    page: Page,
    live_server: str,
    assert_accessible: Callable[[Page], None],
) -> None:
    prison, court = make.prison("RIM", suites=2), make.court("HVDC")
    make.booking(
        make.person(held_at=prison),
        at_court=court,
        at_prison=prison,
        hearing=make.during("10:00", "10:30", on=TOMORROW),
    )
    sign_in(page, app, live_server, (Role.AVL_COORDINATOR, prison))

    page.goto("/worklist/outage")
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("from", "until"):
        on, at = (page.locator(f"#{name}_{part}").bounding_box() for part in ("date", "time"))
        assert on
        assert at
        assert on["y"] == at["y"], f"{name}: its time stands under its date"
        assert at["x"] + at["width"] <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    assert_accessible(page)
    page.get_by_label("Which room?").select_option("Suite 1")
    page.locator("#from_date").fill("25 Nov 2026")
    page.get_by_label("Why?").fill("no picture")
    page.get_by_role("button", name="See what this affects").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("affects 1 booking.")
    assert_accessible(page)
    shot(page, "outage")
    page.get_by_role("button", name="Take it out of use").click()
    expect(page.get_by_text("1 booking needs a way out.")).to_be_visible()
    shot(page, "after")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "phone")
    page.goto("/worklist/closure")
    assert_accessible(page)
    shot(page, "closure")


def test_a_rule_that_changed_offers_a_direction_or_keeping_the_length(
    app: Flask,
    session: Any,
    clock: Clock,
    page: Page,
    live_server: str,
    assert_accessible: Callable[[Page], None],
) -> None:
    prison, court = make.prison("RIM", suites=2), make.court("HVDC", courtrooms=2)
    said = {
        Cause.LENGTH: "The hearing has 30 minutes; the usual for “Bail application” is now 45.",
        Cause.MODE: "Bail application on Wed 25 Nov 2026: how somebody appears has changed."
        " In person, by the court's protocol: bail is in person here.",
    }
    for number, (cause, sentence) in enumerate(said.items()):
        booking = half_an_hour(
            number,
            make.at(f"1{number}:00", on=TOMORROW),
            at_court=court,
            suite=make.rooms(prison, ResourceKind.SUITE)[number],
        )
        booking.hearing_type.typical_minutes = 45
        row = Disruption(
            booking_id=booking.id,
            court_id=court.id,
            site_id=court.id,
            cause=cause,
            sentence=sentence,
            opened_at=booking.updated_at,
            due_at=booking.starts_at,
        )
        session.add(row)
        session.commit()
    session.add(
        ModeRule(
            code="LOCAL-2",
            layer=ModeLayer.PROTOCOL,
            court_id=court.id,
            mode="in_person",
            from_on=date(2026, 11, 25),
            sentence="bail is in person here.",
        )
    )
    session.commit()
    work_out_ways()
    sign_in(page, app, live_server, (Role.REGISTRY, court))

    page.goto(f"{live_server}/worklist")
    expect(page.get_by_text("Cancel it and bring the person to court")).to_have_count(1)
    expect(page.get_by_role("link", name="Keep AVL by a direction")).to_have_count(1)
    page.get_by_text("Keep as it is").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why the booking keeps its length.")
    assert_accessible(page)
    shot(page, "worklist-rules")
    page.set_viewport_size({"width": 390, "height": 900})
    shot(page, "worklist-rules-390")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_accessible(page)
    page.get_by_label("Why this length is enough").fill("Counsel agrees.")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("stays as it is.")).to_be_visible()

"""Planning a day in a real browser; tests/web tries it without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from avl.commands.sittings import SittingTerms, add_sitting
from avl.domain.access import Role
from avl.jobs.plan_days import plan_days
from avl.models import Outage, db
from tests import make
from tests.browser.looking import enter, shot
from tests.browser.test_plans_pages import PHONE, crowded  # noqa: F401  (a fixture)
from tests.commands.test_day_plans import quick, shift, wait  # noqa: F401  (a fixture)
from tests.scene import TOMORROW, tomorrow


def test_a_day_is_planned_watched_and_applied(
    app,
    page,
    place,
    live_server,
    crowded,  # noqa: F811
    quick,  # noqa: F811
    assert_accessible,
):
    who = make.user(Role.REGISTRY, place.court, name="Ana Brown")
    enter(page, app, live_server, who)
    wait(place, counsel=place.john.id)
    db.session.add(
        Outage(resource_id=place.second_courtroom.id, starts_at=tomorrow("09:00"), reason="flooded")
    )
    db.session.commit()
    terms = SittingTerms(tomorrow("09:00"), tomorrow("17:00"), officer="Judge Tui")
    add_sitting(place.courtroom.id, terms, by=place.registrar)
    page.goto(f"/court/today?on={TOMORROW}")
    page.get_by_role("link", name="Plan this day").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan a day at Hutt Valley")
    expect(page.get_by_label("The whole court day")).to_be_checked()
    page.get_by_label("Courtroom 1, 9:00 am to 5:00 pm, Judge Tui").check()
    shot(page, "day-form")
    assert_accessible(page)
    page.get_by_label("Everything that may still be moved").check()
    page.get_by_role("button", name="Plan the day").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    shot(page, "day-progress")
    assert_accessible(page)

    assert plan_days(shift()) == 1

    expect(page.get_by_role("button", name="Apply the plan")).to_be_visible()
    shot(page, "day-plan")
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    shot(page, "day-plan-phone")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Apply the plan").press("Enter")
    expect(page.get_by_text("The planned list stands.")).to_be_visible()

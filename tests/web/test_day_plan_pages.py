"""Plan a day through the pages, without JavaScript."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking
from avl.commands.sittings import SittingTerms, add_sitting
from avl.commands.waitlist import ask_to_wait
from avl.domain.access import Role
from avl.jobs.plan_days import plan_days
from avl.models import Booking, Outage, Plan, db
from avl.queries.waiting import WaitRequest
from avl.web.frame import unbroken
from tests import make
from tests.commands.test_day_plans import quick, shift  # noqa: F401  (a fixture)
from tests.counting import statements
from tests.scene import TOMORROW, overlaps, tomorrow
from tests.web.registry_desk import press

ON = date.fromisoformat(TOMORROW)


@pytest.fixture
def taken(place):
    """Hēmi's courtroom is flooded, and Tāne waits for the same hour."""
    booking = request_booking(place.request("10:00", place.seat(place.hemi)), by=place.registrar)
    db.session.add(
        Outage(
            resource_id=place.courtroom.id,
            starts_at=tomorrow("09:00"),
            ends_at=tomorrow("12:00"),
            reason="flooded",
        )
    )
    db.session.commit()
    ask_to_wait(
        WaitRequest(place.room(courtrooms=()), ON, ON),
        deadline_at=tomorrow("08:00"),
        by=place.registrar,
    )
    return booking


def ask(officer, **more):
    page = officer.get(f"/plans/day?on={TOMORROW}").text
    fields = {"on": TOMORROW, "movable": "all", "seconds": "5"} | more
    return press(officer, page, "/plans/day", **fields)


@pytest.mark.parametrize(
    ("now", "on"),
    [(("10:00", "2026-11-24"), "2026-11-24"), (("17:00", "2026-11-24"), "2026-11-25")],
    ids=["in the morning", "an hour before it closes"],
)
def test_planning_starts_at_a_day_of_which_something_is_left(client, place, clock, now, on):
    clock.set(make.at(now[0], on=now[1]))
    officer = make.sign_in(client, make.user(Role.REGISTRY, place.court, name="Ana Brown"))

    assert f'type="date" value="{on}"' in officer.get("/plans/day").text


def test_day_list_leads_to_planning_it(officer, taken):
    page = officer.get(f"/court/today?on={TOMORROW}").text

    assert f'href="/plans/day?on={TOMORROW}"' in page


@pytest.mark.parametrize("on", ["2026-11-25", "tomorrow", "Wed 25 Nov"])
def test_the_day_asked_for_stands_in_the_field(officer, on):
    assert 'value="2026-11-25"' in officer.get("/plans/day", query_string={"on": on}).text


def test_plan_is_watched_compared_and_applied(officer, taken, place, quick):  # noqa: F811
    answer = ask(officer)
    assert answer.status_code == 303
    waiting = officer.get(answer.location).text
    assert "It waits for a worker: a few seconds as a rule" in waiting
    assert '<meta http-equiv="refresh" content="3">' in waiting

    assert plan_days(shift()) == 1
    page = officer.get(answer.location).text

    assert "1 new, 1 moved, 0 as they stand, 0 without a place." in page
    assert "Waits for a time" in page
    assert "Rimutaka is asked to agree." in page
    done = press(officer, page, f"{answer.location}/apply")
    assert done.status_code == 303
    assert "The planned list stands." in officer.get(done.location).text
    assert overlaps() == 0
    moved = db.session.scalars(select(Booking).where(Booking.id == taken.id)).one()
    assert moved.appearances[0].courtroom_id == place.second_courtroom.id
    assert "Applied." in officer.get(answer.location).text


def test_whoever_left_a_plan_finds_it_again_until_it_is_decided(officer, taken, quick):  # noqa: F811
    def said():
        page = officer.get("/plans/day").text
        return re.findall(rf'href="{address}">(.*?)</a>: (.*?), asked for by (.*?) at', page)

    address = ask(officer).location
    assert said() == [("Wed 25 Nov 2026", "being made", "Ana Brown")]

    plan_days(shift())
    assert said() == [("Wed 25 Nov 2026", "ready to compare and apply", "Ana Brown")]

    page = officer.get(address).text
    press(officer, page, f"{address}/discard")
    assert said() == []


def test_progress_part_is_the_bar_and_then_the_whole_page(officer, taken, quick):  # noqa: F811
    address = ask(officer).location
    htmx = {"HX-Request": "true"}

    part = officer.get(address, headers=htmx)
    plan_days(shift())
    after = officer.get(address, headers=htmx)

    assert "<progress" in part.text
    assert "<h1" not in part.text
    assert after.headers["HX-Refresh"] == "true"


def test_stopped_plan_takes_the_best_so_far(officer, taken, quick):  # noqa: F811
    address = ask(officer).location
    page = officer.get(address).text

    press(officer, page, f"{address}/stop")
    assert "it is being stopped" in officer.get(address).text
    plan_days(shift())

    assert "Apply the plan" in officer.get(address).text


def test_stale_plan_says_what_changed_and_is_made_again(
    officer,
    taken,
    place,
    quick,  # noqa: F811
):
    address = ask(officer).location
    plan_days(shift())
    page = officer.get(address).text
    amend_booking(taken.reference, by=place.registrar, staff_notes="new")

    answer = press(officer, page, f"{address}/apply")

    assert answer.location != address
    fresh = officer.get(answer.location).text
    assert unbroken(f"Nothing was changed. {taken.reference} was changed meanwhile.") in fresh
    assert "can no longer be applied" in officer.get(address).text
    press(officer, fresh, f"{address}/apply")  # the same page, open in another tab
    assert "can no longer be applied. Plan the day again." in officer.get(address).text


def test_plan_is_put_aside(officer, taken, quick):  # noqa: F811
    address = ask(officer).location
    plan_days(shift())

    answer = press(officer, officer.get(address).text, f"{address}/discard")

    assert "Nothing was changed." in officer.get(answer.location).text
    assert "can no longer be applied" in officer.get(address).text


def test_no_place_says_which_rule_stops_it(officer, place, taken, quick):  # noqa: F811
    for room in (place.courtroom, place.second_courtroom):
        db.session.add(
            Outage(resource_id=room.id, starts_at=tomorrow("00:00"), reason="everything flooded")
        )
    db.session.commit()
    address = ask(officer).location
    plan_days(shift())

    page = officer.get(address).text

    assert "2 hearings without a place" in page
    assert "Stays there, though it cannot" in page
    assert "every courtroom at Hutt Valley is out of use" in page
    assert "Apply the plan" not in page
    assert "There is nothing to apply: no list has a place for those without one." in page
    assert "the list can stay as it is" not in page


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"on": "never"}, "date"),
        ({"on": ""}, "Enter the date to plan."),
        ({"on": "2020-01-01"}, "Choose today or a later date."),
        ({"movable": "all of it"}, "Choose what may be moved."),
        ({"seconds": "600"}, "Choose from 5 to 60 seconds."),
    ],
)
def test_wrong_field_is_explained_and_kept(officer, taken, wrong, why):
    answer = ask(officer, **wrong)

    assert answer.status_code == 422
    assert why in answer.text
    assert db.session.query(Plan).count() == 0


def test_pages_need_few_questions(officer, taken, quick):  # noqa: F811
    address = ask(officer).location
    plan_days(shift())

    with statements(db.engine) as form:
        officer.get(f"/plans/day?on={TOMORROW}")
    with statements(db.engine) as page:
        officer.get(address)

    assert len(form) <= 10
    assert len(page) <= 10


def test_one_sitting_is_chosen_and_named_on_every_page(officer, taken, place, quick):  # noqa: F811
    terms = SittingTerms(tomorrow("13:00"), tomorrow("14:00"), "Bail list", "Judge Tui")
    sitting = add_sitting(place.second_courtroom.id, terms, by=place.registrar).id
    words = "Courtroom 2, 1:00 pm to 2:00 pm, Bail list, Judge Tui"
    no_sitting = officer.get("/plans/day?on=2026-11-26").text
    assert "No sitting to come is recorded for this day" in no_sitting
    looked = press(officer, no_sitting, "/plans/day", on=TOMORROW, movable="all", step="look")
    assert (looked.status_code, words in looked.text) == (200, True)
    assert 'value="all" checked' in looked.text
    assert f'sitting={sitting}">Plan' in officer.get(f"/sittings?on={TOMORROW}").text

    answer = ask(officer, sitting=str(sitting))
    assert words in officer.get(answer.location).text
    plan_days(shift())

    page = officer.get(answer.location).text
    assert f"Plan for Hutt Valley, Wed 25 Nov 2026: {words}</h1>" in page
    assert "1 new, 0 moved, 0 as they stand, 0 without a place." in page
    assert "nothing to apply" not in page
    press(officer, page, f"{answer.location}/apply")
    made = db.session.scalars(select(Booking).where(Booking.id != taken.id)).one()
    assert made.starts_at == tomorrow("13:00")


@pytest.mark.parametrize("sitting", ["99", "x"])
def test_sitting_that_is_not_there_is_refused_beside_the_choice(officer, place, sitting):
    answer = ask(officer, sitting=sitting)

    assert answer.status_code == 422
    assert 'href="#sitting"' in answer.text

"""Waiting for a time, through the client: from the form to the list, the first screen and back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.domain.access import Role
from avl.domain.booking import Status
from avl.domain.waiting import WaitState
from avl.models import Booking, User, WaitlistEntry, db
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.scene import Scene, tomorrow
from tests.waiting import only, serve
from tests.web.registry_desk import in_person_rule


@pytest.fixture
def officer(scene: Scene) -> User:
    return make.user(Role.REGISTRY, scene.court)


@pytest.fixture
def browser(client: FlaskClient, officer: User) -> FlaskClient:
    return make.sign_in(client, officer)


def text_of(answer: Any) -> str:
    # A span keeps a time on one line; nothing is read between it and what follows.
    page = re.sub(r"</?span[^>]*>", "", html.unescape(answer.get_data(as_text=True)))
    words = re.sub(r"<[^>]+>", " ", page)
    return " ".join(words.split())


def form_of(scene: Scene, **more: str) -> dict[str, str]:
    return {
        "key": "k" * 22,
        "main": str(scene.aroha.id),
        "person": str(scene.aroha.id),
        "hearing_type": "CRB",
        "where": f"court-{scene.court.id}",
        "date": "25 Nov 2026",
        "time": "10:00",
        "minutes": "30",
        "pre_minutes": "0",
        "post_minutes": "0",
        "prison_notes": "Civilian clothes.",
    } | more


TEN = make.during("10:00", "10:30", on="2026-11-25")

WINDOW = {
    "key": "k" * 22,
    "first": "25 Nov 2026",
    "last": "25 Nov 2026",
    "earliest": "10 am",
    "latest": "10:30",
    "deadline_date": "25 Nov 2026",
    "deadline_time": "9:00",
}


def begin(browser: FlaskClient, scene: Scene, **more: str) -> Any:
    return browser.post("/court/waiting", data=form_of(scene, **more), follow_redirects=True)


def put(browser: FlaskClient, scene: Scene, **more: str) -> Any:
    begin(browser, scene)
    return browser.post("/court/waiting/ask", data=WINDOW | more, follow_redirects=True)


def test_an_empty_waitlist_says_so_in_words(browser: FlaskClient, scene: Scene) -> None:
    assert "Waitlist: nobody waits for a time" in text_of(browser.get("/court/waiting"))


def test_the_refused_form_offers_to_wait(browser: FlaskClient, scene: Scene) -> None:
    make.booking(
        room=scene.courtroom,
        suites=[scene.women_suite],
        hearing=make.during("10:00", "10:30", on="2026-11-25"),
    )

    page = browser.post("/court/book/form", data=form_of(scene), follow_redirects=True).get_data(
        as_text=True
    )

    assert 'formaction="/court/waiting"' in page
    assert "Wait for a time" in page


def test_from_the_form_to_the_first_screen_to_booked(browser: FlaskClient, scene: Scene) -> None:
    asked = text_of(begin(browser, scene))
    assert "Wait for a time: Aroha KEREAMA" in asked
    assert "Bail application, 30 minutes; any courtroom, Hutt Valley" in asked

    page = text_of(put(browser, scene))
    assert "It is waiting." in page
    assert "1 of 1 at Hutt Valley" in page
    assert "Any courtroom, Hutt Valley" in page
    assert "Wed 25 Nov 2026, from 10:00 am until 10:30 am" in page

    assert "Waitlist (1 waiting)" in text_of(browser.get("/court"))
    assert serve() == 1
    home = text_of(browser.get("/court"))
    assert "Came free and kept for whoever waited" in home
    assert "Wed 25 Nov 2026, 10:00 am to 10:30 am, kept until 11:00 am on Tue 24 Nov 2026" in home

    held = only().booking
    assert held is not None
    checking = text_of(browser.get(f"/court/bookings/{held.reference}/check"))
    assert "It came free, and is kept for this person until 11:00 am on Tue 24 Nov 2026" in checking
    done = browser.post(
        f"/court/bookings/{held.reference}/check",
        data={"version": held.version},
        follow_redirects=True,
    )
    assert "Booked and confirmed" in text_of(done)
    assert only().state is WaitState.BOOKED
    ended = text_of(browser.get("/court/waiting?state=ended"))
    assert f"Booked as {held.reference}" in ended


def test_what_is_kept_no_longer_is_not_shown_as_kept(
    browser: FlaskClient, scene: Scene, officer: User, clock: Clock
) -> None:
    put(browser, scene)
    serve()
    page = f"/court/waiting/{only().id}"
    assert "It is kept until 11:00 am" in text_of(browser.get(page))

    clock.set(make.at("11:00"))
    make.sign_in(browser, officer)

    home = text_of(browser.get("/court"))
    assert "Came free and kept" not in home
    assert "Waitlist (1 waiting)" in home
    for address in (page, "/court/waiting"):
        seen = text_of(browser.get(address))
        assert "The time kept for it until 11:00 am on Tue 24 Nov 2026 was not booked." in seen
        assert "Check and book" not in seen
        assert "Place 0" not in seen


def test_the_list_says_who_waits_why_and_in_which_order(browser: FlaskClient, scene: Scene) -> None:
    other = make.person("Ngata", "Ana", held_at=scene.arohata)
    make.booking(other, room=scene.courtroom, suites=[scene.women_suite], hearing=TEN)
    put(browser, scene)
    make.wait(
        make.booking(at_court=scene.court, hearing=make.during("09:00", "09:30", on="2026-11-26"))
    )

    page = text_of(browser.get("/court/waiting"))

    assert "Waitlist: 2 wait for a time" in page
    assert "1 of 2" in page
    assert "2 of 2" in page
    assert "at Arohata is held or closed on Wed 25 Nov 2026" in page
    # At other hours of the day a suite may well be free.
    assert "Nothing fits from 10:00 am until 10:30 am: " in page


def test_what_makes_no_sense_is_said_beside_its_field(browser: FlaskClient, scene: Scene) -> None:
    begin(browser, scene)
    for wrong, sentence in (
        ({"last": "whenever"}, "Enter a real date"),
        ({"first": ""}, "Enter a date, such as"),
        ({"latest": "10:15"}, "does not fit between these times"),
        ({"last": "24 Nov 2026"}, "must not come before the first"),
        ({"deadline_time": "9:00", "deadline_date": "24 Nov 2026"}, "must lie in the future"),
        ({"urgent": "yes"}, "Say why it goes ahead"),
        ({"first": "26 Nov 2026", "last": "27 Nov 2026"}, "is before the first date that will do"),
        ({"first": "24 Nov 2026", "last": "24 Nov 2026"}, "is after the last date that will do"),
        ({"earliest": "10:15", "latest": ""}, "begins before the earliest time that will do"),
        ({"latest": "10:20", "earliest": ""}, "ends after the latest time that will do"),
    ):
        answer = browser.post("/court/waiting/ask", data=WINDOW | wrong)
        assert answer.status_code == 422, wrong
        assert sentence in text_of(answer)
        assert next(iter(wrong.values())) in answer.get_data(as_text=True)
    assert db.session.query(WaitlistEntry).count() == 0


def test_a_form_without_a_time_waits_for_those_that_will_do(
    browser: FlaskClient, scene: Scene
) -> None:
    begin(browser, scene, date="", time="")

    answer = browser.post("/court/waiting/ask", data=WINDOW | {"earliest": "1 pm", "latest": ""})

    assert answer.status_code == 303
    kept = db.session.query(WaitlistEntry).one().wish["room"]["wanted_start"]
    assert kept == make.at("13:00", on="2026-11-25").isoformat()


def test_a_form_with_faults_goes_back_to_be_mended(browser: FlaskClient, scene: Scene) -> None:
    page = begin(browser, scene, hearing_type="")

    assert "Choose a hearing type" in text_of(page)


def test_without_a_form_one_is_sent_to_find_the_person(browser: FlaskClient) -> None:
    assert "Find the person first" in text_of(
        browser.get("/court/waiting/ask", follow_redirects=True)
    )


def test_another_officer_of_the_court_books_it(
    client: FlaskClient, browser: FlaskClient, scene: Scene
) -> None:
    put(browser, scene)
    serve()
    held = only().booking
    assert held is not None
    colleague = make.sign_in(client, make.user(Role.REGISTRY, scene.court))

    colleague.post(f"/court/bookings/{held.reference}/check", data={"version": held.version})

    assert db.session.get_one(Booking, held.id, populate_existing=True).status is Status.CONFIRMED


def test_giving_it_back_leads_to_the_wait_and_says_so(browser: FlaskClient, scene: Scene) -> None:
    put(browser, scene)
    serve()
    held = only().booking
    assert held is not None

    page = text_of(
        browser.post(f"/court/bookings/{held.reference}/give-back", follow_redirects=True)
    )

    assert "goes to the next who waits for it" in page
    assert "Waits again since" in page
    assert "a time has been kept for it once" in page
    late = browser.get(f"/court/bookings/{held.reference}/check", follow_redirects=True)
    assert "It is offered to the next who waits for it, if there is one." in text_of(late)
    assert only().state is WaitState.WAITING


def test_a_wait_is_changed_and_withdrawn_with_reasons(browser: FlaskClient, scene: Scene) -> None:
    put(browser, scene)
    here = f"/court/waiting/{only().id}"
    change = {"deadline_date": "25 Nov 2026", "deadline_time": "9:45", "urgent": "yes"}

    assert browser.post(f"{here}/change", data=change).status_code == 422
    page = text_of(
        browser.post(
            f"{here}/change", data=change | {"reason": "Judge asked."}, follow_redirects=True
        )
    )
    assert "The wait is changed." in page
    assert "9:45 am on Wed 25 Nov 2026" in page
    assert (only().priority, only().deadline_at) == (100, tomorrow("09:45"))

    assert browser.post(f"{here}/withdraw", data={}).status_code == 422
    browser.post(f"{here}/withdraw", data={"reason": "Pleaded by paper."})
    assert only().state is WaitState.WITHDRAWN
    late = browser.post(f"{here}/change", data=change | {"reason": "x"}, follow_redirects=True)
    assert "This wait is over" in text_of(late)


def test_a_wait_in_vain_stands_on_the_first_screen_until_it_is_read(
    browser: FlaskClient, scene: Scene, officer: User, clock: Clock
) -> None:
    put(browser, scene)
    clock.set(tomorrow("09:30"))
    serve()
    make.sign_in(browser, officer)

    assert "Nothing came free before the deadline." in text_of(browser.get("/court"))
    browser.post(f"/court/waiting/{only().id}/seen")
    assert "Nothing came free before the deadline." not in text_of(browser.get("/court"))


@pytest.mark.parametrize("path", ["/court", "/court/waiting", "/court/waiting?state=ended"])
def test_pages_cost_the_same_however_many_wait(
    browser: FlaskClient, scene: Scene, path: str
) -> None:
    counts = []
    for _ in range(2):
        for state in (WaitState.WAITING, WaitState.OFFERED, WaitState.LAPSED):
            booking = make.booking(at_court=scene.court, status=Status.CANCELLED)
            more: dict[str, Any] = {"state": state, "mark": f"{booking.id}{state}"}
            if state is WaitState.OFFERED:
                more |= {"booking_id": booking.id}
            if state is WaitState.LAPSED:
                more |= {"ended_at": booking.created_at}
            make.wait(booking, **more)
        browser.get(path)
        with statements(db.engine) as seen:
            assert browser.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 10, counts


def test_what_the_page_suggests_can_be_sent_as_it_is(browser: FlaskClient, scene: Scene) -> None:
    page = begin(browser, scene).get_data(as_text=True)
    suggested = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page))

    browser.post("/court/waiting/ask", data={name: suggested.get(name, "") for name in WINDOW})

    assert only().deadline_at == make.at("17:00", on="2026-12-16")


def test_what_takes_a_direction_is_asked_for_it_before_its_dates(
    scene: Scene, browser: FlaskClient
) -> None:
    in_person_rule()

    answer = browser.post("/court/waiting", data=form_of(scene))

    assert answer.location == f"/court/book/form?key={'k' * 22}&direction="
    page = browser.get(answer.location).text
    assert 'href="#officer_name"' in page
    assert "Civilian clothes." in page

"""The worklist and the forms that fill it, through the client."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.disruptions import work_out_ways
from avl.commands.outages import record_outage
from avl.commands.records import record_release
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.models import Booking, Closure, Disruption, Outage, db
from avl.web.frame import unbroken
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.scene import Scene, tomorrow
from tests.web.test_page_cost import MOST


def booked(scene: Scene, start: str = "10:00", *seats: Any, **more: Any) -> Booking:
    booking = request_booking(scene.request(start, *seats, **more), by=scene.registrar)
    if booking.status is Status.REQUESTED:
        booking.appearances[0].agreed_at = booking.updated_at
        booking.status, booking.expires_at = Status.CONFIRMED, None
        db.session.commit()
    return booking


def as_coordinator(client: FlaskClient, scene: Scene) -> FlaskClient:
    return make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))


def as_registry(client: FlaskClient, scene: Scene) -> FlaskClient:
    return make.sign_in(client, make.user(Role.REGISTRY, scene.court))


def unmarked(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).replace("\u00a0", " ").split())


OUTAGE = {
    "site": "RIM",
    "from_date": "25 Nov 2026",
    "from_time": "9:00",
    "until_date": "25 Nov 2026",
    "until_time": "5 pm",
    "reason": "no picture",
}


def test_an_outage_is_looked_at_then_saved_then_settled(client: FlaskClient, scene: Scene) -> None:
    booking = booked(scene)
    as_coordinator(client, scene)
    typed = {**OUTAGE, "room": str(scene.suite.id)}

    seen = client.post("/worklist/outage", data={**typed, "step": "preview"}).text
    assert "Closing Suite 1 on Wed 25 Nov 2026, 9:00 am to 5:00 pm affects 1 booking." in seen
    assert f"<strong>{unbroken('Rimutaka, Suite 2')}</strong>" in seen
    assert unbroken(f"{booking.reference}, Wed 25 Nov 2026 from 10:00 am") in seen
    assert db.session.scalars(select(Outage)).all() == []

    saved = client.post("/worklist/outage", data={**typed, "step": "save"}, follow_redirects=True)
    assert "1 booking needs a way out" in saved.text
    assert "Rimutaka, Suite 1" in saved.text
    assert f"<strong>{unbroken('Rimutaka, Suite 2')}</strong>" in saved.text

    row = db.session.scalars(select(Disruption)).one()
    done = client.post(
        "/worklist/accept", data={"way": f"{row.id}:{row.way['mark']}"}, follow_redirects=True
    )
    assert unbroken(f"{booking.reference} is dealt with.") in done.text
    assert db.session.get_one(Booking, booking.id).status is Status.CONFIRMED


def test_a_preview_says_whose_hearings_it_breaks_to_whoever_may_know(
    client: FlaskClient, scene: Scene
) -> None:
    booked(scene, "10:00", scene.seat(scene.tane, scene.suite), scene.at_arohata())
    as_coordinator(client, scene)
    typed = {**OUTAGE, "room": str(scene.suite.id), "step": "preview"}

    theirs = unmarked(client.post("/worklist/outage", data=typed).text)

    assert "Tāne RĀWIRI, Rimutaka Prison, Suite 1; Bail application, Hutt Valley" in theirs
    assert "KEREAMA" not in theirs

    as_registry(client, scene)
    closing = {"site": scene.court.code, "date": "25 Nov 2026", "reason": "flood"}
    ours = unmarked(client.post("/worklist/closure", data=closing | {"step": "preview"}).text)

    assert "Tāne RĀWIRI, Rimutaka Prison, Suite 1; Aroha KEREAMA, Arohata" in ours


def test_a_preview_of_more_bookings_asks_no_more(client: FlaskClient, scene: Scene) -> None:
    as_coordinator(client, scene)
    typed = {**OUTAGE, "room": str(scene.suite.id), "step": "preview"}
    asked = []
    for start in ("10:00", "11:00", "14:00"):
        booked(scene, start)
        with statements(db.engine) as sent:
            page = client.post("/worklist/outage", data=typed).text
        # Looking writes what saving would, once for each booking, and takes it back.
        asked.append(sum(one.startswith("SELECT") for one in sent))

    assert unmarked(page).count("Tāne RĀWIRI, Rimutaka Prison, Suite 1;") == 3
    assert asked[1] == asked[2]


def test_what_is_saved_by_a_second_click_is_saved_once(client: FlaskClient, scene: Scene) -> None:
    as_coordinator(client, scene)
    outage = {**OUTAGE, "room": str(scene.suite.id), "step": "save"}
    closure = {"site": "RIM", "date": "26 Nov", "reason": "drill", "step": "save"}
    said = {
        "outage": "Suite 1 is recorded as out of use on Wed 25 Nov 2026, 9:00 am to 5:00 pm"
        " already.",
        "closure": "Rimutaka is recorded as closed on Thu 26 Nov 2026 already.",
    }

    for what, typed in (("outage", outage), ("closure", closure)):
        assert client.post(f"/worklist/{what}", data=typed).status_code == 303
        again = client.post(f"/worklist/{what}", data=typed)

        assert again.status_code == 422
        assert said[what] in again.text
        # Beside the room, whose line has space for it.
        assert f'id="{"room" if what == "outage" else "date"}-error"' in again.text
        assert typed["reason"] in again.text

    assert len(db.session.scalars(select(Outage)).all()) == 1
    assert len(db.session.scalars(select(Closure)).all()) == 1


def test_a_day_said_from_today_is_read_and_shown_in_full(client: FlaskClient, scene: Scene) -> None:
    as_coordinator(client, scene)
    outage = {**OUTAGE, "room": str(scene.suite.id), "from_date": "tomorrow", "until_date": "thu"}

    seen = client.post("/worklist/outage", data={**outage, "step": "preview"}).text
    closed = client.post(
        "/worklist/closure",
        data={"site": "RIM", "date": "25 Nov", "reason": "drill", "step": "preview"},
    ).text

    # Whoever saves it after midnight saves what was shown.
    assert 'name="from_date" value="25 Nov 2026"' in seen
    assert 'name="until_date" value="26 Nov 2026"' in seen
    assert 'name="date" value="25 Nov 2026"' in closed


def test_a_bridge_port_is_chosen_like_a_room(client: FlaskClient, scene: Scene) -> None:
    first, *_ = make.bridge(scene.court, 3)
    booking = booked(scene, "10:00", scene.seat(), scene.at_arohata())
    as_registry(client, scene)
    page = client.get("/worklist/outage?site=HVDC").text
    assert "Which room or bridge port?" in page
    assert page.index(">Courtroom 1<") < page.index(">Bridge port 1<")
    typed = {**OUTAGE, "site": "HVDC", "room": str(first.id)}

    seen = client.post("/worklist/outage", data={**typed, "step": "preview"}).text
    assert "Closing Bridge port 1 on Wed 25 Nov 2026" in seen
    assert "Only 2 of the 3 bridge ports of Hutt Valley are free" in seen
    assert unbroken(f"{booking.reference}, Wed 25 Nov 2026 from") in seen

    saved = client.post("/worklist/outage", data={**typed, "step": "save"}, follow_redirects=True)
    assert "Bridge port 1 is out of use" in saved.text
    assert "1 booking needs a way out" in saved.text


def test_what_was_typed_is_not_lost_when_it_cannot_be_used(
    client: FlaskClient, scene: Scene
) -> None:
    as_coordinator(client, scene)

    answer = client.post(
        "/worklist/outage",
        data={**OUTAGE, "room": str(scene.suite.id), "until_time": "half past", "step": "save"},
    )

    assert answer.status_code == 422
    assert 'value="half past"' in answer.text
    assert "Enter a time, such as 10:15 or 2:15 pm." in answer.text
    assert 'value="no picture"' in answer.text


def test_a_closure_is_previewed_saved_and_taken_back(client: FlaskClient, scene: Scene) -> None:
    booked(scene, "14:00")
    as_registry(client, scene)
    typed = {"site": "HVDC", "date": "25/11/2026", "from_time": "1 pm", "to_time": "5 pm"}
    typed["reason"] = "fire drill"

    seen = client.post("/worklist/closure", data={**typed, "step": "preview"}).text
    assert "Closing Hutt Valley on Wed 25 Nov 2026, 1:00 pm to 5:00 pm affects 1 booking." in seen
    assert "each with this best way out" in seen

    saved = client.post("/worklist/closure", data={**typed, "step": "save"}, follow_redirects=True)
    assert "fire drill" in saved.text
    assert "Wed 25 Nov 2026, 1:00 pm to 5:00 pm" in saved.text
    closure = db.session.scalars(select(Closure)).one()
    back = client.post(
        "/worklist/closure/end", data={"closure": str(closure.id)}, follow_redirects=True
    )
    assert "1 booking is possible again." in back.text
    assert "no booking needs a way out" in back.text


def test_what_could_not_be_saved_is_refused_before_it_is_previewed(
    client: FlaskClient, scene: Scene
) -> None:
    as_coordinator(client, scene)
    closure = {"site": "RIM", "date": "1/1/1999", "reason": "fire drill", "step": "preview"}
    past = {"from_date": "1/1/1999", "until_date": "2/1/1999", "step": "preview"}

    closed = client.post("/worklist/closure", data=closure)
    out = client.post("/worklist/outage", data={**OUTAGE, **past, "room": str(scene.suite.id)})

    assert (closed.status_code, out.status_code) == (422, 422)
    assert "This date has passed." in closed.text
    assert 'value="fire drill"' in closed.text
    assert "This outage is over already" in out.text


def test_the_list_is_one_s_own_and_names_nobody_elsewhere(
    client: FlaskClient, scene: Scene
) -> None:
    booking = booked(scene)
    record_release(scene.tane.id, at=tomorrow("07:00"), by=scene.coordinator)
    work_out_ways()
    row = db.session.scalars(select(Disruption)).one()
    make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.arohata))

    assert booking.reference not in client.get("/worklist").text
    answer = client.post("/worklist/accept", data={"way": f"{row.id}:{row.way['mark']}"})
    assert answer.status_code == 409
    assert booking.reference not in answer.text
    assert client.get("/worklist?site=RIM").status_code == 404


def test_a_coordinator_sees_but_does_not_decide_a_cancellation(
    client: FlaskClient, scene: Scene
) -> None:
    booking = booked(scene)
    record_release(scene.tane.id, at=tomorrow("07:00"), by=scene.coordinator)
    work_out_ways()

    prison = as_coordinator(client, scene).get("/worklist").text
    court = as_registry(client, scene).get("/worklist").text

    assert "The court decides." in prison
    assert "Accept<" not in prison
    assert "Accept<" in court
    assert f"/court/bookings/{booking.reference}/cancel" in court


def test_overdue_ones_are_on_the_manager_s_page_without_a_name(
    client: FlaskClient, scene: Scene, clock: Clock
) -> None:
    booking = booked(scene)
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )
    assert "Deal with it by" in as_registry(client, scene).get("/worklist").text
    make.sign_in(client, make.user(Role.MANAGER, scene.court))
    assert booking.reference not in client.get("/manage").text

    clock.set(tomorrow("08:30"))
    make.sign_in(client, make.user(Role.MANAGER, scene.court))

    text = client.get("/manage").text
    assert booking.reference in text
    assert "1 booking nobody has dealt with in time" in text
    assert "Tāne" not in text
    late = as_registry(client, scene).get("/worklist").text
    assert "It was due by" in late
    assert "Deal with it by" not in late


def test_manager_reads_whom_to_ring_about_an_overdue_one_and_who_had_it_last(
    client: FlaskClient, scene: Scene, clock: Clock
) -> None:
    booked(scene)
    scene.rimutaka.phone = "04 529 0000"
    make.user(Role.REGISTRY, scene.court, name="Hine Tāwhai", email="hine@court.nz")
    make.user(Role.REGISTRY, scene.court, name="Gone", email="gone@court.nz", is_active=False)
    make.user(Role.PRISON_OFFICER, scene.rimutaka, name="Officer", email="officer@prison.nz")
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )
    clock.set(tomorrow("08:30"))
    make.sign_in(client, make.user(Role.MANAGER, scene.court))

    with statements(db.engine) as asked:
        text = client.get("/manage").text

    assert len(asked) <= MOST
    assert f"{scene.court.short_name} registry" in text
    assert "Hine Tāwhai" in text
    assert 'href="mailto:hine@court.nz"' in text
    assert f"{scene.rimutaka.short_name} AVL office" in text
    assert "04 529 0000" in text
    assert "gone@court.nz" not in text
    assert "officer@prison.nz" not in text
    # Recording the outage broke the booking, and was not dealing with it.
    handled = re.search(r"Last handled by (.*?) on .*?: (\w+)", text)
    assert handled is not None
    assert handled.groups() == (scene.registrar.name, "booked")


def test_first_screens_lead_to_the_worklist(client: FlaskClient, scene: Scene) -> None:
    booked(scene)
    record_outage(
        scene.suite.id, start=tomorrow("08:00"), end=None, reason="flood", by=scene.coordinator
    )

    assert "1 booking no longer stands" in as_coordinator(client, scene).get("/prison").text
    assert "No longer possible: 1 booking" in as_registry(client, scene).get("/court").text


def test_the_bookings_own_page_says_what_broke_and_offers_the_way_out(
    client: FlaskClient, scene: Scene
) -> None:
    booking = booked(scene)
    page = f"/court/bookings/{booking.reference}"
    as_registry(client, scene)
    assert "no longer stands" not in client.get(page).text

    break_suite(scene)
    seen = client.get(page).text
    assert "This booking no longer stands" in seen
    assert "Deal with it by" in seen
    assert f"<strong>{unbroken('Rimutaka, Suite 2')}</strong>" in seen

    way = re.search(r'name="way" value="([^"]+)"', seen)
    assert way is not None
    form = {"way": way[1], "reference": booking.reference}
    done = client.post("/worklist/accept", data=form)
    assert done.headers["Location"] == page
    assert "no longer stands" not in client.get(page).text


def break_suite(scene: Scene) -> None:
    """Take Suite 1 out of use all day, and work out the ways."""
    record_outage(
        scene.suite.id,
        start=tomorrow("09:00"),
        end=tomorrow("17:00"),
        reason="no picture",
        by=scene.coordinator,
    )
    work_out_ways()

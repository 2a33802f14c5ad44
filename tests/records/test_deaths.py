"""The death of a person in custody: what it ends, whom it tells, and how a mistake is mended."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.deaths import correct_death, record_death
from avl.commands.disruptions import work_out_ways
from avl.commands.records import record_transfer
from avl.commands.waitlist import ask_to_wait
from avl.domain.access import Role
from avl.domain.booking import Status
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.waiting import WaitState
from avl.models import Booking, CustodyStay, Disruption, Person, Sms, WaitlistEntry, db
from avl.queries.room_request import RoomSeat
from avl.queries.waiting import WaitRequest
from tests import make
from tests.scene import Scene, tomorrow


def die(scene: Scene, at: str = "09:00", **more: Any) -> Any:
    usual = {"at": make.at(at), "by": scene.women_coordinator}
    return record_death(scene.aroha.id, **(usual | more))


def booked(scene: Scene) -> Booking:
    return request_booking(scene.request("10:00", scene.at_arohata(scene.mere)), by=scene.registrar)


@pytest.mark.both_databases
def test_a_death_ends_the_stay_and_proposes_to_cancel(scene: Scene) -> None:
    booking = booked(scene)
    texts = db.session.scalars(select(Sms)).all()

    done = die(scene)
    work_out_ways()

    assert done.references == () or booking.reference in done.references
    row = db.session.scalars(select(Disruption)).one()
    assert (row.cause, row.way["kind"]) == (Cause.DEATH, "cancel")
    assert "died" not in row.sentence + row.way["why"]
    assert db.session.get_one(Booking, booking.id).status is Status.CONFIRMED
    assert db.session.scalars(select(Sms)).all() == texts
    stay = db.session.scalars(select(CustodyStay).where(CustodyStay.person_id == scene.aroha.id))
    assert [one.ends_at for one in stay] == [make.at("09:00")]
    assert db.session.get_one(Person, scene.aroha.id).died_on == date(2026, 11, 24)


def test_nothing_is_booked_or_recorded_for_the_dead(scene: Scene) -> None:
    die(scene)

    with pytest.raises(InvalidInput, match="has died, so nothing can be booked"):
        booked(scene)
    with pytest.raises(InvalidInput, match="has died"):
        record_transfer(
            scene.aroha.id, site_id=scene.rimutaka.id, at=make.at("11:00"), by=scene.coordinator
        )
    with pytest.raises(InvalidInput, match="already"):
        die(scene)


def test_planned_moves_and_waits_end_with_it(scene: Scene) -> None:
    record_transfer(
        scene.aroha.id, site_id=scene.rimutaka.id, at=tomorrow("12:00"), by=scene.coordinator
    )
    room = scene.room("10:00", RoomSeat(scene.aroha.id), courtrooms=())
    wish = WaitRequest(room, date(2026, 11, 25), date(2026, 11, 25), time(10), time(10, 30))
    entry = ask_to_wait(wish, deadline_at=tomorrow("09:00"), by=scene.registrar)

    die(scene)

    assert (
        len(
            db.session.scalars(
                select(CustodyStay).where(CustodyStay.person_id == scene.aroha.id)
            ).all()
        )
        == 1
    )
    ended = db.session.get_one(WaitlistEntry, entry.id, populate_existing=True)
    assert (ended.state, ended.reason) == (
        WaitState.LAPSED,
        "The person is no longer in custody.",
    )


def test_who_may_and_when(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        die(scene, by=scene.coordinator)
    with pytest.raises(InvalidInput, match="has passed"):
        die(scene, "11:00")
    with pytest.raises(InvalidInput, match="not recorded in custody"):
        record_death(
            scene.aroha.id, at=make.LONG_AGO - timedelta(days=1), by=scene.women_coordinator
        )


def test_a_mistake_is_put_right_and_the_booking_stands_again(scene: Scene) -> None:
    booking = booked(scene)
    die(scene)

    said = correct_death(scene.aroha.id, by=scene.women_coordinator).sentence

    assert "is in custody at" in said
    row = db.session.scalars(select(Disruption).where(Disruption.booking_id == booking.id)).one()
    assert row.resolution is Resolution.VALID_AGAIN
    assert request_booking(scene.request("14:00", scene.at_arohata()), by=scene.registrar).reference


def test_the_pages_say_so_and_no_more_is_asked(client: FlaskClient, scene: Scene) -> None:
    booking = booked(scene)
    coordinator = make.user(Role.AVL_COORDINATOR, scene.arohata)
    browser = make.sign_in(client, coordinator)
    here = f"/records/people/{scene.aroha.id}"
    asking = browser.get(f"{here}/death").text
    assert booking.reference in asking
    assert "please ring counsel and family yourself" in asking

    done = browser.post(
        f"{here}/death",
        data={"date": "2026-11-24", "time": "09:00", "step": "save"},
        follow_redirects=True,
    ).text
    assert "Died on Tue 24 Nov 2026" in done
    assert "Record a transfer" not in done
    assert browser.get(f"{here}/death").status_code == 404

    registrar = make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    form = {
        "main": scene.aroha.id,
        "person": scene.aroha.id,
        "hearing_type": "CRB",
        "where": f"court-{scene.court.id}",
    }
    refused = registrar.post("/court/book/form", data=form)
    assert refused.status_code == 422
    assert "Aroha KEREAMA has died, so nothing can be booked." in refused.text
    assert "Book an AVL</a>" not in registrar.get(here).text

    browser = make.sign_in(client, coordinator)
    back = browser.post(f"{here}/death/correct", follow_redirects=True).text
    assert "It is corrected" in back
    assert "Record a death" in back

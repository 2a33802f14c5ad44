"""Refusals that say exactly what cannot be had."""

from __future__ import annotations

import pytest

from avl.domain.access import Role
from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene

PASSED = "This date has passed. Choose today or a later date."
TOO_FAR = "Choose a date within the next two years."


def test_a_search_for_half_a_second_is_refused_as_a_booking_is(scene: Scene, court: Caller) -> None:
    wanted = {
        "court": scene.court.code,
        "hearing_type": "CRB",
        "wanted_start": "2026-11-25T10:00:00.5+13:00",
        "appearances": [{"prn": scene.tane.prn}],
    }

    answer = court.post("/offers", wanted)

    assert answer.status_code == 422
    assert answer.json["errors"] == {"wanted_start": ["Choose a start on a multiple of 5 minutes."]}


@pytest.mark.parametrize(
    ("days", "field", "said"),
    [
        ({"wanted_start": "2099-02-03T10:00:00+13:00"}, "wanted_start", TOO_FAR),
        ({"wanted_start": "2026-11-23T10:00:00+13:00"}, "wanted_start", PASSED),
        ({"first": "2099-02-03", "last": "2099-02-04"}, "first", TOO_FAR),
        ({"first": "2028-11-01", "last": "2028-12-31"}, "last", TOO_FAR),
    ],
)
def test_a_search_looks_as_far_ahead_as_the_page_does(
    scene: Scene, court: Caller, days: dict[str, str], field: str, said: str
) -> None:
    wanted = {
        "court": scene.court.code,
        "hearing_type": "CRB",
        "wanted_start": "2026-11-25T10:00:00+13:00",
        "appearances": [{"prn": scene.tane.prn}],
    }

    answer = court.post("/offers", wanted | days)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["errors"] == {field: [said]}


def test_a_search_of_the_last_days_ends_with_what_can_be_booked(
    scene: Scene, court: Caller
) -> None:
    wanted = {
        "court": scene.court.code,
        "hearing_type": "CRB",
        "wanted_start": "2028-11-22T10:00:00+13:00",
        "appearances": [{"prn": scene.tane.prn}],
        "limit": 50,
    }

    found = court.post("/offers", wanted).json["offers"]

    assert {one["starts_at"][:10] for one in found} <= {"2028-11-22", "2028-11-23"}
    assert court.post("/bookings", found[-1]["booking"]).status_code == 201


def test_a_swap_says_which_of_the_two_cannot_move(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]
    other = court.post("/bookings", asked(scene, "14:00")).json["reference"]
    court.change(f"/bookings/{other}/cancel", {"reason": "Vacated."})

    answer = court.change(f"/bookings/{first}/swap", {"with": other, "reason": "Judge asked."})

    assert answer.status_code == 409
    assert answer.json["detail"] == f"Booking {other} is cancelled, so it cannot change places."


def test_a_page_that_refuses_leads_back_to_the_booking(scene: Scene, court: Caller) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    court.change(f"/bookings/{reference}/cancel", {"reason": "Vacated."})
    browser = make.sign_in(
        court.client.application.test_client(), make.user(Role.REGISTRY, scene.court)
    )

    page = browser.get(f"/court/bookings/{reference}/direction")

    assert page.status_code == 409
    assert f'href="/court/bookings/{reference}">Go back to {reference}</a>' in page.text


def test_reading_only_the_version_one_knows_is_refused_as_any_problem_is(
    scene: Scene, court: Caller
) -> None:
    made = court.post("/bookings", asked(scene))
    path = f"/bookings/{made.json['reference']}"

    known = court.get(path, If_Match=made.headers["ETag"])
    changed = court.get(path, If_Match='"999"')

    assert known.status_code == 200
    assert changed.status_code == 412
    assert changed.mimetype == "application/problem+json"
    assert changed.json["status"] == 412

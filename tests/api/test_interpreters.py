"""Interpreters by API: the search warns of what the form would warn of."""

from __future__ import annotations

from typing import Any

import pytest

from avl.models import db
from tests.api.conftest import Caller, asked
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

LATE = "An interpreter (Samoan) is asked for 10 working days ahead"


@pytest.fixture
def samoan(scene: Scene) -> Scene:
    """Tāne's record says that he speaks Samoan."""
    scene.tane.interpreter_language = "Samoan"
    db.session.commit()
    return scene


def search(scene: Scene, **more: Any) -> dict[str, Any]:
    return {
        "court": "HVDC",
        "hearing_type": "CRB",
        "wanted_start": "2026-11-25T10:00:00+13:00",
        "minutes": 30,
        "appearances": [{"prn": scene.tane.prn}],
        "limit": 1,
    } | more


def test_an_offer_warns_that_it_is_late_to_ask_and_is_booked_for_a_reason(
    samoan: Scene, court: Caller
) -> None:
    (offer,) = court.post("/offers", search(samoan)).json["offers"]
    (warning,) = offer["warnings"]
    assert warning["rule"] == "interpreter_late"
    assert warning["sentence"].startswith(LATE)
    assert offer["booking"]["interpreter_language"] == "Samoan"

    assert court.post("/bookings", offer["booking"]).status_code == 422
    body = offer["booking"] | {"warning_reason": "The registry was rung."}
    made = court.post("/bookings", body)

    assert made.status_code == 201
    assert made.json["interpreter"]["language"] == "Samoan"


def test_the_search_believes_what_is_sent_rather_than_the_record(
    samoan: Scene, court: Caller
) -> None:
    none = court.post("/offers", search(samoan, interpreter_language="")).json["offers"][0]
    reo = court.post("/offers", search(samoan, interpreter_language="maori")).json["offers"][0]
    too_long = court.post("/offers", search(samoan, interpreter_language="x" * 801))

    assert (none["warnings"], none["booking"]["interpreter_language"]) == ([], "")
    assert "10 working days' notice of te reo Māori" in reo["warnings"][0]["sentence"]
    assert reo["booking"]["interpreter_language"] == "te reo Māori"
    assert too_long.status_code == 422


def test_offers_beside_a_refusal_warn_as_well(samoan: Scene, court: Caller) -> None:
    body = asked(samoan, warning_reason="The registry was rung.")
    made = court.post("/bookings", body).json

    refused = court.post("/bookings", body)

    assert refused.status_code == 409
    assert {one["warnings"][0]["rule"] for one in refused.json["offers"]} == {"interpreter_late"}
    later = asked(samoan, "14:00", warning_reason="The registry was rung.")
    assert court.post("/bookings", later).status_code == 201
    move = {"starts_at": "2026-11-25T14:00:00+13:00", "reason": "Later.", "warning_reason": "x"}
    refused = court.change(f"/bookings/{made['reference']}/move", move)
    assert refused.status_code == 409
    assert {one["warnings"][0]["rule"] for one in refused.json["offers"]} == {"interpreter_late"}


def test_a_wait_keeps_its_language(samoan: Scene, court: Caller) -> None:
    wish = search(samoan, interpreter_language="Tongan")
    del wish["limit"]
    wish |= {
        "first": "2026-11-25",
        "last": "2026-11-25",
        "deadline_at": "2026-11-25T08:00:00+13:00",
    }

    made = court.post("/waitlist", wish)

    assert made.status_code == 201, made.text

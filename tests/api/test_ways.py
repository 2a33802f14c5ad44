"""The ways out of a clash by API: the page's own, in the page's order."""

from __future__ import annotations

from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene


def test_a_refused_booking_says_the_ways_out_in_order(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]
    other = make.person("Ngata", "Wiremu", held_at=scene.rimutaka)

    body = asked(scene)
    body["appearances"][0]["prn"] = other.prn
    refused = court.post("/bookings", body)

    assert refused.status_code == 409
    ways = refused.json["ways"]
    kinds = [way["kind"] for way in ways]
    assert kinds == ["offer", "make_room", "swap", "wait", "another_prison", "in_person"]
    by_kind = {way["kind"]: way for way in ways}
    assert by_kind["make_room"]["href"] == "/api/v1/plans"
    assert by_kind["swap"]["reference"] == first
    assert by_kind["wait"]["href"] == "/api/v1/waitlist"
    assert by_kind["in_person"]["href"] == "/api/v1/directions"


def test_a_refused_move_says_whom_to_swap_with(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]
    body = asked(scene, "14:00")
    body["appearances"][0]["prn"] = scene.hemi.prn
    second = court.post("/bookings", body).json["reference"]

    refused = court.change(
        f"/bookings/{second}/move",
        {"starts_at": body["starts_at"].replace("14:00", "10:00"), "reason": "The judge asks."},
    )

    assert refused.status_code == 409
    swap = next(way for way in refused.json["ways"] if way["kind"] == "swap")
    assert swap["href"] == f"/api/v1/bookings/{second}/swap"
    assert swap["reference"] == first
    room = next(way for way in refused.json["ways"] if way["kind"] == "make_room")
    assert room["href"] == "/api/v1/plans"
    wait = next(way for way in refused.json["ways"] if way["kind"] == "wait")
    assert wait["href"] == "/api/v1/waitlist"


def test_an_offer_beside_a_refused_move_is_sent_as_it_is(scene: Scene, court: Caller) -> None:
    court.post("/bookings", asked(scene))
    body = asked(scene, "14:00")
    body["appearances"] = [
        {
            "prn": scene.hemi.prn,
            "suite_id": scene.suite.id,
            "counsel_id": scene.mere.id,
            "instruction_suite_id": scene.booth.id,
        }
    ]
    body |= {"pre_minutes": 15}
    made = court.post("/bookings", body).json
    move = {"starts_at": "2026-11-25T10:00:00+13:00", "reason": "The judge asks."}
    refused = court.change(f"/bookings/{made['reference']}/move", move)
    offers = refused.json["offers"]

    assert refused.status_code == 409
    assert {(one["method"], one["href"], one["booking"]) for one in offers} == {
        ("POST", f"/api/v1/bookings/{made['reference']}/move", None)
    }
    offer = offers[0]["move"]
    assert offer["reason"] == "The judge asks."
    done = court.change(offers[0]["href"].removeprefix("/api/v1"), offer)
    assert done.status_code == 200, done.text
    assert done.json["starts_at"] == offers[0]["starts_at"]
    assert [one["instruction_suite"]["id"] for one in done.json["appearances"]] == [scene.booth.id]


def test_a_place_taken_by_api_moves_only_the_booking_named(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]
    other = make.person("Ngata", "Wiremu", held_at=scene.rimutaka)

    found = court.post(
        "/plans",
        {
            "court": scene.court.code,
            "courtroom_ids": [scene.courtroom.id],
            "hearing_type": "CRB",
            "wanted_start": "2026-11-25T10:00:00+13:00",
            "near_minutes": 0,
            "minutes": 30,
            "pre_minutes": 0,
            "post_minutes": 0,
            "appearances": [{"prn": other.prn}],
            "taking": [first],
        },
    )

    assert found.status_code == 200
    plans = found.json["plans"]
    assert {move["reference"] for plan in plans for move in plan["moves"]} == {first}


def test_another_prison_names_those_with_room_and_whom_to_ask(scene: Scene, court: Caller) -> None:
    far = make.prison("MAN", short_name="Manawatū", phone="06 350 1111")
    court.post("/bookings", asked(scene))
    other = make.person("Ngata", "Wiremu", held_at=scene.rimutaka)
    body = asked(scene)
    body["appearances"][0]["prn"] = other.prn
    body["courtroom_id"] = scene.second_courtroom.id

    refused = court.post("/bookings", body)

    [way] = [one for one in refused.json["ways"] if one["kind"] == "another_prison"]
    assert way["href"] is None
    assert {one["site"]: one["phone"] for one in way["prisons"]} == {
        "ARO": "",
        far.code: "06 350 1111",
    }
    assert "whether a transfer is possible" in way["sentence"]

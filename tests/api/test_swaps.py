"""Swapping by API: whom with, what it would come to, and only what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


@pytest.fixture
def crossed(scene: Scene, court: Caller) -> dict[str, Any]:
    """Tāne in Suite 1 at ten with counsel, Hēmi in Suite 2 at two; somebody has Suite 1 at two."""
    body = asked(scene)
    body["appearances"][0]["counsel_id"] = scene.mere.id
    first = court.post("/bookings", body).json
    body = asked(scene, "14:00")
    body["appearances"] = [{"prn": scene.hemi.prn, "suite_id": scene.second_suite.id}]
    second = court.post("/bookings", body).json
    other = make.person("Ngata", "Wiremu", held_at=scene.rimutaka)
    body = asked(scene, "14:00", courtroom_id=scene.second_courtroom.id)
    body["appearances"][0]["prn"] = other.prn
    in_the_way = court.post("/bookings", body).json
    return {"first": first, "second": second, "in_the_way": in_the_way}


def test_a_swap_is_listed_seen_and_done_as_it_was_seen(
    scene: Scene, court: Caller, crossed: dict[str, Any]
) -> None:
    first, second = crossed["first"], crossed["second"]
    path = f"/bookings/{first['reference']}/swap"

    listed = court.get(f"{path}s").json["swaps"]
    seen = court.post(f"{path}/preview", {"with": second["reference"]}, Idempotency_Key=None)

    assert [one["sides"][1]["reference"] for one in listed] == [
        second["reference"],
        crossed["in_the_way"]["reference"],
    ]
    assert seen.json == listed[0]
    assert (seen.status_code, seen.json["is_possible"]) == (200, True)
    assert seen.headers["ETag"] == f'"{first["version"]}"'
    mine, theirs = seen.json["sides"]
    assert mine == {
        "reference": first["reference"],
        "version": first["version"],
        "prns": [scene.tane.prn],
        "before": {
            "starts_at": "2026-11-25T10:00:00+13:00",
            "minutes": 30,
            "pre_minutes": 0,
            "post_minutes": 0,
            "courtroom_id": scene.courtroom.id,
            "suite_ids": [scene.suite.id],
        },
        "after": mine["before"]
        | {"starts_at": "2026-11-25T14:00:00+13:00", "suite_ids": [scene.second_suite.id]},
        "rooms": ["Rimutaka, Suite 2 instead of Rimutaka, Suite 1"],
        "refusals": [],
        "warnings": [],
        "told": [
            "Rimutaka is asked to agree",
            "Mere Parata is told once the prison has agreed",
        ],
    }
    assert theirs["rooms"] == []
    done = court.change(
        path, {"with": second["reference"], "mark": seen.json["mark"], "reason": "Judge asks."}
    )
    assert (done.status_code, done.json["starts_at"]) == (200, second["starts_at"])


def test_what_has_become_another_swap_is_refused_with_what_it_is_now(
    scene: Scene, court: Caller, crossed: dict[str, Any]
) -> None:
    first, second = crossed["first"]["reference"], crossed["second"]["reference"]
    path = f"/bookings/{first}/swap"
    seen = court.post(f"{path}/preview", {"with": second}).json
    in_the_way = crossed["in_the_way"]["reference"]
    court.change(f"/bookings/{in_the_way}/cancel", {"reason": "Plea entered"})
    wanted = {"with": second, "mark": seen["mark"], "reason": "Judge asks."}

    refused = court.change(path, wanted)

    assert refused.status_code == 409
    assert refused.json["detail"] == (
        "Nothing was changed, because the swap comes to something else by now. Their rooms stay as"
        " they are."
    )
    now = refused.json["swap"]
    assert now == court.post(f"{path}/preview", {"with": second}).json
    assert [side["rooms"] for side in now["sides"]] == [[], []]

    court.change(
        f"/bookings/{second}/move", {"starts_at": "2026-11-25T15:00:00+13:00", "reason": "Judge."}
    )
    moved = court.change(path, wanted | {"mark": now["mark"]})
    assert moved.status_code == 409  # No room changes, but the time that was seen is gone.
    assert moved.json["swap"]["sides"][0]["after"]["starts_at"] == "2026-11-25T15:00:00+13:00"
    assert court.change(path, wanted | {"mark": moved.json["swap"]["mark"]}).status_code == 200


def test_what_cannot_be_swapped_is_said_and_who_may_not_move_it_finds_nothing(
    scene: Scene,
    court: Caller,
    other_court: Caller,
    prison: Caller,
    crossed: dict[str, Any],
) -> None:
    first, second = crossed["first"]["reference"], crossed["second"]["reference"]
    path = f"/bookings/{first}/swap"
    for stranger in (other_court, prison):
        assert stranger.get(f"{path}s").status_code == 404
        assert stranger.post(f"{path}/preview", {"with": second}).status_code == 404
    assert court.post(f"{path}/preview", {"with": first}).status_code == 422
    assert court.post(f"{path}/preview", {"with": "AVL-222222"}).status_code == 404
    court.change(f"/bookings/{second}/cancel", {"reason": "Vacated."})

    refused = court.post(f"{path}/preview", {"with": second})

    assert refused.status_code == 409
    assert refused.json["detail"] == f"Booking {second} is cancelled, so it cannot change places."
    assert court.get(f"/bookings/{second}/swaps").status_code == 409

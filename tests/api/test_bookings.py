"""Booking by API, from the search to the swap, and each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from avl.models import Booking, Hold, db
from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

PROBLEM = "application/problem+json"


def test_book_read_and_list(scene: Scene, court: Caller, prison: Caller) -> None:
    body = asked(scene, pre_minutes=15, staff_notes="for us", prison_notes="for them")
    body["appearances"][0] |= {"counsel_id": scene.mere.id}

    made = court.post("/bookings", body)

    assert made.status_code == 201
    reference = made.json["reference"]
    assert made.headers["Location"] == f"/api/v1/bookings/{reference}"
    assert made.headers["ETag"] == f'"{made.json["version"]}"'
    assert (made.json["status"], made.json["starts_at"], made.json["ends_at"]) == (
        "requested",
        "2026-11-25T09:45:00+13:00",
        "2026-11-25T10:30:00+13:00",
    )
    assert court.get(f"/bookings/{reference}").json == made.json
    seen = prison.get(f"/bookings/{reference}").json
    assert (seen["staff_notes"], seen["prison_notes"]) == (None, "for them")
    assert seen["appearances"][0]["person"]["prn"] == scene.tane.prn
    listed = prison.get(
        "/bookings?from=2026-11-25T00:00:00%2B13:00&to=2026-11-26T00:00:00%2B13:00&site=rim"
    ).json
    assert (listed["total"], [one["reference"] for one in listed["bookings"]]) == (1, [reference])


def test_a_clash_says_why_and_offers_what_fits(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json["reference"]

    refused = court.post("/bookings", asked(scene, "10:15"))

    assert (refused.status_code, refused.content_type) == (409, PROBLEM)
    assert {clash["rule"] for clash in refused.json["clashes"]} == {"taken"}
    assert first in refused.json["detail"]
    assert refused.json["offers"]
    for offer in refused.json["offers"]:
        taken = court.post("/bookings", offer["booking"])
        assert (taken.status_code, taken.json.get("detail")) == (201, None)
        court.change(f"/bookings/{taken.json['reference']}/cancel", {"reason": "Only tried."})


def test_a_clash_with_anothers_booking_tells_nothing_about_it(
    scene: Scene, court: Caller, other_court: Caller
) -> None:
    made = court.post("/bookings", asked(scene, staff_notes="planted")).json
    rooms = other_court.get("/resources?kind=courtroom").json["resources"]
    theirs = next(room for room in rooms if room["site"] not in ("HVDC", "WNDC"))

    refused = other_court.post("/bookings", asked(scene, courtroom_id=theirs["id"]))

    assert refused.status_code == 409
    assert made["reference"] not in refused.text
    assert "planted" not in refused.text


def test_every_offer_of_a_search_can_be_booked(scene: Scene, court: Caller) -> None:
    search = {
        "court": "hvdc",
        "hearing_type": "CRB",
        "wanted_start": "2026-11-25T10:00:00+13:00",
        "minutes": 30,
        "appearances": [{"prn": scene.tane.prn, "counsel_id": scene.mere.id}],
        "limit": 4,
    }

    found = court.post("/offers", search, Idempotency_Key=None)

    assert (found.status_code, found.json["proof"], len(found.json["offers"])) == (200, None, 4)
    for offer in found.json["offers"]:
        reference = court.post("/bookings", offer["booking"]).json["reference"]
        court.change(f"/bookings/{reference}/cancel", {"reason": "Only tried."})


def test_a_search_without_a_length_takes_the_usual_one_as_it_can_be_booked(
    scene: Scene, court: Caller
) -> None:
    make.hearing_type("CRL", "List", typical_minutes=8, pre_minutes=3)
    search = {
        "court": "HVDC",
        "hearing_type": "CRL",
        "wanted_start": "2026-11-25T10:00:00+13:00",
        "appearances": [{"prn": scene.tane.prn}],
        "limit": 1,
    }

    found = court.post("/offers", search)

    assert found.status_code == 200
    booking = found.json["offers"][0]["booking"]
    assert (booking["minutes"], booking["pre_minutes"], booking["post_minutes"]) == (10, 5, 0)


def test_a_search_without_any_way_proves_it(scene: Scene, court: Caller) -> None:
    search = {
        "court": "HVDC",
        "hearing_type": "CRB",
        "wanted_start": "2026-11-25T10:00:00+13:00",
        "minutes": 30,
        "appearances": [{"prn": scene.tane.prn, "suite_ids": [scene.women_suite.id]}],
        "first": "2026-11-25",
        "last": "2026-11-25",
    }

    found = court.post("/offers", search).json

    assert found["offers"] == []
    assert found["proof"]["sentence"]


def test_another_courts_booking_does_not_exist(
    scene: Scene, court: Caller, other_court: Caller
) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]
    answers = [other_court.get(f"/bookings/{reference}")]
    for action in ("confirm", "decline", "cancel", "move"):
        body = {"reason": "Mine now."}
        answers.append(other_court.post(f"/bookings/{reference}/{action}", body, If_Match="*"))
    never_was = other_court.get("/bookings/AVL-ZZZZZZ")

    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].json["detail"] == never_was.json["detail"].replace("AVL-ZZZZZZ", reference)


def test_a_prison_confirms_and_may_not_cancel(scene: Scene, court: Caller, prison: Caller) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]

    assert prison.change(f"/bookings/{reference}/confirm").json["status"] == "confirmed"
    refused = prison.change(f"/bookings/{reference}/cancel", {"reason": "Ours."})
    assert (refused.status_code, refused.content_type) == (403, PROBLEM)
    assert court.change(f"/bookings/{reference}/confirm").status_code == 403


def test_a_prison_declines_with_a_reason(scene: Scene, court: Caller, prison: Caller) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]

    assert prison.change(f"/bookings/{reference}/decline", {}).status_code == 422
    declined = prison.change(f"/bookings/{reference}/decline", {"reason": "Lock-down."}).json

    assert (declined["status"], declined["end_reason"]) == ("declined", "Lock-down.")
    again = prison.change(f"/bookings/{reference}/confirm")
    assert (again.status_code, again.content_type) == (409, PROBLEM)


def test_a_move_changes_only_what_was_sent(scene: Scene, court: Caller) -> None:
    made = court.post("/bookings", asked(scene, pre_minutes=15)).json
    path = f"/bookings/{made['reference']}/move"
    appearance = made["appearances"][0]["id"]

    moved = court.change(
        path,
        {
            "starts_at": "2026-11-25T14:00:00+13:00",
            "suites": [{"appearance_id": appearance, "suite_id": scene.second_suite.id}],
            "reason": "The judge sits later.",
        },
    )

    assert moved.status_code == 200
    assert (moved.json["starts_at"], moved.json["ends_at"]) == (
        "2026-11-25T13:45:00+13:00",
        "2026-11-25T14:30:00+13:00",
    )
    assert moved.json["appearances"][0]["suite"]["id"] == scene.second_suite.id
    assert moved.json["version"] > made["version"]


def test_a_move_into_somebody_elses_time_is_refused_with_offers(
    scene: Scene, court: Caller
) -> None:
    court.post("/bookings", asked(scene))
    later = asked(scene, "13:00", appearances=[{"prn": scene.hemi.prn, "suite_id": scene.suite.id}])
    second = court.post("/bookings", later).json["reference"]

    refused = court.change(
        f"/bookings/{second}/move", {"starts_at": "2026-11-25T10:00:00+13:00", "reason": "Sooner."}
    )

    assert refused.status_code == 409
    assert refused.json["offers"]
    taken = refused.json["offers"][0]["move"]
    assert court.change(f"/bookings/{second}/move", taken).status_code == 200


def test_two_bookings_swap(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json
    second = court.post("/bookings", asked(scene, "13:00")).json

    swapped = court.change(
        f"/bookings/{first['reference']}/swap", {"with": second["reference"], "reason": "Agreed."}
    )

    assert swapped.status_code == 200
    assert swapped.json["starts_at"] == second["starts_at"]
    assert court.get(f"/bookings/{second['reference']}").json["starts_at"] == first["starts_at"]


def test_a_swap_is_refused_when_the_other_booking_has_changed(scene: Scene, court: Caller) -> None:
    first = court.post("/bookings", asked(scene)).json
    second = court.post("/bookings", asked(scene, "13:00")).json
    path, reason = f"/bookings/{first['reference']}/swap", {"reason": "Agreed."}
    wanted = reason | {"with": second["reference"]}

    stale = court.change(path, wanted | {"with_version": second["version"] - 1})
    assert stale.status_code == 412
    assert second["reference"] in stale.json["detail"]

    assert court.change(path, wanted | {"with_version": second["version"]}).status_code == 200


def test_a_cancelled_booking_holds_nothing(scene: Scene, court: Caller) -> None:
    reference = court.post("/bookings", asked(scene)).json["reference"]

    cancelled = court.change(f"/bookings/{reference}/cancel", {"reason": "Vacated."})

    assert cancelled.json["status"] == "cancelled"
    assert db.session.query(Hold).count() == 0
    assert court.post("/bookings", asked(scene)).status_code == 201


def test_people_sites_and_rooms_can_be_looked_up(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    person = court.get(f"/people?prn={scene.tane.prn}").json["people"][0]
    assert person["now_at"]["site"] == "Rimutaka"
    assert court.get("/people?prn=nobody").json == {"people": []}
    assert {"HVDC", "RIM"} <= {site["code"] for site in court.get("/sites").json["sites"]}
    rooms = court.get("/resources?site=rim&kind=suite").json["resources"]
    assert [room["id"] for room in rooms] == [scene.suite.id, scene.second_suite.id]


def test_a_person_not_there_is_told_in_one_sentence(scene: Scene, court: Caller) -> None:
    body: dict[str, Any] = asked(scene)
    body["appearances"][0]["prn"] = scene.aroha.prn

    refused = court.post("/bookings", body)

    assert refused.status_code == 409
    assert refused.json["clashes"][0]["rule"] == "not_in_custody_there"
    assert db.session.query(Booking).count() == 0


def test_a_move_gives_counsel_another_room_or_none(scene: Scene, court: Caller) -> None:
    second = make.instruction_suite(scene.court, "Instruction suite 2")
    seat = {"prn": scene.tane.prn, "suite_id": scene.suite.id}
    body = {
        "courtroom_id": scene.courtroom.id,
        "hearing_type": "CRB",
        "starts_at": "2026-11-25T10:00:00+13:00",
        "minutes": 30,
        "pre_minutes": 15,
        "appearances": [seat | {"instruction_suite_id": scene.booth.id}],
    }
    made = court.post("/bookings", body).json
    path, appearance = f"/bookings/{made['reference']}/move", made["appearances"][0]["id"]

    def given(room: int | None) -> list[dict[str, int | None]]:
        return [{"appearance_id": appearance, "instruction_suite_id": room}]

    def move(rooms: list[dict[str, int | None]]) -> Any:
        return court.change(path, {"reason": "Screen.", "instruction_suites": rooms})

    assert move(given(second.id)).json["appearances"][0]["instruction_suite"]["id"] == second.id
    assert move(given(None)).json["appearances"][0]["instruction_suite"] is None
    assert move(given(second.id) * 2).status_code == 422
    assert move(given(scene.suite.id)).status_code == 409


def test_an_interpreter_is_asked_for_late_with_a_reason_and_then_confirmed(
    scene: Scene, court: Caller, prison: Caller
) -> None:
    body = asked(scene, interpreter_language="Samoan")
    assert court.post("/bookings", body).status_code == 422
    made = court.post("/bookings", body | {"warning_reason": "Bail is urgent."}).json
    assert made["interpreter"] == {"language": "Samoan", "state": "wanted", "note": ""}
    path = f"/bookings/{made['reference']}/interpreter"

    done = court.change(path, {"state": "confirmed", "note": "4711"})

    assert done.json["interpreter"] == {"language": "Samoan", "state": "confirmed", "note": "4711"}
    seen = prison.get(f"/bookings/{made['reference']}").json["interpreter"]
    assert seen == {"language": "Samoan", "state": "confirmed", "note": None}
    assert prison.change(path, {"state": "asked"}).status_code == 403
    assert court.change(path, {"state": "soon"}).status_code == 422

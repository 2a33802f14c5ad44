"""Of two bookings that must not meet one moves, and the other stands again by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.accepting import accept_ways
from avl.commands.booking_requests import BookingRequest
from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking
from avl.commands.disruptions import accept_way, work_out_ways
from avl.commands.keeping_apart import foresee_keep_apart, keep_apart
from avl.domain.access import Role
from avl.domain.disruption import Resolution
from avl.domain.errors import ActionNotAllowed
from avl.models import Booking, Disruption, db
from tests import make
from tests.scene import Scene, open_disruptions, tomorrow

pytestmark = pytest.mark.both_databases
TERMS = {"minutes": 30, "all_day": False, "reason": "Gang"}


def booked(scene: Scene) -> tuple[Booking, Booking]:
    """Tāne and Hēmi, both at ten o'clock tomorrow, for hearings that matter the same."""
    return (
        request_booking(scene.request("10:00"), by=scene.registrar),
        request_booking(of_hemi(scene), by=scene.registrar),
    )


def of_hemi(scene: Scene) -> BookingRequest:
    seat = scene.seat(scene.hemi, scene.second_suite)
    return scene.request("10:00", seat, courtroom=scene.second_courtroom)


def kept_apart(scene: Scene) -> tuple[Booking, Booking]:
    both = booked(scene)
    keep_apart(scene.tane.id, scene.hemi.id, **TERMS, by=scene.registrar)
    return both


def row_of(booking: Booking) -> Disruption:
    db.session.rollback()
    wanted = select(Disruption).where(Disruption.booking_id == booking.id)
    return db.session.scalars(wanted).one()


def ways() -> dict[int, str]:
    """The kind of way that each booking has, by its id."""
    return {row.booking_id: row.way["kind"] for row in open_disruptions()}


def test_one_of_two_moves_and_the_other_is_to_be_left(scene):
    first, second = kept_apart(scene)

    work_out_ways()

    assert ways() == {first.id: "stay", second.id: "move"}
    stays = next(row for row in open_disruptions() if row.way["kind"] == "stay")
    assert stays.way["why"] == "It stands again once the other booking has gone."
    with pytest.raises(ActionNotAllowed, match="It stands again once"):
        accept_way(stays.id, by=scene.registrar)
    assert {first.starts_at, second.starts_at} == {tomorrow("10:00")}


def test_what_is_shown_before_saving_moves_one_of_two_as_well(scene):
    booked(scene)

    preview = foresee_keep_apart(scene.tane.id, scene.hemi.id, **TERMS, by=scene.registrar)

    assert sorted(way.kind for way in preview.ways.values()) == ["move", "stay"]
    assert preview.outlook == "1 can be moved, 1 can stay once others have gone."


def test_the_other_stands_again_once_one_has_moved(scene: Scene, client: FlaskClient):
    kept_apart(scene)
    work_out_ways()
    moving = next(row for row in open_disruptions() if row.way["kind"] == "move")
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))

    page = client.post(
        "/worklist/accept",
        data={"way": f"{moving.id}:{moving.way['mark']}"},
        follow_redirects=True,
    )

    assert "is dealt with. Everybody concerned has been told. Another booking stands again" in (
        page.text
    )
    assert open_disruptions() == []


def test_the_worker_lets_a_booking_stand_again_once_the_other_is_cancelled(scene):
    first, second = kept_apart(scene)
    work_out_ways()

    cancel_booking(first.reference, by=scene.registrar, reason="Not needed.")
    work_out_ways()

    assert row_of(second).resolution is Resolution.VALID_AGAIN
    assert second.starts_at == tomorrow("10:00")


def test_accepting_two_ways_that_were_shown_moves_only_what_must_move(scene):
    both = kept_apart(scene)
    # Each was looked at by itself, as when one of them was added to the list later.
    for booking in both:
        work_out_ways(booking_ids=[booking.id])
    marks = {row.id: row.way["mark"] for row in open_disruptions()}

    moved, spared = accept_ways(marks, by=scene.registrar)

    assert (moved.refused, moved.is_spared) == ("", False)
    assert (spared.refused, spared.is_spared) == ("", True)
    assert row_of(both[0]).resolution is Resolution.MOVED
    assert row_of(both[1]).resolution is Resolution.VALID_AGAIN
    assert both[1].starts_at == tomorrow("10:00")


def test_what_was_to_be_left_stands_again_when_all_are_accepted_in_order(scene):
    kept_apart(scene)
    work_out_ways()
    rows = sorted(open_disruptions(), key=lambda row: row.way["kind"])

    moved, left = accept_ways({row.id: row.way["mark"] for row in rows}, by=scene.registrar)

    assert (moved.refused, left.refused, left.is_spared) == ("", "", True)
    assert open_disruptions() == []


def test_whoever_matters_more_keeps_the_time(scene):
    make.hearing_type("TRIAL", priority=90)
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    trial = replace(of_hemi(scene), hearing_type="TRIAL")
    second = request_booking(trial, by=scene.registrar)
    keep_apart(scene.tane.id, scene.hemi.id, **TERMS, by=scene.registrar)

    work_out_ways()

    assert ways() == {first.id: "move", second.id: "stay"}

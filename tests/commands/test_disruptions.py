"""What changes after booking: each broken booking is found at once and has a way out."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from avl import clock as clocks
from avl.commands.accepting import accept_ways
from avl.commands.bookings import request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.closures import close_site, foresee_closure, reopen_site
from avl.commands.disruptions import accept_way, end_what_is_over, work_out_ways
from avl.commands.outages import PlaceChange, end_outage, foresee_outage, record_outage
from avl.commands.records import record_release, record_transfer, withdraw_move
from avl.domain.booking import Status
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleVersion,
)
from avl.models import Booking, Disruption, db
from tests import make
from tests.conftest import Clock
from tests.counting import statements
from tests.scene import TOMORROW, Scene, overlaps, tomorrow

pytestmark = pytest.mark.both_databases


def booked(scene: Scene, start: str = "10:00", *seats: Any, **more: Any) -> Booking:
    """A confirmed booking tomorrow."""
    booking = request_booking(scene.request(start, *seats, **more), by=scene.registrar)
    if booking.status is Status.REQUESTED:
        for appearance in booking.appearances:
            appearance.agreed_at = clocks.now()
        booking.status, booking.expires_at = Status.CONFIRMED, None
        db.session.commit()
    return booking


def outage(scene: Scene, start: str = "8:00", end: str | None = "18:00") -> PlaceChange:
    """Suite 1 at Rimutaka out of use tomorrow."""
    return record_outage(
        scene.suite.id,
        start=tomorrow(start.zfill(5)),
        end=tomorrow(end) if end else None,
        reason="no picture",
        by=scene.coordinator,
    )


def of(booking: Booking) -> list[Disruption]:
    """A booking's disruptions, oldest first."""
    db.session.expire_all()
    wanted = select(Disruption).where(Disruption.booking_id == booking.id).order_by(Disruption.id)
    return list(db.session.scalars(wanted))


def test_an_outage_opens_a_disruption_for_what_it_breaks_and_nothing_else(scene: Scene) -> None:
    broken = booked(scene, "10:00")
    elsewhere = booked(
        scene, "10:00", scene.seat(scene.hemi, scene.second_suite), courtroom=scene.second_courtroom
    )
    later = booked(scene, "14:00")

    done = outage(scene, "9:00", "12:00")

    assert done.swept.opened == (broken.id,)
    (row,) = of(broken)
    assert (row.cause, row.site_id, row.court_id) == (
        Cause.OUTAGE,
        scene.rimutaka.id,
        scene.court.id,
    )
    assert row.sentence == (
        "Suite 1 at Rimutaka is out of use until 12:00 pm on Wed 25 Nov 2026: no picture."
    )
    assert row.due_at == tomorrow("08:00")
    assert of(elsewhere) == of(later) == []


def test_the_preview_says_what_saving_then_does(scene: Scene) -> None:
    booked(scene, "10:00")
    booked(scene, "11:00")
    booked(scene, "14:00")
    preview = foresee_outage(
        scene.suite.id,
        start=tomorrow("09:00"),
        end=tomorrow("12:00"),
        reason="no picture",
        by=scene.coordinator,
    )

    done = outage(scene, "9:00", "12:00")

    assert preview.sentence == (
        "Closing Suite 1 on Wed 25 Nov 2026, 9:00 am to 12:00 pm affects 2 bookings."
    )
    rows = db.session.scalars(select(Disruption).order_by(Disruption.id)).all()
    assert [one.sentence for one in preview.affected] == [row.sentence for row in rows]
    assert len(done.swept.opened) == 2


def test_closing_when_no_clock_shows_the_time_is_refused(scene: Scene) -> None:
    terms: Any = {"reason": "strike", "by": scene.coordinator}
    skipped = {"on": date(2027, 9, 26), "from_time": time(2, 10), "to_time": time(2, 50)}

    with pytest.raises(InvalidInput, match="clocks go forward") as refusal:
        close_site(scene.rimutaka.id, **skipped, **terms)
    assert refusal.value.field == "from_time"
    with pytest.raises(InvalidInput, match="before the end of 2199"):
        close_site(scene.rimutaka.id, on=date.max, **terms)


def test_closing_part_of_a_day_spares_the_types_that_still_sit(scene: Scene) -> None:
    make.hearing_type("TRI", "Trial")
    bail, morning = booked(scene, "14:00"), booked(scene, "10:00")
    still = request_booking(
        scene.request("15:00", scene.seat(scene.hemi, scene.second_suite)), by=scene.registrar
    )
    still.hearing_type_code = "TRI"
    db.session.commit()
    terms: Any = {"on": date.fromisoformat(TOMORROW), "reason": "strike"}
    terms |= {"from_time": time(13), "to_time": time(17), "still_sitting": ["TRI"]}
    preview = foresee_closure(scene.rimutaka.id, by=scene.coordinator, **terms)

    done = close_site(scene.rimutaka.id, by=scene.coordinator, **terms)

    assert preview.sentence == (
        "Closing Rimutaka on Wed 25 Nov 2026, 1:00 pm to 5:00 pm affects 1 booking."
    )
    assert done.swept.opened == (bail.id,)
    assert of(bail)[0].cause is Cause.CLOSURE
    assert of(morning) == of(still) == []

    reopen_site(done.id, by=scene.coordinator)

    assert of(bail)[0].resolution is Resolution.VALID_AGAIN


def test_ending_an_outage_early_resolves_what_is_possible_again(scene: Scene) -> None:
    booking = booked(scene)
    done = outage(scene, "9:00", None)

    ended = end_outage(done.id, by=scene.coordinator)

    assert ended.swept.mended == (booking.id,)
    (row,) = of(booking)
    assert (row.resolution, row.resolved_by_id) == (
        Resolution.VALID_AGAIN,
        scene.coordinator.user_id,
    )
    with pytest.raises(NotFound):
        end_outage(done.id, by=scene.coordinator)


def test_two_outages_one_ended_leave_the_booking_broken(scene: Scene) -> None:
    booking = booked(scene)
    first = outage(scene)
    record_outage(
        scene.courtroom.id,
        start=tomorrow("09:00"),
        end=None,
        reason="no sound",
        by=scene.registrar,
    )
    assert "no sound" in of(booking)[0].sentence

    end_outage(first.id, by=scene.coordinator)

    (row,) = of(booking)
    assert row.resolved_at is None
    assert (
        row.sentence == "Courtroom 1 at Hutt Valley is out of use until further notice: no sound."
    )


def test_the_coordinator_accepts_another_suite_and_nobody_is_asked_again(scene: Scene) -> None:
    booking = booked(scene)
    outage(scene)
    assert work_out_ways() == 1
    (row,) = of(booking)
    assert row.way["seats"][0]["after"] == "Rimutaka, Suite 2"
    assert row.way["is_suite_only"] is True

    accept_way(row.id, by=scene.coordinator, mark=row.way["mark"])

    (row,) = of(booking)
    assert row.resolution is Resolution.MOVED
    assert booking.status is Status.CONFIRMED
    assert booking.appearances[0].suite_id == scene.second_suite.id
    with pytest.raises(ActionNotAllowed):
        accept_way(row.id, by=scene.coordinator)


def test_a_coordinator_decides_neither_times_nor_other_prisons(scene: Scene) -> None:
    booking = booked(scene)
    outage(scene)
    record_outage(
        scene.second_suite.id,
        start=tomorrow("08:00"),
        end=tomorrow("12:00"),
        reason="flood",
        by=scene.coordinator,
    )
    work_out_ways()
    (row,) = of(booking)
    assert row.way["when"] == [
        "Wed 25 Nov 2026, 10:00 am to 10:30 am",
        "Wed 25 Nov 2026, 12:00 pm to 12:30 pm",
    ]

    with pytest.raises(NotAllowed):
        accept_way(row.id, by=scene.coordinator)
    with pytest.raises(NotFound):
        accept_way(row.id, by=scene.women_coordinator)
    accept_way(row.id, by=scene.registrar)

    assert booking.starts_at == tomorrow("12:00")
    assert booking.status is Status.REQUESTED  # the prison is asked about another time


def test_a_transfer_keeps_the_time_at_the_new_prison(scene: Scene) -> None:
    booking = booked(scene)

    record_transfer(
        scene.tane.id,
        site_id=scene.arohata.id,
        at=tomorrow("08:00"),
        by=scene.coordinator,
    )
    work_out_ways()

    (row,) = of(booking)
    assert row.cause is Cause.TRANSFER
    assert row.sentence == "The person in custody is at Arohata on Wed 25 Nov 2026."
    assert "Tāne" not in str(row.way)
    accept_way(row.id, by=scene.registrar)
    assert booking.starts_at == tomorrow("10:00")
    assert booking.appearances[0].site_id == scene.arohata.id
    assert overlaps() == 0


def test_a_release_is_proposed_for_cancelling_and_taken_back_with_the_release(scene: Scene) -> None:
    booking = booked(scene)
    record_release(scene.tane.id, at=tomorrow("07:00"), by=scene.coordinator)
    work_out_ways()
    (row,) = of(booking)
    assert (row.cause, row.way["kind"]) == (Cause.RELEASE, "cancel")

    withdraw_move(scene.tane.id, by=scene.coordinator)

    assert of(booking)[0].resolution is Resolution.VALID_AGAIN
    record_release(scene.tane.id, at=tomorrow("07:00"), by=scene.coordinator)
    work_out_ways()
    accept_way(of(booking)[1].id, by=scene.registrar)
    assert booking.status is Status.CANCELLED
    assert of(booking)[1].resolution is Resolution.CANCELLED


def test_what_is_done_by_hand_resolves_it_too(scene: Scene) -> None:
    moved, cancelled = booked(scene, "10:00"), booked(scene, "11:00")
    outage(scene)

    move_booking(
        moved.reference,
        Move(suites={moved.appearances[0].id: scene.second_suite.id}),
        by=scene.registrar,
        reason="other suite",
    )
    cancel_booking(cancelled.reference, by=scene.registrar, reason="withdrawn")

    assert of(moved)[0].resolution is Resolution.MOVED
    assert of(cancelled)[0].resolution is Resolution.CANCELLED


def test_no_way_for_two_weeks_means_bringing_the_person(scene: Scene) -> None:
    booking = booked(scene)
    for suite in (scene.suite, scene.second_suite):
        record_outage(
            suite.id, start=tomorrow("08:00"), end=None, reason="no power", by=scene.coordinator
        )
    work_out_ways()
    (row,) = of(booking)
    assert row.way["kind"] == "in_person"

    accept_way(row.id, by=scene.registrar)

    assert of(booking)[0].resolution is Resolution.IN_PERSON
    assert booking.status is Status.CANCELLED
    assert booking.end_reason.startswith("In person. Suite 1 at Rimutaka is out of use")


def test_a_way_somebody_else_has_taken_is_replaced_not_forced(scene: Scene) -> None:
    booking = booked(scene)
    outage(scene)
    work_out_ways()
    (row,) = of(booking)
    first = row.way["mark"]
    booked(
        scene, "10:00", scene.seat(scene.hemi, scene.second_suite), courtroom=scene.second_courtroom
    )

    (outcome,) = accept_ways({row.id: first}, by=scene.registrar)

    assert "Suite 2 at Rimutaka is held" in outcome.refused
    (row,) = of(booking)
    assert row.way["mark"] != first
    with pytest.raises(StaleVersion):
        accept_way(row.id, by=scene.registrar, mark=first)
    accept_way(row.id, by=scene.registrar, mark=row.way["mark"])
    assert overlaps() == 0


@pytest.mark.parametrize("end", ["18:00", None])
def test_an_outage_is_recorded_once_and_again_when_it_has_ended(
    scene: Scene, clock: Clock, end: str | None
) -> None:
    first = outage(scene, end=end)

    with pytest.raises(InvalidInput, match="is recorded as out of use"):
        outage(scene, end=end)

    outage(scene, "8:00", "17:00")
    clock.set(tomorrow("09:00"))
    end_outage(first.id, by=scene.coordinator)
    outage(scene, end=end)


def test_who_may_record_what(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        record_outage(
            scene.suite.id,
            start=tomorrow("08:00"),
            end=None,
            reason="x",
            by=scene.women_coordinator,
        )
    with pytest.raises(InvalidInput):
        record_outage(
            scene.suite.id, start=tomorrow("08:00"), end=None, reason=" ", by=scene.coordinator
        )
    with pytest.raises(NotAllowed):
        close_site(
            scene.court.id,
            on=date.fromisoformat(TOMORROW),
            reason="strike",
            by=scene.coordinator,
        )


def test_a_disruption_nobody_resolved_ends_by_name_when_its_day_is_over(
    scene: Scene, clock: Clock
) -> None:
    booking = booked(scene)
    outage(scene)
    clock.forward(days=3)

    assert end_what_is_over() == 1
    assert of(booking)[0].resolution is Resolution.ENDED


def test_recording_an_outage_costs_the_same_reads_for_one_booking_and_three(scene: Scene) -> None:
    booked(scene, "10:00")
    with statements(db.engine) as few:
        outage(scene)
    for start in ("11:00", "12:00", "13:00"):
        booked(
            scene,
            start,
            scene.seat(scene.hemi, scene.second_suite),
            courtroom=scene.second_courtroom,
        )
    with statements(db.engine) as many:
        record_outage(
            scene.second_suite.id,
            start=tomorrow("08:00"),
            end=None,
            reason="flood",
            by=scene.coordinator,
        )

    reads = [[s for s in seen if s.lstrip().upper().startswith("SELECT")] for seen in (few, many)]
    assert len(reads[0]) == len(reads[1])

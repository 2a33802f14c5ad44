"""Plans are put aside at once when the people in them are not where the plans need them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from avl import clock as time
from avl.commands.day_plans import finish_day_plan, take_day_plan, want_day_plan
from avl.commands.deaths import record_death
from avl.commands.merging import merge_people
from avl.commands.people_import import import_people
from avl.commands.plans import propose_plans
from avl.commands.records import record_release, record_transfer
from avl.domain.access import SYSTEM
from avl.models import Booking, Plan, PlanStatus, db
from avl.models.base import Json
from avl.queries.day_plans import DayRequest
from avl.queries.placements import placement_of
from avl.queries.plans import placement_to_json
from tests import make
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases


def room_for_tane(scene: Scene) -> Plan:
    """A plan that moves Hēmi and books Tāne."""
    [plan] = propose_plans(scene.room(near_minutes=0), by=scene.registrar)
    assert (plan.status, len(plan.moves["moves"])) == (PlanStatus.PROPOSED, 1)
    return plan


def moves_of(booking: Booking) -> Json:
    """The moves of a day's plan in which one booking stays where it is."""
    placed = placement_to_json(placement_of(booking))
    move = {"booking_id": booking.id, "reference": booking.reference, "version": booking.version}
    return {"moves": [{**move, "before": placed, "after": placed}], "new": [], "unplaced": []}


def told(plan: Plan) -> tuple[PlanStatus, str]:
    db.session.expire_all()
    kept = db.session.get_one(Plan, plan.id)
    return kept.status, kept.reason


def test_a_release_puts_aside_what_needs_the_person_later(scene: Scene, taken: Booking) -> None:
    room = room_for_tane(scene)
    later = make.at("12:00", on="2026-12-24")

    record_release(scene.tane.id, at=later, by=scene.coordinator)
    assert told(room) == (PlanStatus.PROPOSED, "")

    record_release(scene.hemi.id, at=time.now(), by=scene.coordinator)
    assert told(room) == (
        PlanStatus.STALE,
        f"Somebody in {taken.reference} will not be at Rimutaka then.",
    )


def test_a_death_puts_aside_who_was_to_be_booked(scene: Scene, taken: Booking) -> None:
    room = room_for_tane(scene)

    record_death(scene.tane.id, at=time.now() - timedelta(hours=1), by=scene.coordinator)

    assert told(room) == (
        PlanStatus.STALE,
        "Somebody who is to be booked will not be at Rimutaka then.",
    )


def test_a_transfer_puts_aside_a_day_that_needs_the_person_here(
    scene: Scene, taken: Booking
) -> None:
    day = make.day_plan(taken, moves=moves_of(taken))

    record_transfer(scene.hemi.id, site_id=scene.arohata.id, at=time.now(), by=scene.coordinator)

    assert told(day)[0] is PlanStatus.STALE


def test_a_merge_puts_aside_every_plan_with_either_record(scene: Scene, taken: Booking) -> None:
    room, day = room_for_tane(scene), make.day_plan(taken, moves=moves_of(taken))
    other = make.day_plan(taken)
    twin = make.person("Parata", "Hemi", held_at=scene.rimutaka, prn="TWIN0002")

    merge_people(scene.hemi.id, twin.id, by=scene.coordinator)

    aside = (PlanStatus.STALE, "Two records of one person in it have become one.")
    assert (told(room), told(day)) == (aside, aside)
    assert told(other) == (PlanStatus.PROPOSED, "")


@pytest.mark.parametrize("what", ["merged", "released"])
def test_a_day_that_is_being_made_meanwhile_is_stale_when_it_is_done(
    scene: Scene, taken: Booking, what: str
) -> None:
    plan = want_day_plan(DayRequest(scene.court.id, tomorrow("10:00").date()), by=scene.registrar)
    assert take_day_plan("worker:1") is not None
    moves = moves_of(taken)

    if what == "merged":
        twin = make.person("Parata", "Hemi", held_at=scene.rimutaka, prn="TWIN0002")
        merge_people(scene.hemi.id, twin.id, by=scene.coordinator)
    else:
        record_release(scene.hemi.id, at=time.now(), by=scene.coordinator)
    finish_day_plan(plan.id, "worker:1", moves=moves, cost={}, progress={})

    assert told(plan)[0] is PlanStatus.STALE


def test_an_import_puts_aside_what_it_moves_the_people_of(
    scene: Scene, taken: Booking, tmp_path: Path
) -> None:
    room = room_for_tane(scene)
    prn = scene.tane.prn
    (tmp_path / "stays.csv").write_text(
        "prn,site,from,to,status\n"
        f"{prn},RIM,2020-01-01 13:00,2026-11-24 12:00,\n"
        f"{prn},ARO,2026-11-24 12:00,,\n"
    )

    import_people(tmp_path, by=SYSTEM)

    assert told(room)[0] is PlanStatus.STALE

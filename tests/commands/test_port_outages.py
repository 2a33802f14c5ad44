"""A bridge port out of use: who had it takes another, and who then lacks one needs a way out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking
from avl.commands.disruptions import accept_way, work_out_ways
from avl.commands.outages import end_outage, foresee_outage, record_outage
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import NotAllowed
from avl.models import Booking, Disruption, Hold, Resource, db
from tests import make
from tests import scene as scenes
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases


def together(scene: Scene) -> Booking:
    """Tāne at Rimutaka and Aroha at Arohata tomorrow at 10: three ends."""
    seats = (scene.seat(), scene.at_arohata())
    return request_booking(scene.request("10:00", *seats), by=scene.registrar)


def beside(scene: Scene) -> Booking:
    """Hēmi and somebody else at Rimutaka at the same time, in the other courtroom."""
    bob = make.person("Smith", "Bob", held_at=scene.rimutaka)
    third = make.suite(scene.rimutaka, "Suite 3")
    seats = (scene.seat(scene.hemi, scene.second_suite), scene.seat(bob, third))
    request = scene.request("10:00", *seats, courtroom=scene.second_courtroom)
    return request_booking(request, by=scene.registrar)


def out_of_use(scene: Scene, port: Resource, until: str | None = "12:00") -> int:
    return record_outage(
        port.id,
        start=tomorrow("08:00"),
        end=tomorrow(until) if until else None,
        reason="no carrier",
        by=scene.registrar,
    ).id


def ports_held(booking: Booking, ports: list[Resource]) -> list[int]:
    """Which ports a booking has, by their places in the list."""
    ids = [port.id for port in ports]
    db.session.expire_all()
    found = db.session.scalars(
        select(Hold.resource_id).where(Hold.booking_id == booking.id, Hold.resource_id.in_(ids))
    )
    return sorted(ids.index(key) for key in found)


def disruption(booking: Booking) -> Disruption | None:
    db.session.expire_all()
    return db.session.scalars(
        select(Disruption).where(Disruption.booking_id == booking.id)
    ).one_or_none()


def test_a_booking_takes_another_port_and_nobody_notices(scene: Scene) -> None:
    ports = make.bridge(scene.court, 4)
    booking = together(scene)
    before = (booking.version, scenes.audited(booking))

    out_of_use(scene, ports[1])

    assert ports_held(booking, ports) == [0, 2, 3]
    assert disruption(booking) is None
    assert (booking.version, scenes.audited(booking)) == before


def test_a_booking_that_lacks_a_port_is_named_before_and_stands_when_it_is_back(
    scene: Scene,
) -> None:
    ports = make.bridge(scene.court, 3)
    booking = together(scene)
    preview = foresee_outage(
        ports[0].id,
        start=tomorrow("08:00"),
        end=tomorrow("12:00"),
        reason="no carrier",
        by=scene.registrar,
    )
    said = (
        "Only 2 of the 3 bridge ports of Hutt Valley are free 10:00 am to 10:30 am;"
        " this booking needs 3."
    )
    assert preview.sentence == (
        "Closing Bridge port 1 on Wed 25 Nov 2026, 8:00 am to 12:00 pm affects 1 booking."
    )
    assert [(one.reference, one.sentence) for one in preview.affected] == [
        (booking.reference, said)
    ]

    outage = out_of_use(scene, ports[0])

    row = disruption(booking)
    assert row is not None
    assert (row.cause, row.site_id, row.sentence) == (Cause.OUTAGE, scene.court.id, said)
    end_outage(outage, by=scene.registrar)
    row = disruption(booking)
    assert row is not None
    assert row.resolution is Resolution.VALID_AGAIN


def test_its_way_out_is_a_time_when_the_bridge_is_whole(scene: Scene) -> None:
    ports = make.bridge(scene.court, 3)
    booking = together(scene)
    out_of_use(scene, ports[0])
    work_out_ways()
    row = disruption(booking)
    assert row is not None

    moved = accept_way(row.id, by=scene.registrar)

    assert moved.starts_at >= tomorrow("12:00")
    assert ports_held(booking, ports) == [0, 1, 2]


def test_it_stands_again_as_soon_as_another_gives_its_port_back(scene: Scene) -> None:
    ports = make.bridge(scene.court, 6)
    booking, other = together(scene), beside(scene)
    out_of_use(scene, ports[0])
    row = disruption(booking)
    assert row is not None
    assert row.resolved_at is None
    assert disruption(other) is None

    # What has nothing to do with the bridge does not make it whole.
    elsewhere = record_outage(
        scene.suite.id,
        start=tomorrow("09:00"),
        end=tomorrow("12:00"),
        reason="flood",
        by=scene.coordinator,
    )
    end_outage(elsewhere.id, by=scene.coordinator)
    work_out_ways()
    row = disruption(booking)
    assert row is not None
    assert row.resolved_at is None

    cancel_booking(other.reference, by=scene.registrar, reason="Vacated.")
    work_out_ways()

    row = disruption(booking)
    assert row is not None
    assert row.resolution is Resolution.VALID_AGAIN
    assert ports_held(booking, ports) == [1, 2, 3]
    assert scenes.overlaps() == 0


def test_only_the_courts_registry_takes_its_port_out_of_use(scene: Scene) -> None:
    ports = make.bridge(scene.court, 3)

    with pytest.raises(NotAllowed):
        record_outage(
            ports[0].id,
            start=tomorrow("08:00"),
            end=None,
            reason="no carrier",
            by=scene.coordinator,
        )

"""A site's own rules and rooms changed on a page, by the import's own columns."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.cells import CellsRefused, spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.site_rows import ROOM, SITE_RULES, add_room, change_room, change_site_rules
from avl.domain.access import Actor, Role
from avl.domain.errors import NotAllowed, NotFound, StaleVersion
from avl.domain.seen import mark_of
from avl.models import AuditEvent, Disruption, Resource, ResourceKind, Site, db
from tests import make
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

SUITE = {"code": "S9", "kind": "suite", "name": "Suite 9", "sort_order": "9", "is_active": "yes"}


def rules(**changes: str) -> dict[str, str]:
    db.session.expire_all()
    site = db.session.scalars(select(Site).where(Site.code == "RIM")).one()
    return spell_cells(SITE_RULES, site) | changes


def test_room_switched_off_breaks_what_stands_in_it(scene: Scene, manager: Actor) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    off = spell_cells(ROOM, scene.suite) | {"is_active": "no"}
    key = scene.suite.id
    seen = foresee(change_room, "RIM", key, off, by=manager, what="It")
    assert [one.reference for one in seen.affected] == [booking.reference]
    assert seen.ways[booking.id].why == "The same time in another suite."

    change_room("RIM", key, off, by=manager)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.resolved_at) == (booking.id, None)
    back = change_room("RIM", key, off | {"is_active": "yes"}, by=manager)
    assert back.swept.mended == (booking.id,)
    actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "RIM")))
    assert actions == {"change_room"}


def test_room_is_added_renamed_and_booked(scene: Scene, manager: Actor) -> None:
    added = add_room("RIM", SUITE, by=manager)
    change_room("RIM", added.id, SUITE | {"name": "Suite Nine", "kind": "courtroom"}, by=manager)

    room = db.session.get_one(Resource, added.id, populate_existing=True)
    assert (room.name, room.kind, room.code) == ("Suite Nine", ResourceKind.SUITE, "S9")
    request_booking(scene.request("10:00", scene.seat(suite=room)), by=scene.registrar)
    with pytest.raises(CellsRefused, match="room S9 already"):
        add_room("RIM", SUITE, by=manager)
    with pytest.raises(CellsRefused, match="Only a court has courtrooms"):
        add_room("RIM", SUITE | {"code": "C1", "kind": "courtroom"}, by=manager)


def test_longer_turnaround_is_foreseen_and_kept(scene: Scene, manager: Actor) -> None:
    seen = foresee(change_site_rules, "RIM", rules(pickup_minutes="20"), by=manager, what="It")
    assert seen.sentence == "It affects no booking."

    change_site_rules("RIM", rules(pickup_minutes="20", phone="04 123 4567"), by=manager)

    assert rules()["pickup_minutes"] == "20"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.subject == "RIM")).one()
    assert event.changes["pickup_minutes"][1] == "20"


def test_what_cannot_be_is_refused(scene: Scene, manager: Actor) -> None:
    with pytest.raises(CellsRefused, match="whole number from 0 to 240"):
        change_site_rules("RIM", rules(pickup_minutes="long"), by=manager)
    with pytest.raises(StaleVersion):
        change_site_rules("RIM", rules(), mark=mark_of("x"), by=manager)
    with pytest.raises(NotAllowed):
        change_site_rules("RIM", rules(), by=scene.coordinator)
    with pytest.raises(NotAllowed):
        add_room("RIM", SUITE, by=make.actor(Role.MANAGER, scene.court))
    with pytest.raises(NotFound):
        change_room("RIM", scene.courtroom.id, SUITE, by=manager)

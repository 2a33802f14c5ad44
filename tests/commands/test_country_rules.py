"""Hearing types and mode rules changed on a page: what they break, by the import's own steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from avl.commands.area_columns import HEARING_TYPES
from avl.commands.bookings import request_booking
from avl.commands.cells import CellsRefused, spell_cells
from avl.commands.changes import Move, move_booking
from avl.commands.foreseeing import foresee
from avl.commands.hearing_types import add_hearing_type, change_hearing_type
from avl.commands.mode_rules import add_mode_rule, end_mode_rule, withdraw_mode_rule
from avl.domain.access import SYSTEM
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, StaleVersion
from avl.domain.interval import Interval
from avl.domain.seen import mark_of
from avl.domain.way_out import WayKind
from avl.models import AuditEvent, Disruption, HearingType, ModeRule, db
from tests import make
from tests.conftest import Clock
from tests.scene import Scene, open_disruptions, tomorrow

pytestmark = pytest.mark.both_databases

RULE = {
    "layer": "protocol",
    "mode": "in_person",
    "consent": "no",
    "in_custody": "yes",
    "override_role": "judicial_officer",
    "from_on": "2026-11-25",
    "sentence": "bail is in person from now on.",
    "source": "Protocol of November 2026",
}


def cells(**changes: str) -> dict[str, str]:
    """The bail hearing's own cells, with some changed."""
    db.session.expire_all()
    return spell_cells(HEARING_TYPES, db.session.get_one(HearingType, "CRB")) | changes


def test_longer_type_is_foreseen_saved_and_taken_back(scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    longer = cells(typical_minutes="45")

    preview = foresee(change_hearing_type, "CRB", longer, by=SYSTEM, what="It")
    assert preview.sentence == "It affects 1 booking."
    assert preview.ways[booking.id].why == "The hearing starts when it did, with the new lengths."
    assert open_disruptions() == []

    change_hearing_type("CRB", longer, by=SYSTEM)
    (row,) = open_disruptions()
    assert (row.booking_id, row.cause) == (booking.id, Cause.LENGTH)
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "change_hearing_type")
    ).one()
    assert (event.subject, event.changes) == (
        "hearing type CRB",
        {"typical_minutes": ["30", "45"]},
    )

    change_hearing_type("CRB", cells(typical_minutes="30"), by=SYSTEM)
    assert open_disruptions() == []
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_retired_type_is_booked_no_more_and_its_bookings_stand(scene: Scene) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    change_hearing_type("CRB", cells(is_bookable="no"), by=SYSTEM)

    assert open_disruptions() == []
    with pytest.raises(InvalidInput):
        request_booking(scene.request("14:00"), by=scene.registrar)
    later = Interval(tomorrow("11:00"), tomorrow("11:30"))
    move_booking(booking.reference, Move(hearing=later), by=scene.registrar, reason="later")


def test_name_and_priority_break_nothing(scene: Scene) -> None:
    request_booking(scene.request("10:00"), by=scene.registrar)

    done = change_hearing_type("CRB", cells(name="Bail", priority="99"), by=SYSTEM)

    assert done.swept.opened == ()
    assert db.session.get_one(HearingType, "CRB", populate_existing=True).name == "Bail"


def test_type_is_added_once_and_booked(scene: Scene) -> None:
    add_hearing_type(cells(code="NEW", name="New kind"), by=SYSTEM)

    with pytest.raises(CellsRefused, match="NEW already"):
        add_hearing_type(cells(code="NEW"), by=SYSTEM)
    request_booking(replace(scene.request("10:00"), hearing_type="NEW"), by=scene.registrar)


def test_cells_are_read_as_an_import_reads_them(scene: Scene) -> None:
    wrong = cells(typical_minutes="long", access="secret", name="")

    with pytest.raises(CellsRefused) as refused:
        change_hearing_type("CRB", wrong, by=SYSTEM)

    assert refused.value.errors == {
        "name": "This cannot be empty.",
        "typical_minutes": "“long” is not a whole number from 0 to 600.",
        "access": "“secret” is not one of open, closed, private.",
    }


def test_what_somebody_has_not_seen_is_not_changed(scene: Scene) -> None:
    seen = mark_of(cells())
    change_hearing_type("CRB", cells(priority="60"), mark=seen, by=SYSTEM)

    with pytest.raises(StaleVersion):
        change_hearing_type("CRB", cells(priority="70"), mark=seen, by=SYSTEM)


def test_rule_breaks_from_its_date_on_and_mends_once_it_ends(scene: Scene) -> None:
    today = request_booking(scene.request(make.at("15:00")), by=scene.registrar)
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    preview = foresee(add_mode_rule, RULE, by=SYSTEM, what="It")
    assert preview.sentence == "It affects 1 booking."
    assert {key: way.kind for key, way in preview.ways.items()} == {booking.id: WayKind.IN_PERSON}
    assert db.session.scalar(select(func.count(ModeRule.id))) == 0

    add_mode_rule(RULE, by=SYSTEM)

    (row,) = open_disruptions()
    assert (row.booking_id, row.cause) == (booking.id, Cause.MODE)
    assert row.booking_id != today.id
    code = db.session.scalars(select(ModeRule.code)).one()
    assert code == "PROTOCOL-20261125-1"
    withdraw_mode_rule(code, by=SYSTEM)
    assert open_disruptions() == []
    add_mode_rule(RULE | {"from_on": "2026-11-24"}, by=SYSTEM)
    end_mode_rule("PROTOCOL-20261124-1", date(2026, 11, 25), by=SYSTEM)
    assert [one.booking_id for one in open_disruptions()] == [today.id]
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("%_rule")))
    assert set(actions) == {"add_mode_rule", "withdraw_mode_rule", "end_mode_rule"}


def test_rule_that_has_begun_or_ended_stays_as_it_is(scene: Scene, clock: Clock) -> None:
    add_mode_rule(RULE | {"from_on": "2026-11-01"}, by=SYSTEM)
    code = "PROTOCOL-20261101-1"
    with pytest.raises(ActionNotAllowed, match="has begun"):
        withdraw_mode_rule(code, by=SYSTEM)
    with pytest.raises(InvalidInput, match="has passed"):
        end_mode_rule(code, date(2026, 11, 23), by=SYSTEM)
    end_mode_rule(code, date(2026, 11, 25), by=SYSTEM)
    clock.forward(days=3)

    with pytest.raises(ActionNotAllowed, match="ended on Wed 25 Nov 2026"):
        end_mode_rule(code, None, by=SYSTEM)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": ""}, "source"),
        ({"sentence": ""}, "sentence"),
        ({"hearing_type": "NOPE"}, "hearing_type"),
        ({"court": "RIM"}, "court"),
        ({"to_on": "2026-11-25"}, "to_on"),
        ({"from_on": "soon"}, "from_on"),
    ],
)
def test_rule_that_cannot_be_is_refused(scene: Scene, changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_mode_rule(RULE | changes, by=SYSTEM)

    assert refused.value.field == field


def test_only_an_administrator_changes_them(scene: Scene) -> None:
    for act in (
        lambda: change_hearing_type("CRB", cells(), by=scene.registrar),
        lambda: add_hearing_type(cells(code="X"), by=scene.registrar),
        lambda: add_mode_rule(RULE, by=scene.registrar),
        lambda: foresee(add_mode_rule, RULE, by=scene.registrar, what="It"),
    ):
        with pytest.raises(NotAllowed):
            act()

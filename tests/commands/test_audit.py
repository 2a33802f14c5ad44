"""The record of what was done, and the chain that shows when somebody touched it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from avl.commands.audit import seal_audit
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.changes import cancel_booking
from avl.models import AuditEvent, AuditSeal, db
from avl.queries.audit import verify_audit

pytestmark = pytest.mark.both_databases


@pytest.fixture
def sealed(scene: Any) -> list[int]:
    """Three bookings' events, sealed; their ids."""
    for start in ("09:00", "11:00", "13:00"):
        booking = request_booking(scene.request(start), by=scene.registrar)
        cancel_booking(booking.reference, by=scene.registrar, reason="Plea entered")
    seal_audit()
    return list(db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))


def tamper(*statements: str) -> None:
    """Do what only an owner of the database can: take the rules away and change the past."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
            connection.execute(
                text(
                    "ALTER TABLE audit_seal DROP CONSTRAINT IF EXISTS "
                    "fk_audit_seal_event_id_audit_event"
                )
            )
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for event in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_event_append_only_{event}"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_audit_of_every_change_is_one_row_with_who_what_and_why(scene, clock):
    booking = request_booking(scene.request(), by=scene.registrar)
    cancel_booking(booking.reference, by=scene.registrar, reason="Plea entered")

    rows = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()

    assert [(row.action, row.reason, row.user_id) for row in rows] == [
        ("hold", "", scene.registrar.user_id),
        ("request", "", scene.registrar.user_id),
        ("cancel", "Plea entered", scene.registrar.user_id),
    ]
    assert {(row.subject, row.at, row.booking_id) for row in rows} == {
        (booking.reference, clock.now, booking.id)
    }
    assert rows[0].changes["people"] == [None, [scene.tane.id]]
    assert rows[2].changes == {"status": ["requested", "cancelled"]}
    assert "Rāwiri" not in str([row.changes for row in rows])


def test_audit_of_a_refusal_is_no_row(scene):
    hold_offer(scene.request(), by=scene.registrar)
    with pytest.raises(Exception, match="is held"):
        hold_offer(scene.request(), by=scene.registrar)

    assert len(db.session.scalars(select(AuditEvent)).all()) == 1


def test_audit_event_is_never_changed_or_deleted(scene, sealed):
    for statement in (
        "UPDATE audit_event SET reason = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_event SET at = at",
    ):
        with pytest.raises(DBAPIError, match="audit_event_append_only"):
            db.session.execute(text(statement))
        db.session.rollback()

    assert verify_audit(db.session()) == []


def test_seal_audit_chains_what_is_new_once(scene, sealed):
    assert seal_audit() == 0
    request_booking(scene.request("15:00"), by=scene.registrar)

    assert seal_audit() == 2
    positions = db.session.scalars(select(AuditSeal.position).order_by(AuditSeal.position)).all()
    assert positions == list(range(1, len(sealed) + 3))
    assert verify_audit(db.session()) == []


@pytest.mark.parametrize(
    "change",
    ["reason = 'forged'", "user_name = 'Nobody'", "action = 'move'", "at = '2026-11-01 00:00:00'"],
)
def test_verify_audit_finds_an_edited_event(scene, sealed, change):
    tamper(f"UPDATE audit_event SET {change} WHERE id = {sealed[4]}")

    assert verify_audit(db.session()) == [f"Event {sealed[4]} or its seal was changed."]


def test_verify_audit_finds_a_deleted_event(scene, sealed):
    tamper(
        f"DELETE FROM audit_seal WHERE event_id = {sealed[3]}",
        f"DELETE FROM audit_event WHERE id = {sealed[3]}",
    )

    assert verify_audit(db.session())[0] == "Seal 4 is missing."


def test_verify_audit_finds_two_events_exchanged(scene, sealed):
    one, two = sealed[2], sealed[5]
    tamper(
        f"UPDATE audit_event SET id = -1 WHERE id = {one}",
        f"UPDATE audit_event SET id = {one} WHERE id = {two}",
        f"UPDATE audit_event SET id = {two} WHERE id = -1",
    )

    assert verify_audit(db.session()) == [
        f"Event {one} or its seal was changed.",
        f"Event {two} or its seal was changed.",
    ]


def test_verify_audit_finds_seals_exchanged(scene, sealed):
    tamper(
        "UPDATE audit_seal SET position = -1 WHERE position = 3",
        "UPDATE audit_seal SET position = 3 WHERE position = 6",
        "UPDATE audit_seal SET position = 6 WHERE position = -1",
    )

    assert verify_audit(db.session()) != []


def test_verify_audit_finds_an_event_put_in_between(scene, sealed):
    tamper(
        "UPDATE audit_seal SET position = position + 1000 WHERE position > 4",
        "INSERT INTO audit_event (id, at, user_name, action, subject, reason, changes)"
        " VALUES (9999, '2026-11-24 00:00:00', 'x', 'cancel', '', '', '{}')",
        f"INSERT INTO audit_seal (event_id, position, seal) VALUES (9999, 5, '{'0' * 64}')",
        "UPDATE audit_seal SET position = position - 999 WHERE position > 1000",
    )

    assert verify_audit(db.session())[0] == "Event 9999 or its seal was changed."

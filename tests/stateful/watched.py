"""What must be true after every step, and the model's own part of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
)
from sqlalchemy import delete, func, select, text

from avl.domain.booking import NEXT_STATUS, Action, Status
from avl.domain.errors import ActionNotAllowed, ResourceClash
from avl.models import AuditEvent, Base, Booking, FeedEvent, Hold, db
from tests import make, scene
from tests.conftest import Clock
from tests.scene import Scene
from tests.stateful.model import Known, Plan

NOW = make.at("10:00")


class Watched(RuleBasedStateMachine):
    """A small court and its model, compared with the database after every step."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.model: dict[str, Known] = {}

    @initialize()
    def start(self) -> None:
        empty()
        self.clock.set(NOW)
        self.scene: Scene = scene.build()
        self.names = {
            self.scene.courtroom.id: "room0",
            self.scene.second_courtroom.id: "room1",
            self.scene.suite.id: "suite0",
            self.scene.second_suite.id: "suite1",
            self.scene.women_suite.id: "women",
            self.scene.tane.resource_id: "tane",
            self.scene.hemi.resource_id: "hemi",
            self.scene.aroha.resource_id: "aroha",
        }

    # --- What must always be true ---

    @invariant()
    def nothing_overlaps(self) -> None:
        assert scene.overlaps() == 0

    @invariant()
    def database_holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "names"):
            return
        wanted = sorted(
            (reference, *kept)
            for reference, known in self.model.items()
            if known.stands
            for kept in known.plan.keeps()
        )
        rows = db.session.execute(
            select(Booking.reference, Hold.resource_id, Hold.starts_at, Hold.ends_at).join(
                Hold, Hold.booking_id == Booking.id
            )
        )
        found = sorted((ref, self.names[resource], a, b) for ref, resource, a, b in rows)
        assert found == wanted

    @invariant()
    def status_version_and_deadline_agree(self) -> None:
        rows = db.session.execute(
            select(
                Booking.reference,
                Booking.status,
                Booking.version,
                Booking.expires_at,
                Booking.starts_at,
                Booking.ends_at,
            )
        )
        assert {row[0]: tuple(row[1:]) for row in rows} == {
            reference: (
                known.status,
                known.version,
                known.expires_at,
                known.plan.start - timedelta(minutes=known.plan.pre),
                known.plan.hearing.end,
            )
            for reference, known in self.model.items()
        }

    @invariant()
    def calendars_stand_at_the_version(self) -> None:
        rows = db.session.execute(
            select(Booking.reference, func.max(FeedEvent.sequence))
            .join(FeedEvent, FeedEvent.booking_id == Booking.id)
            .where(FeedEvent.is_gone.is_(False))
            .group_by(Booking.reference)
        )
        shown = {
            reference: known.version
            for reference, known in self.model.items()
            if known.is_published and known.status not in ("declined", "lapsed", "cancelled")
        }
        assert {row[0]: row[1] for row in rows} == shown

    @invariant()
    def audit_tells_the_whole_story(self) -> None:
        rows = db.session.execute(
            select(Booking.reference, AuditEvent.action)
            .join(Booking, Booking.id == AuditEvent.booking_id)
            .order_by(AuditEvent.id)
        )
        told: dict[str, list[str]] = {}
        for reference, action in rows:
            told.setdefault(reference, []).append(action)
        assert told == {reference: known.actions for reference, known in self.model.items()}

    # --- The model's own steps ---

    def some(
        self, data: st.DataObject, *, at_rimutaka: bool = False
    ) -> tuple[str, Known] | tuple[str, Any]:
        found = [
            reference
            for reference, known in self.model.items()
            if not at_rimutaka or (known.plan.who != "aroha" and known.is_published)
        ]
        if not found:
            return "", None
        reference = data.draw(st.sampled_from(found))
        return reference, self.model[reference]

    def asked(self, plan: Plan) -> Any:
        who = getattr(self.scene, plan.who)
        suite = (self.scene.suite, self.scene.second_suite)[plan.suite]
        seat = self.scene.at_arohata() if plan.who == "aroha" else self.scene.seat(who, suite)
        room = (self.scene.courtroom, self.scene.second_courtroom)[plan.courtroom]
        return self.scene.request(
            plan.start, seat, minutes=plan.minutes, pre=plan.pre, courtroom=room
        )

    def attempt(
        self, plan: Plan, act: Callable[[], Booking], but: frozenset[str] | set[str] = frozenset()
    ) -> Booking | None:
        """Do it where the model has room; be refused, with the reason, where it has none."""
        in_the_way = [
            reference
            for reference, known in self.model.items()
            if reference not in but
            and known.stands
            and not self.is_over(known)
            and known.plan.collides(plan)
        ]
        if not in_the_way:
            return act()
        with pytest.raises(ResourceClash) as refusal:
            act()
        assert all(reference in refusal.value.message for reference in in_the_way)
        return None

    def permitted(self, known: Known, action: Action, act: Callable[[], Booking]) -> bool:
        """Whether the table has this step; if not, the command must refuse it."""
        if (known.status, action) in NEXT_STATUS:
            return True
        with pytest.raises(ActionNotAllowed):
            act()
        return False

    def expire_in_the_way(self, plan: Plan, but: str = "") -> None:
        """Offers whose minutes are over give way to whoever comes."""
        if self.blocked(plan, but):
            return
        for reference, known in self.model.items():
            if reference != but and self.is_over(known) and known.plan.collides(plan):
                self.ended(known, Status.LAPSED, "lapse")

    def blocked(self, plan: Plan, but: str) -> bool:
        return any(
            known.stands and not self.is_over(known) and known.plan.collides(plan)
            for reference, known in self.model.items()
            if reference != but
        )

    def is_over(self, known: Known) -> bool:
        return known.status is Status.HELD and bool(
            known.expires_at and known.expires_at <= self.clock.now
        )

    def requested(self, known: Known, action: str) -> None:
        known.is_published = True
        if known.plan.who == "aroha":
            known.expires_at = None
            self.changed(known, Status.CONFIRMED, action)
            return
        known.expires_at = min(
            self.clock.now + timedelta(hours=24),
            known.plan.start - timedelta(minutes=known.plan.pre),
        )
        self.changed(known, Status.REQUESTED, action)

    def ended(self, known: Known, status: Status, action: str) -> None:
        known.expires_at = None
        self.changed(known, status, action)

    def changed(self, known: Known, status: Status, action: str) -> None:
        known.status = status
        known.version += 1
        known.actions.append(action)


def empty() -> None:
    """Take every row away, for the next example; the audit's own rule stands aside for it."""
    db.session.rollback()
    db.session.expunge_all()
    if db.engine.dialect.name == "postgresql":
        names = ", ".join(Base.metadata.tables)
        db.session.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    else:
        db.session.execute(text("PRAGMA defer_foreign_keys=ON"))
        rule = "SELECT sql FROM sqlite_master WHERE name = 'audit_event_append_only_delete'"
        trigger = str(db.session.scalar(text(rule)))
        db.session.execute(text("DROP TRIGGER audit_event_append_only_delete"))
        for table in reversed(Base.metadata.sorted_tables):
            db.session.execute(delete(table))
        db.session.execute(text(trigger))
    db.session.commit()

"""Asking to wait, changing and withdrawing it, and what the database refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from avl.commands.waitlist import change_wait, withdraw_wait
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, StaleVersion
from avl.domain.waiting import WaitState
from avl.models import Booking, WaitlistEntry, db
from tests import make
from tests import scene as scenes
from tests.scene import Scene, tomorrow
from tests.waiting import another, ask, fresh, in_the_way, kept, serve, wanting


def test_asking_twice_is_asking_once(scene: Scene) -> None:
    assert ask(scene).id == ask(scene).id
    assert len(db.session.scalars(select(WaitlistEntry)).all()) == 1


def test_another_court_can_neither_ask_nor_see(scene: Scene) -> None:
    with pytest.raises(NotFound):
        ask(scene, by=scene.other_registrar)
    entry = ask(scene)
    with pytest.raises(NotFound):
        withdraw_wait(entry.id, by=scene.other_registrar, reason="mine now")


def test_withdrawing_gives_back_what_is_kept(scene: Scene) -> None:
    entry = ask(scene)
    serve()
    booking = kept(entry)

    withdraw_wait(entry.id, by=scene.registrar, reason="Pleaded by paper.")

    assert fresh(entry).state is WaitState.WITHDRAWN
    assert db.session.get_one(Booking, booking.id).status is Status.CANCELLED
    assert scenes.held() == []
    with pytest.raises(ActionNotAllowed):
        change_wait(entry.id, by=scene.registrar, reason="no", priority=100)


def test_priority_and_deadline_change_with_a_reason(scene: Scene) -> None:
    entry = ask(scene)
    with pytest.raises(InvalidInput, match="Say why"):
        change_wait(entry.id, by=scene.registrar, reason=" ", priority=90)
    with pytest.raises(InvalidInput, match="future"):
        change_wait(entry.id, by=scene.registrar, reason="x", deadline_at=make.at("09:00"))

    changed = change_wait(
        entry.id,
        by=scene.registrar,
        reason="Judge asked.",
        priority=90,
        deadline_at=tomorrow("09:30"),
        version=1,
    )

    assert (changed.priority, changed.deadline_at) == (90, tomorrow("09:30"))
    with pytest.raises(StaleVersion):
        change_wait(entry.id, by=scene.registrar, reason="late", priority=95, version=1)


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        (lambda scene: wanting(scene, last=date(2026, 11, 24)), "last"),
        (lambda scene: wanting(scene, between=("10:00", "10:15")), "latest"),
    ],
)
def test_what_could_never_be_is_refused_at_once(scene: Scene, request_of: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(scene, request_of(scene))
    assert refusal.value.field == field


def test_a_deadline_that_has_passed_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidInput, match="future"):
        ask(scene, deadline_at=make.at("09:59"))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("waitlist_booking_when_offered", {"state": "offered"}),
        ("waitlist_booking_when_offered", {"booking_id": 1}),
        ("waitlist_open_or_ended", {"state": "lapsed"}),
        ("waitlist_priority_sensible", {"priority": 101}),
    ],
)
def test_the_database_refuses_half_an_offer(
    scene: Scene, rule: str, values: dict[str, Any]
) -> None:
    entry = ask(scene)
    booking = in_the_way(scene)
    if "booking_id" in values:
        values = {"booking_id": booking.id}
    with pytest.raises(IntegrityError, match=rule):
        db.session.execute(
            update(WaitlistEntry).where(WaitlistEntry.id == entry.id).values(**values)
        )
    db.session.rollback()


@pytest.mark.both_databases
def test_one_booking_serves_one_wait_and_one_wish_waits_once(scene: Scene) -> None:
    first = ask(scene)
    serve()
    second = ask(scene, wanting(scene, another(scene, "Tama")))
    booking_id = fresh(first).booking_id

    with pytest.raises(IntegrityError, match="waitlist"):
        db.session.execute(
            text("UPDATE waitlist_entry SET state = 'offered', booking_id = :b WHERE id = :id"),
            {"b": booking_id, "id": second.id},
        )
    db.session.rollback()
    with pytest.raises(IntegrityError, match="waitlist"):
        db.session.execute(
            text("UPDATE waitlist_entry SET mark = :m WHERE id = :id"),
            {"m": fresh(first).mark, "id": second.id},
        )
    db.session.rollback()

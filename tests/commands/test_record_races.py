"""A record changes while somebody is being booked: the booking is made as the record then says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands import bookings, record_watch
from avl.commands.booking_requests import people_and_counsel, placement_from
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.directions import DirectedHearing, record_direction_ahead
from avl.commands.merging import merge_people
from avl.commands.modes import DirectionNote
from avl.commands.person_records import Recorded, change_record
from avl.commands.placing import lock_asked, lock_resources
from avl.domain.errors import InvalidInput
from avl.domain.interpreters import InterpreterState
from avl.domain.modes import Mode
from avl.models import Booking, Resource, db
from tests import make
from tests.commands.elsewhere import PATIENCE_SECONDS, Elsewhere
from tests.counting import statements
from tests.scene import Scene

# On SQLite a booking has the only lock there is before it reads anything.
pytestmark = pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)

TODAY = date(2026, 11, 24)
SAMOAN = Recorded(None, "Samoan", "")
FAR_OFF = make.at("10:00", on="2027-03-10")


@pytest.fixture
def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Lets somebody else do something once a booking has begun, and before it locks the records:
    whatever it had read of them by then would be old."""

    def arrange(act: Callable[[], Any]) -> None:
        lock, first = bookings.lock_asked, [act]

        def elsewhere(act: Callable[[], Any]) -> None:
            with app.app_context():
                act()
                db.session.remove()

        def lock_later(*args: Any, **more: Any) -> Any:
            while first:
                other = threading.Thread(target=elsewhere, args=[first.pop()])
                other.start()
                other.join(timeout=PATIENCE_SECONDS)
                assert not other.is_alive()
            return lock(*args, **more)

        monkeypatch.setattr(bookings, "lock_asked", lock_later)

    return arrange


def test_language_recorded_meanwhile_is_asked_for(scene: Scene, meanwhile: Any) -> None:
    meanwhile(lambda: change_record(scene.tane.id, SAMOAN, by=scene.coordinator))

    booking = request_booking(scene.request(FAR_OFF), by=scene.registrar)

    assert booking.interpreter_language == "Samoan"
    assert booking.interpreter_state is InterpreterState.WANTED


def test_direction_recorded_meanwhile_is_followed(scene: Scene, meanwhile: Any) -> None:
    hearing = DirectedHearing(scene.court.id, "CRB", TODAY, {scene.tane.id: None})
    note = DirectionNote("judicial_officer", "Judge Tamatea", "She is to be seen.", TODAY)
    by = scene.registrar
    meanwhile(lambda: record_direction_ahead(hearing, Mode.IN_PERSON, note, by=by))

    with pytest.raises(InvalidInput) as refusal:
        request_booking(scene.request("10:00"), by=by)

    assert refusal.value.field == "direction"
    assert db.session.scalars(select(Booking)).all() == []


def test_record_merged_meanwhile_is_not_booked_for(scene: Scene, meanwhile: Any) -> None:
    same = make.person(held_at=scene.rimutaka)
    meanwhile(lambda: merge_people(scene.tane.id, same.id, by=scene.coordinator))

    with pytest.raises(InvalidInput) as refusal:
        request_booking(scene.request("10:00", scene.seat(same)), by=scene.registrar)

    assert refusal.value.field == "person"


def test_records_are_read_once_and_not_before_they_are_locked(scene: Scene) -> None:
    request_booking(scene.request("09:00"), by=scene.registrar)
    asked, by = scene.request("10:00"), scene.registrar
    with statements(db.engine) as sent:
        request_booking(asked, by=by)

    locking, reading = (
        [place for place, one in enumerate(sent) if words in one]
        for words in ("ORDER BY resource.id FOR NO KEY UPDATE", "person.born_on")
    )
    assert len(locking) == len(reading) == 1
    assert locking < reading


@pytest.mark.parametrize("is_bridged", [False, True])
def test_all_that_a_request_names_is_locked_before_it_is_read(
    scene: Scene, is_bridged: bool
) -> None:
    ports = {port.id for port in make.bridge(scene.court, 3)}
    also = [scene.seat(scene.hemi, scene.second_suite)] if is_bridged else []
    asked = scene.request("10:00", scene.seat(counsel=make.counsel("Ana")), *also)
    placement, _ = placement_from(asked, people_and_counsel(db.session(), asked))
    db.session.rollback()

    lock_asked(db.session(), asked)

    with db.engine.connect() as elsewhere:
        free = select(Resource.id).with_for_update(skip_locked=True)
        others = set(elsewhere.scalars(free))
    locked = set(db.session.scalars(select(Resource.id))) - others
    assert locked == set(placement.resource_ids) | (ports if is_bridged else set())


def test_bridges_of_two_courts_are_locked_in_one_order(scene: Scene) -> None:
    other = make.court("PIRI")
    seats = (scene.seat(), scene.seat(scene.hemi, scene.second_suite))
    asked = scene.request("10:00", *seats)
    first, _ = placement_from(asked, people_and_counsel(db.session(), asked))
    make.bridge(other, 2)
    make.bridge(scene.court, 2)
    db.session.rollback()

    with statements(db.engine) as sent:
        lock_resources(db.session(), first, replace(first, court_id=other.id))

    # One after the other would be in another order than a swap the other way round takes.
    assert sum("FOR NO KEY UPDATE" in one for one in sent) == 1


def test_an_offer_held_as_the_language_is_recorded_asks_for_it(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held after the change has looked for offers, and before it has the person."""
    wanted, by, watch = scene.request(FAR_OFF), scene.registrar, record_watch._watch_with_company

    def watch_later(*args: Any, **more: Any) -> Any:
        elsewhere.begin(lambda: hold_offer(wanted, by=by).reference)
        assert elsewhere.thread is not None
        elsewhere.thread.join(timeout=PATIENCE_SECONDS)
        return watch(*args, **more)

    monkeypatch.setattr(record_watch, "_watch_with_company", watch_later)

    change_record(scene.tane.id, SAMOAN, by=scene.coordinator)

    reference = elsewhere.end()
    held = db.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    assert held.interpreter_language == "Samoan"

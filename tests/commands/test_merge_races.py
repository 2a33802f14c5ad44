"""Something is recorded of a person whose record is being made one with another: it is refused, or
it is the kept record's. It never lands on a record that nobody finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import directions, matters, waitlist
from avl.commands.directions import DirectedHearing, record_direction_ahead
from avl.commands.disruption_steps import Watch
from avl.commands.matters import add_matter
from avl.commands.merging import merge_people
from avl.commands.modes import DirectionNote
from avl.domain.errors import InvalidInput
from avl.domain.modes import Mode
from avl.models import Direction, MatterParty, Person, WaitlistEntry, db
from avl.queries.room_request import RoomSeat
from avl.queries.waiting import WaitRequest
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.scene import Scene, tomorrow
from tests.waiting import WEDNESDAY

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 11, 24)

Recording = Callable[[Scene, Person], Callable[[], Any]]


def directing(scene: Scene, person: Person) -> Callable[[], Any]:
    hearing = DirectedHearing(scene.court.id, "CRB", TODAY, {person.id: None})
    note = DirectionNote("judicial_officer", "Judge Tamatea", "He is to be seen.", TODAY)
    return partial(record_direction_ahead, hearing, Mode.IN_PERSON, note, by=scene.registrar)


def putting_on_a_matter(scene: Scene, person: Person) -> Callable[[], Any]:
    known = {"court_id": scene.court.id, "person_id": person.id, "by": scene.registrar}
    return partial(add_matter, "CRI-2026-096-001234", **known)


def waiting(scene: Scene, person: Person) -> Callable[[], Any]:
    wanted = WaitRequest(scene.room("10:00", RoomSeat(person.id)), WEDNESDAY, WEDNESDAY)
    known = {"deadline_at": tomorrow("09:00"), "by": scene.registrar}
    return partial(waitlist.ask_to_wait, wanted, **known)


RECORDED: dict[str, tuple[Recording, Any, Any]] = {
    "direction": (directing, directions, Direction.person_id),
    "matter": (putting_on_a_matter, matters, MatterParty.person_id),
    "wait": (waiting, waitlist, WaitlistEntry.person_id),
}


@pytest.mark.parametrize("what", RECORDED)
def test_what_is_recorded_during_a_merge_is_refused(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    record_of, _, whose = RECORDED[what]
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka)
    record, sweep = record_of(scene, twin), Watch.sweep

    def sweep_later(*args: Any, **more: Any) -> Any:
        if elsewhere.thread is None:
            elsewhere.begin(record)
        return sweep(*args, **more)

    monkeypatch.setattr(Watch, "sweep", sweep_later)

    merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    refusal = elsewhere.end()
    assert isinstance(refusal, InvalidInput), refusal
    assert refusal.field == "person"
    assert db.session.scalars(select(whose)).all() == []


@pytest.mark.parametrize("what", RECORDED)
def test_a_merge_takes_along_what_is_being_recorded(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    record_of, module, whose = RECORDED[what]
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka)
    merge = partial(merge_people, scene.tane.id, twin.id, by=scene.coordinator)
    recording, note = record_of(scene, twin), module.record

    def note_and_linger(session: Any, action: str, **more: Any) -> Any:
        noted = note(session, action, **more)
        # What is recorded is written by now, and only the saving of it is still to come.
        session.flush()
        if action != "add_matter":
            elsewhere.begin(merge)
        return noted

    monkeypatch.setattr(module, "record", note_and_linger)
    kept_id = scene.tane.id

    recording()

    assert not isinstance(elsewhere.end(), Exception), elsewhere.answer
    assert db.session.scalars(select(whose)).all() == [kept_id]
    if what == "wait":
        entry = db.session.scalars(select(WaitlistEntry)).one()
        assert entry.wish["room"]["seats"][0]["person_id"] == kept_id

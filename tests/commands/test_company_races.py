"""What a person is changes in the very moment in which somebody is booked beside them.

Either the booking is refused, or both bookings are on the worklist: it never passes unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import bookings
from avl.commands.bookings import request_booking
from avl.commands.deaths import correct_death, record_death
from avl.commands.disruption_steps import Watch
from avl.commands.keeping_apart import keep_apart
from avl.commands.merging import merge_people
from avl.commands.person_records import Recorded, change_record
from avl.commands.records import record_release, record_transfer, withdraw_move
from avl.domain.errors import DomainError, JustTaken, NotFound, ResourceClash
from avl.models import Booking, Disruption, KeepApart, db
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.commands.test_company import set_site, set_status
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases

ADULT, YOUNG = date(1990, 3, 1), date(2010, 3, 1)


@dataclass(frozen=True)
class Change:
    """What tells two people apart from now on, who were alike until then."""

    rule: str
    before: str | date
    after: str | date

    def prepare(self, scene: Scene) -> Booking:
        """Book one of the two, as he is before it."""
        set_site(scene, **{self.rule: True})
        for person in (scene.tane, scene.hemi):
            if isinstance(self.before, date):
                person.born_on = self.before
                db.session.commit()
            else:
                set_status(person, self.before)
        return request_booking(scene.request("10:00"), by=scene.registrar)

    def of_tane(self, scene: Scene) -> Callable[[], Any]:
        name = "born_on" if isinstance(self.after, date) else "status"
        wanted: Any = {name: self.after}
        return partial(change_record, scene.tane.id, Recorded(**wanted), by=scene.coordinator)


SOON, PASSED = make.at("11:00"), make.at("09:30")


@dataclass(frozen=True)
class Move:
    """Where somebody booked at Rimutaka is said not to be, until it is said that they are: on
    remand like the other, or serving a sentence unlike him."""

    before: str
    goes: Callable[[Scene], Callable[[], Any]]
    comes: Callable[[Scene], Callable[[], Any]]

    def prepare(self, scene: Scene) -> Booking:
        """Book one of the two, who then is not there: the booking is broken."""
        set_site(scene, separates_remand=True)
        set_status(scene.hemi, "remand")
        set_status(scene.tane, self.before)
        mine = request_booking(scene.request("10:00"), by=scene.registrar)
        self.goes(scene)()
        assert broken() == {mine.id}
        return mine

    def of_tane(self, scene: Scene) -> Callable[[], Any]:
        return self.comes(scene)


def of_tane(command: Callable[..., Any], **more: Any) -> Callable[[Scene], Callable[[], Any]]:
    return lambda scene: partial(command, scene.tane.id, by=scene.coordinator, **more)


def leaving(status: str) -> Callable[[Scene], Callable[[], Any]]:
    return lambda scene: of_tane(record_transfer, site_id=scene.arohata.id, at=SOON, status=status)(
        scene
    )


def coming_back(scene: Scene) -> Callable[[], Any]:
    there = {"site_id": scene.rimutaka.id, "at": tomorrow("08:00"), "status": "sentenced"}
    return of_tane(record_transfer, **there)(scene)


STAYS = of_tane(withdraw_move)
MOVES = {
    "comes back sentenced": Move("remand", leaving("remand"), coming_back),
    "stays, and sentenced": Move("sentenced", leaving("remand"), STAYS),
    "is not released": Move("sentenced", of_tane(record_release, at=SOON), STAYS),
    "has not died": Move("sentenced", of_tane(record_death, at=PASSED), of_tane(correct_death)),
}
CHANGES = [
    pytest.param(Change("separates_youth", ADULT, YOUNG), id="turns out young"),
    pytest.param(Change("separates_youth", YOUNG, ADULT), id="turns out adult"),
    pytest.param(Change("separates_remand", "remand", "sentenced"), id="is sentenced"),
    *(pytest.param(move, id=name) for name, move in MOVES.items()),
]


def booking_hemi(scene: Scene) -> Callable[[], Booking]:
    """Beside Tāne, in the other suite, at the time for which he is booked."""
    seat = scene.seat(scene.hemi, scene.second_suite)
    wanted = scene.request("10:00", seat, courtroom=scene.second_courtroom)
    return partial(request_booking, wanted, by=scene.registrar)


def broken() -> set[int]:
    open_ones = select(Disruption.booking_id).where(Disruption.resolved_at.is_(None))
    return set(db.session.scalars(open_ones))


def test_keeping_a_record_apart_that_is_being_merged_is_refused_and_not_lost(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka)
    keep = partial(keep_apart, twin.id, scene.hemi.id, reason="Gangs.", by=scene.coordinator)
    sweep = Watch.sweep

    def sweep_later(*args: Any, **more: Any) -> Any:
        if elsewhere.thread is None:
            elsewhere.begin(keep)
        return sweep(*args, **more)

    monkeypatch.setattr(Watch, "sweep", sweep_later)

    merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    assert isinstance(elsewhere.end(), NotFound)
    assert db.session.scalars(select(KeepApart)).all() == []


@pytest.mark.parametrize("change", CHANGES)
def test_who_is_booked_while_a_record_is_changed_is_refused_or_broken(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, change: Change | Move
) -> None:
    change.prepare(scene)
    change_it, book, sweep = change.of_tane(scene), booking_hemi(scene), Watch.sweep

    def sweep_later(*args: Any, **more: Any) -> Any:
        elsewhere.begin(book)
        return sweep(*args, **more)

    monkeypatch.setattr(Watch, "sweep", sweep_later)

    change_it()

    assert isinstance(elsewhere.end(), ResourceClash | JustTaken)
    assert broken() == set()


@pytest.mark.parametrize("change", CHANGES)
def test_who_was_booked_as_a_record_is_changed_is_broken_as_well(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, change: Change | Move
) -> None:
    mine = change.prepare(scene)
    change_it, book, write = change.of_tane(scene), booking_hemi(scene), bookings._write

    def write_and_linger(*args: Any, **more: Any) -> Any:
        written = write(*args, **more)
        elsewhere.begin(change_it)
        return written

    monkeypatch.setattr(bookings, "_write", write_and_linger)

    theirs = book()

    assert not isinstance(elsewhere.end(), DomainError)
    assert broken() == {mine.id, theirs.id}

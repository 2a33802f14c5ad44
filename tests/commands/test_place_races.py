"""A place changes in the very moment in which something is booked or planned there: either that is
refused, or it is on the worklist. It never passes unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import agreement, bookings, day_plans
from avl.commands.agreement import confirm_booking
from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.cells import spell_cells
from avl.commands.day_plans import apply_day_plan
from avl.commands.disruption_steps import Watch
from avl.commands.keeping_apart import keep_apart
from avl.commands.outages import PlaceChange, record_outage
from avl.commands.plans import PlanStale
from avl.commands.site_rows import ROOM, SITE_RULES, change_room, change_site_rules
from avl.commands.sittings import SittingTerms, change_sitting
from avl.domain.access import Role
from avl.domain.errors import DomainError, JustTaken, ResourceClash
from avl.models import Booking, Disruption, db
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.commands.test_company import set_site
from tests.commands.test_day_plans import wait, want, worked_on
from tests.commands.test_sitting_plans import sits
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases

Act = Callable[[], Any]


def broken() -> set[int]:
    open_ones = select(Disruption.booking_id).where(Disruption.resolved_at.is_(None))
    return set(db.session.scalars(open_ones))


def retiring(scene: Scene) -> Act:
    """Tāne's suite is switched off for good."""
    by = make.actor(Role.MANAGER, scene.rimutaka)
    off = spell_cells(ROOM, scene.suite) | {"is_active": "no"}
    return partial(change_room, "RIM", scene.suite.id, off, by=by)


def closing(scene: Scene) -> Act:
    known = {
        "start": tomorrow("08:00"),
        "end": None,
        "reason": "No sound.",
        "by": scene.coordinator,
    }
    return partial(record_outage, scene.suite.id, **known)


def ruling(**changes: str) -> Callable[[Scene], Act]:
    def of(scene: Scene) -> Act:
        by = make.actor(Role.MANAGER, scene.rimutaka)
        cells = spell_cells(SITE_RULES, scene.rimutaka) | changes
        return partial(change_site_rules, "RIM", cells, by=by)

    return of


def keeping_apart(scene: Scene) -> Act:
    who = scene.tane.id, scene.hemi.id
    return partial(keep_apart, *who, reason="Gangs.", by=scene.coordinator)


SUITE = {"retired": retiring, "closed": closing}
RULES = {
    "fewer escorts": ruling(escort_capacity="1"),
    "young apart": ruling(separates_youth="yes"),
    "kept apart": keeping_apart,
}


def lingering(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, elsewhere: Elsewhere, act: Act
) -> None:
    """Let somebody else begin as soon as a step of ours is done, and before we save."""
    step = getattr(owner, name)

    def linger(*args: Any, **more: Any) -> Any:
        done = step(*args, **more)
        if elsewhere.thread is None:
            elsewhere.begin(act)
        return done

    monkeypatch.setattr(owner, name, linger)


def judged_first(monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere, act: Act) -> None:
    """Let somebody else begin when a change is written, and before it looks what it breaks."""
    sweep = Watch.sweep

    def sweep_later(*args: Any, **more: Any) -> Any:
        if elsewhere.thread is None:
            elsewhere.begin(act)
        return sweep(*args, **more)

    monkeypatch.setattr(Watch, "sweep", sweep_later)


@pytest.mark.parametrize("what", SUITE)
def test_an_offer_is_not_booked_in_a_suite_that_is_being_lost(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    held = hold_offer(scene.request("10:00"), by=scene.registrar).reference
    judged_first(monkeypatch, elsewhere, partial(request_held, held, by=scene.registrar))

    SUITE[what](scene)()

    assert isinstance(elsewhere.end(), ResourceClash), elsewhere.answer
    assert broken() == set()


@pytest.mark.parametrize("what", SUITE)
def test_an_offer_booked_as_its_suite_is_lost_needs_a_way_out(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    held = hold_offer(scene.request("10:00"), by=scene.registrar).reference
    lingering(monkeypatch, bookings, "changed", elsewhere, SUITE[what](scene))

    booking = request_held(held, by=scene.registrar)

    assert isinstance(elsewhere.end(), PlaceChange), elsewhere.answer
    assert broken() == {booking.id}


@pytest.mark.parametrize("what", SUITE)
def test_a_request_confirmed_as_its_suite_is_lost_needs_a_way_out(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    lingering(monkeypatch, agreement, "changed", elsewhere, SUITE[what](scene))

    confirm_booking(booking.reference, by=scene.coordinator)

    assert isinstance(elsewhere.end(), PlaceChange), elsewhere.answer
    assert broken() == {booking.id}


def beside_hemi(scene: Scene) -> Act:
    """Tāne is booked at the time at which Hēmi, who is young, is at the same prison."""
    set_site(scene, separates_youth=False)
    scene.hemi.born_on = make.at("10:00", on="2010-03-01").date()
    db.session.commit()
    seat = scene.seat(scene.hemi, scene.second_suite)
    request = scene.request("10:00", seat, courtroom=scene.second_courtroom)
    request_booking(request, by=scene.registrar)
    return partial(request_booking, scene.request("10:00"), by=scene.registrar)


@pytest.mark.parametrize("what", RULES)
def test_who_is_booked_while_a_rule_becomes_stricter_is_refused(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    judged_first(monkeypatch, elsewhere, beside_hemi(scene))

    RULES[what](scene)()

    assert isinstance(elsewhere.end(), ResourceClash | JustTaken), elsewhere.answer
    assert broken() == set()


@pytest.mark.parametrize("what", RULES)
def test_who_was_booked_as_a_rule_becomes_stricter_needs_a_way_out(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    book = beside_hemi(scene)
    lingering(monkeypatch, bookings, "_write", elsewhere, RULES[what](scene))

    booking = book()

    assert not isinstance(elsewhere.end(), DomainError), elsewhere.answer
    assert booking.id in broken()


@pytest.fixture
def plan(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A plan that books Tāne inside a sitting tomorrow, and what takes its courtroom away."""
    monkeypatch.setattr("avl.jobs.plan_days.is_available", lambda: False)
    monkeypatch.setattr("avl.queries.day_plans.SHORTEST_SECONDS", 0)
    monkeypatch.setattr("avl.jobs.plan_days.FOREVER", 60)
    sitting = sits(scene, "09:00", "12:00")
    wait(scene)
    known = {"start": tomorrow("08:00"), "end": None, "reason": "No power.", "by": scene.registrar}
    terms = SittingTerms(tomorrow("09:00"), tomorrow("09:30"))
    losses = {
        "shorter sitting": partial(change_sitting, sitting, terms, by=scene.registrar),
        "outage": partial(record_outage, scene.courtroom.id, **known),
    }
    return worked_on(want(scene, sitting_id=sitting)).id, losses


@pytest.mark.parametrize("what", ["shorter sitting", "outage"])
def test_a_plan_is_not_applied_in_a_courtroom_that_is_being_lost(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, plan: Any, what: str
) -> None:
    judged_first(monkeypatch, elsewhere, partial(apply_day_plan, plan[0], by=scene.registrar))

    plan[1][what]()

    assert isinstance(elsewhere.end(), PlanStale), elsewhere.answer
    assert db.session.scalars(select(Booking)).all() == []


@pytest.mark.parametrize("what", ["shorter sitting", "outage"])
def test_a_plan_applied_as_its_courtroom_is_lost_leaves_nothing_unnoticed(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, plan: Any, what: str
) -> None:
    lingering(monkeypatch, day_plans, "_grant", elsewhere, plan[1][what])

    apply_day_plan(plan[0], by=scene.registrar)

    assert isinstance(elsewhere.end(), PlaceChange), elsewhere.answer
    assert broken() == set(db.session.scalars(select(Booking.id)))

"""A new week of a site or a room: what it breaks, foreseen and saved by the same command."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import func, select

from avl.commands.bookings import request_booking
from avl.commands.foreseeing import foresee
from avl.commands.hours import NewWeek, set_hours
from avl.domain.access import Actor, Role
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import InvalidInput, NotAllowed, NotFound, ResourceClash, StaleVersion
from avl.domain.hours import BREAK, OPEN, Hours
from avl.models import AuditEvent, Disruption, Window, db
from avl.queries.hours import site_hours
from tests import make
from tests.conftest import TUESDAY_10_AM
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

TOMORROW, DAY_AFTER = date(2026, 11, 25), date(2026, 11, 26)


def opened(until: int, *, days: range = range(7), kind: str = OPEN) -> tuple[Hours, ...]:
    return tuple(Hours(kind, day, time(8), time(until)) for day in days)


def test_shorter_week_is_foreseen_saved_and_taken_back(scene: Scene, manager: Actor) -> None:
    late = request_booking(scene.request("16:00"), by=scene.registrar)
    request_booking(scene.request("10:00"), by=scene.registrar)
    short = NewWeek(TOMORROW, opened(15), source="memo of 12 November")

    preview = foresee(set_hours, "RIM", short, by=manager, what="Closing at 3")
    assert preview.sentence == "Closing at 3 affects 1 booking."
    assert [one.reference for one in preview.affected] == [late.reference]
    assert preview.ways[late.id].why == "The nearest other time."
    assert db.session.scalar(select(func.count(Disruption.id))) == 0
    assert db.session.scalar(select(func.count(Window.id)).where(Window.from_on.is_not(None))) == 0

    done = set_hours("rim", short, by=manager)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.cause, done.swept.opened) == (late.id, Cause.HOURS, (late.id,))
    assert "is open only 8:00 am to 3:00 pm on Wed 25 Nov 2026" in row.sentence
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "set_hours")).one()
    assert (event.subject, event.reason) == ("RIM", "memo of 12 November")
    assert event.changes["hours"] == [["open Mon-Sun 08:00-18:00"], ["open Mon-Sun 08:00-15:00"]]

    set_hours("RIM", NewWeek(TOMORROW, opened(18)), by=manager)
    db.session.expire_all()
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_week_that_stands_later_leaves_tomorrow_alone(scene: Scene, manager: Actor) -> None:
    request_booking(scene.request("16:00"), by=scene.registrar)

    done = set_hours("RIM", NewWeek(DAY_AFTER, opened(15)), by=manager)

    assert done.swept.opened == ()
    request_booking(scene.request("17:00"), by=scene.registrar)
    after = make.at("16:00", on="2026-11-26")
    with pytest.raises(ResourceClash, match="open only 8:00 am to 3:00 pm on Thu 26 Nov 2026"):
        request_booking(scene.request(after), by=scene.registrar)


def test_room_keeps_the_sites_hours_once_it_has_none_of_its_own(
    scene: Scene, manager: Actor
) -> None:
    suite = scene.suite.id
    morning = NewWeek(TOMORROW, opened(12))
    set_hours("RIM", morning, room_id=suite, by=manager)
    set_hours("RIM", NewWeek(DAY_AFTER, ()), room_id=suite, by=manager)

    with pytest.raises(ResourceClash, match="Suite 1"):
        request_booking(scene.request("14:00"), by=scene.registrar)
    request_booking(
        scene.request("14:00", scene.seat(suite=scene.second_suite)), by=scene.registrar
    )
    request_booking(scene.request(make.at("14:00", on="2026-11-26")), by=scene.registrar)
    weeks = site_hours("RIM", now=TUESDAY_10_AM).of(suite).weeks
    assert [len(week.hours) for week in weeks] == [0, 7, 0]


def test_break_is_kept_by_the_room_it_is_for(scene: Scene, manager: Actor) -> None:
    lunch = (*opened(18), Hours(BREAK, 2, time(12), time(13), "lock-up"))
    set_hours("RIM", NewWeek(TOMORROW, lunch), room_id=scene.suite.id, by=manager)

    with pytest.raises(ResourceClash, match="lock-up"):
        request_booking(scene.request("12:30"), by=scene.registrar)


def test_what_somebody_has_not_seen_is_not_changed(scene: Scene, manager: Actor) -> None:
    seen = site_hours("RIM", now=TUESDAY_10_AM).own.mark
    set_hours("RIM", NewWeek(DAY_AFTER, opened(17), mark=seen), by=manager)

    with pytest.raises(StaleVersion):
        set_hours("RIM", NewWeek(TOMORROW, opened(15), mark=seen), by=manager)


def test_hours_are_changed_by_who_looks_after_the_site_only(scene: Scene) -> None:
    week = NewWeek(TOMORROW, opened(15))
    for actor in (scene.registrar, scene.coordinator, make.actor(Role.MANAGER, scene.court)):
        with pytest.raises(NotAllowed):
            set_hours("RIM", week, by=actor)
        with pytest.raises(NotAllowed):
            foresee(set_hours, "RIM", week, by=actor, what="It")
    everywhere = frozenset({Role.ADMINISTRATOR})
    set_hours("RIM", week, by=replace(make.actor(Role.ADMINISTRATOR), everywhere=everywhere))


def test_hours_that_cannot_be_are_refused(scene: Scene, manager: Actor) -> None:
    backwards = NewWeek(TOMORROW, (Hours(OPEN, 0, time(17), time(8)),))
    for week, field in (
        (backwards, "hours"),
        (NewWeek(date(2026, 11, 23), opened(15)), "from_on"),
        (NewWeek(date(2039, 11, 23), opened(15)), "from_on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            set_hours("RIM", week, by=manager)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        set_hours("NOPE", NewWeek(TOMORROW, ()), by=manager)
    with pytest.raises(NotFound):
        set_hours("RIM", NewWeek(TOMORROW, ()), room_id=scene.courtroom.id, by=manager)

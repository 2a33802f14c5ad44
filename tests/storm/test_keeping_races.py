"""Two managers save the same thing at once: one of them does, the other is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands.area_columns import HEARING_TYPES
from avl.commands.cells import spell_cells
from avl.commands.hearing_types import change_hearing_type
from avl.commands.hours import NewWeek, set_hours
from avl.commands.mode_rules import end_mode_rule
from avl.commands.outages import PlaceChange
from avl.commands.site_rows import ROOM, SITE_RULES, change_room, change_site_rules
from avl.domain.access import Role
from avl.domain.errors import StaleVersion
from avl.domain.hours import OPEN, Hours, mark_of_hours
from avl.domain.seen import mark_of
from avl.models import AuditEvent, HearingType, ModeRule, Resource, Site, db
from avl.queries.hours import hours_of, windows_of
from avl.queries.mode_rules import mark_of_rule
from tests import make
from tests.scene import Scene
from tests.storm.crowd import at_once, patiently

pytestmark = pytest.mark.both_databases

Save = Callable[[int], PlaceChange]
"""Saves what one of the two typed, on what both of them saw."""


def saves(scene: Scene) -> dict[str, tuple[Save, Callable[[], object]]]:
    """For each kind of thing: how either saves it, and what stands in the database."""
    manager = make.actor(Role.MANAGER, scene.rimutaka)
    administrator = make.actor(Role.ADMINISTRATOR)
    site_id, room_id = scene.rimutaka.id, scene.suite.id
    kind, rule = db.session.get(HearingType, "CRB"), make.mode_rule()
    rules, room = spell_cells(SITE_RULES, scene.rimutaka), spell_cells(ROOM, scene.suite)
    typed = spell_cells(HEARING_TYPES, kind)
    seen_hours = mark_of_hours(hours_of(windows_of(db.session(), site_id, None)))
    seen_rule = mark_of_rule(rule)
    code = rule.code

    def hours(hour: int) -> PlaceChange:
        week = tuple(Hours(OPEN, day, time(7), time(18 + hour)) for day in range(7))
        return set_hours("RIM", NewWeek(date(2026, 12, 1), week, mark=seen_hours), by=manager)

    return {
        "set_hours": (
            hours,
            lambda: max(
                one.closes_at.hour - 18
                for one in windows_of(db.session(), site_id, None)
                if one.from_on is not None
            ),
        ),
        "change_site_rules": (
            lambda n: change_site_rules(
                "RIM", rules | {"pickup_minutes": f"{n}"}, mark=mark_of(rules), by=manager
            ),
            lambda: db.session.get_one(Site, site_id).pickup_minutes,
        ),
        "change_room": (
            lambda n: change_room(
                "RIM", room_id, room | {"sort_order": f"{n}"}, mark=mark_of(room), by=manager
            ),
            lambda: db.session.get_one(Resource, room_id).sort_order,
        ),
        "change_hearing_type": (
            lambda n: change_hearing_type(
                "CRB", typed | {"priority": f"{n}"}, mark=mark_of(typed), by=administrator
            ),
            lambda: db.session.get_one(HearingType, "CRB").priority,
        ),
        "end_mode_rule": (
            lambda n: end_mode_rule(code, date(2027, 1, n), mark=seen_rule, by=administrator),
            lambda: (
                db.session.scalars(select(ModeRule.to_on).where(ModeRule.code == code)).one().day
            ),
        ),
    }


def test_of_two_who_save_the_same_thing_one_does_and_the_other_is_told(
    app: Flask, scene: Scene
) -> None:
    for action, (save, standing) in saves(scene).items():
        outcomes = at_once(app, [patiently(partial(save, n)) for n in (2, 3)])

        db.session.rollback()
        db.session.expire_all()
        saved = [n for n, one in zip((2, 3), outcomes, strict=True) if isinstance(one, PlaceChange)]
        told = [one for one in outcomes if isinstance(one, StaleVersion)]
        assert (len(saved), len(told)) == (1, 1), (action, outcomes)
        assert standing() == saved[0], action
        noted = select(AuditEvent.id).where(AuditEvent.action == action)
        assert len(db.session.scalars(noted).all()) == 1, action

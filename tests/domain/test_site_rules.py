"""Each rule of a site says itself, and says the other thing when it is the other way."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time

import pytest

from avl.domain.local_time import say_minutes
from avl.domain.site_rules import OwnRules, Pause, say_rules, say_weekdays

PRISON = OwnRules(
    name="Rimutaka",
    holds_people=True,
    answers=True,
    approval_hours=24,
    notice_minutes=30,
    freeze_minutes=120,
    turnaround_minutes=5,
    pickup_minutes=15,
    escort_capacity=6,
    separates_youth=True,
    separates_remand=True,
    interpreter_days=10,
    reo_days=10,
    interpreter_confirm_days=3,
    ports=0,
)
COURT = replace(PRISON, name="Hutt Valley", holds_people=False, ports=4)


def said(site: OwnRules) -> dict[str, str]:
    return {rule.about: rule.sentence for rule in say_rules(site)}


def test_a_prison_says_who_is_kept_from_whom_and_how_many_it_can_bring() -> None:
    words = said(PRISON)

    assert words["Escorts"] == "Staff can fetch or take back 6 people at once."
    assert words["People under 18"] == (
        "People under 18 are never in the AVL area together with adults."
    )
    assert words["Remand and sentenced"].startswith("People on remand are never in the AVL area")
    assert words["Freeze"].startswith("From 2 hours before it starts")
    assert "Interpreters" not in words


def test_a_court_says_its_interpreters_and_ports_and_nothing_of_custody() -> None:
    words = said(COURT)

    assert words["Bridge ports"].startswith("Links of three ends or more share 4 bridge ports")
    assert "10 working days ahead" in words["Interpreters"]
    assert not {"Escorts", "People under 18", "Remand and sentenced"} & set(words)


OTHERWISE = {
    "answers": False,
    "approval_hours": 1,
    "notice_minutes": 0,
    "freeze_minutes": 0,
    "turnaround_minutes": 0,
    "pickup_minutes": 0,
    "escort_capacity": None,
    "separates_youth": False,
    "separates_remand": False,
    "interpreter_days": 1,
    "reo_days": 2,
    "interpreter_confirm_days": 1,
    "ports": 0,
    "pauses": (Pause(0, time(12), time(13), "lunch", ""),),
}


@pytest.mark.parametrize("name", sorted({one.name for one in fields(OwnRules)} - {"name"}))
def test_every_rule_that_is_otherwise_is_said_otherwise(name: str) -> None:
    if name == "holds_people":
        assert said(PRISON) != said(COURT)
        return
    changed = {name: OTHERWISE[name]}

    assert any(said(replace(one, **changed)) != said(one) for one in (PRISON, COURT))


def test_rooms_and_days_that_share_a_break_are_said_together() -> None:
    lunch = [
        Pause(day, time(11, 30), time(13), "lunch and lock-up", room)
        for day in range(5)
        for room in ("Suite 1", "Suite 2")
    ]

    assert said(replace(PRISON, pauses=tuple(lunch)))["Lock-up and meals"] == (
        "Suite 1 and Suite 2: lunch and lock-up 11:30 am to 1:00 pm, Monday to Friday."
    )


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (90, "1 hour 30 minutes")],
)
def test_lengths_are_said_as_people_say_them(minutes: int, words: str) -> None:
    assert say_minutes(minutes) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (range(7), "every day"),
        ([2], "Wednesday"),
        ([5, 6], "Saturday and Sunday"),
        ([0, 2, 4], "Monday, Wednesday and Friday"),
        ([1, 2, 3], "Tuesday to Thursday"),
    ],
)
def test_weekdays_are_said_as_people_say_them(days: list[int], words: str) -> None:
    assert say_weekdays(days) == words

"""A site's own rules in whole sentences, each with the column of its area's files that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from avl.domain.local_time import say_clock, say_minutes

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Pause:
    """A weekly break: lunch, lock-up, a meal.

    Attributes:
        weekday: 0 is Monday.
        rooms: the room's name; "" for the whole site.
    """

    weekday: int
    opens_at: time
    closes_at: time
    label: str
    rooms: str


@dataclass(frozen=True, slots=True)
class OwnRules:
    """What one site wants; minutes, hours and working days as in its area's files.

    Attributes:
        name: as used in sentences ("Rimutaka").
        holds_people: people in custody appear from here; a court does not.
        answers: a person there answers requests; bookings confirm themselves otherwise.
        escort_capacity: None where any number of people can be moved at once.
        ports: how many bridge ports are on record.
    """

    name: str
    holds_people: bool
    answers: bool
    approval_hours: int
    notice_minutes: int
    freeze_minutes: int
    turnaround_minutes: int
    pickup_minutes: int
    escort_capacity: int | None
    separates_youth: bool
    separates_remand: bool
    interpreter_days: int
    reo_days: int
    interpreter_confirm_days: int
    ports: int
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One rule: what it is about, what it says, and the column or file where it is changed."""

    about: str
    sentence: str
    where: str


def say_rules(site: OwnRules) -> list[RuleSaid]:
    """Every rule of a site, in the order in which a booking meets them."""
    return [RuleSaid(*one) for one in (*_timing(site), *_custody(site), *_place(site))]


def say_weekdays(days: Iterable[int]) -> str:
    """Say days of the week: "every day", "Monday to Friday", "Monday and Thursday"."""
    found = sorted(set(days))
    if found == list(range(7)):
        return "every day"
    if len(found) > 2 and found == list(range(found[0], found[-1] + 1)):
        return f"{WEEKDAYS[found[0]]} to {WEEKDAYS[found[-1]]}"
    *first, last = (WEEKDAYS[day] for day in found)
    return f"{', '.join(first)} and {last}" if first else last


def _timing(site: OwnRules) -> Iterator[tuple[str, str, str]]:
    notice = "A link may be booked up to the moment it starts."
    if site.notice_minutes:
        notice = f"A link is booked at least {say_minutes(site.notice_minutes)} before it starts."
    yield "Notice", notice, "notice_minutes"
    freeze = "A booking may be moved for another one until it starts."
    if site.freeze_minutes:
        freeze = (
            f"From {say_minutes(site.freeze_minutes)} before it starts, a booking is not moved to"
            " make room for another one."
        )
    yield "Freeze", freeze, "freeze_minutes"
    turnaround = "A room may be used again at once."
    if site.turnaround_minutes:
        turnaround = f"A room stays empty for {say_minutes(site.turnaround_minutes)} after use."
    yield "Turnaround", turnaround, "turnaround_minutes"


def _custody(site: OwnRules) -> Iterator[tuple[str, str, str]]:
    if not site.holds_people:
        return
    answer = "Bookings are confirmed by themselves; nobody has to answer."
    if site.answers:
        hours = _count(site.approval_hours, "hour")
        answer = (
            f"A person answers each request within {hours}, not counting days on which the site"
            " is shut; it lapses after that."
        )
    yield "Approval", answer, "approval, approval_hours"
    pickup = "Nobody has to be fetched: people are there when the link starts."
    if site.pickup_minutes:
        length = say_minutes(site.pickup_minutes)
        pickup = (
            f"A person is fetched {length} before the link starts, and taking them back lasts"
            f" {length}."
        )
    yield "Fetching people", pickup, "pickup_minutes"
    escorts = "Any number of people can be fetched or taken back at once."
    if site.escort_capacity is not None:
        people = "1 person" if site.escort_capacity == 1 else f"{site.escort_capacity} people"
        escorts = f"Staff can fetch or take back {people} at once."
    yield "Escorts", escorts, "escort_capacity"
    youth = "People under 18 may wait together with adults."
    if site.separates_youth:
        youth = "People under 18 are never in the AVL area together with adults."
    yield "People under 18", youth, "separates_youth"
    remand = "People on remand may wait together with people serving a sentence."
    if site.separates_remand:
        remand = (
            "People on remand are never in the AVL area together with people serving a sentence."
        )
    yield "Remand and sentenced", remand, "separates_remand"


def _place(site: OwnRules) -> Iterator[tuple[str, str, str]]:
    sentences = [
        f"{rooms or site.name}: {label or 'break'} {say_clock(start)} to {say_clock(end)},"
        f" {say_weekdays(days)}."
        for (start, end, label, rooms), days in _by_hours(site.pauses).items()
    ]
    words = " ".join(sentences) or "There is no break in the week."
    yield "Lock-up and meals" if site.holds_people else "Breaks", words, "Hours"
    if site.holds_people:
        return
    interpreters = (
        f"An interpreter is asked for {_count(site.interpreter_days, 'working day')} ahead, te reo"
        f" Māori {_count(site.reo_days, 'working day')}, and confirmed"
        f" {_count(site.interpreter_confirm_days, 'working day')} before the hearing."
    )
    yield "Interpreters", interpreters, "interpreter_days, reo_days, interpreter_confirm_days"
    ports = "There is no limit to the links of three ends or more held at once."
    if site.ports:
        ports = (
            f"Links of three ends or more share {_count(site.ports, 'bridge port')}; each end"
            " takes one."
        )
    yield "Bridge ports", ports, "resources.csv"


def _by_hours(pauses: Iterable[Pause]) -> dict[tuple[time, time, str, str], list[int]]:
    """Bring together the rooms that share a break, then the days that share it."""
    rooms: dict[tuple[time, time, str, int], list[str]] = {}
    for one in pauses:
        key = (one.opens_at, one.closes_at, one.label, one.weekday)
        rooms.setdefault(key, []).append(one.rooms)
    days: dict[tuple[time, time, str, str], list[int]] = {}
    for (start, end, label, weekday), names in rooms.items():
        days.setdefault((start, end, label, _say_rooms(names)), []).append(weekday)
    return days


def _say_rooms(names: list[str]) -> str:
    """Say the rooms; "" where the whole site pauses."""
    if "" in names:
        return ""
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

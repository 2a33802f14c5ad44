"""Why an offer is good, and what is unwise about it, in the words of people who book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from avl.domain.interval import Interval, merge
from avl.domain.local_time import say_minutes, say_time, to_local
from avl.domain.resources import Placement
from avl.domain.spoken import say_all
from avl.domain.verdict import Clash, Rule
from avl.domain.wish import Wish
from avl.domain.world import World

NOON = 12


def reasons_for(wish: Wish, placement: Placement, world: World, *, warned: bool) -> tuple[str, ...]:
    """Say why a placement is a good answer to a wish, the weightiest reason first.

    Returns:
        Such as ("45 minutes later the same day in Suite 5", "Counsel is free then").
    """
    zone = world.sites[wish.court_id].zone
    found = [
        _when(wish.wanted_start, placement.hearing.start, zone) + _where(wish, placement, world)
    ]
    if wish.courtrooms and placement.courtroom != wish.courtrooms[0]:
        found.append(f"In {world.resources[placement.courtroom].name}")
    counsel = {seat.counsel for seat in placement.seats if seat.counsel is not None}
    if counsel and not warned:
        found.append("Counsel is free then" if len(counsel) == 1 else "All counsel are free then")
    return tuple(found)


def _when(wanted: datetime, start: datetime, zone: str) -> str:
    there, here = to_local(wanted, zone), to_local(start, zone)
    days = (here.date() - there.date()).days
    minutes = (here.hour - there.hour) * 60 + here.minute - there.minute
    if not days:
        if start == wanted:
            return "Same time"
        return f"{say_minutes(abs(minutes))} {'later' if minutes > 0 else 'earlier'} the same day"
    if minutes == 0:
        return f"{_say_days(days)}, same time"
    half = "morning" if here.hour < NOON else "afternoon"
    return f"Next {half}" if days == 1 else f"{_say_days(days)} in the {half}"


def _where(wish: Wish, placement: Placement, world: World) -> str:
    """Say the suite where there was a choice: the one asked for, or another by its name."""
    if len(placement.seats) > 1:
        return ""
    preferred, suite = wish.seats[0].preferred_suite, placement.seats[0].suite
    if suite == preferred:
        return ", same suite"
    return f" in {world.resources[suite].name}"


def _say_days(days: int) -> str:
    if abs(days) == 1:
        return "Next day" if days > 0 else "The day before"
    way = "later" if days > 0 else "earlier"
    if abs(days) == 7:
        return f"A week {way}"
    return f"{abs(days)} days {way}"


def say_warnings(warnings: Iterable[Clash], zone: str) -> Iterator[str]:
    """Say each warning once; stretches that adjoin in which one counsel is wanted are one."""
    elsewhere: dict[str, list[Interval]] = {}
    for warning in warnings:
        if warning.rule is Rule.COUNSEL_ELSEWHERE and warning.interval:
            name = warning.sentence.partition(" is wanted elsewhere ")[0]
            elsewhere.setdefault(name, []).append(warning.interval)
        else:
            yield warning.sentence
    for name, intervals in elsewhere.items():
        times = say_all(
            f"{say_time(one.start, zone)} to {say_time(one.end, zone)}" for one in merge(intervals)
        )
        yield f"{name} is wanted elsewhere {times}."

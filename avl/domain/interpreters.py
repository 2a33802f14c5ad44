"""Interpreters and te reo Māori: by when the court must be asked, and how far that has got.

An interpreter is asked for at least ten working days ahead, the Central Registry books and
confirms, and the registry chases what is unconfirmed three days before (Ministry of Justice,
Interpreting in courts). Anybody may speak te reo Māori in court (Te Ture mō Te Reo Māori 2016
s 7); the court is given notice. The numbers are data of each court and hearing type.

Nobody is named or held. The Central Registry gives interpreters to every court and tribunal, mostly
days before the hearing, and sees to it that none is booked twice; one court's calendar knows only
its own part, and would refuse and permit wrongly. Its booking number is kept with the confirmation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from avl.domain.calendars import SiteCalendar
from avl.domain.folding import fold
from avl.domain.local_time import local_day, say_date
from avl.domain.resources import Interpreter, Placement
from avl.domain.spoken import say_all
from avl.domain.verdict import Clash, Rule
from avl.domain.world import InterpreterNotice, World

REO = "te reo Māori"
_REO_WORDS = frozenset({"te reo maori", "te reo", "maori", "reo maori"})
_NONE_WORDS = frozenset({"", "none", "no", "not needed", "english", "nil"})

LOOK_BACK = timedelta(days=60)
"""How far before a hearing a calendar must reach: the working days lie within it, also over a
summer in which the court hardly sits."""


class InterpreterState(StrEnum):
    """How far the search for an interpreter has got."""

    NOT_NEEDED = "not_needed"
    WANTED = "wanted"
    ASKED = "asked"
    CONFIRMED = "confirmed"


@lru_cache(maxsize=256)  # Most are "none" or one of a few, and every booking asks.
def read_languages(typed: str) -> str:
    """Read what was typed: "samoan , te reo" is "samoan, te reo Māori"; "none" is ""."""
    found: list[str] = []
    for part in typed.replace(";", ",").replace("/", ",").split(","):
        words = " ".join(part.split())
        if fold(words) in _REO_WORDS:
            words = REO
        if fold(words) not in _NONE_WORDS and words not in found:
            found.append(words)
    return ", ".join(found)


@dataclass(frozen=True, slots=True)
class Interpreted:
    """What a booking asks to have interpreted once its people's records have changed.

    Attributes:
        languages: all of them, as `read_languages` writes them.
        is_more: somebody has to be asked for one it did not ask for.
        dropped: what it asked for, and nobody was asked to interpret yet.
        left: what it still asks for though no record names it now: somebody was asked already.
    """

    languages: str
    is_more: bool
    dropped: tuple[str, ...]
    left: tuple[str, ...]


def interpreted_after(
    asked: str, state: InterpreterState, spoken: Sequence[tuple[str, str]]
) -> Interpreted:
    """What a booking asks for once its people's records say otherwise.

    A language a record gains is added. One that no record of its people names any more goes, but
    only where nobody was asked yet: whoever was asked must hear of it from the registry.

    Args:
        asked: what the booking asks for now.
        spoken: the language of each of its people's records, before the change and after it.
    """
    was, now = ([_split(one[side]) for one in spoken] for side in (0, 1))
    named = {language for languages in now for language in languages}
    lost = {language for languages in was for language in languages} - named
    gone = tuple(language for language in _split(asked) if language in lost)
    is_open = state is InterpreterState.WANTED
    kept = [language for language in _split(asked) if not (is_open and language in lost)]
    fresh = [
        language
        for before, after in zip(was, now, strict=True)
        for language in after
        if language not in before and language not in kept
    ]
    languages = read_languages(", ".join((*kept, *fresh)))
    return Interpreted(languages, bool(fresh), gone if is_open else (), () if is_open else gone)


def _split(languages: str) -> Collection[str]:
    return read_languages(languages).split(", ") if languages else ()


def working_days_ahead(interpreter: Interpreter, notice: InterpreterNotice) -> int:
    """How many working days ahead it must be asked for: the longest of its languages."""
    usual = notice.interpreter if interpreter.working_days is None else interpreter.working_days
    languages = interpreter.language.split(", ")
    return max(notice.reo if language == REO else usual for language in languages)


def working_day_before(on: date, working_days: int, calendar: SiteCalendar) -> date:
    """Count back that many days on which the court sits, at most `LOOK_BACK`.

    Args:
        calendar: the court's; must know its closures of `LOOK_BACK` before the date.
    """
    earliest, left = on - LOOK_BACK, working_days
    while left > 0 and on > earliest:
        on -= timedelta(days=1)
        left -= bool(calendar.open_intervals(on))
    return on


def due_on(
    state: InterpreterState,
    interpreter: Interpreter | None,
    hearing_on: date,
    notice: InterpreterNotice,
    calendar: SiteCalendar,
) -> date | None:
    """The date by which the registry must do the next thing; None when nothing is left to do."""
    if interpreter is None or state in (InterpreterState.NOT_NEEDED, InterpreterState.CONFIRMED):
        return None
    days = notice.confirm
    if state is InterpreterState.WANTED:
        days = working_days_ahead(interpreter, notice)
    return working_day_before(hearing_on, days, calendar)


def interpreter_late(placement: Placement, world: World) -> tuple[Clash, ...]:
    """Warn when it is too late to ask in time; an urgent hearing may go ahead all the same."""
    wanted, court = placement.interpreter, world.sites[placement.court_id]
    if wanted is None:
        return ()
    days = working_days_ahead(wanted, court.interpreters)
    hearing_on = local_day(placement.hearing.start, court.zone)
    last = working_day_before(hearing_on, days, court.calendar)
    if local_day(world.now, court.zone) <= last:
        return ()
    return (Clash(Rule.INTERPRETER_LATE, say_late(wanted, days, last)),)


def say_late(wanted: Interpreter, days: int, last: date) -> str:
    """Say that it is late, and what to do about it."""
    if wanted.language == REO:
        return (
            f"The court wants {days} working days' notice of {REO}, so by {say_date(last)}."
            " Tell the court today that it will be spoken, or choose a later date."
        )
    return (
        f"An interpreter ({wanted.language}) is asked for {days} working days ahead, so by"
        f" {say_date(last)}. Ring the Central Registry before you book, or choose a later date."
    )


def say_to_ask(wanted: Interpreter, due_on: date, today: date) -> str:
    """Say what the registry has to do about a booking that needs an interpreter since it was made.

    Args:
        due_on: by when it should ask; ``today`` is the court's.
    """
    if wanted.language == REO:
        what = f"{REO[0].upper()}{REO[1:]} will be spoken: the court"
        if today > due_on:
            return f"{what} should have been told by {say_date(due_on)}. Tell the court today."
        return f"{what} must be told by {say_date(due_on)}."
    what = f"An interpreter ({wanted.language})"
    if today > due_on:
        return (
            f"{what} should have been asked for by {say_date(due_on)}. Ring the Central Registry"
            " today, or move the booking."
        )
    return f"{what} must be asked for by {say_date(due_on)}."


def say_less(after: Interpreted) -> str:
    """Say what a booking asked to have interpreted and no record of its people names any more; ""
    where there is nothing of the kind."""
    if after.left:
        return (
            f"It still asks for {say_all(after.left)}, because somebody was asked already. If"
            " nobody needs it, tell whom you asked, and take it off."
        )
    return f"It asks for {say_all(after.dropped)} no longer." if after.dropped else ""

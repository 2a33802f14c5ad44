"""Interpreters: what has to be interpreted, and how far the search for somebody has got."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from avl.commands.keeping import changed, load_for_change
from avl.commands.transaction import command
from avl.domain.access import Actor, Do
from avl.domain.booking import Action, next_status
from avl.domain.calendars import SiteCalendar
from avl.domain.errors import InvalidInput
from avl.domain.interpreters import LOOK_BACK, InterpreterState, due_on, read_languages
from avl.domain.local_time import local_day
from avl.domain.resources import Interpreter
from avl.models import Booking
from avl.models.base import Json
from avl.queries.calendars import calendars_for
from avl.queries.interpreters import hearing_of, interpreter_notice, interpreter_of

LONGEST_LANGUAGES = 800
"""More than the records of ten people say together: what is typed is limited, so that nobody pastes
a letter; what records say is not."""

LONGEST_NOTE = 200


@command
def set_interpreter(
    session: Session,
    reference: str,
    state: InterpreterState,
    *,
    by: Actor,
    language: str | None = None,
    note: str | None = None,
    version: int | None = None,
) -> Booking:
    """Write down how far the search for an interpreter has got. The same again changes nothing.

    Args:
        language: what is to be interpreted; None leaves it as it is.
        note: who confirmed it and how, such as a booking number; never a name. None leaves it.

    Raises:
        InvalidInput: a language or note is missing or too long.
        ActionNotAllowed: the booking has ended.
    """
    booking = load_for_change(session, reference, by=by, do=Do.AMEND, version=version)
    next_status(booking.status, Action.AMEND)
    before = (booking.interpreter_language, booking.interpreter_state, booking.interpreter_note)
    wanted = read_note(note, before[2])
    languages = before[0] if language is None else read_wanted(language)
    if state is InterpreterState.NOT_NEEDED:
        languages, wanted = "", ""
    elif not languages:
        raise InvalidInput("language", "Enter the language, such as Samoan.")
    if (languages, state, wanted) == before:
        return booking
    write_interpreter(booking, languages, state, wanted)
    court, on = booking.court, local_day(hearing_of(booking), booking.court.zone)
    calendars = calendars_for(session, [court.id], on - LOOK_BACK, on)
    set_due(booking, on, calendars[court.id])
    changes: Json = {"interpreter": [before[1].value, state.value]}
    if languages != before[0]:
        changes["interpreter_language"] = [before[0], languages]
    if wanted != before[2]:
        changes["interpreter_note"] = ["changed", "changed"]
    changed(session, booking, Action.AMEND, by=by, changes=changes)
    return booking


def read_wanted(typed: str) -> str:
    """Read the languages typed for a booking; "" when nobody has to interpret.

    Raises:
        InvalidInput: they are too long to be languages.
    """
    languages = read_languages(typed)
    if len(languages) > LONGEST_LANGUAGES:
        raise InvalidInput(
            "interpreter", f"Enter the languages in {LONGEST_LANGUAGES} characters or fewer."
        )
    return languages


def read_note(typed: str | None, before: str) -> str:
    """Read the note kept with a confirmation; None leaves the one before.

    Raises:
        InvalidInput: it is too long.
    """
    note = before if typed is None else " ".join(typed.split())
    if len(note) > LONGEST_NOTE:
        raise InvalidInput("note", f"The note must have {LONGEST_NOTE} characters or fewer.")
    return note


def write_interpreter(
    booking: Booking, languages: str, state: InterpreterState, note: str = ""
) -> None:
    """Put the languages and the state on a booking; no language means none is needed."""
    booking.interpreter_language = languages
    booking.interpreter_state = state if languages else InterpreterState.NOT_NEEDED
    booking.interpreter_note = note if languages else ""


def set_due(booking: Booking, hearing_on: date, calendar: SiteCalendar) -> None:
    """Work out by when the registry must do the next thing (court and type are loaded)."""
    booking.interpreter_due_on = None
    if interpreter := interpreter_of(booking):
        booking.interpreter_due_on = due_on(
            booking.interpreter_state,
            interpreter,
            hearing_on,
            interpreter_notice(booking.court),
            calendar,
        )


def seek_again(booking: Booking, hearing_on: date, calendar: SiteCalendar) -> bool:
    """After a move: whoever was asked or confirmed was so for another time, so ask again.

    Returns:
        Whether somebody had been asked.
    """
    was_asked = booking.interpreter_state in (InterpreterState.ASKED, InterpreterState.CONFIRMED)
    if was_asked:
        write_interpreter(booking, booking.interpreter_language, InterpreterState.WANTED)
    set_due(booking, hearing_on, calendar)
    return was_asked


def wanted_from(
    asked: str | None, spoken: list[str], working_days: int | None
) -> Interpreter | None:
    """What a request asks to have interpreted.

    Args:
        asked: as typed; None for whatever the people's records say.
        spoken: the languages of the people's records, in their order.
        working_days: how far ahead the hearing type wants it asked for, where it says so.
    """
    languages = read_languages(", ".join(spoken)) if asked is None else read_wanted(asked)
    return Interpreter(languages, working_days) if languages else None

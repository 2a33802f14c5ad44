"""What a change of somebody's record does to their bookings.

A date of birth, a language or a custody status can make a booking impossible, or leave it to be in
person: that is a disruption. A language that a record gains is something else: the booking may
stand, but somebody has to be asked to interpret. So the booking asks for the language from then
on, and is on the registry's list of interpreters with the day by which that is due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.disruption_steps import Swept, Watch, watch_people
from avl.commands.interpreters import LONGEST_LANGUAGES, set_due, write_interpreter
from avl.commands.keeping import changed
from avl.domain.access import Actor
from avl.domain.booking import Action
from avl.domain.calendars import SiteCalendar
from avl.domain.disruption import Cause
from avl.domain.interpreters import LOOK_BACK, InterpreterState, read_languages, say_to_ask
from avl.domain.local_time import local_day
from avl.models import Booking
from avl.models.base import Json
from avl.queries.calendars import calendars_for
from avl.queries.interpreters import hearing_of, interpreter_of
from avl.queries.standing import outdated_in


@dataclass
class RecordWatch(Watch):
    """Bookings of people whose records change.

    Attributes:
        spoken: by appearance id, the language of the person's record before the change.
    """

    spoken: dict[int, str] = field(default_factory=dict)

    def sweep(
        self,
        session: Session,
        *,
        by: Actor,
        closed: Cause = Cause.CLOSURE,
        gone: Cause = Cause.RELEASE,
    ) -> Swept:
        """As every change does; and ask for whatever has to be interpreted from now on."""
        session.flush()
        warned = self._ask(session, by)
        return replace(super().sweep(session, by=by, closed=closed, gone=gone), warned=warned)

    def _ask(self, session: Session, by: Actor) -> dict[int, str]:
        """By booking id, what the registry has to do about an interpreter, and by when."""
        gaining = {one.id: wanted for one in self.bookings if (wanted := self._gained(one))}
        bookings = [one for one in self.bookings if one.id in gaining]
        calendars = _calendars(session, bookings)
        return {
            one.id: _ask_for(session, one, gaining[one.id], calendars[one.court_id], by=by)
            for one in bookings
        }

    def _gained(self, booking: Booking) -> str:
        """The languages of a booking with those that its people's records have gained; "" where
        it has them all already."""
        fresh = [
            one.person.interpreter_language
            for one in booking.appearances
            if one.person.interpreter_language != self.spoken.get(one.id, "")
        ]
        languages = read_languages(", ".join((booking.interpreter_language, *fresh)))
        has = booking.interpreter_language
        return languages if languages != has and len(languages) <= LONGEST_LANGUAGES else ""


def watch_records(session: Session, person_ids: Collection[int]) -> RecordWatch:
    """Watch everything still to come for some people whose records are about to change."""
    watch = watch_people(session, person_ids)
    return RecordWatch(
        watch.bookings,
        watch.before,
        watch.was,
        # Whether somebody may appear by AVL depends on their age and on who interprets.
        outdated_in(session, watch.bookings),
        {
            one.id: one.person.interpreter_language
            for booking in watch.bookings
            for one in booking.appearances
        },
    )


def _calendars(session: Session, bookings: Collection[Booking]) -> dict[int, SiteCalendar]:
    """The courts' calendars as far back as an interpreter is asked for."""
    days = defaultdict(list)
    for booking in bookings:
        days[booking.court_id].append(local_day(hearing_of(booking), booking.court.zone))
    if not days:
        return {}
    every = [on for found in days.values() for on in found]
    return dict(calendars_for(session, sorted(days), min(every) - LOOK_BACK, max(every)))


def _ask_for(
    session: Session, booking: Booking, languages: str, calendar: SiteCalendar, *, by: Actor
) -> str:
    """Let a booking ask for these languages; returns what the registry has to do."""
    before = (booking.interpreter_state, booking.interpreter_language)
    write_interpreter(booking, languages, InterpreterState.WANTED, booking.interpreter_note)
    on = local_day(hearing_of(booking), booking.court.zone)
    set_due(booking, on, calendar)
    changes: Json = {
        "interpreter": [before[0].value, booking.interpreter_state.value],
        "interpreter_language": [before[1], languages],
    }
    changed(session, booking, Action.AMEND, by=by, changes=changes)
    wanted, due_on = interpreter_of(booking), booking.interpreter_due_on
    assert wanted is not None
    assert due_on is not None
    return say_to_ask(wanted, due_on, local_day(clock.now(), booking.court.zone))

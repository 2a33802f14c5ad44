"""What a change of somebody's record does to their bookings.

A date of birth, a language or a custody status can make a booking impossible, or leave it to be in
person: that is a disruption. A language that a record gains is something else: the booking may
stand, but somebody has to be asked to interpret. So the booking asks for the language from then
on, and is on the registry's list of interpreters with the day by which that is due. A language that
is corrected or taken off goes again where nobody was asked yet; elsewhere the booking still asks,
and whoever changes the record is told. An offer only held asks like a booking, and nobody is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.disruption_steps import Swept, Watch, watch_people
from avl.commands.interpreters import set_due, write_interpreter
from avl.commands.keeping import changed
from avl.commands.stale_plans import lock_open_plans
from avl.domain.access import Actor
from avl.domain.booking import Action, Status
from avl.domain.calendars import SiteCalendar
from avl.domain.disruption import Cause
from avl.domain.interpreters import (
    LOOK_BACK,
    Interpreted,
    InterpreterState,
    interpreted_after,
    say_less,
    say_to_ask,
)
from avl.domain.local_time import local_day
from avl.models import Appearance, Booking
from avl.models.base import Json
from avl.queries.calendars import calendars_for
from avl.queries.company import lock_separating, people_beside
from avl.queries.disruptions import with_parts
from avl.queries.interpreters import hearing_of, interpreter_of
from avl.queries.standing import outdated_in


@dataclass
class RecordWatch(Watch):
    """Bookings of people whose records change.

    Attributes:
        spoken: by appearance id, the language of the person's record before the change.
        held: offers only held, which are judged when they are booked.
    """

    spoken: dict[int, str] = field(default_factory=dict)
    held: list[Booking] = field(default_factory=list)

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
        after = {one.id: self._after(one) for one in (*self.bookings, *self.held)}
        warned = self._ask(session, after, by)
        less = {
            one.id: said
            for one in self.bookings
            if one.id not in warned and (said := say_less(after[one.id]))
        }
        swept = super().sweep(session, by=by, closed=closed, gone=gone)
        return replace(swept, warned=warned, less=less)

    def _after(self, booking: Booking) -> Interpreted:
        """What a booking asks to have interpreted from now on."""
        spoken = [
            (self.spoken.get(one.id, ""), one.person.interpreter_language)
            for one in booking.appearances
        ]
        return interpreted_after(booking.interpreter_language, booking.interpreter_state, spoken)

    def _ask(self, session: Session, after: Mapping[int, Interpreted], by: Actor) -> dict[int, str]:
        """Let bookings ask for what is to be interpreted; returns, by the id of those that stand,
        what their registry has to do, and by when."""
        bookings = [
            one
            for one in (*self.bookings, *self.held)
            if after[one.id].languages != one.interpreter_language
        ]
        calendars = _calendars(session, bookings)
        for one in bookings:
            _ask_for(session, one, after[one.id].languages, calendars[one.court_id], by=by)
        return {
            one.id: _say_to_ask(one, after[one.id])
            for one in bookings
            if after[one.id].is_more and one.status is not Status.HELD
        }


def watch_records(session: Session, person_ids: Collection[int]) -> RecordWatch:
    """Watch everything still to come for some people whose records are about to change, and for
    whoever may no longer be near them then."""
    # Whoever applies a plan has its lock before any other. Afterwards those with these people in
    # them are set aside, and by then sites are locked.
    lock_open_plans(session)
    _held_for(session, person_ids)
    watch = _watch_with_company(session, person_ids)
    # An offer may have been held until the people were locked: it asks as their records were.
    held = _held_for(session, person_ids)
    return RecordWatch(
        watch.bookings,
        watch.before,
        watch.was,
        # Whether somebody may appear by AVL depends on their age and on who interprets.
        outdated_in(session, watch.bookings),
        {
            one.id: one.person.interpreter_language
            for booking in (*watch.bookings, *held)
            for one in booking.appearances
        },
        held,
    )


def watch_move(session: Session, person_id: int, site_id: int) -> Watch:
    """Watch everything still to come for somebody whose stays are about to change.

    They may be sentenced from then on, or on remand again, or somebody whose custody is not known
    of any more. So whoever waits beside them is watched too, but only at the site where they will
    be, or have been until they leave custody: nobody meets them where they are booked in vain.
    """
    lock_open_plans(session)
    return _watch_with_company(session, [person_id], only_at=site_id)


def _watch_with_company(
    session: Session, person_ids: Collection[int], *, only_at: int | None = None
) -> Watch:
    """Watch some people and who is beside them, in such a way that nobody joins these meanwhile.

    Whoever is booked beside them needs the lock on the site that keeps people apart. It is the
    last one that a booking takes, and so it is here: those who were booked just before it was had
    are not locked then. As they must be before any site is, whatever was locked is given back, and
    all is locked anew with them.
    """
    now = clock.now()
    beside = people_beside(session, person_ids, now, only_at=only_at)
    while True:
        watched = {*person_ids, *beside}
        attempt = session.begin_nested()
        watch = watch_people(session, watched)
        lock_separating(session, person_ids, now, only_at=only_at)
        beside = people_beside(session, person_ids, now, only_at=only_at)
        if beside <= watched:
            attempt.commit()
            return watch
        attempt.rollback()
        # What was read under locks that are given back may change before they are had again.
        session.expire_all()


def _held_for(session: Session, person_ids: Collection[int]) -> list[Booking]:
    """Offers held for these people, locked in id order, as bookings are before their resources."""
    theirs = select(Appearance.booking_id).where(Appearance.person_id.in_(sorted(person_ids)))
    wanted = select(Booking).where(Booking.id.in_(theirs), Booking.status == Status.HELD)
    # What a page has read of an offer is not what is locked here.
    locked = wanted.order_by(Booking.id).with_for_update(of=Booking, key_share=True)
    return list(
        session.scalars(with_parts(locked).execution_options(populate_existing=True)).unique()
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
) -> None:
    """Let a booking ask for these languages."""
    before = (booking.interpreter_state, booking.interpreter_language)
    write_interpreter(booking, languages, InterpreterState.WANTED, booking.interpreter_note)
    set_due(booking, local_day(hearing_of(booking), booking.court.zone), calendar)
    changes: Json = {
        "interpreter": [before[0].value, booking.interpreter_state.value],
        "interpreter_language": [before[1], languages],
    }
    changed(session, booking, Action.AMEND, by=by, changes=changes)


def _say_to_ask(booking: Booking, after: Interpreted) -> str:
    """What the registry has to do about a booking that asks for more than it did."""
    wanted, due_on = interpreter_of(booking), booking.interpreter_due_on
    assert wanted is not None
    assert due_on is not None
    said = say_to_ask(wanted, due_on, local_day(clock.now(), booking.court.zone))
    return f"{said} {say_less(after)}" if after.left else said

"""The death of a person in custody: what it ends, and how a mistake is put right.

Nothing is cancelled by itself: bookings still to come go on the worklist, proposed for
cancellation, and nobody's text ever says why.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.keeping import end_booking
from avl.commands.record_watch import watch_move
from avl.commands.records import Move, moved, note, person_and_stays, require_keeper, stay_at
from avl.commands.transaction import command
from avl.commands.waitlist_steps import end_entry
from avl.domain.access import Actor
from avl.domain.booking import Action, Status
from avl.domain.disruption import Cause
from avl.domain.errors import ActionNotAllowed, InvalidInput
from avl.domain.local_time import local_day
from avl.domain.waiting import WaitState
from avl.models import Booking, Person, WaitlistEntry
from avl.queries.people import say_name

NO_LONGER = "The person is no longer in custody."


@command
def record_death(
    session: Session, person_id: int, *, at: datetime, by: Actor, version: int | None = None
) -> Move:
    """Record that a person has died: the stay ends, and nothing is booked for them again.

    Moves that were planned are taken back. Bookings still to come go on the worklist.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the actor does not keep the stays of the place where the person was.
        InvalidInput: it is in the future, or the person was not recorded in custody then.
    """
    person, stays = person_and_stays(session, person_id, version)
    now = clock.now()
    if person.died_on is not None:
        raise InvalidInput("date", "This has been recorded already.")
    if at > now:
        raise InvalidInput("date", "Enter a time that has passed.")
    there = stay_at(stays, at)
    if there is None:
        raise InvalidInput("date", f"{say_name(person)} is not recorded in custody then.")
    require_keeper(by, [there.site_id])
    if later := [stay for stay in stays if at <= stay.starts_at <= now]:
        name = later[0].site.name
        raise InvalidInput("date", f"It is recorded that they came to {name} after that.")
    watch = watch_move(session, person.id, there.site_id)
    for planned in stays:
        if planned.starts_at > now:
            session.delete(planned)
    there.ends_at, person.died_on = at, local_day(at, there.site.zone)
    note(session, "record_death", person, by=by, site=[there.site.code, None])
    _end_waits(session, person, by=by)
    said = f"It is recorded that {say_name(person)} has died."
    return moved(session, person, said, by=by, watch=watch, gone=Cause.DEATH)


@command
def correct_death(
    session: Session, person_id: int, *, by: Actor, version: int | None = None
) -> Move:
    """Take back a death that was recorded by mistake; the last stay goes on.

    Bookings that nobody has cancelled yet stand again.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the actor does not keep the stays of the place where the person is.
        ActionNotAllowed: no death is recorded.
    """
    person, stays = person_and_stays(session, person_id, version)
    if person.died_on is None or not stays:
        raise ActionNotAllowed("No death is recorded.")
    last = stays[-1]
    require_keeper(by, [last.site_id])
    watch = watch_move(session, person.id, last.site_id)
    person.died_on, last.ends_at = None, None
    note(session, "correct_death", person, by=by, site=[None, last.site.code])
    said = f"It is corrected: {say_name(person)} is in custody at {last.site.name}."
    return moved(session, person, said, by=by, watch=watch)


def _end_waits(session: Session, person: Person, *, by: Actor) -> None:
    """End every wait the person is part of, and give back what is kept for one."""
    waits = session.scalars(
        select(WaitlistEntry)
        .where(WaitlistEntry.ended_at.is_(None))
        .order_by(WaitlistEntry.id)
        .with_for_update()
    ).all()
    for entry in waits:
        if person.id not in {seat["person_id"] for seat in entry.wish["room"]["seats"]}:
            continue
        kept = session.get(Booking, entry.booking_id) if entry.booking_id else None
        end_entry(session, entry, WaitState.LAPSED, reason=NO_LONGER, by=by)
        if kept is not None and kept.status is Status.HELD:
            end_booking(session, kept, Action.CANCEL, by=by, reason=NO_LONGER)

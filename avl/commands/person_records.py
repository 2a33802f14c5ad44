"""What is recorded of a person in custody changed: birth, language, custody status.

A transfer changes where they are, and is `records.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.record_watch import watch_records
from avl.commands.records import Move, moved, note, person_and_stays, read_birthday, stay_at
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.contacts import read_text
from avl.domain.custody import say_died
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.interpreters import read_languages
from avl.models import CustodyStay, Person
from avl.models.base import Json
from avl.queries.people import say_name
from avl.queries.person_records import as_subject


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to be recorded of a person; None leaves what is recorded when it is written.

    Attributes:
        interpreter_language: "" when nobody has to interpret.
        status: of custody, from now on: of the stay there is, and of the planned ones that were
            recorded with the status there was.
    """

    born_on: date | None = None
    interpreter_language: str | None = None
    status: str | None = None


@command
def change_record(
    session: Session, person_id: int, wanted: Recorded, *, by: Actor, version: int | None = None
) -> Move:
    """Change what is recorded of a person; bookings this breaks go on the worklist at once.

    A booking that needs an interpreter from now on asks for one, and is on its registry's list.
    Recording what is recorded already changes nothing. A date of birth is told to nobody, so
    whoever gives one learns nothing either: the right one is answered and counted like another.

    Args:
        version: of the record, as it was read; None for any.

    Raises:
        NotFound: there is no such person.
        StaleVersion: the record was changed since ``version`` was read.
        NotAllowed: neither a registry with a matter or booking of the person nor the AVL
            coordinator of the place where they are; or a registry would change the status.
        InvalidInput: something cannot be recorded.
    """
    person, stays = person_and_stays(session, person_id, version)
    there = stay_at(stays, clock.now())
    if person.died_on is not None:
        raise InvalidInput("born_on", say_died(say_name(person)))
    keeps = _keeps(session, person, there, by)
    had = (person.interpreter_language, there.status if there else "")
    language, status = _read(wanted, *had)
    if status != had[1] and not keeps:
        raise NotAllowed("Only the AVL coordinator of the place where the person is changes this.")
    born_on = read_birthday(wanted.born_on)
    said = f"The record of {say_name(person)}"
    if born_on is None and (language, status) == had:
        return Move(f"{said} says that already.")
    watch = watch_records(session, [person.id])
    person.born_on, person.interpreter_language = born_on or person.born_on, language
    # What it says of the person is not for the audit, nor whether they were born on another day.
    differs = {"born_on": born_on, "interpreter_language": language != had[0]}
    changes: Json = {"changed": [name for name, is_so in differs.items() if is_so]}
    if there is not None and status != there.status:
        # The stay is one as before, and only the audit says when its status was another: what
        # reads stays, a booking under way or a file, asks where somebody is and from when.
        changes["changed"].append("status")
        changes["status"] = [there.status, status]
        _give_status(stays, there, status)
    session.flush()
    note(session, "change_record", person, by=by, **changes)
    return moved(session, person, f"{said} is changed.", by=by, watch=watch)


def _keeps(session: Session, person: Person, there: CustodyStay | None, by: Actor) -> bool:
    """Whether this actor keeps the stays of the place where somebody is, and so the status too.

    Raises:
        NotAllowed: they may change nothing of this person.
    """
    subject = as_subject(session, person.id, there.site_id if there else None)
    if not may(by, Do.CHANGE_RECORD, subject):
        raise NotAllowed(
            "Only a registry with a matter or booking of this person, or the AVL coordinator of"
            " the place where they are, changes this."
        )
    return there is not None and may(by, Do.KEEP_STAYS, SiteSubject(there.site_id))


def _read(wanted: Recorded, language: str, status: str) -> tuple[str, str]:
    """The language and the status to be recorded; those there are where nothing is said."""
    if wanted.status is not None:
        status = read_text(wanted.status, "status", "The custody status", longest=24)
    if wanted.interpreter_language is not None:
        # As it is kept: “maori” becomes longer when it is spelt out.
        spoken = read_languages(wanted.interpreter_language)
        language = read_text(spoken, "interpreter_language", "The language", longest=40)
    return language, status


def _give_status(stays: Sequence[CustodyStay], there: CustodyStay, status: str) -> None:
    """Let a stay, and whatever is planned after it with the same status, have another one."""
    had = there.status
    for stay in stays[stays.index(there) :]:
        if stay is there or stay.status == had:
            stay.status = status

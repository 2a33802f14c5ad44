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
from avl.models import CustodyStay
from avl.models.base import Json
from avl.queries.people import say_name


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to be recorded of a person.

    Attributes:
        born_on: None leaves what is recorded.
        interpreter_language: "" when nobody has to interpret.
        status: of custody, from now on: of the stay there is, and of the planned ones that were
            recorded with the status there was.
    """

    born_on: date | None
    interpreter_language: str
    status: str


@command
def change_record(
    session: Session, person_id: int, wanted: Recorded, *, by: Actor, version: int | None = None
) -> Move:
    """Change what is recorded of a person; bookings this breaks go on the worklist at once.

    A booking that needs an interpreter from now on asks for one, and is on its registry's list.
    Recording what is recorded already changes nothing.

    Args:
        version: of the record, as it was read; None for any.

    Raises:
        NotFound: there is no such person.
        StaleVersion: the record was changed since ``version`` was read.
        NotAllowed: neither a registry nor the AVL coordinator of the place where the person is;
            or a registry would change the status.
        InvalidInput: something cannot be recorded.
    """
    person, stays = person_and_stays(session, person_id, version)
    now = clock.now()
    there = stay_at(stays, now)
    if person.died_on is not None:
        raise InvalidInput("born_on", say_died(say_name(person)))
    keeps = there is not None and may(by, Do.KEEP_STAYS, SiteSubject(there.site_id))
    if not keeps and not may(by, Do.KEEP_MATTERS):
        raise NotAllowed(
            "Only a registry, or the AVL coordinator of the place where the person is, changes"
            " this."
        )
    status = read_text(wanted.status, "status", "The custody status", longest=24)
    had = (person.born_on, person.interpreter_language, there.status if there else "")
    if status != had[2] and not keeps:
        raise NotAllowed("Only the AVL coordinator of the place where the person is changes this.")
    born_on = read_birthday(wanted.born_on) or person.born_on
    # As it is kept: “maori” becomes longer when it is spelt out.
    spoken = read_languages(wanted.interpreter_language)
    language = read_text(spoken, "interpreter_language", "The language", longest=40)
    said = f"The record of {say_name(person)}"
    if (born_on, language, status) == had:
        return Move(f"{said} says that already.")
    watch = watch_records(session, [person.id])
    person.born_on, person.interpreter_language = born_on, language
    changes: Json = {"changed": _what_changed(had, (born_on, language, status))}
    if there is not None and status != there.status:
        # The stay is one as before, and only the audit says when its status was another: what
        # reads stays, a booking under way or a file, asks where somebody is and from when.
        changes["status"] = [there.status, status]
        _give_status(stays, there, status)
    session.flush()
    note(session, "change_record", person, by=by, **changes)
    return moved(session, person, f"{said} is changed.", by=by, watch=watch)


def _give_status(stays: Sequence[CustodyStay], there: CustodyStay, status: str) -> None:
    """Let a stay, and whatever is planned after it with the same status, have another one."""
    had = there.status
    for stay in stays[stays.index(there) :]:
        if stay is there or stay.status == had:
            stay.status = status


def _what_changed(had: tuple[object, ...], has: tuple[object, ...]) -> list[str]:
    """The names of what differs: what it says of the person is not for the audit."""
    names = ("born_on", "interpreter_language", "status")
    return [name for name, old, new in zip(names, had, has, strict=True) if old != new]

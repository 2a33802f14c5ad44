"""Make sure that everybody in a booking may appear by AVL, recording the direction that says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from avl import clock
from avl.domain.access import Actor
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.modes import Mode, ModeDecision
from avl.domain.world import World
from avl.models import Booking, Direction
from avl.queries.modes import Asked, Classed, decide_modes


@dataclass(frozen=True, slots=True)
class DirectionNote:
    """What an officer typed about the decision that somebody appears by AVL.

    Attributes:
        role: ``judicial_officer`` or ``registrar``, whoever decided.
        criteria: the matters of ss 5 and 6 that were weighed, comma separated.
        consent_given: the defendant's answer; None when it was not asked.
    """

    role: str
    officer_name: str
    reason: str
    directed_on: date
    criteria: str = ""
    consent_given: bool | None = None
    consent_how: str = ""


def settle_modes(
    session: Session,
    *,
    court_id: int,
    hearing_type: Classed,
    matters: Mapping[int, int | None],
    on: date,
    note: DirectionNote | None,
    by: Actor,
    people: Collection[Asked] | None = None,
    stamps: Mapping[int, int] | None = None,
    is_directed: bool = True,
) -> str:
    """Allow AVL for everybody, or refuse with what is missing.

    Where the mode that stands is in person, the note is recorded as a new direction; earlier
    ones are kept (Courts (Remote Participation) Act 2010 s 10).

    Args:
        people: the people on the matters, where the caller has read them already.
        stamps: the country's and the court's, where they have just been read.
        is_directed: False where no direction about any of them is known to be on record.

    Returns:
        The sentence that says why AVL stands.

    Raises:
        InvalidInput: in person stands, and no officer, reason or consent was given.
        NotAllowed: the officer named may not decide this.
    """
    decisions = decide_modes(
        session,
        court_id=court_id,
        hearing_type=hearing_type,
        matters=matters,
        on=on,
        people=people,
        stamps=stamps,
        is_directed=is_directed,
    )
    for person_id, decision in decisions.items():
        if decision.mode is not Mode.AVL:
            _require(decision, note)
            assert note is not None
            session.add(
                direction_row(
                    note,
                    Mode.AVL,
                    person_id=person_id,
                    matter_id=matters[person_id],
                    code=hearing_type.code,
                    by=by,
                )
            )
    if any(decision.mode is not Mode.AVL for decision in decisions.values()):
        session.flush()
        decisions = decide_modes(
            session, court_id=court_id, hearing_type=hearing_type, matters=matters, on=on
        )
    return " ".join(dict.fromkeys(decision.why for decision in decisions.values()))[:600]


def settle_modes_of(
    session: Session,
    booking: Booking,
    hearing: Interval,
    world: World,
    *,
    note: DirectionNote | None,
    by: Actor,
    people: Collection[Asked] | None = None,
    is_directed: bool = True,
) -> None:
    """Allow AVL for everybody in a booking at a new time, or refuse; the booking says why.

    Args:
        world: as it was read once everything was locked.
        note, people, is_directed: see `settle_modes`, which also says what is raised.
    """
    booking.mode_reason = settle_modes(
        session,
        court_id=booking.court_id,
        hearing_type=booking.hearing_type,
        matters={one.person_id: one.matter_id for one in booking.appearances},
        on=local_day(hearing.start, world.sites[booking.court_id].zone),
        note=note,
        by=by,
        people=people,
        stamps=world.stamps,
        is_directed=is_directed,
    )


def check_modes(
    session: Session,
    *,
    court_id: int,
    hearing_type: Classed,
    matters: Mapping[int, int | None],
    on: date,
    note: DirectionNote | None,
) -> None:
    """Refuse what `settle_modes` would refuse on that date; nothing is recorded.

    Raises:
        InvalidInput: in person stands, and no officer, reason or consent was given.
        NotAllowed: the officer named may not decide this.
    """
    decisions = decide_modes(
        session, court_id=court_id, hearing_type=hearing_type, matters=matters, on=on
    )
    for decision in decisions.values():
        if decision.mode is not Mode.AVL:
            _require(decision, note)


def _require(decision: ModeDecision, note: DirectionNote | None) -> None:
    if note is None:
        raise InvalidInput(
            "direction",
            f"{decision.why} To book AVL, record who directed it and why.",
        )
    if not note.officer_name.strip():
        raise InvalidInput("officer_name", "Enter the name of the officer who directed AVL.")
    decision.against_default(Mode.AVL).require(
        role=note.role, reason=note.reason, consent_given=note.consent_given
    )


def direction_row(
    note: DirectionNote, mode: Mode, *, person_id: int, matter_id: int | None, code: str, by: Actor
) -> Direction:
    """Return the row for a direction about one person, not yet added to a session."""
    return Direction(
        matter_id=matter_id,
        person_id=person_id,
        hearing_type_code=code,
        mode=mode.value,
        role=note.role,
        officer_name=note.officer_name.strip(),
        reason=note.reason.strip(),
        criteria=note.criteria,
        consent_given=note.consent_given,
        consent_how=note.consent_how,
        directed_on=note.directed_on,
        recorded_at=clock.now(),
        recorded_by_id=by.user_id,
    )

"""Record a decision on how somebody appears: AVL or in person, by whom, why, with what consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import look_again
from avl.commands.keeping import load_for_change
from avl.commands.modes import DirectionNote, direction_row
from avl.commands.record_steps import keep_records
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.domain.local_time import local_day
from avl.domain.modes import Mode, ModeDecision
from avl.models import Booking, HearingType, Site
from avl.queries.modes import decide_modes


@dataclass(frozen=True, slots=True)
class DirectedHearing:
    """What a direction is about.

    Attributes:
        hearing_type: its code.
        on: the hearing's date at the court.
        matters: the matter each person appears on, by person id; None where it is not known.
    """

    court_id: int
    hearing_type: str
    on: date
    matters: Mapping[int, int | None]


@command
def record_direction(
    session: Session,
    reference: str,
    mode: Mode,
    note: DirectionNote,
    *,
    by: Actor,
    version: int | None = None,
) -> Booking:
    """Record a direction for everybody in a booking, on their matters and hearing type.

    Earlier directions stay on record; the latest one stands (Courts (Remote Participation) Act
    2010 s 10). The booking itself stays as it is: moving or cancelling it is another decision.

    Raises:
        StaleVersion: the booking was changed since ``version`` was read; None for any.
        InvalidInput: the officer, the reason or the consent is missing.
        NotAllowed: the officer named may not decide this, or this actor may not record it.
    """
    booking = load_for_change(session, reference, by=by, do=Do.AMEND, version=version)
    hearing = DirectedHearing(
        court_id=booking.court_id,
        hearing_type=booking.hearing_type_code,
        on=local_day(booking.starts_at, booking.court.zone),
        matters={one.person_id: one.matter_id for one in booking.appearances},
    )
    before, after = _record(session, hearing, mode, note, by)
    look_again(session, booking, by=by)
    booking.mode_reason = " ".join(dict.fromkeys(one.why for one in after.values()))[:600]
    record(
        session,
        "direct",
        by=by,
        booking=booking,
        reason=note.reason.strip(),
        changes={"mode": [sorted({one.mode.value for one in before.values()}), mode.value]},
    )
    return booking


@command
def record_direction_ahead(
    session: Session, hearing: DirectedHearing, mode: Mode, note: DirectionNote, *, by: Actor
) -> None:
    """Record a direction for people whose hearing is not booked: by AVL it cannot be had.

    Raises:
        As `record_direction`; NotFound: there is no such court or hearing type; InvalidInput:
            somebody's record has just become part of another one's.
    """
    before, _ = _record(session, hearing, mode, note, by)
    record(
        session,
        "direct",
        by=by,
        subject=f"{hearing.hearing_type} {hearing.on.isoformat()}",
        reason=note.reason.strip(),
        changes={
            "mode": [sorted({one.mode.value for one in before.values()}), mode.value],
            "people": [None, sorted(hearing.matters)],
        },
    )


def _record(
    session: Session, hearing: DirectedHearing, mode: Mode, note: DirectionNote, by: Actor
) -> tuple[dict[int, ModeDecision], dict[int, ModeDecision]]:
    """Check and write a direction; return what stood before it, and what stands after it."""
    court = session.get(Site, hearing.court_id)
    kind = session.get(HearingType, hearing.hearing_type)
    if court is None or kind is None:
        raise NotFound("There is no such court or hearing type.")
    if not may(by, Do.DIRECT_MODE, SiteSubject(court.id)):
        raise NotAllowed("You may not record directions for this court.")
    if not note.officer_name.strip():
        raise InvalidInput("officer_name", "Enter the name of the officer who directed it.")
    if not note.reason.strip():
        raise InvalidInput("reason", "Give the reason for the direction.")
    if note.directed_on > local_day(clock.now(), court.zone):
        raise InvalidInput("directed_on", "A direction cannot have been made in the future.")
    keep_records(session, hearing.matters)

    def stands() -> dict[int, ModeDecision]:
        return decide_modes(
            session,
            court_id=court.id,
            hearing_type=kind,
            matters=hearing.matters,
            on=hearing.on,
        )

    before = stands()
    for decision in before.values():
        decision.against_default(mode).require(
            role=note.role, reason=note.reason, consent_given=note.consent_given
        )
    session.add_all(
        direction_row(
            note,
            mode,
            person_id=person_id,
            matter_id=matter_id,
            code=hearing.hearing_type,
            by=by,
        )
        for person_id, matter_id in hearing.matters.items()
    )
    session.flush()
    return before, stands()

"""Record a decision on how somebody appears: AVL or in person, by whom, why, with what consent."""

from __future__ import annotations

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.keeping import load_for_change
from avl.commands.modes import DirectionNote
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.local_time import local_day
from avl.domain.modes import Mode, ModeDecision
from avl.models import Booking, Direction
from avl.queries.modes import decide_modes


@command
def record_direction(
    session: Session, reference: str, mode: Mode, note: DirectionNote, *, by: Actor
) -> Booking:
    """Record a direction for everybody in a booking, on their matters and hearing type.

    Earlier directions stay on record; the latest one stands (Courts (Remote Participation) Act
    2010 s 10). The booking itself stays as it is: moving or cancelling it is another decision.

    Raises:
        InvalidInput: the officer, the reason or the consent is missing.
        NotAllowed: the officer named may not decide this, or this actor may not record it.
    """
    booking = load_for_change(session, reference, by=by, do=Do.AMEND, version=None)
    if not may(by, Do.DIRECT_MODE, SiteSubject(booking.court_id)):
        raise NotAllowed("You may not record directions for this court.")
    if not note.officer_name.strip():
        raise InvalidInput("officer_name", "Enter the name of the officer who directed it.")
    if not note.reason.strip():
        raise InvalidInput("reason", "Give the reason for the direction.")
    if note.directed_on > local_day(clock.now(), booking.court.zone):
        raise InvalidInput("directed_on", "A direction cannot have been made in the future.")
    before = _decisions(session, booking)
    for decision in before.values():
        decision.against_default(mode).require(
            role=note.role, reason=note.reason, consent_given=note.consent_given
        )
    session.add_all(_directions(booking, mode, note, by))
    session.flush()
    after = _decisions(session, booking)
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


def _decisions(session: Session, booking: Booking) -> dict[int, ModeDecision]:
    return decide_modes(
        session,
        court_id=booking.court_id,
        hearing_type=booking.hearing_type,
        matters={one.person_id: one.matter_id for one in booking.appearances},
        on=local_day(booking.starts_at, booking.court.zone),
    )


def _directions(booking: Booking, mode: Mode, note: DirectionNote, by: Actor) -> list[Direction]:
    return [
        Direction(
            matter_id=one.matter_id,
            person_id=one.person_id,
            hearing_type_code=booking.hearing_type_code,
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
        for one in booking.appearances
    ]

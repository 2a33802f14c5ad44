"""Give somebody another suite of the same prison, at the same time."""

from __future__ import annotations

from sqlalchemy.orm import Session

from avl.commands.changes import Move, apply_move
from avl.commands.keeping import load_for_change
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, may
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.models import Booking, Resource
from avl.queries.worklist import seats_at


@command
def change_suite(
    session: Session,
    reference: str,
    appearance_id: int,
    suite_id: int,
    *,
    by: Actor,
    reason: str,
    version: int | None = None,
) -> Booking:
    """Move one person's part of a booking to another suite of the same prison.

    Nothing changes for the court or for counsel, and no prison that had agreed is asked again.

    Raises:
        ResourceClash: the suite is not free.
        InvalidInput: no reason, or a suite of another place.
        NotAllowed: this actor does not look after that prison's suites.
    """
    if not reason.strip():
        raise InvalidInput("reason", "Say why the suite is changed.")
    booking = load_for_change(session, reference, by=by, do=Do.CHANGE_SUITE, version=version)
    mine = next((one for one in booking.appearances if one.id == appearance_id), None)
    if mine is None:
        raise NotFound(f"There is no such person in booking {reference}.")
    if not may(by, Do.CHANGE_SUITE, seats_at(booking, mine.site_id)):
        raise NotAllowed("You may not change the suites of this prison.")
    suite = session.get(Resource, suite_id)
    if suite is None or suite.site_id != mine.site_id:
        raise InvalidInput("suite", "Choose a suite of this prison.")
    own = may(by, Do.CONFIRM, seats_at(booking, mine.site_id))
    agreed = {one.site_id for one in booking.appearances if one.agreed_at is not None}
    apply_move(
        session,
        booking,
        Move(suites={appearance_id: suite_id}),
        by=by,
        reason=reason,
        # Counsel is wanted elsewhere no more than before: what was accepted then stands.
        warning_reason=booking.warning_reason or reason,
        agreed=agreed if own else agreed - {mine.site_id},
    )
    return booking

"""The prison's side: confirm, decline, run the link; and what lapses by itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.keeping import changed, check_version, drop_holds, end_booking, load_for_change
from avl.commands.transaction import command
from avl.commands.waitlist_steps import is_kept
from avl.domain.access import SYSTEM, Actor, Do, Role
from avl.domain.booking import HOLDING, Action, Status, next_status, too_early
from avl.domain.errors import ActionNotAllowed, DomainError, InvalidInput, NotFound
from avl.models import Booking, db

ON_ITS_DAY = frozenset({Action.CONNECT, Action.STAND_DOWN})
"""What is done about a link that runs or should run, so never before its day."""


@command
def confirm_booking(
    session: Session, reference: str, *, by: Actor, version: int | None = None
) -> Booking:
    """Agree to host the people at this actor's sites; the last agreement confirms the booking.

    Confirming what is already confirmed changes nothing.
    """
    booking = load_for_change(session, reference, by=by, do=Do.CONFIRM, version=None)
    if booking.status is Status.CONFIRMED:
        return booking
    check_version(booking, version)
    after = next_status(booking.status, Action.CONFIRM)
    mine = by.sites_as(Role.AVL_COORDINATOR)
    is_everywhere = by.is_system or Role.AVL_COORDINATOR in by.everywhere
    asked = [
        appearance
        for appearance in booking.appearances
        if appearance.agreed_at is None and (is_everywhere or appearance.site_id in mine)
    ]
    if not asked:
        return booking
    for appearance in asked:
        appearance.agreed_at = clock.now()
    before = booking.status
    if all(appearance.agreed_at for appearance in booking.appearances):
        booking.status, booking.expires_at = after, None
    changed(
        session,
        booking,
        Action.CONFIRM,
        by=by,
        changes={"status": [before.value, booking.status.value]},
    )
    return booking


@command
def decline_booking(
    session: Session, reference: str, *, by: Actor, reason: str, version: int | None = None
) -> Booking:
    """Refuse to host; the booking ends, and says why."""
    if not reason.strip():
        raise InvalidInput("reason", "Say why the request is declined; the court will read it.")
    booking = load_for_change(session, reference, by=by, do=Do.DECLINE, version=version)
    end_booking(session, booking, Action.DECLINE, by=by, reason=reason.strip())
    return booking


@command
def connect_booking(
    session: Session, reference: str, *, by: Actor, version: int | None = None
) -> Booking:
    """Note that the link is up."""
    return _run(session, reference, Action.CONNECT, by=by, version=version)


@command
def complete_booking(
    session: Session, reference: str, *, by: Actor, version: int | None = None
) -> Booking:
    """Note that the hearing is over; what is still held is given back for others."""
    return _run(session, reference, Action.COMPLETE, by=by, version=version)


@command
def stand_down_booking(
    session: Session, reference: str, *, by: Actor, reason: str, version: int | None = None
) -> Booking:
    """Put the matter back in the day's list because the link failed or somebody is missing."""
    if not reason.strip():
        raise InvalidInput("reason", "Say why the hearing is stood down.")
    return _run(
        session, reference, Action.STAND_DOWN, by=by, version=version, reason=reason.strip()
    )


def _run(
    session: Session,
    reference: str,
    action: Action,
    *,
    by: Actor,
    version: int | None,
    reason: str = "",
) -> Booking:
    booking = load_for_change(session, reference, by=by, do=Do.RUN, version=version)
    before, after = booking.status, next_status(booking.status, action)
    if action in ON_ITS_DAY:
        # The day of whichever place is the farthest east will do.
        zones = {booking.court.zone, *(one.site.zone for one in booking.appearances)}
        early = [too_early(reference, booking.starts_at, zone, clock.now()) for zone in zones]
        if all(early):
            raise ActionNotAllowed(f"{early[0]} Nothing is changed.")
    booking.status = after
    if booking.status not in HOLDING:
        drop_holds(session, booking)
    changed(
        session,
        booking,
        action,
        by=by,
        reason=reason,
        changes={"status": [before.value, booking.status.value]},
    )
    return booking


def lapse_due() -> int:
    """Lapse every held offer and unanswered request whose time is over; returns how many.

    Each is a command of its own, so one that fails keeps none of the others waiting.
    """
    due = db.session.scalars(
        select(Booking.reference)
        .where(
            Booking.status.in_((Status.HELD, Status.REQUESTED)),
            Booking.expires_at <= clock.now(),
        )
        .order_by(Booking.expires_at)
        .limit(500)
    ).all()
    return sum(_lapsed(reference) for reference in due)


def _lapsed(reference: str) -> bool:
    try:
        return lapse_booking(reference)
    except DomainError:
        # Somebody answered, or the database is busy: the next tick looks again.
        return False


@command
def lapse_booking(session: Session, reference: str) -> bool:
    """Lapse one booking if it is still due; the reason tells the court what to do."""
    booking = session.scalars(
        select(Booking)
        .where(Booking.reference == reference)
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if booking is None:
        raise NotFound(f"There is no booking {reference}.")
    if booking.expires_at is None or booking.expires_at > clock.now():
        return False
    if is_kept(booking):
        reason = "Nobody booked the time that was kept from the waitlist."
    elif booking.status is Status.HELD:
        reason = "The ten minutes for which the offer was kept are over."
    else:
        reason = "Nobody at the prison answered in time."
    end_booking(session, booking, Action.LAPSE, by=SYSTEM, reason=reason)
    return True

"""What a booking keeps, and what is told when that changes: shared steps of every command."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session, joinedload, selectinload

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import resolve_by
from avl.commands.outbox import Addressees, queue_news
from avl.commands.publish import publish
from avl.commands.waitlist_steps import follow_waitlist
from avl.domain.access import SYSTEM, Actor, Do, may
from avl.domain.better_times import left_to_keep
from avl.domain.booking import Action, next_status
from avl.domain.bridges import wanted_holds
from avl.domain.calendars import after_open_days
from avl.domain.errors import NotAllowed, NotFound, StaleVersion
from avl.domain.lifting import presence_of
from avl.domain.local_time import local_day
from avl.domain.resources import Placement, WantedHold
from avl.domain.world import World
from avl.models import Booking, Hold, Leg
from avl.models.base import Json
from avl.queries.ready import Adding
from avl.queries.scope import visible_bookings

_HOLD = cast(Table, Hold.__table__)
_ADD_HOLDS = Adding(Hold)


def load_for_change(
    session: Session, reference: str, *, by: Actor, do: Do, version: int | None
) -> Booking:
    """Lock and return a booking this actor may change in this way.

    Raises:
        NotFound: no such booking, or not this actor's to see.
        NotAllowed: may see it, may not do this.
        StaleVersion: somebody changed it since ``version`` was read.
    """
    booking = session.scalars(
        visible_bookings(by)
        .where(Booking.reference == reference)
        .options(
            joinedload(Booking.court, innerjoin=True),
            selectinload(Booking.appearances),
            selectinload(Booking.legs),
        )
        .with_for_update(of=Booking, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if booking is None:
        raise NotFound(f"There is no booking {reference}.")
    if not may(by, do, booking):
        raise NotAllowed(f"You may not {do.replace('_', ' ')} booking {reference}.")
    check_version(booking, version)
    return booking


def check_version(booking: Booking, version: int | None) -> None:
    """Refuse a change made on an old picture of a booking; None means any version will do.

    Raises:
        StaleVersion: somebody changed it since ``version`` was read.
    """
    if version is not None and version != booking.version:
        raise StaleVersion(
            f"Booking {booking.reference} was changed while you were looking at it."
            " Look at it again before you change it."
        )


def legs_of(placement: Placement) -> list[Leg]:
    """The legs a placement makes, not written yet."""
    return [
        Leg(kind=leg.kind, starts_at=leg.interval.start, ends_at=leg.interval.end)
        for leg in placement.legs
    ]


def add_holds(
    session: Session,
    booking: Booking,
    placement: Placement,
    world: World,
    *,
    beside: Booking | None = None,
    wanted: Sequence[WantedHold] = (),
) -> None:
    """Write a booking's holds, all in one statement; its legs must have been flushed.

    Args:
        wanted: what it was found to want when it was judged in this world, if it was.
        beside: the booking for whose move this is kept, locked: what it holds is not held twice.
    """
    ignoring = (beside or booking).id
    holds: Iterable[WantedHold] = wanted_holds(placement, world, booking_id=ignoring, known=wanted)
    if beside is not None:
        holds = left_to_keep(holds, beside.holds)
    legs = {leg.kind: leg.id for leg in booking.legs}
    booking_id = booking.id
    _ADD_HOLDS.rows(
        session,
        [
            {
                "booking_id": booking_id,
                "leg_id": legs[wanted.leg],
                "resource_id": wanted.resource_id,
                "starts_at": wanted.occupied.start,
                "ends_at": wanted.occupied.end,
                "is_exclusive": wanted.is_exclusive,
            }
            for wanted in holds
        ],
    )


def be_present(booking: Booking, placement: Placement, world: World) -> None:
    """Note on a booking's appearances who is where and when, which the rules about company ask."""
    for appearance, there in zip(booking.appearances, presence(placement, world), strict=True):
        for column, value in there.items():
            setattr(appearance, column, value)


def presence(placement: Placement, world: World) -> list[dict[str, Any]]:
    """What an appearance says of who is where and when, by column; one for each seat."""
    return [
        {
            "present_from": one.span.start,
            "present_to": one.span.end,
            "present_on": local_day(one.span.start, world.sites[one.site_id].zone),
            "is_young": one.is_young,
            "is_sentenced": one.is_sentenced,
        }
        for one in presence_of(0, placement, world)
    ]


def drop_holds(session: Session, booking: Booking, *, stays: bool = False) -> None:
    """Give back everything a booking holds.

    Args:
        stays: it will hold the same places again, so its people remain present there.
    """
    if not stays:
        for appearance in booking.appearances:
            appearance.present_from = appearance.present_to = appearance.present_on = None
    session.flush()
    session.execute(_HOLD.delete().where(_HOLD.c.booking_id == booking.id))
    session.expire(booking, ["holds"])


def changed(
    session: Session,
    booking: Booking,
    action: Action,
    *,
    by: Actor,
    reason: str = "",
    changes: Json | None = None,
    world: World | None = None,
) -> None:
    """Count the change, write it down, publish it and tell whom it concerns."""
    booking.version += 1
    booking.updated_at = clock.now()
    session.flush()
    record(session, action, by=by, booking=booking, reason=reason, changes=changes)
    resolve_by(session, booking, action, by=by)
    for kept in follow_waitlist(session, booking, action, by=by):
        end_booking(session, kept, Action.CANCEL, by=by, reason="No longer waited for.")
    spread(session, booking, world=world)


def spread(
    session: Session,
    booking: Booking,
    *,
    world: World | None,
    is_new: bool = False,
    to: Addressees | None = None,
) -> None:
    """Publish a booking as it now stands and tell whom it concerns.

    Args:
        world: the picture the booking was judged by, where it was: it knows the court's calendar.
        is_new: made in this very transaction.
        to: its counsel, where the caller has asked already.
    """
    publish(session, booking, is_new=is_new, world=world)
    calendar = world.sites[booking.court_id].calendar if world else None
    queue_news(session, booking, is_new=is_new, calendar=calendar, to=to)


def end_booking(
    session: Session,
    booking: Booking,
    action: Action,
    *,
    by: Actor | None = None,
    reason: str,
) -> None:
    """Decline, lapse or cancel: the holds go, the memory stays."""
    before = booking.status
    booking.status = next_status(before, action)
    booking.end_reason = reason[:300]
    booking.expires_at = None
    drop_holds(session, booking)
    changed(
        session,
        booking,
        action,
        by=by or SYSTEM,
        reason=reason,
        changes={"status": [before.value, booking.status.value]},
    )


def agree_where_self_service(
    booking: Booking, world: World, *, agreed: Collection[int] = ()
) -> None:
    """Confirm what needs nobody's answer; otherwise set the deadline for the answer.

    Args:
        agreed: ids of sites that have agreed already, and are not asked again.
    """
    now = world.now
    waiting = []
    for appearance in booking.appearances:
        site_id = appearance.site_id
        site = world.sites[site_id]
        hours = None if site_id in agreed else site.approval_hours
        appearance.agreed_at = now if hours is None else None
        if hours is not None:
            waiting.append(after_open_days(now, timedelta(hours=hours), site.calendar))
    if not waiting:
        booking.status = next_status(booking.status, Action.CONFIRM)
        booking.expires_at = None
        return
    # A request made on a Friday must not lapse on a Saturday, when nobody is there to answer; but
    # the answer must come before the people have to be fetched, whatever the site's usual time.
    booking.expires_at = min(*waiting, max(booking.starts_at, now + timedelta(minutes=5)))

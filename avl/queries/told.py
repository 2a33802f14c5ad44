"""Who hears of a booking that gets another time or room, before anybody has decided it."""

from __future__ import annotations

from datetime import datetime

from avl.domain.booking import Status
from avl.domain.resources import Placement
from avl.models import Approval, Booking


def told_of(booking: Booking, before: Placement, after: Placement) -> list[str]:
    """Who hears of a move, and how.

    Counsel is sent nothing about another room at the same times (`domain/news`), unless nothing
    was sent yet because the prison has not agreed.
    """
    said = []
    is_same_time = _times(before) == _times(after)
    counsel_hears = booking.status is Status.REQUESTED or not is_same_time
    must_agree = False
    agreed = {one.site_id for one in booking.appearances if one.agreed_at is not None}
    for site in {one.site.id: one.site for one in booking.appearances}.values():
        if site.approval is Approval.APPROVAL:
            must_agree = True
            again = " again" if site.id in agreed else ""
            said.append(f"{site.short_name} is asked to agree{again}")
        else:
            what = "room" if is_same_time else "time"
            said.append(f"{site.short_name} sees the new {what} at once")
    for counsel in {
        one.counsel.id: one.counsel for one in booking.appearances if one.counsel and counsel_hears
    }.values():
        when = " once the prison has agreed" if must_agree else ""
        said.append(f"{counsel.name} is told{when}")
    return said


def _times(placement: Placement) -> tuple[datetime, int]:
    """What counsel goes by: when the hearing starts, and the conference before it."""
    return placement.hearing.start, placement.pre_minutes

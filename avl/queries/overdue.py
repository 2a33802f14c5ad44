"""What nobody has dealt with in time, whom to ring about it, and who had it last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import func, select

from avl.domain.access import Actor, Do
from avl.models import AuditEvent, Disruption, Membership, Site, SiteKind, User, db
from avl.queries.worklist import KEEPERS, MOST_ROWS, WorkRow, open_disruptions, work_rows

MOST_PEOPLE = 3
"""How many people of one office are named: a list of everybody is nobody to ring."""

# The worklist itself says when something stopped being possible; that is not dealing with it.
_NOT_HANDLING = ("disrupt", "restore")


class Clerk(NamedTuple):
    """Somebody who works through the worklist of a site."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Office:
    """Whom to ring at one end of a booking.

    Attributes:
        office: "Hutt Valley registry", "Rimutaka AVL office".
        phone: of the site; "" when no number is recorded.
        clerks: at most `MOST_PEOPLE` who keep its worklist, by name.
    """

    office: str
    phone: str
    clerks: tuple[Clerk, ...]


class Handled(NamedTuple):
    """Who did something with a booking last, what, and when."""

    who: str
    action: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LateRow:
    """A disruption past its time; ``handled`` is None while no person has touched the booking."""

    row: WorkRow
    offices: tuple[Office, ...]
    handled: Handled | None


def overdue(actor: Actor, *, now: datetime) -> list[LateRow]:
    """Disruptions nobody has dealt with in time, the manager's list (6 queries for any number)."""
    late = open_disruptions(actor).where(Disruption.due_at < now).order_by(Disruption.due_at)
    rows = work_rows(actor, late.limit(MOST_ROWS), now)
    sites = [_sites_of(row) for row in rows]
    offices = _offices({site_id for one in sites for site_id in one})
    handled = _handled([row.booking.booking_id for row in rows if _shows_history(row)])
    return [
        LateRow(row, tuple(offices[site] for site in ids), handled.get(row.booking.booking_id))
        for row, ids in zip(rows, sites, strict=True)
    ]


def _sites_of(row: WorkRow) -> Sequence[int]:
    """The court, which decides about times, then each prison once."""
    seats = (seat.site_id for seat in row.booking.appearances)
    return list(dict.fromkeys((row.booking.court_id, *seats)))


def _shows_history(row: WorkRow) -> bool:
    return Do.SEE_HISTORY in row.booking.may


def _offices(site_ids: Collection[int]) -> dict[int, Office]:
    """These sites' offices, with the people whose own site it is.

    Whoever looks after a whole agency is nobody's clerk.
    """
    if not site_ids:
        return {}
    clerks = (
        select(Membership.site_id, User.name, User.email)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role.in_([*KEEPERS]), User.is_active, User.is_service.is_(False))
        .distinct()
        .subquery()
    )
    rows = db.session.execute(
        select(Site, clerks.c.name, clerks.c.email)
        .outerjoin(clerks, clerks.c.site_id == Site.id)
        .where(Site.id.in_(sorted(site_ids)))
        .order_by(Site.id, clerks.c.name, clerks.c.email)
    )
    return {
        site.id: Office(
            f"{site.short_name} {'registry' if site.kind is SiteKind.COURT else 'AVL office'}",
            site.phone,
            tuple(Clerk(name, email) for _, name, email in found if email)[:MOST_PEOPLE],
        )
        for site, found in groupby(rows, key=itemgetter(0))
    }


def _handled(booking_ids: Collection[int]) -> dict[int, Handled]:
    if not booking_ids:
        return {}
    last = (
        select(func.max(AuditEvent.id))
        .where(
            AuditEvent.booking_id.in_(sorted(booking_ids)),
            AuditEvent.user_id.is_not(None),
            AuditEvent.action.not_in(_NOT_HANDLING),
        )
        .group_by(AuditEvent.booking_id)
    )
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.id.in_(last)))
    return {
        event.booking_id: Handled(event.user_name, event.action, event.at)
        for event in events
        if event.booking_id is not None
    }

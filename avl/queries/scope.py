"""Where every read of bookings starts: what this actor may know to exist.

`may(actor, Do.SEE, booking)` and `visible_bookings(actor)` say the same, once about a row in hand
and once as SQL; tests/web/test_scope.py holds them together.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, literal_column, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from avl.domain.access import COURT_ROLES, PRISON_ROLES, Actor, Role
from avl.models import Appearance, Booking, Membership, Site, User

_REMOTE_SIDE = (*PRISON_ROLES, Role.MANAGER)


def visible_bookings(actor: Actor) -> Select[Booking]:
    """Bookings this actor may see; add `where`, `order_by` and `options` to taste.

    An offer only held, or given back before it was requested, is seen by its court's registry
    only.
    Somebody without any grant sees nothing.
    """
    return select(Booking).where(sees(actor))


def sees(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Booking` behind `visible_bookings`, for joins and counts."""
    if actor.is_system:
        return true()
    ways: list[ColumnElement[bool]] = []
    if Role.REGISTRY in actor.everywhere:
        ways.append(true())
    elif courts := actor.sites_as(*COURT_ROLES):
        ways.append(Booking.court_id.in_(sorted(courts)))
    if watched := _once_published(actor):
        ways.append(and_(Booking.requested_at.is_not(None), or_(*watched)))
    return or_(*ways) if ways else false()


def _once_published(actor: Actor) -> list[ColumnElement[bool]]:
    """Ways to see a booking that is more than somebody's held offer."""
    ways: list[ColumnElement[bool]] = []
    if actor.everywhere & {*_REMOTE_SIDE}:
        ways.append(true())
    if courts := actor.sites_as(Role.MANAGER):
        ways.append(Booking.court_id.in_(sorted(courts)))
    if sites := actor.sites_as(*_REMOTE_SIDE):
        ways.append(_appears(Appearance.site_id, *sites))
    if actor.counsel_id is not None and actor.holds(Role.COUNSEL):
        ways.append(_appears(Appearance.counsel_id, actor.counsel_id))
    return ways


def _appears(column: InstrumentedAttribute[Any], *ids: int) -> ColumnElement[bool]:
    # An alias of its own, tied to Booking only: a caller that joins Appearance as well would
    # otherwise have this condition asked of the row it joined.
    other = aliased(Appearance)
    found = select(other.id).where(
        other.booking_id == Booking.id, getattr(other, column.key).in_(sorted(ids))
    )
    return found.correlate(Booking).exists()


def within(actor: Actor, *roles: Role) -> ColumnElement[bool]:
    """The condition on `Site` that one of these roles is held there."""
    if actor.is_system or actor.everywhere & {*roles}:
        return true()
    return Site.id.in_(sorted(actor.sites_as(*roles)))


def sites_of(actor: Actor, *roles: Role, kinds: Collection[str] = ()) -> Select[Site]:
    """Active sites where one of these roles is held, by name; `kinds` narrows to kinds of site."""
    found = select(Site).where(within(actor, *roles), Site.is_active).order_by(Site.name)
    return found.where(Site.kind.in_(list(kinds))) if kinds else found


def is_held_at(
    site_id: ColumnElement[Any] | InstrumentedAttribute[Any],
    agency_id: ColumnElement[Any] | InstrumentedAttribute[Any],
    roles: Collection[Role],
) -> ColumnElement[bool]:
    """The condition on `User`, for a read that has no actor yet, that they hold one of these
    roles at this site: there, across its agency, or everywhere."""
    return (
        select(Membership.id)
        .where(
            Membership.user_id == User.id,
            # Written out: a statement whose words never change can be put into them once.
            Membership.role.in_([literal_column(f"'{role.value}'") for role in roles]),
            or_(
                Membership.site_id == site_id,
                Membership.agency_id == agency_id,
                and_(Membership.site_id.is_(None), Membership.agency_id.is_(None)),
            ),
        )
        .exists()
    )

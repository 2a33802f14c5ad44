"""Interpreters: what a booking needs, by when, and the list of what is to be asked or confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import joinedload

from avl.domain.access import Actor, Role
from avl.domain.booking import LegKind, Status
from avl.domain.interpreters import InterpreterState
from avl.domain.resources import Interpreter
from avl.domain.spoken import say_all
from avl.domain.world import InterpreterNotice
from avl.models import Appearance, Booking, Leg, Site, db
from avl.queries.kept_places import SiteRow
from avl.queries.people import say_name
from avl.queries.scope import visible_bookings

STANDING = (Status.REQUESTED, Status.CONFIRMED, Status.STOOD_DOWN)
OPEN = (InterpreterState.WANTED, InterpreterState.ASKED)
MOST = 200


@dataclass(frozen=True, slots=True)
class InterpreterRow:
    """One booking for which somebody must interpret.

    Attributes:
        due_on: by when the registry must ask, or have it confirmed; None when all is done.
        language: several are joined by commas.
    """

    reference: str
    version: int
    who: str
    hearing_at: datetime
    zone: str
    court: str
    language: str
    state: InterpreterState
    note: str
    due_on: date | None


def interpreter_notice(court: Site | SiteRow) -> InterpreterNotice:
    """How far ahead a court wants interpreters asked for."""
    return InterpreterNotice(court.interpreter_days, court.reo_days, court.interpreter_confirm_days)


def interpreter_of(booking: Booking) -> Interpreter | None:
    """What has to be interpreted at a standing booking."""
    if not booking.interpreter_language:
        return None
    return Interpreter(booking.interpreter_language, booking.hearing_type.interpreter_days)


def hearing_of(booking: Booking) -> datetime:
    """When a booking's hearing starts (its legs are loaded)."""
    return next(leg.starts_at for leg in booking.legs if leg.kind is LegKind.HEARING)


def interpreters_to_settle(
    actor: Actor, *, now: datetime, due_by: date | None = None
) -> list[InterpreterRow]:
    """Interpreters still to be asked for or confirmed at the actor's courts, the soonest due
    first (one query).

    Args:
        due_by: only what is due by this date; None for all that is open.
    """
    mine = []
    if Role.REGISTRY not in actor.everywhere:
        mine = [Booking.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))]
    due = [] if due_by is None else [Booking.interpreter_due_on <= due_by]
    rows = db.session.execute(
        visible_bookings(actor)
        .join(Leg, (Leg.booking_id == Booking.id) & (Leg.kind == LegKind.HEARING))
        .add_columns(Leg.starts_at)
        .where(
            *mine,
            *due,
            Booking.starts_at > now,
            Booking.interpreter_state.in_(OPEN),
            Booking.status.in_(STANDING),
        )
        .options(
            joinedload(Booking.court),
            joinedload(Booking.appearances).joinedload(Appearance.person),
        )
        .order_by(Booking.interpreter_due_on, Booking.starts_at, Booking.id)
        .limit(MOST)
    ).unique()
    return [_row(booking, hearing_at) for booking, hearing_at in rows]


def _row(booking: Booking, hearing_at: datetime) -> InterpreterRow:
    return InterpreterRow(
        reference=booking.reference,
        version=booking.version,
        who=say_all(say_name(one.person) for one in booking.appearances),
        hearing_at=hearing_at,
        zone=booking.court.zone,
        court=booking.court.short_name,
        language=booking.interpreter_language,
        state=booking.interpreter_state,
        note=booking.interpreter_note,
        due_on=booking.interpreter_due_on,
    )

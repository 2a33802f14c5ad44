"""Everything about one booking, for the page that shows it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from avl.domain.access import Actor, Do, may
from avl.domain.booking import Action, LegKind, Status, allowed_actions, normal_reference
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.interpreters import InterpreterState, say_late, working_days_ahead
from avl.domain.interval import Interval, merge
from avl.domain.local_time import local_day, say_time
from avl.domain.resources import Interpreter
from avl.domain.spoken import say_all
from avl.models import (
    Access,
    Appearance,
    Booking,
    BookingForm,
    Counsel,
    Hold,
    db,
)
from avl.queries.booking_form import say_counsel
from avl.queries.interpreters import interpreter_notice, interpreter_of
from avl.queries.people import say_name
from avl.queries.scope import visible_bookings

_ASKED = {
    Action.MOVE: Do.MOVE,
    Action.CANCEL: Do.CANCEL,
    Action.AMEND: Do.AMEND,
    Action.REQUEST: Do.BOOK,
}


@dataclass(frozen=True, slots=True)
class AppearanceSeen:
    """One person's part in a booking. ``suite_id`` and ``instruction_suite_id`` are resource
    ids; the latter is counsel's room at court, None where counsel confers elsewhere.
    ``is_suppressed``: the name may not be published (Criminal Procedure Act 2011, s 200)."""

    appearance_id: int
    person_id: int
    name: str
    prn: str
    site_id: int
    site: str
    site_phone: str
    suite_id: int
    suite: str
    instruction_suite_id: int | None
    instruction_suite: str
    counsel_id: int | None
    counsel: str
    matter_id: int | None
    matter: str
    is_suppressed: bool
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookingPage:
    """One booking as its court's registry reads it.

    Attributes:
        legs: each leg's kind and time, in order.
        may_do: what this reader may do to it now: its state permits it, and so do the rules.
        interpreter_days: working days ahead its languages are asked for, 0 where there are none.
        interpreter_due_on: when the next thing about them is due; None when nothing is left to do.
    """

    id: int
    reference: str
    status: Status
    version: int
    court_id: int
    court: str
    zone: str
    courtroom_id: int
    courtroom: str
    hearing_type: str
    hearing_type_code: str
    is_closed: bool
    legs: tuple[tuple[LegKind, Interval], ...]
    people: tuple[AppearanceSeen, ...]
    staff_notes: str
    prison_notes: str
    is_fixed: bool
    mode_reason: str
    interpreter_language: str
    interpreter_state: InterpreterState
    interpreter_note: str
    interpreter_due_on: date | None
    interpreter_days: int
    warning_reason: str
    end_reason: str
    expires_at: datetime | None
    form_key: str
    previous_id: int | None
    may_do: frozenset[Action]

    @property
    def hearing(self) -> Interval:
        """When the hearing itself is."""
        return next(interval for kind, interval in self.legs if kind is LegKind.HEARING)

    @property
    def span(self) -> Interval:
        """From the first leg's start to the last leg's end."""
        return Interval(self.legs[0][1].start, self.legs[-1][1].end)

    @property
    def pre_minutes(self) -> int:
        """Length of the conference before, in minutes."""
        return self._minutes(LegKind.PRE_CONFERENCE)

    @property
    def post_minutes(self) -> int:
        """Length of the conference after, in minutes."""
        return self._minutes(LegKind.POST_CONFERENCE)

    @property
    def instruction_suites(self) -> tuple[str, ...]:
        """Counsel's rooms at court, by name; none where counsel confers elsewhere."""
        return tuple(dict.fromkeys(p.instruction_suite for p in self.people if p.instruction_suite))

    def _minutes(self, wanted: LegKind) -> int:
        return next((interval.minutes for kind, interval in self.legs if kind is wanted), 0)


def booking_page(actor: Actor, reference: str) -> BookingPage:
    """One booking with its people and places, in one query.

    Args:
        reference: however it was typed into an address.

    Raises:
        NotFound: no such booking, or not this actor's to see.
    """
    return booking_and_form(actor, reference, "")[0]


def booking_and_form(
    actor: Actor, reference: str, key: str
) -> tuple[BookingPage, Mapping[str, Any] | None]:
    """One booking, and what this actor typed under a form's key, in one query.

    Args:
        key: "" where no form is kept; what was typed is then None.

    Raises:
        NotFound: as `booking_page`.
    """
    with contextlib.suppress(InvalidInput):
        reference = normal_reference(reference)
    row = (
        db.session.execute(_with_form(actor, key).where(Booking.reference == reference))
        .unique()
        .one_or_none()
    )
    booking, form = row or (None, None)
    # A link with another court that this reader sees as a prison's coordinator is not theirs here.
    if booking is None or not may(actor, Do.BOOK, booking):
        raise NotFound(f"There is no booking {reference} at your court.")
    return _page(actor, booking), form.typed if form else None


def _with_form(actor: Actor, key: str) -> Select[Booking, BookingForm | None]:
    """Visible bookings with all a page says of them, and the form kept under a key."""
    return (
        visible_bookings(actor)
        .add_columns(BookingForm)
        .select_from(Booking)
        .outerjoin(BookingForm, and_(BookingForm.key == key, BookingForm.user_id == actor.user_id))
        .options(
            joinedload(Booking.hearing_type),
            joinedload(Booking.court),
            joinedload(Booking.legs),
            joinedload(Booking.appearances).options(
                joinedload(Appearance.person),
                joinedload(Appearance.site),
                joinedload(Appearance.suite),
                joinedload(Appearance.instruction_suite),
                joinedload(Appearance.courtroom),
                joinedload(Appearance.counsel),
                joinedload(Appearance.matter),
            ),
        )
    )


def neighbours_of(actor: Actor, page: BookingPage) -> tuple[str | None, tuple[str, ...]]:
    """The booking this one is the next event of, and the ones that came from it."""
    rows = db.session.scalars(
        visible_bookings(actor)
        .where(or_(Booking.id == page.previous_id, Booking.previous_id == page.id))
        .order_by(Booking.starts_at)
    ).all()
    before = next((row.reference for row in rows if row.id == page.previous_id), None)
    after = tuple(
        row.reference
        for row in rows
        if row.previous_id == page.id
        and row.requested_at is not None
        and row.status not in (Status.LAPSED, Status.CANCELLED)
    )
    return before, after


def counsel_elsewhere(page: BookingPage) -> list[str]:
    """Where counsel of this booking is wanted at the same time, in sentences."""
    wanted = {person.counsel_id for person in page.people if person.counsel_id is not None}
    if not wanted:
        return []
    rows = db.session.execute(
        select(Appearance.counsel_id, Hold.starts_at, Hold.ends_at)
        .join(Counsel, Counsel.id == Appearance.counsel_id)
        .join(
            Hold,
            and_(
                Hold.booking_id == Appearance.booking_id,
                Hold.resource_id == Counsel.resource_id,
            ),
        )
        .where(
            Appearance.counsel_id.in_(sorted(wanted)),
            Appearance.booking_id != page.id,
            Hold.starts_at < page.span.end,
            Hold.starts_at > page.span.start - timedelta(days=1),
            Hold.ends_at > page.span.start,
        )
        .order_by(Hold.starts_at)
    ).all()
    found: dict[int | None, list[Interval]] = {}
    for counsel_id, start, end in rows:
        found.setdefault(counsel_id, []).append(Interval(start, end))
    names = {person.counsel_id: person.counsel.partition(" (")[0] for person in page.people}
    return [
        f"{names[counsel_id]} is wanted elsewhere"
        f" {say_all(_say_times(one, page.zone) for one in merge(intervals))}."
        for counsel_id, intervals in found.items()
    ]


def _say_times(interval: Interval, zone: str) -> str:
    return f"{say_time(interval.start, zone)} to {say_time(interval.end, zone)}"


def interpreter_warning(page: BookingPage, now: datetime) -> str:
    """Why it is too late to ask for an interpreter in time; "" when it is not."""
    last = page.interpreter_due_on
    is_wanted = page.interpreter_state is InterpreterState.WANTED
    if not is_wanted or last is None or local_day(now, page.zone) <= last:
        return ""
    return say_late(Interpreter(page.interpreter_language), page.interpreter_days, last)


def _page(actor: Actor, booking: Booking) -> BookingPage:
    legs = sorted(booking.legs, key=lambda leg: leg.starts_at)
    people = sorted(booking.appearances, key=lambda appearance: appearance.id)
    return BookingPage(
        id=booking.id,
        reference=booking.reference,
        status=booking.status,
        version=booking.version,
        court_id=booking.court_id,
        court=booking.court.name,
        zone=booking.court.zone,
        courtroom_id=people[0].courtroom_id,
        courtroom=people[0].courtroom.name,
        hearing_type=booking.hearing_type.name,
        hearing_type_code=booking.hearing_type_code,
        is_closed=booking.hearing_type.access is not Access.OPEN,
        legs=tuple((leg.kind, Interval(leg.starts_at, leg.ends_at)) for leg in legs),
        people=tuple(_appearance(appearance) for appearance in people),
        staff_notes=booking.staff_notes if may(actor, Do.SEE_STAFF_NOTES, booking) else "",
        prison_notes=booking.prison_notes if may(actor, Do.SEE_PRISON_NOTES, booking) else "",
        is_fixed=booking.is_fixed,
        mode_reason=booking.mode_reason,
        interpreter_language=booking.interpreter_language,
        interpreter_state=booking.interpreter_state,
        interpreter_note=booking.interpreter_note,
        interpreter_due_on=booking.interpreter_due_on,
        interpreter_days=working_days_ahead(interpreter, interpreter_notice(booking.court))
        if (interpreter := interpreter_of(booking))
        else 0,
        warning_reason=booking.warning_reason,
        end_reason=booking.end_reason,
        expires_at=booking.expires_at,
        form_key=booking.form_key or "",
        previous_id=booking.previous_id,
        may_do=_may_do(actor, booking),
    )


def _may_do(actor: Actor, booking: Booking) -> frozenset[Action]:
    return frozenset(
        action
        for action in allowed_actions(booking.status)
        if action in _ASKED and may(actor, _ASKED[action], booking)
    )


def _appearance(row: Appearance) -> AppearanceSeen:
    return AppearanceSeen(
        appearance_id=row.id,
        person_id=row.person_id,
        name=say_name(row.person),
        prn=row.person.prn,
        site_id=row.site_id,
        site=row.site.short_name,
        site_phone=row.site.phone,
        suite_id=row.suite_id,
        suite=row.suite.name,
        instruction_suite_id=row.instruction_suite_id,
        instruction_suite=row.instruction_suite.name if row.instruction_suite else "",
        counsel_id=row.counsel_id,
        counsel=say_counsel(row.counsel.name, row.counsel.firm) if row.counsel else "",
        matter_id=row.matter_id,
        matter=row.matter.number if row.matter else "",
        is_suppressed=bool(row.matter and row.matter.is_suppressed),
        agreed_at=row.agreed_at,
    )

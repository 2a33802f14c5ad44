"""What an actor may read of a booking, field by field: the one serializer behind every output.

`shown` starts from nothing and adds what `may` allows; a field somebody adds to the tables later
is hidden until a line here shows it. Load bookings with `SHOWN_PARTS`, or each costs more reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from avl import clock
from avl.domain.access import Actor, AppearanceSubject, Do, may
from avl.domain.booking import LegKind, Status, is_kept_no_longer
from avl.domain.interpreters import InterpreterState
from avl.domain.interval import Interval
from avl.models import Access, Appearance, Booking, HearingType

SHOWN_PARTS: tuple[ExecutableOption, ...] = (
    joinedload(Booking.court),
    joinedload(Booking.hearing_type),
    selectinload(Booking.legs),
    selectinload(Booking.appearances).options(
        joinedload(Appearance.person),
        joinedload(Appearance.site),
        joinedload(Appearance.suite),
        joinedload(Appearance.courtroom),
        joinedload(Appearance.instruction_suite),
        joinedload(Appearance.matter),
        joinedload(Appearance.counsel),
    ),
)
"""Everything `shown` looks at, in three queries for any number of bookings."""

HIDDEN_TYPE = {Access.CLOSED: "Closed hearing", Access.PRIVATE: "Private conference"}


class SeatNames(NamedTuple):
    """What everybody and everything in one appearance is called, before anybody is shown it."""

    prn: str
    family_name: str
    given_names: str
    site_code: str
    site: str
    zone: str
    suite_code: str | None
    suite: str
    courtroom_code: str | None
    courtroom: str
    instruction_suite_code: str | None
    instruction_suite: str | None
    matter: str | None
    is_suppressed: bool | None
    counsel: str | None
    firm: str | None


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person in custody, for those who may know the name."""

    id: int
    prn: str
    family_name: str
    given_names: str


@dataclass(frozen=True, slots=True)
class CounselShown:
    """Counsel: name and firm are public knowledge, the telephone is not shown here."""

    id: int
    name: str
    firm: str


@dataclass(frozen=True, slots=True)
class AppearanceShown:
    """One appearance. What the reader may not know is None.

    Attributes:
        is_hidden: the person's name, matter and counsel were left out.
        is_suppressed: the name may not be published (Criminal Procedure Act 2011 s 200); pages
            mark it, so that whoever reads it out thinks first.
    """

    id: int
    site_id: int
    site_code: str
    site: str
    zone: str
    suite_id: int
    suite_code: str | None
    suite: str
    instruction_suite_id: int | None
    instruction_suite: str | None
    instruction_suite_code: str | None
    agreed_at: datetime | None
    is_hidden: bool
    person: PersonShown | None = None
    matter: str | None = None
    is_suppressed: bool | None = None
    counsel: CounselShown | None = None


@dataclass(frozen=True, slots=True)
class BookingShown:
    """A booking as one reader may know it. What they may not know is None."""

    booking_id: int
    reference: str
    status: Status
    version: int
    court_id: int
    court_code: str
    court: str
    zone: str
    courtroom_id: int
    courtroom_code: str | None
    courtroom: str
    hearing_type: str | None
    hearing_type_words: str
    span: Interval
    legs: dict[LegKind, Interval]
    appearances: tuple[AppearanceShown, ...]
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    is_fixed: bool
    staff_notes: str | None = None
    prison_notes: str | None = None
    interpreter_language: str | None = None
    interpreter_state: InterpreterState | None = None
    interpreter_note: str | None = None
    warning_reason: str | None = None
    mode_reason: str | None = None
    end_reason: str | None = None
    may: frozenset[Do] = field(default_factory=frozenset)

    @property
    def hearing(self) -> Interval:
        """The hearing itself."""
        return self.legs[LegKind.HEARING]


ASKED = (
    Do.AMEND,
    Do.MOVE,
    Do.CANCEL,
    Do.CONFIRM,
    Do.DECLINE,
    Do.RUN,
    Do.SEE_STAFF_NOTES,
    Do.SEE_PRISON_NOTES,
    Do.SEE_MESSAGES,
    Do.SEE_HISTORY,
)


def shown(
    actor: Actor, booking: Booking, names: Mapping[int, SeatNames] | None = None
) -> BookingShown:
    """What this actor may read of a booking that is in their scope.

    Args:
        names: by appearance id, where they have been read on their own.
    """
    called = names or {one.id: _names_of(one) for one in booking.appearances}
    appearances = tuple(
        _appearance(actor, booking, one, called[one.id]) for one in booking.appearances
    )
    names_some = not all(one.is_hidden for one in appearances)
    allowed = frozenset(do for do in ASKED if may(actor, do, booking))
    staff, prison = Do.SEE_STAFF_NOTES in allowed, Do.SEE_PRISON_NOTES in allowed
    type_code, type_words = _hearing_type(booking.hearing_type, names_some)
    first = booking.appearances[0]
    is_over = is_kept_no_longer(booking.status, booking.expires_at, clock.now())
    return BookingShown(
        booking_id=booking.id,
        reference=booking.reference,
        status=Status.LAPSED if is_over else booking.status,
        version=booking.version,
        court_id=booking.court_id,
        court_code=booking.court.code,
        court=booking.court.name,
        zone=booking.court.zone,
        courtroom_id=first.courtroom_id,
        courtroom_code=called[first.id].courtroom_code,
        courtroom=called[first.id].courtroom,
        hearing_type=type_code,
        hearing_type_words=type_words,
        span=Interval(booking.starts_at, booking.ends_at),
        legs={leg.kind: Interval(leg.starts_at, leg.ends_at) for leg in booking.legs},
        appearances=appearances,
        expires_at=None if is_over else booking.expires_at,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
        is_fixed=booking.is_fixed,
        staff_notes=booking.staff_notes if staff else None,
        prison_notes=booking.prison_notes if prison else None,
        interpreter_language=booking.interpreter_language if staff or prison else None,
        interpreter_state=booking.interpreter_state if staff or prison else None,
        interpreter_note=booking.interpreter_note if staff else None,
        warning_reason=booking.warning_reason if staff else None,
        mode_reason=booking.mode_reason if staff else None,
        end_reason=booking.end_reason if staff or prison else None,
        may=allowed,
    )


def _names_of(one: Appearance) -> SeatNames:
    """The names around an appearance that was loaded with `SHOWN_PARTS`."""
    person, site, suite, courtroom = one.person, one.site, one.suite, one.courtroom
    instruction, matter, counsel = one.instruction_suite, one.matter, one.counsel
    return SeatNames(
        prn=person.prn,
        family_name=person.family_name,
        given_names=person.given_names,
        site_code=site.code,
        site=site.name,
        zone=site.zone,
        suite_code=suite.code,
        suite=suite.name,
        courtroom_code=courtroom.code,
        courtroom=courtroom.name,
        instruction_suite_code=instruction.code if instruction else None,
        instruction_suite=instruction.name if instruction else None,
        matter=matter.number if matter else None,
        is_suppressed=matter.is_suppressed if matter else None,
        counsel=counsel.name if counsel else None,
        firm=counsel.firm if counsel else None,
    )


def _appearance(
    actor: Actor, booking: Booking, one: Appearance, called: SeatNames
) -> AppearanceShown:
    """One appearance: a co-defendant's prison or counsel learns no name but their own."""
    subject = AppearanceSubject(
        requested_at=booking.requested_at,
        court_id=booking.court_id,
        remote_site_ids=frozenset({one.site_id}),
        counsel_ids=frozenset() if one.counsel_id is None else frozenset({one.counsel_id}),
    )
    sees_names = may(actor, Do.SEE_NAMES, subject)
    person = PersonShown(one.person_id, called.prn, called.family_name, called.given_names)
    counsel = None
    if one.counsel_id is not None and called.counsel is not None and called.firm is not None:
        counsel = CounselShown(one.counsel_id, called.counsel, called.firm)
    return AppearanceShown(
        id=one.id,
        site_id=one.site_id,
        site_code=called.site_code,
        site=called.site,
        zone=called.zone,
        suite_id=one.suite_id,
        suite_code=called.suite_code,
        suite=called.suite,
        instruction_suite_id=one.instruction_suite_id,
        instruction_suite=called.instruction_suite,
        instruction_suite_code=called.instruction_suite_code,
        agreed_at=one.agreed_at,
        is_hidden=not sees_names,
        person=person if sees_names else None,
        matter=called.matter if sees_names else None,
        is_suppressed=bool(called.is_suppressed) if sees_names else None,
        counsel=counsel if sees_names else None,
    )


def _hearing_type(kind: HearingType, sees_names: bool) -> tuple[str | None, str]:
    """What kind of hearing it is; in closed court only to those who know somebody in it."""
    if kind.access is Access.OPEN or sees_names:
        return kind.code, kind.name
    return None, HIDDEN_TYPE[kind.access]

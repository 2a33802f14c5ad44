"""What counsel has coming up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import aliased

from avl import clock
from avl.domain.access import Actor, Role
from avl.domain.booking import LegKind, Status
from avl.domain.interval import Interval
from avl.models import (
    Appearance,
    Booking,
    Counsel,
    FeedEvent,
    HearingType,
    Leg,
    Matter,
    OptOut,
    Person,
    Resource,
    Site,
    db,
)
from avl.queries.people import say_name
from avl.queries.seats import LONGEST

MOST = 100
AHEAD = timedelta(days=90)
_SHOWN = (
    Status.REQUESTED,
    Status.CONFIRMED,
    Status.CONNECTED,
    Status.STOOD_DOWN,
    Status.CANCELLED,
    Status.DECLINED,
    Status.LAPSED,
)


@dataclass(frozen=True, slots=True)
class AppearanceSeen:
    """One client's appearance as their counsel sees it.

    Attributes:
        zone: the court's zone, by whose clock the times are said.
        span: from the first leg's start to the last leg's end.
    """

    reference: str
    status: Status
    client: str
    matter: str
    kind: str
    court: str
    court_phone: str
    courtroom: str
    prison: str
    suite: str
    instruction_suite: str
    zone: str
    span: Interval
    hearing: Interval

    @property
    def conference(self) -> Interval | None:
        """The private conference before the hearing."""
        return self.span.ahead_of(self.hearing)

    @property
    def conference_after(self) -> Interval | None:
        """The private conference after the hearing."""
        return self.span.left_after(self.hearing)


@dataclass(frozen=True, slots=True)
class Telephone:
    """Where counsel's texts go. ``number``: "" for none; ``has_stopped``: they asked for none."""

    number: str
    is_bad: bool
    has_stopped: bool


def telephone_of(actor: Actor) -> Telephone | None:
    """Where this reader's own texts go (1 query); None for somebody who is not counsel."""
    if actor.counsel_id is None or not actor.holds(Role.COUNSEL):
        return None
    row = db.session.execute(
        select(Counsel.mobile, Counsel.mobile_is_bad, OptOut.number)
        .outerjoin(OptOut, OptOut.number == Counsel.mobile)
        .where(Counsel.id == actor.counsel_id)
    ).one_or_none()
    return Telephone(row.mobile, row.mobile_is_bad, row.number is not None) if row else None


def next_appearances(actor: Actor) -> list[AppearanceSeen]:
    """Counsel's own appearances from now on, earliest first, cancelled ones too (1 query)."""
    if actor.counsel_id is None or not actor.holds(Role.COUNSEL):
        return []
    now = clock.now()
    rows: Iterable[Any] = db.session.execute(
        _COMING,
        {
            "counsel_id": actor.counsel_id,
            "now": now,
            "oldest": now - LONGEST,
            "farthest": now + AHEAD,
        },
    )
    return [
        AppearanceSeen(
            reference=row.reference,
            status=row.status,
            client=say_name(row),
            matter=row.matter or "",
            kind=row.kind,
            court=row.court,
            court_phone=row.court_phone,
            courtroom=row.courtroom,
            prison=row.prison,
            suite=row.suite,
            instruction_suite=row.instruction_suite or "",
            zone=row.zone,
            span=Interval(row.starts_at, row.ends_at),
            hearing=Interval(row.hearing_starts_at, row.hearing_ends_at),
        )
        for row in rows
    ]


def _coming() -> Select[*tuple[Any, ...]]:
    suite, courtroom, instruction = aliased(Resource), aliased(Resource), aliased(Resource)
    court, prison, hearing = aliased(Site), aliased(Site), aliased(Leg)
    return (
        select(
            Booking.reference,
            Booking.status,
            Booking.starts_at,
            Booking.ends_at,
            hearing.starts_at.label("hearing_starts_at"),
            hearing.ends_at.label("hearing_ends_at"),
            HearingType.name.label("kind"),
            Person.family_name,
            Person.given_names,
            Matter.number.label("matter"),
            court.name.label("court"),
            court.phone.label("court_phone"),
            court.zone,
            courtroom.name.label("courtroom"),
            prison.short_name.label("prison"),
            suite.name.label("suite"),
            instruction.name.label("instruction_suite"),
        )
        .select_from(FeedEvent)
        .join(Booking, Booking.id == FeedEvent.booking_id)
        .join(
            Appearance,
            and_(
                Appearance.booking_id == Booking.id,
                # Adding nothing keeps SQLite from reading all counsel ever had: see seats.py.
                Appearance.counsel_id + 0 == FeedEvent.scope_id,
            ),
        )
        .join(hearing, and_(hearing.booking_id == Booking.id, hearing.kind == LegKind.HEARING))
        .join(HearingType, HearingType.code == Booking.hearing_type_code)
        .join(court, court.id == Booking.court_id)
        .join(prison, prison.id == Appearance.site_id)
        .join(suite, suite.id == Appearance.suite_id)
        .join(courtroom, courtroom.id == Appearance.courtroom_id)
        .join(Person, Person.id == Appearance.person_id)
        .outerjoin(instruction, instruction.id == Appearance.instruction_suite_id)
        .outerjoin(Matter, Matter.id == Appearance.matter_id)
        .where(
            FeedEvent.scope_kind == "counsel",
            FeedEvent.scope_id == bindparam("counsel_id"),
            FeedEvent.starts_at > bindparam("oldest"),
            FeedEvent.starts_at < bindparam("farthest"),
            Booking.ends_at > bindparam("now"),
            Booking.status.in_(_SHOWN),
        )
        .order_by(Booking.starts_at, Appearance.id)
        .limit(MOST)
    )


# Built once: putting a statement together costs more than running it.
_COMING = _coming()

"""Reading the outbox: what is due, what is unsettled, and whether a text still holds true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from avl.domain.local_time import say_day, say_time
from avl.domain.news import OFF, ON
from avl.domain.sms import SmsKind, SmsState
from avl.models import Appearance, Booking, Counsel, Heartbeat, OptOut, Sending, Sms, SmsAttempt, db
from avl.queries.database_time import database_now
from avl.queries.ready import Ready
from avl.queries.sending import find_pause

_NEWS = (SmsKind.BOOKED, SmsKind.MOVED)


def _due() -> Select[Sms]:
    before, now = aliased(Sms), bindparam("now", type_=Sms.due_at.type)
    on_its_way = exists().where(
        before.booking_id == Sms.booking_id,
        before.counsel_id == Sms.counsel_id,
        before.state == SmsState.SENDING,
    )
    return (
        select(Sms)
        .where(Sms.state == SmsState.PENDING, Sms.due_at <= now)
        .where(or_(Sms.not_before.is_(None), Sms.not_before <= now))
        .where(not_(on_its_way))
        # Looked at in the statement that claims: a pause and a claim cannot miss each other.
        .where(exists().where(Sending.paused_at.is_(None)))
        .order_by(Sms.due_at, Sms.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Sms)
    )


_DUE = _due()


def first_due(session: Session, now: datetime) -> Sms | None:
    """The text that may be claimed now and has been due longest, locked against other workers;
    none while sending is paused.

    A text waits while an earlier one to the same counsel about the same booking is on its way:
    "cancelled" must not overtake "booked".
    """
    return session.scalars(_DUE, {"now": now}).first()


def sms_in(state: SmsState, *, before: datetime, limit: int) -> Select[Sms]:
    """Texts in one state whose next look is due, locked, the longest waiting first."""
    return (
        select(Sms)
        .where(Sms.state == state, Sms.check_at <= before)
        .order_by(Sms.check_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Sms)
    )


def expired_sms(now: datetime, limit: int) -> Select[Sms]:
    """Texts that nobody can say were sent and that have lost their worth."""
    return (
        select(Sms)
        .where(Sms.state.in_((SmsState.PENDING, SmsState.DOUBT)), Sms.expires_at <= now)
        .order_by(Sms.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Sms)
    )


_FACTS = Ready(
    select(
        Booking.status,
        Booking.time_version,
        Counsel.mobile,
        Counsel.mobile_is_bad,
        exists()
        .where(Appearance.booking_id == Booking.id, Appearance.counsel_id == Counsel.id)
        .label("appears"),
        exists().where(OptOut.number == Counsel.mobile).label("has_opted_out"),
    ).where(
        Booking.id == bindparam("booking_id", type_=Integer),
        Counsel.id == bindparam("counsel_id", type_=Integer),
    )
)


@dataclass(frozen=True, slots=True)
class Addressee:
    """What decides whether a text may leave.

    Attributes:
        is_still_true: the booking is as the text says: same time, still on (or off), same counsel.
        mobile: counsel's number as it is now.
        may_be_texted: there is one, it can be reached, and nobody said stop from it.
    """

    is_still_true: bool
    mobile: str
    may_be_texted: bool


def addressee_of(session: Session, sms: Sms) -> Addressee:
    """Look at the booking and counsel of a text as they are now."""
    ids = {"booking_id": sms.booking_id, "counsel_id": sms.counsel_id}
    [found] = _FACTS.rows(session, ids)
    may_be_texted = bool(found.mobile) and not (found.mobile_is_bad or found.has_opted_out)
    if sms.kind == SmsKind.CANCELLED:
        is_true = found.status in OFF or not found.appears
    else:
        is_same = found.time_version == sms.time_version
        is_true = bool(found.appears) and found.status in ON and is_same
    return Addressee(is_true, found.mobile, may_be_texted)


def is_opted_out(session: Session, number: str) -> bool:
    """Whether nobody may text this number."""
    return session.get(OptOut, number) is not None


def untold_bookings(now: datetime, limit: int) -> CompoundSelect[int]:
    """Ids of coming bookings whose counsel lack a text that holds true: the sweep's work list.

    Every command writes its own news, so this is empty unless something was lost.
    """
    told_now = exists().where(
        Sms.booking_id == Booking.id,
        Sms.counsel_id == Appearance.counsel_id,
        Sms.kind.in_(_NEWS),
        Sms.time_version == Booking.time_version,
        Sms.state != SmsState.DROPPED,
    )
    missing = (
        select(Booking.id)
        .join(Appearance, Appearance.booking_id == Booking.id)
        .join(Counsel, Counsel.id == Appearance.counsel_id)
        .where(Booking.status.in_(ON), Booking.starts_at > now)
        .where(Counsel.mobile != "", not_(told_now))
    )
    return missing.union(_untold_ends(now)).limit(limit)


def _untold_ends(now: datetime) -> Select[int]:
    """Ids of coming bookings that are off, where counsel was told they are on and no more."""
    ended = aliased(Sms)
    told_off = exists().where(
        ended.booking_id == Sms.booking_id,
        ended.counsel_id == Sms.counsel_id,
        ended.kind == SmsKind.CANCELLED,
    )
    return (
        select(Booking.id)
        .join(Sms, Sms.booking_id == Booking.id)
        .where(Booking.status.in_(OFF), Booking.starts_at > now)
        .where(Sms.kind.in_(_NEWS))
        .where(Sms.state.not_in([SmsState.DROPPED, SmsState.PENDING]), not_(told_off))
    )


_CLAIMED = (
    select(Sms, SmsAttempt)
    .join(SmsAttempt, SmsAttempt.sms_id == Sms.id)
    .where(SmsAttempt.token == bindparam("token"))
    .with_for_update(of=Sms)
    .execution_options(populate_existing=True)
)


def lock_claimed(session: Session, token: str) -> tuple[Sms, SmsAttempt] | None:
    """The text an attempt was made for, locked, and the attempt; None when there is none."""
    found = session.execute(_CLAIMED, {"token": token}).one_or_none()
    return found and (found[0], found[1])


def find_attempt(session: Session, token: str) -> SmsAttempt | None:
    """The attempt whose token stands in a callback's address."""
    return session.scalar(select(SmsAttempt).where(SmsAttempt.token == token))


# What pages and health checks show ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhoneSms:
    """One text as a phone shows it."""

    body: str
    kind: str
    state: str
    at: datetime
    language: str

    @property
    def said_at(self) -> str:
        """When it arrived, by the clock most phones in the country show."""
        return f"{say_day(self.at, PHONE_ZONE)}, {say_time(self.at, PHONE_ZONE)}"


PHONE_ZONE = "Pacific/Auckland"


@dataclass(frozen=True, slots=True)
class Phone:
    """One console phone and what it received, newest last."""

    number: str
    owner: str
    received: tuple[PhoneSms, ...]
    waiting: int


def console_phones(*, most_phones: int = 40, most_texts: int = 30) -> list[Phone]:
    """The phones that were texted last, each with its latest texts.

    For the console gateway only: these are demonstration phones, not people's.
    """
    shown = (SmsState.ACCEPTED, SmsState.SENT, SmsState.DELIVERED)
    latest = (
        select(Sms.to_e164, func.max(Sms.updated_at).label("last"))
        .where(Sms.state.in_(shown))
        .group_by(Sms.to_e164)
        .order_by(func.max(Sms.updated_at).desc(), Sms.to_e164)
        .limit(most_phones)
        .subquery()
    )
    place = func.row_number().over(partition_by=Sms.to_e164, order_by=Sms.updated_at.desc())
    ranked = (
        select(Sms.id, place.label("place"))
        .join(latest, latest.c.to_e164 == Sms.to_e164)
        .where(Sms.state.in_(shown))
        .subquery()
    )
    rows = db.session.execute(
        select(Sms, Counsel.name)
        .join(ranked, and_(ranked.c.id == Sms.id, ranked.c.place <= most_texts))
        .join(Counsel, Counsel.id == Sms.counsel_id)
        .order_by(Sms.updated_at, Sms.id)
    ).all()
    numbers = list(db.session.scalars(select(latest.c.to_e164).order_by(latest.c.last.desc())))
    waiting = dict(
        db.session.execute(
            select(Sms.to_e164, func.count())
            .where(Sms.state == SmsState.PENDING, Sms.to_e164.in_(numbers))
            .group_by(Sms.to_e164)
        ).all()
    )
    return [
        Phone(
            number,
            next(name for sms, name in reversed(rows) if sms.to_e164 == number),
            tuple(_shown(sms) for sms, _ in rows if sms.to_e164 == number),
            waiting.get(number, 0),
        )
        for number in numbers
    ]


def _shown(sms: Sms) -> PhoneSms:
    return PhoneSms(sms.body, sms.kind, sms.state, sms.updated_at, sms.language)


@dataclass(frozen=True, slots=True)
class Beat:
    """When one job last ran."""

    name: str
    seconds_ago: float
    count: int
    error: str


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """Whether texts are leaving.

    Attributes:
        is_well: a worker ran the sending job lately, nothing is overdue, and texts may leave.
        is_paused: texts are kept back until the operator says so.
        overdue: texts that should have left more than five minutes ago.
        in_doubt: texts nobody can account for yet.
        needs_staff: texts that failed for hearings still to come.
    """

    is_well: bool
    is_paused: bool
    beats: tuple[Beat, ...]
    overdue: int
    in_doubt: int
    needs_staff: int


LATE_AFTER = timedelta(minutes=5)
QUIET_AFTER = timedelta(seconds=60)


def worker_health() -> WorkerHealth:
    """What `/health/worker` and `doctor` say about the worker."""
    now = database_now(db.session())
    beats = tuple(
        Beat(
            row.name, (now - (row.ended_at or row.started_at)).total_seconds(), row.count, row.error
        )
        for row in db.session.scalars(select(Heartbeat).order_by(Heartbeat.name))
    )
    ticking = any(
        beat.name == "dispatch" and beat.seconds_ago <= QUIET_AFTER.total_seconds()
        for beat in beats
    )
    overdue = _count(
        and_(
            Sms.state == SmsState.PENDING,
            Sms.due_at < now - LATE_AFTER,
            func.coalesce(Sms.not_before, Sms.due_at) < now - LATE_AFTER,
        ),
    )
    is_paused = find_pause(db.session()) is not None
    return WorkerHealth(
        is_well=ticking and overdue == 0 and not is_paused,
        is_paused=is_paused,
        beats=beats,
        overdue=overdue,
        in_doubt=_count(Sms.state == SmsState.DOUBT),
        needs_staff=_count(and_(Sms.needs_staff, Sms.expires_at > now)),
    )


def _seconds_since(row: Heartbeat, now: datetime) -> float:
    return (now - (row.ended_at or row.started_at)).total_seconds()


def _count(condition: object) -> int:
    return db.session.scalar(select(func.count()).select_from(Sms).where(condition)) or 0  # type: ignore[arg-type]

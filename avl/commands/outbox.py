"""News to counsel, written in the transaction of the change it tells of.

The texts are rendered and stored here, so that a court can prove what was said and when; the
worker only carries them. What to tell is decided by comparing what counsel may already know
with what is now true (`domain/news.py`), so calling this twice, or from the sweep, adds nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Text, bindparam, select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.transaction import command
from avl.commands.writing import columns_of, fresh
from avl.domain.booking import LegKind, Status, spelled
from avl.domain.calendars import SiteCalendar
from avl.domain.local_time import local_day
from avl.domain.news import ON, Arrangement, decide_news
from avl.domain.reminders import Reminder, WorkingDay, plan_reminders
from avl.domain.sms import MAY_HAVE_REACHED, REMINDERS, SmsEvent, SmsKind, SmsState, next_state
from avl.messages.sms import Facts, court_names, render, says_when
from avl.models import Booking, Counsel, Sms, db
from avl.queries.calendars import calendars_for
from avl.queries.database_time import database_now
from avl.queries.gathering import among, gathered
from avl.queries.ready import Adding, Ready
from avl.queries.sms import untold_bookings

logger = logging.getLogger(__name__)

_NEWS = (SmsKind.BOOKED, SmsKind.MOVED, SmsKind.CANCELLED)
_MARK_LENGTH = 5
_TEXTS_AT_ONCE = 3  # one piece of news and two reminders
CALENDAR_DAYS = timedelta(days=31)
"""How far back from a hearing the working days before it are looked for."""

# Built once: building these anew for each booking costs more than the database does to answer.
_TEXTS = (
    select(Sms)
    .where(Sms.booking_id == bindparam("booking_id"))
    .order_by(Sms.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_COUNSEL = Ready(
    select(
        Counsel.id,
        Counsel.mobile,
        Counsel.language,
        select(gathered(Sms.ref))
        .where(among(Sms.ref, "marks", kind=Text))
        .scalar_subquery()
        .label("taken_marks"),
    )
    .where(among(Counsel.id, "ids", few=True))
    .order_by(Counsel.id)
)
_ADD = Adding(Sms)
_TAKEN_MARKS = Ready(select(Sms.ref).where(among(Sms.ref, "marks", kind=Text)))


@dataclass(frozen=True, slots=True)
class Addressees:
    """Counsel who may have to be told something, and marks that no text has yet."""

    counsels: Sequence[Any]
    marks: Iterator[str]


def addressees(session: Session, counsel_ids: Collection[int]) -> Addressees:
    """How to reach counsel, and marks for all that one change can make them be told."""
    drawn = _draw_marks(_TEXTS_AT_ONCE * len(counsel_ids))
    counsels = _COUNSEL.rows(session, {"ids": counsel_ids, "marks": drawn})
    taken = {mark for counsel in counsels for (mark,) in counsel.taken_marks or ()}
    return Addressees(counsels, _fresh_marks(session, len(drawn), drawn - taken))


def queue_news(
    session: Session,
    booking: Booking,
    change: object = None,
    before: object = None,
    *,
    is_new: bool = False,
    calendar: SiteCalendar | None = None,
    to: Addressees | None = None,
) -> list[Sms]:
    """Bring every counsel of a booking up to date; returns the texts written, without their ids.

    Unsent texts that no longer hold are dropped, texts that still hold are kept, and only what
    counsel does not know yet is written: at most one text per counsel, and the reminders.

    Args:
        booking: flushed, with its legs and appearances as they now are. The caller has locked
            it, or has just made it.
        change: what was done, for callers that read better so; the decision does not need it.
        before: likewise; what counsel was told stands in the outbox itself.
        is_new: made in this very transaction, so that nobody can have been told anything.
        calendar: the court's, where the caller has read it already with closures of
            `CALENDAR_DAYS` before the hearing.
        to: whom a new booking is told to, where the caller has asked already.
    """
    if booking.status is Status.HELD or (is_new and booking.status not in ON):
        return []
    session.flush()
    texts = [] if is_new else session.scalars(_TEXTS, {"booking_id": booking.id}).all()
    if not texts and booking.status not in ON:
        return []
    appearing = {a.counsel_id for a in booking.appearances if a.counsel_id is not None}
    wanted = sorted(appearing | {sms.counsel_id for sms in texts})
    if not wanted:
        return []
    to = to or addressees(session, wanted)
    written: list[Sms] = []
    for counsel in to.counsels:
        mine = [sms for sms in texts if sms.counsel_id == counsel.id]
        post = _Post(session, booking, counsel, mine, to.marks, calendar)
        written += post.bring_up_to_date(appears=counsel.id in appearing)
    if written:
        _ADD.rows(session, [columns_of(sms) for sms in written])
    return written


def sweep_news(*, limit: int = 50) -> int:
    """Write texts that are missing although their bookings stand; returns how many.

    Nothing is missing while every command writes its own news. This is the second net: it makes
    good what a bug, an import or a restored backup left out, for hearings still to come. Each
    booking is a command of its own, so one that fails keeps none of the others waiting.
    """
    ids = db.session.scalars(untold_bookings(database_now(db.session()), limit)).all()
    return sum(_written_late(booking_id) for booking_id in sorted(ids))


def _written_late(booking_id: int) -> int:
    try:
        return _tell_late(booking_id)
    except Exception as error:
        extra = {"booking": booking_id, "why": type(error).__name__}
        logger.error("news could not be written", extra=extra)
        return 0


@command
def _tell_late(session: Session, booking_id: int) -> int:
    booking = session.scalars(
        select(Booking).where(Booking.id == booking_id).with_for_update(skip_locked=True)
    ).first()
    return len(queue_news(session, booking)) if booking is not None else 0


class _Post:
    """One counsel's texts about one booking."""

    def __init__(
        self,
        session: Session,
        booking: Booking,
        counsel: Any,
        texts: Sequence[Sms],
        marks: Iterator[str],
        calendar: SiteCalendar | None,
    ) -> None:
        self.session = session
        self.booking = booking
        self.counsel = counsel
        self.texts = list(texts)
        self.marks = marks
        self.calendar = calendar
        self.now = clock.now()
        self.time_version = booking.time_version

    def bring_up_to_date(self, *, appears: bool) -> list[Sms]:
        """Drop, keep and write; see `queue_news`."""
        true_now = arrangement_of(self.booking) if appears else None
        told = self._told(true_now)
        kind = decide_news(told, self.booking.status, true_now)
        is_on = true_now is not None and self.booking.status in ON
        self._drop_what_changed(kind, told, true_now if is_on else None)
        # Planned before anything is added, so that all texts reach the database together.
        reminders = self._reminders(true_now) if is_on and true_now else []
        written = []
        subject = told if kind is SmsKind.CANCELLED else true_now
        if kind and subject and not self._waiting(kind):
            was = told if kind is SmsKind.MOVED else None
            written += self._write(kind, subject, was, due=self.now, expires=subject.hearing_at)
        if is_on and true_now is not None:
            self._mark_as_current(true_now)
            for reminder in reminders:
                if self._stands(reminder.kind):
                    continue
                written += self._write(
                    reminder.kind, true_now, None, due=reminder.due_at, expires=reminder.expires_at
                )
        return written

    def _told(self, true_now: Arrangement | None) -> Arrangement | None:
        """What counsel may believe, from the last news that may have reached them.

        A text expires when the hearing it tells of starts, so its expiry is the hearing's time.
        """
        last = self._last_told()
        if last is None or last.kind == SmsKind.CANCELLED:
            return None
        court = self.booking.court
        if true_now is not None and says_when(last.body, last.language, true_now):
            return true_now
        # The conference told of is not the present one. Which it was no longer matters, so the
        # hearing's own time, which no conference has, stands for it.
        return Arrangement(court.name, court.zone, last.expires_at, last.expires_at)

    def _last_told(self) -> Sms | None:
        told = (
            sms
            for sms in reversed(self.texts)
            if sms.kind in _NEWS and sms.state in MAY_HAVE_REACHED
        )
        return next(told, None)

    def _drop_what_changed(
        self, kind: SmsKind | None, told: Arrangement | None, true_now: Arrangement | None
    ) -> None:
        """Drop unsent texts unless today they would be written the same."""
        for sms in self.texts:
            if sms.state != SmsState.PENDING:
                continue
            if sms.kind in REMINDERS:
                holds = true_now is not None and self._reads_the_same(sms, true_now, None)
            elif kind is None:
                # A second try of what was already told holds as long as that does.
                holds = true_now is not None and says_when(sms.body, sms.language, true_now)
            else:
                subject = told if kind is SmsKind.CANCELLED else true_now
                was = told if kind is SmsKind.MOVED else None
                holds = sms.kind == kind and self._reads_the_same(sms, subject, was)
            if not holds:
                sms.state = next_state(SmsState(sms.state), SmsEvent.SUPERSEDED)
                sms.updated_at = self.now

    def _reads_the_same(
        self, sms: Sms, subject: Arrangement | None, was: Arrangement | None
    ) -> bool:
        if subject is None or (sms.to_e164, sms.language) != (
            self.counsel.mobile,
            self.counsel.language,
        ):
            return False
        return sms.body == self._body(SmsKind(sms.kind), sms.ref, subject, was)

    def _waiting(self, kind: SmsKind) -> bool:
        return any(sms.kind == kind and sms.state == SmsState.PENDING for sms in self.texts)

    def _mark_as_current(self, true_now: Arrangement) -> None:
        """Say of each text that still holds that it tells the booking's present version.

        A move to another suite changes nothing for counsel; what they were told stays true.
        """
        version = self.time_version
        last = self._last_told()
        for sms in self.texts:
            is_news = sms is last or (sms.kind in _NEWS and sms.state == SmsState.PENDING)
            if sms.state == SmsState.DROPPED or not (is_news or sms.kind in REMINDERS):
                continue
            if sms.time_version == version or self._find(sms.kind, version):
                continue
            if says_when(sms.body, sms.language, true_now):
                sms.time_version, sms.booking_version = version, self.booking.version

    def _reminders(self, true_now: Arrangement) -> list[Reminder]:
        return plan_reminders(true_now, now=self.now, is_working_day=self._working_day())

    def _stands(self, kind: str) -> bool:
        """Whether a text of this kind about the present time exists and was not dropped."""
        found = self._find(kind, self.time_version)
        return found is not None and found.state != SmsState.DROPPED

    def _find(self, kind: str, version: int) -> Sms | None:
        """The latest text of a kind about one version of the time."""
        same = (
            sms for sms in reversed(self.texts) if sms.kind == kind and sms.time_version == version
        )
        return next(same, None)

    def _write(
        self,
        kind: SmsKind,
        subject: Arrangement,
        was: Arrangement | None,
        *,
        due: datetime,
        expires: datetime,
    ) -> list[Sms]:
        """Store one text; none when counsel has no number or the hearing has begun."""
        if not self.counsel.mobile or expires <= due:
            return []
        mark = next(self.marks)
        # The same news again (counsel was taken off and put back) refers to the text before it.
        earlier = self._find(kind, self.time_version)
        sms = fresh(
            Sms,
            booking_id=self.booking.id,
            booking_version=self.booking.version,
            time_version=self.time_version,
            counsel_id=self.counsel.id,
            kind=kind,
            language=self.counsel.language,
            to_e164=self.counsel.mobile,
            body=self._body(kind, mark, subject, was),
            ref=mark,
            due_at=due,
            expires_at=expires,
            state=SmsState.PENDING,
            resend_of_id=earlier.id if earlier else None,
            created_at=self.now,
            updated_at=self.now,
        )
        self.texts.append(sms)
        return [sms]

    def _body(self, kind: SmsKind, mark: str, subject: Arrangement, was: Arrangement | None) -> str:
        reference, names, phone = self._places
        facts = Facts(reference, mark, names, phone, subject, was)
        return render(kind, self.counsel.language, facts).body

    @cached_property
    def _places(self) -> tuple[str, tuple[str, ...], str]:
        """What every text says alike: the reference, the court's names and its telephone."""
        court = self.booking.court
        names = court_names(
            self.counsel.language,
            name=court.name,
            name_mi=court.name_mi,
            short_name=court.short_name,
            subkind=court.subkind,
        )
        return self.booking.reference, names, court.phone

    def _working_day(self) -> WorkingDay:
        court = self.booking.court
        calendar = self.calendar
        if calendar is None:
            last = local_day(self.booking.starts_at, court.zone)
            calendar = calendars_for(self.session, [court.id], last - CALENDAR_DAYS, last)[court.id]

        def is_working_day(on: date) -> bool:
            return bool(calendar.open_intervals(on))

        return is_working_day


def arrangement_of(booking: Booking) -> Arrangement:
    """What a booking means to its counsel: court, hearing and conference times."""
    starts = {leg.kind: leg.starts_at for leg in booking.legs}
    return Arrangement(
        court=booking.court.name,
        zone=booking.court.zone,
        hearing_at=starts.get(LegKind.HEARING, booking.starts_at),
        conference_at=starts.get(LegKind.PRE_CONFERENCE),
    )


def new_mark(session: Session) -> str:
    """A mark that no text has yet; it is short because counsel pays for it in attention."""
    return next(_fresh_marks(session, 1))


def _fresh_marks(session: Session, count: int, known: Iterable[str] = ()) -> Iterator[str]:
    """Marks that no text has yet: those known to be free, then ``count`` looked up at a time."""
    yield from known
    while True:
        drawn = _draw_marks(count)
        yield from drawn - {row.ref for row in _TAKEN_MARKS.rows(session, {"marks": drawn})}


def _draw_marks(count: int) -> set[str]:
    letters = count * _MARK_LENGTH
    drawn = spelled(secrets.randbits(5 * letters), letters)  # at once, which is quicker
    return {drawn[start : start + _MARK_LENGTH] for start in range(0, letters, _MARK_LENGTH)}

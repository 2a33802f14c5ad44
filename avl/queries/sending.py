"""Whether texts may leave, and what would become of those that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from avl.domain.sms import SmsState
from avl.models import Sending, Sms
from avl.queries.database_time import database_now

LOST = "The row that lets texts leave is gone from the database."


@dataclass(frozen=True, slots=True)
class Pause:
    """Texts are kept back. ``since`` is None where nobody can say; ``why`` is a sentence."""

    since: datetime | None
    why: str


def find_pause(session: Session) -> Pause | None:
    """The pause of sending; None while texts may leave."""
    found = session.execute(select(Sending.paused_at, Sending.why)).one_or_none()
    if found is None:
        return Pause(None, LOST)
    return Pause(found.paused_at, found.why) if found.paused_at else None


def restored_up_to(session: Session) -> int:
    """The highest id of a text that came back from a backup; 0 when none did."""
    return session.scalar(select(Sending.restored_up_to)) or 0


@dataclass(frozen=True, slots=True)
class Kept:
    """What becomes of the texts that wait once sending goes on.

    Attributes:
        to_go: these leave when they are due.
        to_look_for: these may have left after the backup was made: the provider is asked first,
            and only those it does not have leave.
        past: these are left out, their time is past; staff are asked to ring where nobody knows.
    """

    to_go: int
    to_look_for: int
    past: int


def kept_texts(session: Session, now: datetime) -> Kept:
    """Count the texts that wait at this moment by the database's clock."""
    in_doubt = _count(session, Sms.state == SmsState.DOUBT, Sms.expires_at > now)
    pending = _count(session, Sms.state == SmsState.PENDING, Sms.expires_at > now)
    maybe_gone = len(session.scalars(maybe_gone_texts(session, now)).all())
    past = _count(session, Sms.state.in_((SmsState.PENDING, SmsState.DOUBT)), Sms.expires_at <= now)
    return Kept(pending - maybe_gone, in_doubt + maybe_gone, past)


def say_kept(session: Session) -> str:
    """What would become of the texts that wait if sending went on now, for the operator."""
    kept = kept_texts(session, database_now(session))
    return (
        f"{kept.to_go} would leave when they are due.\n"
        f"{kept.to_look_for} may have left since the backup was made: the provider is asked about"
        " each, and only what it does not have leaves.\n"
        f"{kept.past} are left out, because their time is past."
    )


def maybe_gone_texts(session: Session, now: datetime) -> Select[Sms]:
    """Texts of a backup that were due before now: whoever ran before the restore may have sent
    them. A text not due yet has certainly not left, for none leaves early."""
    return (
        select(Sms)
        .where(Sms.state == SmsState.PENDING, Sms.id <= restored_up_to(session))
        .where(Sms.due_at <= now, Sms.expires_at > now)
        .order_by(Sms.id)
    )


def _count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(Sms).where(*conditions)) or 0  # type: ignore[arg-type]

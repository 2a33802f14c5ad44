"""One command is one transaction: locked, retried when asked, explained when refused."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from avl.commands.turns import NOTHING_CHANGED, in_turn
from avl.domain.errors import DomainError, InDoubt, InvalidInput, JustTaken, Unavailable
from avl.models import db
from avl.models.engines import writing

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)

ATTEMPTS = 4
RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
DRAWN_TWICE = {
    "uq_booking_reference",
    "booking.reference",
    "uq_sms_ref",
    "sms.ref",
    "uq_audit_seal_position",
    "audit_seal.position",
}
SEEN_TOO_LATE = {
    "pk_hearing_type",
    "uq_agency_code",
    "uq_matter_number",
    "uq_matter_party_matter_person",
    "uq_membership_user_role_place",
    "uq_mode_rule_code",
    "uq_person_prn",
    "uq_resource_site_code",
    "uq_site_code",
    "uq_user_account_email",
    "uq_waitlist_open_wish",
}
"""Of what nobody adds without having looked whether it is there. Somebody else has just added it,
so a second look finds it, and the command does what it does then. On SQLite nobody can."""

UNAVAILABLE = {"55P03", "57014", "57P01", "57P02", "57P03", "08006", "08001", "08003", "53300"}
UNAVAILABLE_SQLITE = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")

TAKEN_CODE = "Somebody else has just added one with this code. Choose another code."

IN_DOUBT = (
    "The system stopped answering while it was saving, so this may have been saved."
    " Look whether the change is there before you try again."
)


_SAVED = "avl_saved"


class StayClash(DomainError):
    """A person cannot be held in two places at once."""


EXPLAINED: dict[str, Callable[[], DomainError]] = {
    "hold_never_overlaps": JustTaken,
    "appearance_kept_apart": lambda: JustTaken(
        message="Somebody who must be kept apart from a person in this booking has just been"
        " booked there. Choose another time."
    ),
    "appearance_young_apart": lambda: JustTaken(
        message="Somebody who must wait apart from others has just been booked there. Choose"
        " another time."
    ),
    "appearance_remand_apart": lambda: JustTaken(
        message="Somebody on remand and somebody serving a sentence would now wait together"
        " there. Choose another time."
    ),
    "appearance_escorts_busy": lambda: JustTaken(
        message="The prison has just been asked to bring somebody else then, and can bring no"
        " more people at once. Choose another time."
    ),
    "custody_stay_never_overlaps": lambda: StayClash(
        "This person is already recorded at another site for part of that time."
    ),
    "sitting_never_overlaps": lambda: InvalidInput(
        "from_time", "Somebody has just added a sitting of this courtroom at that time."
    ),
    "sitting_within_a_day": lambda: InvalidInput("to_time", "A sitting lasts at most a day."),
    "sitting_ends_after_start": lambda: InvalidInput(
        "to_time", "The end must come after the start."
    ),
    "hold_within_a_day": lambda: InvalidInput("minutes", "A booking cannot last more than a day."),
    "hold_ends_after_start": lambda: InvalidInput("time", "The end must come after the start."),
    "booking_ends_after_start": lambda: InvalidInput("time", "The end must come after the start."),
    "uq_appearance_booking_person": lambda: InvalidInput(
        "person", "The same person is in this booking twice."
    ),
    "uq_waitlist_open_wish": lambda: InvalidInput(
        "person", "Somebody else has just asked for this. Look at what is waiting."
    ),
    "uq_person_prn": lambda: InvalidInput(
        "prn", "Somebody else has just added a person with this PRN. Search for the PRN."
    ),
    "pk_hearing_type": lambda: InvalidInput("code", TAKEN_CODE),
    "hearing_type.code": lambda: InvalidInput("code", TAKEN_CODE),
    "uq_mode_rule_code": lambda: InvalidInput("code", TAKEN_CODE),
    "mode_rule.code": lambda: InvalidInput("code", TAKEN_CODE),
    "uq_resource_site_code": lambda: InvalidInput("code", TAKEN_CODE),
    "resource.site_id, resource.code": lambda: InvalidInput("code", TAKEN_CODE),
    "uq_matter_number": lambda: InvalidInput(
        "number", "Somebody else has just added this matter. Send the form once more."
    ),
    "uq_matter_party_matter_person": lambda: InvalidInput(
        "number", "Somebody else has just put this person on the matter."
    ),
}
"""Each constraint a person can run into, and the sentence they get."""


_also: ContextVar[tuple[Callable[[Session], None] | None, Callable[[Session, Any], None]] | None]
_also = ContextVar("avl_also", default=None)


@contextmanager
def also_in_transaction(
    step: Callable[[Session, Any], None], *, first: Callable[[Session], None] | None = None
) -> Iterator[None]:
    """Run one more step inside the next command's transaction, with its session and result.

    Args:
        step: runs last, before the commit.
        first: runs before the command itself; raising there refuses the command.

    The API stores its answer under the Idempotency-Key this way: the booking and the answer
    commit together, so a repeat after a lost reply finds both or neither.
    """
    token = _also.set((first, step))
    try:
        yield
    finally:
        _also.reset(token)


def command(function: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Make a function one transaction. It receives the session; its callers leave it out.

    Whatever was read before is dropped first, SQLite's write lock is taken at the first
    statement, and the whole function runs again when the database reports a deadlock or a
    serialization failure, so it must do nothing outside the session.

    Raises:
        DomainError: the function refused, or a named constraint did (`EXPLAINED`).
        Unavailable: the database is away or too busy; nothing was changed.
        InDoubt: the connection broke while saving; the sentence says to look first.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if writing.get():
            raise RuntimeError(f"commands do not nest: {function.__name__}")
        with in_turn():
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return _once(function, *args, **kwargs)
                except DBAPIError as error:
                    if not _should_retry(error) or attempt == ATTEMPTS:
                        raise explain(error) from error
                    time.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("unreachable")

    return run


def _once(function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a command's function in one transaction, with whatever goes along with it."""
    session = db.session()
    session.rollback()
    # A commit leaves what was read in the session; the next command must read it anew.
    session.expire_all()
    token = writing.set(True)
    is_saving = False
    try:
        first, last = _also.get() or (None, None)
        if first:
            first(session)
        result = function(session, *args, **kwargs)
        if last:
            last(session, result)
        session.flush()
        is_saving = True
        session.commit()
        session.info[_SAVED] = True
        return result
    except BaseException as error:
        session.rollback()
        if isinstance(error, PoolTimeout):
            raise Unavailable(NOTHING_CHANGED) from error
        if is_saving and isinstance(error, DBAPIError) and error.connection_invalidated:
            # The answer to COMMIT was lost, not necessarily the COMMIT.
            raise InDoubt(IN_DOUBT) from error
        raise
    finally:
        writing.reset(token)


def has_saved() -> bool:
    """Whether a command has saved something in this session since `forget_saved`."""
    return _SAVED in db.session().info


def forget_saved() -> None:
    """Begin anew: what was saved until now is nothing that `has_saved` shall tell of."""
    db.session().info.pop(_SAVED, None)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _should_retry(error: DBAPIError) -> bool:
    # A second draw mends a reference drawn twice, and a second look what was seen too late.
    if isinstance(error, IntegrityError) and constraint_of(error) in DRAWN_TWICE | SEEN_TOO_LATE:
        return True
    return _sqlstate(error) in RETRIED


def constraint_of(error: IntegrityError) -> str:
    """The name of the rule the database enforced, on either engine; "" when it gives none."""
    diag = getattr(error.orig, "diag", None)
    if diag is not None:
        return getattr(diag, "constraint_name", None) or ""
    text = str(error.orig)
    return next((name for name in EXPLAINED if name in text), text.rpartition(": ")[2])


def explain(error: DBAPIError) -> Exception:
    """The DomainError for a database error, or the error itself when nobody foresaw it."""
    if isinstance(error, IntegrityError):
        known = EXPLAINED.get(constraint_of(error))
        return known() if known else error
    if _is_away(error):
        logger.warning("database unavailable", extra={"sqlstate": _sqlstate(error)})
        return Unavailable(NOTHING_CHANGED)
    return error


def _is_away(error: DBAPIError) -> bool:
    """Whether the database, rather than what was asked of it, is at fault."""
    if error.connection_invalidated or _sqlstate(error) in UNAVAILABLE | RETRIED:
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if (name := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return bool(name.startswith(UNAVAILABLE_SQLITE))
    # A server that cannot be reached has no code to give.
    return not _sqlstate(error)

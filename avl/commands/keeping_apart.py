"""Two people who must be kept apart from now on, and who need not be any more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import Swept, watch_people
from avl.commands.foreseeing import foresee
from avl.commands.record_steps import NOT_THERE
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.contacts import require_text
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.models import KeepApart, Person
from avl.queries.keeping_apart import may_keep_apart, say_pair
from avl.queries.previews import Preview

LONGEST_GAP_MINUTES = 600
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class PairChange:
    """What keeping two people apart, or ending that, did to bookings."""

    id: int
    swept: Swept


@command
def keep_apart(
    session: Session,
    person_id: int,
    other_id: int,
    *,
    minutes: int = 30,
    all_day: bool = False,
    reason: str,
    by: Actor,
) -> PairChange:
    """Keep two people apart; every booking this breaks goes on the worklist at once.

    Args:
        minutes: between the end of one's last leg and the other being fetched.
        all_day: they never appear from one site on one day (complainant and defendant).

    Raises:
        NotFound: there is no such person.
        NotAllowed: neither a registry, nor the AVL coordinator of a place where one is held.
        InvalidInput: one person twice, no reason, or a gap beyond ten hours.
        ActionNotAllowed: they are kept apart already.
    """
    first_id, second_id = check_pair(session, person_id, other_id, minutes, by=by)
    why = require_text(reason, "reason", "The reason", longest=LONGEST_REASON)
    watch = watch_people(session, (first_id, second_id))
    _find_both(session, first_id, second_id)  # merged with another until the locks were had?
    pair = session.scalars(
        select(KeepApart)
        .where(KeepApart.first_id == first_id, KeepApart.second_id == second_id)
        .with_for_update()
    ).one_or_none()
    if pair is None:
        pair = KeepApart(first_id=first_id, second_id=second_id)
        session.add(pair)
    elif pair.ended_at is None:
        raise ActionNotAllowed("These two are kept apart already.")
    pair.gap_minutes, pair.other_site_too, pair.reason = minutes, all_day, why
    pair.made_by_id, pair.made_at, pair.ended_at = by.user_id, clock.now(), None
    session.flush()
    changes = {"minutes": [None, minutes], "all_day": [None, all_day]}
    subject = f"people {first_id} and {second_id}"
    record(session, "keep_apart", by=by, subject=subject, changes=changes, reason=why)
    return PairChange(pair.id, watch.sweep(session, by=by))


def foresee_keep_apart(
    person_id: int, other_id: int, *, minutes: int, all_day: bool, reason: str, by: Actor
) -> Preview:
    """Say what keeping two people apart would break; nothing is changed.

    Raises:
        NotFound, NotAllowed, InvalidInput, ActionNotAllowed: as `keep_apart` would.
    """
    return foresee(
        keep_apart,
        person_id,
        other_id,
        minutes=minutes,
        all_day=all_day,
        reason=reason,
        by=by,
        what=f"Keeping {say_pair((person_id, other_id))} apart",
    )


@command
def end_keep_apart(session: Session, pair_id: int, *, reason: str, by: Actor) -> PairChange:
    """Let two people be near each other again; bookings possible again leave the worklist.

    Raises:
        NotFound: no such pair, or not this actor's to know of.
        InvalidInput: no reason.
        ActionNotAllowed: it has ended already.
    """
    pair = session.get(KeepApart, pair_id)
    if pair is None or not may_keep_apart(session, by, (pair.first_id, pair.second_id)):
        raise NotFound("There is nothing here to end.")
    why = require_text(reason, "end_reason", "The reason", longest=LONGEST_REASON)
    watch = watch_people(session, (pair.first_id, pair.second_id))
    session.refresh(pair, with_for_update=True)
    if pair.ended_at is not None:
        raise ActionNotAllowed("These two need not be kept apart any more already.")
    pair.ended_at = clock.now()
    session.flush()
    subject = f"people {pair.first_id} and {pair.second_id}"
    record(session, "end_keep_apart", by=by, subject=subject, reason=why)
    return PairChange(pair.id, watch.sweep(session, by=by))


def check_pair(
    session: Session, person_id: int, other_id: int, minutes: int, *, by: Actor
) -> tuple[int, int]:
    """Return the two ids, the lower first, when this actor may keep these two apart so long.

    Raises:
        NotFound, NotAllowed, InvalidInput: as `keep_apart`.
    """
    if person_id == other_id:
        raise InvalidInput("prn", "This is the same person. Enter the other one's PRN.")
    first_id, second_id = sorted((person_id, other_id))
    _find_both(session, first_id, second_id)
    if not may_keep_apart(session, by, (first_id, second_id)):
        raise NotAllowed(
            "Only a registry, or the AVL coordinator of a place where one of the two is held,"
            " keeps people apart."
        )
    if not 0 <= minutes <= LONGEST_GAP_MINUTES:
        raise InvalidInput("minutes", f"Enter 0 to {LONGEST_GAP_MINUTES} minutes.")
    return first_id, second_id


def _find_both(session: Session, *person_ids: int) -> None:
    """Refuse records that are not there, or became part of another one's: nobody is booked by the
    number of such a record, so keeping it apart would keep nobody apart.

    Raises:
        NotFound: there are no two such people.
    """
    found = select(Person.id).where(Person.id.in_(person_ids), Person.merged_into_id.is_(None))
    if len(session.scalars(found).all()) < len(person_ids):
        raise NotFound(NOT_THERE)

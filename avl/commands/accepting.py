"""Several ways out are accepted at once, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from avl.commands.disruptions import accept_way, forget_way
from avl.commands.idempotency import AlreadyAnswered
from avl.commands.modes import DirectionNote
from avl.commands.ways_at_once import look_at_once
from avl.domain.access import Actor
from avl.domain.disruption import Resolution
from avl.domain.errors import (
    DomainError,
    InDoubt,
    InvalidInput,
    ResourceClash,
    StaleVersion,
    Unavailable,
)
from avl.models import Booking, Disruption, db
from avl.queries.scope import sees

LEFT = "The system stopped answering before this was done. Nothing was changed; try again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of accepting one way.

    Attributes:
        refused: why not; "" when it was done.
        field: which part of the direction that came with it has to be mended, if one has.
        is_spared: nothing was done, because the booking stands again.
        is_left: the database stopped answering at this one, or before it.
        is_in_doubt: it did so while this one was saved, so it may have been done.
    """

    disruption_id: int
    reference: str
    refused: str = ""
    field: str = ""
    is_spared: bool = False
    is_left: bool = False
    is_in_doubt: bool = False


def accept_ways(
    ids_and_marks: Mapping[int, str | None],
    *,
    by: Actor,
    once: Callable[[str], AbstractContextManager[None]] | None = None,
    directions: Mapping[int, DirectionNote] | None = None,
) -> list[Outcome]:
    """Accept several, each in its own transaction; one that is refused stops none of the others.

    What was refused because the world had changed gets a new way at once. Where the database
    stops answering, what was done stays done and the rest is left.

    Args:
        directions: by disruption id, that AVL stands where in person would.
        once: runs each of them at most once for a program's key (`answering_once`).

    Raises:
        Unavailable: the database stopped answering before anything was done.
    """
    once = once or (lambda _: nullcontext())
    notes, wanted = directions or {}, list(ids_and_marks.items())
    outcomes: list[Outcome] = []
    for place, (key, mark) in enumerate(wanted):
        try:
            outcomes.append(_accept_one(key, mark, by, once, notes.get(key)))
        except Unavailable as error:
            if all(outcome.refused for outcome in outcomes):
                raise
            rest = [Outcome(other, "", LEFT, is_left=True) for other, _ in wanted[place + 1 :]]
            doubt = isinstance(error, InDoubt)
            here = Outcome(key, "", error.message, is_left=True, is_in_doubt=doubt)
            return [*outcomes, here, *rest]
    if any(outcome.refused for outcome in outcomes):
        look_at_once()
    return outcomes


def _accept_one(
    disruption_id: int,
    mark: str | None,
    by: Actor,
    once: Callable[[str], AbstractContextManager[None]],
    direction: DirectionNote | None,
) -> Outcome:
    """Accept one of them.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        with once(f"{disruption_id} {mark}"):
            done = accept_way(disruption_id, by=by, mark=mark, direction=direction)
            return Outcome(disruption_id, done.reference, is_spared=_is_spared(disruption_id))
    except AlreadyAnswered:
        return Outcome(disruption_id, _reference_of(disruption_id, by))
    except Unavailable:
        raise
    except (ResourceClash, StaleVersion) as refusal:
        with suppress(Unavailable):
            forget_way(disruption_id)
        return Outcome(disruption_id, _reference_of(disruption_id, by), refusal.message)
    except DomainError as refusal:
        field = refusal.field if isinstance(refusal, InvalidInput) else ""
        return Outcome(disruption_id, _reference_of(disruption_id, by), refusal.message, field)


def _is_spared(disruption_id: int) -> bool:
    row = db.session.get(Disruption, disruption_id)
    return row is not None and row.resolution is Resolution.VALID_AGAIN


def _reference_of(disruption_id: int, by: Actor) -> str:
    """The booking's reference, for those who may know that there is one; "" if it is not told."""
    wanted = (
        select(Booking.reference)
        .join(Disruption, Disruption.booking_id == Booking.id)
        .where(Disruption.id == disruption_id, sees(by))
    )
    try:
        return db.session.scalar(wanted) or ""
    except SQLAlchemyError:
        with suppress(SQLAlchemyError):
            db.session.rollback()
        return ""

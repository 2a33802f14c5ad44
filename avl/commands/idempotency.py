"""A POST sent twice is done once, and answered with the same words both times.

The caller's key is claimed by the first statement of the command's own transaction, and the
answer is stored by its last: either both the change and the answer are kept, or neither. A second
request with the key, however close behind, waits for the first and then gets its answer.

    with answering_once(note):
        booking = confirm_booking(reference, by=actor)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.transaction import also_in_transaction
from avl.domain.errors import DomainError, KeyReused
from avl.models import IdempotencyKey, db
from avl.queries.ready import Adding, Ready

_KEY = cast(Table, IdempotencyKey.__table__)
_OWN = (_KEY.c.user_id == bindparam("by_user"), _KEY.c.key == bindparam("by_key"))
# Built once: building these anew for each request costs more than the database does to answer.
_CLAIM = Adding(IdempotencyKey)
_ANSWER = Ready(
    _KEY.update()
    .where(*_OWN)
    .values({name: bindparam(name) for name in ("status", "body", "reference")})
)
_ANSWERED = Ready(select(_KEY.c.request_hash, _KEY.c.status, _KEY.c.body).where(*_OWN))


class AlreadyAnswered(DomainError):
    """This key has had its answer; `recall` has it."""

    def __init__(self) -> None:
        super().__init__("This request has been carried out already.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to a request."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class IdempotencyNote:
    """A request that must be carried out at most once.

    Attributes:
        key: what the caller calls the request; unique for each user.
        request_hash: of method, path and body, so that a key cannot be used for two requests.
        answer: makes the answer from what the command returns, inside its transaction.
    """

    user_id: int
    key: str
    request_hash: str
    answer: Callable[[Any], Answer]


@contextmanager
def answering_once(note: IdempotencyNote) -> Iterator[None]:
    """Carry out the one command inside the block at most once for the note's key.

    Raises:
        AlreadyAnswered: it was carried out before; nothing was changed now.
    """
    with also_in_transaction(
        lambda session, result: remember(session, note, result),
        first=lambda session: claim(session, note),
    ):
        yield


def claim(session: Session, note: IdempotencyNote) -> None:
    """Take the note's key before anything else happens in a transaction.

    A rival's row that is not committed yet makes the database wait here; once it is committed
    the unique rule refuses ours.

    Raises:
        AlreadyAnswered: a rival carried the request out.
    """
    claimed = {
        "user_id": note.user_id,
        "key": note.key,
        "request_hash": note.request_hash,
        "reference": "",
        "status": 0,
        "body": "",
        "created_at": clock.now(),
    }
    try:
        _CLAIM.rows(session, [claimed])
    except IntegrityError as error:
        raise AlreadyAnswered from error


def remember(session: Session, note: IdempotencyNote, result: object) -> None:
    """Keep the answer beside the change, as the last thing in the transaction."""
    session.flush()
    answer = note.answer(result)
    _ANSWER.rows(
        session,
        {
            "by_user": note.user_id,
            "by_key": note.key,
            "status": answer.status,
            "body": answer.body,
            "reference": getattr(result, "reference", ""),
        },
    )


def recall(user_id: int, key: str, request_hash: str) -> Answer | None:
    """The answer a key has had already, or None.

    Raises:
        KeyReused: it was the key of another request.
    """
    found = _ANSWERED.rows(db.session(), {"by_user": user_id, "by_key": key})
    if not found:
        return None
    (row,) = found
    if row.request_hash != request_hash:
        raise KeyReused("This Idempotency-Key was used for another request. Use a new one.")
    return Answer(row.status, row.body)

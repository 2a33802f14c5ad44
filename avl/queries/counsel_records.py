"""Counsel as the registries keep them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from avl.domain.access import Actor, Do, may
from avl.domain.errors import NotFound
from avl.domain.folding import fold
from avl.domain.seen import mark_of
from avl.models import Counsel, db

MOST_COUNSEL = 50


@dataclass(frozen=True, slots=True)
class CounselSeen:
    """Counsel as a registry keeps them."""

    id: int
    name: str
    firm: str
    mobile: str
    email: str
    language: str
    mobile_is_bad: bool

    @property
    def mark(self) -> str:
        """A mark of the record, so that nobody changes what they have not seen."""
        return mark_of_counsel(self)


def mark_of_counsel(one: CounselSeen | Counsel) -> str:
    """A mark of what a registry keeps of counsel, as it stands."""
    return mark_of(one.name, one.firm, one.mobile, one.email, one.language)


def counsel_list(actor: Actor, typed: str) -> list[CounselSeen]:
    """Counsel whose name, firm or number has these words, by name; macrons do not matter.

    Raises:
        NotFound: this actor does not keep counsel's records.
    """
    _require_counsel(actor)
    rows = select(Counsel).order_by(Counsel.search_name, Counsel.firm).limit(MOST_COUNSEL + 1)
    figures = "".join(letter for letter in typed if letter.isdigit()).lstrip("0")
    words = fold(typed).split()
    if len(figures) >= 4:
        rows = rows.where(Counsel.mobile.contains(figures, autoescape=True))
    elif words:
        rows = rows.where(
            or_(
                and_(*(_has_word(word) for word in words)),
                Counsel.firm.icontains(" ".join(typed.split()), autoescape=True),
            )
        )
    return [_counsel_seen(row) for row in db.session.scalars(rows)]


def get_counsel(actor: Actor, counsel_id: int) -> CounselSeen:
    """One counsel.

    Raises:
        NotFound: there is none, or this actor does not keep counsel's records.
    """
    _require_counsel(actor)
    row = db.session.get(Counsel, counsel_id)
    if row is None:
        raise NotFound("There is no such counsel.")
    return _counsel_seen(row)


def _require_counsel(actor: Actor) -> None:
    if not may(actor, Do.KEEP_COUNSEL):
        raise NotFound("There is nothing at this address.")


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(Counsel.search_name.like(f"{word}%"), Counsel.search_name.like(f"% {word}%"))


def _counsel_seen(row: Counsel) -> CounselSeen:
    return CounselSeen(
        row.id, row.name, row.firm, row.mobile, row.email, row.language, row.mobile_is_bad
    )

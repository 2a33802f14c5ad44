"""Counsel's records: name, firm, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.commands.audit import record
from avl.commands.mobiles import read_mobile
from avl.commands.record_steps import make_counsel, name_counsel, set_reach
from avl.commands.transaction import command
from avl.commands.turns import one_by_one
from avl.domain.access import Actor, Do, may
from avl.domain.contacts import read_email, read_text, require_text
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.domain.folding import fold
from avl.domain.seen import require_seen
from avl.models import Counsel
from avl.queries.counsel_records import mark_of_counsel

NAME_LENGTH = 120
LANGUAGES = ("en", "mi")

NAMING = "counsel's names"
"""What is done one by one, so that nobody is recorded twice under one name and firm."""


class SameCounsel(InvalidInput):
    """Counsel of this name and firm is recorded already; ``counsel_id`` says who."""

    def __init__(self, counsel: Counsel) -> None:
        where = f"of {counsel.firm}" if counsel.firm else "without a firm"
        super().__init__(
            "name",
            f"{counsel.name} {where} is already recorded. If this is somebody else, add a middle"
            " name or the firm, so that they can be told apart.",
        )
        self.counsel_id = counsel.id


@dataclass(frozen=True, slots=True)
class CounselTyped:
    """What is typed about counsel."""

    name: str
    firm: str = ""
    mobile: str = ""
    email: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class CounselChanged:
    """What changing counsel did; ``texts`` counts the waiting texts it reached."""

    counsel_id: int
    name: str
    texts: int


@command
def add_counsel(session: Session, typed: CounselTyped, *, by: Actor) -> Counsel:
    """Record counsel.

    Raises:
        SameCounsel: somebody of this name and firm is recorded already.
        InvalidInput: something typed cannot be used; a mobile must really be one.
        NotAllowed: the actor is no court registry.
    """
    _require_registry(by)
    read = read_counsel(typed)
    one_by_one(session, NAMING)
    _refuse_same(session, read, but=None)
    counsel = make_counsel(read.name)
    counsel.firm, counsel.email = read.firm, read.email
    counsel.mobile, counsel.language = read.mobile, read.language
    session.add(counsel)
    session.flush()
    record(session, "add_counsel", by=by, subject=f"counsel {counsel.id}")
    return counsel


@command
def change_counsel(
    session: Session,
    counsel_id: int,
    typed: CounselTyped,
    *,
    by: Actor,
    mark: str | None = None,
) -> CounselChanged:
    """Change counsel's record. Texts that have not left yet go to the new number.

    Args:
        mark: of the record as its author saw it; None where nobody looked.

    Raises:
        NotFound: there is no such counsel.
        StaleVersion: somebody changed it meanwhile.
        SameCounsel: another counsel has this name and firm.
        InvalidInput: something typed cannot be used; a mobile must really be one.
        NotAllowed: the actor is no court registry.
    """
    _require_registry(by)
    one_by_one(session, NAMING)
    counsel = session.scalars(
        # Whoever is booking them may still refer to them, and is waited for by another lock.
        select(Counsel).where(Counsel.id == counsel_id).with_for_update(key_share=True)
    ).one_or_none()
    if counsel is None:
        raise NotFound("There is no such counsel.")
    require_seen(mark, mark_of_counsel(counsel))
    read = read_counsel(typed)
    _refuse_same(session, read, but=counsel.id)
    changed, texts = apply_counsel(session, counsel, read)
    if changed:
        # Which fields, not their values: the audit keeps no telephone numbers.
        record(
            session,
            "change_counsel",
            by=by,
            subject=f"counsel {counsel.id}",
            changes={"fields": changed, "texts": texts},
        )
    return CounselChanged(counsel.id, counsel.name, len(texts))


def read_counsel(typed: CounselTyped) -> CounselTyped:
    """Spell what was typed as it is kept.

    Raises:
        InvalidInput: something typed cannot be used.
    """
    if typed.language not in LANGUAGES:
        raise InvalidInput("language", "Choose English or te reo Māori.")
    return CounselTyped(
        name=require_text(typed.name, "name", "Counsel's name", longest=NAME_LENGTH),
        firm=read_text(typed.firm, "firm", "The firm or chambers", longest=NAME_LENGTH),
        mobile=read_mobile(typed.mobile),
        email=read_email(typed.email),
        language=typed.language,
    )


def apply_counsel(
    session: Session, counsel: Counsel, read: CounselTyped
) -> tuple[list[str], list[int]]:
    """Change what differs; returns the names of those fields and the waiting texts reached."""
    fields = ("name", "firm", "mobile", "email", "language")
    changed = [name for name in fields if getattr(counsel, name) != getattr(read, name)]
    # Bookings are locked before the name is, which is that of counsel's resource too.
    touched = set_reach(session, counsel, mobile=read.mobile, language=read.language)
    if "name" in changed:
        name_counsel(counsel, read.name)
    counsel.firm, counsel.email = read.firm, read.email
    return changed, touched


def counsel_key(name: str, firm: str) -> tuple[str, str]:
    """What tells counsel apart: name and firm, however they are typed."""
    return fold(name), fold(firm)


def known_counsel(session: Session) -> dict[tuple[str, str], Counsel]:
    """Everybody recorded, by `counsel_key`; nobody else is added until the transaction ends."""
    one_by_one(session, NAMING)
    return {counsel_key(row.name, row.firm): row for row in session.scalars(select(Counsel))}


def _refuse_same(session: Session, read: CounselTyped, *, but: int | None) -> None:
    namesakes = session.scalars(select(Counsel).where(Counsel.search_name == fold(read.name)))
    for other in namesakes:
        same = counsel_key(other.name, other.firm) == counsel_key(read.name, read.firm)
        if same and other.id != but:
            raise SameCounsel(other)


def _require_registry(by: Actor) -> None:
    if not may(by, Do.KEEP_COUNSEL):
        raise NotAllowed("Only a court registry keeps counsel's records.")

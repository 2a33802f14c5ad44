"""AVL or in person on the booking form: what stands, why, and what going against it takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from avl.domain.errors import DomainError, NotAllowed
from avl.domain.local_time import local_day
from avl.domain.modes import Decider, Mode, ModeDecision, Requirements
from avl.queries.booking_form import FormFacts, mode_of_each
from avl.web.registry.panel import Panel
from avl.web.registry.seeking import Read
from avl.web.registry.typed import Typed

CRITERIA = (
    ("nature", "the nature of the proceeding (s 5(a))"),
    ("technology", "availability and quality of the technology (s 5(b))"),
    ("rights", "effect on the rights of other parties (s 5(c))"),
    ("comprehend", "the defendant can follow, take part and instruct counsel in private (s 6)"),
)
"""What a decision weighs: Courts (Remote Participation) Act 2010 ss 5 and 6."""

FIELD_OF = {"direction": "role", "reason": "mode_reason", "offer": "date"}
"""Where the form shows a refusal that names a part of the command instead of a field."""

OF_DIRECTION = frozenset({"role", "officer_name", "mode_reason", "consent"})
"""The form's fields in which a direction is recorded."""


@dataclass
class ModeNote:
    """AVL or in person, and why, for the people on the form.

    Attributes:
        lines: each sentence once, with the names it is for when they differ.
        takes: what booking AVL takes against the default; None when AVL stands anyway.
        in_person: what bringing them to court takes; None when in person stands anyway.
    """

    lines: list[str] = field(default_factory=list)
    takes: Requirements | None = None
    in_person: Requirements | None = None

    @property
    def mark(self) -> str:
        """Stands in the page, so that what is typed there is redrawn only when it must be."""
        return hashlib.sha256(repr((self.lines, self.takes)).encode()).hexdigest()[:12]


def mode_note(facts: FormFacts, read: Read, panel: Panel, now: datetime) -> ModeNote:
    """What the rules say about AVL, on the date asked for or else the first one offered."""
    if read.court is None or read.kind is None or not read.people:
        return ModeNote()
    on = read.on or panel.first_on or local_day(now, read.court.zone)
    decisions = mode_of_each(
        facts,
        read.people,
        court=read.court,
        kind=read.kind,
        on=on,
    )
    names = {party.person_id: party.name for party in read.people}
    whys = {decision.why for decision in decisions.values()}
    lines = [
        decision.why if len(whys) == 1 else f"{names[person_id]}: {decision.why}"
        for person_id, decision in decisions.items()
    ]
    return ModeNote(
        list(dict.fromkeys(lines)),
        _hardest(decisions.values(), Mode.AVL),
        _hardest(decisions.values(), Mode.IN_PERSON),
    )


def lacking_direction(typed: Typed, mode: ModeNote) -> dict[str, str]:
    """What AVL against the default still takes: a sentence for each field, none where it stands."""
    if mode.takes is None:
        return {}
    found: dict[str, str] = {}
    if not typed.officer_name:
        found["officer_name"] = "Enter the name of the officer who directed AVL."
    consent = {"yes": True, "no": False}.get(typed.consent)
    for lacking in mode.takes.lacking(
        role=typed.role, reason=typed.mode_reason, consent_given=consent
    ):
        found.setdefault(FIELD_OF.get(lacking.field, lacking.field), lacking.message)
    return found


def is_of_direction(error: DomainError) -> bool:
    """Whether a refusal is about who directed AVL, or how."""
    name = getattr(error, "field", "role" if isinstance(error, NotAllowed) else "")
    return name == "direction" or FIELD_OF.get(name, name) in OF_DIRECTION


def note_lacking(errors: dict[str, str], typed: Typed, mode: ModeNote) -> None:
    """Where something of a direction is missing, name all that is, not only the first."""
    if errors.keys() & OF_DIRECTION:
        for name, message in lacking_direction(typed, mode).items():
            errors.setdefault(name, message)


def _hardest(decisions: Iterable[ModeDecision], mode: Mode) -> Requirements | None:
    """What a mode takes for everybody: the most that is asked for anybody it goes against."""
    asked = [decision.against_default(mode) for decision in decisions if decision.mode is not mode]
    return max(asked, key=lambda takes: list(Decider).index(takes.role), default=None)

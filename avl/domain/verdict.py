"""What a verdict is made of: the rules there are, and what one says when it is broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from avl.domain.interval import Interval
from avl.domain.resources import WantedHold


class Rule(StrEnum):
    """The rule a clash comes from; the API shows it, people read the sentence."""

    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    UNKNOWN_PLACE = "unknown_place"
    SAME_TWICE = "same_twice"
    NOT_IN_CUSTODY_THERE = "not_in_custody_there"
    CLOSED = "closed"
    OUT_OF_USE = "out_of_use"
    NOT_PERMITTED = "not_permitted"
    TAKEN = "taken"
    COUNSEL_ELSEWHERE = "counsel_elsewhere"
    KEPT_APART = "kept_apart"
    ESCORTS_BUSY = "escorts_busy"
    YOUNG_APART = "young_apart"
    REMAND_APART = "remand_apart"
    BRIDGE_FULL = "bridge_full"
    INTERPRETER_LATE = "interpreter_late"


@dataclass(frozen=True, slots=True)
class Clash:
    """One reason why a placement cannot stand (or, as a warning, should not).

    Attributes:
        sentence: the reason for people, with times on the wall of the place concerned.
        resource_id: what is in the way, when it is one thing.
        interval: when it is in the way, when that is known.
        held_by: the reference of the booking that holds it, where the reader may know it.
    """

    rule: Rule
    sentence: str
    resource_id: int | None = None
    interval: Interval | None = None
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything wrong with a placement: clashes forbid it, warnings want a reason.

    Attributes:
        wanted: what the placement has to hold, its bridge ports apart, for whoever goes on to
            write it; none where it names what is not there.
    """

    clashes: tuple[Clash, ...]
    warnings: tuple[Clash, ...] = ()
    wanted: tuple[WantedHold, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_possible(self) -> bool:
        return not self.clashes

    def without(self, rule: Rule) -> Verdict:
        """The verdict as it would be if one rule were none."""
        return Verdict(
            tuple(clash for clash in self.clashes if clash.rule is not rule),
            tuple(warning for warning in self.warnings if warning.rule is not rule),
        )

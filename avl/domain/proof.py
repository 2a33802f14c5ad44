"""Why no offer exists: which rule took which starts, day by day, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from avl.domain.local_time import say_date
from avl.domain.verdict import Rule


@dataclass(frozen=True, slots=True)
class Removed:
    """How many starts of one day one rule took from what the rules before it had left."""

    on: date
    rule: Rule
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Proof:
    """That nothing fits, and why.

    Attributes:
        sentence: for people.
        removed: every start of every day exactly once, under the rule that took it.
        last_rule: the rule that took the last candidate, on ``last_day``.
    """

    sentence: str
    removed: tuple[Removed, ...]
    last_rule: Rule
    last_day: date


class Steps:
    """The account kept while searching: which starts each rule took away.

    The order of the rules is the order in which they were first asked.
    """

    def __init__(self) -> None:
        self._removed: dict[tuple[Rule, str], int] = {}

    def note(self, rule: Rule, words: str, before: int, after: int) -> int:
        """Write down what a rule was given and what it left, and return what is left."""
        removed = self._removed.setdefault((rule, words), 0)
        if before != after:
            self._removed[rule, words] = removed | (before & ~after)
        return after

    def prove(self, days: Mapping[date, int]) -> Proof:
        """Sum up a search that found nothing.

        Args:
            days: each date with its starts.
        """
        removed: list[Removed] = []
        ends: list[tuple[int, Removed]] = []
        # With many people in it a wish is asked about by hundreds of rules, most of them in vain.
        telling = [(what, bits) for what, bits in self._removed.items() if bits]
        for on, starts in days.items():
            for position, ((rule, words), bits) in enumerate(telling):
                if count := (bits & starts).bit_count():
                    removed.append(Removed(on, rule, words, count))
                    last = position
            ends.append((last, removed[-1]))
        furthest, last_one = max(ends, key=lambda end: (end[0], end[1].on))
        return Proof(_say(ends, furthest), tuple(removed), last_one.rule, last_one.on)


def _say(ends: Sequence[tuple[int, Removed]], furthest: int) -> str:
    """Say which rule ended how many days, and what became of the day that got furthest."""
    by_rule: dict[int, list[Removed]] = {}
    for position, end in sorted(ends, key=lambda end: (end[0], end[1].on)):
        by_rule.setdefault(position, []).append(end)
    final = by_rule.pop(furthest)
    day, until = say_date(final[-1].on), say_date(max(end.on for _, end in ends))
    if not by_rule:
        when = f"on {day}" if len(final) == 1 else f"on all {len(final)} days to {until}"
        return f"No: {final[0].words} {when}."
    parts = [f"{group[0].words} on {_count(len(group))}" for group in by_rule.values()]
    if len(final) == 1:
        parts.append(f"the last day left, {day}, fails because {final[0].words}")
    else:
        parts.append(f"{final[0].words} on the other {len(final)}, the last of them {day}")
    return f"No, on none of the {len(ends)} days to {until}: {'; '.join(parts)}."


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"

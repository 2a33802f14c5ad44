"""What a registry officer would say a booking keeps, and when: the model commands are held to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product

from avl.domain.booking import Status
from avl.domain.interval import Interval

TURNAROUND = timedelta(minutes=5)


@dataclass(frozen=True)
class Plan:
    """Where one booking stands in the model."""

    who: str
    courtroom: int
    suite: int
    start: datetime
    minutes: int
    pre: int

    @property
    def hearing(self) -> Interval:
        return Interval(self.start, self.start + timedelta(minutes=self.minutes))

    def keeps(self) -> set[tuple[str, datetime, datetime]]:
        """What it keeps, and from when to when; a room is kept until it has been cleared."""
        begin, end = self.start - timedelta(minutes=self.pre), self.hearing.end
        cleared = end + TURNAROUND
        suite = "women" if self.who == "aroha" else f"suite{self.suite}"
        kept = {(f"room{self.courtroom}", self.start, cleared)}
        legs = [(self.start, end)] if not self.pre else [(begin, self.start), (self.start, end)]
        for start, stop in legs:
            kept.add((self.who, start, stop))
            kept.add((suite, start, cleared if stop == end else stop))
        return kept

    def collides(self, other: Plan) -> bool:
        """Whether the two cannot both stand."""
        return any(
            name == other_name and start < other_end and other_start < end
            for name, start, end in self.keeps()
            for other_name, other_start, other_end in other.keeps()
        )


def swapped(one: Plan, two: Plan, others: Collection[Plan]) -> list[tuple[Plan, Plan]]:
    """How two could change times: every way with the fewest other rooms; none where none fits."""
    both = (one, two)
    suites = {plan.suite for plan in both if plan.who != "aroha"}
    mine, theirs = (
        [
            replace(plan, start=other.start, courtroom=room, suite=suite)
            for room in sorted({one.courtroom, two.courtroom})
            for suite in (sorted(suites) if plan.who != "aroha" else [plan.suite])
        ]
        for plan, other in (both, both[::-1])
    )
    ways = [
        way
        for way in product(mine, theirs)
        if not way[0].collides(way[1]) and not any(p.collides(o) for p in way for o in others)
    ]
    changes = [
        sum(
            (p.courtroom != o.courtroom) + (p.suite != o.suite)
            for p, o in zip(way, both, strict=True)
        )
        for way in ways
    ]
    return [way for way, count in zip(ways, changes, strict=True) if count == min(changes)]


@dataclass
class Known:
    """One booking as the model knows it."""

    plan: Plan
    status: Status
    version: int
    expires_at: datetime | None = None
    is_published: bool = False
    actions: list[str] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        return self.status not in ("declined", "lapsed", "cancelled", "completed")

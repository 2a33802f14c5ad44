"""What a registry officer would say a booking keeps, and when: the model commands are held to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
